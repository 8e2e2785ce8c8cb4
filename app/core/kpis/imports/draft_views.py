"""An import on its way in the browser: match the columns, see every row's outcome, apply."""

import json
from typing import Any

from flask import Response, abort, g, request, url_for
from flask_babel import gettext as _

from app import tables
from app.core.kpis.imports import drafts, previews
from app.core.kpis.imports import mapping as mappings
from app.core.kpis.imports.changes import OUTCOMES
from app.core.kpis.imports.forms import (
    DATES,
    DECIMALS,
    KIND_LABELS,
    column_label,
    faults,
    matched,
)
from app.core.kpis.imports.kinds import KINDS, REFERENCES, columns_of
from app.core.kpis.imports.matching import Table, tables_of
from app.core.kpis.imports.models import ImportDraft, ImportDraftRow
from app.core.kpis.imports.views import blueprint
from app.security import requires
from app.tables import Column
from app.web import Page, page_number, render, same_page, saved

PER_PAGE = 100
TONES = {
    "new": "good",
    "changed": "accent",
    "restates": "warning",
    "unchanged": "neutral",
    "error": "bad",
}

__all__ = ["blueprint"]


@blueprint.get("/drafts/<int:draft_id>")
@requires("imports.run")
def draft(draft_id: int) -> Any:
    """Where an import stands: to be matched, being read, its preview, or what became of it."""
    found = _mine(draft_id)
    if found.state == "matching":
        return _matching(found, tables_of(found))
    if found.state in drafts.BUSY:
        return render("imports/progress.html", "imports/_progress.html", draft=found)
    if kind := tables.wanted():
        rows = _rows(found).dicts()
        return tables.download(rows, _columns(), f"import-preview-{found.id}", kind)
    return _preview(found)


@blueprint.route("/drafts/<int:draft_id>/columns", methods=["GET", "POST"])
@requires("imports.run")
def columns(draft_id: int) -> Any:
    """Say what the columns mean, and go on to the preview."""
    found = _mine(draft_id)
    before = tables_of(found)
    if request.method == "GET":
        return _matching(found, before)
    if found.state in (*drafts.BUSY, "done"):
        return _to(found)
    said = [matched(table, at, request.form) for at, table in enumerate(before)]
    wrong = {at: texts for at, table in enumerate(said) if (texts := faults(table))}
    if request.form.get("action") == "refresh":
        drafts.match(found, said)
        return _matching(found, said)
    if all(table.skipped for table in said):
        return _matching(found, said, 422, {0: [_("Leave at least one table in.")]})
    if wrong:
        return _matching(found, said, 422, wrong)
    drafts.match(found, said)
    drafts.start(draft_id)
    return _to(found)


@blueprint.post("/drafts/<int:draft_id>/apply")
@requires("imports.run")
def apply(draft_id: int) -> Any:
    """Import what the preview shows: everything, or the good rows only."""
    found = _mine(draft_id)
    good_only = request.form.get("rows") == "good"
    if found.state == "ready":
        wrong = json.loads(found.counts).get("error", 0)
        if wrong and not (good_only and found.whole):
            return _preview(found, 422, _("Some rows are wrong: correct them, or leave them out."))
        drafts.start_applying(draft_id, good_only=good_only)
        found = _mine(draft_id)
    if found.state == "ready":
        return _preview(found, 422)  # what was shown no longer holds
    if found.state == "done" and found.record_id:
        return saved(_("Imported."), url_for("imports.show", import_id=found.record_id))
    if found.state == "done":
        return saved(
            _("Everything in these files stands already: nothing was changed."),
            url_for("imports.index"),
        )
    return _to(found)


@blueprint.post("/drafts/<int:draft_id>/discard")
@requires("imports.run")
def discard(draft_id: int) -> Any:
    """Forget an import that was not applied."""
    if not drafts.discard(_mine(draft_id)):
        return saved(
            _("It has been applied already: it can be undone."),
            url_for("imports.draft", draft_id=draft_id),
        )
    return saved(_("Discarded: nothing was imported."), url_for("imports.index"))


