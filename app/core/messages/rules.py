"""When a digest is due: pure, with the recipient's local time as an argument."""

from datetime import datetime, time, timedelta

HOUR = time(8)
CATCH_UP = timedelta(hours=24)  # for which a weekly digest is made up for


def slot(frequency: str, local: datetime) -> datetime | None:
    """The moment for which a digest is due now, in the recipient's zone, or None.

    Daily ones are due from 8 in the morning until midnight, weekly ones from Monday at 8 for 24
    hours; a worker that was down in between makes up for it and sends one, never several.
    """
    today = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    first = today if frequency == "daily" else today - timedelta(days=today.weekday())
    due = datetime.combine(first.date(), HOUR, local.tzinfo)
    return due if due <= local < due + CATCH_UP else None
