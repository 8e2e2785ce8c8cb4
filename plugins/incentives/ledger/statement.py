"""A partner's statement of a period: what was earned for it, and where that money stands."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from app.api import Column, Period, Viewer, organisation, translations
from plugins.incentives.ledger import payout_queries, queries, words
from plugins.incentives.ledger.queries import Filters, Row, Waiting
from plugins.incentives.ledger.unsettled import MERGED
from plugins.incentives.programmes.definition import Reward

_ = translations("incentives").gettext

EVERYTHING = 10_000


class Sum(NamedTuple):
    """What a statement comes to in one currency; minor units."""

    currency: str
    earned: int
    paid: int
    to_come: int  # approved or in a payout; negative where more was paid than earned
    open: int  # on hold or not yet approved


class Payment(NamedTuple):
    """A payment that settled lines of the statement."""

    on: date
    reference: str
    amount: int
    currency: str


class Statement(NamedTuple):
    """The lines of a period in the order of their periods, and their sums by currency."""

    partner_id: int
    partner: str
    period: Period
    lines: Sequence[Row]
    rewards: dict[tuple[int, str], Reward]
    sums: Sequence[Sum]
    payments: Sequence[Payment]
    unsettled: Sequence[Waiting]

    def name(self, row: Row) -> str:
        """What a line is for, in words."""
        return title(row, self.rewards)


def title(row: Row, rewards: dict[tuple[int, str], Reward]) -> str:
    """What a line is for: its reward's name, or what kind of line it is."""
    reward = rewards.get((row.version_id or 0, row.reward))
    return reward.name if reward else str(words.KINDS[row.kind])


def statement(partner_id: int, partner: str, period: Period, viewer: Viewer) -> Statement:
    """The statement of a partner that the viewer may see. Lines of shorter periods are in it."""
    filters = Filters(partner=partner_id, period=period)
    found = queries.listing(filters, viewer, 1, EVERYTHING)
    rows = sorted(found, key=lambda row: (_last_day(row.period), row.id))
    counted = [row for row in rows if row.state != "rejected"]
    sums = []
    for currency in sorted({row.currency for row in counted}):
        own = [row for row in counted if row.currency == currency]
        by_state = {state: sum(r.amount for r in own if r.state == state) for state in words.STATES}
        sums.append(
            Sum(
                currency,
                sum(row.amount for row in own),
                by_state["paid"],
                by_state["payable"] + by_state["in_payout"],
                by_state["pending"] + by_state["approvable"],
            )
        )
    return Statement(
        partner_id,
        partner,
        period,
        rows,
        queries.rewards_of({row.version_id for row in rows}),
        sums,
        [Payment(*row) for row in payout_queries.payments([row.id for row in rows])],
        [one for one in queries.unsettled(filters, viewer) if one.reason != MERGED[0]],
    )


def _last_day(period: int | None) -> date:
    return organisation().calendar.end(Period.from_key(period)) if period else date.min


def columns(found: Statement) -> list[Column]:
    """The statement's lines as a file."""
    return [
        Column(_("Line"), lambda row: row.id),
        Column(_("Period"), lambda row: words.period(row.period)),
        Column(_("For"), found.name),
        Column(_("Kind"), lambda row: str(words.KINDS[row.kind])),
        Column(_("Programme"), lambda row: row.programme_name),
        Column(_("Amount"), lambda row: words.exact(row.amount, row.currency)),
        Column(_("Currency"), lambda row: row.currency),
        Column(_("State"), lambda row: str(words.STATES[row.state])),
        Column(_("Paid on"), lambda row: row.paid_on if row.state == "paid" else None),
        Column(_("Reference"), lambda row: row.reference if row.state == "paid" else ""),
    ]


def paper(found: Statement, today: str, period: str) -> dict[str, Any]:
    """The statement as the data of its PDF."""
    return {
        "title": _("Statement of %(partner)s, %(period)s", partner=found.partner, period=period),
        "running": _("Statement"),
        "foot": f"{found.partner} · {period}",
        "partner": found.partner,
        "subtitle": _("Statement of %(period)s, as of %(day)s", period=period, day=today),
        "sums": [
            {
                "currency": one.currency,
                "rows": [
                    {"label": _("Earned"), "amount": words.money(one.earned, one.currency)},
                    {"label": _("Paid"), "amount": words.money(one.paid, one.currency)},
                    {"label": _("To be paid"), "amount": words.money(one.to_come, one.currency)},
                    {"label": _("Not approved yet"), "amount": words.money(one.open, one.currency)},
                ],
            }
            for one in found.sums
        ],
        "heads": {
            "lines": _("Lines"),
            "columns": [_("Period"), _("For"), _("State"), _("Amount")],
            "payments": _("Payments"),
        },
        "nothing": _("Nothing was earned for this period."),
        "rows": [
            {
                "period": words.period(row.period),
                "name": found.name(row),
                "note": words.under(found.name(row), row.kind, row.programme_name),
                "state": str(words.STATES[row.state]),
                "amount": words.money(row.amount, row.currency),
                "struck": row.state == "rejected",
            }
            for row in found.lines
        ],
        "payments": [
            {
                "on": words.day(one.on),
                "reference": one.reference,
                "amount": words.money(one.amount, one.currency),
            }
            for one in found.payments
        ],
        "legend": _(
            "Payments may settle lines of other periods too. This desk records payments; it never"
            " moves money."
        ),
    }
