"""The values that proposals are about: as texts that stand now, and as columns to be written."""

from collections.abc import Mapping
from typing import Any

from app.core.partners import profile_words, queries
from app.core.partners.models import Contact, Partner
from app.core.partners.proposals import rules
from app.core.partners.proposals.models import Proposal


def facts(partner: Partner) -> dict[str, str]:
    """The organisation's own facts."""
    plain = {name: str(getattr(partner, name) or "") for name in rules.FACTS if name != "regions"}
    return plain | {"regions": rules.regions(queries.regions_of(partner.id))}


def profile(partner_id: int) -> dict[str, str]:
    """The parts of the profile that are the partner's; of the goals those of its own side."""
    values = profile_words.columns(queries.profile(partner_id))
    texts = {part: str(values[part] or "") for part in rules.PROFILE}
    return texts | {"goals": rules.own_goals(texts["goals"])}


def person(contact: Contact | None) -> dict[str, str]:
    """A person's fields; all are empty of somebody who is not there yet."""
    if contact is None:
        return dict.fromkeys(rules.PERSON, "")
    return {
        name: rules.flag(getattr(contact, name))
        if name in rules.FLAGS
        else str(getattr(contact, name) or "")
        for name in rules.PERSON
    }


def current(proposal: Proposal) -> dict[str, str]:
    """What the fields that a proposal may be about say now."""
    if proposal.kind == "facts":
        return facts(proposal.partner)
    if proposal.kind == "profile":
        return profile(proposal.partner_id)
    if proposal.kind == "contact_added":
        return person(None)
    contact = proposal.contact
    if proposal.kind == "contact_left":
        return {rules.LEFT: rules.flag(not contact.active)}
    return person(contact)


def person_columns(texts: Mapping[str, str]) -> dict[str, Any]:
    """The columns of `contact` that texts stand for."""
    return {name: bool(text) if name in rules.FLAGS else text for name, text in texts.items()}
