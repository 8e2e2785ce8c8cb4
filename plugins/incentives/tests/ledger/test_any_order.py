"""Whatever is done in whatever order, no line of the ledger is edited and no money is lost."""

from contextlib import suppress

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.db import atomic
from app.core.partners.models import Partner
from plugins.incentives.ledger import decisions, paying, payouts
from plugins.incentives.ledger.models import LedgerEntry, LedgerState, Payout, PayoutLine
from plugins.incentives.ledger.refusals import LedgerRefusal
from plugins.incentives.programmes.models import Programme
from plugins.incentives.tests.ledger.ledger_support import (
    JANUARY,
    Tiers,
    accrue,
    lines,
    marginal,
    programme,
    quarter,
    report,
    write,
)
from tests.core.desk import Desk, staff

REVENUE = {"report": 18_000, "correct": 17_500, "raise": 30_000, "annul": 0}
STEPS = (
    *REVENUE,
    *("write", "take", "approve", "reject", "reverse", "draft", "pay", "fail", "discard"),
)


@pytest.mark.parametrize("database_kind", ["sqlite"])
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(st.sampled_from(STEPS), max_size=14))
def test_no_order_of_acts_edits_a_line_or_loses_money(
    app: Flask, desk: Desk, kpi: int, partner: Partner, tiers: Tiers, steps: list[str]
) -> None:
    with atomic() as transaction:
        made = programme(marginal())
        quarter(desk, partner, kpi, 10_000)
        seen: dict[int, tuple[object, ...]] = {}
        for step in steps:
            with suppress(LedgerRefusal):  # then nothing may have changed
                act(step, made, partner, tiers, kpi)
            rows = {row[0]: row for row in LedgerEntry.select().order_by(LedgerEntry.id).tuples()}
            assert {id_: rows[id_] for id_ in seen} == seen
            seen = rows
        paid = -sum(amount for kind, amount, _state in lines() if kind == "payout")
        settled = sum(a for kind, a, state in lines() if state == "paid" and kind != "payout")
        assert paid == settled
        transaction.rollback()


def act(step: str, made: Programme, partner: Partner, tiers: Tiers, kpi: int) -> None:
    """One act on whatever is there; what there is nothing for is refused."""
    admin = staff()
    states = {
        state: [row.entry_id for row in LedgerState.select().where(LedgerState.state == state)]
        for state in ("approvable", "payable", "paid")
    }
    open_ = {row.state: row for row in Payout.select()}
    if step in REVENUE:
        report(partner, kpi, JANUARY, REVENUE[step])
        accrue(partner, tiers)
    elif step == "write":
        write(made, partner, 100_00)
    elif step == "take":
        write(made, partner, -30_00)
    elif step == "approve":
        decisions.approve(states["approvable"], by=admin, reason="Me")
    elif step == "reject":
        decisions.reject(states["approvable"][:1], "No", by=admin)
    elif step == "reverse" and (states["payable"] or states["paid"]):
        decisions.reverse((states["payable"] + states["paid"])[0], "Wrong", by=admin)
    elif step == "draft":
        payouts.create("EUR", {partner.id: ""}, by=admin)
    elif step == "discard" and "draft" in open_:
        paying.discard(open_["draft"].id, open_["draft"].version, by=admin)
    elif step in ("pay", "fail") and "draft" in open_:
        draft = open_["draft"]
        paying.approve(draft.id, draft.version, by=admin, reason="Me")
        paying.hand_over(draft.id, draft.version + 1)
        line = PayoutLine.get(PayoutLine.payout == draft, PayoutLine.state == "open")
        if step == "fail":
            paying.fail(line.id, "No", by=admin)
        else:
            paying.confirm(draft.id, [line.id], "R", draft.created_at.date(), by=admin)
