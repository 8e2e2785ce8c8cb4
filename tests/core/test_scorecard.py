"""Scorecards of the real airlines, against their README and against plain arithmetic."""

import csv
from fractions import Fraction
from typing import Any

import pytest
from flask import Flask

from app.core.accounts.models import User
from app.core.accounts.queries import settings
from app.core.kpis import imports, queries
from app.core.kpis.exports.scorecard import scorecard_json
from app.core.kpis.models import Score
from app.core.partners.models import Partner
from app.core.periods import PeriodError
from tests.core.kpi_support import (
    AIRLINES,
    CALENDAR,
    TODAY,
    airlines,
    bring_in,
    desk,
    kpi,
    partner,
    period,
    source,
)

__all__ = ["desk", "partner"]

QUARTERS = {
    f"2013-Q{q}": [f"2013-{m:02}" for m in range(3 * q - 2, 3 * q + 1)] for q in range(1, 5)
}
GOALS = {
    "OPERATED": (+1, "0.98", "0.95", 30),
    "ONTIME": (+1, "0.80", "0.70", 50),
    "DELAY": (-1, "5", "10", 20),
}
CARRIERS = (
    "9E",
    "AA",
    "AS",
    "B6",
    "DL",
    "EV",
    "F9",
    "FL",
    "HA",
    "MQ",
    "OO",
    "UA",
    "US",
    "VX",
    "WN",
    "YV",
)


@pytest.fixture
def flown(desk: Flask) -> Flask:
    bring_in(*airlines())
    return desk


def row(code: str, at: str, of: str) -> dict[str, Any]:
    found: dict[str, Any] = scorecard_json(code, at)["kpis"][of]
    return found


@pytest.mark.parametrize(
    ("code", "at", "of", "actual", "attainment", "status"),
    [
        ("EV", "2013-Q1", "OPERATED", 0.937913, 95.7054, "red"),
        ("EV", "2013-Q1", "ONTIME", 0.618242, 77.2802, "red"),
        ("EV", "2013-Q1", "DELAY", 22.066953, -241.3391, "red"),
        ("AS", "2013-Q3", "OPERATED", 1.0, 102.0408, "green"),
        ("AS", "2013-Q3", "ONTIME", 0.918478, 114.8098, "green"),
        ("AS", "2013-Q3", "DELAY", -22.777174, 655.5435, "green"),
        ("OO", "2013-Q3", "OPERATED", 0.875, 89.2857, "red"),
        ("OO", "2013-Q3", "ONTIME", 0.809524, 101.1905, "green"),
        ("OO", "2013-Q3", "DELAY", 5.095238, 98.0952, "amber"),
    ],
)
def test_the_readme_figures_come_out(
    flown: Flask, code: str, at: str, of: str, actual: float, attainment: float, status: str
) -> None:
    found = row(code, at, of)
    assert round(found["actual"], 6) == actual
    assert round(found["attainment"] * 100, 4) == attainment
    assert found["status"] == status


@pytest.mark.parametrize(
    ("code", "at", "score"),
    [("EV", "2013-Q1", 67.3517), ("AS", "2013-Q3", 118.0171), ("OO", "2013-Q3", 97.0)],
)
def test_the_readme_scorecards_come_out(flown: Flask, code: str, at: str, score: float) -> None:
    found = scorecard_json(code, at)
    assert (round(found["scorecard"] * 100, 4), found["coverage"]) == (score, 1.0)


@pytest.mark.parametrize(
    ("code", "certain", "possible"), [("EV", 3, 3), ("OO", 0, 1), ("F9", 12, 12)]
)
def test_the_readme_streaks_come_out(flown: Flask, code: str, certain: int, possible: int) -> None:
    for at in ("2013", "2013-Q4", "2013-12"):
        assert row(code, at, "ONTIME")["streak"] == {"certain": certain, "possible": possible}


def plain_scorecard(code: str, months: list[str]) -> tuple[Fraction | None, dict[str, Fraction]]:
    """The scorecard by hand: ratios of sums, attainment, weights."""
    with (AIRLINES / "values.csv").open() as file:
        lines = [
            line
            for line in csv.DictReader(file)
            if line["partner_code"] == code and line["period"] in months
        ]
    reached: dict[str, Fraction] = {}
    for of, (sign, target, _threshold, _weight) in GOALS.items():
        parts = [line for line in lines if line["kpi_code"] == of]
        if parts:
            actual = Fraction(
                sum(int(line["numerator"]) for line in parts),
                sum(int(line["denominator"]) for line in parts),
            )
            aim = Fraction(target)
            reached[of] = 1 + sign * (actual - aim) / aim
    if not reached:
        return None, reached
    weights = {of: GOALS[of][3] for of in reached}
    clamped = {of: max(Fraction(0), min(Fraction(3, 2), a)) for of, a in reached.items()}
    score = sum(weights[of] * clamped[of] for of in reached) / Fraction(sum(weights.values()))
    return score, reached


