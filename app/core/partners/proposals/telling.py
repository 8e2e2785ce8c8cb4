"""Who hears of proposals: owner and team of what waits, its author of what became of it."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from app.core import clock
from app.core.accounts.queries import people
from app.core.contract import Viewer
from app.core.messages.languages import site_path
from app.core.messages.services import notify, register_event
from app.core.partners.models import Partner
from app.core.partners.proposals.labels import FIELDS, KINDS
from app.core.partners.proposals.models import Proposal

if TYPE_CHECKING:
    from app.core.partners.proposals.services import Decision

MADE, DECIDED = "proposals.made", "proposals.decided"


def made(proposal: Proposal, partner: Partner, by: Viewer) -> None:
    """Tell owner and team that something waits for them; in the caller's transaction."""
    name, kind = partner.name, proposal.kind
    notify(
        MADE,
        people(f"team:{partner.id}"),
        title=lambda: _("%(partner)s proposes: %(what)s", partner=name, what=KINDS[kind]),
        text=proposal.note,
        ref=f"proposal:{proposal.id}",
        url=site_path("partners.proposal", partner_id=partner.id, proposal_id=proposal.id),
        key=f"proposal:{proposal.id}",
        by=by.user_id,
    )


def decided(proposal: Proposal, decisions: "Mapping[str, Decision]", by: Viewer) -> None:
    """Tell the author what became of each field, with the reasons; in the caller's transaction."""
    if proposal.made_by_id is None:
        return
    kind = proposal.kind
    accepted = [field for field, one in decisions.items() if one.accept]
    declined: dict[str, list[str]] = {}  # the fields of each reason
    for field, one in decisions.items():
        if not one.accept:
            declined.setdefault(one.reason.strip(), []).append(field)

    def title() -> str:
        what = KINDS[kind]
        if not declined:
            return _("Your proposal was accepted: %(what)s", what=what)
        if accepted:
            return _("Your proposal was accepted in part: %(what)s", what=what)
        return _("Your proposal was declined: %(what)s", what=what)

    def text() -> str:
        if not accepted and len(declined) == 1:
            return next(iter(declined))
        words = (
            [_("Accepted: %(fields)s", fields=_names(accepted))] if declined and accepted else []
        )
        for reason, fields in declined.items():
            words.append(
                _("Declined: %(fields)s. %(reason)s", fields=_names(fields), reason=reason)
            )
        return "\n\n".join(words)

    notify(
        DECIDED,
        {proposal.made_by_id},
        title=title,
        text=text,
        ref=f"proposal:{proposal.id}",
        url=site_path("portal.proposal", proposal_id=proposal.id),
        key=f"proposal:{proposal.id}:{clock.now().isoformat()}",
        by=by.user_id,
    )


def _names(fields: Iterable[str]) -> str:
    return ", ".join(str(FIELDS[field]) for field in fields)


_GROUP = lazy_gettext("Proposals")
register_event(
    MADE,
    lazy_gettext("A partner proposes a change"),
    roles=("admin", "manager", "viewer"),
    group=_GROUP,
)
register_event(
    DECIDED,
    lazy_gettext("A proposal of yours was accepted or declined"),
    roles=("contact",),
    group=_GROUP,
)
