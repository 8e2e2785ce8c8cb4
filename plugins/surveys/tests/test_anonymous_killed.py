"""kill -9 of a whole server between and during the two requests of an anonymous answer."""

import http.client
import json
import threading
from contextlib import suppress

import pytest

from plugins.surveys.models import Ballot, SpentCode
from plugins.surveys.rules import ballot as rules
from plugins.surveys.tests.conftest import ballot_in, everything, path
from tests.core.served import Server


@pytest.fixture
def serve(ground):
    """A function that starts a server; whatever still runs in the end is killed."""
    running = []

    def start():
        running.append(Server(ground.app.extensions["entente"].config))
        return running[-1]

    yield start
    for one in running:
        one.kill()


def sent(ballot, score):
    return {"ballot": ballot, "send": "1", "q-recommend": str(score), "q-why": f"Because {score}"}


def test_a_server_that_is_killed_loses_no_ballot_and_no_answer(serve, client, wave, codes):
    where = path(wave)
    first = serve()
    ballots = [ballot_in(first.post(where, code=code)[1]) for code in codes]
    first.kill()
    assert (SpentCode.select().count(), Ballot.select().count()) == (7, 0)
    assert not any(one in row for rows in everything().values() for row in rows for one in ballots)

    second = serve()
    status, page = second.post(where, code=codes[0])  # whoever lost the ballot gets no other
    assert (status, ballot_in(page)) == (422, "")
    thanked = []

    def send(number):
        with suppress(OSError, http.client.HTTPException):  # of the killed server
            status, page = second.post(where, **sent(ballots[number], number))
            if status == 200 and "Thank you" in page:
                thanked.append(number)
                second.kill()  # while the others are at work

    threads = [threading.Thread(target=send, args=(number,)) for number in range(7)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    stored = {row.ballot_hash: json.loads(row.answers) for row in Ballot.select()}
    assert thanked
    assert {rules.ballot_hash(ballots[number]) for number in thanked} <= set(stored)

    for number, ballot in enumerate(ballots):  # once more, with another answer where it counted
        again = number if rules.ballot_hash(ballot) not in stored else 10
        assert client.post(where, data=sent(ballot, again)).status_code == 200
    answers = {row.ballot_hash: json.loads(row.answers) for row in Ballot.select()}
    assert answers == {
        rules.ballot_hash(ballot): {"recommend": number, "why": f"Because {number}"}
        for number, ballot in enumerate(ballots)
    }
