"""Benefits are granted once, given with something that shows it, lapse and are taken back."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.core.kpis.models import Kpi
from app.core.messages.models import Notification
from app.core.models import AuditEntry
from app.core.partners.models import Partner
from app.core.periods import Kind
from app.core.tasks.models import Task
from app.testing import add_partner
from plugins.incentives.programmes.definition import (
    Measures,
    Operator,
    Requirement,
    Reward,
    RewardKind,
    Window,
)
from plugins.incentives.rewards import granting, recognising, sweep
from plugins.incentives.rewards.models import Grant, Recognition
from plugins.incentives.rewards.refusals import RewardRefusal
from plugins.incentives.tests.rewards.conftest import LONG_AGO, SEAT, Publish, hold, today
from tests.core.desk import CALENDAR, Desk, last_month, staff

SCORE = Requirement("r1", Measures.SCORECARD, Operator.AT_LEAST, 900_000, window=Window(n=1))


@pytest.fixture
def grant_due(app: Flask) -> Any:
    """Grants what is owed now; answers how many were new."""

    def run() -> int:
        with app.app_context():
            return granting.grant_due()

    return run


def test_a_benefit_is_granted_once_for_its_period(
    publish: Publish, gold: Partner, grant_due: Any
) -> None:
    publish(SEAT)
    assert (grant_due(), grant_due()) == (1, 0)
    quarter = CALENDAR.containing(today(), Kind.QUARTER)
    grant = Grant.get()
    assert (grant.partner_id, grant.tier, grant.period) == (gold.id, "gold", quarter.key)
    assert (grant.state, grant.expires_on) == ("granted", CALENDAR.end(quarter))


def test_another_version_of_the_programme_grants_nothing_twice(
    publish: Publish, gold: Partner, grant_due: Any
) -> None:
    version = publish(SEAT)
    grant_due()
    version.number, version.id = 2, None
    version.save(force_insert=True)
    assert grant_due() == 0


@pytest.mark.parametrize(
    "reward",
    [
        Reward("r", RewardKind.TRAINING, "Seat", tiers=("silver",)),
        Reward("r", RewardKind.TRAINING, "Seat", requirement=SCORE),
        Reward("r", RewardKind.BONUS, "Bonus", amount=100),
    ],
    ids=["another tier", "a requirement of which nothing is known", "money"],
)
def test_what_is_not_owed_is_not_granted(
    publish: Publish, gold: Partner, grant_due: Any, reward: Reward
) -> None:
    publish(reward)
    assert grant_due() == 0


def test_a_requirement_that_is_met_grants(
    desk: Desk, kpi: int, publish: Publish, gold: Partner, grant_due: Any
) -> None:
    publish(Reward("r", RewardKind.TRAINING, "Seat", requirement=SCORE))
    assert grant_due() == 0
    Kpi.update(due_days=0).execute()
    desk.judge(gold, kpi, last_month(), 95)
    assert grant_due() == 1


def test_the_tier_is_the_one_of_the_periods_first_day(
    publish: Publish, partner: Partner, grant_due: Any
) -> None:
    version = publish(SEAT)
    first = CALENDAR.start(CALENDAR.containing(today(), Kind.QUARTER))
    hold(version.programme, partner, "silver", LONG_AGO)
    hold(version.programme, partner, "gold", first + timedelta(days=1))
    assert grant_due() == 0
    hold(version.programme, partner, "gold", first)
    assert grant_due() == 1


@pytest.mark.parametrize("status", ["suspended", "ended", "prospect"])
def test_only_active_partners_are_granted_anything(
    publish: Publish, gold: Partner, grant_due: Any, status: str
) -> None:
    publish(SEAT)
    Partner.update(status=status).execute()
    assert grant_due() == 0


def test_a_grant_asks_its_owner_to_give_it(seat: Grant, gold: Partner) -> None:
    task = Task.get()
    assert task.id == seat.task
    assert task.title == f"Give {gold.name}: Training seat"
    assert task.user_id == gold.owner_id


def test_a_grant_is_told_to_the_partners_contacts(
    app: Flask,
    publish: Publish,
    gold: Partner,
    grant_due: Any,
    as_contact: Any,
    as_other_contact: Any,
) -> None:
    publish(SEAT)
    grant_due()
    rows = Notification.select().where(Notification.event == "incentives.benefit")
    assert [row.title for row in rows] == ["You get: Training seat"]
    place = as_contact.send(f"/notifications/{rows[0].id}/open").location
    assert as_contact.get(place).status_code == 200


def test_giving_it_settles_the_task_and_is_on_record(app: Flask, seat: Grant) -> None:
    with app.app_context():
        granting.fulfil(seat, by=staff(), version=1, note="Course of May", evidence=None)
    grant = Grant.get()
    assert (grant.state, grant.note, grant.fulfilled_by) == (
        "fulfilled",
        "Course of May",
        staff().user_id,
    )
    assert Task.get().state not in ("todo", "doing")
    row = AuditEntry.get(AuditEntry.action == "incentives.benefit_given")
    assert row.ref == f"partner:{seat.partner_id}"
    assert "Course" not in row.detail


def test_giving_it_needs_something_that_shows_it(app: Flask, seat: Grant) -> None:
    with app.app_context(), pytest.raises(RewardRefusal):
        granting.fulfil(seat, by=staff(), version=1, note=" ", evidence=None)


def test_a_task_that_is_done_has_given_it(app: Flask, seat: Grant) -> None:
    Task.update(state="done").execute()
    with app.app_context():
        granting.note_task(seat.task)
        granting.note_task(seat.task)
    assert Grant.get().state == "fulfilled"


def test_a_benefit_lapses_after_its_last_day(app: Flask, seat: Grant) -> None:
    Grant.update(expires_on=today()).execute()
    with app.app_context():
        assert granting.expire_due() == 0
    Grant.update(expires_on=today() - timedelta(days=1)).execute()
    with app.app_context():
        assert (granting.expire_due(), granting.expire_due()) == (1, 0)
    assert Grant.get().state == "expired"
    assert Task.get().state not in ("todo", "doing")


def test_what_has_lapsed_is_not_granted_again(app: Flask, seat: Grant) -> None:
    Grant.update(expires_on=today() - timedelta(days=1)).execute()
    with app.app_context():
        sweep.daily()
        sweep.daily()
    assert [row.state for row in Grant.select()] == ["expired"]


def test_it_can_be_had_for_longer(app: Flask, seat: Grant) -> None:
    later = today() + timedelta(days=200)
    with app.app_context():
        granting.prolong(seat, later, version=1, by=staff())
    assert Grant.get().expires_on == later


def test_taking_it_back_needs_a_reason_and_ends_it(app: Flask, seat: Grant) -> None:
    with app.app_context():
        with pytest.raises(RewardRefusal):
            granting.revoke(seat, " ", version=1, by=staff())
        granting.revoke(seat, "Granted by mistake", version=1, by=staff())
    assert (Grant.get().state, Grant.get().reason) == ("revoked", "Granted by mistake")
    with app.app_context():
        assert granting.grant_due() == 0


def test_the_slower_of_two_is_refused(app: Flask, seat: Grant) -> None:
    with app.app_context():
        granting.fulfil(seat, by=staff(), version=1, note="Yes", evidence=None)
        with pytest.raises(RewardRefusal):
            granting.revoke(seat, "No", version=1, by=staff())


def test_a_badge_gives_itself(publish: Publish, gold: Partner, grant_due: Any) -> None:
    publish(Reward("b", RewardKind.BADGE, "Gold partner 2026", tiers=("gold",)))
    assert grant_due() == 1
    assert Grant.get().state == "fulfilled"
    assert not Task.select().exists()


def test_an_award_is_given_by_being_published(
    app: Flask, publish: Publish, gold: Partner, grant_due: Any
) -> None:
    publish(Reward("a", RewardKind.AWARD, "Partner of the quarter", tiers=("gold",)))
    assert (grant_due(), grant_due()) == (1, 0)
    draft = Recognition.get(Recognition.kind == "award")
    assert (draft.state, draft.title) == ("draft", "Partner of the quarter")
    assert not Task.select().exists()
    with app.app_context():
        recognising.publish(draft, version=1, by=staff())
    assert Grant.get().state == "fulfilled"


def test_two_partners_get_one_each(
    holders: list[Partner],
    publish: Publish,
    gold: Partner,
    other_partner: Partner,
    grant_due: Any,
) -> None:
    holders.append(other_partner)
    publish(SEAT)
    assert grant_due() == 2


def test_a_merged_partners_benefits_follow_once(
    app: Flask,
    desk: Desk,
    holders: list[Partner],
    publish: Publish,
    gold: Partner,
    grant_due: Any,
) -> None:
    gone = add_partner("GONE", "Gone", owner=gold.owner)
    holders.append(gone)
    publish(SEAT, Reward("b", RewardKind.SUPPORT, "Line", tiers=("gold",)))
    grant_due()
    Grant.delete().where(Grant.partner == gold, Grant.reward == "b").execute()
    desk.merge(gold, gone)
    from app.jobs import run_pending

    run_pending(app)
    kept = Grant.select(Grant.reward).where(Grant.partner == gold).order_by(Grant.reward)
    assert [row.reward for row in kept] == ["b", "seat"]
