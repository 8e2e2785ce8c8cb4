"""Who hears of a tier: the people of the partner, and nobody else."""

from typing import Any

import pytest
from flask import Flask

from app.core.accounts.models import User
from app.core.messages.models import Notification
from app.core.partners.models import Partner
from app.core.tasks.models import Task
from app.core.tasks.services import act
from plugins.incentives.standing import questions
from plugins.incentives.standing.models import Question
from plugins.incentives.tests.standing.support import earn, evaluate, on
from tests.core.desk import Desk, staff

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def told() -> list[tuple[str, str]]:
    rows = Notification.select(Notification, User).join(User).order_by(Notification.id)
    mine = rows.where(Notification.event.startswith("incentives."))
    return [(row.user.email.partition("@")[0], row.title) for row in mine]


def test_register_notifications_lets_owner_and_contacts_hear_of_a_tier(
    desk: Desk,
    kpi: int,
    as_contact: Any,
    as_other_contact: Any,
    as_manager: Any,
    enrolled: Partner,
) -> None:
    earn(desk, enrolled, kpi, "2026-01-20", m2025_10=100, m2025_11=100, m2025_12=100)
    assert told() == [
        ("manager", "Nordlicht Logistik takes part in Partner tiers"),
        ("contact", "You take part in Partner tiers"),
        ("manager", "Nordlicht Logistik reached the tier Silver"),
        ("contact", "You reached the tier Silver"),
    ]
    assert "You reached the tier Silver" in as_contact.get("/notifications").text
    assert "Silver" not in as_other_contact.get("/notifications").text
    assert "A partner’s tier changed" in as_manager.get("/account/notifications").text
    for row in Notification.select().where(Notification.event == "incentives.tier_changed"):
        browser = as_contact if row.user.role == "contact" else as_manager
        place = browser.send(f"/notifications/{row.id}/open").location
        assert browser.get(place).status_code == 200


def test_a_grace_period_is_told_to_both_a_proposal_to_the_host(
    app: Flask, desk: Desk, kpi: int, as_contact: Any, enrolled: Partner
) -> None:
    earn(desk, enrolled, kpi, "2026-01-20", m2025_10=100, m2025_11=100, m2025_12=100)
    earn(desk, enrolled, kpi, "2026-03-15", m2026_01=1, m2026_02=1)
    evaluate(app, "2026-04-01")
    told_then = [title for _who, title in told()]
    assert "Nordlicht Logistik misses Silver: grace period until 30 Jun 2026" in told_then
    assert "You miss Silver at present: you have until 30 Jun 2026 to recover" in told_then
    earn(desk, enrolled, kpi, "2026-06-20", m2026_03=1, m2026_04=1, m2026_05=1)
    evaluate(app, "2026-07-01")
    title = "Nordlicht Logistik still misses Silver: decide on Bronze"
    assert [who for who, said in told() if said == title] == ["manager"]


def test_a_review_without_figures_asks_for_them_once(
    app: Flask, desk: Desk, kpi: int, enrolled: Partner, as_manager: Any
) -> None:
    earn(desk, enrolled, kpi, "2026-01-20", m2025_10=100, m2025_11=100, m2025_12=100)
    evaluate(app, "2026-04-01")
    evaluate(app, "2026-04-02")
    task = Task.get()
    assert Task.select().count() == 1
    assert task.title == "Nordlicht Logistik: find the figures that the tier waits for"
    assert task.user_id == enrolled.owner_id
    assert f"/tasks/{task.id}" in as_manager.get(f"/x/incentives/partners/{enrolled.id}").text
    earn(desk, enrolled, kpi, "2026-04-12", m2026_01=1, m2026_02=1, m2026_03=1)
    assert Task.get().state == "done"
    assert Question.get().outcome == "done"


def test_task_changed_notes_that_nobody_will_look_for_them(
    app: Flask, desk: Desk, kpi: int, enrolled: Partner, as_manager: Any
) -> None:
    earn(desk, enrolled, kpi, "2026-01-20", m2025_10=100, m2025_11=100, m2025_12=100)
    evaluate(app, "2026-04-01")
    task = Task.get()
    with app.test_request_context():
        act(task, "waive", by=staff(), version=task.version, text="They closed the shop")
    assert Question.get().outcome == "waived"
    page = as_manager.get(f"/x/incentives/partners/{enrolled.id}").text
    assert "It was decided not to look for them" in page
    with on("2026-04-02", app):
        questions.note(task.id + 99)  # others' tasks are no business of ours
    assert Question.get().outcome == "waived"


def test_partners_merged_asks_no_longer(
    app: Flask,
    desk: Desk,
    kpi: int,
    programme: int,
    enrolled: Partner,
    other_partner: Partner,
) -> None:
    from plugins.incentives.tests.standing.support import enrol

    enrol(app, programme, other_partner, "2026-01-15")
    earn(desk, enrolled, kpi, "2026-01-20", m2025_10=100, m2025_11=100, m2025_12=100)
    evaluate(app, "2026-04-01")
    desk.merge(other_partner, enrolled)
    assert Task.get().state == "done"
