"""A node of an installation that has nothing but jobs: in a test's own process or in a child.

`python -m tests.core.jobs_node work URL FOLDER` runs its worker until it is told to stop.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import flask
from peewee import CharField

from app import jobs
from app.core import events
from app.core.contract import ScheduledJob
from app.core.db import Model, after_commit, atomic, database, open_database
from app.core.models import Job, PluginSwitch
from tests.databases import fresh_url

ROOT = Path(__file__).parents[2]


class Effect(Model):
    """What a job did; twice where it did it twice."""

    what = CharField(max_length=200)


@dataclass
class Host:
    """The part of the plugin host that jobs and events ask, for plugins made of functions."""

    strict: bool = False
    hooks: dict[tuple[str, str], Callable[..., None]] = field(default_factory=dict)
    jobs: dict[str, tuple[str, ScheduledJob]] = field(default_factory=dict)
    registered: set[str] = field(default_factory=set)

    def listen(self, plugin: str, event: str, function: Callable[..., None]) -> None:
        self.registered.add(plugin)
        self.hooks[plugin, event] = function

    def off(self) -> frozenset[str]:
        return frozenset(row.plugin for row in PluginSwitch.select() if not row.enabled)

    def listeners(self, event: str) -> list[str]:
        return [plugin for plugin, heard in self.hooks if heard == event]

    def deliver(self, plugin: str, event: str, payload: dict[str, Any]) -> None:
        self.hooks[plugin, event](**payload)


def node(url: str) -> flask.Flask:
    """An application with a host and an open database, and no page."""
    app = flask.Flask("node")
    app.extensions["entente"] = SimpleNamespace(host=Host())
    open_database(url)
    return app


def fresh_database(kind: str, folder: Path) -> str:
    """A new database that holds the tables of jobs and `Effect`."""
    return fresh_url(kind, folder, _create_tables)


def _create_tables(url: str) -> None:
    open_database(url)
    with database.connection_context():
        database.create_tables([Job, PluginSwitch, Effect])


def effects() -> list[str]:
    """What jobs did, in alphabetical order."""
    return [effect.what for effect in Effect.select().order_by(Effect.what)]


def wait_for(condition: Callable[[], object], seconds: float = 20) -> None:
    """Wait until a condition holds; fails where it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def start_workers(count: int, url: str, folder: Path) -> list["subprocess.Popen[bytes]"]:
    """Start worker processes that begin in the same instant, once all of them can."""
    started = [start("work", url, folder) for _ in range(count)]
    for worker in started:
        wait_for((folder / f"ready-{worker.pid}").exists)
    (folder / "go").touch()
    return started


def start(command: str, url: str, folder: Path) -> "subprocess.Popen[bytes]":
    """Start another node; `folder` is where its jobs leave marks."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.core.jobs_node", command, url, str(folder)], cwd=ROOT
    )


def _work(url: str, folder: Path) -> None:
    app = node(url)

    def note(what: str) -> None:
        Effect.create(what=what)

    def linger() -> None:
        """Hangs on its first attempt, after its effect was written."""
        Effect.create(what="lingered")
        mark = folder / "lingering"
        if not mark.exists():
            mark.write_text(str(os.getpid()))
            time.sleep(60)

    def tick() -> None:
        Effect.create(what="ticked")

    events.register("test.note", note)
    events.register("test.linger", linger)
    events.register("test.tick", tick, every=10**9)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    (folder / f"ready-{os.getpid()}").touch()
    wait_for((folder / "go").exists)
    jobs.work(app, stop)


def _emit_and_die(url: str, folder: Path) -> None:
    app = node(url)
    app.extensions["entente"].host.listen("listening", "moved", lambda ids: None)
    with app.app_context(), database.connection_context(), atomic():
        after_commit(lambda: os.kill(os.getpid(), signal.SIGKILL))
        events.emit("moved", ids=[1, 2])


if __name__ == "__main__":
    {"work": _work, "emit-and-die": _emit_and_die}[sys.argv[1]](sys.argv[2], Path(sys.argv[3]))
