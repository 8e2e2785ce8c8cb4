"""The page of jobs: what waits, runs, failed and comes again, and what is done about failures."""

import re

import pytest

from app.core.db import database
from app.core.events import enqueue, worker_name
from app.core.models import AuditChange, AuditEntry, Job, PluginSwitch
from app.jobs import run_pending

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
MINUTE = 60_000


@pytest.fixture
def failed(app) -> Job:
    """A job that was given up."""
    enqueue("unheard.of")
    Job.update(state="dead", attempts=8, error="Traceback\nLookupError: <b>nobody</b>").execute()
    return Job.get()


def text(browser, path="/settings/jobs") -> str:
    return browser.get(path).get_data(as_text=True)


@pytest.fixture
def quiet(app) -> None:
    """All that is due was done."""
    run_pending(app)


def claimed(minutes_ago: int) -> None:
    database.execute_sql(f"UPDATE job SET claimed_at = claimed_at - {minutes_ago * MINUTE}")


def test_the_schedule_names_each_job_with_its_last_run(as_admin, quiet):
    page = text(as_admin)
    assert "Send e-mails" in page
    assert "mail.send" in page
    assert "Everything is done" in page
    assert "Not yet" not in page
    assert "under a second" in page


def test_a_job_that_was_given_up_stands_with_its_last_line(as_admin, failed):
    page = text(as_admin)
    assert "LookupError: &lt;b&gt;nobody&lt;/b&gt;" in page
    assert "Traceback" not in page
    assert "Traceback" in text(as_admin, f"/settings/jobs/{failed.id}")


def test_a_plugins_jobs_stand_in_its_own_words(as_admin):
    page = text(as_admin)
    assert "Surveys: send invitations and reminders" in page
    assert not re.search(r"<th[^>]*>[^<]*: [a-z]+<", page)  # no bare keys


def test_the_home_page_tells_administrators_of_jobs_that_were_given_up(
    as_admin, as_manager, partner, failed
):
    assert "1 job failed again and again and was given up" in text(as_admin, "/home")
    assert "given up" not in text(as_manager, "/home")


def test_a_running_job_stands_with_its_worker_and_its_lease(as_admin):
    enqueue("mail.send")
    Job.update(state="running", worker="node7:4711", lease_until=10**13).execute()
    page = text(as_admin, "/settings/jobs?state=running")
    assert "node7:4711" in page
    assert "held until" in page


def test_a_job_of_a_plugin_that_is_off_waits_for_it(as_admin):
    PluginSwitch.create(plugin="incentives", enabled=False)
    enqueue("event:kpis_approved", {"value_ids": []}, plugin="incentives")
    page = text(as_admin)
    assert "Waits for Incentives" in page
    assert "Incentives is told: kpis_approved" in page


def test_a_job_that_was_given_up_can_be_tried_again(as_admin, failed):
    assert as_admin.send(f"/settings/jobs/{failed.id}/retry").status_code == 303
    job = Job.get()
    assert (job.state, job.attempts) == ("ready", 0)
    assert AuditEntry.select().where(AuditEntry.action == "job.retried").exists()


def test_all_that_were_given_up_can_be_tried_again_at_once(as_admin, failed):
    enqueue("mail.send")
    as_admin.send("/settings/jobs/retry")
    assert {job.state for job in Job.select()} == {"ready"}
    detail = AuditEntry.get(AuditEntry.action == "job.all_retried").detail
    assert '"count":1' in detail


def test_a_job_is_discarded_with_its_reason_in_the_history(as_admin, failed):
    as_admin.send(f"/settings/jobs/{failed.id}/discard", reason="The partner is gone")
    assert Job.select().count() == 0
    entry = AuditEntry.get(AuditEntry.action == "job.discarded")
    kept = AuditChange.get(AuditChange.entry == entry, AuditChange.field == "reason")
    assert kept.after == '"The partner is gone"'


def test_a_discard_without_a_reason_is_invalid(as_admin, failed):
    assert as_admin.send(f"/settings/jobs/{failed.id}/discard", reason=" ").status_code == 422
    assert Job.select().count() == 1


def test_a_running_job_is_neither_discarded_nor_started_twice(as_admin, failed):
    Job.update(state="running", worker=worker_name()).execute()
    as_admin.send(f"/settings/jobs/{failed.id}/discard", reason="Too late")
    as_admin.send(f"/settings/jobs/{failed.id}/retry")
    assert Job.get().state == "running"


def test_a_manager_has_no_business_with_jobs(as_manager, failed):
    assert as_manager.get("/settings/jobs").status_code == 403
    assert as_manager.send(f"/settings/jobs/{failed.id}/retry").status_code == 403
    assert as_manager.send(f"/settings/jobs/{failed.id}/discard", reason="x").status_code == 403


def test_an_unknown_job_is_not_found(as_admin):
    assert as_admin.get("/settings/jobs/99").status_code == 404
    assert as_admin.send("/settings/jobs/99/retry").status_code == 404


def test_administrators_are_warned_where_nothing_was_taken_up_for_two_minutes(
    as_admin, as_manager, partner, quiet
):
    assert "No worker is at work" not in text(as_admin)
    claimed(3)
    assert "No worker is at work" in text(as_admin)
    assert "No worker is at work" in text(as_admin, "/home")
    assert "No worker is at work" not in text(as_manager, "/home")


def test_a_watcher_learns_whether_a_worker_is_at_work(client, quiet):
    assert client.get("/healthz").json == {"status": "ok", "worker": "ok"}
    claimed(3)
    assert client.get("/healthz").json == {"status": "ok", "worker": "silent"}


def test_a_worker_that_is_busy_with_one_long_job_counts_as_alive(as_admin, quiet):
    claimed(60)
    enqueue("mail.send")
    Job.update(state="running", lease_until=10**13).where(Job.state == "ready").execute()
    assert "No worker is at work" not in text(as_admin)


def test_a_desk_that_never_had_a_worker_warns_once_something_has_waited(as_admin):
    enqueue("mail.send")
    assert "No worker is at work" not in text(as_admin)
    Job.update(run_at=1).execute()
    assert "No worker is at work" in text(as_admin)
