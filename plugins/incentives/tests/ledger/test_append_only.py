"""Whatever is done to the ledger, in any order and by whatever way: nothing booked changes."""

from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core import audit_check
from app.core.db import atomic, database
from app.core.partners.models import Partner
from plugins.incentives.ledger import decisions, pay, payouts
from plugins.incentives.ledger.models import LedgerEntry, LedgerState
from plugins.incentives.tests.ledger.ledger_support import (
    JANUARY,
    Tiers,
    accrue,
    approve_all,
    lines,
    marginal,
    pay_out,
    programme,
    quarter,
    report,
    total,
)
from tests.core.desk import Desk, staff

STATES = ("pending", "approvable", "payable", "rejected", "in_payout", "paid")
MOVES = {
    ("pending", "approvable"),
    ("pending", "rejected"),
    ("approvable", "payable"),
    ("approvable", "rejected"),
    ("payable", "in_payout"),
    ("in_payout", "payable"),
    ("in_payout", "paid"),
}
few = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def rows() -> list[tuple[Any, ...]]:
    """Every line as it lies in the database."""
    return list(LedgerEntry.select().order_by(LedgerEntry.id).tuples())


def of_rules() -> int:
    """What the lines of rewards come to, but those that were rejected."""
    standing = LedgerEntry.select(LedgerEntry.amount).join(
        LedgerState, on=(LedgerState.entry == LedgerEntry.id)
    )
    kept = standing.where(LedgerEntry.reward != "", LedgerState.state != "rejected")
    return sum(row[0] for row in kept.tuples())


def due(units: int) -> int:
    """What the reward of these tests pays for a figure, in cents."""
    found = pay.desired(RULE, Fraction(units), exponent=2)
    assert found is not None
    return found.minor


RULE = marginal(floor=10_00, cap=1_500_00)
figures = st.integers(-5_000, 40_000)
acts = st.sampled_from(("approve", "pay", "nothing"))


@few
@given(restated=st.lists(st.tuples(figures, acts), min_size=1, max_size=5))
def test_after_any_order_of_restatements_and_payments_the_sum_is_what_is_due(
    app: Flask,
    desk: Desk,
    kpi: int,
    partner: Partner,
    tiers: Tiers,
    restated: list[tuple[int, str]],
) -> None:
    with atomic() as transaction:
        programme(RULE)
        quarter(desk, partner, kpi, 0)
        seen: list[tuple[Any, ...]] = []
        for figure, act in restated:
            report(partner, kpi, JANUARY, figure)
            accrue(partner, tiers)
            assert of_rules() == due(figure)
            assert accrue(partner, tiers) == 0
            if act != "nothing" and any(state == "approvable" for *_rest, state in lines()):
                approve_all()
            payable = payouts.candidates("EUR", staff()) if act == "pay" else []
            if any(one.net.payout for one in payable):
                pay_out(partner)
            assert rows()[: len(seen)] == seen
            seen = rows()
        assert list(audit_check.verify()) == []
        transaction.rollback()


@few
@given(before=st.integers(-(10**6), 10**6).filter(bool), wrong=st.integers(1, 10**9))
def test_a_reversal_restores_what_stood(
    app: Flask, partner: Partner, tiers: Tiers, before: int, wrong: int
) -> None:
    with atomic() as transaction:
        made = programme()
        for once, amount in (("1", before), ("2", wrong)):
            id_ = decisions.write(made, partner, amount, JANUARY, "Fair", once=once, by=staff())
        approve_all()
        decisions.reverse(id_, "Wrong partner", by=staff())
        approve_all()
        assert total() == before
        [one] = payouts.candidates("EUR", staff())
        assert one.net.total == before
        transaction.rollback()


@pytest.mark.parametrize("column", [field.column_name for field in LedgerEntry._meta.sorted_fields])
def test_no_column_of_a_line_can_be_written_anew(
    app: Flask, partner: Partner, tiers: Tiers, column: str
) -> None:
    decisions.write(programme(), partner, 50_00, JANUARY, "Fair", once="1", by=staff())
    before = rows()
    with atomic() as transaction:
        with pytest.raises(Exception, match="append-only"):
            database.execute_sql(f"UPDATE incentives_ledger_entry SET {column} = {column}")
        transaction.rollback()
    assert rows() == before


def test_the_database_lets_a_line_move_forward_alone(
    app: Flask, partner: Partner, tiers: Tiers
) -> None:
    id_ = decisions.write(programme(), partner, 50_00, JANUARY, "Fair", once="1", by=staff())
    approve_all()
    payout_line = _paid_line(partner)
    for before, after in product(STATES, STATES):
        if before == after:
            continue
        with atomic() as transaction:
            _stand(id_, before, payout_line)
            if (before, after) in MOVES:
                _move(id_, after, payout_line)
            else:
                with pytest.raises(Exception, match="forward only"):
                    _move(id_, after, payout_line)
            transaction.rollback()


def _paid_line(partner: Partner) -> int:
    pay_out(partner)
    return int(
        LedgerState.select(LedgerState.line).where(LedgerState.line.is_null(False)).get().line_id
    )


def _stand(id_: int, state: str, line: int) -> None:
    """Let a line stand anywhere, past the trigger."""
    sqlite = database.param == "?"
    name = "incentives_ledger_state_no_update"
    off, on = f"DROP TRIGGER {name}", "SET LOCAL session_replication_role = origin"
    if sqlite:
        found = database.execute_sql("SELECT sql FROM sqlite_master WHERE name = ?", (name,))
        on = found.fetchone()[0]
    database.execute_sql(off if sqlite else "SET LOCAL session_replication_role = replica")
    _move(id_, state, line)
    database.execute_sql(on)


def _move(id_: int, state: str, line: int) -> None:
    held = line if state in ("in_payout", "paid") else None
    LedgerState.update(state=state, line=held).where(LedgerState.entry == id_).execute()
