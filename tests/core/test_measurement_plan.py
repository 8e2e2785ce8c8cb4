"""The measurement plan: goals, the KPIs that measure them, how often. Source: the brief's table."""

import re
from typing import Any

import pytest

from app.core.kpis.models import TargetRevision
from app.core.partners.models import Partner
from app.core.periods import Kind
from tests.core.desk import CALENDAR, Desk, last_month


@pytest.fixture
def desk(app: Any) -> Desk:
    return Desk(app)


def words(page: Any) -> str:
    text = re.sub(r"<(script|style|svg).*?</\1>", " ", page.get_data(as_text=True), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)).replace(" ,", ",")


# Example of Partnership KPIs, as the customer's table has it.
BRIEF = {
    "Increase Sales": [
        ("GROWTH", "Revenue growth", "monthly"),
        ("NEW", "Number of new customers", "monthly"),
    ],
    "Improve Customer Satisfaction": [
        ("RETENTION", "Customer retention rate", "quarterly"),
        ("NPS", "NPS (Net Promoter Score)", "quarterly"),
    ],
    "Reduce Operational Costs": [
        ("CPA", "Cost per acquisition", "monthly"),
        ("SAVING", "Cost-saving percentage", "monthly"),
    ],
}


def tie(partner: Partner, kpi_id: int, goal_id: int | None) -> None:
    """Let the KPI's targets serve a goal."""
    TargetRevision.update(goal_id=goal_id).where(
        TargetRevision.partner == partner, TargetRevision.kpi == kpi_id
    ).execute()


@pytest.fixture
def brief(app: Any, as_admin: Any, desk: Desk, partner: Partner) -> None:
    """The goals and KPIs of the brief, entered and tied by targets."""
    from app.core.partners.models import PartnerGoal

    for statement, kpis in BRIEF.items():
        answer = as_admin.send(
            f"/partners/{partner.id}/goals/new",
            statement=statement,
            side="mutual",
            horizon="short",
            compatibility="compatible",
            status="open",
            visibility="shared",
        )
        assert answer.status_code == 303
        goal = PartnerGoal.get(PartnerGoal.statement == statement)
        for code, name, frequency in kpis:
            kind = Kind.MONTH if frequency == "monthly" else Kind.QUARTER
            period = CALENDAR.containing(CALENDAR.start(last_month(3)), kind)
            kpi_id = desk.kpi(code, name, frequency=frequency)
            desk.target(partner, kpi_id, period)
            tie(partner, kpi_id, goal.id)


def test_the_briefs_table_of_goals_kpis_and_frequency_stands_on_screen(as_viewer, brief, partner):
    text = words(as_viewer.get(f"/partners/{partner.id}/kpis/plan"))
    for row in (
        "Increase Sales Number of new customers, Revenue growth Monthly",
        "Improve Customer Satisfaction Customer retention rate, NPS (Net Promoter Score) Quarterly",
        "Reduce Operational Costs Cost per acquisition, Cost-saving percentage Monthly",
    ):
        assert row in text


def test_a_goal_that_nothing_measures_says_so(as_manager, as_viewer, partner):
    as_manager.send(
        f"/partners/{partner.id}/goals/new",
        statement="Open the north",
        side="host",
        horizon="long",
        compatibility="compatible",
        status="open",
        visibility="internal",
    )
    assert "Open the north not measured yet" in words(
        as_viewer.get(f"/partners/{partner.id}/kpis/plan")
    )


def test_a_kpi_without_a_goal_is_listed_last(as_viewer, desk, brief, partner):
    desk.target(partner, desk.kpi("LATE", "Late arrivals"), last_month())
    text = words(as_viewer.get(f"/partners/{partner.id}/kpis/plan"))
    assert text.index("Reduce Operational Costs") < text.index("Without a goal Late arrivals")


def test_an_earlier_goal_of_a_target_no_longer_counts(as_viewer, desk, brief, partner):
    TargetRevision.update(goal_id=None).execute()
    text = words(as_viewer.get(f"/partners/{partner.id}/kpis/plan"))
    assert "Increase Sales not measured yet" in text


def test_a_contact_has_no_staff_plan(as_contact, partner):
    assert as_contact.get(f"/partners/{partner.id}/kpis/plan").status_code == 404
