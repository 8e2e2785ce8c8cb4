"""Documents of the sample desk: small files that bear their partner's name."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO

from app.core.accounts.models import User
from app.core.contract import Viewer
from app.core.documents.models import Document
from app.core.documents.services import add_document, add_version, store_document
from app.core.partners.models import Contact, Partner

CODE = "AURORA"


@dataclass
class _File:
    """A file as a form brings it."""

    filename: str | None
    stream: IO[bytes]


def load(manager: User, contacts: Mapping[str, User]) -> None:
    """Write the sample's documents for the partner that they are about, where it is there."""
    partner = Partner.get_or_none(Partner.code == CODE)
    if partner is None:
        return
    rights = frozenset({"documents.edit", "partners.admin"})
    staff = Viewer(manager.id, manager.name, manager.email, manager.role, rights)
    name = partner.name
    first = _pdf([f"{name} and we", "Spring campaign, first draft"])
    document_id = add_document(
        partner.id,
        _store(f"{name} spring campaign.pdf", first, staff),
        title=f"Spring campaign with {name}",
        kind="presentation",
        visibility="shared",
        note="First draft",
        by=staff,
    )
    document = Document.get_by_id(document_id)
    second = _pdf([f"{name} and we", "Spring campaign", "Twenty shops, twelve weeks"])
    add_version(
        document,
        _store(f"{name} spring campaign.pdf", second, staff),
        note="With the dates of every shop",
        version=document.version,
        by=staff,
    )
    add_document(
        partner.id,
        _store("notes.csv", f"topic,note\nprices,{name} asks for more\n".encode(), staff),
        title=f"Notes before the talk with {name}",
        kind="minutes",
        by=staff,
    )
    if user := contacts.get(CODE):
        person = Contact.get_or_none(Contact.user == user.id)
        contact = Viewer(
            *(user.id, user.name, user.email, "contact", frozenset({"portal.submit"})),
            partner_id=partner.id,
            contact_id=person.id if person else None,
        )
        add_document(
            partner.id,
            _store("logo.png", _logo(name), contact),
            title=f"Logo of {name}",
            kind="brand",
            by=contact,
        )


def _store(name: str, data: bytes, by: Viewer) -> int:
    return store_document(_File(name, io.BytesIO(data)), by=by)


def _pdf(lines: list[str]) -> bytes:
    """A page of large letters."""
    from PIL import Image, ImageDraw

    page = Image.new("RGB", (620, 438), "white")
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, 620, 18), fill="#1f4e9a")
    for at, line in enumerate(lines):
        draw.text((48, 90 + 64 * at), line, fill="#172033", font_size=34 if at == 0 else 26)
    out = io.BytesIO()
    page.save(out, "PDF", resolution=72)
    return out.getvalue()


def _logo(name: str) -> bytes:
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (240, 240), "#0b3d2e")
    ImageDraw.Draw(picture).text((64, 40), name[:1], fill="#f4d35e", font_size=150)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
