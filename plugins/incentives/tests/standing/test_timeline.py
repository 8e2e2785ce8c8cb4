"""Timeline and story tell each thing that became of a tier, grace and proposals too."""

from typing import Any

import pytest
from flask import Flask

from app.core.messages.models import Notification
from app.core.partners.models import Partner
from plugins.incentives.standing import services
from plugins.incentives.tests.standing.support import act, earn, evaluate, place
from tests.core.desk import Desk

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

DOWN = [
    "Demotion approved: Bronze from 1 Aug 2026 on",
    "Silver is still not met: a demotion to Bronze is proposed",
    "Silver is not met: grace period until 30 Jun 2026",
    "Tier reached: Silver",
    "Enrolled at Bronze",
]


@pytest.fixture
def falling(app: Flask, desk: Desk, kpi: int, enrolled: Partner) -> Partner:
    """A partner whose fall from Silver was proposed on 1 July."""
    earn(desk, enrolled, kpi, "2026-01-20", m2025_10=100, m2025_11=100, m2025_12=100)
    earn(desk, enrolled, kpi, "2026-03-15", m2026_01=1, m2026_02=1)
    evaluate(app, "2026-04-01")
    earn(desk, enrolled, kpi, "2026-06-20", m2026_03=1, m2026_04=1, m2026_05=1)
    evaluate(app, "2026-07-01")
    return enrolled


def in_order(page: str, titles: list[str]) -> bool:
    """Whether a page has all of these, one after the other."""
    places = [page.find(title) for title in titles]
    return -1 not in places and places == sorted(places)


def test_grace_and_proposals_are_told_and_not_changes_alone(
    app: Flask, falling: Partner, as_viewer: Any, as_contact: Any
) -> None:
    act(app, "2026-07-03", services.decide, falling, "approve", "", place(falling).version)
    assert in_order(as_viewer.get(f"/partners/{falling.id}/timeline").text, DOWN)
    story = as_contact.get("/portal/x/incentives").text
    assert in_order(story[story.index("What was decided") :], DOWN)


def test_every_change_of_one_evaluation_is_told(
    app: Flask, desk: Desk, kpi: int, falling: Partner, as_viewer: Any
) -> None:
    act(app, "2026-07-03", services.decide, falling, "approve", "", place(falling).version)
    earn(desk, falling, kpi, "2026-08-01", m2026_06=1000)  # on the very day of the demotion
    both = ["Tier reached: Gold", "Tier now: Bronze"]
    assert in_order(as_viewer.get(f"/partners/{falling.id}/timeline").text, both)
    titles = [row.title for row in Notification.select().order_by(Notification.id)]
    assert titles[-2:] == [
        "Nordlicht Logistik is at Bronze now",
        "Nordlicht Logistik reached the tier Gold",
    ]


def test_every_effect_of_one_decision_is_told_and_only_news_is_mailed(
    desk: Desk, kpi: int, falling: Partner, as_viewer: Any, as_contact: Any
) -> None:
    earn(desk, falling, kpi, "2026-07-15", m2026_06=1000)
    page = as_viewer.get(f"/partners/{falling.id}/timeline").text
    assert in_order(page, ["Tier reached: Gold", "The tier is met again, no demotion"])
    titles = [row.title for row in Notification.select().order_by(Notification.id)]
    assert titles[-1] == "You reached the tier Gold"
    assert not any("stay" in title for title in titles)


def test_a_review_that_changes_nothing_is_no_entry(
    app: Flask, desk: Desk, kpi: int, enrolled: Partner, as_viewer: Any
) -> None:
    earn(desk, enrolled, kpi, "2026-01-20", m2025_10=100, m2025_11=100, m2025_12=100)
    earn(desk, enrolled, kpi, "2026-03-15", m2026_01=100, m2026_02=200)
    evaluate(app, "2026-04-01")
    assert "Reviewed" not in as_viewer.get(f"/partners/{enrolled.id}/timeline").text
    assert "Reviewed: Silver is met" in as_viewer.get(f"/x/incentives/partners/{enrolled.id}").text
