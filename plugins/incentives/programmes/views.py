"""Programmes as staff see them: which there are, what each says, and its versions."""

from collections.abc import Sequence
from typing import Any

from flask import Response, abort, request, url_for

from app.api import (
    Attention,
    Refusal,
    Viewer,
    confirm_identity,
    options,
    organisation,
    partner_types,
    render,
    requires,
    saved,
    translations,
    viewer,
    visible_refs,
)
from plugins.incentives.blueprints import staff
from plugins.incentives.programmes import aims, diff, enrolled, queries, services, starts
from plugins.incentives.programmes.definition import dumps
from plugins.incentives.programmes.forms import ProgrammeForm, ReasonForm, StartForm
from plugins.incentives.programmes.models import Programme, ProgrammeVersion
from plugins.incentives.programmes.names import glossary, glossary_in
from plugins.incentives.programmes.pages import blame, rules_of, stale, uploaded

_ = translations("incentives").gettext


@staff.get("/programmes")
@requires("incentives.view")
def programmes() -> Any:
    """Every programme, those that run first."""
    today = organisation().today()
    found = queries.programmes(viewer())
    stages = queries.stages([one.id for one in found], today)
    rows = []
    for programme in found:
        current, coming, draft = stages[programme.id]
        rows.append(
            {
                "programme": programme,
                "current": current,
                "definition": queries.definition_of(current) if current else None,
                "next": coming,
                "draft": draft,
            }
        )
    return render("incentives/programmes/index.html", rows=rows, today=today)


@staff.route("/programmes/new", methods=["GET", "POST"])
@requires("incentives.programmes")
def new_programme() -> Any:
    """A new programme from a template, from another one, or from a file."""
    form = StartForm()
    others = queries.programmes()
    form.start.choices = options(
        {
            "ladder": _("Three tiers on the scorecard"),
            "full": _("The recommended programme: scorecard, agreement, satisfaction, reporting"),
            **{f"copy-{one.id}": _("A copy of %(name)s", name=one.name) for one in others},
            "file": _("A file from another desk"),
        }
    )
    if not form.is_submitted():
        form.currency.data = organisation().currency
    elif form.validate():
        known = set(glossary_in(form.currency.data or "").facts)
        try:
            start = _start(form, known, others)
            programme_id = services.create(
                name=form.name.data or "",
                description=form.description.data or "",
                currency=form.currency.data or "",
                definition=start.definition,
            )
        except services.ProgrammeRefused as refusal:
            blame(form, refusal, "name")
        except Refusal as refusal:
            blame(form, refusal, "file")
        else:
            message = _("The first draft is ready. Nobody else sees it until it is published.")
            if start.left_out:
                message += " " + _(
                    "Left out, since nobody here tells of it: %(facts)s.",
                    facts=", ".join(start.left_out),
                )
            return saved(message, url_for("incentives.draft", programme_id=programme_id))
    status = 422 if form.is_submitted() else 200
    return render("incentives/programmes/new.html", status=status, form=form)


def _start(form: StartForm, known: set[str], others: list[Programme]) -> starts.Start:
    chosen = form.start.data or ""
    if chosen == "full":
        return starts.full(known)
    if chosen == "file":
        return starts.Start(uploaded(form.file))
    copied = next((one for one in others if chosen == f"copy-{one.id}"), None)
    if copied is None:
        return starts.ladder()
    rows = queries.versions(copied.id)
    latest = next((row for row in rows if row.state == "published"), rows[0])
    return starts.Start(queries.definition_of(latest))


@staff.get("/programmes/<int:programme_id>")
@requires("incentives.view")
def programme(programme_id: int) -> Any:
    """What a programme says today, what is coming, and who takes part."""
    found = queries.programme_or_404(programme_id)
    if found.status == "draft" and not viewer().can("incentives.programmes"):
        abort(404)
    today = organisation().today()
    current = queries.current_version(found.id, today)
    coming = queries.next_version(found.id, today)
    known = glossary(found)
    shown = current or coming
    rows = [row for row in queries.versions(found.id) if _may_see(row)]
    return render(
        "incentives/programmes/show.html",
        programme=found,
        rules=rules_of(queries.definition_of(shown), known) if shown else None,
        shown=shown,
        current=current,
        coming=coming,
        changes=_changes(found, current, coming) if current and coming else [],
        versions=rows,
        people=_people(rows),
        goals=aims.served(found.id, viewer()),
        draft=queries.draft(found.id) if viewer().can("incentives.programmes") else None,
        taking_part=len(enrolled.partner_ids(found.id)),
        review_is_due=found.review_due is not None and found.review_due <= today,
        today=today,
    )


