"""Notes and files beside a case, each at its level: who may not read one finds no trace of it."""

from dataclasses import dataclass
from typing import Any

from app.api import Viewer, atomic, now, register_owner, store_file
from plugins.conflicts import access, log, people, services, telling
from plugins.conflicts.models import Case, Text
from plugins.conflicts.rules.confidentiality import levels_for
from plugins.conflicts.rules.guards import Missing
from plugins.conflicts.rules.machine import replay
from plugins.conflicts.rules.state import MEDIATOR, SIDES
from plugins.conflicts.services import Refused

OWNER = "conflicts_text"


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody writes down, for whom."""

    text: str
    level: str
    side: str = ""  # with which side the mediator holds a caucus
    readers: tuple[int, ...] = ()
    upload: Any = None


def add(case_id: int, who: Viewer, note: Note) -> Text:
    """Keep a note. At the level of the parties it stands in the log; at any other it stands in a
    chain of its own, so that nobody else learns that there is one. Raises Refused."""
    with atomic():
        seat = services.held_seat(case_id, who)
        if not seat.takes_part:
            raise Refused([Missing("Only those who take part write notes.")])
        state = replay(log.read(case_id))
        if note.level not in levels_for(seat.side, state.mediator is not None):
            raise Refused([Missing("Choose who may read it.")])
        side = note.side if seat.side == MEDIATOR and note.level == "caucus" else seat.side
        if seat.side == MEDIATOR and note.level == "caucus" and side not in SIDES:
            raise Refused([Missing("Choose the side with which the caucus was held.")])
        taking = {part.id for part in people.participants(case_id)}
        readers = tuple(id_ for id_ in note.readers if id_ in taking)
        if note.level == "named" and not readers:
            raise Refused([Missing("Name at least one person who may read it.")])
        file = store_file(note.upload, owner=OWNER, by=who) if note.upload else None
        made = log.write(
            seat.case,
            "note",
            note.text,
            side=side,
            author=seat.participant,
            level=note.level,
            file=file,
            readers=readers if note.level == "named" else (),
        )
        if note.level == "parties":
            log.add(case_id, seat.side, seat.who, "note", log.detail_of(made), now())
            count = len(log.read(case_id))
            telling.tell_moved(seat.case, who.user_id, f"conflicts:{case_id}:{count}")
        else:
            log.note(made, seat.who)
    return made


def may_read(file_id: int, who: Viewer) -> bool:
    """Whether somebody may read a file: whoever may read the text that it belongs to."""
    text = Text.get_or_none(Text.file == file_id)
    if text is None:
        return False
    seat = access.seat(Case.get_by_id(text.case_id), who)
    if seat is None:
        return False
    mine = Text.select(Text.id).where(Text.id == text.id, access.readable(seat.reader))
    return bool(mine.exists())


def in_use(file_ids: Any) -> set[int]:
    """Of these files, those that a text holds."""
    rows = Text.select(Text.file).where(Text.file.in_(list(file_ids))).tuples()
    return {row[0] for row in rows}


register_owner(OWNER, may_read, in_use)
