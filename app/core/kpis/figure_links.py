"""Where a figure is explained, for whoever reads a page; and who could supply a missing one.

Staff and contacts read the same parts of pages, but have explanations at addresses of their own.
"""

from typing import Any

from flask import Flask, g, url_for
from flask_babel import gettext as _

from app.core.kpis.presentation import period_code
from app.core.periods import Period


def init_figure_links(app: Flask) -> None:
    """Give templates these functions."""
    for function in (figure_url, score_url, missing_words):
        app.jinja_env.globals[function.__name__] = function


def figure_url(
    partner_id: int, kpi_id: int, period: Period | int, anchor: str | None = None
) -> str:
    """The explanation of a partner's figure, in the reader's own part of the desk."""
    code = period_code(period)
    if g.viewer.is_staff:
        return url_for(
            "kpis.explain", partner_id=partner_id, kpi_id=kpi_id, period=code, _anchor=anchor
        )
    return url_for("portal.explain", kpi_id=kpi_id, period=code, _anchor=anchor)


def score_url(partner_id: int, period: Period | int) -> str:
    """The explanation of a scorecard's number, in the reader's own part of the desk."""
    code = period_code(period)
    if g.viewer.is_staff:
        return url_for("kpis.explain_score", partner_id=partner_id, period=code)
    return url_for("portal.score", period=code)


def missing_words(kpi: Any, partner_name: str) -> str:
    """Why a figure is unknown: nobody reported it, and who could."""
    if kpi.formula:
        return str(_("Not known: a figure that its formula reads is missing."))
    who = partner_name if kpi.submitter == "partner" else g.organisation.name
    return str(_("Not reported yet: %(who)s reports it.", who=who))
