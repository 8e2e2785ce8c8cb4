"""What the search of the desk finds of surveys: waves, surveys, interviews and observations."""

from collections.abc import Iterator

from app.api import Hit, Viewer, translations
from plugins.surveys import notes, portal, words
from plugins.surveys.models import Survey, Wave

_ = translations("surveys").gettext

SEARCHED = 500  # waves and surveys, the latest


def found(query: str, viewer: Viewer, limit: int) -> list[Hit]:
    """Whatever somebody may see that has all the words that were typed."""
    wanted = query.casefold().split()
    if not wanted:
        return []
    hits = [hit for hit in _waves(viewer) if _fits(hit.title, wanted)]
    if viewer.can("surveys.manage"):
        hits += [hit for hit in _surveys() if _fits(hit.title, wanted)]
        hits += _notes(viewer, wanted)
    return hits[:limit]


def _fits(title: str, wanted: list[str]) -> bool:
    folded = title.casefold()
    return all(word in folded for word in wanted)


def _waves(viewer: Viewer) -> Iterator[Hit]:
    """Waves: for contacts those that were published to them, for who only reads published ones."""
    if viewer.can("surveys.portal"):
        waves, endpoint = portal.published_for(viewer), "surveys_portal.results"
    elif viewer.can("surveys.view"):
        rows = Wave.select().order_by(Wave.id.desc()).limit(SEARCHED)
        if not viewer.can("surveys.manage"):
            rows = rows.where(Wave.state == "published")
        waves, endpoint = list(rows), "surveys.wave"
    else:
        return
    for wave in waves:
        yield Hit(wave.title, endpoint, {"wave_id": wave.id}, str(words.STATES[wave.state][0]))


def _surveys() -> Iterator[Hit]:
    rows = Survey.select().where(~Survey.archived).order_by(Survey.id.desc()).limit(SEARCHED)
    for survey in rows:
        yield Hit(survey.name, "surveys.build", {"survey_id": survey.id}, _("Survey"))


def _notes(viewer: Viewer, wanted: list[str]) -> list[Hit]:
    return [
        Hit(
            note.partner.name if note.partner_id else str(words.NOTE_KINDS[note.kind]),
            "surveys.note",
            {"note_id": note.id},
            f"{words.NOTE_KINDS[note.kind]} · {words.day(note.day)}",
        )
        for note in notes.listed(viewer, wanted=wanted)
    ]
