"""Writes about interactions: one transaction, one audit row each."""

from collections.abc import Collection, Mapping
from typing import Any

from app.core import audit
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.partners.models import Interaction, InteractionContact, Partner
from app.core.partners.services import StaleEdit


def add_interaction(
    partner: Partner, values: Mapping[str, Any], contacts: Collection[int], viewer: Viewer
) -> Interaction:
    """Write down that both sides spoke, and who took part."""
    with atomic():
        talk = Interaction.create(partner=partner.id, created_by=viewer.user_id, **values)
        _name(talk.id, contacts)
        audit.record("interaction.added", f"interaction:{talk.id}", {"partner": partner.id})
    return talk


def change_interaction(
    talk: Interaction, values: Mapping[str, Any], contacts: Collection[int], version: int
) -> None:
    """Save an edit; raises StaleEdit where another was faster."""
    with atomic():
        changed = (
            Interaction.update(**values, version=Interaction.version + 1)
            .where(Interaction.id == talk.id, Interaction.version == version)
            .execute()
        )
        if not changed:
            raise StaleEdit(Interaction.get_or_none(Interaction.id == talk.id))
        _name(talk.id, contacts)
        audit.record("interaction.changed", f"interaction:{talk.id}", {"partner": talk.partner_id})


def remove_interaction(talk: Interaction) -> None:
    """Take an interaction out; the audit keeps that there was one, not what it said."""
    with atomic():
        InteractionContact.delete().where(InteractionContact.interaction == talk.id).execute()
        Interaction.delete().where(Interaction.id == talk.id).execute()
        audit.record("interaction.removed", f"interaction:{talk.id}", {"partner": talk.partner_id})


def _name(interaction_id: int, contacts: Collection[int]) -> None:
    InteractionContact.delete().where(InteractionContact.interaction == interaction_id).execute()
    rows = [{"interaction": interaction_id, "contact": id_} for id_ in sorted(set(contacts))]
    if rows:
        InteractionContact.insert_many(rows).execute()
