"""The audit chains: one per object, no fork, nothing changed unseen, texts that can be erased."""

import threading
from datetime import date

import pytest

from app.core import audit, audit_check
from app.core.audit import Change, Ref, Tally
from app.core.db import atomic, database
from app.core.models import AuditChange, AuditEntry


def write(ref="partner:7", action="partner.changed", **changes):
    """A row with changes given as field=(before, after)."""
    with atomic():
        given = [Change(field, *values) for field, values in changes.items()]
        audit.record(action, ref, {"fields": sorted(changes)}, changes=given)
    return AuditEntry.select().order_by(AuditEntry.id.desc()).get()


def problems():
    return [(found.chain, found.seq, found.problem) for found in audit_check.verify()]


def unguarded(table, statement):
    """Run a statement as somebody with the database's own rights would, past the triggers."""
    names = ("no_update", "no_delete", "no_change")
    with atomic():
        for name in names:
            database.execute_sql(
                f"DROP TRIGGER IF EXISTS {table}_{name}"
                + (f" ON {table}" if database.param == "%s" else "")
            )
        if database.param == "?":
            database.execute_sql("PRAGMA defer_foreign_keys = ON")
        for each in statement.split(";"):
            database.execute_sql(each)


def test_each_object_has_its_chain_and_what_is_none_has_the_days(app):
    first, second = write("partner:7"), write("partner:7")
    assert (first.chain, first.seq, second.seq) == ("partner:7", 1, 2)
    assert second.prev_hash == first.hash
    assert write("partner:8").seq == 1
    assert write("value:1/2/3").chain == "value:1/2/3"
    assert write("plugin:incentives").chain == "plugin:incentives"
    for ref in ("endpoint:home.index", "list:kpis", "files", "user:0"):
        assert write(ref).chain == f"day:{first.at.date().isoformat()}"


def test_texts_lie_beside_the_chain_which_holds_salted_commitments(app):
    entry = write(name=("Nord", "Süd"), note=(None, "ring the bell"))
    assert "Nord" not in entry.detail
    assert "bell" not in entry.detail
    kept = AuditChange.get(AuditChange.entry == entry.id, AuditChange.field == "name")
    assert (kept.before, kept.after) == ('"Nord"', '"Süd"')
    mark = audit.commitment(kept.salt, "name", kept.before, kept.after)
    assert f'"name":"{mark}"' in entry.detail
    same = write(name=("Nord", "Süd"))
    again = AuditChange.get(AuditChange.entry == same.id, AuditChange.field == "name")
    assert again.salt != kept.salt


def test_what_did_not_change_is_left_out(app):
    entry = write(name=("Nord", "Nord"), code=(None, None))
    assert not AuditChange.select().where(AuditChange.entry == entry.id).exists()


def test_values_say_what_they_are():
    assert audit.stored([date(2026, 1, 2), Ref("user:7"), None, True, 3, "x"]) == [
        {"date": "2026-01-02"},
        {"ref": "user:7"},
        None,
        True,
        3,
        "x",
    ]


def test_where_somebody_came_from_can_be_erased(app, as_admin):
    entry = AuditEntry.get(AuditEntry.action == "session.started")
    assert entry.address == ""
    kept = AuditChange.get(AuditChange.entry == entry.id)
    assert (kept.field, kept.after) == (audit.FROM, '"127.0.0.1"')


def test_the_chains_hold_and_the_texts_are_counted(app):
    write(name=("Nord", "Süd"), note=("a", "b"))
    tally = Tally()
    assert list(audit_check.verify(tally)) == []
    texts = AuditChange.select().count()
    assert (tally.rows, tally.kept, tally.erased) == (AuditEntry.select().count(), texts, 0)


def test_erasing_texts_leaves_the_chain_as_it_was(app):
    write(name=("Nord", "Süd"), note=("a", "b"))
    AuditChange.update(before=None, after=None, salt=None).where(
        AuditChange.field == "name"
    ).execute()
    tally = Tally()
    assert list(audit_check.verify(tally)) == []
    names = AuditChange.select().where(AuditChange.salt.is_null()).count()
    assert (tally.kept, tally.erased) == (AuditChange.select().count() - names, names)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_change SET after = '\"x\"'",
        "UPDATE audit_change SET after = NULL",
        "UPDATE audit_change SET salt = NULL",
        "UPDATE audit_change SET before = NULL, after = NULL, salt = NULL, field = 'x'",
        "DELETE FROM audit_change",
        "TRUNCATE audit_change",
        "REPLACE INTO audit_change SELECT * FROM audit_change",
        "TRUNCATE audit_entry CASCADE",
        "REPLACE INTO audit_entry SELECT * FROM audit_entry",
    ],
)
def test_the_database_refuses_every_change_but_erasing(app, statement):
    sqlite = database.param == "?"
    if statement.startswith("TRUNCATE" if sqlite else "REPLACE"):
        return  # words that this database does not know
    write(name=("Nord", "Süd"))
    with atomic() as transaction:
        with pytest.raises(Exception, match="append-only"):
            database.execute_sql(statement)
        transaction.rollback()


