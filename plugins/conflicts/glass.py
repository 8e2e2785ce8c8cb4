"""An administrator in need looks into a case of others: for an hour, on record, and both sides hear
of it, whoever looks."""

from flask import abort

from app.api import Viewer, atomic, break_glass, now
from plugins.conflicts import log, services, telling


def look(case_id: int, who: Viewer, reason: str) -> None:
    """Open what both sides see to an administrator who takes no part; 404 for everybody else.

    The case's own log has a line of it, and those who take part are told in the same transaction:
    nobody looks without that.
    """
    with atomic():
        seat = services.held_seat(case_id, who)
        if not seat.may_look:
            abort(404)
        grant = break_glass(log.ref_of(case_id), reason, by=who)
        log.add(case_id, "", seat.who, "glass", {"grant": grant}, now())
        telling.tell_glass(seat.case, grant, who)
