"""One line of the ledger: the whole sum in words, lines by hand, and taking one back."""

import json
from fractions import Fraction
from typing import Any

from flask import abort, request, url_for

from app.api import Kind as PeriodKind
from app.api import (
    Partner,
    Period,
    blame,
    currency_exponent,
    kpis,
    organisation,
    render,
    requires,
    saved,
    translations,
    viewer,
    visible_refs,
)
from plugins.incentives.blueprints import portal, staff
from plugins.incentives.ledger import decisions, pay, queries, words
from plugins.incentives.ledger.forms import DecideForm, ManualForm, ReasonForm, minor_units
from plugins.incentives.ledger.queries import Row
from plugins.incentives.ledger.refusals import LedgerRefusal
from plugins.incentives.ledger.statement import title
from plugins.incentives.ledger.views import may_decide

_ = translations("incentives").gettext


@staff.get("/ledger/<int:entry_id>")
@requires("incentives.money")
def entry(entry_id: int) -> Any:
    """One line: the whole sum in words, who decided what, and where it stands."""
    return _entry(queries.entry_or_404(entry_id, viewer()), ReasonForm(formdata=None))


@portal.get("/statement/<int:entry_id>")
@requires("incentives.portal")
def own_entry(entry_id: int) -> Any:
    """One line of the own statement, with the whole sum in words."""
    row = queries.entry_or_404(entry_id, viewer())
    if row.kind == "payout":
        abort(404)  # it settles lines, and stands among the payments of the statement
    period = Period.from_key(row.period) if row.period is not None else None
    label = organisation().calendar.label(period) if period else None
    return render(
        "incentives/ledger/own_entry.html",
        **_sum(row),
        row=row,
        back=url_for("incentives_portal.own_statement", period=label),
        words=words,
    )


@staff.post("/ledger/<int:entry_id>/reverse")
@requires("incentives.money")
def reverse(entry_id: int) -> Any:
    """Take a line back by one that mirrors it."""
    row = queries.entry_or_404(entry_id, viewer())
    if row.partner_id not in decisions.mine_of([row.partner_id], viewer()):
        abort(403)
    form = ReasonForm()
    if form.validate():
        try:
            mirrored = decisions.reverse(entry_id, form.reason.data or "", by=viewer())
        except LedgerRefusal as refusal:
            blame(form, refusal)
        else:
            message = _("Taken back; somebody has to approve it.")
            return saved(message, url_for("incentives.entry", entry_id=mirrored))
    return _entry(row, form, 422)


def _entry(row: Row, form: ReasonForm, status: int = 200) -> Any:
    account = queries.of_account(row)
    people = {
        f"user:{id_}" for one in (row, *account) for id_ in (one.author, one.decided_by) if id_
    }
    mine = decisions.mine_of([row.partner_id], viewer())
    return render(
        "incentives/ledger/entry.html",
        status=status,
        **_sum(row),
        row=row,
        account=account,
        reversed_by=queries.reversal_of(row.id),
        people=visible_refs(sorted(people), viewer()),
        may_reverse=row.partner_id in mine
        and row.state in ("payable", "in_payout", "paid")
        and row.kind not in ("payout", "reversal"),
        form=form,
        may=may_decide(row, mine),
        decide_form=DecideForm(formdata=None),
        words=words,
    )


def _sum(row: Row) -> dict[str, Any]:
    """What both sides read of how a line was worked out."""
    rewards = queries.rewards_of({row.version_id})
    sources, working = (json.loads(text) for text in queries.working_of(row.id))
    return {
        "name": title(row, rewards),
        "tier": queries.tier_name(row),
        "steps": _steps(row, rewards, working),
        "working": working,
        "sources": sources,
        "staff": viewer().is_staff,
    }


def _steps(row: Row, rewards: Any, working: dict[str, Any]) -> list[words.Step]:
    """The sum that a line of a reward rests on; none of a line that was written by hand."""
    reward = rewards.get((row.version_id or 0, row.reward))
    if reward is None or row.period is None or "due" not in working:
        return []
    base = None if working.get("base") is None else Fraction(working["base"])
    carried = Fraction(working.get("carried") or 0)
    places = currency_exponent(row.currency)
    met = pay.desired(reward, base, exponent=places, carried=carried)
    if met is None or met.minor != working["due"]:
        # Its requirement was not met, or the tier is paid nothing.
        return [words.Step(_("Nothing is due"), words.money(0, row.currency), strong=True)]
    kpi = next((one for one in kpis(active_only=False).values() if one.code == reward.base), None)
    text, link, kpi_name = "", "", reward.base
    if base is not None and kpi is not None:
        kpi_name = kpi.name
        text = _base_words(base, kpi, row.currency)
        link = _explained(row, kpi.id, organisation().calendar.label(Period.from_key(row.period)))
    given = {"kpi": kpi_name, "base": text, "base_link": link}
    return words.steps(reward, met, row.currency, **given, carried=carried)


def _explained(row: Row, kpi_id: int, period: str) -> str:
    """Where the figure is explained to whoever reads; to a partner, of what it is measured by."""
    if not viewer().is_staff:
        known = visible_refs([f"kpi:{kpi_id}"], viewer())
        return url_for("portal.explain", kpi_id=kpi_id, period=period) if known else ""
    return url_for("kpis.explain", partner_id=row.partner_id, kpi_id=kpi_id, period=period)


def _base_words(base: Fraction, kpi: Any, currency: str) -> str:
    if kpi.value_type == "money":
        return words.money(base * 10 ** currency_exponent(currency), currency)
    places = next((n for n in range(7) if (base * 10**n).denominator == 1), 6)
    return f"{words.number(base, places)} {kpi.unit}".strip()


@staff.route("/ledger/new", methods=["GET", "POST"])
@requires("incentives.money")
def write() -> Any:
    """Write a line by hand; somebody else approves it."""
    form = ManualForm()
    partners, programmes = decisions.choices(viewer())
    form.partner.choices = partners
    form.programme.choices = [(one.id, f"{one.name} ({one.currency})") for one in programmes]
    if not form.is_submitted():
        month = organisation().calendar.containing(organisation().today(), PeriodKind.MONTH)
        form.period.data = organisation().calendar.label(month)
        if chosen := request.args.get("partner", type=int):
            form.partner.data = chosen
        return render("incentives/ledger/new.html", form=form, ready=bool(partners and programmes))
    if form.validate():
        programme = next(one for one in programmes if one.id == form.programme.data)
        try:
            id_ = decisions.write(
                programme,
                Partner.get_by_id(form.partner.data),
                minor_units(form.amount.data or "", programme.currency),
                organisation().calendar.parse(form.period.data or ""),
                form.reason.data or "",
                once=form.token.data or "",
                by=viewer(),
            )
        except LedgerRefusal as refusal:
            blame(form, refusal)
        else:
            message = _("Written; somebody has to approve it.")
            return saved(message, url_for("incentives.entry", entry_id=id_))
    return render("incentives/ledger/new.html", status=422, form=form, ready=True)
