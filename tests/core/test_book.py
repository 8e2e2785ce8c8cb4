"""The book of figures answers over any run of periods as scorecards do over one."""

import random
from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest

from app import api
from app.core import clock
from app.core.contract import KpiFigure
from app.core.kpis import book, queries
from app.core.kpis.models import Revision
from app.core.kpis.queries import standings
from app.core.kpis.rules import Streak
from app.core.partners.models import Partner
from app.core.periods import Kind
from app.core.quantities import MILLION
from tests.core.desk import counted_queries
from tests.core.kpi_support import (
    CALENDAR,
    TODAY,
    desk,
    kpi,
    other_partner,
    partner,
    period,
    ratio,
    units,
)
from tests.core.test_rollups import target, value

__all__ = ["desk", "other_partner", "partner"]

FIRST, LAST = date(2024, 1, 1), date(2026, 2, 28)
MONTHS = CALENDAR.between(period("2025-01"), period("2025-12"))


def read(partner, **more):
    return book.read([partner.id], FIRST, LAST, **more)


def test_scores_of_a_period_are_the_stored_scorecards(partner, other_partner):
    kinds = [kpi("A"), kpi("B", aggregation="last"), ratio("C"), kpi("D", frequency="quarterly")]
    chance = random.Random(7)
    for whose in (partner, other_partner):
        for one in kinds:
            for at in CALENDAR.subperiods(period("2025"), Kind(one.frequency)):
                if chance.random() < 0.9:
                    target(whose, one, at, target=units(chance.randint(1, 9)), weight=2)
                if chance.random() < 0.9:
                    parts = (chance.randint(0, 9) * MILLION, 10 * MILLION)
                    value(whose, one, at, *((None, *parts) if one.code == "C" else parts[:1]))
    asked = [at for kind in Kind for at in CALENDAR.subperiods(period("2025"), kind)]
    found = book.read([partner.id, other_partner.id], FIRST, LAST)
    stored = queries.scorecards([partner.id, other_partner.id], asked)
    assert len(stored) > 20
    for (id_, key), card in stored.items():
        at = next(one for one in asked if one.key == key)
        made = found.score(id_, [at])
        assert made is not None
        assert (made.score, made.coverage, made.decides) == (
            card.score,
            card.coverage,
            card.decides,
        )


def test_a_run_of_months_is_rolled_up_as_one(partner):
    sales = kpi()
    for n, at in enumerate(MONTHS, start=1):
        value(partner, sales, at, units(n))
        target(partner, sales, at, target=units(10))
    found = read(partner).result(partner.id, sales.id, MONTHS[-3:])
    assert (found.actual, found.target, found.complete) == (33, 30, True)
    card = read(partner).score(partner.id, MONTHS[-3:])
    assert card is not None
    assert (card.score, card.decides) == (1_100_000, True)


def test_quarters_are_judged_by_the_months_in_them(partner):
    sales = kpi()
    for at in MONTHS:
        value(partner, sales, at, units(1))
    halves = CALENDAR.subperiods(period("2025"), Kind.QUARTER)[:2]
    assert read(partner).reported(partner.id, sales.id, halves).actual == 6


def test_what_is_missing_makes_a_run_incomplete(partner):
    sales = kpi()
    value(partner, sales, MONTHS[0], units(5))
    found = read(partner).reported(partner.id, sales.id, MONTHS[:2])
    assert (found.actual, found.reported, found.expected, found.complete) == (5, 1, 2, False)


def test_a_coarser_kpi_is_unknown_in_a_finer_run(partner):
    yearly = kpi(frequency="yearly")
    value(partner, yearly, period("2025"), units(5))
    assert read(partner).reported(partner.id, yearly.id, MONTHS[:3]).actual is None


def test_a_proposed_figure_and_what_derives_from_it_stand_in_the_place(partner):
    gain, cost = kpi("GAIN"), kpi("COST")
    share = kpi("MARGIN", formula="GAIN - COST", nature="flow")
    at = MONTHS[0]
    value(partner, gain, at, units(10))
    value(partner, cost, at, units(4))
    before = Revision.select().count()
    proposed = [KpiFigure(partner.id, cost.id, at, units(7))]
    found = api.kpi_book([partner.id], FIRST, LAST, proposed)
    assert found.result(partner.id, cost.id, [at]).actual == 7
    assert found.result(partner.id, share.id, [at]).actual == 3
    assert found.revisions(partner.id, cost.id, [at]) == (book.PROPOSED,)
    assert Revision.select().count() == before


