"""Many tries at the same moment: no more than the limit get an answer, on each database."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from app.core.accounts import identity, mailed_links, second_factor, services, throttle
from app.core.accounts.models import SignInFailure
from app.core.accounts.throttle import Limit, Throttled
from app.core.accounts.tokens import DeadLink
from app.core.db import connect, database
from app.core.models import AuditEntry, Job
from app.testing import PASSWORD
from tests.core.account_support import code, set_up, user

VIEWER = "viewer@example.org"
HERE = "203.0.113.7"


def at_once(app: Any, count: int, attempt: Callable[[int], Any]) -> Counter[str]:
    """How often a try had which outcome, made by so many threads that begin together."""
    start, outcomes = threading.Barrier(count), []

    def run(number: int) -> None:
        with app.app_context():
            connect()
            try:
                start.wait(20)
                outcomes.append(str(attempt(number)))
            except (Throttled, DeadLink) as refusal:
                outcomes.append(type(refusal).__name__)
            finally:
                database.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return Counter(outcomes)


def test_of_many_wrong_codes_at_once_five_are_looked_at(app, as_viewer):
    set_up(app, as_viewer, VIEWER)
    person, keys = user(VIEWER).id, [app.secret_key]
    guesses = lambda n: second_factor.matches(person, f"{n:06}", keys=keys)  # noqa: E731
    assert at_once(app, 12, guesses) == {"False": throttle.CODES, "Throttled": 7}
    refused = AuditEntry.select().where(AuditEntry.action == "session.code_refused")
    assert refused.count() == throttle.CODES


def test_of_many_wrong_passwords_at_once_ten_are_looked_at(app):
    guesses = lambda n: services.authenticate(VIEWER, f"wrong {n}", HERE, cheap=True)  # noqa: E731
    assert at_once(app, 16, guesses) == {"None": throttle.PER_ACCOUNT, "Throttled": 6}


def test_of_many_wrong_proofs_at_once_ten_are_looked_at(app):
    person = user(VIEWER)
    guesses = lambda n: identity.is_password(person, f"wrong {n}", 7, cheap=True)  # noqa: E731
    assert at_once(app, 16, guesses) == {"False": throttle.PER_ACCOUNT, "Throttled": 6}


def test_of_many_dead_links_at_once_sixty_are_answered(app):
    for _ in range(throttle.LINKS_PER_NETWORK - 4):
        SignInFailure.create(key=f"link|{HERE}")
    guesses = lambda n: mailed_links.find(f"made up {n}", HERE, "reset")  # noqa: E731
    assert at_once(app, 12, guesses) == {"DeadLink": 4, "Throttled": 8}


def test_of_many_requests_for_a_password_at_once_three_are_mailed(app):
    at_once(app, 8, lambda _n: mailed_links.ask_reset(VIEWER, HERE))
    asked = [job.payload for job in Job.select().where(Job.name == "accounts.reset")]
    assert len(asked) == 8
    assert sum(VIEWER in payload for payload in asked) == throttle.RESETS


def test_keys_that_are_taken_in_another_order_wait_for_nobody_in_a_circle(app):
    limits = [Limit("one", 99), Limit("other", 99)]
    found = at_once(app, 10, lambda n: bool(throttle.take(*limits[:: 1 if n % 2 else -1])))
    assert found == {"True": 10}


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_what_is_right_does_not_count(app, as_viewer):
    set_up(app, as_viewer, VIEWER)
    person = user(VIEWER)
    for _ in range(throttle.PER_ACCOUNT + 1):
        assert services.authenticate(VIEWER, PASSWORD, HERE, cheap=True)
        assert identity.is_password(person, PASSWORD, 7, cheap=True)
    assert second_factor.matches(person.id, code(app, VIEWER), keys=[app.secret_key])
    assert not SignInFailure.select().exists()


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_refused_try_does_not_lengthen_the_pause(app):
    for _ in range(3):
        throttle.take(Limit("door", 3))
    with pytest.raises(Throttled):
        throttle.take(Limit("door", 3))
    assert SignInFailure.select().count() == 3
