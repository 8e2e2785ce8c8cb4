"""Where benefits and recognitions show outside of their own pages."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from app.api import (
    Attention,
    Badge,
    CalendarEntry,
    Partner,
    PartnerRef,
    TimelineEntry,
    Viewer,
    organisation,
    readable,
    site_path,
    translations,
)
from plugins.incentives.programmes.models import ProgrammeVersion
from plugins.incentives.rewards import queries, words
from plugins.incentives.rewards.giving import reward_of
from plugins.incentives.rewards.models import Grant, Recognition

_ = translations("incentives").gettext
ngettext = translations("incentives").ngettext

SOON = timedelta(days=14)  # before a benefit lapses that nobody gave
MOST_LAPSING = 5
MOST_ENTRIES = 500


def attention(viewer: Viewer) -> Sequence[Attention]:
    """Drafts to decide on, benefits to give, and those that lapse soon, of own partners."""
    found = []
    waits = queries.waiting(viewer, organisation().today() + SOON, MOST_LAPSING)
    if waits.first is not None:
        found.append(
            Attention(
                ngettext(
                    "%(num)s recognition waits to be published",
                    "%(num)s recognitions wait to be published",
                    waits.drafts,
                ),
                "incentives.recognitions",
                text=f"{waits.first.partner.name}: {waits.first.title}",
                label=_("Decide"),
            )
        )
    found += [
        Attention(
            _("%(benefit)s lapses before it was given", benefit=one.reward.name),
            "incentives.benefit",
            {"benefit_id": one.grant.id},
            text=one.grant.partner.name,
            label=_("Give it"),
            due=one.grant.expires_on,
            tone="warning",
        )
        for one in waits.lapsing
    ]
    if waits.benefits > len(waits.lapsing):
        found.append(
            Attention(
                ngettext(
                    "%(num)s benefit to be given",
                    "%(num)s benefits to be given",
                    waits.benefits,
                ),
                "incentives.benefits",
                label=_("See which"),
                tone="neutral",
            )
        )
    return found


def owed(viewer: Viewer) -> Sequence[Attention]:
    """The benefits that the host still has to give the reader's own partner."""
    return [
        Attention(
            one.reward.name,
            "incentives_portal.recognitions",
            due=one.grant.expires_on,
            side="host",
        )
        for one in queries.promised(viewer, MOST_LAPSING)
    ]


def timeline(partner: PartnerRef, before: datetime, limit: int) -> Sequence[TimelineEntry]:
    """What a partner was recognised for, and what it was given."""
    honours = Recognition.select().where(
        Recognition.partner == partner.id,
        Recognition.state == "published",
        Recognition.published_at < before,
    )
    entries = [
        TimelineEntry(
            row.published_at,
            row.title,
            str(words.KINDS.get(row.kind, "")),
            words.ICONS.get(row.kind, "star"),
            "incentives.recognition",
            {"recognition_id": row.id},
        )
        for row in honours.order_by(Recognition.published_at.desc()).limit(limit)
    ]
    given = (
        Grant.select(Grant, ProgrammeVersion)
        .join(ProgrammeVersion)
        .where(Grant.partner == partner.id, Grant.state == "fulfilled", Grant.fulfilled_at < before)
        .order_by(Grant.fulfilled_at.desc())
        .limit(limit)
    )
    return entries + [
        TimelineEntry(
            row.fulfilled_at,
            _("Benefit given: %(benefit)s", benefit=reward.name),
            icon=words.REWARD_ICONS.get(reward.kind, "gift"),
            endpoint="incentives.benefit",
            values={"benefit_id": row.id},
        )
        for row, reward in ((row, reward_of(row)) for row in given)
    ]


def calendar(viewer: Viewer, start: date, end: date) -> list[CalendarEntry]:
    """The days on which benefits lapse that were not given: of own partners, or the contact's."""
    mine: Any = queries.mine(viewer) if viewer.is_staff else readable(viewer)
    rows = (
        Grant.select(Grant, ProgrammeVersion, Partner)
        .join(ProgrammeVersion)
        .switch(Grant)
        .join(Partner)
        .where(Grant.state == "granted", Grant.expires_on.between(start, end), mine)
        .order_by(Grant.expires_on, Grant.id)
        .limit(MOST_ENTRIES)
    )
    return [_entry(row, viewer) for row in rows]


def _entry(row: Grant, viewer: Viewer) -> CalendarEntry:
    name = reward_of(row).name
    if not viewer.is_staff:
        title = _("Last day: %(benefit)s", benefit=name)
        url = site_path("incentives_portal.recognitions")
    else:
        title = _(
            "%(partner)s: last day to give %(benefit)s", partner=row.partner.name, benefit=name
        )
        url = site_path("incentives.benefit", benefit_id=row.id)
    return CalendarEntry(
        key=f"incentives-benefit-{row.id}",
        day=row.expires_on,
        title=title,
        url=url,
        category=_("Incentives"),
    )


def badges(partners: Sequence[PartnerRef]) -> dict[int, Sequence[Badge]]:
    """The badges that programmes give, beside partners' names."""
    hint = _("Badge of the programme")
    return {
        partner_id: [Badge(name, "good", hint, order=110) for name in names]
        for partner_id, names in queries.badges([one.id for one in partners]).items()
    }
