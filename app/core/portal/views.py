"""What a partner's contact sees: what is owed, how it is going, whom to reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from flask import Blueprint, abort, g, request, url_for
from flask_babel import gettext as _

from app.core import audit, clock
from app.core.accounts import queries as accounts
from app.core.analysis.queries import Beside, beside
from app.core.analysis.rules import PEERS_FOR_PARTNERS
from app.core.contract import Effect
from app.core.db import atomic
from app.core.documents import queries as documents
from app.core.host import current_host
from app.core.ids import row_id
from app.core.kpis import queries as kpi_queries
from app.core.kpis import services
from app.core.kpis.forms import CommentForm, ReasonForm, ValueForm, blame, value_form
from app.core.kpis.impact import kept_effects
from app.core.kpis.period_switch import period_argument, period_switch
from app.core.kpis.presentation import period_code
from app.core.kpis.queries import HistoryRow, KpiRow
from app.core.kpis.reporting import kept_files, report
from app.core.kpis.sparklines import sparklines
from app.core.kpis.trend import Trend, TrendRow, trend
from app.core.messages import announcement_queries as announcements
from app.core.partners import labels
from app.core.partners import queries as partner_queries
from app.core.partners.fields import queries as field_queries
from app.core.partners.fields.labels import value_text
from app.core.partners.goal_queries import shared_goals
from app.core.partners.models import Contact, Partner
from app.core.periods import Period
from app.core.portal import queries
from app.core.tasks import queries as task_queries
from app.security import requires
from app.web import render, saved

blueprint = Blueprint("portal", __name__, url_prefix="/portal")
NEWEST = 3  # news and documents on the first page
OFFERED = 12  # periods that a figure may be reported for, the latest first


@blueprint.get("")
@requires("portal.view")
def index() -> Any:
    """The partner's own first page."""
    partner = own_partner()
    calendar, today = g.organisation.calendar, g.organisation.today()
    latest = kpi_queries.latest_period_with_values(viewer=g.viewer)
    period = period_argument(latest)
    people = partner_queries.contacts(partner.id)
    matters = partner_queries.coverage(people, partner.matters)
    view = kpi_queries.scorecard(partner.id, period, calendar, today)
    return render(
        "portal/index.html",
        "portal/_content.html",
        partner=partner,
        period=period,
        latest=latest,
        switch=period_switch(period),
        view=view,
        sparklines=sparklines(
            view.figures, [row.kpi for row in view.rows], period, calendar, partner.currency
        ),
        duties=queries.duties(g.viewer, partner, calendar, today),
        tasks=task_queries.shared_open(g.viewer),
        today=today,
        open_targets=len(kpi_queries.proposed_targets(g.viewer, partner.id)),
        undoable_targets=len(kpi_queries.undoable_targets(g.viewer, partner.id, today)),
        people=people,
        matters=matters,
        matrix=partner_queries.who_for_what(people, matters),
        away=_away(people),
        news=announcements.news(g.viewer, NEWEST),
        documents=documents.listing(g.viewer, partner.id, size=NEWEST)[0],
        goals=shared_goals(g.viewer, partner.id),
        labels=labels,
        custom=field_queries.shown(partner.id, shared_only=True),
        field_text=value_text,
        items=current_host().collect("portal_items", viewer=g.viewer, now=clock.now()),
        panels=current_host().panels("portal_panels", viewer=g.viewer),
    )


def _away(people: Sequence[Contact]) -> dict[int, accounts.Away]:
    """Those of the host's people who are out today, each with the deputy who is there."""
    staff = [person.user_id for person in people if person.side == "host" and person.user_id]
    return accounts.away(staff) if staff else {}


@blueprint.get("/kpis/<int:kpi_id>")
@requires("portal.view")
def kpi(kpi_id: int) -> Any:
    """One KPI of the own partner: its history, and the form for the next figure."""
    row = own_kpi(kpi_id)
    return _kpi_page(row, _form(row))


@blueprint.post("/kpis/<int:kpi_id>")
@requires("portal.submit")
def submit(kpi_id: int) -> Any:
    """Report a figure; it counts once the host has approved it."""
    row = own_kpi(kpi_id)
    form = _form(row)
    if form is None:
        _refuse(f"kpi:{kpi_id}")
    done = report(form, g.viewer.partner_id, kpi_id)
    if done.revision_id is None:
        return _kpi_page(row, form, done.status, effects=done.effects)
    words = _(
        "Thank you. The figure counts once %(organisation)s has approved it.",
        organisation=g.organisation.name,
    )
    return saved(words, url_for("portal.kpi", kpi_id=kpi_id))


@blueprint.post("/kpis/<int:kpi_id>/withdraw")
@requires("portal.submit")
def withdraw(kpi_id: int) -> Any:
    """Take an own figure back while it waits, or let stand what it was to correct."""
    row = own_kpi(kpi_id)
    revision_id = row_id(request.form.get("revision")) or 0
    found = kpi_queries.revisions([revision_id])
    if not found or (found[0].partner_id, found[0].kpi_id) != (g.viewer.partner_id, kpi_id):
        _refuse(f"revision:{revision_id}")
    form = ReasonForm(formdata=None)
    try:
        services.withdraw_value(revision_id, by=g.viewer)
    except services.KpiRefusal as refusal:
        blame(form, refusal)
        return _kpi_page(row, _form(row, formdata=None), 422, refused=form)
    return saved(_("Withdrawn."), url_for("portal.kpi", kpi_id=kpi_id))


