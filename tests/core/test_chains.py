"""A table of hash chains, as a plugin makes one: the same mechanism as the audit trail's."""

from datetime import date, datetime

import pytest
from peewee import BigIntegerField, DateField, DateTimeField, IntegerField, TextField

from app.core import audit_check, chains
from app.core.audit import Tally
from app.core.chains import ChainedModel
from app.core.db import AppendOnlyError, atomic, create_append_only, database

AT = datetime(2026, 5, 4, 3, 2, 1, 123456)


class Booking(ChainedModel):
    amount = BigIntegerField()
    day = DateField(null=True)
    at = DateTimeField()
    by = IntegerField(null=True)
    text = TextField(default="")

    class Meta:
        table_name = "small_booking"


@pytest.fixture
def bookings(app):
    database.create_tables([Booking])
    create_append_only("small_booking")
    return app


def book(amount, chain="1-7", day=date(2026, 5, 4)):
    with atomic():
        values = {"amount": amount, "day": day, "at": AT, "by": None, "text": "Süd"}
        return chains.append(Booking, chain, values)


def test_rows_follow_each_other_in_their_own_chain(bookings):
    first, second, other = book(5), book(-3), book(1, "1-8", None)
    rows = {row.id: row for row in Booking.select()}
    assert [rows[n].seq for n in (first, second, other)] == [1, 2, 1]
    assert rows[second].prev_hash == rows[first].hash
    assert rows[other].prev_hash == chains.GENESIS


def test_the_check_of_the_audit_walks_every_chained_table(bookings):
    book(5), book(-3)
    tally = Tally()
    assert list(audit_check.verify(tally)) == []
    before = tally.rows
    book(9)
    tally = Tally()
    assert list(audit_check.verify(tally)) == []
    assert tally.rows == before + 1


def test_a_row_that_was_changed_past_the_triggers_is_found(bookings):
    book(5), book(-3)
    with atomic():
        for name in ("no_update", "no_change"):
            database.execute_sql(
                f"DROP TRIGGER IF EXISTS small_booking_{name}"
                + (" ON small_booking" if database.param == "%s" else "")
            )
        database.execute_sql("UPDATE small_booking SET amount = 6 WHERE seq = 1")
    found = [(each.chain, each.seq, each.problem) for each in audit_check.verify()]
    assert found == [("1-7", 1, "was changed after it was written")]


def test_a_row_is_neither_changed_nor_deleted_nor_replaced(bookings):
    book(5)
    statements = ["UPDATE small_booking SET amount = 6", "DELETE FROM small_booking"]
    if database.param == "?":
        statements.append("REPLACE INTO small_booking SELECT * FROM small_booking")
    else:
        statements.append("TRUNCATE small_booking")
    for statement in statements:
        with atomic() as transaction:
            with pytest.raises(Exception, match="append-only"):
                database.execute_sql(statement)
            transaction.rollback()
    with pytest.raises(AppendOnlyError):
        Booking.update(amount=6)