TAMPERED = {
    "a text": (
        "audit_change",
        "UPDATE audit_change SET after = '\"Ost\"' WHERE field = 'town'",
        [("partner:7", 2, "the text of “town” was changed after it was written")],
    ),
    "a salt": (
        "audit_change",
        "UPDATE audit_change SET salt = '00' WHERE field = 'town'",
        [("partner:7", 2, "the text of “town” was changed after it was written")],
    ),
    "half erased": (
        "audit_change",
        "UPDATE audit_change SET salt = NULL WHERE field = 'town'",
        [("partner:7", 2, "the text of “town” was changed after it was written")],
    ),
    "a text's row": (
        "audit_change",
        "DELETE FROM audit_change WHERE field = 'town'",
        [("partner:7", 2, "the row with the text of “town” is missing")],
    ),
    "a field": (
        "audit_change",
        "UPDATE audit_change SET field = 'code' WHERE field = 'town'",
        [
            ("partner:7", 2, "the row with the text of “town” is missing"),
            ("partner:7", 2, "the text of “code” was added after it was written"),
        ],
    ),
    "a row": (
        "audit_entry",
        "UPDATE audit_entry SET actor = 'user:9' WHERE chain = 'partner:7' AND seq = 1",
        [("partner:7", 1, "was changed after it was written")],
    ),
    "a gap": (
        "audit_entry",
        "DELETE FROM audit_entry WHERE chain = 'partner:7' AND seq = 1",
        [("partner:7", 2, "row 1 is missing")],
    ),
    "the order": (
        "audit_entry",
        "UPDATE audit_entry SET seq = 9 WHERE chain = 'partner:7' AND seq = 2;"
        "UPDATE audit_entry SET seq = 2 WHERE chain = 'partner:7' AND seq = 3;"
        "UPDATE audit_entry SET seq = 3 WHERE chain = 'partner:7' AND seq = 9",
        [
            ("partner:7", 2, "does not follow the row before it"),
            ("partner:7", 2, "was changed after it was written"),
            ("partner:7", 3, "does not follow the row before it"),
            ("partner:7", 3, "was changed after it was written"),
        ],
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_tampering_is_found_and_its_place_is_named(app, what):
    write(action="partner.created")
    write(town=("Nord", "Süd"))
    write(action="partner.status")
    table, statement, expected = TAMPERED[what]
    unguarded(table, statement)
    assert problems() == expected


def test_a_text_that_was_slipped_in_is_found(app):
    entry = write(name=("Nord", "Süd"))
    with atomic():
        mark = database.param
        database.execute_sql(
            f"INSERT INTO audit_change VALUES ({mark}, 'code', 'null', '1', '00')", (entry.id,)
        )
    assert problems() == [("partner:7", 1, "the text of “code” was added after it was written")]


def test_rows_of_day_chains_from_before_stay_valid_and_new_ones_follow(app):
    row = {
        "chain": "day:2026-01-02",
        "seq": 1,
        "at": audit.clock.now(),
        "actor": "user:1",
        "action": "partner.changed",
        "ref": "partner:7",
        "detail": "{}",
        "address": "192.0.2.1",
        "prev_hash": audit.GENESIS,
    }
    AuditEntry.insert(**row, hash=audit.link_hash(row)).execute()
    assert write("partner:7").seq == 1
    assert problems() == []


def test_many_writers_at_once_never_fork_a_chain(app):
    writers, each = 6, 15

    def run():
        with app.app_context(), database.connection_context():
            for n in range(each):
                write("partner:7", note=(n, n + 1))

    threads = [threading.Thread(target=run) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert problems() == []
    last = AuditEntry.select().where(AuditEntry.chain == "partner:7")
    assert last.count() == last.order_by(AuditEntry.seq.desc()).get().seq == writers * each
