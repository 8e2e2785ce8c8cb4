"""The ledger follows what is due, in deltas alone, on both databases."""

import threading
from datetime import date
from typing import Any

import pytest
from flask import Flask
from peewee import IntegrityError, OperationalError

from app.api import Answer
from app.core import audit_check
from app.core.db import database
from app.core.partners.models import Partner
from app.core.periods import Kind
from plugins.incentives.ledger import decisions, payouts, services
from plugins.incentives.ledger.models import LedgerEntry, LedgerState, Unsettled
from plugins.incentives.programmes.definition import Group, RewardKind
from plugins.incentives.tests.ledger.ledger_support import (
    JANUARY,
    Tiers,
    accrue,
    approve_all,
    lines,
    marginal,
    pay_out,
    programme,
    publish,
    quarter,
    report,
    total,
)
from tests.core.desk import CALENDAR, Desk, staff


def unsettled() -> list[tuple[str, str]]:
    return [(row.reason, row.about) for row in Unsettled.select().order_by(Unsettled.period)]


def test_a_period_that_is_over_accrues_what_its_figures_are_due(
    desk: Desk, kpi: int, partner: Partner, tiers: Tiers
) -> None:
    programme(marginal())
    quarter(desk, partner, kpi, 18_000)
    assert accrue(partner, tiers) == 1
    assert lines() == [("accrual", 1_060_00, "approvable")]
    entry = LedgerEntry.get()
    assert (entry.tier, entry.currency, entry.period) == (
        "gold",
        "EUR",
        CALENDAR.parse("2026-Q1").key,
    )
    assert entry.working == '{"base":"18000","booked":0,"carried":"0","due":106000}'
    assert entry.sources.count(",") == 2  # a revision for each month


def test_i6_a_restated_base_posts_one_adjustment_and_a_second_run_none(
    desk: Desk, kpi: int, partner: Partner, tiers: Tiers
) -> None:
    programme(marginal())
    quarter(desk, partner, kpi, 18_000)
    accrue(partner, tiers)
    report(partner, kpi, JANUARY, 17_500)
    assert accrue(partner, tiers) == 1
    assert accrue(partner, tiers) == 0
    assert [line[:2] for line in lines()] == [("accrual", 1_060_00), ("adjustment", -35_00)]


def test_i7_a_paid_period_that_is_restated_is_netted_against_what_comes(
    desk: Desk, kpi: int, partner: Partner, tiers: Tiers
) -> None:
    made = programme(marginal())
    quarter(desk, partner, kpi, 18_000)
    accrue(partner, tiers)
    approve_all()
    pay_out(partner)
    report(partner, kpi, JANUARY, 17_500)
    accrue(partner, tiers)
    assert lines()[-1] == ("clawback", -35_00, "approvable")
    approve_all()
    _write(made, partner, 20_00)
    approve_all()
    [one] = payouts.candidates("EUR", staff())
    assert (one.net.total, one.net.payout) == (-15_00, 0)
    _write(made, partner, 100_00)
    approve_all()
    [one] = payouts.candidates("EUR", staff())
    assert one.net.payout == 85_00
    pay_out(partner)
    assert total() == 0
    assert payouts.candidates("EUR", staff()) == []


def _write(made: Any, partner: Partner, amount: int) -> int:
    token = str(LedgerEntry.select().count())
    return decisions.write(made, partner, amount, JANUARY, "Bonus", once=token, by=staff())


def test_what_was_paid_long_ago_is_not_taken_back(
    desk: Desk, kpi: int, partner: Partner, tiers: Tiers
) -> None:
    programme(marginal(clawback_days=0))
    quarter(desk, partner, kpi, 18_000)
    accrue(partner, tiers)
    approve_all()
    pay_out(partner, on=date(2026, 5, 1))
    report(partner, kpi, JANUARY, 17_500)
    assert accrue(partner, tiers) == 0


def test_money_is_held_until_its_day_and_then_waits_for_approval(
    desk: Desk, kpi: int, partner: Partner, tiers: Tiers
) -> None:
    programme(marginal(hold_days=30))
    quarter(desk, partner, kpi, 18_000)
    accrue(partner, tiers)
    assert lines()[0][2] == "pending"
    services.release()
    assert lines()[0][2] == "pending"
    LedgerState.update(due=date(2026, 1, 1)).execute()
    services.release()
    assert lines()[0][2] == "approvable"


def test_an_adjustment_waits_as_long_as_the_line_that_it_corrects(
    desk: Desk, kpi: int, partner: Partner, tiers: Tiers
) -> None:
    programme(marginal(hold_days=30))
    quarter(desk, partner, kpi, 18_000)
    accrue(partner, tiers)
    report(partner, kpi, JANUARY, 17_500)
    accrue(partner, tiers)
    dues = [row.due for row in LedgerState.select()]
    assert lines()[-1] == ("adjustment", -35_00, "pending")
    assert dues[0] == dues[1]


def test_a_rejected_delta_comes_again_only_once_its_inputs_change(
    desk: Desk, kpi: int, partner: Partner, tiers: Tiers
) -> None:
    programme(marginal())
    quarter(desk, partner, kpi, 18_000)
    accrue(partner, tiers)
    decisions.reject([LedgerEntry.get().id], "Not agreed", by=staff())
    assert accrue(partner, tiers) == 0
    report(partner, kpi, JANUARY, 17_500)
    assert accrue(partner, tiers) == 1
    assert lines() == [("accrual", 1_060_00, "rejected"), ("adjustment", 1_025_00, "approvable")]


