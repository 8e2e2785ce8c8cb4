"""Whatever codes and ballots are sent in whatever order, each code counts one answer at most."""

import json

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.core.messages.models import Mail
from plugins.surveys.models import Ballot, SpentCode
from plugins.surveys.rules import ballot as rules
from plugins.surveys.tests.conftest import answer, close, on_sqlite, path, start

scores = st.integers(0, 10)
PEOPLE = 5


class Protocol(RuleBasedStateMachine):
    """People with codes, ballots that they hold, lose and try again, and somebody who forges."""

    def __init__(self, ground, client):
        super().__init__()
        self.ground, self.client = ground, client

    @initialize()
    def launch(self):
        """A wave of its own for each run."""
        Mail.delete().execute()
        self.wave = self.ground.opened("anonymous")
        self.unspent = [way.partition("#")[2] for way in self.ground.ways()]
        self.spent, self.held, self.counted, self.open = [], [], {}, True

    @precondition(lambda self: self.unspent)
    @rule(spoilt=st.sampled_from([str.lower, lambda code: code.replace("-", " "), str]))
    def start(self, spoilt):
        code = self.unspent.pop()
        ballot = start(self.client, self.wave, spoilt(code))
        assert (ballot is not None) == self.open
        self.spent.append(code)
        if ballot:
            assert ballot not in self.held
            self.held.append(ballot)

    @precondition(lambda self: self.spent)
    @rule(data=st.data())
    def start_again(self, data):
        assert start(self.client, self.wave, data.draw(st.sampled_from(self.spent))) is None

    @precondition(lambda self: self.held)
    @rule(data=st.data(), score=scores)
    def send(self, data, score):
        """A ballot for the first time, or once more with another answer."""
        ballot = data.draw(st.sampled_from(self.held))
        page = answer(self.client, self.wave, ballot, **{"q-recommend": str(score)})
        assert page.status_code == (200 if self.open else 410)
        if self.open:
            assert ("counted once" in page.text) == (ballot in self.counted)
            self.counted.setdefault(ballot, score)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def go_on(self, data):
        """A ballot that the browser kept is taken up again, unless it was counted."""
        ballot = data.draw(st.sampled_from(self.held))
        page = self.client.post(path(self.wave), data={"ballot": ballot})
        good = self.open and ballot not in self.counted
        assert page.status_code == (200 if good else 422 if self.open else 410)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), score=scores)
    def send_what_is_invalid(self, data, score):
        ballot = data.draw(st.sampled_from(self.held))
        page = answer(self.client, self.wave, ballot, **{"q-recommend": f"{score}x"})
        again = ballot in self.counted
        assert page.status_code == ((200 if again else 422) if self.open else 410)

    @rule(key=st.binary(min_size=32, max_size=32), random=st.binary(min_size=16, max_size=16))
    def forge(self, key, random):
        forged = rules.issue(random, 0, key)
        assert answer(self.client, self.wave, forged).status_code == (422 if self.open else 410)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), place=st.integers(0, 98), letter=st.sampled_from("0123456789abcdef.é"))
    def change(self, data, place, letter):
        """One letter of a good ballot is changed."""
        ballot = data.draw(st.sampled_from(self.held))
        other = ballot[:place] + letter + ballot[place + 1 :]
        if other != ballot:
            assert answer(self.client, self.wave, other).status_code == (422 if self.open else 410)

    @precondition(lambda self: self.open and len(self.counted) > 1)
    @rule()
    def close(self):
        close(self.ground, self.wave)
        self.open = False

    @invariant()
    def what_counted_lies_there_once_as_it_was_first_sent(self):
        if not hasattr(self, "wave"):
            return
        rows = Ballot.select().where(Ballot.wave == self.wave.id)
        assert {row.ballot_hash: json.loads(row.answers)["recommend"] for row in rows} == {
            rules.ballot_hash(ballot): score for ballot, score in self.counted.items()
        }
        spent = SpentCode.select().where(SpentCode.wave == self.wave.id).count()
        assert spent == (len(self.spent) if self.open else 0)


@on_sqlite
def test_codes_and_ballots_keep_their_promises_in_every_order(ground, client):
    ground.contacts(PEOPLE)
    survey = ground.survey()
    opened = ground.opened
    ground.opened = lambda mode: opened(mode, survey=survey)
    run_state_machine_as_test(
        lambda: Protocol(ground, client),
        settings=settings(
            max_examples=12,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
