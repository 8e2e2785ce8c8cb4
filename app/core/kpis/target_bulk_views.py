"""Setting many targets of one partner: a form, a preview with every figure, then one write."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from flask import g, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.ids import row_id
from app.core.kpis import queries, services
from app.core.kpis.blueprint import blueprint
from app.core.kpis.forms import TargetForm, blame
from app.core.kpis.goals import goal_words
from app.core.kpis.presentation import decimal_mark, input_text, is_percentage
from app.core.kpis.queries import KpiRow
from app.core.kpis.target_bulk import (
    MOST,
    Cell,
    Failure,
    Rule,
    cells,
    figures_of,
    filled,
    latest_figures,
    may_be_set,
    periods_of,
)
from app.core.kpis.target_forms import BulkForm, TermsForm
from app.core.partners import queries as partners
from app.core.partners.models import Partner
from app.core.partners.views import page_context
from app.core.periods import Kind, Period
from app.core.quantities import MILLION, QuantityError, parse
from app.security import requires
from app.web import render, saved

_WHY = {
    "large": lambda: _("the growth leads beyond what can be kept"),
    "no_amount": lambda: _("give its figure"),
    "no_sum": lambda: _("its figures do not add up, so that there is no total to split"),
    "no_shape": lambda: _("nothing was reported last year to follow"),
    "negative": lambda: _("last year had figures below zero, which cannot be a share"),
    "no_periods": lambda: _("it is reported for longer periods than those chosen"),
}


@blueprint.get("/partners/<int:partner_id>/targets/several")
@requires("targets.edit")
def bulk_targets(partner_id: int) -> Any:
    """Choose KPIs, a range of periods and a rule."""
    return _choose(partners.editable(g.viewer, partner_id), _first_form())


@blueprint.post("/partners/<int:partner_id>/targets/several")
@requires("targets.edit")
def set_bulk_targets(partner_id: int) -> Any:
    """Show what the rule makes of each period, or write what the preview holds."""
    partner = partners.editable(g.viewer, partner_id)
    if request.form.get("action") in ("propose", "draft"):
        return _write(partner)
    form = BulkForm()
    chosen, amounts, problems = _amounts()
    if not form.validate() or problems or not chosen:
        if not chosen:
            form.form_errors.append(_("Choose at least one KPI."))
        return _choose(partner, form, 422, problems)
    calendar = g.organisation.calendar
    years = calendar.containing(calendar.end(form.last.data), Kind.YEAR)
    if calendar.start(form.first.data).year < calendar.start(years).year - 5:
        form.last.errors = [*form.last.errors, _("At most five years at once.")]
        return _choose(partner, form, 422)
    wanted = {k: periods_of(k, form.first.data, form.last.data, calendar) for k in chosen}
    if sum(map(len, wanted.values())) > MOST:
        form.form_errors.append(_("At most %(most)s targets at once.", most=MOST))
        return _choose(partner, form, 422)
    failed = [Failure(kpi, "no_periods") for kpi, own in wanted.items() if not own]
    rule = Rule(
        form.method.data,
        Fraction(form.rate.data or 0, 100 * MILLION),
        form.every.data == "year",
        int(form.places.data),
    )
    rows = cells(g.viewer, partner_id, {k: own for k, own in wanted.items() if own}, calendar)
    made, more = filled(rows, amounts, rule)
    return _preview(partner, made, TermsForm(formdata=None, prefix="terms-"), failed + more)


def _write(partner: Partner) -> Any:
    terms = TermsForm(prefix="terms-").offer(goal_words(partner.id))
    calendar = g.organisation.calendar
    made = _typed(partner, calendar)
    as_draft = request.form.get("action") == "draft"
    agreed = request.form.get("agreed", "").strip()
    left = [cell for cell in made if cell.value is not None]
    fine = terms.validate() and not any(cell.problem for cell in made)
    if not fine or not left:
        if not left:
            terms.form_errors.append(_("There is no target to set."))
        return _preview(partner, made, terms, status=422, agreed=agreed)
    like = latest_figures(partner.id, {c.kpi.id for c in left}, left[-1].period, calendar)
    drafts = [
        services.TargetDraft(
            partner.id,
            cell.kpi.id,
            cell.period.key,
            figures_of(cell, like.get(cell.kpi.id)),
            terms.terms(),
            cell.n,
        )
        for cell in left
    ]
    try:
        done = services.propose_targets(
            drafts,
            by=g.viewer,
            waiver=terms.waiver.data or agreed,
            agreed="" if as_draft else agreed,
            as_draft=as_draft,
        )
    except services.StaleTargets as stale:
        keys = {key[1:] for key in stale.keys}
        terms.form_errors.append(
            _("Somebody has changed some of these targets: compare, then save again.")
        )
        made = [
            replace(cell, stale=True, n=cell.pair.latest_n)
            if (cell.kpi.id, cell.period.key) in keys
            else cell
            for cell in made
        ]
        return _preview(partner, made, terms, status=422, agreed=agreed)
    except services.KpiRefusal as refusal:
        blame(terms, refusal)
        return _preview(partner, made, terms, status=422, agreed=agreed)
    message = ngettext("%(num)s target is written.", "%(num)s targets are written.", len(done))
    year = calendar.label(calendar.containing(calendar.start(left[0].period), Kind.YEAR))
    return saved(message, url_for("kpis.targets", partner_id=partner.id, year=year))


def _typed(partner: Partner, calendar: Any) -> list[Cell]:
    """The preview's cells as somebody sends them, with what cannot be read marked."""
    kpis = queries.definitions()
    wanted: dict[KpiRow, list[Period]] = {}
    names = [name for name in request.form if name.startswith("cell-")][:MOST]
    for name in names:
        _cell, kpi_id, key = (*name.split("-"), "", "")[:3]
        kpi = kpis.get(row_id(kpi_id) or 0)
        period = _known_period(key)
        if kpi is not None and may_be_set(kpi) and period is not None and period.kind is kpi.kind:
            wanted.setdefault(kpi, []).append(period)
    made: list[Cell] = []
    for own in cells(g.viewer, partner.id, wanted, calendar).values():
        for cell in own:
            text = request.form.get(cell.name, "").strip()
            n = request.form.get(f"n-{cell.kpi.id}-{cell.period.key}", "")
            seen = int(n) if n.isdecimal() and len(n) < 10 else -1
            value, problem = _read(text, cell.kpi)
            made.append(replace(cell, value=value, text=text, problem=problem, n=seen))
    return made


