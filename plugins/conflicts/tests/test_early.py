"""What may become a conflict is suggested, and nothing opens by itself."""

from datetime import timedelta

import pytest
from flask import Flask

from app.core import clock
from app.core.partners.models import Partner
from app.core.suggestions.models import StoredSuggestion
from app.core.tasks import services as tasks
from app.core.tasks.models import Task, TaskStep
from app.jobs import run_pending
from plugins.conflicts import early
from plugins.conflicts.models import Case
from plugins.conflicts.tests.conftest import Story
from tests.core.desk import Desk, last_month, staff

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def suggested() -> list[str]:
    rows = StoredSuggestion.select().where(StoredSuggestion.kind == "conflicts.case")
    return [row.title for row in rows.order_by(StoredSuggestion.id)]


def miss(app: Flask, task_id: int, days: int) -> None:
    """Give a task a new day, and let it pass."""
    day = clock.today("Europe/Berlin") + timedelta(days=days)
    Task.update(due=day).where(Task.id == task_id).execute()
    with app.app_context(), clock.frozen(clock.now() + timedelta(days=days + 2)):
        tasks.note_missed()
        run_pending(app)


def test_task_overdue_suggests_a_case_at_the_second_missed_date(
    app: Flask, partner: Partner
) -> None:
    with app.app_context():
        task = tasks.create_task(
            partner_id=partner.id,
            title="Send the artwork",
            side="partner",
            due=clock.today("Europe/Berlin"),
            by=staff(),
        )
    miss(app, task, 1)
    assert suggested() == []
    miss(app, task, 10)
    miss(app, task, 20)
    assert suggested() == ["A promise was missed twice: Send the artwork"]
    assert not Case.select().exists()


def test_task_overdue_breaks_a_plan_at_the_second_missed_date(app: Flask, story: Story) -> None:
    story.signed()
    task = Task.get(Task.ref == f"conflicts_case:{story.id}")
    miss(app, task.id, 1)
    assert story.row.status == "agreed"
    miss(app, task.id, 10)
    assert (story.row.status, story.row.step) == ("open", "explore")
    assert suggested() == []


def test_the_open_tasks_of_a_broken_plan_are_called_off_with_a_reason(
    app: Flask, story: Story
) -> None:
    story.signed()
    broken, other = Task.select().where(Task.ref == f"conflicts_case:{story.id}").order_by(Task.id)
    miss(app, broken.id, 1)
    miss(app, broken.id, 10)
    for task in (broken, other):
        assert Task.get_by_id(task.id).state == "cancelled"
    step = TaskStep.get(TaskStep.task == other.id, TaskStep.action == "cancel")
    assert step.text == "What was agreed is looked at anew."


def test_a_kpi_that_was_missed_twice_in_a_row_is_suggested_once(
    app: Flask, partner: Partner
) -> None:
    desk = Desk(app)
    kpi_id = desk.kpi()
    desk.judge(partner, kpi_id, last_month(3), 10, target=100)
    with app.app_context():
        early.look_at_figures()
    assert suggested() == []
    desk.judge(partner, kpi_id, last_month(2), 10, target=100)
    with app.app_context():
        early.look_at_figures()
        early.look_at_figures()
    assert len(suggested()) == 1


def test_a_critical_kpi_is_suggested_as_soon_as_it_is_red(app: Flask, partner: Partner) -> None:
    desk = Desk(app)
    kpi_id = desk.kpi()
    desk.judge(partner, kpi_id, last_month(), 10, target=100, critical=True)
    with app.app_context():
        early.look_at_figures()
        early.look_at_figures()
    assert suggested() == ["Revenue is critical, and red"]
    assert not Case.select().exists()


@pytest.mark.parametrize("target", [{"critical": False}, {"critical": True, "threshold": 5}])
def test_one_red_figure_of_another_kpi_and_an_amber_one_suggest_nothing(
    app: Flask, partner: Partner, target: dict[str, int]
) -> None:
    desk = Desk(app)
    if "threshold" in target:
        target = target | {"threshold": 5 * 1_000_000}
    desk.judge(partner, desk.kpi(), last_month(), 10, target=100, **target)
    with app.app_context():
        early.look_at_figures()
    assert suggested() == []


def test_a_dismissed_red_kpi_is_not_suggested_again_the_same_quarter(
    app: Flask, partner: Partner
) -> None:
    desk = Desk(app)
    kpi_id = desk.kpi()
    desk.judge(partner, kpi_id, last_month(), 10, target=100, critical=True)
    with app.app_context():
        early.look_at_figures()
        StoredSuggestion.update(state="dismissed").execute()
        early.look_at_figures()
    assert len(suggested()) == 1


def test_one_suggestion_at_a_time_waits_about_a_partner(app: Flask, partner: Partner) -> None:
    desk = Desk(app)
    desk.judge(partner, desk.kpi(), last_month(), 10, target=100, critical=True)
    with app.app_context():
        early.look_at_figures()
        task = tasks.create_task(
            partner_id=partner.id,
            title="Send the artwork",
            side="partner",
            due=clock.today("Europe/Berlin"),
            by=staff(),
        )
    miss(app, task, 1)
    miss(app, task, 10)
    miss(app, task, 20)
    assert suggested() == ["Revenue is critical, and red"]
