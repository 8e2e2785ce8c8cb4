"""Jobs: asked for in a transaction, delivered at least once, with effects once."""

import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import flask
import pytest

from app import jobs
from app.core import db, events
from app.core.contract import ScheduledJob
from app.core.db import atomic, database
from app.core.events import enqueue, register
from app.core.models import Job, PluginSwitch
from tests.core import jobs_node
from tests.core.jobs_node import Effect, effects, start_workers, wait_for
from tests.databases import KINDS

EVERY_CENTURY = 10**9 * 3  # a slot that no test sees the end of


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
def note(app: flask.Flask) -> None:
    register("note", lambda what: Effect.create(what=what))


def expire_leases() -> None:
    Job.update(lease_until=0).where(Job.state == "running").execute()


def make_due() -> None:
    Job.update(run_at=0).where(Job.state == "ready").execute()


@pytest.mark.usefixtures("note")
def test_a_job_runs_with_its_payload_and_is_done(app: flask.Flask) -> None:
    enqueue("note", {"what": "Zürich"})
    jobs.run_pending(app)
    assert effects() == ["Zürich"]
    assert Job.get().state == "done"


@pytest.mark.usefixtures("note")
def test_a_job_vanishes_with_the_transaction_that_asked_for_it(app: flask.Flask) -> None:
    with atomic() as transaction:
        enqueue("note", {"what": "never"})
        transaction.rollback()
    assert jobs.run_pending(app) == 0


@pytest.mark.usefixtures("note")
def test_two_jobs_with_one_key_are_one_job(app: flask.Flask) -> None:
    assert enqueue("note", {"what": "first"}, key="k")
    assert not enqueue("note", {"what": "second"}, key="k")
    jobs.run_pending(app)
    assert effects() == ["first"]


@pytest.mark.usefixtures("note")
def test_a_delayed_job_waits_for_its_time(app: flask.Flask) -> None:
    enqueue("note", {"what": "later"}, delay=60)
    assert jobs.run_pending(app) == 0


def test_one_name_cannot_have_two_handlers(app: flask.Flask) -> None:
    register("twice", make_due)
    with pytest.raises(ValueError, match="two handlers"):
        register("twice", expire_leases)


def fail_after_writing() -> None:
    Effect.create(what="half")
    raise ValueError("no such partner \0")


def test_what_a_failing_job_wrote_is_rolled_back(app: flask.Flask) -> None:
    register("fail", fail_after_writing)
    enqueue("fail")
    jobs.run_pending(app)
    assert effects() == []


def test_a_failing_job_waits_for_another_attempt_and_keeps_its_error(app: flask.Flask) -> None:
    register("fail", fail_after_writing)
    enqueue("fail")
    jobs.run_pending(app)
    job = Job.get()
    assert (job.state, job.attempts) == ("ready", 1)
    assert "no such partner" in job.error
    assert jobs.claim() is None


def test_a_job_that_tries_to_end_the_process_only_fails(app: flask.Flask) -> None:
    register("leave", lambda: sys.exit(3))
    enqueue("leave")
    jobs.run_pending(app)
    assert "SystemExit: 3" in Job.get().error


def test_a_failing_job_rests_after_its_last_attempt(app: flask.Flask) -> None:
    register("fail", fail_after_writing)
    enqueue("fail", max_attempts=2)
    for _ in range(3):
        jobs.run_pending(app)
        make_due()
    assert (Job.get().state, Job.get().attempts) == ("dead", 2)


def test_a_job_that_nothing_handles_says_so(app: flask.Flask) -> None:
    enqueue("unheard.of")
    jobs.run_pending(app)
    assert "nothing here handles a job called 'unheard.of'" in Job.get().error


def test_a_strict_host_raises_the_fault_after_all_jobs_were_tried(app: flask.Flask) -> None:
    app.extensions["entente"].host.strict = True
    register("fail", fail_after_writing)
    register("note", lambda what: Effect.create(what=what))
    enqueue("fail")
    enqueue("note", {"what": "tried"})
    with pytest.raises(ValueError, match="no such partner"):
        jobs.run_pending(app)
    assert effects() == ["tried"]


@pytest.mark.usefixtures("note")
def test_a_leased_job_is_claimed_again_only_when_its_lease_has_run_out(app: flask.Flask) -> None:
    enqueue("note", {"what": "once"})
    jobs.claim()
    assert jobs.claim() is None
    expire_leases()
    again = jobs.claim()
    assert again is not None
    assert again.attempts == 2


@pytest.mark.usefixtures("note")
def test_a_worker_that_lost_its_lease_leaves_no_effect(app: flask.Flask) -> None:
    enqueue("note", {"what": "once"})
    late = jobs.claim()
    expire_leases()
    punctual = jobs.claim()
    assert late
    assert punctual
    events.perform(late)
    assert effects() == []
    events.perform(punctual)
    assert effects() == ["once"]


@pytest.mark.usefixtures("note")
def test_a_job_that_takes_its_worker_down_each_time_rests(app: flask.Flask) -> None:
    enqueue("note", {"what": "never"}, max_attempts=1)
    jobs.claim()
    expire_leases()
    jobs.run_pending(app)
    assert (Job.get().state, effects()) == ("dead", [])


@pytest.mark.usefixtures("note")
def test_a_job_of_a_plugin_that_is_off_waits_until_it_is_on(app: flask.Flask) -> None:
    app.extensions["entente"].host.registered.add("surveys")
    PluginSwitch.create(plugin="surveys", enabled=False)
    enqueue("note", {"what": "asked"}, plugin="surveys")
    assert jobs.run_pending(app) == 0
    PluginSwitch.update(enabled=True).execute()
    jobs.run_pending(app)
    assert effects() == ["asked"]


