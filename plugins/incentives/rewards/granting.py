"""Benefits on their way: granted by the programme's rules, given, prolonged, lapsed, taken back.

The only writer of grants. Source: domain specification §3 (`grant`: granted → fulfilled | expired |
revoked).
"""

from collections.abc import Collection, Sequence
from datetime import date
from functools import partial

from app.api import (
    AuditRef,
    Change,
    Partner,
    Period,
    Viewer,
    atomic,
    audit,
    business_day,
    create_task,
    lock,
    notify,
    now,
    organisation,
    people,
    period_label,
    settle_task,
    site_path,
    tasks,
    translations,
)
from plugins.incentives.programmes.definition import Reward, RewardKind
from plugins.incentives.programmes.queries import Running, running
from plugins.incentives.rewards import recognising, refs, rules, tiers
from plugins.incentives.rewards.giving import actor, record, reward_of
from plugins.incentives.rewards.models import Grant
from plugins.incentives.rewards.refusals import RewardRefusal

_ = translations("incentives").gettext

EVENT = "incentives.benefit"
DAYS = 10  # working days in which staff give what was granted
AT_ONCE = 100  # partners of one transaction


def grant_due(partner_ids: Collection[int] | None = None) -> int:
    """Grant what the running programmes owe for the periods that run; returns how many were new.

    Idempotent: one grant for each reward, partner and period, whatever became of it. Only active
    partners are granted anything. `partner_ids` keep to some.
    """
    today = organisation().today()
    programmes = [one for one in running(today) if rules.benefits(one.definition)]
    if not programmes:
        return 0
    active = Partner.select(Partner.id).where(
        Partner.status == "active", Partner.merged_into.is_null()
    )
    if partner_ids is not None:
        active = active.where(Partner.id.in_(list(partner_ids)))
    ids = sorted(row[0] for row in active.tuples())
    return sum(
        _grant_some(one, ids[at : at + AT_ONCE], today)
        for one in programmes
        for at in range(0, len(ids), AT_ONCE)
    )


def _grant_some(one: Running, partner_ids: Sequence[int], today: date) -> int:
    calendar, count = organisation().calendar, 0
    names = dict(
        Partner.select(Partner.id, Partner.name).where(Partner.id.in_(list(partner_ids))).tuples()
    )
    held: dict[date, dict[int, str]] = {}
    with atomic():
        lock("incentives.grants")
        for reward in rules.benefits(one.definition):
            period = calendar.containing(today, reward.period)
            first = calendar.start(period)
            if first not in held:
                held[first] = tiers.held(one, partner_ids, first)
            node = reward.requirement
            met = None if node is None else tiers.meeting(node, partner_ids, today)
            there = Grant.select(Grant.partner).where(
                Grant.programme == one.programme,
                Grant.reward == reward.key,
                Grant.period == period.key,
                Grant.partner.in_(list(partner_ids)),
            )
            have = {row[0] for row in there.tuples()}
            for partner_id in rules.entitled(reward, held[first], met):
                if partner_id not in have:
                    tier = held[first][partner_id]
                    _grant(one, reward, partner_id, names[partner_id], period.key, tier)
                    count += 1
    return count


def _grant(
    one: Running, reward: Reward, partner_id: int, partner: str, period: int, tier: str
) -> None:
    """One grant, with what it sets going: a task, a draft, or nothing where it gives itself."""
    at = now()
    last = rules.last_day(reward.kind, organisation().calendar.end(Period.from_key(period)))
    itself = reward.kind is RewardKind.BADGE
    row = Grant.create(
        programme=one.programme,
        programme_version=one.version,
        reward=reward.key,
        partner=partner_id,
        period=period,
        tier=tier,
        state="fulfilled" if itself else "granted",
        granted_at=at,
        expires_on=last,
        fulfilled_at=at if itself else None,
    )
    detail = {"grant": row.id, "programme": one.programme.id, "period": period}
    audit(
        "incentives.benefit_granted",
        f"partner:{partner_id}",
        detail,
        changes=[Change("benefit", None, reward.name), Change("expires_on", None, last)],
    )
    if reward.kind in rules.HONOURS:
        recognising.draft(
            recognising.Occasion(
                partner_id,
                "award",
                reward.name,
                reward.benefit,
                organisation().today(),
                source=f"grant:{row.id}",
                ref=refs.grant_ref(row.id),
            )
        )
        return
    if not itself:
        due = business_day(organisation().today(), DAYS)
        row.task = create_task(
            partner_id=partner_id,
            title=_("Give %(partner)s: %(benefit)s", partner=partner[:60], benefit=reward.name),
            description=_(
                "Granted for %(period)s by the programme “%(programme)s”. %(benefit)s",
                period=period_label(period),
                programme=one.programme.name,
                benefit=reward.benefit,
            ).strip(),
            side="host",
            due=min(due, last) if last else due,
            ref=refs.grant_ref(row.id),
            by=None,
        )
        Grant.update(task=row.task).where(Grant.id == row.id).execute()
    _tell(row, partial(_granted_title, reward.name), reward.benefit)


