"""Importing from the browser: bring tables, what earlier imports did, and taking one back."""

import csv
import io
import json
from typing import Any

from flask import Blueprint, Response, abort, g, url_for
from flask_babel import gettext as _
from peewee import JOIN

from app import tables
from app.core.accounts.models import User
from app.core.kpis.imports import drafts
from app.core.kpis.imports.forms import KIND_LABELS, ImportForm
from app.core.kpis.imports.kinds import KINDS, columns_of
from app.core.kpis.imports.models import ImportDraft, ImportJournal
from app.core.kpis.imports.problems import Problem
from app.core.kpis.imports.undo import UndoRefused, undo
from app.core.kpis.models import Import
from app.core.kpis.refusals import KpiRefusal
from app.security import requires
from app.tables import Column
from app.web import Page, page_number, render, saved

blueprint = Blueprint("imports", __name__, url_prefix="/import")

PER_PAGE = 20
MOST_SHOWN = 200  # rows of a list of faults or notes; the rest is counted
EVERYTHING = 100_000


@blueprint.route("", methods=["GET", "POST"])
@requires("imports.run")
def index() -> Any:
    """Bring tables; nothing is written before their preview has been seen."""
    form = ImportForm()
    if not form.is_submitted():
        if kind := tables.wanted():
            return tables.download(_history(1, EVERYTHING), _history_columns(), "imports", kind)
        return _page(form)
    if not form.validate() or not (brought := form.brought()):
        return _page(form, 422)
    draft_id, problems = drafts.create(
        brought, form.source.data or "", User.get_by_id(g.viewer.user_id), form.kind.data
    )
    if not draft_id:
        return _page(form, 422, problems=problems)
    return _to_draft(draft_id)


@blueprint.get("/<int:import_id>")
@requires("imports.run")
def show(import_id: int) -> Any:
    """What one import changed, which guards nobody has looked at, and the way back."""
    return _show(import_id)


@blueprint.post("/<int:import_id>/undo")
@requires("imports.run")
def undo_import(import_id: int) -> Any:
    """Take an import back as a whole."""
    if not Import.select().where(Import.id == import_id).exists():
        abort(404)
    try:
        undo(import_id, User.get_by_id(g.viewer.user_id))
    except KpiRefusal as refusal:
        return _show(import_id, 422, refusal)
    return saved(
        _("The import is undone: what stood before stands again."),
        url_for("imports.show", import_id=import_id),
    )


@blueprint.get("/<kind>.csv")
@requires("imports.run")
def template(kind: str) -> Any:
    """An empty file of a kind, with its header row."""
    if kind not in KINDS:
        abort(404)
    text = io.StringIO()
    csv.writer(text).writerow(columns_of(kind).all)
    return Response(
        text.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{kind}.csv"'},
    )


def _to_draft(draft_id: int) -> Any:
    url = url_for("imports.draft", draft_id=draft_id)
    return Response("", 303, {"Location": url})


def _show(import_id: int, status: int = 200, refusal: KpiRefusal | None = None) -> Any:
    undoer = User.alias()
    row = (
        Import.select(Import, User, undoer)
        .join(User, JOIN.LEFT_OUTER, on=(Import.by == User.id))
        .switch(Import)
        .join(undoer, JOIN.LEFT_OUTER, on=(Import.undone_by == undoer.id))
        .where(Import.id == import_id)
        .first()
    )
    if row is None:
        abort(404)
    unchecked = json.loads(row.unchecked)
    return render(
        "imports/show.html",
        status=status,
        record=row,
        files=json.loads(row.files),
        counts=json.loads(row.applied),
        unchecked=unchecked[:MOST_SHOWN],
        more=max(0, len(unchecked) - MOST_SHOWN),
        kinds=KIND_LABELS,
        refusal=str(refusal) if refusal else "",
        reasons=refusal.reasons if isinstance(refusal, UndoRefused) else [],
        can_undo=row.undone_at is None
        and ImportJournal.select().where(ImportJournal.record == import_id).exists(),
        draft=ImportDraft.get_or_none(
            ImportDraft.record == import_id, ImportDraft.by == g.viewer.user_id
        ),
    )


def _page(form: ImportForm, status: int = 200, *, problems: list[Problem] | None = None) -> Any:
    number = page_number()
    waiting = (
        ImportDraft.select(ImportDraft.id, ImportDraft.at, ImportDraft.state, ImportDraft.tables)
        .where(ImportDraft.by == g.viewer.user_id, ImportDraft.state != "done")
        .order_by(ImportDraft.id.desc())
        .limit(10)
    )
    return render(
        "imports/index.html",
        "imports/_faults.html",
        status=status,
        form=form,
        problems=problems or [],
        kinds=KIND_LABELS,
        columns={kind: columns_of(kind) for kind in KINDS},
        drafts=[
            {
                "id": row.id,
                "at": row.at,
                "state": row.state,
                "files": sorted({table["name"] for table in json.loads(row.tables)}),
            }
            for row in waiting
        ],
        history=_history(number, PER_PAGE),
        page=Page(number, PER_PAGE, Import.select().count()),
    )


def _history(number: int, size: int) -> list[dict[str, Any]]:
    """Earlier imports, the latest first."""
    rows: Any = (
        Import.select(
            *(Import.id, Import.at, User.name, Import.files, Import.applied),
            *(Import.source, Import.left_out, Import.undone_at),
        )
        .join(User, JOIN.LEFT_OUTER, on=(Import.by == User.id))
        .order_by(Import.id.desc())
        .paginate(number, size)
        .tuples()
    )
    return [
        {
            "id": import_id,
            "at": at,
            "by": name,
            "files": [file["name"] for file in json.loads(files)],
            "hashes": [file["sha256"] for file in json.loads(files)],
            "counts": json.loads(applied),
            "source": source,
            "left_out": left_out,
            "undone_at": undone_at,
        }
        for import_id, at, name, files, applied, source, left_out, undone_at in rows
    ]


def _history_columns() -> list[Column]:
    return [
        Column(_("Number"), lambda row: row["id"]),
        Column(_("When"), lambda row: row["at"]),
        Column(_("By"), lambda row: row["by"]),
        Column(_("Source"), lambda row: row["source"]),
        Column(_("Files"), lambda row: "; ".join(row["files"])),
        Column("SHA-256", lambda row: "; ".join(row["hashes"])),
        *(
            Column(str(label), lambda row, kind=kind: row["counts"].get(kind, 0))  # type: ignore[misc]
            for kind, label in KIND_LABELS.items()
        ),
        Column(_("Restated"), lambda row: row["counts"].get("restated", 0)),
        Column(_("Left out"), lambda row: row["left_out"]),
        Column(_("Undone"), lambda row: row["undone_at"]),
    ]
