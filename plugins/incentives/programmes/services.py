"""Writing programmes: drafts are edited, versions are published, and what is published stays."""

import hashlib
from collections.abc import Callable
from datetime import date, timedelta

from peewee import IntegrityError

from app.api import (
    Change,
    Refusal,
    Viewer,
    atomic,
    audit,
    name_history,
    now,
    organisation,
    translations,
)
from plugins.incentives.programmes import queries, telling
from plugins.incentives.programmes.checks import check
from plugins.incentives.programmes.definition import Definition, dumps, loads
from plugins.incentives.programmes.editing import shape_problem
from plugins.incentives.programmes.models import Programme, ProgrammeVersion
from plugins.incentives.programmes.names import glossary
from plugins.incentives.programmes.texts import text_problem

lazy_gettext = translations("incentives").lazy_gettext

FARTHEST = timedelta(days=2 * 366)  # how far ahead a version may take effect
REVIEW_AFTER = timedelta(days=365)

name_history(
    {
        "incentives.programme_made": lazy_gettext("Incentive programme made"),
        "incentives.programme_changed": lazy_gettext("Incentive programme changed"),
        "incentives.programme_ended": lazy_gettext("Incentive programme ended"),
        "incentives.programme_removed": lazy_gettext("Unpublished incentive programme removed"),
        "incentives.programme_reviewed": lazy_gettext("Incentive programme reviewed"),
        "incentives.draft_started": lazy_gettext("Draft of a version started"),
        "incentives.draft_changed": lazy_gettext("Draft of a version changed"),
        "incentives.draft_discarded": lazy_gettext("Draft of a version discarded"),
        "incentives.version_published": lazy_gettext("Version of the programme published"),
        "incentives.version_withdrawn": lazy_gettext("Version of the programme withdrawn"),
    },
    {
        "currency": lazy_gettext("Currency"),
        "effective": lazy_gettext("Takes effect"),
        "review_due": lazy_gettext("Review of the programme due"),
    },
)


class ProgrammeRefused(Refusal):
    """A step that a programme does not allow."""


class StaleDraft(Exception):
    """Somebody changed the draft or programme meanwhile."""


def ref_of(programme_id: int) -> str:
    """How histories and messages point at a programme."""
    return f"incentives_programme:{programme_id}"


def create(*, name: str, description: str, currency: str, definition: Definition) -> int:
    """A new programme with a first draft; returns its id. Raises ProgrammeRefused."""
    try:
        with atomic():
            programme = Programme.create(name=name, description=description, currency=currency)
            _write_draft(programme.id, 1, definition)
            _note(programme.id, "made", changes=[Change("name", None, name)])
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
            _update(programme, version, **new)
            _note(programme.id, "changed", changes=changes)
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
        _note(programme.id, "started", number=number)
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
            _note(programme.id, "discarded", number=draft.number)
            return False
        Programme.delete().where(Programme.id == programme.id).execute()
        _note(programme.id, "removed", changes=[Change("name", programme.name, None)])
        return True


def earliest(programme: Programme) -> date:
    """The first day on which a draft can take effect: today, or after the notice that holds now."""
    today = organisation().today()
    published = [row for row in queries.versions(programme.id) if row.state == "published"]
    if not published:
        return today
    notice = max(
        queries.definition_of(row).notice_days
        for row in published
        if row in (published[0], queries.current_version(programme.id, today) or published[0])
    )
    last: date = published[0].effective
    return max(today + timedelta(days=notice), last + timedelta(days=1))


