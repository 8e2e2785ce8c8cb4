"""Which figures a side still owes."""

from dataclasses import dataclass
from datetime import date

import pytest

from app.core.periods import Calendar, Kind, Period
from app.core.portal.rules import Owed, next_due, owed

OCTOBER = Period(Kind.MONTH, 2026, 10)
TODAY = date(2026, 11, 5)


@dataclass(frozen=True)
class Kpi:
    """As much of a definition as the rule reads."""

    name: str = "Revenue"
    submitter: str = "partner"
    kind: Kind = Kind.MONTH
    due_days: int = 10


def owes(
    state: str = "", period: Period = OCTOBER, today: date = TODAY, **more: object
) -> list[Owed]:
    """What the partner owes of one KPI with a target in one period."""
    there = {(1, period.key): state} if state else {}
    return owed(
        "partner",
        {1: Kpi()},
        [(1, period.key)],
        there,
        today=today,
        calendar=Calendar(),
        **more,  # type: ignore[arg-type]
    )


def test_an_ended_period_with_a_target_and_no_figure_is_owed() -> None:
    assert [(item.period, item.due, item.late) for item in owes()] == [
        (OCTOBER, date(2026, 11, 10), False)
    ]


def test_it_is_late_only_after_its_due_date() -> None:
    assert not owes(today=date(2026, 11, 10))[0].late
    assert owes(today=date(2026, 11, 11))[0].late


def test_a_running_period_is_not_owed_yet() -> None:
    assert owes(period=Period(Kind.MONTH, 2026, 11)) == []


@pytest.mark.parametrize("state", ["approved", "submitted"])
def test_what_was_reported_is_no_longer_owed(state: str) -> None:
    assert owes(state) == []


def test_what_was_given_back_is_owed_again_with_the_reason() -> None:
    assert owes("returned:Which currency?")[0].returned == "Which currency?"


def test_a_correction_given_back_is_owed_and_not_late_for_the_approved_figure_stands() -> None:
    found = owes("restated:Two invoices are missing", today=date(2027, 3, 1))
    assert [(item.returned, item.stands, item.late) for item in found] == [
        ("Two invoices are missing", True, False)
    ]


def test_what_was_given_back_comes_before_what_is_longer_due() -> None:
    july, august = (Period(Kind.MONTH, 2026, n) for n in (7, 8))
    found = owed(
        "partner",
        {1: Kpi()},
        [(1, july.key), (1, august.key)],
        {(1, august.key): "returned:Which currency?"},
        today=TODAY,
        calendar=Calendar(),
    )
    assert [item.period for item in found] == [august, july]


def test_what_was_given_back_is_owed_without_a_target_and_before_the_first_import() -> None:
    found = owed(
        "partner",
        {1: Kpi()},
        [],
        {(1, OCTOBER.key): "returned:Why?"},
        today=TODAY,
        calendar=Calendar(),
        since=date(2027, 1, 1),
    )
    assert [item.returned for item in found] == ["Why?"]


def test_the_other_sides_figures_are_not_owed() -> None:
    kpis = {1: Kpi(submitter="host")}
    expected = [(1, OCTOBER.key)]
    assert owed("partner", kpis, expected, {}, today=TODAY, calendar=Calendar()) == []


def test_a_target_of_a_longer_period_asks_for_no_figure_of_its_own() -> None:
    assert owes(period=Period(Kind.QUARTER, 2026, 3)) == []


def test_what_was_due_before_the_first_import_is_never_owed() -> None:
    assert owes(today=date(2026, 12, 1), since=date(2026, 11, 11)) == []


def test_the_longest_due_comes_first() -> None:
    september = Period(Kind.MONTH, 2026, 9)
    found = owed(
        "partner",
        {1: Kpi()},
        [(1, OCTOBER.key), (1, september.key)],
        {},
        today=TODAY,
        calendar=Calendar(),
    )
    assert [item.period for item in found] == [september, OCTOBER]


def test_the_next_figures_are_due_after_the_running_period() -> None:
    assert next_due([Kpi(), Kpi(kind=Kind.QUARTER)], TODAY, Calendar()) == date(2026, 12, 10)
