"""What became of a partner's tiers, for its timeline: each effect of each decision."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time

from app.api import PartnerRef, TimelineEntry, translations
from plugins.incentives.programmes.queries import read, running
from plugins.incentives.standing import queries, tenures, words
from plugins.incentives.standing.evaluating import QUIET
from plugins.incentives.standing.state import Effect, loads

_ = translations("incentives").gettext

NOON = time(12)  # a day, wherever on earth it is read


def entries(partner: PartnerRef, before: datetime, limit: int) -> Sequence[TimelineEntry]:
    """What happened before a moment, the latest first: tiers, grace periods, what was proposed."""
    found = [*_decided(partner.id, before.date()), *_taken_over(partner.id)]
    return [entry for entry in found if entry.at < before][:limit]


def _decided(partner_id: int, until: date) -> Iterator[TimelineEntry]:
    for one in queries.decisions_about(partner_id, until, [effect.value for effect in QUIET]):
        definition, after = read(one.definition), loads(one.after)
        for effect in reversed(words.outcome(one.outcome)):
            if effect in QUIET:
                continue
            title, said = words.became(effect, definition, after), str(words.EFFECTS[effect])
            yield TimelineEntry(
                at=_moment(one.as_of, one.at),
                title=title,
                text=said if said != title else "",
                icon=words.icon(effect),
                endpoint="incentives.decision",
                values={"evaluation_id": one.id},
            )


def _taken_over(partner_id: int) -> Iterator[TimelineEntry]:
    """Of a desk that kept no decisions yet, the tier that each partner held then."""
    rows = tenures.taken_over(partner_id)
    names = {one.programme.id: one.definition for one in running()} if rows else {}
    for row, programme_id in rows:
        if programme_id not in names:
            continue
        yield TimelineEntry(
            at=_moment(row.start, row.at),
            title=_("Enrolled at %(tier)s", tier=words.tier(names[programme_id], row.tier)),
            icon=words.icon(Effect.ENROLLED),
            endpoint="incentives.partner",
            values={"partner_id": partner_id},
        )


def _moment(day: date, written: datetime) -> datetime:
    """When something happened: a sample desk tells of days before it was written down."""
    return datetime.combine(day, NOON) if day < written.date() else written
