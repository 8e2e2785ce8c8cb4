"""Writing programmes and their drafts; versions are published in `publishing`."""

import hashlib
from collections.abc import Callable
from datetime import date, timedelta

from peewee import IntegrityError

from app.api import (
    Change,
    Refusal,
    atomic,
    audit,
    name_history,
    organisation,
    translations,
)
from plugins.incentives.programmes import queries
from plugins.incentives.programmes.definition import Definition, dumps, loads
from plugins.incentives.programmes.editing import shape_problem
from plugins.incentives.programmes.models import Programme, ProgrammeVersion
from plugins.incentives.programmes.references import ref_of
from plugins.incentives.programmes.texts import text_problem

lazy_gettext = translations("incentives").lazy_gettext

REVIEW_AFTER = timedelta(days=365)

name_history(
    {
        "incentives.programme_made": lazy_gettext("Incentive programme made"),
        "incentives.programme_changed": lazy_gettext("Incentive programme changed"),
        "incentives.programme_ended": lazy_gettext("Incentive programme ended"),
        "incentives.programme_removed": lazy_gettext("Unpublished incentive programme removed"),
        "incentives.programme_goal_added": lazy_gettext("Programme serves a goal"),
        "incentives.programme_goal_removed": lazy_gettext("Programme serves a goal no more"),
        "incentives.programme_reviewed": lazy_gettext("Incentive programme reviewed"),
        "incentives.draft_started": lazy_gettext("Draft of a version started"),
        "incentives.draft_changed": lazy_gettext("Draft of a version changed"),
        "incentives.draft_discarded": lazy_gettext("Draft of a version discarded"),
        "incentives.version_published": lazy_gettext("Version of the programme published"),
        "incentives.version_withdrawn": lazy_gettext("Version of the programme withdrawn"),
    },
    {
        "currency": lazy_gettext("Currency"),
        "goal": lazy_gettext("Goal"),
        "effective": lazy_gettext("Takes effect"),
        "review_due": lazy_gettext("Review of the programme due"),
    },
)


class ProgrammeRefused(Refusal):
    """A step that a programme does not allow."""


class StaleDraft(Exception):
    """Somebody changed the draft or programme meanwhile."""


def create(*, name: str, description: str, currency: str, definition: Definition) -> int:
    """A new programme with a first draft; returns its id. Raises ProgrammeRefused."""
    try:
        with atomic():
            programme = Programme.create(name=name, description=description, currency=currency)
            _write_draft(programme.id, 1, definition)
            note(programme.id, "made", changes=[Change("name", None, name)])
    except IntegrityError:
        raise ProgrammeRefused("Another programme has this name.") from None
    return int(programme.id)


def change_programme(
    programme: Programme,
    version: int,
    *,
    name: str,
    description: str,
    currency: str,
    review_due: date | None,
) -> None:
    """Rename or describe a programme; its currency is fixed once a version was published."""
    if currency != programme.currency and queries.was_published(programme.id):
        raise ProgrammeRefused("The currency stays: versions with amounts in it were published.")
    new = {
        "name": name,
        "description": description,
        "currency": currency,
        "review_due": review_due,
    }
    changes = [
        Change(field, getattr(programme, field), value)
        for field, value in new.items()
        if getattr(programme, field) != value
    ]
    try:
        with atomic():
            update(programme, version, **new)
            note(programme.id, "changed", changes=changes)
    except IntegrityError:
        raise ProgrammeRefused("Another programme has this name.") from None


def start_draft(programme: Programme) -> ProgrammeVersion:
    """The programme's draft; where there is none, one from the latest published version."""
    if programme.status == "ended":
        raise ProgrammeRefused("This programme has ended.")
    with atomic():
        found = queries.draft(programme.id)
        if found is not None:
            return found
        latest = queries.versions(programme.id)
        base = next((row for row in latest if row.state == "published"), latest[0])
        number = latest[0].number + 1
        draft = _write_draft(programme.id, number, queries.definition_of(base))
        note(programme.id, "started", number=number)
        return draft


def edit_draft(
    draft: ProgrammeVersion, version: int, change: Callable[[Definition], Definition]
) -> None:
    """Apply an edit; what stood before is kept for `undo`. Raises StaleDraft and EditRefused."""
    after = change(queries.definition_of(draft))
    if after == queries.definition_of(draft):
        return
    replace_draft(draft, version, after)