@pytest.mark.usefixtures("note")
def test_a_job_of_a_plugin_that_is_not_there_waits(app: flask.Flask) -> None:
    enqueue("note", {"what": "asked"}, plugin="gone")
    assert jobs.run_pending(app) == 0


def test_a_slow_job_keeps_its_lease(app: flask.Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "LEASE", 1)
    others = []

    def outlast_the_lease() -> None:
        time.sleep(1.5)
        others.append(jobs.claim())

    register("slow", outlast_the_lease, slow=True)
    enqueue("slow")
    jobs.run_pending(app)
    assert others == [None]
    assert Job.get().state == "done"


def test_a_slow_job_writes_its_effects_with_its_mark(app: flask.Flask) -> None:
    def write_then_fail() -> None:
        with atomic():
            events.finish()
            Effect.create(what="sent")
        raise ValueError("after the effects")

    register("slow", write_then_fail, slow=True)
    enqueue("slow")
    jobs.run_pending(app)
    assert (Job.get().state, effects()) == ("done", ["sent"])


def test_a_slow_job_that_lost_its_lease_leaves_no_effect(app: flask.Flask) -> None:
    def lose_the_lease() -> None:
        Job.update(worker="another").execute()
        with atomic():
            Effect.create(what="sent")
            events.finish()

    register("slow", lose_the_lease, slow=True)
    enqueue("slow")
    jobs.run_pending(app)
    assert (Job.get().state, effects()) == ("running", [])


def test_a_scheduled_job_runs_once_in_its_slot(app: flask.Flask) -> None:
    register("tick", lambda: Effect.create(what="tick"), every=EVERY_CENTURY)
    jobs.run_pending(app)
    jobs.run_pending(app)
    assert effects() == ["tick"]


@pytest.mark.parametrize(("slow", "kept"), [(True, ["first"]), (False, [])])
def test_a_slow_job_of_a_plugin_keeps_what_it_wrote_before_it_failed(
    app: flask.Flask, slow: bool, kept: list[str]
) -> None:
    def write_then_fail() -> None:
        with atomic():
            Effect.create(what="first")
        raise ValueError("at the second")

    host = app.extensions["entente"].host
    host.jobs["surveys.tick"] = (
        "surveys",
        ScheduledJob("surveys.tick", write_then_fail, EVERY_CENTURY, slow=slow),
    )
    host.registered.add("surveys")
    jobs.run_pending(app)
    assert (Job.get().state, effects()) == ("ready", kept)


def test_a_plugins_scheduled_job_is_not_asked_for_while_it_is_off(app: flask.Flask) -> None:
    host = app.extensions["entente"].host
    tick = ScheduledJob("surveys.tick", lambda: Effect.create(what="tick"), EVERY_CENTURY)
    host.jobs[tick.key] = ("surveys", tick)
    host.registered.add("surveys")
    PluginSwitch.create(plugin="surveys", enabled=False)
    jobs.run_pending(app)
    assert Job.select().count() == 0
    PluginSwitch.update(enabled=True).execute()
    jobs.run_pending(app)
    assert effects() == ["tick"]


def test_slots_do_not_pile_up_behind_a_failing_one(app: flask.Flask) -> None:
    register("fail", fail_after_writing, every=1)
    jobs.run_pending(app)
    time.sleep(1.1)
    jobs.run_pending(app)
    assert Job.select().count() == 1


def test_jobs_done_a_week_ago_are_deleted(app: flask.Flask) -> None:
    enqueue("note", delay=-8 * 24 * 3600)
    enqueue("note", delay=-6 * 24 * 3600)
    Job.update(state="done").execute()
    enqueue("note", delay=-8 * 24 * 3600)
    jobs.sweep()
    assert [job.state for job in Job.select().order_by(Job.id)] == ["done", "ready"]


def test_the_worker_outlives_a_locked_database(
    url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(db.SQLITE_PRAGMAS, "busy_timeout", 100)
    monkeypatch.setattr(db, "POSTGRES_OPTIONS", "-c lock_timeout=100")
    monkeypatch.setattr(events, "HANDLERS", {})
    node = jobs_node.node(url)
    register("note", lambda what: Effect.create(what=what))
    stop = threading.Event()
    loop = threading.Thread(target=jobs.work, args=(node, stop))
    with database.connection_context():
        enqueue("note", {"what": "after the lock"})
        with atomic():
            if not db.is_sqlite():
                database.execute_sql("LOCK TABLE job")
            loop.start()
            wait_for(lambda: "keeps trying" in caplog.text)
        wait_for(effects)
        stop.set()
        loop.join()
        assert effects() == ["after the lock"]


def test_three_workers_run_each_job_once(app: flask.Flask, url: str, tmp_path: Path) -> None:
    names = [f"{number:03}" for number in range(90)]
    with atomic():
        for name in names:
            enqueue("test.note", {"what": name})
    workers = start_workers(3, url, tmp_path)
    wait_for(lambda: Job.select().where(Job.state == "done").count() == 91)
    for worker in workers:
        worker.terminate()
    for worker in workers:
        assert worker.wait(10) == 0
    assert effects() == [*names, "ticked"]


def test_a_job_whose_worker_is_killed_runs_again_with_effects_once(
    app: flask.Flask, url: str, tmp_path: Path
) -> None:
    enqueue("test.linger")
    (first,) = start_workers(1, url, tmp_path)
    wait_for((tmp_path / "lingering").exists)
    first.send_signal(signal.SIGKILL)
    first.wait()
    expire_leases()
    (second,) = start_workers(1, url, tmp_path)
    wait_for(lambda: Job.select().where(Job.name == "test.linger", Job.state == "done").exists())
    second.terminate()
    second.wait(10)
    assert effects().count("lingered") == 1
