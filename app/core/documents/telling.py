"""Who hears of a document: staff of what the partner brings in, contacts of what is shared."""

from collections.abc import Callable

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from app.core.contract import Viewer
from app.core.documents.models import Document
from app.core.messages.languages import site_path
from app.core.messages.services import notify, register_event
from app.core.partners.models import Contact, Partner, PartnerTeam

EVENT = "documents.added"
_TITLES: dict[str, Callable[[str], str]] = {
    "added": lambda title: _("New document: %(title)s", title=title),
    "version": lambda title: _("New version of a document: %(title)s", title=title),
}


def tell(document: Document, action: str, *, by: Viewer) -> None:
    """Tell the other side of a shared document, in the caller's transaction."""
    if document.visibility != "shared":
        return
    people, endpoint = (
        (_contacts(document.partner_id), "portal.document")
        if by.is_staff
        else (_staff(document.partner_id), "documents.show")
    )
    notify(
        EVENT,
        people,
        title=lambda: _TITLES[action](document.title),
        ref=f"document:{document.id}",
        url=site_path(endpoint, document_id=document.id),
        key=f"document:{document.id}:{document.version}:{document.latest}",
        by=by.user_id,
    )


def _contacts(partner_id: int) -> set[int]:
    query = Contact.select(Contact.user).where(
        Contact.partner == partner_id,
        Contact.side == "partner",
        Contact.active,
        Contact.user.is_null(False),
    )
    return {row[0] for row in query.tuples()}


def _staff(partner_id: int) -> set[int]:
    owner = Partner.select(Partner.owner).where(Partner.id == partner_id).scalar()
    team = PartnerTeam.select(PartnerTeam.user).where(PartnerTeam.partner == partner_id).tuples()
    return {id_ for id_ in (owner, *(row[0] for row in team)) if id_}


register_event(
    EVENT, lazy_gettext("A document is shared with you"), group=lazy_gettext("Documents")
)
