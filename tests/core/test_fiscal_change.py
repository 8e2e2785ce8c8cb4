"""Another start of the fiscal year: refused where meaning would change, else all is made again."""

import pytest

from app import jobs
from app.core.accounts import queries
from app.core.accounts.models import Organisation
from app.core.kpis.models import KpiTotal, Revision, Score
from app.core.periods import Calendar, Kind, Period
from app.core.settings import fiscal, services
from app.core.settings.refusals import SettingsError, StaleSettings
from app.testing import add_partner
from tests.core.desk import Desk

APRIL = {"fiscal_year_start_month": 4}


@pytest.fixture
def desk(app):
    return Desk(app)


def months(first: int, last: int) -> list[Period]:
    return [Period(Kind.MONTH, 2026, n) for n in range(first, last + 1)]


def judged(desk, partner) -> int:
    """A partner with a target and a figure for each of the first six months."""
    kpi_id = desk.kpi()
    for n, month in enumerate(months(1, 6)):
        desk.judge(partner, kpi_id, month, 90 + n)
    return kpi_id


def stored() -> tuple[list, list]:
    scores = Score.select().order_by(Score.partner, Score.period).tuples()
    totals = KpiTotal.select().order_by(KpiTotal.period, KpiTotal.kpi).tuples()
    return list(scores), list(totals)


def test_quarters_halves_and_years_are_made_again_as_if_april_had_always_been_first(desk, partner):
    judged(desk, partner)
    january = stored()
    services.change(APRIL, 1)
    april = stored()
    fiscal_keys = {row[0] for row in april[0] if row[0] >= fiscal.FISCAL_FROM}
    calendar = Calendar(4)
    assert fiscal_keys == {
        longer.key for month in months(1, 6) for longer in calendar.coarser(month)
    }
    year = KpiTotal.get(KpiTotal.period == Period(Kind.YEAR, 2026).key)
    assert (year.value, year.reported) == (90 + 91 + 92, 3)
    services.change({"fiscal_year_start_month": 1}, 2)
    assert stored() == january


def test_months_keep_their_scorecards(desk, partner):
    judged(desk, partner)
    before = [row for row in stored()[0] if row[0] < fiscal.FISCAL_FROM]
    services.change(APRIL, 1)
    assert [row for row in stored()[0] if row[0] < fiscal.FISCAL_FROM] == before


@pytest.mark.parametrize("what", ["target", "value", "submitted"])
def test_what_was_agreed_or_reported_for_a_quarter_stands_against_it(desk, partner, what):
    quarter = Period(Kind.QUARTER, 2026, 1)
    kpi_id = desk.kpi(frequency="quarterly")
    {
        "target": lambda: desk.target(partner, kpi_id, quarter),
        "value": lambda: desk.value(partner, kpi_id, quarter, 5),
        "submitted": lambda: desk.submit(partner, kpi_id, quarter, 5),
    }[what]()
    before = stored()
    with pytest.raises(SettingsError, match="they would mean other months"):
        services.change(APRIL, 1)
    assert Organisation.get().fiscal_year_start_month == 1
    assert stored() == before


def test_the_page_says_what_stands_against_it(desk, partner, as_admin):
    desk.target(partner, desk.kpi(frequency="yearly"), Period(Kind.YEAR, 2026))
    form = {"currency": "EUR", "fiscal_year_start_month": "4", "fiscal_year_label": "ending"}
    preview = as_admin.send("/settings/calendar", version="1", preview="1", **form)
    assert "1 targets and 0 figures are for quarters, halves or years" in preview.text
    assert as_admin.send("/settings/calendar", version="1", **form).status_code == 422


def test_another_name_of_the_year_moves_nothing(desk, partner):
    desk.target(partner, desk.kpi(frequency="yearly"), Period(Kind.YEAR, 2026))
    before = stored()
    services.change({"fiscal_year_label": "starting"}, 1)
    assert stored() == before


def test_many_partners_are_made_again_by_a_job_that_tells_how_far_it_is(app, desk, as_admin):
    kpi_id = desk.kpi()
    for n in range(fiscal.AT_ONCE + 1):
        desk.judge(add_partner(f"P{n}", f"Partner {n}"), kpi_id, months(1, 1)[0], 100)
    before = len(stored()[0])
    services.change(APRIL, 1)
    assert fiscal.progress() == (0, fiscal.AT_ONCE + 1)
    assert "0 of 26 partners" in as_admin.get("/settings/calendar").text
    assert jobs.run_pending(app)
    assert fiscal.progress() is None
    assert len(stored()[0]) == before
    assert Score.select().where(Score.period == Period(Kind.QUARTER, 2026, 4).key).count() == 26


def test_nothing_is_saved_over_a_version_that_is_gone(app):
    services.change(APRIL, 1)
    with pytest.raises(StaleSettings):
        services.change({"fiscal_year_start_month": 7}, 1)
    found = queries.settings()
    assert found is not None
    assert (found.fiscal_year_start_month, found.version) == (4, 2)
    assert not Revision.select().exists()
