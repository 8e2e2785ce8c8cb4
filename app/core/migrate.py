"""Migrations: one folder and one history table for each part of core and each plugin.

A run takes a lock, because several processes may start at once; a second start finds nothing
pending and takes neither the lock nor a backup.
"""

import fcntl
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from playhouse.migrations import Runner

from app.core import clock, db

BACKUPS_KEPT = 5
UNCOPIED = "_uncopied"  # tables whose name ends so are empty in copies
POSTGRES_LOCK = 0x656E74656E7465  # "entente" in ASCII: any number, the same in every process


@dataclass(frozen=True, slots=True)
class Folder:
    """Where one part's migrations lie; their history is kept in the table `<name>_migration`."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Migration:
    """One migration file; `applied` is None while it is pending."""

    folder: str
    name: str
    applied: datetime | None


class MigrationFailed(Exception):
    """A migration raised; what it did was rolled back, and those before it stand."""

    def __init__(self, folder: str, name: str) -> None:
        super().__init__(f"migration {folder}/{name} failed")
        self.folder = folder
        self.name = name


def status(folders: Iterable[Folder]) -> list[Migration]:
    """Every migration of these folders, in the order in which they run."""
    with connected():
        return [
            Migration(folder.name, found.name, found.applied)
            for folder in folders
            for found in _runner(folder).status()
        ]


def pending(folders: Iterable[Folder]) -> list[Migration]:
    """The migrations that have not run."""
    return [migration for migration in status(folders) if migration.applied is None]


def migrate(
    folders: Sequence[Folder], backup: Callable[[], object] | None = None
) -> list[Migration]:
    """Apply what is pending, folder by folder, and return it.

    `backup` is called once before the first change to a SQLite database that holds tables.
    Each migration is one transaction; the first that raises ends the run with `MigrationFailed`.
    """
    if not pending(folders):
        return []
    applied: list[Migration] = []
    with connected(), _locked():
        due = pending(folders)  # another process may have been faster
        if due and backup and db.is_sqlite() and db.database.get_tables():
            backup()
        by_name = {folder.name: folder for folder in folders}
        for migration in due:
            applied.append(_apply(by_name[migration.folder], migration.name))
    return applied


def backup_once(folder: Path) -> Callable[[], Path | None]:
    """A function that copies the SQLite database into a folder the first time it is called.

    One start-up migrates core and then each plugin, and wants one copy of the state before all
    of it. The last five copies are kept.
    """
    made: list[Path] = []

    def backup() -> Path | None:
        if made:
            return None
        made.append(_copy_into(folder))
        return made[0]

    return backup


def _apply(folder: Folder, name: str) -> Migration:
    try:
        _runner(folder).up(name)
    except Exception as error:
        raise MigrationFailed(folder.name, name) from error
    return Migration(folder.name, name, clock.now())


def _runner(folder: Folder) -> Runner:
    return Runner(db.database.obj, str(folder.path), table_name=f"{folder.name}_migration")


def _copy_into(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / f"before-migration-{clock.now():%Y%m%d-%H%M%S-%f}.sqlite3"
    unfinished = target.with_suffix(".part")
    unfinished.touch(mode=0o600)
    copy = sqlite3.connect(unfinished)
    try:
        db.database.connection().backup(copy)
        _empty_uncopied(copy)
    finally:
        copy.close()
    unfinished.replace(target)
    for old in sorted(folder.glob("before-migration-*.sqlite3"))[:-BACKUPS_KEPT]:
        old.unlink()
    return target


def _empty_uncopied(copy: sqlite3.Connection) -> None:
    """Leave out what must not outlive the moment: rows of tables named so, and their traces.

    The name says it, because copies are made before any plugin is loaded.
    """
    tables = "SELECT name FROM sqlite_master WHERE type = 'table'"
    found = [name for (name,) in copy.execute(tables) if name.endswith(UNCOPIED)]
    if not found:
        return
    for name in found:
        copy.execute(f'DELETE FROM "{name}"')
    copy.commit()
    copy.execute("VACUUM")


@contextmanager
def connected() -> Iterator[None]:
    """Have a connection, and close it again only where there was none before."""
    opened = db.database.is_closed()
    db.connect()
    try:
        yield
    finally:
        if opened:
            db.database.close()


@contextmanager
def _locked() -> Iterator[None]:
    """One migrating process at a time; the lock ends with its holder, however that dies."""
    if db.is_sqlite():
        with _file_lock(Path(db.database.database)):
            yield
        return
    with _postgres_lock(db.database.obj):
        yield


@contextmanager
def _file_lock(database: Path) -> Iterator[None]:
    with database.with_name(f"{database.name}.migrating").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def _postgres_lock(database: Any) -> Iterator[None]:
    # A connection of its own: a session lock must not depend on the migrations' transactions,
    # and waiting for it must not fall to the time limits that pages have.
    holder: Any = database._connect()
    try:
        holder.autocommit = True
        with holder.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("SET lock_timeout = 0")
            cursor.execute("SELECT pg_advisory_lock(%s)", (POSTGRES_LOCK,))
        database.execute_sql("SET statement_timeout = 0")
        yield
    finally:
        database.execute_sql("RESET statement_timeout")
        holder.close()
