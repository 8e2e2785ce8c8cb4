"""One partner's figure is supposed to be a value; what is simulated is what an evaluation says."""

from datetime import date
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.db import atomic
from app.core.partners.models import Partner
from app.core.periods import Kind, Period
from plugins.incentives.programmes.models import Programme
from plugins.incentives.simulation.queries import Stated, Supposed, simulate
from plugins.incentives.standing import evaluating
from plugins.incentives.tests.standing.support import enrol, ladder, on, place, publish
from tests.core.desk import Desk, staff

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

MONTHS = [Period(Kind.MONTH, 2026, month) for month in (1, 2, 3)]
TODAY = "2026-04-20"
UNIT = 1_000_000
PAGE = "/x/incentives/programmes/{}/simulation?rules=1&day=2026-04-20"


@pytest.fixture
def programme(app: Flask, kpi: int) -> Programme:
    """Bronze, Silver from 300, Gold from 600 in three closed months."""
    return Programme.get_by_id(publish(app))


def run(programme: Programme, supposed: Any = (), stated: Any = ()) -> dict[int, tuple[str, str]]:
    rules_ = ladder()
    day = date.fromisoformat(TODAY)
    found = simulate(staff(), programme, rules_, rules_, day, supposed, stated)
    return {
        row.compared.partner_id: (row.compared.before.tier, row.compared.after.tier)
        for row in found.rows
    }


@pytest.mark.parametrize(
    ("period", "tiers"),
    [
        (MONTHS[2], ("bronze", "silver")),  # the month that is not reported: 100 + 100 + 250
        (None, ("bronze", "gold")),  # each closed month of a year: 250 three times
        (Period(Kind.MONTH, 2026, 4), ("bronze", "bronze")),  # it is not closed
    ],
)
def test_a_figure_that_nobody_reported_can_be_supposed_of_one_partner(
    app: Flask,
    desk: Desk,
    kpi: int,
    programme: Programme,
    partner: Partner,
    other_partner: Partner,
    period: Period | None,
    tiers: tuple[str, str],
) -> None:
    for month in MONTHS[:2]:
        desk.value(partner, kpi, month, 100)
        desk.value(other_partner, kpi, month, 100)
    with app.test_request_context():
        found = run(programme, stated=[Stated(partner.id, kpi, 250 * UNIT, period)])
    assert found == {partner.id: tiers, other_partner.id: ("bronze", "bronze")}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("&partner=NORD&its_kpi={kpi}&its_value=700&its_period=2026-03", "Gold"),
        ("&partner=Nordlicht+Logistik&its_kpi={kpi}&its_value=250&its_period=", "Gold"),
        ("&partner=NORD&its_kpi={kpi}&its_value=", "or none of them"),
        ("&partner=Nobody&its_kpi={kpi}&its_value=1", "There is no such partner"),
        ("&partner=NORD&its_kpi={kpi}&its_value=1&its_period=2026-Q1", "This is no period for"),
        ("&partner=NORD&its_kpi={kpi}&its_value=1&its_period=9999999", "This is no period for"),
        ("&partner=NORD&its_kpi={kpi}&its_value=1e999", "error"),
    ],
)
def test_the_page_takes_it_by_name_or_code(
    as_admin: Any, kpi: int, programme: Programme, partner: Partner, asked: str, said: str
) -> None:
    page = as_admin.get(PAGE.format(programme.id) + asked.format(kpi=kpi))
    assert page.status_code == (200 if said == "Gold" else 422)
    assert said in page.text


def test_a_partner_that_could_not_take_part_is_not_offered(
    as_manager: Any, kpi: int, programme: Programme, partner: Partner
) -> None:
    Partner.update(status="ended").where(Partner.id == partner.id).execute()
    page = as_manager.get(PAGE.format(programme.id) + f"&partner=NORD&its_kpi={kpi}&its_value=1")
    assert "There is no such partner" in page.text
    assert partner.name not in page.text


figures = st.one_of(st.none(), st.integers(0, 400))  # none: nobody has reported it


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    reported=st.lists(figures, min_size=3, max_size=3),
    stated=st.lists(figures, min_size=3, max_size=3),
    percent=st.sampled_from([-100, -50, 0, 10, 100]),
)
def test_what_is_simulated_is_what_is_evaluated_once_the_figures_are_so(
    app: Flask,
    desk: Desk,
    kpi: int,
    programme: Programme,
    partner: Partner,
    reported: list[int | None],
    stated: list[int | None],
    percent: int,
) -> None:
    with on(TODAY, app), app.test_request_context(), atomic() as undone:
        for month, value in zip(MONTHS, reported, strict=True):
            if value is not None:
                desk.value(partner, kpi, month, value)
        given_ = [
            Stated(partner.id, kpi, value * UNIT, month)
            for month, value in zip(MONTHS, stated, strict=True)
            if value is not None
        ]
        simulated = run(programme, [Supposed(kpi, percent)] if percent else [], given_)[partner.id]
        for month, was, becomes in zip(MONTHS, reported, stated, strict=True):
            value = becomes if becomes is not None else was
            if value is not None:
                scaled = value if becomes is not None else value * (100 + percent) // 100
                desk.value(partner, kpi, month, scaled)
        enrol(app, programme.id, partner, TODAY)
        evaluating.evaluate_partners([partner.id])
        assert place(partner).held == simulated[1]
        undone.rollback()
