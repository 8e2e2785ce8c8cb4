"""A scorecard on paper: the same figures as its page, in the same words."""

from collections.abc import Sequence
from typing import Any

from flask import Response, g
from flask_babel import gettext as _

from app.core.kpis import queries
from app.core.kpis.presentation import (
    UNKNOWN,
    attainment,
    coverage,
    day,
    figure,
    period_code,
    period_label,
    plain,
    score,
    score_hidden,
)
from app.core.kpis.sparklines import Sparkline, of_scorecard
from app.core.partners.models import Partner
from app.pdf import pdf


def answer(partner: Partner, view: queries.ScorecardView) -> Response:
    """The scorecard of a period as a PDF; check first that the reader may see the partner."""
    calendar = g.organisation.calendar
    lines = of_scorecard(view, calendar, partner.currency)
    period = period_label(view.period)
    judged = sorted(
        (row for row in view.rows if row.result.status is not None),
        key=lambda row: -row.result.weight,
    )
    rows = judged + [row for row in view.rows if row.result.status is None]
    data = {
        "title": _("Scorecard of %(partner)s, %(period)s", partner=partner.name, period=period),
        "running": _("Scorecard"),
        "foot": f"{partner.name} · {period}",
        "partner": partner.name,
        "subtitle": _("Scorecard of %(period)s, as of %(day)s", period=period, day=_today()),
        "score": score(view.score, view.coverage),
        "score_words": _score_words(view),
        "counts": _counts(view),
        "heads": {
            "table": _("KPIs"),
            "columns": [
                *(_("KPI"), _("Trend"), _("Value")),
                *(_("Target"), _("Attainment"), _("Status")),
            ],
        },
        "nothing": _("There is neither a target nor a value."),
        "legend": _(
            "The trend shows the last twelve periods; a gap is a figure that nobody reported, the"
            " dashed line the target. An unknown figure counts neither as zero nor as missed."
        ),
        "rows": [_row(row, lines.get(row.kpi.id), partner.currency) for row in rows],
    }
    return pdf("kpis/scorecard.typ", data, f"scorecard-{partner.code}-{period_code(view.period)}")


def _today() -> str:
    return day(g.organisation.today())


def _score_words(view: queries.ScorecardView) -> str:
    """What the number says, as the page words it."""
    if view.coverage is None:
        return _("No targets in this period, so there is no scorecard.")
    if score_hidden(view.score, view.coverage):
        return _(
            "Hidden: only %(share)s of the weight is reported; the number shows from 70%% on.",
            share=coverage(view.coverage),
        )
    if view.score is None:
        return _("Nothing is reported yet for the targets of this period.")
    if view.decides:
        return _("Scorecard, everything reported")
    return _("Scorecard so far: %(share)s of the weight is reported", share=coverage(view.coverage))


def _counts(view: queries.ScorecardView) -> list[dict[str, str]]:
    found = (
        ("green", view.green, _("%(num)s met", num=view.green)),
        ("amber", view.amber, _("%(num)s just missed", num=view.amber)),
        ("red", view.red, _("%(num)s missed", num=view.red)),
        ("grey", view.grey, _("%(num)s without a value", num=view.grey)),
    )
    return [{"tone": tone, "text": text} for tone, count, text in found if count]


def _row(row: Any, line: Sparkline | None, currency: str) -> dict[str, Any]:
    kpi, result = row.kpi, row.result
    words = {"green": _("Met"), "amber": _("Just missed"), "red": _("Missed")}
    notes = [_("Critical")] if result.critical else []
    if result.status is not None and not result.complete and result.expected > 1:
        notes.append(
            _(
                "%(reported)s of %(expected)s reported",
                reported=result.reported,
                expected=result.expected,
            )
        )
    tone = result.status.value if result.status is not None else ""
    points, goal = _scaled(line.points, line.target) if line else ([], None)
    return {
        "name": kpi.name,
        "note": " · ".join([kpi.code, *notes]),
        "points": points,
        "goal": goal,
        "value": figure(result.actual, kpi, currency, result.target),
        "target": _target(result, kpi, currency),
        "attainment": attainment(result),
        "tone": tone,
        "status": words.get(tone, _("No value")) if tone else _("No target"),
    }


def _target(result: Any, kpi: Any, currency: str) -> str:
    if kpi.direction == "band" and result.band:
        low = plain if kpi.unit and kpi.unit != "%" else lambda x: figure(x, kpi, currency)
        high = figure(result.band[1], kpi, currency)
        return _("%(low)s to %(high)s", low=low(result.band[0]), high=high)
    if result.target is None:
        return UNKNOWN
    sign = "≤" if kpi.direction == "lower" else "≥"
    return f"{sign} {figure(result.target, kpi, currency)}"


def _scaled(
    points: Sequence[float | None], target: float | None
) -> tuple[list[float | None], float | None]:
    """Points between 0 and 1, from the lowest to the highest of values and target."""
    known = [point for point in points if point is not None]
    if not known:
        return [], None
    scale = known if target is None else [*known, target]
    low, span = min(scale), max(scale) - min(scale) or 1.0
    return (
        [None if point is None else round((point - low) / span, 4) for point in points],
        None if target is None else round((target - low) / span, 4),
    )