@staff.get("/programmes/<int:programme_id>/versions/<int:number>")
@requires("incentives.view")
def programme_version(programme_id: int, number: int) -> Any:
    """What one version says, and what it changed."""
    found = queries.programme_or_404(programme_id)
    row = _version_or_404(found, number)
    before = queries.before(row)
    return render(
        "incentives/programmes/version.html",
        programme=found,
        version=row,
        rules=rules_of(queries.definition_of(row), glossary(found)),
        before=before,
        changes=_changes(found, before, row) if before else [],
        people=_people([row]),
        today=organisation().today(),
    )


@staff.get("/programmes/<int:programme_id>/versions/<int:number>.json")
@requires("incentives.view")
def export_version(programme_id: int, number: int) -> Any:
    """A version as a file that another desk reads."""
    found = queries.programme_or_404(programme_id)
    row = _version_or_404(found, number)
    name = f"programme-{found.id}-version-{row.number}.json"
    answer = Response(dumps(queries.definition_of(row)), mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@staff.route("/programmes/<int:programme_id>/edit", methods=["GET", "POST"])
@requires("incentives.programmes")
def edit_programme(programme_id: int) -> Any:
    """Rename a programme, describe it, or say when it is looked at again."""
    found = queries.programme_or_404(programme_id)
    form = ProgrammeForm(obj=found)
    versions = []
    if form.is_submitted() and form.validate():
        try:
            services.change_programme(
                found,
                form.version.data,
                name=form.name.data or "",
                description=form.description.data or "",
                currency=form.currency.data or "",
                review_due=form.review_due.data,
            )
        except services.StaleDraft:
            stale(form, found.version)
            versions = _both(form, found)
        except services.ProgrammeRefused as refusal:
            blame(form, refusal)
        else:
            return saved(_("Saved."), url_for("incentives.programme", programme_id=found.id))
    status = 422 if form.is_submitted() else 200
    return render(
        "incentives/programmes/edit.html",
        status=status,
        programme=found,
        form=form,
        versions=versions,
    )


@staff.post("/programmes/<int:programme_id>/reviewed")
@requires("incentives.programmes")
def programme_reviewed(programme_id: int) -> Any:
    """The yearly look at the programme found it good as it is."""
    found = queries.programme_or_404(programme_id)
    back = url_for("incentives.programme", programme_id=found.id)
    try:
        services.reviewed(found, request.form.get("version", -1, type=int))
    except services.StaleDraft:
        abort(409)
    return saved(_("Reviewed. The next look is due in a year."), back)


@staff.route("/programmes/<int:programme_id>/end", methods=["GET", "POST"])
@requires("incentives.programmes")
@confirm_identity()
def end_programme(programme_id: int) -> Any:
    """End a programme, with a reason."""
    found = queries.programme_or_404(programme_id)
    form = ReasonForm(obj=found)
    if form.is_submitted() and form.validate():
        try:
            services.end(found, form.version.data, form.reason.data or "")
        except services.StaleDraft:
            stale(form, found.version)
        except services.ProgrammeRefused as refusal:
            blame(form, refusal)
        else:
            return saved(
                _("The programme has ended."),
                url_for("incentives.programme", programme_id=found.id),
            )
    status = 422 if form.is_submitted() else 200
    return render("incentives/programmes/end.html", status=status, programme=found, form=form)


def attention(who: Viewer, programmes: Sequence[queries.Running]) -> list[Attention]:
    """Of the programmes that run, those to be looked at again, for administrators."""
    if not who.can("incentives.programmes"):
        return []
    today = organisation().today()
    return [
        Attention(
            _("Look at %(programme)s again", programme=row.name),
            "incentives.programme",
            {"programme_id": row.id},
            text=_("Does it still lead to what it was made for?"),
            label=_("Look at it"),
            due=row.review_due,
        )
        for row in (one.programme for one in programmes)
        if row.review_due is not None and row.review_due <= today
    ]


def _may_see(row: ProgrammeVersion) -> bool:
    return row.state != "draft" or viewer().can("incentives.programmes")


def _version_or_404(found: Programme, number: int) -> ProgrammeVersion:
    row = queries.version_of(found.id, number)
    if row is None or not _may_see(row):
        abort(404)
    return row


def _changes(
    found: Programme, before: ProgrammeVersion, after: ProgrammeVersion
) -> list[diff.Section]:
    known = glossary(found)
    return diff.differences(
        queries.definition_of(before), queries.definition_of(after), known, known, partner_types()
    )


def _people(rows: list[ProgrammeVersion]) -> dict[str, Any]:
    """Who published, by ref; whom this reader may not see is left out."""
    refs = [f"user:{row.published_by}" for row in rows if row.published_by]
    return dict(visible_refs(refs, viewer()))


def _both(form: ProgrammeForm, found: Programme) -> list[dict[str, Any]]:
    """What was saved beside what was typed, where they differ."""
    return [
        {"label": field.label.text, "theirs": getattr(found, field.name), "yours": field.data}
        for field in form
        if hasattr(found, field.name)
        and field.name != "version"
        and (getattr(found, field.name) or "") != (field.data or "")
    ]
