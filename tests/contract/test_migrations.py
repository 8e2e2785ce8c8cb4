"""Migrations: in order, once, under a lock, after a backup; each folder on its own."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.db import database, open_database
from app.core.migrate import Folder, MigrationFailed, backup_once, migrate, pending, status
from tests.databases import KINDS, fresh_url

CREATE = """
def up(migrator, db):
    db.execute_sql("CREATE TABLE {table} (id INTEGER PRIMARY KEY)")
"""


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    open_database(fresh_url(request.param, tmp_path))
    yield request.param
    if not database.is_closed():
        database.close()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Path]:
    """An empty SQLite database."""
    open_database(f"sqlite:///{tmp_path / 'desk.db'}")
    yield tmp_path / "desk.db"
    if not database.is_closed():
        database.close()


@pytest.fixture
def parts(tmp_path: Path) -> Folder:
    """A part with two migrations."""
    return folder_with(
        tmp_path,
        "parts",
        **{
            "0001_first": CREATE.format(table="parts_one"),
            "0002_second": CREATE.format(table="parts_two"),
        },
    )


def folder_with(tmp_path: Path, name: str, **migrations: str) -> Folder:
    """A folder of migrations on disk."""
    folder = Folder(name, tmp_path / name)
    folder.path.mkdir(exist_ok=True)
    for migration, text in migrations.items():
        (folder.path / f"{migration}.py").write_text(text)
    return folder


def tables() -> list[str]:
    """The tables of the database."""
    with database.connection_context():
        return database.get_tables()


def test_migrations_run_in_order(kind: str, parts: Folder) -> None:
    assert [row.name for row in migrate([parts])] == ["0001_first", "0002_second"]
    assert {"parts_one", "parts_two", "parts_migration"} <= set(tables())


def test_a_second_run_does_nothing(kind: str, parts: Folder) -> None:
    migrate([parts])
    assert (migrate([parts]), pending([parts])) == ([], [])


def test_a_new_migration_runs_alone(kind: str, parts: Folder, tmp_path: Path) -> None:
    migrate([parts])
    folder_with(tmp_path, "parts", **{"0003_third": CREATE.format(table="parts_three")})
    assert [row.name for row in migrate([parts])] == ["0003_third"]


def test_a_failing_migration_is_rolled_back_and_named(kind: str, tmp_path: Path) -> None:
    bad = folder_with(
        tmp_path,
        "bad",
        **{"0001_bad": CREATE.format(table="bad_one") + "    db.execute_sql('nonsense')\n"},
    )
    with pytest.raises(MigrationFailed, match="bad/0001_bad"):
        migrate([bad])
    assert "bad_one" not in tables()


def test_what_ran_before_the_failure_stands(kind: str, parts: Folder, tmp_path: Path) -> None:
    folder_with(tmp_path, "parts", **{"0002_second": "def up(migrator, db):\n    1 / 0\n"})
    with pytest.raises(MigrationFailed):
        migrate([parts])
    assert [row.name for row in status([parts]) if row.applied] == ["0001_first"]


def test_each_folder_has_its_own_history(kind: str, parts: Folder, tmp_path: Path) -> None:
    other = folder_with(tmp_path, "other", **{"0001_first": CREATE.format(table="other_one")})
    migrate([parts])
    assert [row.folder for row in migrate([parts, other])] == ["other"]


def test_no_connection_is_left_open(kind: str, parts: Folder) -> None:
    migrate([parts])
    assert database.is_closed()


def test_starters_wait_for_each_other(kind: str, parts: Folder, tmp_path: Path) -> None:
    folder_with(
        tmp_path,
        "parts",
        **{
            "0001_first": "import time\n"
            + CREATE.format(table="parts_one")
            + "    time.sleep(0.3)\n"
        },
    )
    runs: list[object] = []
    starters = [threading.Thread(target=lambda: runs.append(migrate([parts]))) for _ in range(3)]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()
    assert sorted(len(run) for run in runs) == [0, 0, 2]


def test_a_long_migration_outlives_the_time_limit_of_pages(tmp_path: Path, parts: Folder) -> None:
    open_database(fresh_url("postgresql", tmp_path))
    folder_with(
        tmp_path,
        "parts",
        **{
            "0001_first": """
def up(migrator, db):
    assert db.execute_sql("SHOW statement_timeout").fetchone() == ("0",)
"""
        },
    )
    with database.connection_context():
        migrate([parts])
        assert database.execute_sql("SHOW statement_timeout").fetchone() == ("15s",)


def test_an_empty_database_needs_no_backup(sqlite: Path, parts: Folder, tmp_path: Path) -> None:
    migrate([parts], backup_once(tmp_path / "backups"))
    assert not (tmp_path / "backups").exists()


def test_the_state_before_the_change_is_kept(sqlite: Path, parts: Folder, tmp_path: Path) -> None:
    with database.connection_context():
        database.execute_sql("CREATE TABLE precious (name TEXT)")
        database.execute_sql("INSERT INTO precious VALUES ('kept')")
    migrate([parts], backup_once(tmp_path / "backups"))
    (copy,) = (tmp_path / "backups").iterdir()
    found = sqlite3.connect(copy)
    names = found.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    assert found.execute("SELECT name FROM precious").fetchall() == [("kept",)]
    assert names == [("precious",)]


def test_a_backup_is_for_its_owner_only(sqlite: Path, parts: Folder, tmp_path: Path) -> None:
    with database.connection_context():
        database.execute_sql("CREATE TABLE precious (name TEXT)")
    migrate([parts], backup_once(tmp_path / "backups"))
    (copy,) = (tmp_path / "backups").iterdir()
    assert copy.stat().st_mode & 0o077 == 0


def test_one_start_makes_one_backup(sqlite: Path, parts: Folder, tmp_path: Path) -> None:
    other = folder_with(tmp_path, "other", **{"0001_first": CREATE.format(table="other_one")})
    migrate([parts])
    folder_with(tmp_path, "parts", **{"0003_third": CREATE.format(table="parts_three")})
    backup = backup_once(tmp_path / "backups")
    migrate([parts], backup)
    migrate([other], backup)
    assert len(list((tmp_path / "backups").iterdir())) == 1


def test_the_last_five_backups_are_kept(sqlite: Path, tmp_path: Path) -> None:
    with database.connection_context():
        made = [backup_once(tmp_path / "backups")() for _ in range(7)]
    assert sorted((tmp_path / "backups").iterdir()) == made[-5:]


def test_nothing_pending_is_quick(sqlite: Path, tmp_path: Path) -> None:
    folders = [
        folder_with(tmp_path, f"p{number}", **{"0001_a": CREATE.format(table=f"p{number}_a")})
        for number in range(20)
    ]
    migrate(folders)
    started = time.process_time()
    migrate(folders, backup_once(tmp_path / "backups"))
    assert time.process_time() - started < 0.5
