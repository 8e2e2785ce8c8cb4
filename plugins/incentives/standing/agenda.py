"""What tiers add to pages of core: badges, what waits for somebody, days to come."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from app.api import (
    Approval,
    Attention,
    Badge,
    CalendarEntry,
    PartnerRef,
    Viewer,
    organisation,
    site_path,
    translations,
)
from plugins.incentives.programmes.definition import Definition
from plugins.incentives.programmes.queries import Running, running
from plugins.incentives.standing import listing, queries, tenures, words
from plugins.incentives.standing.listing import Row
from plugins.incentives.standing.state import Phase

_ = translations("incentives").gettext

MOST = 20  # lines of each kind
SOON = timedelta(days=14)
TOLD_FOR = timedelta(days=14)  # a tier that was lost stays among what needs its owner


def _definitions(programmes: Sequence[Running]) -> dict[int, Definition]:
    return {one.programme.id: one.definition for one in programmes}


def badges(partners: Sequence[PartnerRef]) -> dict[int, Sequence[Badge]]:
    """The tier beside each partner's name; none where there is none."""
    found = tenures.held_by([one.id for one in partners])
    if not found:
        return {}
    known = {one.programme.id: one for one in running()}
    made: dict[int, list[Badge]] = {}
    for partner_id, programme_id, held in found:
        one = known.get(programme_id)
        tier = one.definition.tier(held) if one else None
        if one and tier:
            top = tier.key == one.definition.tiers[-1].key and len(one.definition.tiers) > 1
            hint = _("Tier in %(programme)s", programme=one.programme.name)
            made.setdefault(partner_id, []).append(
                Badge(tier.name, "accent" if top else "neutral", hint)
            )
    return dict(made)


def attention(viewer: Viewer, now: datetime, programmes: Sequence[Running]) -> Sequence[Attention]:
    """What waits for one of staff: proposals, appeals, reviews without figures, ends of overrides,
    and for a fortnight the tiers that own partners lost. `programmes` are those that run."""
    names, today = _definitions(programmes), organisation().today()
    calls = listing.calls(viewer, today + SOON, MOST)
    found = [_proposal(row, names) for row in calls.waiting]
    for appeal, name in queries.open_appeals(viewer, MOST):
        found.append(
            Attention(
                _("%(partner)s asks to review a decision on its tier", partner=name),
                "incentives.decision",
                {"evaluation_id": appeal.evaluation},
                label=_("Answer"),
                tone="warning",
            )
        )
    for row in calls.undecided:
        found.append(
            _line(row, _("%(partner)s: a review waits for figures", partner=row.partner_name))
        )
    for row in calls.expiring:
        title = _("%(partner)s: the tier set by hand ends", partner=row.partner_name)
        found.append(_line(row, title, due=row.override_expires))
    for move in tenures.falls(viewer, (now - TOLD_FOR).date(), MOST):
        definition = names.get(move.programme_id)
        if definition:
            found.append(
                Attention(
                    _(
                        "%(partner)s is at %(tier)s now",
                        partner=move.partner_name,
                        tier=words.tier(definition, move.tier),
                    ),
                    "incentives.partner",
                    {"partner_id": move.partner_id},
                    text=_("Demoted on %(day)s", day=words.day(move.start)),
                    label=_("See why"),
                    tone="warning",
                )
            )
    return found


def approvals(viewer: Viewer) -> Sequence[Approval]:
    """The tiers of own partners that wait for a decision, and those set by hand."""
    names = _definitions(running())
    lines = [_proposal(row, names) for row in listing.waiting(viewer, MOST)]
    return [Approval(line.title, line.endpoint, line.values, label=line.label) for line in lines]


def _proposal(row: Row, names: dict[int, Definition]) -> Attention:
    definition = names.get(row.programme_id)

    def name(key: str) -> str:
        return words.tier(definition, key) if definition else key

    values = {"partner": row.partner_name}
    if row.state == Phase.DEMOTION_PROPOSED.value:
        title = _(
            "%(partner)s: decide on the demotion to %(tier)s",
            tier=name(row.proposed_tier),
            **values,
        )
        return _line(row, title, label=_("Decide"), tone="warning")
    if row.state == Phase.PROMOTION_PROPOSED.value:
        title = _(
            "%(partner)s: decide on the promotion to %(tier)s",
            tier=name(row.proposed_tier),
            **values,
        )
        return _line(row, title, label=_("Decide"))
    title = _("%(partner)s: approve %(tier)s, set by hand", tier=name(row.override_tier), **values)
    return _line(row, title, label=_("Decide"))


def _line(
    row: Row, title: str, label: str = "", tone: str = "accent", due: date | None = None
) -> Attention:
    return Attention(
        title,
        "incentives.partner",
        {"partner_id": row.partner_id},
        label=label or _("See why"),
        due=due,
        tone=tone,
    )


def calendar(viewer: Viewer, start: date, end: date) -> Sequence[CalendarEntry]:
    """The days of reviews, the ends of own partners' grace periods, and coming demotions."""
    found = [
        CalendarEntry(
            key=f"incentives-review-{day.isoformat()}-{name[:40]}",
            day=day,
            title=_("Tiers are reviewed: %(programme)s", programme=name),
            url=site_path("incentives.index"),
            category=_("Incentives"),
        )
        for day, name in listing.reviews(viewer, start, end)
    ]
    names = _definitions(running())
    for row in listing.coming(viewer, start, end):
        url = site_path("incentives.partner", partner_id=row.partner_id)
        if row.grace_until and start <= row.grace_until <= end:
            title = _("Grace period ends: %(partner)s", partner=row.partner_name)
            key = f"incentives-grace-{row.enrolment_id}"
            found.append(CalendarEntry(key, row.grace_until, title, "", url, _("Incentives")))
        if row.falls_on and start <= row.falls_on <= end and row.programme_id in names:
            tier = words.tier(names[row.programme_id], row.proposed_tier)
            title = _("%(partner)s becomes %(tier)s", partner=row.partner_name, tier=tier)
            key = f"incentives-fall-{row.enrolment_id}"
            found.append(CalendarEntry(key, row.falls_on, title, "", url, _("Incentives")))
    return found
