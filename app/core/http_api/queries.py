"""Reads of the HTTP API: what a token may see is what its person may see."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from peewee import JOIN

from app.core import clock
from app.core.accounts.models import User
from app.core.contract import Viewer
from app.core.http_api import rules
from app.core.http_api.models import ApiAnswer, ApiToken
from app.core.kpis.models import Kpi, Revision, Value
from app.core.partners.models import Contact, Partner
from app.core.partners.queries import readable
from app.core.partners.rules import fold
from app.core.periods import Calendar, Period
from app.core.quantities import to_text

PAGE = 200


class TokenRow(NamedTuple):
    """A token with whose rights it has."""

    id: int
    name: str
    ending: str
    scopes: str
    person: str
    role: str
    partner: str | None
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None

    @property
    def scope_list(self) -> list[str]:
        """Its scopes, one by one."""
        return self.scopes.split()

    @property
    def alive(self) -> bool:
        """Whether it still opens anything."""
        return rules.is_alive(clock.now(), self.expires_at, self.revoked_at)


def tokens(page: int, size: int) -> tuple[list[TokenRow], int]:
    """One page of tokens, the living and the latest first, and how many there are."""
    rows = (
        _tokens()
        .order_by(ApiToken.revoked_at.is_null(False), ApiToken.id.desc())
        .paginate(page, size)
        .tuples()
    )
    return [TokenRow._make(row) for row in rows], ApiToken.select().count()


def token(token_id: int) -> TokenRow | None:
    """One token."""
    row = _tokens().where(ApiToken.id == token_id).tuples().first()
    return TokenRow._make(row) if row else None


def _tokens() -> Any:
    of_partner = (Contact.user == User.id) & (Contact.side == "partner") & Contact.active
    return (
        ApiToken.select(
            ApiToken.id,
            ApiToken.name,
            ApiToken.ending,
            ApiToken.scopes,
            User.name,
            User.role,
            Partner.name,
            ApiToken.created_at,
            ApiToken.expires_at,
            ApiToken.used_at,
            ApiToken.revoked_at,
        )
        .join(User, on=(ApiToken.user == User.id))
        .join(Contact, JOIN.LEFT_OUTER, on=of_partner)
        .join(Partner, JOIN.LEFT_OUTER, on=(Contact.partner == Partner.id))
    )


def people() -> list[tuple[int, str]]:
    """Whose rights a token can have: active people, contacts with the partner they belong to."""
    of_partner = (Contact.user == User.id) & (Contact.side == "partner") & Contact.active
    rows = (
        User.select(User.id, User.name, User.email, User.role, Partner.name)
        .join(Contact, JOIN.LEFT_OUTER, on=of_partner)
        .join(Partner, JOIN.LEFT_OUTER, on=(Contact.partner == Partner.id))
        .where(User.active)
        .order_by(Partner.name.is_null(False), User.name)
        .limit(1_000)
        .tuples()
    )
    return [
        (id_, f"{name} ({partner or email})")
        for id_, name, email, role, partner in rows
        if role != "contact" or partner
    ]


def owner(token_hash: str) -> tuple[ApiToken, User, int | None, int | None] | None:
    """The token of a secret with its person, and for a contact the partner's and contact's ids.

    None where it is unknown, over, or its person may no longer sign in.
    """
    found = (
        ApiToken.select(ApiToken, User)
        .join(User, on=(ApiToken.user == User.id))
        .where(ApiToken.token_hash == token_hash, User.active)
        .first()
    )
    if found is None or not rules.is_alive(clock.now(), found.expires_at, found.revoked_at):
        return None
    if found.user.role != "contact":
        return found, found.user, None, None
    contact = Contact.get_or_none(
        Contact.user == found.user_id, Contact.side == "partner", Contact.active
    )
    if contact is None:
        return None
    return found, found.user, contact.partner_id, contact.id


def kept_answer(token_id: int, key: str) -> ApiAnswer | None:
    """What an earlier request with this key was answered."""
    return ApiAnswer.get_or_none(ApiAnswer.token == token_id, ApiAnswer.key == key)


def partner_by_code(viewer: Viewer, code: str) -> Partner | None:
    """A readable partner by its code."""
    return Partner.select().where(Partner.code == code.upper(), readable(viewer)).first()


def partners(viewer: Viewer, text: str, status: str, page: int) -> list[Partner]:
    """One page of readable partners by code, and one more where the list goes on."""
    query = (
        Partner.select(Partner, User)
        .join(User, JOIN.LEFT_OUTER, on=(Partner.owner == User.id))
        .where(readable(viewer))
    )
    if text:
        query = query.where(Partner.name_key.contains(fold(text)))
    if status:
        query = query.where(Partner.status == status)
    return list(query.order_by(Partner.code).limit(PAGE + 1).offset((page - 1) * PAGE))


def partner_json(partner: Partner) -> dict[str, Any]:
    """A partner as the document describes it."""
    return {
        "code": partner.code,
        "name": partner.name,
        "legal_name": partner.legal_name,
        "type": partner.type,
        "status": partner.status,
        "currency": partner.currency,
        "owner": partner.owner.name if partner.owner_id else None,
        "start_date": partner.start_date.isoformat() if partner.start_date else None,
        "end_date": partner.end_date.isoformat() if partner.end_date else None,
    }


def values(
    viewer: Viewer,
    *,
    partner: str,
    kpi: str,
    first: Period | None,
    last: Period | None,
    page: int,
    calendar: Calendar,
) -> list[dict[str, Any]]:
    """One page of approved figures, and one more where the list goes on."""
    query = (
        Value.select(
            Partner.code,
            Kpi.code,
            Kpi.value_type,
            Kpi.labels,
            Value.period,
            Value.value,
            Value.num,
            Value.den,
            Value.locked,
            Revision.n,
            Revision.decided_at,
        )
        .join(Partner, on=(Value.partner == Partner.id))
        .join(Kpi, on=(Value.kpi == Kpi.id))
        .join(Revision, on=(Value.revision == Revision.id))
        .where(readable(viewer))
    )
    if partner:
        query = query.where(Partner.code == partner.upper())
    if kpi:
        query = query.where(Kpi.code == kpi.upper())
    if first:
        query = query.where(Value.period >= first.key)
    if last:
        query = query.where(Value.period <= last.key)
    rows = (
        query.order_by(Value.partner, Value.kpi, Value.period)
        .limit(PAGE + 1)
        .offset((page - 1) * PAGE)
        .tuples()
    )
    return list(_values(rows, calendar))


def _values(rows: Any, calendar: Calendar) -> Iterator[dict[str, Any]]:
    for partner, kpi, kind, labels, period, value, num, den, locked, n, decided_at in rows:
        yield {
            "partner": partner,
            "kpi": kpi,
            "period": calendar.label(Period.from_key(period)),
            "value": _written(value, kind, labels),
            "numerator": None if num is None else to_text(num),
            "denominator": None if den is None else to_text(den),
            "revision": n,
            "approved_at": decided_at.isoformat(timespec="seconds") + "Z" if decided_at else None,
            "locked": bool(locked),
        }


def _written(value: int | None, kind: str, labels: str) -> str | None:
    """A figure as a file writes it: exact, an ordinal by its label."""
    if value is None:
        return None
    words = labels.splitlines()
    rank = value // 1_000_000
    return words[rank] if kind == "ordinal" and 0 <= rank < len(words) else to_text(value)
