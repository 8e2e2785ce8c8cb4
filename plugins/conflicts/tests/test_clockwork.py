"""What the clock brings: warnings, breaches, escalation, and what follows of silence."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.core import clock
from app.core.accounts.models import User
from app.core.contract import Viewer
from app.core.messages.models import Notification
from app.core.partners.models import Contact
from app.core.tasks.models import Task
from app.core.tasks.services import note_missed
from plugins.conflicts import clockwork, log, services
from plugins.conflicts.models import Case, Participant
from plugins.conflicts.services import Said
from plugins.conflicts.tests.conftest import Story

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture(autouse=True)
def on_a_monday() -> Iterator[None]:
    """Hold the clock on a Monday morning, so that business days are the same on every day."""
    with clock.frozen(datetime(2026, 3, 2, 8)):
        yield


def after(story: Story, days: float, times: int = 1) -> None:
    """Run the job as it would run so many days from now."""
    at = clock.now() + timedelta(days=days)
    with story.host.application.app_context(), clock.frozen(at):
        for _n in range(times):
            clockwork.tick()


def told(email: str, event: str = "conflicts.clock") -> list[str]:
    user = User.get(User.email == email)
    rows = Notification.select().where(Notification.user == user, Notification.event == event)
    return [row.title for row in rows.order_by(Notification.id)]


def test_the_side_that_has_to_acknowledge_is_warned_and_executives_hear_of_the_breach(
    story: Story,
) -> None:
    story.raise_by_host()
    after(story, 3, times=2)
    assert any(
        "a time of this case is over" in title for title in told("contact@nordlicht.example")
    )
    assert len(told("contact@nordlicht.example")) == len(set(told("contact@nordlicht.example")))


@on_sqlite
def test_twice_the_time_to_acknowledge_escalates(story: Story) -> None:
    story.raise_by_host()
    after(story, 8)
    assert story.row.stage == 2
    assert Participant.select().where(Participant.role == "sponsor").exists()


@on_sqlite
def test_a_case_whose_log_cannot_be_read_holds_up_no_other(story: Story, caplog: Any) -> None:
    broken, whole = story.raise_by_host().id, story.raise_by_host().id
    log.add(broken, "partner", "", "restate", {"text": "of nothing"}, clock.now())
    after(story, 8, times=2)
    assert [Case.get_by_id(id_).stage for id_ in (broken, whole)] == [1, 2]
    assert f"C-{broken}" in caplog.text
    title = f"C-{broken}: the clocks of this case stand still"
    assert told("admin@example.org", "conflicts.unreadable") == [title]
    assert not told("manager@example.org", "conflicts.unreadable")
    assert all(f"C-{id_}" in story.host.get("/x/conflicts").text for id_ in (broken, whole))


@on_sqlite
def test_the_end_of_a_stage_alerts_executives_of_both_sides_and_opens_escalation(
    story: Story,
) -> None:
    story.raise_by_host().contact_does("acknowledge")
    assert story.try_host("escalate").status_code == 422
    after(story, 20)
    assert any("is over" in title for title in told("admin@example.org"))
    assert any("is over" in title for title in told("contact@nordlicht.example"))
    assert story.row.stage == 1


@on_sqlite
def test_looking_at_a_page_moves_nothing(story: Story) -> None:
    story.raise_by_host()
    before = Case.get_by_id(story.id).__data__
    with clock.frozen(clock.now() + timedelta(hours=6)):
        story.host.get(f"/x/conflicts/{story.id}")
    assert Case.get_by_id(story.id).__data__ == before


@on_sqlite
def test_a_plan_that_is_missed_twice_opens_the_terms_again(story: Story) -> None:
    story.signed()
    task = Task.get(Task.ref == f"conflicts_case:{story.id}")
    for days in (30, 60):
        Task.update(due=clock.today("Europe/Berlin") + timedelta(days=days - 1)).where(
            Task.id == task.id
        ).execute()
        at = clock.now() + timedelta(days=days)
        with story.host.application.app_context(), clock.frozen(at):
            note_missed()
    after(story, 0)
    assert (story.row.status, story.row.step) == ("open", "explore")


@on_sqlite
def test_silence_completes_and_closes(story: Story) -> None:
    story.signed()
    Task.update(state="done").where(Task.ref == f"conflicts_case:{story.id}").execute()
    story.contact_does("complete")
    after(story, 10)
    assert story.row.status == "agreed"
    after(story, 21)
    assert story.row.status == "resolved"
    after(story, 50)
    assert (story.row.status, story.row.outcome) == ("closed", "resolved")


@on_sqlite
def test_a_withdrawal_stands_after_five_business_days(story: Story) -> None:
    story.raise_by_contact()
    story.host_does("acknowledge").contact_does("withdraw", text="Settled by phone.")
    assert story.row.status == "open"
    after(story, 10)
    assert (story.row.status, story.row.outcome) == ("closed", "withdrawn")


@on_sqlite
def test_a_pause_ends_by_itself(story: Story) -> None:
    story.exchanged()
    day = clock.today("Europe/Berlin") + timedelta(days=7)
    assert (
        story.try_host("ask_pause", until=(day + timedelta(days=90)).isoformat()).status_code == 422
    )
    story.host_does("ask_pause", until=day.isoformat()).contact_does("agree_pause")
    assert story.row.status == "paused"
    after(story, 9)
    assert story.row.status == "open"


@on_sqlite
def test_a_stage_three_whose_time_is_over_may_end_without_a_resolution(story: Story) -> None:
    story.exchanged().host_does("escalate").host_does("decline_mediation")
    story.contact_does("escalate")
    assert story.try_host("close_unresolved", text="No more.").status_code == 422
    at = clock.now() + timedelta(days=60)
    with story.host.application.app_context(), clock.frozen(at):
        user = User.get(User.email == "manager@example.org")
        who = Viewer(user.id, user.name, user.email, "manager", frozenset({"conflicts.act"}))
        services.act(story.id, "close_unresolved", who, Said(text="No more.", kind="reason"))
    assert story.row.outcome == "unresolved"


@on_sqlite
def test_days_that_an_administrator_changes_hold_for_new_cases(story: Story, as_admin: Any) -> None:
    story.raise_by_host()
    days = {
        "settings_version": "0",
        "ack_days": "4",
        "stage1_days": "5",
        "mediator_days": "5",
        "stage2_days": "20",
    }
    names = {"stage1_name": "Talk", "stage2_name": "", "stage3_name": ""}
    answer = as_admin.send("/admin/plugins/conflicts/settings", **days, stage3_days="30", **names)
    assert answer.status_code == 303, answer.text
    page = story.host.get(f"/x/conflicts/{story.id}").text
    assert "Talk" in page
    assert 'max="80' in page
    other = Story(story.host, story.contact, story.partner).raise_by_host()
    assert 'max="40' in other.host.get(f"/x/conflicts/{other.id}").text


@on_sqlite
def test_a_case_times_out_through_mediation_to_new_terms(story: Story, as_admin: Any) -> None:
    story.raise_by_host()
    after(story, 7)
    assert (story.row.stage, story.row.step) == (2, "appoint")
    at = clock.now() + timedelta(days=7 + 16)
    host, boss, contact = (viewer(story, who) for who in ("manager", "admin", "contact"))
    with story.host.application.app_context(), clock.frozen(at):
        services.act(story.id, "escalate", contact)
        with pytest.raises(services.Refused, match="executive"):
            services.act(story.id, "propose_route", host, Said(detail={"route": "terms"}))
        services.act(story.id, "propose_route", boss, Said(detail={"route": "terms"}))
        services.act(story.id, "agree_route", contact, Said(detail={"about": "terms"}))
    assert (story.row.stage, story.row.step) == (3, "explore")
    assert story.state.route == "terms"


def viewer(story: Story, role: str) -> Viewer:
    """One of the story's people as services take them."""
    email = "contact@nordlicht.example" if role == "contact" else f"{role}@example.org"
    user = User.get(User.email == email)
    rights = frozenset({"conflicts.portal" if role == "contact" else "conflicts.act"})
    person = Contact.get_or_none(Contact.user == user)
    return Viewer(
        user.id,
        user.name,
        email,
        role,
        rights,
        partner_id=story.partner.id if person else None,
        contact_id=person.id if person else None,
        can_sign=bool(person and person.can_sign),
    )
