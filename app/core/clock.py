"""The one clock: everything else is given its time as an argument."""

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

_frozen: ContextVar[datetime | None] = ContextVar("entente_clock", default=None)


def now() -> datetime:
    """The present moment as naive UTC, the form in which every timestamp is stored."""
    return _frozen.get() or datetime.now(UTC).replace(tzinfo=None)


def today(timezone: str) -> date:
    """The date at this moment in an IANA time zone, usually the organisation's."""
    return local(now(), timezone).date()


def local(moment: datetime, timezone: str) -> datetime:
    """A stored naive UTC timestamp as an aware time in an IANA time zone."""
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(timezone))


@contextmanager
def frozen(moment: datetime) -> "Iterator[None]":
    """Hold the clock at a naive UTC moment for the tests that move time."""
    token = _frozen.set(moment)
    try:
        yield
    finally:
        _frozen.reset(token)
