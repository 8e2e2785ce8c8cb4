"""What each kind of reward gives, in figures: those that pay, and those that are no money."""

from datetime import date
from typing import Any

import pytest
from flask import Flask

from app.core.partners.models import Partner
from app.core.tasks.models import Task
from plugins.incentives.ledger import services
from plugins.incentives.ledger.models import LedgerEntry
from plugins.incentives.programmes.definition import Band, Reward, RewardKind
from plugins.incentives.rewards import granting
from plugins.incentives.rewards.models import Grant, Recognition
from plugins.incentives.tests.ledger.ledger_support import lines, quarter
from plugins.incentives.tests.rewards.conftest import Publish
from tests.core.desk import CALENDAR, Desk

BANDS = (Band(0, 50_000), Band(1_000_000, 70_000), Band(2_500_000, 90_000))
# Of 18,000.00 EUR in the first quarter of 2026, in cents.
MONEY: dict[str, tuple[dict[str, Any], int]] = {
    "bonus": ({"amount": 500_00}, 500_00),
    "flat": ({"amount": 99_00}, 99_00),
    "percent": ({"rate": 50_000}, 900_00),
    "marginal": ({"bands": BANDS}, 500_00 + 560_00),
    "retroactive": ({"bands": BANDS}, 1_260_00),
    "profit_share": ({"rate": 200_000, "hurdle": 8_000_00}, 2_000_00),
}
# What it is once granted, whether somebody has a task, whether a recognition is drafted.
BENEFITS = {
    "recognition": ("granted", 0, 1),
    "award": ("granted", 0, 1),
    "access": ("granted", 1, 0),
    "badge": ("fulfilled", 0, 0),
    "training": ("granted", 1, 0),
    "support": ("granted", 1, 0),
    "marketing": ("granted", 1, 0),
}


def reward(kind: str, **changes: Any) -> Reward:
    """A reward of a kind for whoever holds Gold; money is not held back."""
    values = {"tiers": ("gold",), "benefit": "As agreed.", "hold_days": 0}
    return Reward("r", RewardKind(kind), "Reward", **(values | changes))


def test_every_kind_of_the_specification_is_here() -> None:
    assert {*MONEY, *BENEFITS} == set(RewardKind)
    assert {kind for kind in RewardKind if kind.pays} == set(MONEY)


@pytest.mark.parametrize("kind", MONEY)
def test_a_kind_that_pays_books_what_its_rule_says(
    app: Flask, desk: Desk, publish: Publish, gold: Partner, kind: str
) -> None:
    rule, expected = MONEY[kind]
    revenue = desk.kpi(value_type="money")
    base = "" if kind in ("bonus", "flat") else "REV"
    publish(reward(kind, base=base, **rule), effective=date(2026, 1, 1))
    quarter(desk, gold, revenue, 18_000)
    with app.app_context():
        services.accrue()
    first = CALENDAR.parse("2026-Q1").key
    [line] = LedgerEntry.select().where(LedgerEntry.period == first)
    assert (line.kind, line.amount, line.currency) == ("accrual", expected, "EUR")
    assert {state for *_line, state in lines()} == {"approvable"}
    assert not Grant.select().exists()


@pytest.mark.parametrize("kind", BENEFITS)
def test_a_kind_without_money_is_granted_and_books_nothing(
    app: Flask, publish: Publish, gold: Partner, kind: str
) -> None:
    publish(reward(kind))
    with app.app_context():
        assert granting.grant_due() == 1
        services.accrue()
    found = (Grant.get().state, Task.select().count(), Recognition.select().count())
    assert found == BENEFITS[kind]
    assert not LedgerEntry.select().exists()
