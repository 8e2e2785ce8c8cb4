"""Asking for the figures that a tier waits for, and telling an owner of a tier that was lost."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask, g

from app.api import now, organisation
from app.core import clock
from app.core.models import Job
from app.core.partners.models import Partner
from app.core.periods import Calendar, Kind, Period
from app.core.tasks.models import Task
from app.core.tasks.services import act
from plugins.incentives import questions
from plugins.incentives.models import Question, Standing
from tests.core.desk import Desk, staff

CALENDAR = Calendar()
sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def asked_quarter() -> Period:
    """The quarter whose missing figures are asked for today."""
    day = clock.today("Europe/Berlin") - timedelta(days=questions.ASKED_AFTER)
    return CALENDAR.shift(CALENDAR.containing(day, Kind.QUARTER), -1)


def months(quarter: Period) -> list[Period]:
    """Its three months."""
    return list(CALENDAR.subperiods(quarter, Kind.MONTH))


def undetermined(desk: Desk, kpi: int, partner: Partner) -> Period:
    """A quarter with one figure of three."""
    first, *others = months(asked_quarter())
    desk.judge(partner, kpi, first, 95)
    for month in others:
        desk.target(partner, kpi, month)
    return asked_quarter()


def ask(app: Flask) -> None:
    with app.app_context():
        questions.ask_for_figures()


def test_missing_figures_are_asked_for_once(
    app: Flask, desk: Desk, kpi: int, partner: Partner
) -> None:
    quarter = undetermined(desk, kpi, partner)
    ask(app)
    ask(app)
    task = Task.get()
    assert Task.select().count() == 1
    assert task.title.startswith("Nordlicht Logistik: find the missing figures of Q")
    assert task.ref == f"incentives_standing:{partner.id}-{quarter.key}"
    assert task.user_id == partner.owner_id


def test_the_task_is_settled_once_the_figures_came(
    app: Flask, desk: Desk, kpi: int, partner: Partner
) -> None:
    quarter = undetermined(desk, kpi, partner)
    ask(app)
    for month in months(quarter)[1:]:
        desk.value(partner, kpi, month, 100)
    assert Task.get().state == "done"
    assert Question.get().outcome == "done"


def test_a_whole_scorecard_asks_for_nothing(
    app: Flask, desk: Desk, kpi: int, partner: Partner
) -> None:
    for month in months(asked_quarter()):
        desk.judge(partner, kpi, month, 95)
    ask(app)
    assert Task.select().count() == 0


@sqlite
def test_task_changed_notes_that_nobody_will_look_for_them(
    app: Flask, desk: Desk, kpi: int, partner: Partner, as_manager: Any
) -> None:
    quarter = undetermined(desk, kpi, partner)
    ask(app)
    task = Task.get()
    with app.test_request_context():
        act(task, "waive", by=staff(), version=task.version, text="They closed the shop")
    assert Question.get().outcome == "waived"
    page = as_manager.get(f"/x/incentives/partners/{partner.id}?period={CALENDAR.label(quarter)}")
    assert "It was decided not to look for them" in page.text
    assert f"/tasks/{task.id}" in page.text
    ask(app)
    assert Task.select().count() == 1


@sqlite
def test_task_changed_leaves_the_tasks_of_others_alone(
    app: Flask, desk: Desk, kpi: int, partner: Partner
) -> None:
    undetermined(desk, kpi, partner)
    ask(app)
    with app.app_context():
        questions.note(Task.get().id + 99)
    assert Question.get().outcome == ""
    assert not Job.select().where(Job.state == "ready", Job.name == "event:task_changed").exists()


@sqlite
def test_a_partner_that_was_merged_asks_no_longer(
    app: Flask, desk: Desk, kpi: int, partner: Partner, other_partner: Partner
) -> None:
    undetermined(desk, kpi, other_partner)
    ask(app)
    desk.merge(partner, other_partner)
    assert Task.get().state == "done"


@sqlite
def test_attention_items_tell_an_owner_of_a_lost_tier_for_a_fortnight(
    app: Flask, desk: Desk, kpi: int, partner: Partner, as_manager: Any, as_viewer: Any
) -> None:
    with app.app_context():
        today = organisation().today()
    last = CALENDAR.shift(CALENDAR.containing(today, Kind.QUARTER), -1)
    for quarter, value in ((CALENDAR.shift(last, -1), 110), (last, 91)):
        for month in months(quarter):
            desk.judge(partner, kpi, month, value)
    for path in ("/home", "/work"):
        assert "Nordlicht Logistik fell from Gold" in as_manager.get(path).text, path
    assert "fell from Gold" not in as_viewer.get("/work").text  # not the viewer's partner
    Standing.update(computed_at=now() - timedelta(days=15)).execute()
    assert "fell from Gold" not in as_manager.get("/work").text


@sqlite
def test_the_missing_figures_stand_in_my_work(
    app: Flask, desk: Desk, kpi: int, partner: Partner, as_manager: Any
) -> None:
    undetermined(desk, kpi, partner)
    ask(app)
    assert "find the missing figures of" in as_manager.get("/work?group=tasks").text


@sqlite
def test_calendar_entries_name_the_days_on_which_missing_figures_are_asked_for(app: Flask) -> None:
    with app.test_request_context():
        g.organisation = organisation()
        found = questions.days_of_asking(date(2026, 1, 15), date(2026, 4, 15))
    assert [(entry.key, entry.day) for entry in found] == [
        (f"incentives-asking-{CALENDAR.parse('2025-Q4').key}", date(2026, 1, 15)),
        (f"incentives-asking-{CALENDAR.parse('2026-Q1').key}", date(2026, 4, 15)),
    ]


@sqlite
def test_calendar_entries_stand_in_the_feed_of_staff_alone(
    app: Flask, as_viewer: Any, as_contact: Any, partner: Partner
) -> None:
    feeds = []
    for browser in (as_viewer, as_contact):
        page = browser.send("/account/calendar").text
        path = page.split("http://127.0.0.1:8000")[1].split("<")[0]
        feeds.append(app.test_client().get(path).text)
    assert "incentives-asking-" in feeds[0]
    assert "incentives-asking-" not in feeds[1]
