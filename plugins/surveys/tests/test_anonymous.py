"""An anonymous answer is counted once, and results are shown of enough people together."""

import json
import threading
from contextlib import suppress
from datetime import timedelta

import pytest

from app.core.db import database
from app.core.messages.models import Mail
from plugins.surveys import anonymous, reading, waves
from plugins.surveys.models import Ballot, Code, SpentCode, Wave
from plugins.surveys.rules import ballot as rules
from plugins.surveys.rules.audience import Audience, loads_groups
from plugins.surveys.tests.conftest import answer, ballot_in, close, path, start


def test_the_code_travels_behind_the_hash_and_in_words(ground, wave):
    way = ground.ways()[0]
    code = way.partition("#")[2]
    mail = Mail.select().order_by(Mail.id).first()
    assert way.startswith(f"public/x/surveys/anonymous/{wave.public_id}#")
    assert code in json.loads(mail.content)["paragraphs"][-3]
    assert mail.secret


def test_the_promise_stands_before_the_first_question(client, wave):
    page = client.get(path(wave))
    assert "Your answer is anonymous" in page.text
    assert "q-recommend" not in page.text


def test_the_portal_names_what_is_anonymous_whether_answered_or_not(ground, client, as_contact):
    ground.contacts(6)
    wave = ground.opened("anonymous")
    before = as_contact.get("/portal/x/surveys").text
    for way in ground.ways():
        answer(client, wave, start(client, wave, way.partition("#")[2]))
    assert path(wave) in before
    assert path(wave) in as_contact.get("/portal/x/surveys").text


def test_an_answer_is_counted(client, wave, codes):
    ballot = start(client, wave, codes[0])
    assert "Thank you" in answer(client, wave, ballot).text
    row = Ballot.get()
    assert (row.ballot_hash, json.loads(row.answers)["recommend"]) == (
        rules.ballot_hash(ballot),
        9,
    )


def test_looking_at_the_page_spends_no_code(client, wave, codes):
    for _scanner in range(3):
        client.get(path(wave))
    assert start(client, wave, codes[0])


def test_a_code_is_exchanged_once(client, wave, codes):
    start(client, wave, codes[0])
    assert client.post(path(wave), data={"code": codes[0]}).status_code == 422


@pytest.mark.parametrize("code", ["", "AAAA-BBBB", "x" * 5000, "%"])
def test_made_up_codes_are_refused(client, wave, code):
    assert client.post(path(wave), data={"code": code}).status_code == 422


def test_a_replayed_ballot_is_counted_once(client, wave, codes):
    ballot = start(client, wave, codes[0])
    answer(client, wave, ballot)
    again = answer(client, wave, ballot, **{"q-recommend": "0"})
    assert "counted once" in again.text
    assert json.loads(Ballot.get().answers)["recommend"] == 9


def test_a_forged_ballot_is_refused(client, wave, codes):
    ballot = start(client, wave, codes[0])
    forged = rules.issue(b"0" * 16, 0, b"not the key")
    for one in (forged, ballot[:-1] + "0" + "1", "0" * 32 + ballot[32:], ""):
        assert answer(client, wave, one).status_code == 422
    assert not Ballot.select().exists()


def test_another_waves_ballot_is_refused(ground, client, wave, codes):
    ballot = start(client, wave, codes[0])
    other = ground.opened("anonymous")
    assert answer(client, other, ballot).status_code == 422


def test_what_is_invalid_comes_back_with_its_ballot(client, wave, codes):
    ballot = start(client, wave, codes[0])
    refused = answer(client, wave, ballot, **{"q-recommend": ""})
    assert refused.status_code == 422
    assert ballot_in(refused.text) == ballot
    assert "You listen." in refused.text


def test_a_ballot_that_the_browser_kept_goes_on(client, wave, codes):
    ballot = start(client, wave, codes[0])
    page = client.post(path(wave), data={"ballot": ballot})
    assert ballot_in(page.text) == ballot


def test_a_lost_ballot_leaves_a_code_that_is_spent_and_no_answer(client, wave, codes):
    start(client, wave, codes[0])
    assert start(client, wave, codes[0]) is None
    assert (SpentCode.select().count(), Ballot.select().count()) == (1, 0)


def test_another_site_can_not_spend_a_code(client, wave, codes):
    foreign = client.post(
        path(wave), data={"code": codes[0]}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert foreign.status_code == 403
    assert not SpentCode.select().exists()


def test_answers_at_the_same_time_are_all_counted(ground, wave, codes):
    ground.app.test_client_class = None
    thanks = []

    def respond(code):
        client = ground.app.test_client()
        with ground.app.app_context():
            ballot = start(client, wave, code)
            thanks.append("Thank you" in answer(client, wave, ballot).text)
            database.close()

    threads = [threading.Thread(target=respond, args=(code,)) for code in codes]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert thanks == [True] * 7
    assert Ballot.select().count() == 7


def test_the_same_code_at_the_same_time_gives_one_ballot(ground, wave, codes):
    got = []

    def exchange():
        context = database.connection_context()
        with ground.app.app_context(), context, suppress(anonymous.NoBallot):
            got.append(anonymous.start(wave, codes[0]))

    threads = [threading.Thread(target=exchange) for _n in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(got) == 1


def test_no_answer_is_taken_after_closing(ground, client, wave, codes):
    ballot = start(client, wave, codes[0])
    close(ground, wave)
    assert answer(client, wave, ballot).status_code == 410


def test_nobody_sees_how_many_answered_while_it_is_open(client, as_admin, wave, codes):
    answer(client, wave, start(client, wave, codes[0]))
    page = as_admin.get(f"/x/surveys/waves/{wave.id}")
    assert "told after it has closed" in page.text
    assert as_admin.get(f"/x/surveys/waves/{wave.id}/results").status_code == 404


def test_fewer_than_k_answers_show_nothing(ground, client, as_admin, wave, codes):
    for code in codes[:4]:
        answer(client, wave, start(client, wave, code))
    close(ground, wave)
    page = as_admin.get(f"/x/surveys/waves/{wave.id}/results")
    assert "Too few answers" in page.text
    assert "You listen." not in page.text
    for kind in ("csv", "json"):
        file = as_admin.get(f"/x/surveys/waves/{wave.id}/results?download={kind}")
        assert "You listen." not in file.text


def test_k_answers_are_shown(ground, client, as_admin, wave, codes):
    for code in codes[:5]:
        answer(client, wave, start(client, wave, code))
    close(ground, wave)
    page = as_admin.get(f"/x/surveys/waves/{wave.id}/results")
    assert "You listen." in page.text
    assert "indicative" in page.text


def test_the_groups_of_an_anonymous_wave_are_pooled_where_they_are_small(ground, as_admin):
    ground.contacts(7)
    audience = Audience(f"partner:{ground.partner.id}", staff=("role:admin", "role:viewer"))
    wave = ground.opened("anonymous", breakdown="side", audience=audience)
    assert [one.key for one in loads_groups(wave.cells)] == [""]
    assert {row.cell for row in Code.select()} == {0}


def test_a_reminder_goes_to_everybody_and_holds_no_code(ground, wave):
    Wave.update(last_mail_on=wave.last_mail_on - timedelta(4)).execute()
    Mail.delete().execute()
    with ground.app.app_context():
        waves.remind(Wave.get_by_id(wave.id))
    ground.work()
    assert Mail.select().count() == 7
    assert ground.ways() == []


def test_an_open_wave_has_no_results(ground, wave):
    with ground.app.app_context(), pytest.raises(ValueError, match="closed"):
        reading.read(wave)
