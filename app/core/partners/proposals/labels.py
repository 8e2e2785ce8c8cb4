"""What proposals, their states and their fields are called, and their values in words."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext

from app.core.partners import labels, profile_words, profiles
from app.web import language_names

KINDS = {
    "facts": lazy_gettext("Facts of the organisation"),
    "profile": lazy_gettext("Profile"),
    "contact_added": lazy_gettext("A new person"),
    "contact_changed": lazy_gettext("Changes of a person"),
    "contact_left": lazy_gettext("A person has left"),
}
STATES = {
    "open": lazy_gettext("Waiting"),
    "accepted": lazy_gettext("Accepted"),
    "declined": lazy_gettext("Declined"),
    "withdrawn": lazy_gettext("Withdrawn"),
    "replaced": lazy_gettext("Replaced by a later proposal"),
    "partly": lazy_gettext("Partly accepted"),
}
TONES = {
    "open": "accent",
    "accepted": "good",
    "declined": "warning",
    "withdrawn": "neutral",
    "replaced": "neutral",
    "partly": "good",
}
FIELDS: dict[str, Any] = {
    **labels.PROFILE_PARTS,
    "name": lazy_gettext("Name"),
    "legal_name": lazy_gettext("Legal name"),
    "website": lazy_gettext("Website"),
    "regions": lazy_gettext("Regions"),
    "email": lazy_gettext("E-mail"),
    "title": lazy_gettext("Title"),
    "department": lazy_gettext("Department"),
    "level": lazy_gettext("Level"),
    "locale": lazy_gettext("Language"),
    "matters": lazy_gettext("To be reached for"),
    "is_primary": lazy_gettext("First contact"),
    "can_sign": lazy_gettext("May sign for the organisation"),
    "left": lazy_gettext("Has left"),
}


def lines(field: str, text: str) -> list[str]:
    """A value as its reader has it, an item in a line; nothing where it says nothing."""
    if field in ("is_primary", "can_sign", "left"):
        return [gettext("Yes") if text else gettext("No")]
    if not text:
        return []
    if field == "goals":  # the partner's own alone
        return [row["text"] for row in profiles.rows_of(text)]
    if field in profiles.LISTS:
        return profile_words.list_lines(field, text)
    known: Mapping[str, Any] = {
        "matters": labels.MATTERS,
        "level": labels.LEVELS,
        "locale": dict(language_names()),
    }.get(field, {})
    if known:
        return [", ".join(str(known.get(word, word)) for word in text.split())]
    return [text]
