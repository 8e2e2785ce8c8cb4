"""Definitions and a glossary for the tests of programmes."""

from typing import Any, NamedTuple

from app.api import MILLION
from plugins.incentives.programmes.definition import (
    Definition,
    Group,
    Measures,
    Mode,
    Operator,
    Requirement,
    Reward,
    RewardKind,
    Span,
    Tier,
    Window,
)
from plugins.incentives.programmes.glossary import Glossary

YEAR = Window(Span.MONTHS, 12)
PER_CENT = MILLION // 100


class Kpi(NamedTuple):
    """As much of a KPI as a definition asks for."""

    code: str
    name: str
    value_type: str = "money"
    unit: str = ""
    label_list: tuple[str, ...] = ()
    aggregation: str = "sum"
    frequency: str = "monthly"
    active: bool = True


class Kind(NamedTuple):
    """As much of a kind of fact."""

    key: str
    label: str
    unit: str = "percent"


KPIS = (
    Kpi("REVENUE", "Revenue"),
    Kpi("LEADS", "Leads", "number"),
    Kpi("CHURN", "Churn", "percent", "%", aggregation="mean"),
    Kpi("TRUST", "Trust", "ordinal", label_list=("low", "fair", "high"), aggregation="last"),
    Kpi("AUDIT", "Audit", "number", frequency="yearly"),
    Kpi("OLD", "Old", active=False),
)
FACTS = (Kind("csat", "CSAT"), Kind("agreement.active", "Active agreement", "yes_no"))
FACTS += (Kind("tier.since", "Tier held since", "date"), Kind("kpi.late_reports", "Late", "count"))
GLOSSARY = Glossary({kpi.code: kpi for kpi in KPIS}, {kind.key: kind for kind in FACTS}, "EUR")


def asks(key: str = "r1", per_cent: int = 90, **changes: Any) -> Requirement:
    """A scorecard of so many per cent over a year, unless something else is said."""
    values: dict[str, Any] = {
        "measures": Measures.SCORECARD,
        "operator": Operator.AT_LEAST,
        "threshold": per_cent * PER_CENT,
        "window": Window(Span.QUARTERS, 4),
    }
    return Requirement(key, **(values | changes))


def kpi(key: str, code: str, units: int, window: Window | None = YEAR, **changes: Any) -> Any:
    """A KPI's figure of at least so many units."""
    values = {"measures": Measures.KPI_VALUE, "threshold": units * MILLION, "window": window}
    return asks(key, subject=code, **(values | changes))


def fact(key: str, of: str, units: int, **changes: Any) -> Requirement:
    """A fact of at least so many units."""
    values = {"measures": Measures.FACT, "threshold": units * MILLION, "window": None}
    return asks(key, subject=of, **(values | changes))


def programme(*gold: Any, rewards: tuple[Reward, ...] = (), mode: Mode = Mode.ALL) -> Definition:
    """Member below Gold, which asks for these."""
    tree = Group("g1", mode, tuple(gold)) if gold else None
    tiers = (Tier("member", "Member"), Tier("gold", "Gold", "gold", requirement=tree))
    return Definition(tiers=tiers, rewards=rewards)


def bonus(key: str = "bonus", **changes: Any) -> Reward:
    """A bonus of 500 euros for every tier."""
    values = {"name": key.title(), "amount": 50_000}
    return Reward(key, RewardKind.BONUS, **(values | changes))