def test_a_figure_that_is_missing_posts_nothing_and_says_so(
    desk: Desk, kpi: int, partner: Partner, tiers: Tiers
) -> None:
    programme(marginal(), since=date(2026, 1, 1))
    report(partner, kpi, JANUARY, 18_000)
    assert accrue(partner, tiers) == 0
    assert set(unsettled()) == {("base", "REV")}
    quarter(desk, partner, kpi, 18_000)
    accrue(partner, tiers)
    periods = {row.period for row in Unsettled.select()}
    assert CALENDAR.parse("2026-Q1").key not in periods


def test_a_requirement_decides_and_unknown_neither_pays_nor_takes(
    desk: Desk, kpi: int, partner: Partner, tiers: Tiers
) -> None:
    programme(marginal(requirement=Group(key="g")))
    quarter(desk, partner, kpi, 18_000)
    tiers.answer = Answer.UNKNOWN
    assert accrue(partner, tiers) == 0
    assert ("requirement", "") in unsettled()
    tiers.answer = Answer.YES
    assert accrue(partner, tiers) == 1
    tiers.answer = Answer.UNKNOWN
    assert accrue(partner, tiers) == 0
    tiers.answer = Answer.NO
    accrue(partner, tiers)
    assert total() == 0


def test_another_currency_is_never_converted(
    desk: Desk, kpi: int, partner: Partner, tiers: Tiers
) -> None:
    programme(marginal(), currency="USD")
    quarter(desk, partner, kpi, 18_000)
    assert accrue(partner, tiers) == 0
    assert set(unsettled()) == {("currency", "EUR")}


def test_the_tiers_that_a_reward_names_are_paid_and_no_others(
    desk: Desk, kpi: int, partner: Partner, tiers: Tiers
) -> None:
    programme(marginal(tiers=("gold",)))
    quarter(desk, partner, kpi, 18_000)
    tiers.held[partner.id] = "member"
    assert accrue(partner, tiers) == 0
    tiers.held[partner.id] = "gold"
    assert accrue(partner, tiers) == 1


@pytest.mark.parametrize("status", ["suspended", "ended"])
def test_a_partner_who_is_suspended_or_gone_accrues_nothing(
    desk: Desk, kpi: int, partner: Partner, tiers: Tiers, status: str
) -> None:
    programme(marginal())
    quarter(desk, partner, kpi, 18_000)
    Partner.update(status=status).execute()
    assert accrue(partner, tiers) == 0


def test_a_partner_without_a_tier_is_due_nothing(
    desk: Desk, kpi: int, partner: Partner, tiers: Tiers
) -> None:
    programme(marginal())
    quarter(desk, partner, kpi, 18_000)
    tiers.held.clear()
    assert accrue(partner, tiers) == 0
    assert unsettled() == []


def test_the_version_of_a_periods_first_day_pays_it(
    desk: Desk, kpi: int, partner: Partner, tiers: Tiers
) -> None:
    made = programme(marginal())
    flat = marginal(kind=RewardKind.PERCENT, rate=100_000, bands=())
    publish(made, flat, since=date(2026, 2, 1))
    quarter(desk, partner, kpi, 18_000)
    quarter(desk, partner, kpi, 18_000, "2026-Q2")
    accrue(partner, tiers)
    assert [line[1] for line in lines()] == [1_060_00, 1_800_00]


def test_i5_losses_are_carried_through_the_periods(
    desk: Desk, kpi: int, partner: Partner, tiers: Tiers
) -> None:
    share = marginal(
        kind=RewardKind.PROFIT_SHARE, rate=200_000, bands=(), loss_carry=True, period=Kind.MONTH
    )
    programme(share)
    months = CALENDAR.between(JANUARY, CALENDAR.shift(JANUARY, 3))
    for month, profit in zip(months, (5_000, -3_000, 2_000, 4_000), strict=True):
        report(partner, kpi, month, profit)
    accrue(partner, tiers)
    assert [line[1] for line in lines()] == [1_000_00, 600_00]
    report(partner, kpi, CALENDAR.shift(JANUARY, 1), -1_000)  # later months follow from it
    accrue(partner, tiers)
    assert total() == 1_000_00 + 200_00 + 800_00


def test_two_runs_at_once_post_one_line(
    app: Flask, desk: Desk, kpi: int, partner: Partner, tiers: Tiers
) -> None:
    programme(marginal())
    quarter(desk, partner, kpi, 18_000)
    faults = []
    gate = threading.Barrier(4)

    def run() -> None:
        with app.app_context(), database.connection_context():
            gate.wait()
            try:
                accrue(partner, tiers)
            except (OperationalError, IntegrityError) as error:  # told by the test's own thread
                faults.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    assert lines() == [("accrual", 1_060_00, "approvable")]


def test_the_chain_of_each_account_is_part_of_the_audits_check(
    desk: Desk, kpi: int, partner: Partner, tiers: Tiers
) -> None:
    programme(marginal())
    quarter(desk, partner, kpi, 18_000)
    accrue(partner, tiers)
    assert list(audit_check.verify()) == []
    with database.atomic() as transaction:
        for name in ("no_update", "no_change"):
            database.execute_sql(
                f"DROP TRIGGER IF EXISTS incentives_ledger_entry_{name}"
                + (" ON incentives_ledger_entry" if database.param == "%s" else "")
            )
        database.execute_sql("UPDATE incentives_ledger_entry SET amount = 1")
        assert [found.problem for found in audit_check.verify()] == [
            "was changed after it was written"
        ]
        transaction.rollback()
