"""Waves: launched, reminded of, closed, told of."""

import secrets
from collections.abc import Sequence

from app.api import (
    Viewer,
    atomic,
    audit,
    enqueue,
    forget_deleted,
    lock,
    name_history,
    now,
    organisation,
    returned_mails,
    translations,
)
from plugins.surveys import closing, people, planning, surveys, telling
from plugins.surveys.models import (
    ASKED,
    BallotKey,
    Invitation,
    SurveyVersion,
    Wave,
)
from plugins.surveys.rules import audience as audience_rules
from plugins.surveys.rules import schedule
from plugins.surveys.rules.suppression import slightly_changed

lazy_gettext = translations("surveys").lazy_gettext

MAIL_JOB = "surveys.mail"

name_history(
    {
        "surveys.launched": lazy_gettext("Wave launched"),
        "surveys.reminded": lazy_gettext("Wave reminded of"),
        "surveys.closed": lazy_gettext("Wave closed"),
        "surveys.published": lazy_gettext("Results published"),
        "surveys.told_back": lazy_gettext("What was done about it, told"),
    }
)


def launch(wave: Wave, *, by: Viewer) -> int:
    """Open a wave and let the invitations go out; returns how many are asked.

    Raises: `WaveRefusal` with the first thing that stands against it.
    """
    with atomic():
        seen = planning.preview(wave, by)
        if seen.problems:
            raise planning.WaveRefusal("%(why)s", why=seen.problems[0])
        today = organisation().today()
        version = surveys.latest(wave.survey_id)
        opened = (
            Wave.update(
                state="open",
                survey_version=version,
                opened_on=today,
                last_mail_on=today,
                invited=len(seen.asked),
                cells=audience_rules.dumps(_groups(wave, seen.asked)),
            )
            .where(Wave.id == wave.id, Wave.state == "draft")
            .execute()
        )
        if not opened:
            raise planning.WaveRefusal("This wave was launched already.")
        _invite(wave, seen.asked)
        if wave.mode == "anonymous":
            BallotKey.insert(wave=wave.id, key=secrets.token_bytes(32)).execute()
        audit("surveys.launched", f"surveys_wave:{wave.id}", {"invited": len(seen.asked)})
        enqueue(MAIL_JOB, plugin="surveys", key=f"surveys.mail:{wave.id}:{today}")
    return len(seen.asked)


def _groups(wave: Wave, asks: Sequence[people.Asked]) -> list[audience_rules.Group]:
    """The wave's groups, and which of them changed so little that two waves would tell of people.

    Fixed at the launch, as the groups are: who is erased later changes nothing about it.
    """
    found, cells = people.groups(asks, wave.breakdown, wave.k, pooled=wave.mode == "anonymous")
    before = (
        Wave.select()
        .where(
            Wave.survey == wave.survey_id,
            Wave.breakdown == wave.breakdown,
            Wave.mode != "identified",
            Wave.state.in_(ASKED),
        )
        .order_by(Wave.opened_on.desc(), Wave.id.desc())
        .first()
    )
    if before is None or wave.mode == "identified":
        return found
    earlier: dict[str, set[str]] = {}
    former = audience_rules.loads_groups(before.cells)
    for row in Invitation.select().where(Invitation.wave == before.id):
        earlier.setdefault(former[row.cell].key, set()).add(row.person)
    members: dict[str, set[str]] = {}
    for one, cell in zip(asks, cells, strict=True):
        members.setdefault(found[cell].key, set()).add(one.invitee.person)
    return [
        one._replace(
            changed=one.key in earlier
            and slightly_changed(earlier[one.key], members.get(one.key, ()), wave.k)
        )
        for one in found
    ]


def _invite(wave: Wave, asks: Sequence[people.Asked]) -> None:
    _groups, cells = people.groups(asks, wave.breakdown, wave.k, pooled=wave.mode == "anonymous")
    rows = [
        {
            "wave": wave.id,
            "partner": one.invitee.partner,
            "side": one.invitee.side,
            "contact": one.addressee.contact_id,
            "user": one.addressee.user_id if one.addressee.contact_id is None else None,
            "cell": cell,
        }
        for one, cell in zip(asks, cells, strict=True)
    ]
    for at in range(0, len(rows), 500):
        Invitation.insert_many(rows[at : at + 500]).execute()


def remind(wave: Wave, *, by_hand: bool = False) -> None:
    """Let a reminder go out: to the unanswered where they are known, else to everybody asked."""
    today = organisation().today()
    last = wave.last_mail_on or today
    if not schedule.may_remind(today, wave.closes_on, wave.reminders, last):
        raise planning.WaveRefusal(
            "Three reminders at most, three days apart, and none on the day it closes."
        )
    with atomic():
        done = (
            Wave.update(reminders=Wave.reminders + 1, last_mail_on=today)
            .where(Wave.id == wave.id, Wave.state == "open", Wave.reminders == wave.reminders)
            .execute()
        )
        if not done:
            return
        Invitation.update(mailed=False).where(Invitation.wave == wave.id).execute()
        audit("surveys.reminded", f"surveys_wave:{wave.id}", {"by_hand": by_hand})
        enqueue(MAIL_JOB, plugin="surveys", key=f"surveys.mail:{wave.id}:{today}:{wave.reminders}")


def close(wave: Wave, *, by: Viewer | None = None) -> None:
    """End a wave: nothing is taken any more, and its results can be seen."""
    with atomic():
        done = (
            Wave.update(state="closed", closed_at=now())
            .where(Wave.id == wave.id, Wave.state == "open")
            .execute()
        )
        if not done:
            raise planning.WaveRefusal("This wave is not open.")
        lock(f"surveys.wave:{wave.id}")  # whoever answers just now comes before or too late
        closing.count(wave, returned_mails)
        if wave.mode == "anonymous":
            closing.forget(wave)
        audit("surveys.closed", f"surveys_wave:{wave.id}", {"by_hand": by is not None})
        if wave.mode == "anonymous":
            forget_deleted(*closing.TABLES)


def tell_back(wave: Wave, text: str, *, by: Viewer) -> None:
    """Say what was done about what people answered; who was asked is written to once."""
    first, wave.outcome = not wave.outcome, text.strip()
    with atomic():
        Wave.update(outcome=wave.outcome, outcome_at=now()).where(Wave.id == wave.id).execute()
        audit("surveys.told_back", f"surveys_wave:{wave.id}")
        if first and wave.state == "published":
            telling.tell_outcome(wave, by.user_id)


def latest_version_of(wave: Wave) -> SurveyVersion:
    """What a wave asks, or would ask if it were launched now."""
    if wave.state not in ASKED:
        return surveys.latest(wave.survey_id)
    found: SurveyVersion = SurveyVersion.get_by_id(wave.survey_version_id)
    return found
