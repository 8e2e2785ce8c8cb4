"""A partner's timeline: what core and the plugins know happened, the latest first."""

from datetime import datetime
from typing import Any, NamedTuple

from app.core.contract import PartnerRef, TimelineEntry, Viewer
from app.core.host import current_host
from app.core.partners.timeline_sources import SOURCES

PER_PAGE = 30


class Stretch(NamedTuple):
    """Some entries, and the moment before which the next ones lie; None where there are none."""

    entries: list[TimelineEntry]
    before: datetime | None


def stretch(partner: PartnerRef, viewer: Viewer, before: datetime, limit: int) -> Stretch:
    """The latest entries before a moment. What happened at one moment is never taken apart."""
    wanted = limit + 1
    found = [entry for source in SOURCES for entry in source(partner.id, before, wanted)]
    asked: dict[str, Any] = {"partner": partner, "viewer": viewer}
    for _plugin, answer in current_host().each(
        "timeline_entries", before=before, limit=wanted, **asked
    ):
        found += sorted(answer, key=lambda entry: entry.at, reverse=True)[:wanted]
    found.sort(key=lambda entry: entry.at, reverse=True)
    if len(found) <= limit:
        return Stretch(found, None)
    last = found[limit - 1].at
    shown = [entry for entry in found if entry.at >= last]
    return Stretch(shown, last)
