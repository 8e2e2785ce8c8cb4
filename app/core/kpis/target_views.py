"""A partner's targets over a year, and one target with its gate, history and acceptance."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from flask import abort, g, request, url_for
from flask_babel import gettext as _

from app import tables
from app.core.kpis import gate, queries, services
from app.core.kpis.blueprint import blueprint
from app.core.kpis.exports import lists
from app.core.kpis.forms import TargetForm, blame, target_form
from app.core.kpis.goals import goal_words
from app.core.kpis.queries import KpiRow, TargetPair, TargetVersion
from app.core.kpis.scorecard_views import kpi_or_404
from app.core.kpis.target_forms import AgreedForm, TermsForm
from app.core.partners import queries as partners
from app.core.partners.models import Partner
from app.core.partners.views import page_context
from app.core.periods import Kind, Period, PeriodError
from app.security import requires
from app.web import render, saved

_FORM, _TERMS = "target-", "terms-"


@dataclass(frozen=True, slots=True)
class YearRow:
    """A KPI's targets of a year: its periods in order, and how many columns of months each takes.

    A weekly KPI has too many periods for a table: it has none here, only their count.
    """

    kpi: KpiRow
    cells: tuple[tuple[Period, TargetPair], ...]
    span: int
    set_count: int


@blueprint.get("/partners/<int:partner_id>/targets")
@requires("kpis.view")
def targets(partner_id: int) -> Any:
    """A year of targets: KPIs × periods, with the state of each and who has accepted it."""
    partner = partners.get(partner_id, g.viewer)
    calendar = g.organisation.calendar
    year = _year()
    kpis = queries.definitions()
    periods = {kind: calendar.subperiods(year, kind) for kind in {k.kind for k in kpis.values()}}
    keys = [p.key for parts in periods.values() for p in parts]
    pairs = queries.target_pairs(g.viewer, partner_id, keys)
    with_any = {kpi_id for kpi_id, _key in pairs}
    rows = [_row(kpi, periods[kpi.kind], pairs) for kpi in kpis.values() if kpi.id in with_any]
    if kind := tables.wanted():
        # Weekly ones too, which the page only counts.
        found = [
            (kpis[kpi_id], Period.from_key(key), pair.latest)
            for (kpi_id, key), pair in sorted(pairs.items())
            if kpi_id in kpis and pair.latest
        ]
        return tables.download(found, lists.targets(), f"targets-{partner.code}", kind)
    return render(
        "kpis/targets.html",
        **page_context(partner, "kpis"),
        year=year,
        earlier=calendar.shift(year, -1),
        later=calendar.shift(year, 1),
        months=calendar.subperiods(year, Kind.MONTH),
        rows=rows,
        others=[kpi for kpi in kpis.values() if kpi.id not in with_any],
        first_period={kpi.id: periods[kpi.kind][0] for kpi in kpis.values()},
    )


@blueprint.get("/partners/<int:partner_id>/kpis/<int:kpi_id>/target")
@requires("kpis.view")
def target(partner_id: int, kpi_id: int) -> Any:
    """One target: what counts, what is proposed, the gate, and every revision with its people."""
    return _page(partners.get(partner_id, g.viewer), kpi_or_404(kpi_id), _period())


@blueprint.post("/partners/<int:partner_id>/kpis/<int:kpi_id>/target")
@requires("targets.edit")
def save_target(partner_id: int, kpi_id: int) -> Any:
    """Check, keep as a draft, propose, or let a target count that both sides have agreed."""
    partner, kpi = partners.editable(g.viewer, partner_id), kpi_or_404(kpi_id)
    form = target_form(kpi, prefix=_FORM)
    terms = TermsForm(prefix=_TERMS).offer(goal_words(partner_id))
    action = request.form.get("action", "propose")
    if action == "check":
        return _page(partner, kpi, _period(form), form=form, terms=terms)
    if not (form.validate() & terms.validate()):
        return _page(partner, kpi, _period(form), 422, form=form, terms=terms)
    period = form.period.data
    draft = services.TargetDraft(
        partner_id, kpi_id, period.key, form.figures(), terms.terms(), form.n.data
    )
    agreed = form.agreed.data or ""
    try:
        services.propose_targets(
            [draft],
            by=g.viewer,
            waiver=terms.waiver.data or "",
            agreed="" if action == "draft" else agreed,
            as_draft=action == "draft",
        )
    except services.StaleVersion:
        form.n.data = _pair(partner, kpi, period).latest_n
        form.form_errors.append(
            _("Somebody has changed this target: compare with what stands below, then save again.")
        )
    except services.KpiRefusal as refusal:
        blame(terms if refusal.field == "waiver" else form, refusal)
    else:
        message = _("Kept as a draft.") if action == "draft" else _("Proposed to the partner.")
        message = _("The target counts from now on.") if agreed and action != "draft" else message
        return saved(message, _address(partner_id, kpi_id, period))
    return _page(partner, kpi, period, 422, form=form, terms=terms)


@blueprint.post("/partners/<int:partner_id>/targets/<int:revision_id>/agree")
@requires("targets.edit")
def agree_target(partner_id: int, revision_id: int) -> Any:
    """Record that the partner agreed to a proposal."""
    partner, kpi, period = _of(partner_id, revision_id)
    form = AgreedForm(prefix="agree-")
    if form.validate():
        try:
            services.accept_targets_on_behalf([revision_id], form.agreed.data or "", by=g.viewer)
        except services.KpiRefusal as refusal:
            blame(form, refusal)
        else:
            return saved(_("The target counts from now on."), _address(partner_id, kpi.id, period))
    return _page(partner, kpi, period, 422, agree=form)


@blueprint.post("/partners/<int:partner_id>/targets/<int:revision_id>/withdraw")
@requires("targets.edit")
def withdraw_target(partner_id: int, revision_id: int) -> Any:
    """Take back what is open."""
    partner, kpi, period = _of(partner_id, revision_id)
    form = AgreedForm(formdata=None, prefix="agree-")
    try:
        services.withdraw_target(revision_id, by=g.viewer)
    except services.KpiRefusal as refusal:
        blame(form, refusal)
        return _page(partner, kpi, period, 422, agree=form)
    return saved(_("Withdrawn."), _address(partner_id, kpi.id, period))


def _page(
    partner: Partner,
    kpi: Any,
    period: Period,
    status: int = 200,
    *,
    form: TargetForm | None = None,
    terms: TermsForm | None = None,
    agree: AgreedForm | None = None,
) -> Any:
    versions = queries.target_versions(g.viewer, partner.id, kpi.id, period)
    pair = pair_of(versions)
    goals = goal_words(partner.id)
    context = page_context(partner, "kpis")
    if context["may_edit"]:
        form = form or _filled(partner, kpi, period, pair)
        terms = terms or _filled_terms(pair).offer(goals)
    else:
        form = terms = None
    figures = form.figures() if form else pair.figures or services.TargetFigures()
    shown_terms = terms.terms() if terms else pair.terms
    return render(
        "kpis/target.html",
        "kpis/_smart.html",
        status=status,
        **context,
        kpi=kpi,
        period=period,
        pair=pair,
        versions=versions,
        changes=changes(versions),
        decisions=queries.target_decisions(g.viewer, partner.id, kpi.id, period),
        goals=goals,
        target_form=form,
        terms_form=terms,
        agree_form=agree or AgreedForm(formdata=None, prefix="agree-"),
        checks=gate.gate(kpi, figures, shown_terms),
        words=gate,
    )


def pair_of(versions: list[TargetVersion]) -> TargetPair:
    """What counts and what is open among a target's revisions, the latest first."""
    return TargetPair(
        next((v for v in versions if v.state == "accepted"), None),
        next((v for v in versions if v.is_open), None),
        versions[0].n if versions else 0,
    )


