"""Suggestions of the sample desk: what its own figures ask for."""

from datetime import date, datetime, timedelta

from app.core.suggestions.misses import suggest_tasks

SINCE = datetime.fromisoformat("1900-01-01")


def load(today: date) -> None:
    """Suggest what red critical KPIs asked for last month: newer figures are on their way."""
    suggest_tasks(SINCE, today.replace(day=1) - timedelta(days=1))
