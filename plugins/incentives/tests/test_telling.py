"""A tier that changed is told to the people of the partner, and to nobody else."""

from typing import Any

import pytest
from flask import Flask

from app.core.accounts.models import User
from app.core.messages.models import Notification
from app.core.partners.models import Partner
from app.core.periods import Calendar
from tests.core.desk import Desk

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
MARCH, APRIL, MAY = (Calendar().parse(f"2026-0{month}") for month in (3, 4, 5))


def told() -> list[tuple[str, str]]:
    rows = Notification.select(Notification, User).join(User).order_by(Notification.id)
    mine = rows.where(Notification.event == "incentives.tier_changed")
    return [(row.user.email.partition("@")[0], row.title) for row in mine]


def test_register_notifications_lets_the_owner_and_the_contacts_hear_of_a_tier(
    desk: Desk, kpi: int, partner: Partner, as_contact: Any, as_other_contact: Any, as_manager: Any
) -> None:
    desk.judge(partner, kpi, MARCH, 50)  # the first one: no change
    desk.judge(partner, kpi, APRIL, 95)
    desk.judge(partner, kpi, MAY, 96)  # the same tier: nothing to tell
    assert told() == [
        ("manager", "Nordlicht Logistik reached the tier Silver in April 2026"),
        ("contact", "You reached the tier Silver in April 2026"),
    ]
    assert "You reached the tier Silver" in as_contact.get("/notifications").text
    assert "Silver" not in as_other_contact.get("/notifications").text
    assert "A partner’s tier changed" in as_manager.get("/account/notifications").text
    for row in Notification.select().where(Notification.event == "incentives.tier_changed"):
        browser = as_contact if row.user.role == "contact" else as_manager
        place = browser.send(f"/notifications/{row.id}/open").location
        assert browser.get(place).status_code == 200


def test_a_tier_that_is_lost_is_told_once(
    app: Flask, desk: Desk, kpi: int, partner: Partner, as_manager: Any
) -> None:
    from plugins.incentives import services

    desk.judge(partner, kpi, APRIL, 106)
    desk.judge(partner, kpi, MAY, 50)
    with app.app_context():
        services.recompute_all()
    assert [title for _who, title in told()] == [
        "Nordlicht Logistik is at Member in May 2026",
    ]
