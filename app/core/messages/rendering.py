"""A mail of the outbox as a message: plain text and HTML from the same content."""

import json
from dataclasses import dataclass
from datetime import UTC
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import get_locale

from app.config import Config
from app.core.accounts.queries import Settings, current_settings
from app.core.messages.languages import absolute, external_url, written_for
from app.core.messages.models import Mail
from app.core.settings import colours

OWN_COLOUR = "#2f5bd7"  # of a desk whose organisation has chosen none


class Item(NamedTuple):
    """One line of a digest."""

    title: str
    note: str = ""
    url: str = ""


class Section(NamedTuple):
    """A heading of a digest with its lines."""

    heading: str
    items: tuple[Item, ...]
    more: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """What a mail says, as both its forms show it."""

    paragraphs: tuple[str, ...]
    action: tuple[str, str] | None
    sections: tuple[Section, ...]


def content_of(mail: Mail) -> Content:
    """What is stored of a mail; nothing of one whose text was erased."""
    stored = json.loads(mail.content) if mail.content else {}
    sections = (
        Section(part["heading"], tuple(Item(*item) for item in part["items"]), part.get("more", ""))
        for part in stored.get("sections", ())
    )
    action = stored.get("action")
    return Content(
        tuple(stored.get("paragraphs", ())),
        (action[0], action[1]) if action else None,
        tuple(sections),
    )


def message(mail: Mail, unsubscribe: str = "") -> EmailMessage:
    """The whole message, with headers; `unsubscribe` is the address that ends a digest."""
    config: Config = current_app.extensions["entente"].config
    settings = current_settings()
    found = EmailMessage(policy=SMTP)
    found["Subject"] = mail.subject
    found["From"] = Address(_phrase(settings.name), addr_spec=config.mail_sender)
    found["To"] = Address(addr_spec=mail.to_address)
    found["Date"] = mail.created_at.replace(tzinfo=UTC)
    found["Message-ID"] = f"<{mail.token}@{urlsplit(config.url).hostname}>"
    found["Auto-Submitted"] = "auto-generated"
    found["X-Auto-Response-Suppress"] = "All"
    if unsubscribe:
        found["List-Unsubscribe"] = f"<{unsubscribe}>"
        found["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    with written_for(mail.locale):
        parts = _parts(mail, settings, unsubscribe)
        found["Content-Language"] = str(get_locale()).replace("_", "-")
        found.set_content(_rendered("mail/message.txt", parts), cte="quoted-printable")
        found.add_alternative(
            _rendered("mail/message.html", parts), subtype="html", cte="quoted-printable"
        )
    return found


def plain_text(mail: Mail) -> str:
    """What the plain form says, for the list of mails."""
    with written_for(mail.locale):
        return _rendered("mail/message.txt", _parts(mail, current_settings(), ""))


def _parts(mail: Mail, settings: Settings, unsubscribe: str) -> dict[str, Any]:
    return {
        "subject": mail.subject,
        "content": content_of(mail),
        "organisation": settings,
        "shades": colours.palette(settings.primary_colour or OWN_COLOUR),
        "locale": get_locale(),
        "home": absolute("/"),
        "known": mail.user_id is not None,
        "preferences": external_url("messages.preferences") if mail.user_id else "",
        "unsubscribe": unsubscribe,
    }


def _rendered(template: str, parts: dict[str, Any]) -> str:
    """Without the shells' context: a job serves no request."""
    return current_app.jinja_env.get_template(template).render(**parts)


def _phrase(name: str) -> str:
    """A name as a header holds it."""
    return " ".join(name.split())
