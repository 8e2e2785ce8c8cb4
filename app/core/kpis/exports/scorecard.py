"""A scorecard as JSON for other programs: unrounded, null where unknown."""

from fractions import Fraction
from typing import Any

from app.core.accounts.queries import settings
from app.core.kpis.queries import ScorecardView, Standing, scorecard
from app.core.kpis.rules import Result
from app.core.partners.models import Partner
from app.core.periods import Calendar


def scorecard_json(code: str, period_label: str) -> dict[str, Any]:
    """The scorecard of the partner with a code, for a period as people write it.

    Raises LookupError for an unknown partner, PeriodError for what is no period.
    """
    organisation = settings()
    if organisation is None:
        raise LookupError("The desk has not been set up yet.")
    partner = Partner.get_or_none(Partner.code == code.strip().upper())
    if partner is None:
        raise LookupError(f"No partner has the code {code.strip()[:40]!r}.")
    period = organisation.calendar.parse(period_label)
    view = scorecard(partner.id, period, organisation.calendar, organisation.today())
    return as_json(partner.code, view, organisation.calendar)


def as_json(code: str, view: ScorecardView, calendar: Calendar) -> dict[str, Any]:
    """A scorecard as plain values; shares are fractions of 1."""
    return {
        "partner": code,
        "period": calendar.label(view.period),
        "kpis": {row.kpi.code: _standing(row) for row in view.rows},
        "scorecard": _number(view.score),
        "coverage": _number(view.coverage),
    }


def _standing(row: Standing) -> dict[str, Any]:
    result = row.result
    if result.status is None:
        return {
            "actual": _number(result.actual),
            **dict.fromkeys(("target", "attainment", "met", "status", "streak")),
            **_counts(result),
        }
    return {
        "actual": _number(result.actual),
        "target": _number(result.target),
        "attainment": _number(result.attainment),
        "met": result.met,
        "status": result.status.value,
        "streak": _streak(row),
        **_counts(result),
    }


def _streak(row: Standing) -> dict[str, int] | None:
    if row.streak is None:
        return None
    return {"certain": row.streak.certain, "possible": row.streak.possible}


def _counts(result: Result) -> dict[str, int]:
    return {"reported": result.reported, "expected": result.expected}


def _number(exact: Fraction | None) -> float | None:
    return None if exact is None else float(exact)