@blueprint.get("/drafts/<int:draft_id>/left-out.csv")
@requires("imports.run")
def left_out(draft_id: int) -> Any:
    """The rows with faults as they were brought, to be corrected and imported again."""
    found = _mine(draft_id)
    rows = list(previews.left_out(found))
    width = max((len(cells) for cells, _fault in rows), default=0)

    def cell(at: int) -> Any:
        return lambda row: row[0][at] if at < len(row[0]) else ""

    if not rows:
        abort(404)
    (headings, problem), *bad = rows
    shape = [
        *(Column(headings[at] if at < len(headings) else "", cell(at)) for at in range(width)),
        Column(problem, lambda row: row[1]),
    ]
    return tables.download(bad, shape, "left-out", "csv")


def _mine(draft_id: int) -> ImportDraft:
    """The viewer's own draft; another's is not there."""
    found: ImportDraft | None = ImportDraft.get_or_none(
        ImportDraft.id == draft_id, ImportDraft.by == g.viewer.user_id
    )
    if found is None:
        abort(404)
    return found


def _to(found: ImportDraft) -> Any:
    url = url_for("imports.draft", draft_id=found.id)
    if request.headers.get("HX-Request") == "true":
        return Response("", 200, {"HX-Redirect": url})
    return Response("", 303, {"Location": url})


def _matching(
    found: ImportDraft,
    shown: list[Table],
    status: int = 200,
    wrong: dict[int, list[str]] | None = None,
) -> Any:
    return render(
        "imports/columns.html",
        "imports/_columns.html",
        status=status,
        draft=found,
        tables=shown,
        wrong=wrong or {},
        kinds=KIND_LABELS,
        references=REFERENCES,
        known_columns={kind: columns_of(kind) for kind in KINDS},
        decimals=DECIMALS,
        dates=DATES,
        column_label=column_label,
        choices=mappings.choices,
    )


def _rows(found: ImportDraft) -> Any:
    query = ImportDraftRow.select().where(ImportDraftRow.draft == found.id)
    if (outcome := _outcome()) != "":
        query = query.where(ImportDraftRow.outcome == outcome)
    return query.order_by(ImportDraftRow.n)


def _outcome() -> str:
    asked = request.args.get("outcome", "")
    return asked if asked in OUTCOMES else ""


def _preview(found: ImportDraft, status: int = 200, message: str = "") -> Any:
    counts = json.loads(found.counts)
    number = page_number()
    rows = _rows(found)
    words = outcome_words()
    chips = [
        {
            "label": words[name],
            "count": counts.get(name, 0),
            "active": _outcome() == name,
            "url": same_page(outcome=None if _outcome() == name else name, page=None),
        }
        for name in OUTCOMES
        if counts.get(name) or _outcome() == name
    ]
    changing = sum(counts.get(name, 0) for name in ("new", "changed", "restates"))
    return render(
        "imports/preview.html",
        "imports/_preview.html",
        status=status,
        draft=found,
        rows=list(rows.paginate(number, PER_PAGE).dicts()),
        page=Page(number, PER_PAGE, rows.count()),
        chips=chips,
        counts=counts,
        changing=changing,
        words=words,
        tones=TONES,
        kinds=KIND_LABELS,
        column_label=column_label,
        warnings=json.loads(found.warnings),
        message=message or found.message,
        matchable=any(table.mapping for table in tables_of(found)),
    )


def outcome_words() -> dict[str, str]:
    """What becomes of a row, in words."""
    return {
        "new": _("New"),
        "changed": _("Changed"),
        "restates": _("Replaces an approved figure"),
        "unchanged": _("Stands already"),
        "error": _("Wrong"),
    }


def _columns() -> list[Column]:
    words = outcome_words()
    return [
        Column(_("File"), lambda row: row["file"]),
        Column(_("Row"), lambda row: row["row"]),
        Column(_("Outcome"), lambda row: words[row["outcome"]]),
        Column(_("About"), lambda row: row["about"]),
        Column(_("Change"), lambda row: row["change"]),
        Column(_("Column"), lambda row: row["column"]),
        Column(_("Found"), lambda row: row["value"]),
        Column(_("Expected"), lambda row: row["expected"]),
    ]
