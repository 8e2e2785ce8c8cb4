"""Reads about proposals; a contact's keep to the own partner."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from flask import abort
from peewee import JOIN, fn

from app.core import audit
from app.core.accounts.models import User
from app.core.accounts.queries import current_settings
from app.core.contract import PartnerRef, Viewer
from app.core.db import atomic
from app.core.kept import kept
from app.core.partners.access import editable_on, readable
from app.core.partners.models import Contact, Partner
from app.core.partners.proposals import rules, values
from app.core.partners.proposals.models import Proposal, ProposalField


class Field(NamedTuple):
    """One field of a proposal as a page shows it."""

    id: int
    name: str
    before: str
    after: str
    state: str
    reason: str
    decided_at: datetime | None
    decider: str
    now: str  # what stands at this moment, of an open field
    stale: bool  # something else stands by now than when it was proposed

    @property
    def seen(self) -> str:
        """The mark of the value that stands, for the form that decides."""
        return rules.mark(self.now)


class Shown(NamedTuple):
    """A proposal with its fields."""

    id: int
    partner_id: int
    kind: str
    contact_id: int | None
    person: str  # whom it is about, as they are called now
    note: str
    made_at: datetime
    author: str
    fields: tuple[Field, ...]

    @property
    def state(self) -> str:
        """How the whole stands."""
        return rules.outcome([field.state for field in self.fields])

    @property
    def about(self) -> str:
        """The name of the person whom it is about, of a new person the proposed one."""
        proposed = next((f.after for f in self.fields if f.name == "name"), "")
        return proposed if self.kind == "contact_added" else self.person


def proposal_or_404(proposal_id: int, viewer: Viewer) -> Shown:
    """One proposal; for whom it does not exist, 404, and a trace of the attempt."""
    query = _rows(viewer).where(Proposal.id == proposal_id)
    found = _shown(query)
    if not found:
        with atomic():
            audit.record("access.refused", f"proposal:{proposal_id}")
        abort(404)
    return found[0]


def listing(viewer: Viewer, partner_id: int, page: int, size: int) -> tuple[list[Shown], int]:
    """One page of a partner's proposals, the latest first, and how many there are."""
    query = _rows(viewer).where(Proposal.partner == partner_id)
    ordered = query.order_by(Proposal.made_at.desc(), Proposal.id.desc())
    return _shown(ordered.paginate(page, size)), query.count()


class Waiting(NamedTuple):
    """A partner whose contacts wait for an answer."""

    partner: PartnerRef
    proposals: int
    since: datetime


def waiting(viewer: Viewer, limit: int) -> list[Waiting]:
    """The partners of this person with open proposals, the longest waiting first."""
    rows = _waiting(viewer, current_settings().today(), limit)
    return [Waiting(PartnerRef(*row[:4]), row[4], _moment(row[5])) for row in rows]


@kept
def _waiting(viewer: Viewer, today: Any, limit: Any) -> Any:
    oldest = fn.MIN(Proposal.made_at)
    return (
        Partner.select(
            *(Partner.id, Partner.code, Partner.name, Partner.status),
            fn.COUNT(fn.DISTINCT(Proposal.id)),
            oldest,
        )
        .join(Proposal, on=(Proposal.partner == Partner.id))
        .join(ProposalField, on=(ProposalField.proposal == Proposal.id))
        .where(ProposalField.state == "open", editable_on(viewer, today))
        .group_by(Partner.id, Partner.code, Partner.name, Partner.status)
        .order_by(oldest)
        .limit(limit)
        .tuples()
    )


def _moment(value: datetime | str) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _rows(viewer: Viewer) -> Any:
    return (
        Proposal.select(Proposal, Partner, Contact, User)
        .join(Partner)
        .join(Contact, JOIN.LEFT_OUTER, on=(Proposal.contact == Contact.id), src=Proposal)
        .join(User, JOIN.LEFT_OUTER, on=(Proposal.made_by == User.id), src=Proposal)
        .where(readable(viewer))
    )


def _shown(query: Iterable[Proposal]) -> list[Shown]:
    """The proposals of a query with their fields: two queries, and one for each record of them."""
    rows = list(query)
    fields = _fields([row.id for row in rows])
    known: dict[tuple[str, int | None], dict[str, str]] = {}
    found = []
    for row in rows:
        about = (row.kind, row.contact_id)
        if any(field.state == "open" for field in fields[row.id]) and about not in known:
            known[about] = values.current(row)
        stands = known.get(about, {})
        found.append(
            Shown(
                row.id,
                row.partner_id,
                row.kind,
                row.contact_id,
                row.contact.name if row.contact_id else "",
                row.note,
                row.made_at,
                row.made_by.name if row.made_by_id else "",
                tuple(_field(field, stands) for field in fields[row.id]),
            )
        )
    return found


def _fields(proposal_ids: Sequence[int]) -> dict[int, list[ProposalField]]:
    found: dict[int, list[ProposalField]] = {id_: [] for id_ in proposal_ids}
    query = (
        ProposalField.select(ProposalField, User)
        .join(User, JOIN.LEFT_OUTER, on=(ProposalField.decided_by == User.id))
        .where(ProposalField.proposal.in_(list(proposal_ids)))
        .order_by(ProposalField.id)
    )
    for row in query:
        found[row.proposal_id].append(row)
    return found


def _field(row: ProposalField, stands: dict[str, str]) -> Field:
    is_open = row.state == "open"
    now = stands.get(row.field, "") if is_open else ""
    return Field(
        row.id,
        row.field,
        row.before,
        row.after,
        row.state,
        row.reason,
        row.decided_at,
        row.decided_by.name if row.decided_by_id else "",
        now,
        is_open and now != row.before,
    )


def contact_of(partner_id: int, contact_id: int) -> Contact | None:
    """An active person of the partner's own side."""
    return Contact.get_or_none(
        Contact.id == contact_id,
        Contact.partner == partner_id,
        Contact.side == "partner",
        Contact.active,
    )
