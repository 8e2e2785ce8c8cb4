"""Reads about programmes: which run, and what they say on a day."""

from collections.abc import Collection
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from flask import abort

from app.api import Viewer, kept, organisation
from plugins.incentives.programmes.definition import Definition, loads
from plugins.incentives.programmes.models import Programme, ProgrammeVersion


class Running(NamedTuple):
    """A programme that runs, with the version that holds today and what it says."""

    programme: Programme
    version: ProgrammeVersion
    definition: Definition


@lru_cache(maxsize=64)
def read(text: str) -> Definition:
    """What a version's text says; kept by the text, since a draft's changes."""
    return loads(text)


def definition_of(version: ProgrammeVersion) -> Definition:
    """What a version says; read once per text."""
    return read(version.definition)


def programme_or_404(programme_id: int) -> Programme:
    """A programme by its id; a missing one answers 404."""
    found = Programme.get_or_none(Programme.id == programme_id)
    if found is None:
        abort(404)
    programme: Programme = found
    return programme


def current_version(programme_id: int, day: date) -> ProgrammeVersion | None:
    """The version that holds on a day: of those published until then the highest number."""
    found: ProgrammeVersion | None = (
        _published(programme_id)
        .where(ProgrammeVersion.effective <= day)
        .order_by(ProgrammeVersion.number.desc())
        .first()
    )
    return found


def next_version(programme_id: int, day: date) -> ProgrammeVersion | None:
    """The version that takes effect next after a day; None where nothing is coming."""
    found: ProgrammeVersion | None = (
        _published(programme_id)
        .where(ProgrammeVersion.effective > day)
        .order_by(ProgrammeVersion.number)
        .first()
    )
    return found


class Stages(NamedTuple):
    """A programme's version in force, the one that takes effect next, and its draft."""

    current: ProgrammeVersion | None = None
    next: ProgrammeVersion | None = None
    draft: ProgrammeVersion | None = None


def stages(programme_ids: Collection[int], day: date) -> dict[int, Stages]:
    """Where each programme's versions stand on a day; one read for all of them."""
    found = dict.fromkeys(programme_ids, Stages())
    rows = ProgrammeVersion.select().where(
        ProgrammeVersion.programme.in_(list(programme_ids)), ProgrammeVersion.state != "withdrawn"
    )
    for row in rows.order_by(ProgrammeVersion.number):
        stage = found[row.programme_id]
        if row.state == "draft":
            stage = stage._replace(draft=row)
        elif row.effective <= day:
            stage = stage._replace(current=row)
        elif stage.next is None:
            stage = stage._replace(next=row)
        found[row.programme_id] = stage
    return found


def version_of(programme_id: int, number: int) -> ProgrammeVersion | None:
    """A programme's version by its number, whatever its state."""
    found: ProgrammeVersion | None = ProgrammeVersion.get_or_none(
        ProgrammeVersion.programme == programme_id, ProgrammeVersion.number == number
    )
    return found


def before(version: ProgrammeVersion) -> ProgrammeVersion | None:
    """The version that one followed: the one before it that was published and not withdrawn."""
    found: ProgrammeVersion | None = (
        _published(version.programme_id)
        .where(ProgrammeVersion.number < version.number)
        .order_by(ProgrammeVersion.number.desc())
        .first()
    )
    return found


def draft(programme_id: int) -> ProgrammeVersion | None:
    """The version that is being written; a programme has at most one."""
    found: ProgrammeVersion | None = ProgrammeVersion.get_or_none(
        ProgrammeVersion.programme == programme_id, ProgrammeVersion.state == "draft"
    )
    return found


def versions(programme_id: int) -> list[ProgrammeVersion]:
    """Every version of a programme, the latest first."""
    rows = ProgrammeVersion.select().where(ProgrammeVersion.programme == programme_id)
    return list(rows.order_by(ProgrammeVersion.number.desc()))


def latest_published(programme_id: int) -> ProgrammeVersion | None:
    """The version with the highest number that was published and not withdrawn."""
    found: ProgrammeVersion | None = (
        _published(programme_id).order_by(ProgrammeVersion.number.desc()).first()
    )
    return found


def was_published(programme_id: int) -> bool:
    """Whether a version ever was published, a withdrawn one too."""
    rows = ProgrammeVersion.select().where(
        ProgrammeVersion.programme == programme_id, ProgrammeVersion.state != "draft"
    )
    return bool(rows.exists())


def running(day: date | None = None) -> list[Running]:
    """The programmes that run, each with the version that holds on a day (default: today).

    One that has no version in force yet is not among them.
    """
    latest = {row.programme.id: row for row in _in_force(day or organisation().today())}
    return [Running(row.programme, row, definition_of(row)) for row in latest.values()]


@kept
def _in_force(day: Any) -> Any:
    return (
        ProgrammeVersion.select(ProgrammeVersion, Programme)
        .join(Programme)
        .where(
            Programme.status == "running",
            ProgrammeVersion.state == "published",
            ProgrammeVersion.effective <= day,
        )
        .order_by(Programme.id, ProgrammeVersion.number)
    )


def programmes(viewer: Viewer | None = None) -> list[Programme]:
    """Every programme, those that run first; for a viewer those whose name the viewer may read.

    One that was never published is for those who write programmes.
    """
    order = {"running": 0, "draft": 1, "ended": 2}
    authors = viewer is None or viewer.can("incentives.programmes")
    rows = [row for row in Programme.select() if authors or row.status != "draft"]
    return sorted(rows, key=lambda row: (order[row.status], row.name.casefold()))


def _published(programme_id: int) -> Any:
    return ProgrammeVersion.select().where(
        ProgrammeVersion.programme == programme_id, ProgrammeVersion.state == "published"
    )
