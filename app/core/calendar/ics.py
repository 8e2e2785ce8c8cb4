"""iCalendar files (RFC 5545, RFC 7986) of whole days, as calendar software reads them."""

from collections.abc import Iterable
from datetime import UTC, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Response

from app.core import clock
from app.core.contract import CalendarEntry
from app.core.messages.languages import absolute

REFRESH = timedelta(hours=1)
LONGEST = {"title": 300, "text": 2000}
# Nothing but line breaks may be a control character in a text (RFC 5545, 3.1).
_CONTROLS = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127))


def icalendar(entries: Iterable[CalendarEntry], name: str, file_name: str = "") -> Response:
    """An answer that holds these entries as one calendar of this name.

    With `file_name` ("task.ics") browsers keep it as a file; without, calendar software subscribes
    to it. Check before what the reader may see.
    """
    answer = Response(text(entries, name), mimetype="text/calendar", content_type=None)
    answer.headers["Content-Type"] = "text/calendar; charset=utf-8"
    answer.headers["Cache-Control"] = "private, no-store"
    if file_name:
        answer.headers.set("Content-Disposition", "attachment", filename=file_name)
    return answer


def text(entries: Iterable[CalendarEntry], name: str) -> bytes:
    """The calendar's text; the icalendar library escapes and folds."""
    import icalendar as ical  # with time zones and parsers: few people ever ask for a calendar

    calendar = ical.Calendar()
    calendar.add("prodid", "-//Entente//Partnership desk//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", _clean(name, 200))
    calendar.add("x-wr-calname", _clean(name, 200))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for entry in entries:
        calendar.add_component(_filled(ical.Event(), entry))
    calendar.add_missing_timezones()
    written: bytes = calendar.to_ical()
    return written


def _filled(event: Any, entry: CalendarEntry) -> Any:
    event.add("uid", f"{entry.key}@{urlsplit(absolute('/')).hostname}")
    event.add("dtstamp", clock.now().replace(microsecond=0, tzinfo=UTC))
    event.add("dtstart", entry.day)
    event.add("dtend", entry.day + timedelta(days=1))
    event.add("summary", _clean(entry.title, LONGEST["title"]))
    event.add("transp", "TRANSPARENT")
    if entry.text:
        event.add("description", _clean(entry.text, LONGEST["text"]))
    if entry.category:
        event.add("categories", [_clean(str(entry.category), 100)])
    if entry.url:
        event.add("url", absolute(entry.url))
    return event


def _clean(value: str, longest: int) -> str:
    return str(value).translate(_CONTROLS)[:longest]
