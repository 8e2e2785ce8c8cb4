"""Money on the pages of a partner: what stands, and payments in the timeline."""

from collections.abc import Sequence
from datetime import datetime, time

from app.api import Panel, PartnerRef, TimelineEntry, Viewer, translations
from plugins.incentives.ledger import accounts, words
from plugins.incentives.ledger.models import Payout, PayoutLine

_ = translations("incentives").gettext

NOON = time(12)  # the day, wherever on earth it is read


def of_partner(partner: PartnerRef, viewer: Viewer) -> Sequence[Panel]:
    """What stands for the partner, for those who may see money."""
    if not viewer.can("incentives.money"):
        return []
    about = {"partner_id": partner.id}
    return [Panel(_("Money"), "incentives.partner_statement", about, order=105)]


def timeline(
    partner: PartnerRef, viewer: Viewer, before: datetime, limit: int
) -> Sequence[TimelineEntry]:
    """What was paid to the partner, the latest first, for those who may see money."""
    if not viewer.can("incentives.money"):
        return []
    rows = (
        PayoutLine.select(
            PayoutLine.settled_on,
            PayoutLine.amount,
            PayoutLine.reference,
            Payout.id,
            Payout.currency,
        )
        .join(Payout, on=(PayoutLine.payout == Payout.id))
        .where(
            PayoutLine.partner.in_(list(accounts.family([partner.id]))),
            PayoutLine.state == "paid",
            PayoutLine.settled_on <= before.date(),
        )
        .order_by(PayoutLine.settled_on.desc(), PayoutLine.id.desc())
        .limit(limit)
        .tuples()
    )
    found = [
        TimelineEntry(
            at=datetime.combine(on, NOON),
            title=_("Paid: %(amount)s", amount=words.money(amount, currency)),
            text=reference,
            icon="cash",
            endpoint="incentives.payout",
            values={"payout_id": payout},
        )
        for on, amount, reference, payout, currency in rows
    ]
    return [entry for entry in found if entry.at < before]
