"""What a draft says becomes what holds from a day on; what is published stays."""

from datetime import date, timedelta

from app.api import Change, Viewer, atomic, now, organisation
from plugins.incentives.programmes import queries, services, telling
from plugins.incentives.programmes.checks import check
from plugins.incentives.programmes.models import Programme, ProgrammeVersion
from plugins.incentives.programmes.names import glossary
from plugins.incentives.programmes.services import ProgrammeRefused, StaleDraft

FARTHEST = timedelta(days=2 * 366)  # how far ahead a version may take effect


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
        changed["review_due"] = organisation().today() + services.REVIEW_AFTER
    services.update(programme, programme.version, **changed)
    changes = [Change("effective", None, effective), Change("note", None, note or None)]
    services.note(programme.id, "published", number=draft.number, changes=changes)


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
        services.note(
            programme.id, "withdrawn", number=row.number, changes=[Change("reason", None, reason)]
        )
        if queries.latest_published(programme.id) is None:
            services.update(programme, programme.version, status="draft")
        else:
            telling.tell_withdrawn(programme, row.number, by)