def publish(
    programme: Programme,
    draft: ProgrammeVersion,
    version: int,
    *,
    effective: date,
    note: str,
    by: Viewer | None,
) -> None:
    """Make a draft what the programme says from a day on; who takes part is told.

    Raises ProgrammeRefused while something stands against it, and StaleDraft.
    """
    definition = queries.definition_of(draft)
    if programme.status == "ended":
        raise ProgrammeRefused("This programme has ended.")
    if any(problem.error for problem in check(definition, glossary(programme))):
        raise ProgrammeRefused("Something stands against publishing: see the list.")
    first = earliest(programme)
    if effective < first:
        raise ProgrammeRefused("It can take effect on %(day)s at the earliest.", day=first)
    if effective > organisation().today() + FARTHEST:
        raise ProgrammeRefused("It takes effect within two years.")
    base = queries.latest_published(programme.id)
    if base is not None and base.definition == draft.definition:
        raise ProgrammeRefused("Nothing has changed since version %(n)s.", n=base.number)
    with atomic():
        _make_public(programme, draft, version, effective, note, by)
        if base is not None:
            telling.tell_changed(programme, draft.number, effective, by)


def publish_since(programme: Programme, draft: ProgrammeVersion, since: date) -> None:
    """Let a first version hold since a day in the past, as a sample desk and an import need it."""
    with atomic():
        _make_public(programme, draft, draft.version, since, "", None)


def _make_public(
    programme: Programme,
    draft: ProgrammeVersion,
    version: int,
    effective: date,
    note: str,
    by: Viewer | None,
) -> None:
    done = (
        ProgrammeVersion.update(
            state="published",
            previous="",
            note=note,
            effective=effective,
            published_at=now(),
            published_by=by.user_id if by else None,
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
    changed: dict[str, object] = {"status": "running"}
    if programme.review_due is None:
        changed["review_due"] = organisation().today() + REVIEW_AFTER
    _update(programme, programme.version, **changed)
    changes = [Change("effective", None, effective), Change("note", None, note or None)]
    _note(programme.id, "published", number=draft.number, changes=changes)


def withdraw(programme: Programme, row: ProgrammeVersion, reason: str, by: Viewer) -> None:
    """Take a published version back before it takes effect; who takes part is told."""
    if row.state != "published" or row.effective <= organisation().today():
        raise ProgrammeRefused("Only a version that has not taken effect can be withdrawn.")
    with atomic():
        done = (
            ProgrammeVersion.update(
                state="withdrawn", withdrawn_reason=reason, version=ProgrammeVersion.version + 1
            )
            .where(ProgrammeVersion.id == row.id, ProgrammeVersion.state == "published")
            .execute()
        )
        if not done:
            raise StaleDraft
        _note(
            programme.id, "withdrawn", number=row.number, changes=[Change("reason", None, reason)]
        )
        if queries.latest_published(programme.id) is None:
            _update(programme, programme.version, status="draft")
        else:
            telling.tell_withdrawn(programme, row.number, by)


def end(programme: Programme, version: int, reason: str) -> None:
    """End a programme: it decides and pays nothing new; what it booked follows corrections."""
    if programme.status != "running":
        raise ProgrammeRefused("Only a programme that runs can be ended.")
    with atomic():
        _update(programme, version, status="ended", ended_reason=reason)
        _note(programme.id, "ended", changes=[Change("reason", None, reason)])


def reviewed(programme: Programme, version: int) -> None:
    """The programme was looked at and is good as it is: the next review is due in a year."""
    due = organisation().today() + REVIEW_AFTER
    with atomic():
        _update(programme, version, review_due=due)
        changes = [Change("review_due", programme.review_due, due)]
        _note(programme.id, "reviewed", changes=changes)


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
        _note(draft.programme_id, "draft", number=draft.number)


def _write_draft(programme_id: int, number: int, definition: Definition) -> ProgrammeVersion:
    text = dumps(definition)
    row: ProgrammeVersion = ProgrammeVersion.create(
        programme=programme_id, number=number, definition=text, sha256=_digest(text)
    )
    return row


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _update(programme: Programme, version: int, **values: object) -> None:
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
    "started": "draft_started",
    "draft": "draft_changed",
    "discarded": "draft_discarded",
    "published": "version_published",
    "withdrawn": "version_withdrawn",
}


def _note(
    programme_id: int,
    what: str,
    *,
    number: int | None = None,
    changes: list[Change] | None = None,
) -> None:
    detail = {} if number is None else {"number": number}
    audit(f"incentives.{_ACTIONS[what]}", ref_of(programme_id), detail, changes=changes or ())
