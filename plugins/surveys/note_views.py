"""Pages on which interviews and observations are written down, read and removed."""

from typing import Any

from flask import abort, request, url_for

from app.api import (
    Partner,
    atomic,
    audit,
    name_history,
    now,
    options,
    organisation,
    readable,
    render,
    requires,
    row_id,
    saved,
    translations,
    viewer,
)
from plugins.surveys import access, themes, words
from plugins.surveys import notes as queries
from plugins.surveys.blueprints import staff
from plugins.surveys.forms import NoteForm
from plugins.surveys.models import Note
from plugins.surveys.rules.definition import DIMENSIONS

_ = translations("surveys").gettext
lazy_gettext = translations("surveys").lazy_gettext

_FIELDS = (
    *("kind", "day", "participants", "guide", "text", "quotes", "themes", "consent"),
    "dimension",
)

name_history(
    {
        "surveys.note_written": lazy_gettext("Interview or observation written down"),
        "surveys.note_removed": lazy_gettext("Interview or observation removed"),
    }
)


@staff.get("/notes")
@requires("surveys.manage")
def notes() -> Any:
    """Interviews and observations."""
    theme = request.args.get("theme", "")[:60]
    dimension = request.args.get("dimension", "")
    dimension = dimension if dimension in DIMENSIONS else ""
    about = row_id(request.args.get("partner"))
    found = queries.listed(viewer(), about, theme=theme, dimension=dimension)
    return render(
        "surveys/notes.html",
        "surveys/_notes.html",
        notes=found,
        changeable=queries.changeable(found, viewer()),
        themes_of=queries.themes_of,
        theme=theme,
        chips=_chips(about, dimension),
        words=words,
        partner=Partner.get_or_none(Partner.id == about) if about else None,
    )


def _chips(about: int | None, dimension: str) -> list[dict[str, Any]]:
    named = [("", _("All")), *((name, str(label)) for name, label in words.DIMENSIONS.items())]
    return [
        {
            "label": label,
            "url": url_for("surveys.notes", partner=about, dimension=name or None),
            "active": name == dimension,
        }
        for name, label in named
    ]


@staff.route("/notes/new", methods=["GET", "POST"])
@requires("surveys.manage")
def add_note() -> Any:
    """Write down an interview or an observation."""
    return _edit(None)


@staff.route("/notes/<int:note_id>", methods=["GET", "POST"])
@requires("surveys.manage")
def note(note_id: int) -> Any:
    """One interview or observation, to be changed or, by others, read."""
    row = access.note_or_404(note_id)
    if _may_change(row):
        return _edit(row)
    if request.method == "POST":
        abort(403)
    return render(
        "surveys/note.html", form=None, note=row, words=words, themes_of=queries.themes_of
    )


def _may_change(row: Note) -> bool:
    return row.id in queries.changeable([row], viewer())


def _edit(row: Note | None) -> Any:
    form = NoteForm(obj=row)
    named = Partner.select(Partner.id, Partner.name).where(readable(viewer()))
    form.partner.choices = options(
        [
            ("", _("None")),
            *((str(id_), name) for id_, name in named.order_by(Partner.name).tuples()),
        ]
    )
    if request.method == "GET":
        asked = request.args.get("partner", "")
        form.partner.data = str(row.partner_id or "") if row else asked
        form.day.data = row.day if row else organisation().today()
    if request.method == "POST" and form.validate():
        if form.quotes.data and form.consent.data != "quotes":
            form.quotes.errors = [_("Quotes need the consent to quote.")]
        elif _kept(row, form):
            return saved(_("Written down."), url_for("surveys.notes"))
        else:
            form.form_errors.append(_("Somebody else has written here in the meantime."))
    status = 422 if request.method == "POST" else 200
    return render(
        "surveys/note.html", status=status, form=form, note=row, known=themes.known(viewer())
    )


def _kept(row: Note | None, form: NoteForm) -> bool:
    values: dict[str, Any] = {name: form[name].data or "" for name in _FIELDS}
    values |= {
        "partner": int(form.partner.data) if form.partner.data else None,
        "confidential": bool(form.confidential.data),
    }
    with atomic():
        if row is None:
            made = Note.create(created_at=now(), created_by=viewer().user_id, **values)
            audit("surveys.note_written", f"surveys_note:{made.id}", {"fields": sorted(values)})
            return True
        done = (
            Note.update(version=Note.version + 1, **values)
            .where(Note.id == row.id, Note.version == form.version.data)
            .execute()
        )
        if done:
            audit("surveys.note_written", f"surveys_note:{row.id}", {"fields": sorted(values)})
        return bool(done)


@staff.post("/notes/<int:note_id>/remove")
@requires("surveys.manage")
def remove_note(note_id: int) -> Any:
    """Remove a note, as when somebody takes their consent back."""
    row = access.note_or_404(note_id)
    if not _may_change(row):
        abort(403)
    with atomic():
        Note.delete().where(Note.id == row.id).execute()
        audit("surveys.note_removed", f"surveys_note:{row.id}")
    return saved(_("Removed."), url_for("surveys.notes"))