def test_a_score_that_was_asked_for_before_counts_what_is_supposed_afterwards(
    partner, other_partner
):
    sales, visits = kpi("SALES"), kpi("VISITS")
    for whose in (partner, other_partner):
        for one in (sales, visits):
            target(whose, one, MONTHS[0], target=units(10))
            value(whose, one, MONTHS[0], units(10))
    ids, run = [partner.id, other_partner.id], MONTHS[:1]
    known = book.read(ids, FIRST, LAST)
    assert [known.score(id_, run).score for id_ in ids] == [MILLION, MILLION]
    lower = [KpiFigure(partner.id, sales.id, MONTHS[0], units(5))]
    other = known.supposing(lower)
    fresh = book.read(ids, FIRST, LAST, lower)
    assert [other.score(id_, run) for id_ in ids] == [fresh.score(id_, run) for id_ in ids]
    assert [other.score(id_, run).score for id_ in ids] == [750_000, MILLION]
    assert [known.score(id_, run).score for id_ in ids] == [MILLION, MILLION]


def test_streaks_of_many_partners_are_those_of_their_scorecards(partner, other_partner):
    sales = kpi()
    for n, at in enumerate(MONTHS):
        target(partner, sales, at, target=units(10))
        target(other_partner, sales, at, target=units(10))
        value(partner, sales, at, units(12 if n == 8 else 5))
        if n != 10:
            value(other_partner, sales, at, units(12 if n == 9 else 5))
    found = api.streaks([partner.id, other_partner.id], sales.id, TODAY)
    assert found == {partner.id: Streak(3, 3), other_partner.id: Streak(1, 2)}
    row = queries.definitions()[sales.id]
    for id_, counted in found.items():
        figures = queries.partner_figures(id_, None, TODAY, CALENDAR)
        marks = standings.marks_until(row, TODAY, CALENDAR, figures)
        assert counted.certain == len(marks) - len(marks.rstrip("M"))


def test_a_streak_in_quarters_counts_rolled_up_quarters(partner):
    sales = kpi()
    for n, at in enumerate(MONTHS):
        target(partner, sales, at, target=units(10))
        value(partner, sales, at, units(30 if n == 2 else 5))  # the first quarter is met
    assert api.streaks([partner.id], sales.id, TODAY, Kind.QUARTER)[partner.id] == Streak(3, 3)


def test_a_year_of_figures_of_many_partners_takes_a_handful_of_statements(partner):
    sales = kpi()
    value(partner, sales, MONTHS[0], units(1))
    ids = [row[0] for row in Partner.select(Partner.id).tuples()]
    with counted_queries() as seen:
        book.read(ids, FIRST, LAST)
    assert len(seen) <= 7


# ---- late reports


@pytest.fixture
def asked_for(partner):
    """Figures of 2025 that the partner was to report fifteen days after each month."""
    sales = kpi(submitter="partner", due_days=15)
    for at in MONTHS:
        target(partner, sales, at, target=units(10))
    return sales


def report(partner, sales, at, day):
    with clock.frozen(datetime(day.year, day.month, day.day, 12)):
        value(partner, sales, at, units(10))


def late(partner, as_of=date(2026, 1, 20)):
    return api.facts([partner.id], "kpi.late_reports", as_of)[partner.id].value


def test_reports_in_time_are_none_late(partner, asked_for):
    for at in MONTHS:
        report(partner, asked_for, at, CALENDAR.end(at) + timedelta(days=15))
    assert late(partner) == 0


def test_reports_that_came_late_or_never_are_counted(partner, asked_for):
    for at in MONTHS[:-1]:
        report(partner, asked_for, at, CALENDAR.end(at) + timedelta(days=3))
    report(partner, asked_for, MONTHS[-1], date(2026, 1, 17))
    assert late(partner) == MILLION
    Revision.update(submitted_at=datetime(2026, 1, 2)).where(
        Revision.period == MONTHS[5].key
    ).execute()
    assert late(partner) == 2 * MILLION


def test_what_was_due_before_the_first_import_is_never_late(partner, asked_for):
    Partner.update(first_import_at=datetime(2026, 1, 10)).where(Partner.id == partner.id).execute()
    assert late(partner) == MILLION  # December alone was due later


def test_a_partner_of_whom_nothing_was_due_is_unknown(partner, other_partner, asked_for):
    assert late(other_partner) is None


def test_what_the_host_reports_is_not_the_partners_fault(partner):
    sales = kpi(submitter="host", due_days=15)
    target(partner, sales, MONTHS[0], target=units(10))
    assert late(partner) is None


def test_fractions_stay_exact(partner):
    rate = ratio()
    value(partner, rate, MONTHS[0], None, 1 * MILLION, 3 * MILLION)
    assert read(partner).reported(partner.id, rate.id, MONTHS[:1]).actual == Fraction(1, 3)
