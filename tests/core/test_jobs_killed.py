"""kill -9 with three workers of a whole desk: nothing is lost, and every effect is there once."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from peewee import fn

from app.core import audit_check, clock
from app.core.accounts.models import Organisation, User
from app.core.audit import Tally
from app.core.db import atomic, database
from app.core.events import enqueue, worker_name
from app.core.messages.models import DigestDone, Mail
from app.core.messages.services import notify, queue_mail
from app.core.models import Job
from app.testing import SECRET, add_partner, founded, make_app
from tests.core.jobs_node import ROOT, wait_for

MAILS = 90
KILLS = 3


class Workers:
    """Three `entente worker` processes on one database; whoever is killed is replaced."""

    def __init__(self, folder: Path, url: str) -> None:
        self._environment = os.environ | {
            "ENTENTE_DATA": str(folder),
            "ENTENTE_DATABASE_URL": url,
            "ENTENTE_SECRET_KEY": SECRET,
            "ENTENTE_MAIL_URL": f"file://{folder}/post",
        }
        self._alive = [self._start() for _ in range(3)]

    def _start(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "app.cli", "worker"]
        return subprocess.Popen(command, cwd=ROOT, env=self._environment)

    def kill_one_at_work(self) -> None:
        """kill -9 for a worker in the middle of a job; another takes its place."""
        names = {f"{worker_name().rpartition(':')[0]}:{one.pid}": one for one in self._alive}
        at_work = Job.select(Job.worker).where(Job.state == "running", Job.worker.in_(list(names)))
        wait_for(at_work.exists)
        found = sorted({job.worker for job in at_work.clone()} or names)
        name = random.choice(found)
        victim = names[name]
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        # What would otherwise happen by itself: leases of half a minute, mails' of five.
        Job.update(lease_until=0).where(Job.state == "running", Job.worker == name).execute()
        Mail.update(next_at=clock.now()).where(Mail.state == "waiting").execute()
        self._alive[self._alive.index(victim)] = self._start()

    def stop(self) -> None:
        for worker in self._alive:
            worker.terminate()
        for worker in self._alive:
            worker.wait(20)


def noon() -> str:
    """A time zone in which it is about noon: digests are due."""
    offset = clock.now().hour - 12
    return f"Etc/GMT{offset:+d}"


@pytest.fixture
def desk(new_database: Any, tmp_path: Path) -> Any:
    """A desk that has work to do: mails to send, digests to write, tiers to compute."""
    url = new_database(founded)
    app = make_app(tmp_path, url)
    with app.app_context(), database.connection_context():
        Organisation.update(timezone=noon()).execute()
        partner = add_partner("P1", "Aurora")
        staff = [user.id for user in User.select()]
        with atomic():
            notify(
                "incentives.tier_changed",
                staff,
                title="A tier changed",
                ref=f"partner:{partner.id}",
            )
            for number in range(MAILS):
                queue_mail(f"c{number}@example.org", kind="test", subject="Hello", paragraphs=[])
            for number in range(30):
                enqueue("incentives.evaluate", plugin="incentives", key=f"evaluate:{number}")
        yield tmp_path, url


def unfinished() -> int:
    return Job.select().where(Job.state << ("ready", "running")).count()


def test_three_workers_that_are_killed_at_work_lose_nothing_and_repeat_nothing(desk: Any) -> None:
    folder, url = desk
    workers = Workers(folder, url)
    try:
        wait_for(lambda: Mail.select().where(Mail.state == "sent").exists(), 60)
        for _kill in range(KILLS):
            workers.kill_one_at_work()
        wait_for(lambda: not Mail.select().where(Mail.state == "waiting").exists(), 60)
        wait_for(lambda: not unfinished(), 60)
    finally:
        workers.stop()
    assert Job.select().where(Job.state != "done").count() == 0
    evaluations = Job.select().where(Job.key.startswith("evaluate:"), Job.state == "done")
    assert evaluations.count() == 30
    assert len(list((folder / "post").iterdir())) == Mail.select().count() >= MAILS
    digests = Mail.select(fn.COUNT(Mail.id)).where(Mail.digest != "").group_by(Mail.user_id)
    assert {count for (count,) in digests.tuples()} <= {1}
    assert DigestDone.select().count() == len(set(DigestDone.select(DigestDone.user).tuples()))
    assert list(audit_check.verify(Tally())) == []
