"""The SMART gate, letter by letter."""

from dataclasses import replace

import pytest

from app.core.kpis.rules import Aim, ValueType, checks, is_ambitious, unmet
from app.core.quantities import MILLION as M

SMART = Aim(
    description="Invoiced sales of joint products",
    value_type=ValueType.MONEY,
    unit="",
    aggregation="sum",
    target=120 * M,
    baseline=100 * M,
    has_goal=True,
    due_days=10,
    data_source="Ledger",
    access_confirmed=True,
)


def missing(**changes: object) -> list[str]:
    return [f"{check.letter}:{check.missing}" for check in unmet(replace(SMART, **changes))]  # type: ignore[arg-type]


def test_a_target_with_everything_is_smart() -> None:
    assert unmet(SMART) == ()
    assert "".join(check.letter for check in checks(SMART)) == "SMARTD"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"description": " "}, ["S:no_description"]),
        ({"value_type": ValueType.NUMBER}, ["M:no_unit"]),
        ({"value_type": ValueType.DURATION}, ["M:no_unit"]),
        ({"value_type": ValueType.NUMBER, "unit": "customers"}, []),
        ({"value_type": ValueType.PERCENT}, []),
        ({"aggregation": ""}, ["M:no_aggregation"]),
        ({"baseline": None}, ["A:no_baseline"]),
        ({"baseline": None, "justification": "We know the market"}, ["A:no_baseline"]),
        ({"has_goal": False}, ["R:no_goal"]),
        ({"has_period": False}, ["T:no_period"]),
        ({"due_days": None}, ["T:no_due_date"]),
        ({"due_days": 0}, []),
        ({"data_source": ""}, ["D:no_source"]),
        ({"access_confirmed": False}, ["D:no_access"]),
        ({"description": "", "has_goal": False}, ["S:no_description", "R:no_goal"]),
    ],
    ids=str,
)
def test_each_letter_names_what_is_missing(changes: dict[str, object], expected: list[str]) -> None:
    assert missing(**changes) == expected


@pytest.mark.parametrize(
    ("target", "baseline", "ambitious"),
    [
        (150, 100, False),  # exactly one half
        (150.000001, 100, True),
        (49, 100, True),
        (50, 100, False),
        (-150, -100, False),
        (-151, -100, True),
        (10, 0, True),
        (0, 0, True),
        (10, None, False),
    ],
)
def test_a_target_more_than_half_away_from_its_baseline_asks_for_a_reason(
    target: float, baseline: float | None, ambitious: bool
) -> None:
    base = None if baseline is None else round(baseline * M)
    aim = replace(SMART, target=round(target * M), baseline=base)
    assert is_ambitious(aim) is ambitious
    if ambitious:
        assert missing(target=aim.target, baseline=base) == ["A:no_justification"]
        assert missing(target=aim.target, baseline=base, justification="New shop") == []


@pytest.mark.parametrize(
    ("baseline", "ambitious"), [(35, False), (28, False), (10, True), (80, False), (81, True)]
)
def test_a_bands_distance_counts_from_its_nearer_bound(baseline: int, ambitious: bool) -> None:
    aim = replace(SMART, target=None, band=(30 * M, 40 * M), baseline=baseline * M)
    assert is_ambitious(aim) is ambitious


@pytest.mark.parametrize(
    ("target", "baseline", "ambitious"), [(1, 0, False), (2, 0, True), (2, 1, False)]
)
def test_an_ordinals_levels_are_counted_not_divided(
    target: int, baseline: int, ambitious: bool
) -> None:
    aim = replace(SMART, value_type=ValueType.ORDINAL, target=target * M, baseline=baseline * M)
    assert is_ambitious(aim) is ambitious
