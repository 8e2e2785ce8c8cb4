"""Importing from the browser: upload, check, apply, and what earlier imports did."""

import csv
import io
import json
from typing import Any

from flask import Blueprint, Response, abort, g, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from peewee import JOIN
from wtforms import SelectChoice, SelectField

from app.core.accounts.models import User
from app.core.kpis import imports
from app.core.kpis.forms import blame
from app.core.kpis.imports.tables import COLUMNS
from app.core.kpis.models import Import
from app.core.kpis.refusals import KpiRefusal
from app.security import requires
from app.web import Page, page_number, render, saved

blueprint = Blueprint("imports", __name__, url_prefix="/import")

PER_PAGE = 20
MOST_FILES = 4
MOST_SHOWN = 200  # rows of a list of faults or notes; the rest is counted
KIND_LABELS = {
    "partners": lazy_gettext("Partners"),
    "kpis": lazy_gettext("KPIs"),
    "targets": lazy_gettext("Targets"),
    "values": lazy_gettext("Values"),
}


class ImportForm(FlaskForm):
    """One to four files, and what they hold where their header does not tell."""

    files = MultipleFileField(
        lazy_gettext("CSV files"),
        description=lazy_gettext("Up to four at once: partners, KPIs, targets, values."),
    )
    kind = SelectField(
        lazy_gettext("They hold"),
        default="",
        choices=[
            SelectChoice("", lazy_gettext("What their header says")),
            *(SelectChoice(kind, label) for kind, label in KIND_LABELS.items()),
        ],
    )

    def sources(self) -> list[imports.Source]:
        """The files with their kinds; a fault stands beside the field and nothing is returned."""
        uploads = [file for file in self.files.data or () if getattr(file, "filename", "")]
        if not uploads:
            return self._refuse(_("Choose at least one file."))
        if len(uploads) > MOST_FILES:
            return self._refuse(_("Choose at most four files."))
        found = []
        for upload in uploads:
            content = upload.stream.read()
            kind = self.kind.data or recognised(content)
            if not kind:
                return self._refuse(
                    _(
                        "The header of “%(name)s” is not one of the formats below: "
                        "say what the file holds.",
                        name=upload.filename[:100],
                    )
                )
            found.append(imports.Source(kind, upload.filename[:200], content))
        kinds = [source.kind for source in found]
        if len(set(kinds)) < len(kinds):
            return self._refuse(_("Two files hold the same; import them one after the other."))
        return found

    def _refuse(self, message: str) -> list[imports.Source]:
        self.files.errors = [message]
        return []


def recognised(content: bytes) -> str:
    """The kind of file whose columns the header row names; empty where it is none of them."""
    line = content[:4096].decode("utf-8-sig", "replace").partition("\n")[0]
    delimiter = max(",;\t", key=line.count)
    names = {name.strip().strip('"').casefold() for name in line.split(delimiter)}
    for kind, columns in COLUMNS.items():
        distinct = set(columns.optional) & names or kind in ("partners", "kpis")
        if set(columns.required) <= names and distinct and names <= {*columns.all, ""}:
            return kind
    return ""


@blueprint.route("", methods=["GET", "POST"])
@requires("imports.run")
def index() -> Any:
    """Upload files to check them or to import them."""
    form = ImportForm()
    if not form.is_submitted():
        return _page(form)
    if not form.validate() or not (sources := form.sources()):
        return _page(form, 422)
    plan = imports.read(sources, g.organisation.today())
    if not plan.ok:
        return _page(form, 422, plan=plan)
    if not _wants_import():
        return _page(form, plan=plan)
    try:
        report = imports.apply(plan, User.get_by_id(g.viewer.user_id))
    except KpiRefusal as refusal:
        blame(form, refusal)
        return _page(form, 422, plan=plan)
    if report.import_id is None:
        return saved(
            _("Everything in these files stands already: nothing was changed."),
            url_for("imports.index"),
        )
    return saved(_("Imported."), url_for("imports.show", import_id=report.import_id))


@blueprint.get("/<int:import_id>")
@requires("imports.run")
def show(import_id: int) -> Any:
    """What one import changed, and which guards nobody has looked at."""
    row = (
        Import.select(Import, User)
        .join(User, JOIN.LEFT_OUTER, on=(Import.by == User.id))
        .where(Import.id == import_id)
        .first()
    )
    if row is None:
        abort(404)
    unchecked = json.loads(row.unchecked)
    return render(
        "imports/show.html",
        record=row,
        files=json.loads(row.files),
        counts=json.loads(row.applied),
        unchecked=unchecked[:MOST_SHOWN],
        more=max(0, len(unchecked) - MOST_SHOWN),
        kinds=KIND_LABELS,
    )


@blueprint.get("/<kind>.csv")
@requires("imports.run")
def template(kind: str) -> Any:
    """An empty file of a kind, with its header row."""
    if kind not in COLUMNS:
        abort(404)
    text = io.StringIO()
    csv.writer(text).writerow(COLUMNS[kind].all)
    return Response(
        text.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{kind}.csv"'},
    )


def _page(form: ImportForm, status: int = 200, *, plan: imports.Plan | None = None) -> Any:
    number = page_number()
    errors = plan.errors if plan else []
    return render(
        "imports/index.html",
        "imports/_result.html",
        status=status,
        form=form,
        plan=plan,
        errors=errors[:MOST_SHOWN],
        more=max(0, len(errors) - MOST_SHOWN),
        kinds=KIND_LABELS,
        columns=COLUMNS,
        history=_history(number),
        page=Page(number, PER_PAGE, Import.select().count()),
    )


def _history(number: int) -> list[dict[str, Any]]:
    """Earlier imports, the latest first."""
    rows: Any = (
        Import.select(Import.id, Import.at, User.name, Import.files, Import.applied)
        .join(User, JOIN.LEFT_OUTER, on=(Import.by == User.id))
        .order_by(Import.id.desc())
        .paginate(number, PER_PAGE)
        .tuples()
    )
    return [
        {
            "id": import_id,
            "at": at,
            "by": name,
            "files": [file["name"] for file in json.loads(files)],
            "counts": json.loads(applied),
        }
        for import_id, at, name, files, applied in rows
    ]


def _wants_import() -> bool:
    return request.form.get("action") == "import"
