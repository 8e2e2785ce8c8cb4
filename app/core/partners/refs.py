"""Partners, their contacts, interactions and goals, as refs point at them."""

from collections.abc import Collection

from flask import url_for
from flask_babel import gettext as _

from app.core.contract import Link, Viewer
from app.core.partners.access import readable
from app.core.partners.models import Contact, Interaction, Partner, PartnerGoal
from app.core.partners.proposals.labels import KINDS
from app.core.partners.proposals.models import Proposal


def partners(ids: Collection[int], viewer: Viewer) -> dict[int, Link]:
    """Readable partners; one that was merged leads to the partner that has its records."""
    rows = Partner.select(Partner.id, Partner.merged_into).where(Partner.id.in_(list(ids))).tuples()
    leads = {id_: merged or id_ for id_, merged in rows}
    # The condition is on the partner that is shown, not on the one that was asked for.
    names = dict(
        Partner.select(Partner.id, Partner.name)
        .where(Partner.id.in_(list(leads.values())), readable(viewer))
        .tuples()
    )
    return {
        id_: Link(names[lead], _page(lead, viewer)) for id_, lead in leads.items() if lead in names
    }


def contacts(ids: Collection[int], viewer: Viewer) -> dict[int, Link]:
    """Contacts of both sides, retired ones too; a contact sees those who are still there."""
    query = (
        Contact.select(Contact.id, Contact.name, Contact.partner)
        .join(Partner)
        .where(Contact.id.in_(list(ids)), readable(viewer))
    )
    if not viewer.is_staff:
        query = query.where(Contact.active)
    return {id_: Link(name, _page(partner_id, viewer)) for id_, name, partner_id in query.tuples()}


def interactions(ids: Collection[int], viewer: Viewer) -> dict[int, Link]:
    """Interactions, which are internal."""
    if not viewer.is_staff:
        return {}
    rows = (
        Interaction.select(Interaction.id, Interaction.partner, Partner.name)
        .join(Partner)
        .where(Interaction.id.in_(list(ids)), readable(viewer))
        .tuples()
    )
    return {
        id_: Link(
            _("Interaction with %(partner)s", partner=name),
            url_for("partners.interactions", partner_id=partner_id, _anchor=f"interaction-{id_}"),
        )
        for id_, partner_id, name in rows
    }


def goals(ids: Collection[int], viewer: Viewer) -> dict[int, Link]:
    """Goals of the partnership; a contact sees the shared ones."""
    query = (
        PartnerGoal.select(PartnerGoal.id, PartnerGoal.statement, PartnerGoal.partner)
        .join(Partner)
        .where(PartnerGoal.id.in_(list(ids)), readable(viewer))
    )
    if not viewer.is_staff:
        query = query.where(PartnerGoal.visibility == "shared")
    return {
        id_: Link(statement, _page(partner_id, viewer))
        for id_, statement, partner_id in query.tuples()
    }


def proposals(ids: Collection[int], viewer: Viewer) -> dict[int, Link]:
    """Proposals of readable partners; a contact sees those of the own one."""
    rows = (
        Proposal.select(Proposal.id, Proposal.kind, Proposal.partner, Partner.name)
        .join(Partner)
        .where(Proposal.id.in_(list(ids)), readable(viewer))
        .tuples()
    )
    return {
        id_: Link(
            _("%(partner)s proposes: %(what)s", partner=name, what=KINDS[kind]),
            url_for("partners.proposal", partner_id=partner_id, proposal_id=id_)
            if viewer.is_staff
            else url_for("portal.proposal", proposal_id=id_),
        )
        for id_, kind, partner_id, name in rows
    }


def _page(partner_id: int, viewer: Viewer) -> str:
    if not viewer.is_staff:
        return url_for("portal.index")
    return url_for("partners.show", partner_id=partner_id)
