"""A simulation says who would move and what it would cost, as the evaluation would; nothing is
written."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.contract import KpiFigure
from app.core.periods import Kind, Period
from app.testing import add_partner
from plugins.incentives.programmes.definition import Band, Reward, RewardKind
from plugins.incentives.programmes.models import Programme
from plugins.incentives.programmes.services import start_draft
from plugins.incentives.simulation import rules
from plugins.incentives.simulation.queries import Supposed, simulate
from plugins.incentives.simulation.rules import Figure, Side
from plugins.incentives.standing import readings
from plugins.incentives.standing.evaluate import eligible
from plugins.incentives.tests.standing.support import ladder, publish, revenue
from tests.core.desk import Desk, counted_queries, staff

MARCH, DAY = Period(Kind.MONTH, 2026, 3), date(2026, 4, 20)
COMMISSION = Reward(
    "commission",
    RewardKind.MARGINAL,
    "Commission",
    Kind.MONTH,
    tiers=("silver", "gold"),
    base="REV",
    bands=(Band(0, 50_000),),
)
LADDER = ladder(rewards=(COMMISSION,))


@pytest.fixture
def year(app, kpi, partner, other_partner):
    """Two partners with a year of revenue: 100 a month, and 150."""
    desk = Desk(app)
    months = [Period(Kind.MONTH, 2025 + n // 12, n % 12 + 1) for n in range(3, 15)]
    for whose, figure in ((partner, 100), (other_partner, 150)):
        for month in months:
            desk.value(whose, kpi, month, figure)
    return Programme.get_by_id(publish(app, LADDER))


def run(app, programme, after=LADDER, supposed=()):
    with app.test_request_context():
        return simulate(staff(), programme, LADDER, after, DAY, supposed)


def tiers(found):
    return {row.name: (row.compared.before.tier, row.compared.after.tier) for row in found.rows}


def test_the_same_rules_and_figures_move_nobody(app, year, partner, other_partner):
    found = run(app, year)
    assert found.moved == []
    assert tiers(found) == {
        partner.name: ("silver", "silver"),
        other_partner.name: ("silver", "silver"),
    }
    assert found.before == found.after


def test_a_draft_with_a_lower_threshold_lifts_who_reaches_it(app, year, other_partner):
    easier = ladder(rewards=(COMMISSION,))
    gold = easier.tiers[2]
    easier = type(easier)(
        tiers=(*easier.tiers[:2], type(gold)("gold", "Gold", requirement=revenue(400))),
        rewards=easier.rewards,
    )
    found = run(app, year, easier)
    assert [row.name for row in found.moved] == [other_partner.name]
    assert (found.before.tiers["gold"], found.after.tiers["gold"]) == (0, 1)


def test_supposed_figures_move_tiers_and_cost(app, year, kpi, partner, other_partner):
    found = run(app, year, supposed=[Supposed(kpi, -40)])
    assert tiers(found) == {
        partner.name: ("silver", "bronze"),
        other_partner.name: ("silver", "bronze"),
    }
    # 5 % of 1,200 and of 1,800 a year; at Bronze nothing is paid.
    assert (found.before.cost, found.after.cost) == (6_000 + 9_000, 0)


def test_a_cost_that_cannot_be_told_is_counted_and_not_added(app, year):
    stranger = add_partner("YEN", "Yen Trading", currency="JPY")
    found = run(app, year)
    row = next(row for row in found.rows if row.name == stranger.name)
    assert row.compared.before == Side("bronze", True, 0)
    assert found.before.unknown == 0


def test_it_says_what_the_evaluation_says(app, year, partner, other_partner):
    found = run(app, year)
    with app.test_request_context():
        ids = [partner.id, other_partner.id]
        known = readings.gather(ids, readings.of_tiers(LADDER), DAY)
    told = {row.compared.partner_id: row.compared.after.tier for row in found.rows}
    assert told == {id_: eligible(LADDER, known[id_]).tier for id_ in ids}


def test_nothing_is_written(app, year, kpi):
    with counted_queries() as seen:
        run(app, year, supposed=[Supposed(kpi, 10)])
    assert seen
    assert [text for text in seen if not text.lstrip().upper().startswith("SELECT")] == []


@given(value=st.integers(-(10**15), 10**15), percent=st.integers(-100, 1000))
def test_a_figure_is_scaled_exactly_and_rounded_once(value, percent):
    found = rules.scaled(1, 2, MARCH, Figure(value, None, None), percent)
    assert isinstance(found, KpiFigure)
    assert found.value is not None
    assert abs(found.value - Fraction(value * (100 + percent), 100)) <= Fraction(1, 2)


def test_of_a_ratio_the_numerator_differs_and_an_unknown_stays_unknown():
    found = rules.scaled(1, 2, MARCH, Figure(None, 200, 400), 50)
    assert found == KpiFigure(1, 2, MARCH, None, 300, 400)
    assert rules.scaled(1, 2, MARCH, Figure(None, None, None), 50) is None


def test_a_stated_ratio_keeps_its_denominator():
    half = rules.stated(1, 2, MARCH, 500_000, Figure(None, 30, 40), ratio=True)
    assert half == KpiFigure(1, 2, MARCH, None, 20, 40)
    alone = rules.stated(1, 2, MARCH, 500_000, None, ratio=True)
    assert alone == KpiFigure(1, 2, MARCH, None, 500_000, 1_000_000)


# ---- the page


PAGE = "/x/incentives/programmes/{}/simulation"


def test_the_page_asks_and_answers_by_its_address(as_admin, app, year, kpi, other_partner):
    page = as_admin.get(PAGE.format(year.id))
    assert page.status_code == 200
    assert "Would move" not in page.text
    asked = f"?rules=1&day=2026-04-20&kpi_1={kpi}&percent_1=-40&kpi_2=&percent_2="
    page = as_admin.get(PAGE.format(year.id) + asked)
    assert "of 2 partners" in page.text
    assert other_partner.name in page.text
    file = as_admin.get(PAGE.format(year.id) + asked + "&download=csv").get_data(as_text=True)
    assert "Südwind Verlag,Silver,Bronze,-1,90.00,0.00,EUR" in file


@pytest.mark.parametrize(
    "asked",
    [
        "?rules=9",
        "?rules=x",
        "?rules=1&day=2999-01-01",
        "?rules=1&day=tomorrow",
        "?rules=1&kpi_1=1&percent_1=-101",
        "?rules=1&kpi_1=999&percent_1=5",
        "?rules=1&percent_1=1e999",
    ],
)
def test_what_cannot_be_simulated_is_said(as_admin, year, asked):
    page = as_admin.get(PAGE.format(year.id) + asked)
    assert page.status_code == 422
    assert "error" in page.text


def test_viewers_and_contacts_do_not_see_what_it_would_cost(as_viewer, as_contact, year):
    assert as_viewer.get(PAGE.format(year.id)).status_code == 403
    assert as_contact.get(PAGE.format(year.id)).status_code in (403, 404)


def test_a_draft_is_compared_with_what_holds(as_admin, app, year):
    with app.test_request_context():
        start_draft(year)
    page = as_admin.get(PAGE.format(year.id) + "?rules=2&day=2026-04-20").text
    assert "The draft" in page


def test_a_draft_is_for_those_who_write_programmes(as_manager, app, year):
    with app.test_request_context():
        start_draft(year)
    assert "The draft" not in as_manager.get(PAGE.format(year.id)).text
    assert as_manager.get(PAGE.format(year.id) + "?rules=2").status_code == 422
