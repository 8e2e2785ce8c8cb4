"""Which partners take part in a programme."""

from app.api import Partner
from plugins.incentives.programmes import queries


def partner_ids(programme_id: int) -> list[int]:
    """The active partners whom a programme concerns, by id."""
    rows = Partner.select(Partner.id).where(Partner.status == "active").order_by(Partner.id)
    latest = queries.latest_published(programme_id)
    eligible = queries.definition_of(latest).eligible if latest else ()
    if eligible:
        rows = rows.where(Partner.type.in_(eligible))
    return [row[0] for row in rows.tuples()]


def programmes_of(partner_id: int) -> list[queries.Running]:
    """The programmes that run and that a partner takes part in."""
    type_ = Partner.select(Partner.type).where(Partner.id == partner_id).scalar()
    return [
        one
        for one in queries.running()
        if not one.definition.eligible or type_ in one.definition.eligible
    ]