@pytest.mark.parametrize("code", CARRIERS)
def test_every_quarter_equals_plain_arithmetic(flown: Flask, code: str) -> None:
    carrier = Partner.get(Partner.code == code)
    for at, months in QUARTERS.items():
        view = queries.scorecard(carrier.id, period(at), CALENDAR, TODAY)
        score, reached = plain_scorecard(code, months)
        assert view.score == score, at
        judged = {r.kpi.code: r.result.attainment for r in view.rows if r.result.status}
        assert {of: a for of, a in judged.items() if a is not None} == reached, at


def test_stored_quarters_are_the_exact_ones_rounded_down(flown: Flask) -> None:
    stored = {
        (code, key): score
        for code, key, score in Score.select(Partner.code, Score.period, Score.score)
        .join(Partner)
        .tuples()
    }
    for code in CARRIERS:
        for at, months in QUARTERS.items():
            score, _ = plain_scorecard(code, months)
            exact = None if score is None else score * 1_000_000 // 1
            assert stored[code, period(at).key] == exact, (code, at)


def test_gaps_are_gaps(flown: Flask) -> None:
    quarter = scorecard_json("OO", "2013-Q2")
    assert quarter["kpis"]["ONTIME"]["reported"] == 1
    assert quarter["kpis"]["ONTIME"]["expected"] == 3
    assert quarter["coverage"] == 1.0  # incompleteness does not lower it
    assert row("OO", "2013-Q2", "FLIGHTS")["actual"] == 2.0


def test_an_incomplete_quarter_does_not_decide(flown: Flask) -> None:
    carrier = Partner.get(Partner.code == "OO")
    assert not queries.scorecard(carrier.id, period("2013-Q3"), CALENDAR, TODAY).decides


def test_a_month_without_figures_is_grey(flown: Flask) -> None:
    found = scorecard_json("OO", "2013-12")
    assert (found["scorecard"], found["coverage"]) == (None, 0.0)
    assert found["kpis"]["ONTIME"] == {
        "actual": None,
        "target": 0.8,
        "attainment": None,
        "met": None,
        "status": "grey",
        "streak": {"certain": 0, "possible": 1},
        "reported": 0,
        "expected": 1,
    }
    assert "FLIGHTS" not in found["kpis"]


def test_a_kpi_without_a_target_has_its_figure_only(flown: Flask) -> None:
    assert row("EV", "2013-Q1", "FLIGHTS") == {
        "actual": 12724.0,
        "target": None,
        "attainment": None,
        "met": None,
        "status": None,
        "streak": None,
        "reported": 3,
        "expected": 3,
    }


def test_a_period_of_nothing_is_empty(flown: Flask) -> None:
    assert scorecard_json("EV", "2012-Q1") == {
        "partner": "EV",
        "period": "2012-Q1",
        "kpis": {},
        "scorecard": None,
        "coverage": None,
    }


def test_a_code_is_found_in_small_letters(flown: Flask) -> None:
    assert scorecard_json("ev", "2013-Q1")["partner"] == "EV"


def test_an_unknown_partner_is_said(desk: Flask) -> None:
    with pytest.raises(LookupError, match="NOBODY"):
        scorecard_json("NOBODY", "2013")


def test_what_is_no_period_is_said(flown: Flask) -> None:
    with pytest.raises(PeriodError):
        scorecard_json("EV", "spring 2013")


def test_a_streak_reaches_back_beyond_two_years(desk: Flask, partner: Partner) -> None:
    kpi()
    head = "partner_code,kpi_code,period,"
    months = [f"{year}-{month:02}" for year in range(2020, 2024) for month in range(1, 13)]
    targets = "".join(f"NORD,REV,{month},10\n" for month in months)
    values = "".join(f"NORD,REV,{month},{10 if n == 0 else 1}\n" for n, month in enumerate(months))
    bring_in(
        source("targets", f"{head}target\n{targets}"), source("values", f"{head}value\n{values}")
    )
    assert row("NORD", "2023-12", "REV")["streak"] == {"certain": 47, "possible": 47}


def test_fiscal_quarters_are_read_by_their_labels(desk: Flask, partner: Partner) -> None:
    from app.core.accounts.models import Organisation

    Organisation.update(fiscal_year_start_month=4).execute()
    organisation = settings()
    assert organisation is not None
    kpi()
    text = "partner_code,kpi_code,period,value\n" + "".join(
        f"NORD,REV,2013-{month:02},{month}\n" for month in (3, 4, 5, 6)
    )
    plan = imports.read([source("values", text)], TODAY)
    imports.apply(plan, User.get(User.role == "admin"))
    assert row("NORD", "FY2014-Q1", "REV")["actual"] == 15.0
    with pytest.raises(PeriodError, match="FY2014-Q1"):
        scorecard_json("NORD", "2013-Q2")
