"""The home page: what needs you, and how the partnerships are doing."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask import Blueprint, abort, current_app, g, request, url_for
from flask_babel import format_decimal
from flask_babel import gettext as _

from app.core.analysis.queries import matrix
from app.core.db import atomic
from app.core.home import queries, rules
from app.core.host import current_host
from app.core.jobs.queries import watch
from app.core.kpis import library
from app.core.kpis import queries as kpi_queries
from app.core.kpis.period_switch import period_argument, period_switch
from app.core.kpis.presentation import period_code
from app.core.messages.mail_queries import outage
from app.core.partners import labels
from app.core.partners import queries as partner_queries
from app.core.partners.models import STATUSES
from app.core.periods import Period
from app.core.results import ReadyPanel
from app.security import requires
from app.web import Page, page_number, render, saved

blueprint = Blueprint("home", __name__)
LINES = 8
PARTNERS = 25  # on one page of their KPIs
MOST_SPOTS = 200  # a picture with more says nothing


@blueprint.get("/home")
@requires("home.view")
def index() -> Any:
    """What needs you, the tiles, the portfolio and the plugins' cards of one period."""
    statuses = partner_queries.status_counts(g.viewer)
    if not statuses:
        return render("home/welcome.html")
    latest = kpi_queries.latest_period_with_values()
    period = period_argument(latest)
    calendar, today = g.organisation.calendar, g.organisation.today()
    kpis = kpi_queries.definitions()
    whole = queries.portfolio(g.viewer, period)
    lines = queries.attention(g.viewer, whole, period, kpis, calendar, today)
    kinds = ((kpi.kind, kpi.due_days) for kpi in kpis.values())
    jobs = watch(current_host()) if g.viewer.can("jobs.manage") else None
    return render(
        "home/index.html",
        "home/_content.html",
        period=period,
        latest=latest,
        switch=period_switch(period),
        lines=lines if request.args.get("attention") == "all" else rules.top(lines, LINES),
        line_count=len(lines),
        next_due=rules.next_due(kinds, today, calendar),
        today=today,
        silent=jobs.silent if jobs else None,
        given_up=jobs.given_up if jobs else 0,
        outage=outage() if g.viewer.can("mails.manage") else None,
        labels=labels,
        statuses=[(status, statuses[status]) for status in STATUSES if status in statuses],
        portfolio=whole,
        points=points,
        rag=rules.stacked((c, getattr(whole.counts, c)) for c in ("green", "amber", "red", "grey")),
        ranking=None if whole.large else queries.ranking(g.viewer, period, calendar, whole),
        deferred=_deferred(period) if whole.large else None,
        matrix=None if whole.large else matrix(whole.shown, period, calendar),
        panels=current_host().panels("dashboard_cards", viewer=g.viewer, period=period),
    )


@blueprint.get("/work")
@requires("home.view")
def work() -> Any:
    """Everything that waits for this person, of core and of the plugins, in one list."""
    lines = queries.work(g.viewer, g.organisation.calendar, g.organisation.today())
    chosen = request.args.get("group", "")
    kinds = rules.GROUPS.get(chosen, rules.KINDS)
    counts = {
        group: sum(line.kind in members for line in lines)
        for group, members in rules.GROUPS.items()
    }
    return render(
        "home/work.html",
        "home/_work.html",
        lines=[line for line in lines if line.kind in kinds],
        counts={group: count for group, count in counts.items() if count or group == chosen},
        total=len(lines),
        chosen=chosen if chosen in rules.GROUPS else "",
        period=None,
        today=g.organisation.today(),
    )


@blueprint.get("/home/portfolio")
@requires("home.view")
def portfolio() -> Any:
    """Who leads, who trails and who moved: on its own, so that a large one delays nothing."""
    period = period_argument(kpi_queries.latest_period_with_values())
    whole = queries.portfolio(g.viewer, period)
    return render(
        "home/portfolio.html",
        "home/_portfolio.html",
        period=period,
        portfolio=whole,
        points=points,
        ranking=queries.ranking(g.viewer, period, g.organisation.calendar, whole),
        matrix=matrix(whole.shown[:MOST_SPOTS], period, g.organisation.calendar),
    )


@blueprint.get("/home/standings")
@requires("home.view")
def standings() -> Any:
    """The KPIs that the tiles count, by partner and colour."""
    period = period_argument(kpi_queries.latest_period_with_values())
    colour = request.args.get("status", "")
    colour = colour if colour in queries.COLOURS else ""
    calendar, number = g.organisation.calendar, page_number()
    kpis = kpi_queries.definitions(active_only=False)
    scored, count = queries.with_colour(g.viewer, period, colour, number, PARTNERS)
    found = queries.judged([row.id for row in scored], period, kpis, calendar) if scored else {}
    rows = [
        (row, [one for one in found.get(row.id, ()) if not colour or one.result.status == colour])
        for row in scored
    ]
    return render(
        "home/standings.html",
        "home/_standings.html",
        period=period,
        switch=period_switch(period),
        colour=colour,
        colours=queries.COLOURS,
        counts=kpi_queries.status_counts(period, g.viewer),
        rows=[(row, sorted(those, key=lambda one: one.kpi.name)) for row, those in rows if those],
        due=lambda kpi: calendar.end(period) + timedelta(days=kpi.due_days),
        today=g.organisation.today(),
        page=Page(number, PARTNERS, count),
    )


@blueprint.post("/home/sample")
@requires("imports.run")
def sample() -> Any:
    """Fill an empty desk with made-up partners, to look around."""
    from app.sample import add_sample  # a desk is filled once, and never where it has records

    if partner_queries.status_counts(g.viewer):
        abort(404)
    with atomic():
        library.install()  # the sample's figures are of these KPIs
        add_sample(current_app.extensions["entente"].config)
    return saved(_("The sample partners are here. Look around!"), url_for("home.index"))


def points(step: int) -> str:
    """A change of a score, from millionths: per cent points with their sign."""
    return str(format_decimal(Decimal(step) / 10_000, format="+0.0;\N{MINUS SIGN}0.0"))


def _deferred(period: Period) -> ReadyPanel:
    """A large portfolio as a box that the browser fetches."""
    url = url_for("home.portfolio", period=period_code(period))
    return ReadyPanel("portfolio", _("Portfolio"), url, "")
