"""Which partners take part in a programme."""

from app.api import Partner
from plugins.incentives.programmes import queries
from plugins.incentives.standing.models import TAKING_PART, Enrolment


def partner_ids(programme_id: int) -> list[int]:
    """The partners that take part in a programme, by id."""
    rows = (
        Enrolment.select(Enrolment.partner)
        .join(Partner)
        .where(
            Enrolment.programme == programme_id,
            TAKING_PART,
            Partner.merged_into.is_null(),
        )
        .order_by(Enrolment.partner)
    )
    return [row[0] for row in rows.tuples()]


def programmes_of(partner_id: int) -> list[queries.Running]:
    """The programmes that run and that a partner takes part in."""
    rows = Enrolment.select(Enrolment.programme).where(Enrolment.partner == partner_id, TAKING_PART)
    inside = {row[0] for row in rows.tuples()}
    return [one for one in queries.running() if one.programme.id in inside]
