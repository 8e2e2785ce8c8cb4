"""What the explanation of a figure or a scorecard shows, to staff and to contacts alike."""

from typing import Any

from flask import g

from app.core.kpis import queries
from app.core.kpis.explanation import explain
from app.core.kpis.impact import kept_effects
from app.core.kpis.period_switch import period_argument, period_switch
from app.core.kpis.score_explanation import declared_in, explain_score
from app.core.partners.models import Partner
from app.core.periods import Period

MOST_REVISIONS = 200  # of one page; a year of weeks has 53 periods


def figure_context(partner: Partner, kpi: Any) -> dict[str, Any]:
    """The figure of a KPI in the period of the address, and everything that stands behind it.

    The caller has checked that the viewer may see this partner and KPI.
    """
    calendar, today = g.organisation.calendar, g.organisation.today()
    period = period_argument(lambda: queries.latest_period_of(partner.id))
    if period.kind.rank < kpi.kind.rank:
        period = next(p for p in calendar.coarser(period) if p.kind is kpi.kind)
    parts = {part.key for part in calendar.subperiods(period, kpi.kind)}
    revisions = queries.value_history(
        g.viewer, partner.id, kpi.id, size=MOST_REVISIONS, periods=parts
    )
    said = queries.comment_counts(g.viewer, [(partner.id, kpi.id, key) for key in sorted(parts)])
    pairs = queries.target_pairs(g.viewer, partner.id, {period.key, *parts}, [kpi.id])
    return {
        "partner": partner,
        "kpi": kpi,
        "period": period,
        "switch": period_switch(period, kpi.kind),
        "explanation": explain(partner.id, kpi, period, calendar, today, partner.currency),
        "origins": [pair.standing for _key, pair in sorted(pairs.items()) if pair.standing],
        "revisions": revisions,
        "evidence": queries.evidence([row.id for row in revisions]),
        "kept_effects": kept_effects([row.id for row in revisions if row.n > 1]),
        "misses": [
            row for row in queries.declared_misses(partner.id, kpi.id) if row.period in parts
        ],
        "comment_count": sum(said.values()),
    }


def score_context(partner: Partner, period: Period) -> dict[str, Any]:
    """The scorecard's number of a period, taken apart."""
    calendar = g.organisation.calendar
    view = queries.scorecard(partner.id, period, calendar, g.organisation.today())
    return {
        "partner": partner,
        "period": period,
        "switch": period_switch(period),
        "view": view,
        "explanation": explain_score(view),
        "declared": declared_in(view, calendar),
    }
