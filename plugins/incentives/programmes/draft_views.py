"""The draft editor: one page on which every form opens in its place.

Without JavaScript each action loads the page anew; htmx replaces the draft alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_wtf import FlaskForm
from msgspec.structs import replace

from app.api import (
    Refusal,
    is_partial,
    partner_types,
    render,
    requires,
    saved,
    translations,
)
from plugins.incentives.blueprints import staff
from plugins.incentives.programmes import queries, services, words
from plugins.incentives.programmes.checks import check
from plugins.incentives.programmes.condition_forms import HINTS as CONDITION_HINTS
from plugins.incentives.programmes.condition_forms import MEASURES
from plugins.incentives.programmes.definition import Definition, RewardKind
from plugins.incentives.programmes.editing import EditRefused
from plugins.incentives.programmes.forms import ImportForm, RulesForm
from plugins.incentives.programmes.models import Programme, ProgrammeVersion
from plugins.incentives.programmes.names import glossary
from plugins.incentives.programmes.pages import (
    blame,
    refusal_words,
    rules_of,
    stale,
    uploaded,
)
from plugins.incentives.programmes.reward_forms import HINTS as REWARD_HINTS

_ = translations("incentives").gettext


@dataclass(frozen=True)
class Editing:
    """A programme with the draft that is edited."""

    programme: Programme
    draft: ProgrammeVersion

    @property
    def definition(self) -> Definition:
        """What the draft says now."""
        return queries.definition_of(self.draft)


@dataclass(frozen=True)
class Opened:
    """A form that stands open in the page: where, and what it is for."""

    place: str  # "tier:gold", "new-tier", "condition:r2", "new-condition:tier:gold:g1" …
    form: FlaskForm
    action: str
    title: str
    template: str
    extra: dict[str, Any] | None = None


def editing_or_404(programme_id: int) -> Editing:
    """The draft of a programme; 404 where there is none."""
    found = queries.programme_or_404(programme_id)
    draft = queries.draft(found.id)
    if draft is None:
        abort(404)
    return Editing(found, draft)


def page(
    programme_id: int,
    opened: Opened | None = None,
    *,
    status: int = 200,
    focus: str = "",
    message: str = "",
    tone: str = "success",
) -> Any:
    """The draft's page or fragment, perhaps with a form open in it."""
    now = editing_or_404(programme_id)
    known = glossary(now.programme)
    problems = check(now.definition, known)
    return render(
        "incentives/programmes/draft.html",
        "incentives/programmes/_draft.html",
        status=status,
        programme=now.programme,
        draft=now.draft,
        rules=rules_of(now.definition, known),
        problems=[(problem, refusal_words(problem)) for problem in problems],
        opened=opened,
        focus=focus,
        message=message,
        tone=tone,
        measures=MEASURES,
        measure_hints=CONDITION_HINTS,
        kinds=words.KINDS,
        kind_hints=REWARD_HINTS,
        paying=[kind for kind in RewardKind if kind.pays],
        colours=words.COLOURS,
        base=queries.latest_published(now.programme.id),
    )


def apply(
    programme_id: int, change: Callable[[Definition], Definition], message: str, focus: str
) -> Any:
    """Apply an edit that needs no form; a stale or impossible one is said on the page."""
    now = editing_or_404(programme_id)
    try:
        services.edit_draft(now.draft, sent_version(), change)
    except (services.StaleDraft, EditRefused) as error:
        return _not_done(programme_id, error, focus)
    return done(programme_id, message, focus)


def unfinished(programme_id: int, opened: Opened) -> Any:
    """The page with the form open, where nothing is to be saved yet; None where it is valid."""
    if not opened.form.is_submitted():
        return page(programme_id, opened)
    if not opened.form.validate():
        return page(programme_id, opened, status=422)
    return None


def submit(
    programme_id: int,
    opened: Opened,
    change: Callable[[Definition], Definition],
    message: str,
    focus: str,
) -> Any:
    """Apply what a valid form says; otherwise the form stands open with what was typed."""
    now = editing_or_404(programme_id)
    try:
        services.edit_draft(now.draft, opened.form.version.data, change)
    except services.StaleDraft:
        stale(opened.form, now.draft.version)
    except Refusal as refusal:
        blame(opened.form, refusal)
    else:
        return done(programme_id, message, focus)
    return page(programme_id, opened, status=422)