@blueprint.post("/kpis/<int:kpi_id>/comments")
@requires("portal.submit")
def comment(kpi_id: int) -> Any:
    """Say something of a figure; the host's staff see it."""
    row = own_kpi(kpi_id)
    form = _comment_form(row)
    if form.validate():
        try:
            services.add_comment(
                g.viewer.partner_id, kpi_id, form.period.data, form.text.data or "", by=g.viewer
            )
        except services.KpiRefusal as refusal:
            blame(form, refusal)
        else:
            return saved(_("Said."), url_for("portal.kpi", kpi_id=kpi_id, _anchor="comments"))
    return _kpi_page(row, _form(row, formdata=None), 422, comment=form)


def own_partner() -> Partner:
    """The partner whose contact is signed in."""
    return partner_queries.get(g.viewer.partner_id, g.viewer)


def own_kpi(kpi_id: int) -> KpiRow:
    """The KPI if the own partner is measured by it; else 404, and a trace of the attempt."""
    row = queries.own_kpi(g.viewer, kpi_id)
    return row if row is not None else _refuse(f"kpi:{kpi_id}")


def _refuse(ref: str) -> NoReturn:
    with atomic():
        audit.record("access.refused", ref)
    abort(404)


def _form(row: KpiRow, **given: Any) -> ValueForm | None:
    """The form for a figure, where the partner's side reports it."""
    if row.submitter != "partner" or not row.active or not g.viewer.can("portal.submit"):
        return None
    form = value_form(row, **given)
    del form.approval  # a partner never approves its own figure
    return form


def _comment_form(row: KpiRow, **given: Any) -> CommentForm:
    """The form for a comment, which is always shared."""
    form = CommentForm(row, prefix="comment-", **given)
    del form.visibility
    return form


def _kpi_page(
    row: KpiRow,
    form: ValueForm | None,
    status: int = 200,
    *,
    effects: Sequence[Effect] = (),
    refused: ReasonForm | None = None,
    comment: CommentForm | None = None,
) -> Any:
    partner = own_partner()
    calendar, today = g.organisation.calendar, g.organisation.today()
    last = calendar.containing(today, row.kind)
    course = trend(partner, row, last, calendar, today)
    waiting = queries.open_submissions(g.viewer, partner.id)
    history = kpi_queries.value_history(g.viewer, partner.id, row.id)
    asked = request.form.get("period") or request.args.get("period")
    every = [_offer(row, r, waiting) for r in reversed(course.rows[:-1])]
    # What is older stands in the choice too where somebody was led to it, or has to correct it.
    offered = every[:OFFERED] + [
        offer
        for offer in every[OFFERED:]
        if offer.state == "returned" or period_code(offer.period) == asked
    ]
    wanted = asked or _first_missing(offered)
    return render(
        "portal/kpi.html",
        status=status,
        partner=partner,
        kpi=row,
        form=form,
        trend=course,
        beside=_beside(partner, row, course),
        revisions=history,
        sent_back=_sent_back(history),
        standing={each.period for each in history if each.state == "approved"},
        evidence=kpi_queries.evidence([each.id for each in history]),
        kept_effects=kept_effects([each.id for each in history if each.n > 1]),
        kept=kept_files(form, history, wanted),
        effects=effects,
        refused=refused,
        comments=kpi_queries.comments(g.viewer, partner.id, row.id),
        comment_form=comment
        or _comment_form(row, formdata=None, period=offered[0].period if offered else None),
        offered=offered,
        wanted=wanted,
    )


def _beside(partner: Partner, row: KpiRow, course: Trend) -> Beside | None:
    """The latest figure among so many others that none can be told apart."""
    if course.latest is None:
        return None
    calendar = g.organisation.calendar
    return beside(partner, row, course.latest.period, calendar, PEERS_FOR_PARTNERS)


def _sent_back(history: Sequence[HistoryRow]) -> list[HistoryRow]:
    """The latest word on each period where that is a return: what its author has to see first."""
    latest: dict[int, HistoryRow] = {}
    for row in history:
        if row.state != "withdrawn":
            latest.setdefault(row.period, row)
    return [row for row in latest.values() if row.state == "returned"]


@dataclass(frozen=True, slots=True)
class Offer:
    """A period that a figure may be reported for, and what there is of it."""

    period: Period
    # "expected", "returned", "submitted", "approved", "locked", or "" where nothing is asked
    state: str
    words: str = ""  # why it was returned


def _offer(row: KpiRow, of_trend: TrendRow, waiting: dict[tuple[int, int], str]) -> Offer:
    state, _colon, words = waiting.get((row.id, of_trend.period.key), "").partition(":")
    if of_trend.point is not None and of_trend.point.locked:
        state = "locked"
    elif not state and of_trend.point is not None:
        state = "approved"
    elif not state and of_trend.goal is not None:
        state = "expected"
    return Offer(of_trend.period, state, words)


def _first_missing(offered: Sequence[Offer]) -> str:
    """The oldest period that was given back, else that is asked for, else the latest one."""
    for state in ("returned", "expected"):
        if missing := [offer for offer in offered if offer.state == state]:
            return str(period_code(missing[-1].period))
    return str(period_code(offered[0].period))
