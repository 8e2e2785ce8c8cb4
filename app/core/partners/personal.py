"""What partners hold on a person: contacts of either side, and what they took part in."""

from flask_babel import gettext as _

from app.core.contract import PersonalRows, Subject
from app.core.partners.models import Contact, Interaction, InteractionContact, Partner
from app.core.partners.proposals.models import Proposal, ProposalField


def export(subject: Subject) -> list[PersonalRows]:
    """The contacts that are this person, and the interactions in which they took part."""
    ids = list(subject.contact_ids)
    contacts = Contact.select(Contact, Partner).join(Partner).where(Contact.id.in_(ids))
    talks = (
        Interaction.select(Interaction, Partner)
        .join(Partner)
        .switch(Interaction)
        .join(InteractionContact, on=(InteractionContact.interaction == Interaction.id))
        .where(InteractionContact.contact.in_(ids))
        .order_by(Interaction.at)
    )
    return [
        PersonalRows(
            _("Contact"),
            [
                {
                    "partner": row.partner.name,
                    "side": row.side,
                    "name": row.name,
                    "email": row.email,
                    "title": row.title,
                    "department": row.department,
                    "level": row.level,
                    "matters": row.matters.split(),
                    "primary": row.is_primary,
                    "may_sign": row.can_sign,
                    "active": row.active,
                }
                for row in contacts
            ],
        ),
        PersonalRows(
            _("Interactions"),
            [
                {
                    "partner": row.partner.name,
                    "at": row.at.isoformat(),
                    "channel": row.channel,
                    "summary": row.summary,
                }
                for row in talks
            ],
            confidential=("summary",),
        ),
    ]


def erase(subject: Subject) -> None:
    """Retire the contacts and take away who they were, and what was proposed about them."""
    about = Proposal.select(Proposal.id).where(Proposal.contact.in_(list(subject.contact_ids)))
    ProposalField.update(before="", after="").where(ProposalField.proposal.in_(about)).execute()
    open_ = ProposalField.proposal.in_(about) & (ProposalField.state == "open")
    ProposalField.update(state="withdrawn").where(open_).execute()
    Contact.update(
        name=subject.alias,
        email="",
        title="",
        department="",
        locale="",
        is_primary=False,
        can_sign=False,
        active=False,
        version=Contact.version + 1,
    ).where(Contact.id.in_(list(subject.contact_ids))).execute()
