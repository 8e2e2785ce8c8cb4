"""What is read of figures reaches as far back as each requirement asks, and no further."""

from datetime import date

import pytest
from flask import Flask

from app.core.partners.models import Partner
from app.core.periods import Kind, Period
from plugins.incentives.programmes.definition import Measures, Operator, Requirement
from plugins.incentives.standing import readings
from plugins.incentives.standing.evidence import measure
from plugins.incentives.tests.standing.support import revenue
from tests.core.desk import Desk

DAY = date(2026, 4, 20)
MISSES = Requirement("r2", Measures.STREAK, Operator.AT_MOST, 2_000_000, subject="REV")
MONTHS = [Period(Kind.MONTH, 2024 + n // 12, n % 12 + 1) for n in range(6, 27)]


@pytest.fixture
def missing(desk: Desk, kpi: int, partner: Partner) -> Partner:
    """A partner that misses 100 a month by half, for 21 months."""
    for month in MONTHS:
        desk.judge(partner, kpi, month, 50)
    return partner


@pytest.mark.parametrize("asked", [[MISSES], [MISSES, revenue(100)]])
def test_misses_in_a_row_reach_back_beyond_any_window(
    app: Flask, missing: Partner, asked: list[Requirement]
) -> None:
    with app.test_request_context():
        known = readings.gather([missing.id], asked, DAY)[missing.id]
    assert known[measure(MISSES)].certain == len(MONTHS)
    if len(asked) > 1:
        assert known[measure(asked[1])].values[0].figure == "150"


def test_a_window_reads_no_years_that_misses_of_another_kpi_ask_for(
    app: Flask, desk: Desk, missing: Partner
) -> None:
    other = Requirement("r3", Measures.STREAK, Operator.AT_MOST, 2_000_000, subject="SALES")
    desk.kpi("SALES")
    with app.test_request_context():
        found = readings.source([missing.id], [revenue(100), other], DAY)
    assert min(found.book.readings[missing.id][1]) >= Period(Kind.MONTH, 2025, 12).key
