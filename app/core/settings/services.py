"""Writes of the organisation's settings: one transaction, one audit row each."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.core import audit
from app.core.accounts import queries
from app.core.accounts.models import HolidayChange, Organisation
from app.core.db import atomic, upsert
from app.core.settings import fiscal
from app.core.settings.refusals import SettingsError, StaleSettings

MOST_CHANGES = 1000  # own days and worked holidays of all years


def change(values: Mapping[str, Any], version: int) -> list[str]:
    """Save some settings over the version that they were read in; returns what changed.

    A new start of the fiscal year makes totals and scorecards again. Raises StaleSettings, and
    SettingsError where the change would make stored figures mean other months.
    """
    with atomic():
        before = queries.settings()
        assert before is not None  # noqa: S101 - nobody is signed in before the first run
        changed = sorted(name for name in values if getattr(before, name) != values[name])
        if not changed:
            return changed
        saved = (
            Organisation.update(**values, version=Organisation.version + 1)
            .where(Organisation.id == 1, Organisation.version == version)
            .execute()
        )
        if not saved:
            raise StaleSettings(before)
        if "fiscal_year_start_month" in changed:
            fiscal.move()
        stood = {name: getattr(before, name) for name in changed}
        changes = audit.differences(stood, {name: values[name] for name in changed})
        audit.record("settings.changed", "organisation:1", {"fields": changed}, changes=changes)
    return changed


def change_day(day: date, *, closed: bool, name: str = "") -> None:
    """Make a day one of the organisation's own days off, or a public holiday a working day."""
    with atomic():
        others = HolidayChange.select().where(HolidayChange.day != day).count()
        if others >= MOST_CHANGES:
            raise SettingsError("There are 1,000 own days already. Remove old ones first.")
        upsert(HolidayChange, [{"day": day, "closed": closed, "name": name}])
        audit.record(
            "settings.day_changed",
            "organisation:1",
            _detail(day, closed=closed),
            changes=[
                audit.Change("day", None, day),
                audit.Change("closed", None, closed),
                audit.Change("name", None, name or None),
            ],
        )


def restore_day(day: date) -> bool:
    """Follow the public holidays on this day again; whether there was anything to take back."""
    with atomic():
        gone = HolidayChange.delete().where(HolidayChange.day == day).execute()
        if gone:
            audit.record(
                "settings.day_restored",
                "organisation:1",
                {"day": day.isoformat()},
                changes=[audit.Change("day", day, None)],
            )
    return bool(gone)


def _detail(day: date, *, closed: bool) -> dict[str, Any]:
    return {"day": day.isoformat(), "closed": closed}
