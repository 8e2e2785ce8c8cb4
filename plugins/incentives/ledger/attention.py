"""What waits about money: lines to approve, payouts to approve, hand over or confirm."""

from collections.abc import Sequence

from app.api import Attention, Viewer, own_partners, translations
from plugins.incentives.ledger import payout_queries, queries, words

_ = translations("incentives").gettext
ngettext = translations("incentives").ngettext


def attention(who: Viewer) -> Sequence[Attention]:
    """One line for each currency in which own partners' lines wait, and one for each payout."""
    found = []
    for currency, (number, amount) in queries.waiting(own_partners(who)).items():
        found.append(
            Attention(
                ngettext(
                    "%(num)s ledger line in %(currency)s to approve",
                    "%(num)s ledger lines in %(currency)s to approve",
                    number,
                    currency=currency,
                ),
                "incentives.ledger",
                {"state": "approvable"},
                text=words.money(amount, currency),
                label=_("Decide"),
            )
        )
    if who.can("incentives.payouts"):
        found += _payouts()
    return found


def _payouts() -> list[Attention]:
    titles = {
        "draft": (_("A payout waits for approval"), _("Look at it")),
        "approved": (_("A payout waits to be handed over"), _("Hand it over")),
        "exported": (_("Payments wait to be confirmed"), _("Confirm")),
    }
    return [
        Attention(
            titles[state][0],
            "incentives.payout",
            {"payout_id": id_},
            text=_("Payout %(number)s", number=id_),
            label=titles[state][1],
        )
        for state, ids in payout_queries.waiting().items()
        for id_ in ids[:5]
    ]
