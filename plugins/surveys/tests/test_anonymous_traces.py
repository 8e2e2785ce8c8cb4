"""Nothing leads from an anonymous answer to whoever gave it: not in rows, files, copies or logs."""

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.db import database
from app.core.messages.models import Mail
from app.core.migrate import backup_once
from app.core.models import AuditEntry
from plugins.surveys import closing, keeping
from plugins.surveys.models import Ballot, BallotKey, Code, Invitation, SpentCode, Wave
from plugins.surveys.rules import ballot as rules
from plugins.surveys.tests.conftest import answer, close, path, start

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
on_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"])


def test_the_pages_set_no_cookie_and_may_not_be_kept(client, wave, codes):
    for page in (
        client.get(path(wave)),
        client.post(path(wave), data={"code": codes[0]}),
    ):
        assert "Set-Cookie" not in page.headers
        assert page.headers["Cache-Control"] == "no-store"


def test_whoever_is_signed_in_is_not_known(as_admin, wave, codes):
    page = as_admin.post(path(wave), data={"code": codes[0]})
    assert page.status_code == 200
    assert "Set-Cookie" not in page.headers
    assert "Admin" not in page.text


def test_answering_leaves_no_history_and_no_line_in_the_log(client, wave, codes, caplog):
    rows = AuditEntry.select().count()
    caplog.set_level("INFO")
    answer(client, wave, start(client, wave, codes[0]))
    client.post(path(wave), data={"code": "nonsense"})
    assert AuditEntry.select().count() == rows
    assert caplog.records == []


def test_closing_deletes_the_key_and_every_code(ground, client, wave, codes):
    answer(client, wave, start(client, wave, codes[0]))
    close(ground, wave)
    for table in (BallotKey, SpentCode, Code):
        assert not table.select().exists()
    assert Ballot.select().count() == 1


def test_who_answered_is_not_written_at_the_invitation(ground, client, wave, codes):
    before = list(Invitation.select().dicts())
    for code in codes[:6]:
        answer(client, wave, start(client, wave, code))
    close(ground, wave)
    assert list(Invitation.select().dicts()) == before


def everything():
    """Every row of every table, as text, by table."""
    found = {}
    for table in database.get_tables():
        rows = database.execute_sql(f'SELECT * FROM "{table}"').fetchall()
        found[table] = [" | ".join(map(str, row)) for row in rows]
    return found


def test_a_dump_after_the_wave_ties_no_code_to_an_answer(ground, client, wave, codes):
    for n, code in enumerate(codes):
        answer(client, wave, start(client, wave, code), **{"q-why": f"secret thought {n}"})
    hashes = {rules.code_hash(code) for code in codes}
    Mail.update(content="", state="sent").execute()  # as it is once it was sent
    close(ground, wave)
    dump = everything()
    holding_answers = {t for t, rows in dump.items() if any("secret thought" in r for r in rows)}
    holding_codes = {t for t, rows in dump.items() for r in rows if any(h in r for h in hashes)}
    assert holding_answers == {"surveys_ballot"}
    assert holding_codes == set()
    columns = {c.name for c in database.get_columns("surveys_ballot")}
    assert columns == {"wave", "ballot_hash", "cell", "answers"}


@on_sqlite
def test_nothing_of_a_code_stays_in_the_file_after_the_wave(ground, client, wave, codes):
    answer(client, wave, start(client, wave, codes[0]))
    Mail.update(content="", state="sent").execute()
    close(ground, wave)
    name = database.execute_sql("PRAGMA database_list").fetchone()[2]
    with open(name, "rb") as file:
        content = file.read()
    assert rules.code_hash(codes[0]).encode() not in content


@on_sqlite
def test_the_answers_are_kept_in_the_order_of_their_keys(ground, client, wave, codes):
    for code in codes:
        answer(client, wave, start(client, wave, code))
    close(ground, wave)
    stored = [row[0] for row in database.execute_sql("SELECT ballot_hash FROM surveys_ballot")]
    assert stored == sorted(stored)
    with pytest.raises(Exception, match="rowid"):
        database.execute_sql("SELECT rowid FROM surveys_ballot")


