"""KPI rules: the scorecard of a period and the streak of misses, and when either decides."""

from datetime import date
from decimal import Decimal
from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.kpis.rules import (
    Result,
    Scorecard,
    Status,
    Streak,
    display_percent,
    is_closed,
    marks,
    scorecard,
    streak,
)


def judged(percent, weight, **parts):
    reached = None if percent is None else F(percent, 100)
    colour = Status.GREY if percent is None else Status.AMBER
    return Result(attainment=reached, status=colour, weight=weight, **parts)


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        pytest.param(
            [judged(160, 50), judged(90, 30), judged(70, 20)],
            Scorecard(F(116, 100), F(1), True),
            id="K2-all",
        ),
        pytest.param(
            [judged(160, 50), judged(None, 30), judged(70, 20)],
            Scorecard(F(89, 70), F(70, 100), False),
            id="K2-middle-grey",
        ),
        pytest.param([judged(-40, 1)], Scorecard(F(0), F(1), True), id="never-below-0"),
        pytest.param([judged(None, 1)], Scorecard(None, F(0), False), id="all-grey"),
        pytest.param([], Scorecard(None, None, False), id="no-kpi"),
        pytest.param([Result(actual=F(1))], Scorecard(None, None, False), id="no-target"),
        pytest.param([judged(90, 0)], Scorecard(None, None, False), id="no-weight"),
        pytest.param(
            [judged(90, 1), Result(actual=F(1), expected=1)],
            Scorecard(F(9, 10), F(1), True),
            id="a-kpi-without-target-takes-no-part",
        ),
        pytest.param(
            [judged(90, 1, reported=2, expected=3)],
            Scorecard(F(9, 10), F(1), False),
            id="incomplete-lowers-no-coverage-and-decides-nothing",
        ),
    ],
)
def test_a_scorecard_weighs_what_is_not_grey(results, expected):
    assert scorecard(results) == expected


def test_the_middle_grey_example_shows_as_127_1_percent_K2():
    score = scorecard([judged(160, 50), judged(None, 30), judged(70, 20)]).score
    assert display_percent(score) == Decimal("127.1")


@given(st.lists(st.tuples(st.integers(-200, 400) | st.none(), st.integers(0, 100)), max_size=8))
def test_a_score_stays_within_its_bounds_and_coverage_within_the_whole(rows):
    card = scorecard(judged(percent, weight) for percent, weight in rows)
    assert card.score is None or 0 <= card.score <= F(3, 2)
    assert card.coverage is None or 0 <= card.coverage <= 1
    assert not card.decides or card.coverage == 1


@pytest.mark.parametrize(
    ("row", "certain", "possible"),
    [
        pytest.param("HMMM", 3, 3, id="K4-HMMM"),
        pytest.param("MM?M", 1, 4, id="K4-MM?M"),
        pytest.param("MMM?", 0, 4, id="K4-MMM?"),
        pytest.param("M?MMM", 3, 5, id="K4-M?MMM"),
        ("", 0, 0),
        ("MMH", 0, 0),
        ("H??", 0, 2),
    ],
)
def test_a_streak_is_the_run_of_misses_at_the_end(row, certain, possible):
    assert streak(row) == Streak(certain, possible)


@given(st.text("MH?", max_size=30))
def test_what_is_certain_is_possible(row):
    assert 0 <= streak(row).certain <= streak(row).possible <= len(row)


MET, MISSED = Result(met=True, status=Status.GREEN), Result(met=False, status=Status.RED)


@pytest.mark.parametrize(
    ("result", "mark"),
    [
        (MET, "H"),
        (MISSED, "M"),
        (Result(status=Status.GREY, expected=1), "?"),
        (Result(met=False, status=Status.RED, reported=2, expected=3), "?"),
        (Result(actual=F(1)), ""),
    ],
    ids=["met", "missed", "unreported", "incomplete", "no-target"],
)
def test_a_closed_period_is_marked_by_its_result(result, mark):
    assert marks([(date(2013, 1, 31), result)], due_days=10, today=date(2014, 1, 1)) == mark


def test_an_open_period_is_not_marked():
    row = [(date(2013, 1, 31), MISSED), (date(2013, 2, 28), MET)]
    assert marks(row, due_days=10, today=date(2013, 3, 10)) == "M"


@pytest.mark.parametrize(
    ("today", "closed"), [(date(2013, 3, 10), False), (date(2013, 3, 11), True)]
)
def test_a_period_closes_when_its_due_date_has_passed(today, closed):
    assert is_closed(date(2013, 2, 28), 10, today) is closed