def _known_period(key: str) -> Period | None:
    if not key.isdecimal() or len(key) > 9:
        return None
    try:
        period = Period.from_key(int(key))
        calendar = g.organisation.calendar
        return period if calendar.parse(calendar.label(period)) == period else None
    except (ValueError, KeyError, OverflowError):
        return None


def _read(text: str, kpi: KpiRow) -> tuple[int | None, str]:
    if not text:
        return None, ""
    try:
        comma = decimal_mark() == ","
        return parse(text, decimal_comma=comma, percent=is_percentage(kpi)), ""
    except QuantityError as error:
        return None, _(error.message, **error.params)


def _amounts() -> tuple[list[KpiRow], dict[int, int], dict[int, str]]:
    """The chosen KPIs, the figure of each that has one, and what is wrong with the others."""
    chosen = set(request.form.getlist("kpi")[:200])
    kpis = [k for k in queries.definitions().values() if str(k.id) in chosen and may_be_set(k)]
    amounts: dict[int, int] = {}
    problems: dict[int, str] = {}
    for kpi in kpis:
        value, problem = _read(request.form.get(f"amount-{kpi.id}", "").strip(), kpi)
        if problem:
            problems[kpi.id] = problem
        elif value is not None:
            amounts[kpi.id] = value
    return kpis, amounts, problems


def _first_form() -> BulkForm:
    calendar = g.organisation.calendar
    year = calendar.containing(g.organisation.today(), Kind.YEAR)
    text = request.args.get("year", "")
    if text:
        try:
            asked = calendar.parse(text)
            year = asked if asked.kind is Kind.YEAR else year
        except ValueError:
            pass
    months = calendar.subperiods(year, Kind.MONTH)
    return BulkForm(formdata=None, first=months[0], last=months[-1])


def _choose(
    partner: Partner, form: BulkForm, status: int = 200, problems: Mapping[int, str] | None = None
) -> Any:
    kpis = list(queries.definitions().values())
    calendar, today = g.organisation.calendar, g.organisation.today()
    known = queries.partner_figures(partner.id, None, today, calendar).targets
    return render(
        "kpis/bulk.html",
        status=status,
        **page_context(partner, "kpis"),
        form=form,
        kpis=sorted((k for k in kpis if may_be_set(k)), key=lambda k: k.id not in known),
        others=[kpi for kpi in kpis if not may_be_set(kpi)],
        chosen=set(request.form.getlist("kpi")),
        typed=request.form,
        problems=problems or {},
    )


def _preview(
    partner: Partner,
    made: Sequence[Cell],
    terms: TermsForm,
    failed: Sequence[Failure] = (),
    status: int = 200,
    agreed: str = "",
) -> Any:
    by_kpi: dict[KpiRow, list[Cell]] = {}
    for cell in made:
        by_kpi.setdefault(cell.kpi, []).append(cell)
    return render(
        "kpis/bulk_preview.html",
        status=status,
        **page_context(partner, "kpis"),
        rows=by_kpi,
        left_out=[cell for cell in made if cell.value is None and not cell.problem],
        failed=[(failure.kpi, _WHY[failure.why]()) for failure in failed],
        terms_form=terms.offer(goal_words(partner.id)),
        agreed=agreed,
        agreed_help=TargetForm.agreed.kwargs["description"],
        input_text=input_text,
        count=sum(cell.value is not None for cell in made),
    )