def done(programme_id: int, message: str, focus: str) -> Any:
    """An edit is saved: the new fragment, or the page at the place that was edited."""
    if is_partial():
        return page(programme_id, message=message, focus=focus)
    flash(message, "success")
    return redirect(url_for("incentives.draft", programme_id=programme_id, _anchor=focus), 303)


def _not_done(programme_id: int, error: Refusal | services.StaleDraft, focus: str = "") -> Any:
    """The draft as it stands, with what kept an edit from being made."""
    text = _("Somebody changed this draft meanwhile. Look at it, then do it again.")
    if isinstance(error, Refusal):
        text = refusal_words(error)
    return page(programme_id, status=422, message=text, tone="error", focus=focus)


def sent_version() -> int:
    """The version of the draft that a button was pressed on."""
    text = request.form.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else -1


@staff.get("/programmes/<int:programme_id>/draft")
@requires("incentives.programmes")
def draft(programme_id: int) -> Any:
    """The draft with its tiers, conditions and rewards."""
    return page(programme_id)


@staff.post("/programmes/<int:programme_id>/draft")
@requires("incentives.programmes")
def start_draft(programme_id: int) -> Any:
    """Begin the next version from what the latest one says."""
    found = queries.programme_or_404(programme_id)
    try:
        services.start_draft(found)
    except services.ProgrammeRefused as refusal:
        flash(refusal_words(refusal), "error")
        return redirect(url_for("incentives.programme", programme_id=found.id), 303)
    return redirect(url_for("incentives.draft", programme_id=found.id), 303)


@staff.post("/programmes/<int:programme_id>/draft/undo")
@requires("incentives.programmes")
def undo_draft(programme_id: int) -> Any:
    """Take the last edit back."""
    now = editing_or_404(programme_id)
    try:
        services.undo(now.draft, sent_version())
    except (services.StaleDraft, services.ProgrammeRefused) as error:
        return _not_done(programme_id, error, "undo")
    return done(programme_id, _("The last change was taken back."), "undo")


@staff.post("/programmes/<int:programme_id>/draft/discard")
@requires("incentives.programmes")
def discard_draft(programme_id: int) -> Any:
    """Throw the draft away."""
    now = editing_or_404(programme_id)
    try:
        gone = services.discard(now.programme, now.draft, sent_version())
    except services.StaleDraft as error:
        return _not_done(programme_id, error)
    if gone:
        return saved(_("The programme was removed."), url_for("incentives.programmes"))
    back = url_for("incentives.programme", programme_id=programme_id)
    return saved(_("The draft was discarded."), back)


@staff.route("/programmes/<int:programme_id>/draft/file", methods=["GET", "POST"])
@requires("incentives.programmes")
def import_draft(programme_id: int) -> Any:
    """Put a definition from a file in the draft's place."""
    now = editing_or_404(programme_id)
    form = ImportForm(obj=now.draft)
    opened = Opened(
        "file",
        form,
        url_for("incentives.import_draft", programme_id=programme_id),
        _("Replace the draft by a file"),
        "incentives/programmes/_file_form.html",
    )
    if (answer := unfinished(programme_id, opened)) is not None:
        return answer
    try:
        definition = uploaded(form.file)
    except Refusal as refusal:
        blame(form, refusal, "file")
        return page(programme_id, opened, status=422)
    message = _("The draft is what the file says.")
    return submit(programme_id, opened, lambda _before: definition, message, "draft")


@staff.route("/programmes/<int:programme_id>/draft/rules", methods=["GET", "POST"])
@requires("incentives.programmes")
def edit_rules(programme_id: int) -> Any:
    """Who takes part, and how tiers come and go."""
    now = editing_or_404(programme_id)
    form = RulesForm(partner_types(), data=_rules_data(now))
    opened = Opened(
        "rules",
        form,
        url_for("incentives.edit_rules", programme_id=programme_id),
        _("Rules"),
        "incentives/programmes/_rules_form.html",
    )
    if (answer := unfinished(programme_id, opened)) is not None:
        return answer
    changes = form.changes()
    return submit(
        programme_id,
        opened,
        lambda definition: replace(definition, **changes),
        _("The rules are saved."),
        "rules",
    )


def _rules_data(now: Editing) -> dict[str, Any]:
    definition = now.definition
    return {
        "version": now.draft.version,
        "aims": definition.aims,
        "eligible": list(definition.eligible),
        "review": definition.review.value,
        "promotion": definition.promotion.value,
        "grace_days": definition.grace_days,
        "one_step": definition.one_step,
        "notice_days": definition.notice_days,
    }