def changes(versions: list[TargetVersion]) -> dict[int, tuple[str, ...]]:
    """Which figures and terms each revision changed against the one before it, by its number."""
    found: dict[int, tuple[str, ...]] = {}
    for new, old in pairwise(versions):
        after = new.figures._asdict() | new.terms._asdict()
        before = old.figures._asdict() | old.terms._asdict()
        found[new.n] = tuple(name for name, value in after.items() if before[name] != value)
    return found


def _row(kpi: KpiRow, periods: Any, pairs: dict[tuple[int, int], TargetPair]) -> YearRow:
    found = tuple((period, pairs.get((kpi.id, period.key), TargetPair())) for period in periods)
    few = len(periods) <= 12
    count = sum(1 for _period, pair in found if pair.standing)
    return YearRow(kpi, found if few else (), 12 // len(periods) if few else 12, count)


def _filled(partner: Partner, kpi: Any, period: Period, pair: TargetPair) -> TargetForm:
    calendar = g.organisation.calendar
    before = _pair(partner, kpi, calendar.shift(period, -1)) if not pair.latest else pair
    figures = before.figures or services.TargetFigures()
    given = {name: value for name, value in figures._asdict().items() if value is not None}
    return target_form(kpi, formdata=None, prefix=_FORM, period=period, n=pair.latest_n, **given)


def _filled_terms(pair: TargetPair) -> TermsForm:
    terms = pair.terms
    return TermsForm(
        formdata=None,
        prefix=_TERMS,
        goal=terms.goal_id,
        justification=terms.justification,
        data_source=terms.data_source,
        access_host=terms.access_host,
        waiver=pair.open.waiver if pair.open else "",
    )


def _pair(partner: Partner, kpi: Any, period: Period) -> TargetPair:
    pairs = queries.target_pairs(g.viewer, partner.id, [period.key], [kpi.id])
    return pairs.get((kpi.id, period.key), TargetPair())


def _of(partner_id: int, revision_id: int) -> tuple[Partner, Any, Period]:
    """The partner, KPI and period of a revision; 404 where it is another partner's."""
    partner = partners.editable(g.viewer, partner_id)
    owner = queries.revision_owners([revision_id]).get(revision_id)
    if owner is None or owner[0] != partner_id:
        abort(404)
    return partner, kpi_or_404(owner[1]), Period.from_key(owner[2])


def _period(form: TargetForm | None = None) -> Period:
    if form is not None and isinstance(form.period.data, Period):
        return form.period.data
    calendar = g.organisation.calendar
    try:
        return calendar.parse(request.args.get("period", ""))
    except PeriodError:
        abort(404)


def _year() -> Period:
    calendar, text = g.organisation.calendar, request.args.get("year", "")
    if not text:
        return calendar.containing(g.organisation.today(), Kind.YEAR)
    try:
        year = calendar.parse(text)
        calendar.shift(year, 1), calendar.shift(year, -1)
    except ValueError:
        abort(404)
    return year if year.kind is Kind.YEAR else abort(404)


def _address(partner_id: int, kpi_id: int, period: Period) -> str:
    code = g.organisation.calendar.label(period)
    return url_for("kpis.target", partner_id=partner_id, kpi_id=kpi_id, period=code)
