"""What files tell of an anonymous wave: the database's own, dumps of it, and copies of the desk."""

import sqlite3
import subprocess
from pathlib import Path

import pytest

from app.core.db import database
from app.core.migrate import backup_once
from plugins.surveys import closing, keeping
from plugins.surveys.models import Ballot, BallotKey, Code, Wave
from plugins.surveys.rules import ballot as rules
from plugins.surveys.tests.conftest import (
    answer,
    close,
    on_postgresql,
    on_sqlite,
    start,
)

EXCLUDED = "--exclude-table-data=*_uncopied"  # as docs/surveys.md says


@pytest.fixture
def answered(client, wave, codes):
    """The hashes of five codes that were spent for an answer, and of two that were not."""
    for code in codes[:5]:
        answer(client, wave, start(client, wave, code))
    hashes = [rules.code_hash(code) for code in codes]
    return hashes[:5], hashes[5:]


def sqlite_file():
    return Path(database.execute_sql("PRAGMA database_list").fetchone()[2])


def key_of(wave):
    return bytes(BallotKey.get_by_id(wave.id).key)


@on_sqlite
def test_neither_codes_nor_key_stay_in_a_sqlite_file_or_its_log(ground, wave, answered):
    key = key_of(wave)
    close(ground, wave)
    file = sqlite_file()
    content = file.read_bytes()
    assert file.with_name(f"{file.name}-wal").stat().st_size == 0
    assert database.execute_sql("PRAGMA freelist_count").fetchone()[0] == 0
    for spent_or_not in (*answered[0], *answered[1]):
        assert spent_or_not.encode() not in content
    assert key not in content


def in_order_of_hashes(content):
    """Whether the answers stand in a file in the order of their hashes, forwards or backwards."""
    places = {row.ballot_hash: content.index(row.ballot_hash.encode()) for row in Ballot.select()}
    in_the_file = sorted(places, key=places.__getitem__)
    return in_the_file in (sorted(places), sorted(places, reverse=True))  # a page fills backwards


@on_sqlite
def test_a_sqlite_file_holds_the_answers_in_the_order_of_their_hashes(ground, wave, answered):
    close(ground, wave)
    assert in_order_of_hashes(sqlite_file().read_bytes())
    with pytest.raises(Exception, match="rowid"):
        database.execute_sql("SELECT rowid FROM surveys_ballot")


@on_sqlite
def test_copies_between_answers_tell_what_was_answered_in_between_and_not_by_whom(
    client, wave, codes, tmp_path
):
    copies = []
    for n, code in enumerate(codes[:6]):
        answer(client, wave, start(client, wave, code))
        copies.append(backup_once(tmp_path / str(n))())
    contents = [copy.read_bytes() for copy in copies]
    spent, unspent = rules.code_hash(codes[0]).encode(), rules.code_hash(codes[6]).encode()
    assert [content.count(spent) for content in contents] == [1] * 6
    assert [content.count(unspent) for content in contents] == [1] * 6
    assert [content.count(key_of(wave)) for content in contents] == [0] * 6
    rows = [
        {row[0] for row in sqlite3.connect(copy).execute("SELECT ballot_hash FROM surveys_ballot")}
        for copy in copies
    ]
    assert [len(one) for one in rows] == [1, 2, 3, 4, 5, 6]  # docs/surveys.md says so
    assert in_order_of_hashes(contents[-1])


@on_sqlite
def test_what_could_not_be_overwritten_is_overwritten_an_hour_later(ground, wave, answered):
    reader = sqlite3.connect(sqlite_file())
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM surveys_wave").fetchone()
    database.execute_sql("PRAGMA busy_timeout = 50")
    close(ground, wave)
    with ground.app.app_context():
        keeping.daily()
    assert not Wave.get_by_id(wave.id).swept
    reader.close()
    with ground.app.app_context():
        keeping.daily()
    assert Wave.get_by_id(wave.id).swept


def postgres_folder():
    """Where PostgreSQL keeps this database, everything written."""
    database.execute_sql("CHECKPOINT")
    folder = database.execute_sql("SHOW data_directory").fetchone()[0]
    oid = database.execute_sql("SELECT oid FROM pg_database WHERE datname = current_database()")
    return Path(folder) / "base" / str(oid.fetchone()[0])


def files_with(folder, text):
    return [file.name for file in folder.iterdir() if file.is_file() and text in file.read_bytes()]


@on_postgresql
def test_neither_codes_nor_key_stay_in_the_files_of_postgresql(ground, wave, answered):
    database.execute_sql("ANALYZE")  # its samples of columns outlive the rows
    key = key_of(wave)
    folder = postgres_folder()
    assert files_with(folder, answered[0][0].encode())
    close(ground, wave)
    folder = postgres_folder()
    for trace in (*answered[0], *answered[1]):
        assert files_with(folder, trace.encode()) == []
    assert files_with(folder, key) == []


@on_postgresql
def test_neither_place_nor_transaction_of_a_row_tells_when_it_was_answered(ground, wave, answered):
    close(ground, wave)
    rows = database.execute_sql(
        "SELECT xmin::text, ballot_hash FROM surveys_ballot ORDER BY ctid"
    ).fetchall()
    assert len({transaction for transaction, _hash in rows}) == 1
    assert [hash_ for _transaction, hash_ in rows] == sorted(hash_ for _transaction, hash_ in rows)


@on_postgresql
def test_a_code_that_is_tried_again_leaves_nothing_in_the_log_of_the_database(client, wave, codes):
    ballot = start(client, wave, codes[0])
    answer(client, wave, ballot)
    log = Path(database.execute_sql("SHOW data_directory").fetchone()[0]) / "log"
    before = log.stat().st_size
    assert start(client, wave, codes[0]) is None
    answer(client, wave, ballot)
    written = log.read_text()[before:]
    assert [line for line in written.splitlines() if "surveys_" in line] == []


def postgres_dump(*options):
    """What `pg_dump` writes of this database."""
    found = database.execute_sql("SELECT setting FROM pg_config WHERE name = 'BINDIR'")
    program = Path(found.fetchone()[0]) / "pg_dump"
    where = database.connection().info
    command = [program, "-h", where.host, "-U", where.user, *options, where.dbname]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@on_postgresql
def test_a_dump_of_an_open_wave_as_the_guide_makes_it_knows_no_spent_codes(wave, answered):
    key = key_of(wave)
    dump = postgres_dump(EXCLUDED)
    assert [dump.count(one) for one in (*answered[0], *answered[1])] == [1] * 7
    assert key.hex() not in dump
    assert all(row.ballot_hash in dump for row in Ballot.select())


@on_postgresql
def test_a_dump_after_the_wave_holds_the_answers_in_the_order_of_their_hashes(
    ground, wave, answered
):
    close(ground, wave)
    dump = postgres_dump()
    hashes = sorted(row.ballot_hash for row in Ballot.select())
    assert [dump.index(one) for one in hashes] == sorted(dump.index(one) for one in hashes)
    assert not any(code in dump for code in (*answered[0], *answered[1]))


def test_the_tables_that_are_overwritten_are_all_that_anonymous_answers_write(app):
    assert {model._meta.table_name for model in (Ballot, BallotKey, Code)} <= set(closing.TABLES)
    uncopied = {table for table in database.get_tables() if table.endswith("_uncopied")}
    assert uncopied <= set(closing.TABLES)
