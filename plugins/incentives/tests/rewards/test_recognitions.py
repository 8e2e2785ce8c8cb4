"""Occasions become drafts, once; people publish, dismiss and take back."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from app.core.kpis.models import Kpi
from app.core.messages.models import Notification
from app.core.models import AuditEntry
from app.core.partners.models import Partner
from app.core.periods import Kind
from app.core.suggestions.models import StoredSuggestion as Suggestion
from app.jobs import run_pending
from plugins.incentives.rewards import occasions, recognising, sweep
from plugins.incentives.rewards.models import Recognition
from plugins.incentives.rewards.recognising import Occasion
from plugins.incentives.rewards.refusals import RewardRefusal, StaleRecognition
from plugins.incentives.tests.rewards.conftest import LONG_AGO, Publish, hold, today
from tests.core.desk import CALENDAR, Desk, staff


def last_quarter(n: int = 1) -> Any:
    return CALENDAR.shift(CALENDAR.containing(today(), Kind.QUARTER), -n)


@pytest.fixture
def met(app: Flask, desk: Desk, partner: Partner) -> Partner:
    """A partner that met the target of its quarterly KPI for the first time, and it is closed."""
    kpi_id = desk.kpi("NEW", "New customers", frequency="quarterly", due_days=0)
    desk.judge(partner, kpi_id, last_quarter(2), 80)
    desk.judge(partner, kpi_id, last_quarter(), 120)
    return partner


@pytest.fixture
def draft(app: Flask, partner: Partner) -> Recognition:
    """Something to decide on."""
    with app.app_context():
        recognising.draft(
            Occasion(partner.id, "milestone", "Ten thousand parcels", "All of you", today(), "x:1")
        )
    found: Recognition = Recognition.get()
    return found


def test_a_target_that_was_met_for_the_first_time_is_drafted_once(app: Flask, met: Partner) -> None:
    run_pending(app)
    with app.app_context():
        sweep.daily()
        sweep.daily()
    row = Recognition.get()
    assert (row.partner_id, row.kind, row.state) == (met.id, "target_met", "draft")
    assert row.title == "Target met for the first time: New customers"
    assert row.day == CALENDAR.end(last_quarter())


def test_a_draft_suggests_a_celebration_once(app: Flask, draft: Recognition) -> None:
    with app.app_context():
        recognising.draft(
            Occasion(draft.partner_id, "milestone", "Again", "", today(), draft.source)
        )
    rows = Suggestion.select()
    assert [(row.kind, row.title) for row in rows] == [
        ("task", "Celebrate with Nordlicht Logistik")
    ]
    assert f"incentives_recognition:{draft.id}" in rows[0].evidence


def test_what_was_met_before_or_missed_is_no_occasion(
    app: Flask, desk: Desk, partner: Partner
) -> None:
    kpi_id = desk.kpi("NEW", "New customers", frequency="quarterly", due_days=0)
    other = desk.kpi("OLD", "Old customers", frequency="quarterly", due_days=0)
    for n in (2, 1):
        desk.judge(partner, kpi_id, last_quarter(n), 120)
        desk.judge(partner, other, last_quarter(n), 80)
    with app.app_context():
        occasions.targets_met()
    assert not Recognition.select().exists()


def test_an_incomplete_quarter_celebrates_nothing(app: Flask, desk: Desk, partner: Partner) -> None:
    kpi_id = desk.kpi(due_days=0)
    first, second, _third = CALENDAR.subperiods(last_quarter(), Kind.MONTH)
    desk.judge(partner, kpi_id, first, 500)
    desk.target(partner, kpi_id, second)
    with app.app_context():
        occasions.targets_met()
    assert not Recognition.select().exists()


def test_several_firsts_of_a_quarter_are_one_draft_that_follows(
    app: Flask, desk: Desk, met: Partner
) -> None:
    with app.app_context():
        occasions.targets_met()
    another = desk.kpi("COST", "Costs", frequency="quarterly", due_days=0, direction="lower")
    desk.judge(met, another, last_quarter(), 90)
    with app.app_context():
        occasions.targets_met()
    assert [row.title for row in Recognition.select()] == ["2 targets met for the first time"]
    assert "Costs: target met" in Recognition.get().text


def test_a_draft_goes_where_a_correction_left_nothing_to_celebrate(
    app: Flask, desk: Desk, met: Partner
) -> None:
    with app.app_context():
        occasions.targets_met()
        assert Recognition.select().exists()
    desk.value(met, Kpi.get().id, last_quarter(), 90)
    with app.app_context():
        occasions.targets_met()
    assert not Recognition.select().exists()


def test_a_draft_that_somebody_edited_is_left_alone(app: Flask, desk: Desk, met: Partner) -> None:
    with app.app_context():
        occasions.targets_met()
        row = Recognition.get()
        recognising.save(row, {"title": "My words"}, version=row.version, by=staff())
        occasions.targets_met()
    assert Recognition.get().title == "My words"


def test_an_anniversary_is_drafted_before_its_day(app: Flask, partner: Partner) -> None:
    soon = today() + timedelta(days=3)
    Partner.update(start_date=date(soon.year - 5, soon.month, min(soon.day, 28))).execute()
    with app.app_context():
        occasions.anniversaries()
        occasions.anniversaries()
    assert [row.title for row in Recognition.select()] == ["5 years together"]


def test_a_partnership_that_ended_has_no_anniversary(app: Flask, partner: Partner) -> None:
    Partner.update(
        start_date=today().replace(year=today().year - 1, day=1), status="ended"
    ).execute()
    with app.app_context():
        occasions.anniversaries()
    assert not Recognition.select().exists()


def test_a_tier_is_recognised_once_for_each_time_it_was_reached(
    app: Flask, partner: Partner
) -> None:
    with app.app_context():
        for since in (date(2026, 1, 1), date(2026, 1, 1), date(2026, 7, 1)):
            occasions.tier_reached(partner.id, 1, "gold", "Gold", since)
    assert [row.title for row in Recognition.select()] == ["Gold reached", "Gold reached"]


def test_a_climb_is_drafted_by_the_daily_run(
    app: Flask, publish: Publish, partner: Partner
) -> None:
    programme = publish().programme
    hold(programme, partner, "member", LONG_AGO)
    hold(programme, partner, "silver", LONG_AGO + timedelta(days=90))  # too long ago to celebrate
    hold(programme, partner, "gold", today() - timedelta(days=2))
    with app.app_context():
        sweep.daily()
        sweep.daily()
    assert [(row.kind, row.title) for row in Recognition.select()] == [
        ("tier_reached", "Gold reached")
    ]


def test_publishing_tells_the_contacts_of_this_partner_alone(
    app: Flask, draft: Recognition, as_contact: Any, as_other_contact: Any
) -> None:
    with app.app_context():
        recognising.publish(draft, version=1, by=staff())
    rows = Notification.select().where(Notification.event == "incentives.recognition")
    assert [(row.user.email.partition("@")[0], row.title) for row in rows] == [
        ("contact", "Congratulations: Ten thousand parcels")
    ]
    place = as_contact.send(f"/notifications/{rows[0].id}/open").location
    assert "Ten thousand parcels" in as_contact.get(place).text


def test_whoever_publishes_signs_where_nobody_else_does(app: Flask, draft: Recognition) -> None:
    with app.app_context():
        recognising.publish(draft, version=1, by=staff())
    row = Recognition.get()
    assert (row.state, row.signatory, row.published_by) == (
        "published",
        staff().name,
        staff().user_id,
    )


def test_nothing_is_published_before_its_day(app: Flask, draft: Recognition) -> None:
    draft.day = today() + timedelta(days=1)
    with app.app_context(), pytest.raises(RewardRefusal):
        recognising.publish(draft, version=1, by=staff())


def test_what_was_dismissed_is_not_drafted_again(app: Flask, draft: Recognition) -> None:
    with app.app_context():
        recognising.withdraw(draft, "", version=1, by=staff())
        recognising.draft(
            Occasion(draft.partner_id, "milestone", "Again", "", today(), draft.source)
        )
    assert [row.state for row in Recognition.select()] == ["withdrawn"]


def test_taking_back_what_was_published_needs_a_reason(app: Flask, draft: Recognition) -> None:
    with app.app_context():
        recognising.publish(draft, version=1, by=staff())
        row = Recognition.get()
        with pytest.raises(RewardRefusal):
            recognising.withdraw(row, " ", version=2, by=staff())
        recognising.withdraw(row, "The figure was wrong", version=2, by=staff())
    assert Recognition.get().state == "withdrawn"


def test_what_was_published_is_not_edited(app: Flask, draft: Recognition) -> None:
    with app.app_context():
        recognising.publish(draft, version=1, by=staff())
        with pytest.raises(RewardRefusal):
            recognising.save(Recognition.get(), {"title": "x"}, version=2, by=staff())


def test_a_stale_save_is_refused_with_what_stands_now(app: Flask, draft: Recognition) -> None:
    with app.app_context():
        recognising.save(draft, {"title": "First"}, version=1, by=staff())
        with pytest.raises(StaleRecognition) as refused:
            recognising.save(draft, {"title": "Second"}, version=1, by=staff())
    assert refused.value.current.title == "First"


def test_each_step_is_in_the_partners_history_without_its_words(
    app: Flask, draft: Recognition
) -> None:
    with app.app_context():
        recognising.publish(draft, version=1, by=staff())
    rows = AuditEntry.select().where(AuditEntry.action.startswith("incentives.recognition"))
    assert [row.action.partition("_")[2] for row in rows.order_by(AuditEntry.id)] == [
        "drafted",
        "published",
    ]
    assert {row.ref for row in rows} == {f"partner:{draft.partner_id}"}
    assert not any("parcels" in row.detail for row in rows)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_certificates_of_the_sample_desk_are_signed_by_who_looks_after_the_partner(
    sample_app: Flask,
) -> None:
    published = Recognition.select().where(Recognition.state == "published")
    assert published.exists()
    for row in published:
        assert row.signatory == row.partner.owner.name