def replace_draft(draft: ProgrammeVersion, version: int, after: Definition) -> None:
    """Put another definition in the draft's place."""
    _store(draft, version, dumps(after))


def undo(draft: ProgrammeVersion, version: int) -> None:
    """Take the last edit of a draft back; once more brings it again."""
    if not draft.previous:
        raise ProgrammeRefused("There is nothing to undo.")
    _store(draft, version, draft.previous)


def discard(programme: Programme, draft: ProgrammeVersion, version: int) -> bool:
    """Throw a draft away, and with it a programme that has nothing else; whether it went too."""
    with atomic():
        gone = (
            ProgrammeVersion.delete()
            .where(
                ProgrammeVersion.id == draft.id,
                ProgrammeVersion.version == version,
                ProgrammeVersion.state == "draft",
            )
            .execute()
        )
        if not gone:
            raise StaleDraft
        if queries.versions(programme.id):
            note(programme.id, "discarded", number=draft.number)
            return False
        Programme.delete().where(Programme.id == programme.id).execute()
        note(programme.id, "removed", changes=[Change("name", programme.name, None)])
        return True


def end(programme: Programme, version: int, reason: str) -> None:
    """End a programme: it decides nothing more, and pays for what is over by today."""
    if programme.status != "running":
        raise ProgrammeRefused("Only a programme that runs can be ended.")
    with atomic():
        today = organisation().today()
        update(programme, version, status="ended", ended_on=today, ended_reason=reason)
        note(programme.id, "ended", changes=[Change("reason", None, reason)])


def reviewed(programme: Programme, version: int) -> None:
    """The programme was looked at and is good as it is: the next review is due in a year."""
    due = organisation().today() + REVIEW_AFTER
    with atomic():
        update(programme, version, review_due=due)
        changes = [Change("review_due", programme.review_due, due)]
        note(programme.id, "reviewed", changes=changes)


def imported(text: str) -> Definition:
    """A definition from a file. Raises `DefinitionError`, and `EditRefused` for one too large."""
    definition = loads(text)
    problem = shape_problem(definition) or text_problem(definition)
    if problem is not None:
        raise problem
    return definition


def _store(draft: ProgrammeVersion, version: int, text: str) -> None:
    with atomic():
        done = (
            ProgrammeVersion.update(
                definition=text,
                previous=draft.definition,
                sha256=_digest(text),
                version=ProgrammeVersion.version + 1,
            )
            .where(
                ProgrammeVersion.id == draft.id,
                ProgrammeVersion.version == version,
                ProgrammeVersion.state == "draft",
            )
            .execute()
        )
        if not done:
            raise StaleDraft
        note(draft.programme_id, "draft", number=draft.number)


def _write_draft(programme_id: int, number: int, definition: Definition) -> ProgrammeVersion:
    text = dumps(definition)
    row: ProgrammeVersion = ProgrammeVersion.create(
        programme=programme_id, number=number, definition=text, sha256=_digest(text)
    )
    return row


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def update(programme: Programme, version: int, **values: object) -> None:
    """Change a programme's row, in the caller's transaction. Raises StaleDraft."""
    done = (
        Programme.update(**values, version=Programme.version + 1)
        .where(Programme.id == programme.id, Programme.version == version)
        .execute()
    )
    if not done:
        raise StaleDraft


_ACTIONS = {
    "made": "programme_made",
    "changed": "programme_changed",
    "ended": "programme_ended",
    "removed": "programme_removed",
    "reviewed": "programme_reviewed",
    "goal_added": "programme_goal_added",
    "goal_removed": "programme_goal_removed",
    "started": "draft_started",
    "draft": "draft_changed",
    "discarded": "draft_discarded",
    "published": "version_published",
    "withdrawn": "version_withdrawn",
}


def note(
    programme_id: int,
    what: str,
    *,
    number: int | None = None,
    changes: list[Change] | None = None,
) -> None:
    """Write down in the history what became of a programme, or of its version of a number."""
    detail = {} if number is None else {"number": number}
    audit(f"incentives.{_ACTIONS[what]}", ref_of(programme_id), detail, changes=changes or ())
