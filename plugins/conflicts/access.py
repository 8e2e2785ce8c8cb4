"""Who may see which case, and as what: every read begins here, and whoever has no seat has no case.

Source: domain specification §4, Access.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort

from app.api import (
    Viewer,
    executives,
    is_granted,
    kept,
    people,
    viewer,
)
from plugins.conflicts.log import ref_of
from plugins.conflicts.models import Case, Draft, Participant, Text, TextReader
from plugins.conflicts.people import OBSERVERS
from plugins.conflicts.rules.confidentiality import FULL, GLASS, OUTLINE, Reader
from plugins.conflicts.rules.guards import Actor
from plugins.conflicts.rules.state import HOST, MEDIATOR, PARTNER, SIDES


@dataclass(frozen=True, slots=True)
class Seat:
    """How somebody stands to one case."""

    case: Case
    viewer: Viewer
    reader: Reader
    participant: Participant | None = None

    @property
    def full(self) -> bool:
        """Whether this person takes part, or has broken the glass."""
        return self.reader.right in (FULL, GLASS)

    @property
    def side(self) -> str:
        """The side this person acts for."""
        return self.reader.side

    @property
    def who(self) -> str:
        """This person in the log."""
        return (
            f"contact:{self.viewer.contact_id}"
            if self.side == PARTNER
            else f"user:{self.viewer.user_id}"
        )

    @property
    def takes_part(self) -> bool:
        """Whether this person acts in the case."""
        return self.reader.right == FULL

    @property
    def is_candidate(self) -> bool:
        """Whether this person is proposed as mediator and not appointed yet."""
        return self.participant is not None and self.participant.role == "candidate"

    @property
    def may_look(self) -> bool:
        """Whether this administrator may break the glass: none who is to mediate, and none whom
        the case is about."""
        who = self.viewer
        able = who.role == "admin" and who.user_id != self.case.avoided
        return able and not self.full and not self.is_candidate

    def status(self, status: str) -> str:
        """A case's status as this person may know it: the outline tells whether it is open, held
        or over, and nothing of how far both sides have come."""
        return status if self.full or status in ("paused", "closed") else "open"

    def actor(self) -> Actor:
        """This person as the guards see them."""
        who, part = self.viewer, self.participant
        if part is None or not (self.takes_part or self.is_candidate):
            # An administrator who takes no part proposes mediators and refers cases all the same,
            # but for whoever the reporter asked to leave out.
            able = who.role == "admin" and who.user_id != self.case.avoided
            return Actor(HOST if able else "", admin=able)
        if self.side == PARTNER:
            boss = who.can_sign or who.user_id in executives(self.case.partner_id)
            signs = who.can_sign
        else:
            boss = who.role == "admin" or who.user_id in people("executives")
            signs = who.can("conflicts.act")
        return Actor(
            self.side,
            signs=signs,
            executive=boss,
            reporter=part.role == "reporter",
            admin=who.role == "admin",
        )


def seat(case: Case, who: Viewer) -> Seat | None:
    """Somebody's seat in a case, or None: then the case does not exist for them."""
    found = seats([case], who)
    if not found:
        return None
    if found[0].may_look and is_granted(who, ref_of(case.id)):
        return Seat(case, who, Reader(GLASS))
    return found[0]


def seats(cases: Sequence[Case], who: Viewer) -> list[Seat]:
    """Somebody's seats in these cases, in their order; those that are not theirs are left out.

    One query. In lists nobody looks through broken glass: each case is opened by itself.
    """
    mine = _participants([case.id for case in cases], who)
    return [found for case in cases if (found := _seat(case, who, mine.get(case.id))) is not None]


def _seat(case: Case, who: Viewer, found: Participant | None) -> Seat | None:
    if case.status == "draft" and (found is None or found.role != "reporter"):
        return None
    if found is None:
        return Seat(case, who, Reader(OUTLINE)) if who.role == "admin" else None
    if who.role == "guest" and not is_granted(who, ref_of(case.id)):
        return None
    right = OUTLINE if found.role in OBSERVERS else FULL
    return Seat(case, who, Reader(right, found.side, found.id), found)


def seat_or_404(case_id: int, who: Viewer | None = None) -> Seat:
    """The same for a page: what one may not see is not there."""
    person = who or viewer()
    case = Case.get_or_none(Case.id == case_id)
    found = seat(case, person) if case else None
    if found is None:
        abort(404)
    return found


def _participants(case_ids: Sequence[int], who: Viewer) -> dict[int, Participant]:
    """Somebody's own part in each of these cases; where there are two, the greater."""
    found: dict[int, Participant] = {}
    for row in _parts(who, case_ids) if case_ids else ():
        known = found.get(row.case_id)
        if known is None or _weight(row) > _weight(known):
            found[row.case_id] = row
    return found


@kept
def _parts(viewer: Viewer, case_ids: Any) -> Any:
    mine = own(viewer)
    if mine is None:
        mine = Participant.id.is_null()
    rows = Participant.select().join(Case).where(Participant.case.in_(case_ids), mine)
    return rows.where(Participant.left.is_null()).order_by(Participant.id)


def _weight(part: Participant) -> int:
    """How much a part lets somebody do: who was merely told, who is to mediate, who takes part."""
    return OBSERVERS.index(part.role) if part.role in OBSERVERS else len(OBSERVERS)


def own(who: Viewer) -> Any:
    """The condition under which a participant, joined with the case, is this person; None for
    nobody: staff who look through a contact's eyes take no part in that contact's cases, and
    neither does one of staff who may only read by now."""
    if who.role == "contact":
        if not who.user_id or who.contact_id is None:
            return None
        return (Participant.contact == who.contact_id) & (Case.partner == who.partner_id)
    if who.role == "guest":
        return (Participant.side == MEDIATOR) & (Participant.email == who.email)
    if not who.can("conflicts.act"):
        return None
    return (Participant.user == who.user_id) & (Participant.side != PARTNER)


def visible_cases(who: Viewer) -> Any:
    """The condition under which a case, not joined, is listed for somebody: those they take part
    in; administrators have the others by number, stage and clocks."""
    mine = own(who)
    if mine is None:
        return Case.id.is_null()
    own_cases = (
        Participant.select(Participant.case)
        .join(Case)
        .where(
            mine,
            Participant.left.is_null(),
            (Case.status != "draft") | (Participant.role == "reporter"),
        )
    )
    if who.role == "admin":
        return Case.id.in_(own_cases) | (Case.status != "draft")
    return Case.id.in_(own_cases)


def readable(reader: Reader) -> Any:
    """The condition under which a text may be read: `confidentiality.may_read` in SQL."""
    parties = Text.level == "parties"
    if reader.right == GLASS:
        return parties
    if reader.right != FULL:
        return Text.id.is_null()
    named = TextReader.select(TextReader.text).where(TextReader.participant == reader.participant)
    condition: Any = parties | ((Text.level == "named") & Text.id.in_(named))
    if reader.participant:
        condition |= Text.author == reader.participant
    if reader.side in SIDES:
        condition |= Text.level.in_(("own_side", "caucus")) & (Text.side == reader.side)
    if reader.side == MEDIATOR:
        condition |= Text.level == "caucus"
    return condition


def merged(kept: int, gone: int) -> None:
    """The cases of a partner that was merged into another go with it."""
    Case.update(partner=kept).where(Case.partner == gone).execute()
    Draft.update(partner=kept).where(Draft.partner == gone).execute()
