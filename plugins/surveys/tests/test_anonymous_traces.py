"""Nothing leads from an anonymous answer to whoever gave it: not in rows, headers or the log."""

from app.core.db import database
from app.core.models import AuditEntry
from app.jobs import run_pending
from plugins.surveys import keeping
from plugins.surveys.models import Ballot, BallotKey, Code, Invitation, SpentCode, Wave
from plugins.surveys.rules import ballot as rules
from plugins.surveys.tests.conftest import answer, close, everything, path, start
from tests.core.mail_server import configured, mail_server


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


def test_answering_writes_answers_and_spent_codes_and_nothing_else(client, wave, codes):
    before = everything()
    for code in codes:
        answer(client, wave, start(client, wave, code))
    after = everything()
    written = {table: len(set(after[table]) - set(before[table])) for table in after}
    assert {table: n for table, n in written.items() if n} == {
        "surveys_ballot": 7,
        "surveys_spent_uncopied": 7,
        "surveys_version": 1,  # it is locked by the first answer, whoever gave it
    }


def test_an_answer_lies_with_its_wave_and_group_alone(app):
    columns = {column.name for column in database.get_columns("surveys_ballot")}
    assert columns == {"wave", "ballot_hash", "cell", "answers"}


def test_a_dump_after_the_wave_ties_no_code_to_an_answer(ground, client, wave, codes):
    with mail_server() as (post, url):
        configured(ground.app, url)
        run_pending(ground.app)
    assert len(post.taken) == 7
    for n, code in enumerate(codes):
        answer(client, wave, start(client, wave, code), **{"q-why": f"secret thought {n}"})
    close(ground, wave)
    dump = everything()
    traces = {*codes, *(code.replace("-", "") for code in codes), *map(rules.code_hash, codes)}
    assert {t for t, rows in dump.items() if any("secret thought" in r for r in rows)} == {
        "surveys_ballot"
    }
    assert {t for t, rows in dump.items() for r in rows if any(x in r for x in traces)} == set()


def test_a_wave_that_was_restored_from_a_copy_closes(ground, client, wave, codes):
    SpentCode.delete().execute()
    BallotKey.delete().execute()
    assert start(client, wave, codes[0]) is None
    with ground.app.app_context():
        keeping.daily()
    assert Wave.get_by_id(wave.id).state == "closed"
