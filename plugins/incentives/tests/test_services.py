"""Standings follow approved figures: once, whole, and in few statements."""

import re
from typing import Any

from flask import Flask

from app.core.host import current_host
from app.core.kpis.models import Revision, Score
from app.core.partners.models import Partner
from app.core.periods import Calendar, Period
from app.jobs import run_pending
from app.testing import add_partner
from plugins.incentives import services
from plugins.incentives.models import Standing
from tests.core.desk import Desk, counted_queries

CALENDAR = Calendar()
MAY = CALENDAR.parse("2026-05")


def scores(partner: Partner) -> dict[str, int]:
    """A partner's stored scorecards by period, in per cent."""
    rows = Standing.select().where(Standing.partner == partner)
    return {CALENDAR.label(Period.from_key(row.period)): row.score // 10_000 for row in rows}


def test_kpis_approved_makes_a_standing_for_the_month_and_each_longer_period(
    desk: Desk, kpi: int, partner: Partner
) -> None:
    desk.judge(partner, kpi, MAY, 95)
    assert scores(partner) == {"2026-05": 95, "2026-Q2": 95, "2026-H1": 95, "2026": 95}


def test_kpis_restated_moves_the_standing(desk: Desk, kpi: int, partner: Partner) -> None:
    desk.judge(partner, kpi, MAY, 95)
    desk.value(partner, kpi, MAY, 110)
    assert set(scores(partner).values()) == {110}


def test_kpis_restated_comes_only_once_a_correction_is_approved_on_the_page(
    desk: Desk, as_manager: Any, kpi: int, partner: Partner
) -> None:
    desk.judge(partner, kpi, MAY, 95)
    page = f"/partners/{partner.id}/kpis/{kpi}"
    form = {"value-period": "2026-05", "value-value": "110", "value-reason": "Late invoice"}
    told = as_manager.send(f"{page}/values", **form).text
    assert "Silver <span" in told  # what it changes is told before it is sent
    form["value-seen"] = str(re.search(r'name="value-seen"[^>]*value="([^"]*)"', told)[1])  # type: ignore[index]
    as_manager.send(f"{page}/values", **form)
    assert set(scores(partner).values()) == {95}
    waiting = Revision.get(Revision.state == "submitted").id
    answer = as_manager.send("/approvals", ids=waiting, reason="Nobody else is here")
    assert answer.status_code == 303
    assert set(scores(partner).values()) == {110}


def test_a_figure_without_a_target_makes_no_standing(
    desk: Desk, kpi: int, partner: Partner
) -> None:
    desk.value(partner, kpi, MAY, 95)
    assert scores(partner) == {}


def test_a_kpi_without_a_figure_leaves_the_standing_undecided(
    desk: Desk, kpi: int, partner: Partner
) -> None:
    desk.target(partner, desk.kpi("LEADS", "Leads"), MAY)
    desk.judge(partner, kpi, MAY, 95)
    standing = Standing.get(Standing.period == MAY.key)
    assert (standing.decides, standing.grey, standing.coverage) == (False, 1, 500_000)


def test_other_partners_standings_are_left_alone(
    desk: Desk, kpi: int, partner: Partner, other_partner: Partner
) -> None:
    desk.judge(other_partner, kpi, MAY, 80)
    desk.judge(partner, kpi, MAY, 95)
    assert set(scores(other_partner).values()) == {80}


def test_computing_again_writes_nothing(desk: Desk, kpi: int, partner: Partner) -> None:
    desk.judge(partner, kpi, MAY, 95)
    before = list(Standing.select().order_by(Standing.period).dicts())
    services.recompute_all()
    assert list(Standing.select().order_by(Standing.period).dicts()) == before


def test_targets_changed_moves_the_standing_at_once(desk: Desk, kpi: int, partner: Partner) -> None:
    desk.value(partner, kpi, MAY, 95)
    desk.target(partner, kpi, MAY, target=50)
    assert scores(partner)["2026-05"] == 150


def test_register_jobs_brings_a_standing_up_to_date_whatever_was_missed(
    desk: Desk, app: Flask, kpi: int, partner: Partner
) -> None:
    desk.value(partner, kpi, MAY, 95)
    desk.target(partner, kpi, MAY, target=50)
    Standing.delete().execute()
    run_pending(app)
    assert scores(partner)["2026-05"] == 150


def test_a_scorecard_that_is_gone_takes_its_standing_along(
    desk: Desk, kpi: int, partner: Partner
) -> None:
    desk.judge(partner, kpi, MAY, 95)
    Score.delete().execute()
    services.recompute_all()
    assert scores(partner) == {}


def test_partners_merged_moves_the_standings_to_the_kept_partner(
    desk: Desk, app: Flask, kpi: int, partner: Partner, other_partner: Partner
) -> None:
    desk.judge(other_partner, kpi, MAY, 95)
    desk.merge(partner, other_partner)
    assert scores(other_partner) == {}
    assert scores(partner)["2026-05"] == 95


def test_partners_merged_told_twice_changes_nothing(
    desk: Desk, app: Flask, kpi: int, partner: Partner, other_partner: Partner
) -> None:
    desk.judge(other_partner, kpi, MAY, 95)
    desk.merge(partner, other_partner)
    before = list(Standing.select().order_by(Standing.period).dicts())
    with app.app_context():
        current_host().run("partners_merged", kept=partner.id, gone=other_partner.id)
    assert list(Standing.select().order_by(Standing.period).dicts()) == before


def test_demo_data_leaves_the_sample_partners_with_standings(sample_app: Flask) -> None:
    with sample_app.app_context():
        Standing.delete().execute()
        current_host().run("demo_data", scenario="desk")
    assert Standing.select().count() > 0


def test_one_event_about_many_partners_costs_as_few_statements_as_about_one(
    desk: Desk, kpi: int, partner: Partner
) -> None:
    crowd = [add_partner(f"P{n:02}", f"Partner {n:02}") for n in range(60)]
    for one in (partner, *crowd):
        desk.judge(one, kpi, MAY, 95)
    ids = [row.id for row in Revision.select(Revision.id)]
    with counted_queries() as alone:
        services.recompute_after(ids[:1])
    with counted_queries() as together:
        services.recompute_after(ids)
    assert len(together) == len(alone)
