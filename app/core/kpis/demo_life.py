"""The sample's figures on their way: waiting with a file, given back, corrected, talked about."""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import IO

from app.core.accounts.models import User
from app.core.contract import Viewer
from app.core.kpis.demo_partners import (
    CORRECTED,
    EVIDENCE,
    GIVEN_BACK,
    TALK,
)
from app.core.kpis.models import Kpi, Value
from app.core.kpis.services import (
    ValueRow,
    add_comment,
    return_value,
    store_evidence,
    submit_value,
)
from app.core.partners.models import Partner
from app.core.periods import Period
from app.core.quantities import MILLION

_CONTACT = frozenset({"portal.submit"})
_MANAGER = frozenset({"kpis.submit", "kpis.approve", "partners.admin"})


@dataclass
class _File:
    """A file as a form brings it."""

    filename: str | None
    stream: IO[bytes]


def submit(
    waiting: Iterable[tuple[str, ValueRow]],
    kpis: Mapping[str, Kpi],
    contacts: Mapping[str, User],
    manager: User,
) -> None:
    """Report figures as their partners' contacts would; what is to be given back, is."""
    codes = {kpi.id: code for code, kpi in kpis.items()}
    for partner_code, row in waiting:
        place = partner_code, codes[row.kpi_id]
        by = _viewer(contacts.get(partner_code, manager), row.partner_id)
        files = [
            store_evidence(_File(name, io.BytesIO(text.encode())), by=by)
            for name, text in EVIDENCE.get(place, ())
        ]
        revision_id = submit_value(
            row.partner_id,
            row.kpi_id,
            Period.from_key(row.period),
            by=by,
            value=row.value,
            num=row.num,
            den=row.den,
            note=row.note,
            evidence=files,
        )
        if reason := GIVEN_BACK.get(place):
            return_value(revision_id, reason, by=_viewer(manager, row.partner_id))


def correct(kpis: Mapping[str, Kpi], contacts: Mapping[str, User], manager: User) -> None:
    """Restate approved figures of the month before the latest one, and talk about them."""
    for (partner_code, code), (percent, reason) in CORRECTED.items():
        partner_id, kpi_id = Partner.get(Partner.code == partner_code).id, kpis[code].id
        standing = (
            Value.select(Value.period, Value.value)
            .where(Value.partner == partner_id, Value.kpi == kpi_id)
            .order_by(Value.period.desc())
            .tuples()
        )
        key, value = standing[1]
        period = Period.from_key(key)
        contact = _viewer(contacts.get(partner_code, manager), partner_id)
        corrected = value * percent // 100 // MILLION * MILLION
        submit_value(partner_id, kpi_id, period, by=contact, value=corrected, reason=reason)
        for side, visibility, text in TALK.get((partner_code, code), ()):
            by = contact if side == "partner" else _viewer(manager, partner_id)
            add_comment(partner_id, kpi_id, period, text, by=by, visibility=visibility)


def _viewer(person: User, partner_id: int) -> Viewer:
    """Somebody as services take them: a contact of this partner, or staff."""
    contact = person.role == "contact"
    return Viewer(
        user_id=person.id,
        name=person.name,
        email=person.email,
        role=person.role,
        permissions=_CONTACT if contact else _MANAGER,
        partner_id=partner_id if contact else None,
    )