def fulfil(grant: Grant, *, by: Viewer, version: int, note: str, evidence: int | None) -> None:
    """Say that a benefit was given, with a note or a file that shows it. Raises RewardRefusal."""
    note = note.strip()
    if not note and evidence is None:
        raise RewardRefusal("Say how it was given, or attach what shows it.", field="note")
    with atomic():
        _move(
            grant,
            version,
            "granted",
            state="fulfilled",
            fulfilled_at=now(),
            fulfilled_by=by.user_id,
            note=note[:1000],
            evidence=evidence,
        )
        changes = [Change("note", None, note), actor(by)]
        record("incentives.benefit_given", grant, changes)
        _settle(grant, _("It was given."))
        _tell(grant, partial(_given_title, reward_of(grant).name), note, by.user_id)


def prolong(grant: Grant, day: date, *, version: int, by: Viewer) -> None:
    """Let a benefit that was not given yet be had for longer. Raises RewardRefusal."""
    if day < organisation().today() or day.year > 2999:
        raise RewardRefusal("Give a day from today on.", field="day")
    with atomic():
        _move(grant, version, "granted", expires_on=day)
        changes = [Change("expires_on", grant.expires_on, day), actor(by)]
        record("incentives.benefit_prolonged", grant, changes)


def revoke(grant: Grant, reason: str, *, version: int, by: Viewer) -> None:
    """Take a benefit back, given or not, with a reason that its partner reads.

    Raises RewardRefusal.
    """
    reason = reason.strip()
    if not reason:
        raise RewardRefusal("Give a reason: the partner reads it.", field="reason")
    with atomic():
        _move(grant, version, "granted", "fulfilled", state="revoked", reason=reason[:500])
        record("incentives.benefit_revoked", grant, [Change("reason", None, reason), actor(by)])
        _settle(grant, _("The benefit was taken back."))
        _tell(grant, partial(_revoked_title, reward_of(grant).name), reason, by.user_id)


def expire_due() -> int:
    """Let lapse what nobody gave by its last day; returns how many."""
    today = organisation().today()
    with atomic():
        lock("incentives.grants")
        due = list(Grant.select().where(Grant.state == "granted", Grant.expires_on < today))
        for grant in due:
            grant.state = "expired"
            Grant.update(state="expired", version=Grant.version + 1).where(
                Grant.id == grant.id
            ).execute()
            record("incentives.benefit_lapsed", grant, [])
            _settle(grant, _("The benefit has lapsed."))
    return len(due)


def note_task(task_id: int) -> None:
    """A task that asks to give a benefit was done: then it is given."""
    row = tasks([task_id]).get(task_id)
    if row is None or row.state != "done":
        return
    with atomic():
        given = Grant.update(
            state="fulfilled", fulfilled_at=now(), version=Grant.version + 1
        ).where(Grant.task == task_id, Grant.state == "granted")
        if given.execute():
            grant = Grant.get(Grant.task == task_id)
            task = Change("task", None, AuditRef(f"task:{task_id}"))
            record("incentives.benefit_given", grant, [task])
            _tell(grant, partial(_given_title, reward_of(grant).name), "")


def _move(grant: Grant, version: int, *states: str, **changes: object) -> None:
    """Write a step, where nobody was faster."""
    moved = (
        Grant.update(version=Grant.version + 1, **changes)
        .where(Grant.id == grant.id, Grant.version == version, Grant.state.in_(states))
        .execute()
    )
    if not moved:
        raise RewardRefusal("Somebody changed this benefit meanwhile: look at it first.")


def _settle(grant: Grant, words: str) -> None:
    if grant.task is not None:
        settle_task(grant.task, words)


def _tell(grant: Grant, title: object, text: str, by: int | None = None) -> None:
    notify(
        EVENT,
        people(f"contacts:{grant.partner_id}"),
        title=title,
        text=text,
        ref=refs.grant_ref(grant.id),
        url=site_path("incentives_portal.recognitions"),
        key=f"benefit:{grant.id}:{Grant.get_by_id(grant.id).state}",
        by=by,
    )


def _granted_title(benefit: str) -> str:
    return _("You get: %(benefit)s", benefit=benefit)


def _given_title(benefit: str) -> str:
    return _("You were given: %(benefit)s", benefit=benefit)


def _revoked_title(benefit: str) -> str:
    return _("Taken back: %(benefit)s", benefit=benefit)
