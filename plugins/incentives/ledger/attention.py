"""What waits about money: lines to approve, payouts to approve, hand over or confirm."""

from collections.abc import Sequence

from app.api import Approval, Attention, Viewer, translations
from plugins.incentives.ledger import queries, words

_ = translations("incentives").gettext
ngettext = translations("incentives").ngettext

MOST = 12


def attention(who: Viewer) -> Sequence[Attention]:
    """One line for each currency in which own partners' lines wait, and one for each payout."""
    found = queries.waiting(who)
    return [_lines(one) if one.what == "lines" else _payout(one) for one in found[:MOST]]


def approvals(who: Viewer) -> Sequence[Approval]:
    """The ledger's lines and the payouts that wait for this person's approval."""
    found = queries.waiting(who)
    lines = [
        _lines(one) if one.what == "lines" else _payout(one)
        for one in found
        if one.what in ("lines", "draft")
    ]
    return [
        Approval(one.title, one.endpoint, one.values, text=one.text, label=one.label)
        for one in lines
    ]


def _lines(one: queries.Waits) -> Attention:
    return Attention(
        ngettext(
            "%(num)s ledger line in %(currency)s to approve",
            "%(num)s ledger lines in %(currency)s to approve",
            one.number,
            currency=one.currency,
        ),
        "incentives.ledger",
        {"state": "approvable"},
        text=words.money(one.amount, one.currency),
        label=_("Decide"),
    )


def _payout(one: queries.Waits) -> Attention:
    titles = {
        "draft": (_("A payout waits for approval"), _("Look at it")),
        "approved": (_("A payout waits to be handed over"), _("Hand it over")),
        "exported": (_("Payments wait to be confirmed"), _("Confirm")),
    }
    return Attention(
        titles[one.what][0],
        "incentives.payout",
        {"payout_id": one.number},
        text=_("Payout %(number)s", number=one.number),
        label=titles[one.what][1],
    )