@on_sqlite
def test_a_copy_of_an_open_wave_holds_answers_and_no_spent_codes(
    ground, client, wave, codes, tmp_path
):
    answer(client, wave, start(client, wave, codes[0]))
    copy = sqlite3.connect(backup_once(tmp_path)())
    counts = {
        table: copy.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("surveys_ballot", "surveys_spent_uncopied", "surveys_key_uncopied")
    }
    assert counts == {
        "surveys_ballot": 1,
        "surveys_spent_uncopied": 0,
        "surveys_key_uncopied": 0,
    }


def test_a_wave_that_was_restored_from_a_copy_closes(ground, client, wave, codes):
    SpentCode.delete().execute()
    BallotKey.delete().execute()
    assert start(client, wave, codes[0]) is None
    with ground.app.app_context():
        keeping.daily()
    assert Wave.get_by_id(wave.id).state == "closed"


def test_the_tables_that_are_overwritten_are_those_of_anonymous_answers(app):
    assert set(closing.TABLES) <= set(database.get_tables())


def file_of(table):
    """The number of the file in which PostgreSQL keeps a table."""
    return database.execute_sql("SELECT pg_relation_filenode(%s)", (table,)).fetchone()[0]


@on_postgresql
def test_closing_writes_the_tables_into_new_files(ground, client, wave, codes):
    for code in codes:
        answer(client, wave, start(client, wave, code))
    before = {table: file_of(table) for table in closing.TABLES}
    close(ground, wave)
    after = {table: file_of(table) for table in closing.TABLES}
    assert not set(before.values()) & set(after.values())
    sizes = [
        database.execute_sql("SELECT pg_relation_size(%s)", (table,)).fetchone()[0]
        for table in closing.TABLES
        if table != "surveys_ballot"
    ]
    assert sizes == [0, 0, 0]


@on_postgresql
def test_neither_place_nor_transaction_of_a_row_tells_when_it_was_answered(
    ground, client, wave, codes
):
    for code in codes:
        answer(client, wave, start(client, wave, code))
    close(ground, wave)
    rows = database.execute_sql(
        "SELECT xmin::text, ballot_hash FROM surveys_ballot ORDER BY ctid"
    ).fetchall()
    assert len({transaction for transaction, _hash in rows}) == 1
    assert [hash_ for _transaction, hash_ in rows] == sorted(hash_ for _transaction, hash_ in rows)


@on_postgresql
def test_a_code_that_is_tried_again_leaves_nothing_in_the_log_of_the_database(client, wave, codes):
    start(client, wave, codes[0])
    log = Path(database.execute_sql("SHOW data_directory").fetchone()[0]) / "log"
    before = log.stat().st_size
    assert start(client, wave, codes[0]) is None
    ballot = start(client, wave, codes[1])
    answer(client, wave, ballot)
    answer(client, wave, ballot)
    written = log.read_text()[before:]
    assert [line for line in written.splitlines() if "surveys_" in line] == []


@on_sqlite
def test_what_could_not_be_overwritten_is_overwritten_an_hour_later(ground, client, wave, codes):
    answer(client, wave, start(client, wave, codes[0]))
    reader = sqlite3.connect(database.execute_sql("PRAGMA database_list").fetchone()[2])
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


KILLED = """
import os, signal, sys
from pathlib import Path
from app.testing import make_app

folder, url, path, code = sys.argv[1:]
page = make_app(Path(folder), url).test_client().post(path, data={"code": code})
print(page.text.split('name="ballot" value="')[1].split('"')[0], flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_ballot_outlives_the_process_that_gave_it_and_nothing_else_does(
    ground, client, wave, codes
):
    config = ground.app.extensions["entente"].config
    command = [sys.executable, "-c", KILLED, str(config.data), config.database_url]
    killed = subprocess.run(
        [*command, path(wave), codes[0]], capture_output=True, text=True, cwd=Path.cwd()
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    ballot = killed.stdout.strip()
    assert not any(ballot in row for rows in everything().values() for row in rows)
    assert start(client, wave, codes[0]) is None
    assert "Thank you" in answer(client, wave, ballot).text
    assert Ballot.get().ballot_hash == rules.ballot_hash(ballot)
