"""Events: told to every listening plugin after the commit, at least once, with effects once."""

from collections.abc import Iterator
from pathlib import Path

import flask
import pytest

from app import jobs
from app.core import events
from app.core.db import atomic, database
from app.core.events import emit
from app.core.models import Job
from tests.core import jobs_node
from tests.core.jobs_node import Effect, Host, effects
from tests.databases import KINDS


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return jobs_node.fresh_database(request.param, tmp_path)


@pytest.fixture
def app(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[flask.Flask]:
    monkeypatch.setattr(events, "HANDLERS", handlers := {})
    monkeypatch.setattr(jobs, "HANDLERS", handlers)
    node = jobs_node.node(url)
    with node.app_context(), database.connection_context():
        yield node


@pytest.fixture
def host(app: flask.Flask) -> Host:
    found: Host = app.extensions["entente"].host
    return found


def note(ids: list[int]) -> None:
    Effect.create(what=f"noted {ids}")


def write_and_raise(ids: list[int]) -> None:
    Effect.create(what="half")
    raise ValueError("this plugin is broken")


def states() -> dict[str, str]:
    return {job.plugin: job.state for job in Job.select()}


def test_an_event_is_told_after_the_commit(host: Host) -> None:
    heard: list[bool] = []
    host.listen("listening", "moved", lambda ids: heard.append(database.transaction_depth() == 1))
    with atomic():
        emit("moved", ids=[1])
        assert heard == []
    assert heard == [True]
    assert states() == {"listening": "done"}


def test_an_event_reaches_each_listener_with_its_payload(host: Host) -> None:
    host.listen("one", "moved", note)
    host.listen("other", "moved", note)
    with atomic():
        emit("moved", ids=[1, 2])
    assert effects() == ["noted [1, 2]"] * 2


def test_an_event_that_nobody_listens_to_leaves_no_row(host: Host) -> None:
    with atomic():
        emit("moved", ids=[1])
    assert Job.select().count() == 0


def test_an_event_of_a_transaction_that_was_rolled_back_is_not_told(host: Host) -> None:
    host.listen("listening", "moved", note)
    with atomic() as transaction:
        emit("moved", ids=[1])
        transaction.rollback()
    assert effects() == []


def test_an_event_of_a_savepoint_that_was_rolled_back_is_not_told(host: Host) -> None:
    host.listen("listening", "moved", note)
    with atomic():
        with atomic() as savepoint:
            emit("moved", ids=[1])
            savepoint.rollback()
        Effect.create(what="the rest")
    assert effects() == ["the rest"]


def test_an_event_outside_a_transaction_is_refused(host: Host) -> None:
    with pytest.raises(RuntimeError, match="in the transaction that makes the change"):
        emit("moved", ids=[1])


def test_a_raising_listener_costs_neither_the_writer_nor_the_others(host: Host) -> None:
    host.listen("broken", "moved", write_and_raise)
    host.listen("sound", "moved", note)
    with atomic():
        Effect.create(what="a write")
        emit("moved", ids=[1])
    assert effects() == ["a write", "noted [1]"]
    assert states() == {"broken": "ready", "sound": "done"}


def test_a_raising_listener_is_told_again_by_the_worker(app: flask.Flask, host: Host) -> None:
    host.listen("broken", "moved", write_and_raise)
    with atomic():
        emit("moved", ids=[1])
    assert jobs.run_pending(app) == 0, "not before its time"
    host.listen("broken", "moved", note)
    Job.update(run_at=0).execute()
    jobs.run_pending(app)
    assert effects() == ["noted [1]"]


def test_a_strict_host_raises_after_all_listeners_were_told(host: Host) -> None:
    host.strict = True
    host.listen("broken", "moved", write_and_raise)
    host.listen("sound", "moved", note)
    with pytest.raises(ValueError, match="this plugin is broken"), atomic():
        emit("moved", ids=[1])
    assert effects() == ["noted [1]"]


def test_a_listener_may_emit_an_event_itself(host: Host) -> None:
    host.listen("first", "moved", lambda ids: emit("arrived", ids=ids))
    host.listen("second", "arrived", note)
    with atomic():
        emit("moved", ids=[1])
    assert effects() == ["noted [1]"]


def test_the_worker_tells_what_a_killed_process_could_not(
    app: flask.Flask, host: Host, url: str, tmp_path: Path
) -> None:
    host.listen("listening", "moved", note)
    assert jobs_node.start("emit-and-die", url, tmp_path).wait(20) == -9
    assert jobs.run_pending(app) == 0, "the dead process still holds the lease"
    Job.update(lease_until=0).execute()
    jobs.run_pending(app)
    assert effects() == ["noted [1, 2]"]
