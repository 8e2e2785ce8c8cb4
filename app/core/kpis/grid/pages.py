"""What the three grids share: of a partner, of a KPI, and in the portal."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import g, request
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.db import atomic
from app.core.kpis import sql
from app.core.kpis.grid import drafts, queries
from app.core.kpis.grid.columns import Columns
from app.core.kpis.grid.handing_in import (
    GridForm,
    HandedIn,
    hand_in,
    keep_drafts,
    typed_cells,
    unknown,
)
from app.core.kpis.grid.queries import Draft, Key
from app.core.kpis.grid.sheet import Row, Sheet, Typed, build
from app.core.kpis.presentation import period_label
from app.core.kpis.queries import KpiRow
from app.core.periods import Kind, Period
from app.web import render, same_page, saved

MOST_ROWS = 50
FAULTS_SHOWN = 20


def show(template: str, rows: Sequence[Row], columns: Columns, **context: Any) -> Any:
    """The grid as it stands, with this person's drafts in it."""
    partner_ids, kpi_ids = _ids(rows)
    kept = queries.drafts(g.viewer.user_id, partner_ids, kpi_ids)
    sheet = _sheet(rows, columns, Typed(kept, True, {}))
    form = GridForm(formdata=None)
    return _page(template, sheet, columns, form, kept=kept, **context)


def take(
    template: str,
    rows: Sequence[Row],
    columns: Columns,
    scope: Mapping[str, int],
    **context: Any,
) -> Any:
    """Check, submit or discard what a grid's form holds; nothing typed is lost.

    `scope` is what the grid is of, a `partner_id` or a `kpi_id`: its drafts can be discarded.
    """
    action = request.form.get("do", "check")
    if action == "discard":
        count = drafts.discard(g.viewer, **scope)
        words = ngettext("One draft is discarded.", "%(num)s drafts are discarded.", count)
        return saved(words, same_page())
    typed, form = typed_cells(), GridForm()
    if not context["approvable"]:
        del form.approval
    result = HandedIn(0, False)
    with atomic():  # what is compared with what stands is submitted before it can change
        sql.lock_partners(_ids(rows)[0])
        sheet = _sheet(rows, columns, Typed(typed, False, {}))
        keep_drafts(sheet, by=g.viewer)
        strangers = unknown(typed, sheet)
        if strangers and action == "submit":
            form.validate()
        elif action in ("submit", "good"):
            result = hand_in(sheet, form, by=g.viewer, good_only=action == "good")
        else:
            form.validate()
    if result.submitted:
        return saved(_told(result, sheet, bool(form.approval and form.approval.data)), same_page())
    if strangers:
        form.form_errors.append(
            ngettext(
                "One cell is not part of this grid any more: reload the page.",
                "%(num)s cells are not part of this grid any more: reload the page.",
                strangers,
            )
        )
    if action in ("submit", "good") and not strangers and not sheet.entered:
        form.form_errors.append(_("Nothing is entered yet: there is nothing to submit."))
    wrong = bool(form.errors or sheet.faulty)
    return _page(
        template, sheet, columns, form, status=422 if wrong else 200, checked=True, **context
    )


def save_drafts() -> tuple[str, int]:
    """Keep what a script sends while somebody types; answers nothing."""
    drafts.keep(typed_cells(), by=g.viewer)
    return "", 204


def row_of(kpi: KpiRow, partner: Any, *, label: str, sub: str, url: str, writable: bool) -> Row:
    """A row, and why nothing can be entered in it where that is so."""
    barred = None
    if kpi.formula:
        barred = _("worked out by a formula")
    elif not writable:
        barred = ""
    elif kpi.evidence_required:
        barred = _("asks for evidence: report it on its own page")
    since = partner.first_import_at.date() if partner.first_import_at else None
    return Row(partner.id, kpi, label, sub, url, partner.currency or "", since, barred)


def kinds_of(kpis: Sequence[KpiRow]) -> tuple[set[Kind], Kind]:
    """The kinds of period that these KPIs are reported in, and the one that most are."""
    counts: dict[Kind, int] = {}
    for kpi in kpis:
        counts[kpi.kind] = counts.get(kpi.kind, 0) + 1
    usual = max(counts, key=lambda kind: (counts[kind], -kind.rank), default=Kind.MONTH)
    return set(counts) or {Kind.MONTH}, usual


def _ids(rows: Sequence[Row]) -> tuple[list[int], list[int]]:
    return sorted({row.partner_id for row in rows}), sorted({row.kpi.id for row in rows})


def _sheet(rows: Sequence[Row], columns: Columns, typed: Typed) -> Sheet:
    partner_ids, kpi_ids = _ids(rows)
    stands = queries.stands(partner_ids, kpi_ids, columns.first, columns.last)
    if not typed.drafts:
        gone = {
            draft.seen
            for key, draft in typed.texts.items()
            if draft.seen and draft.seen != stands.get(key, queries.NOTHING).revision_id
        }
        typed = typed._replace(seen=queries.seen_figures(gone))
    calendar, today = g.organisation.calendar, g.organisation.today()
    return build(rows, columns.columns, stands, typed, calendar=calendar, today=today)


def _page(
    template: str,
    sheet: Sheet,
    columns: Columns,
    form: GridForm,
    *,
    status: int = 200,
    checked: bool = False,
    kept: dict[Key, Draft] | None = None,
    **context: Any,
) -> Any:
    if not context["approvable"] and form.approval:
        del form.approval
    faulty = sheet.faulty
    entered = sheet.entered
    return render(
        template,
        status=status,
        sheet=sheet,
        columns=columns,
        form=form,
        entered=len(entered),
        sound=sum(1 for cell in entered if not cell.error),
        restating=any(cell.restates for cell in entered) or bool(form.reason.errors),
        faulty=faulty[:FAULTS_SHOWN],
        more_faults=max(0, len(faulty) - FAULTS_SHOWN),
        checked=checked,
        elsewhere=_elsewhere(kept or {}, sheet),
        **context,
    )


def _elsewhere(kept: dict[Key, Draft], sheet: Sheet) -> dict[str, Any] | None:
    """Drafts in periods that are not shown: how many, and the way to the latest."""
    shown = {cell.key for cell in sheet.cells}
    hidden = [key for key in kept if key not in shown]
    if not hidden:
        return None
    latest = Period.from_key(max(key[2] for key in hidden))
    url = same_page(page=None, period=g.organisation.calendar.label(latest))
    return {"count": len(hidden), "label": period_label(latest), "url": url}


def _told(result: HandedIn, sheet: Sheet, approved: bool) -> str:
    if approved:
        words = ngettext(
            "One figure is recorded.", "%(num)s figures are recorded.", result.submitted
        )
    else:
        words = ngettext(
            "One figure is submitted; it awaits approval.",
            "%(num)s figures are submitted; they await approval.",
            result.submitted,
        )
    left = len(sheet.faulty)
    if left:
        more = ngettext("One stays here as a draft.", "%(num)s stay here as drafts.", left)
        return f"{words} {more}"
    return str(words)
