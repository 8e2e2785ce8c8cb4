"""Databases of tests: the next test gets what the last one had, as if it were new."""

import shutil
from itertools import count
from pathlib import Path

import psycopg
import pytest

from app.testing import founded
from tests.databases import fresh_url


@pytest.fixture
def lend(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch):
    """A function that lends a PostgreSQL database to a test that ended with the next call."""
    monkeypatch.setenv("ENTENTE_TEST_FOLDER", str(tmp_path_factory.getbasetemp()))
    folders = (tmp_path / f"test-{n}" for n in count())
    present: list[Path] = []

    def next_one() -> str:
        for folder in present:
            shutil.rmtree(folder, ignore_errors=True)
        present.append(next(folders))
        present[-1].mkdir()
        return fresh_url("postgresql", present[-1], founded)

    return next_one


def contents(url: str) -> tuple[object, ...]:
    with psycopg.connect(url) as connection:
        names = connection.execute('SELECT array_agg(name ORDER BY id) FROM "user"').fetchone()
        trail = connection.execute("SELECT count(*), max(id) FROM audit_entry").fetchone()
        tags = connection.execute("SELECT count(*) FROM partner").fetchone()
        number = connection.execute("SELECT last_value, is_called FROM partner_id_seq").fetchone()
    return names, trail, tags, number


def test_what_a_test_wrote_and_left_open_is_gone_for_the_next_one(lend) -> None:
    first = lend()
    before = contents(first)
    left_open = psycopg.connect(first)
    left_open.execute("SET session_replication_role = replica")
    left_open.execute("DELETE FROM audit_entry")
    left_open.execute("UPDATE \"user\" SET name = 'Somebody else'")
    left_open.execute("SELECT nextval('partner_id_seq')")
    left_open.commit()
    left_open.execute("DELETE FROM organisation")
    assert contents(first) != before
    second = lend()
    left_open.close()
    assert second == first
    assert contents(second) == before


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE partner ADD COLUMN colour text",
        "ALTER TABLE partner RENAME COLUMN website TO site",
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        "ALTER TABLE partner ALTER COLUMN website SET DEFAULT 'x'",
        "DROP INDEX partner_merged",
        "CREATE TABLE another (id int)",
    ],
)
def test_a_database_that_a_test_rebuilt_is_not_lent_again(lend, change: str) -> None:
    first = lend()
    with psycopg.connect(first) as connection:
        connection.execute(change)
    assert lend() != first
