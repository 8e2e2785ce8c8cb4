"""Reads of the ledger for people; what lists partners takes the viewer."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from flask import abort
from peewee import SQL, Expression, Value, fn

from app.api import (
    Kind,
    Partner,
    Period,
    Viewer,
    kept,
    now,
    organisation,
    own_partners,
    readable,
)
from plugins.incentives.ledger import accounts
from plugins.incentives.ledger.models import LedgerEntry, LedgerState, Payout, PayoutLine, Unsettled
from plugins.incentives.ledger.unsettled import MERGED
from plugins.incentives.programmes.definition import Reward
from plugins.incentives.programmes.models import Programme, ProgrammeVersion
from plugins.incentives.programmes.queries import definition_of

PER_PAGE = 50
MOST_WAITING = 200  # rewards that cannot be told yet
MERGE_TOLD = timedelta(days=90)  # what only a merge made due stands for so long in the list


class Filters(NamedTuple):
    """Which lines are wanted; what is empty does not restrict."""

    partner: int = 0
    programme: int = 0
    state: str = ""
    period: Period | None = None


class Row(NamedTuple):
    """A line of the ledger as pages show it."""

    id: int
    partner_id: int
    partner_code: str
    partner_name: str
    programme_id: int
    programme_name: str
    kind: str
    amount: int
    currency: str
    period: int | None
    reward: str
    version_id: int | None
    tier: str
    author: int | None
    at: datetime
    state: str
    due: date | None
    text: str
    decision: str
    decided_by: int | None
    decided_at: datetime | None
    four_eyes: bool
    payout_id: int | None
    paid_on: date | None
    reference: str
    reverses: int | None


_COLUMNS = (
    LedgerEntry.id,
    Partner.id,
    Partner.code,
    Partner.name,
    Programme.id,
    Programme.name,
    LedgerEntry.kind,
    LedgerEntry.amount,
    LedgerEntry.currency,
    LedgerEntry.period,
    LedgerEntry.reward,
    LedgerEntry.version,
    LedgerEntry.tier,
    LedgerEntry.author,
    LedgerEntry.at,
    LedgerState.state,
    LedgerState.due,
    LedgerState.text,
    LedgerState.decision,
    LedgerState.decided_by,
    LedgerState.decided_at,
    LedgerState.four_eyes,
    PayoutLine.payout,
    PayoutLine.settled_on,
    PayoutLine.reference,
    LedgerEntry.reverses,
)


def listing(filters: Filters, viewer: Viewer, page: int, size: int = PER_PAGE) -> list[Row]:
    """One page of the lines, the latest first."""
    rows = _joined(_COLUMNS).where(_wanted(filters, viewer)).order_by(LedgerEntry.id.desc())
    return [Row(*row) for row in rows.paginate(page, size).tuples()]


def count(filters: Filters, viewer: Viewer) -> int:
    """How many lines there are."""
    return int(_joined((LedgerEntry.id,)).where(_wanted(filters, viewer)).count())


def totals(filters: Filters, viewer: Viewer) -> dict[str, dict[str, int]]:
    """What lines come to, by currency and state, payments left out: they only settle others."""
    rows = (
        _joined((LedgerEntry.currency, LedgerState.state, fn.SUM(LedgerEntry.amount)))
        .where(_wanted(filters, viewer), LedgerEntry.kind != "payout")
        .group_by(LedgerEntry.currency, LedgerState.state)
        .order_by(LedgerEntry.currency)
        .tuples()
    )
    found: dict[str, dict[str, int]] = {}
    for currency, state, amount in rows:
        found.setdefault(currency, {})[state] = int(amount)
    return found


def entry_or_404(entry_id: int, viewer: Viewer) -> Row:
    """A line that somebody may see; a foreign or missing one answers 404."""
    row = _joined(_COLUMNS).where(LedgerEntry.id == entry_id, _visible(viewer)).tuples().first()
    if row is None:
        abort(404)
    return Row(*row)


def of_account(entry: Row) -> list[Row]:
    """The other lines of the same reward, partner and period, in the order of the chain."""
    rows = _joined(_COLUMNS).where(
        LedgerEntry.programme == entry.programme_id,
        LedgerEntry.partner == entry.partner_id,
        LedgerEntry.reward == entry.reward,
        LedgerEntry.period == entry.period,
        LedgerEntry.reward != "",
    )
    return [Row(*row) for row in rows.order_by(LedgerEntry.id).tuples()]


def _joined(columns: Sequence[Any]) -> Any:
    return (
        LedgerEntry.select(*columns)
        .join(Partner, on=(LedgerEntry.partner == Partner.id))
        .join(Programme, on=(LedgerEntry.programme == Programme.id))
        .join(LedgerState, on=(LedgerState.entry == LedgerEntry.id))
        .left_outer_join(PayoutLine, on=(LedgerState.line == PayoutLine.id))
    )


def _visible(viewer: Viewer) -> Expression:
    """The lines that somebody may see: of readable partners, and of those merged into them."""
    if viewer.is_staff:
        return SQL("1 = 1")  # staff who may see money see every partner's
    own = Partner.select(Partner.id).where(readable(viewer), Partner.id == viewer.partner_id)
    ids = [row[0] for row in own.tuples()]
    wanted: Expression = LedgerEntry.partner.in_(list(accounts.family(ids)) or [0])
    return wanted


def _wanted(filters: Filters, viewer: Viewer) -> Expression:
    wanted = _visible(viewer)
    if filters.partner:
        wanted &= LedgerEntry.partner.in_(list(accounts.family([filters.partner])))
    if filters.programme:
        wanted &= LedgerEntry.programme == filters.programme
    if filters.state:
        wanted &= LedgerState.state == filters.state
    if filters.period is not None:
        wanted &= LedgerEntry.period.in_(within(filters.period))
    return wanted


def within(period: Period) -> list[int]:
    """The keys of a period and of all shorter ones that lie in it."""
    calendar = organisation().calendar
    found = [period.key]
    for kind in Kind:
        if kind.rank < period.kind.rank:
            found += [one.key for one in calendar.subperiods(period, kind)]
    return found


def rewards_of(version_ids: Collection[int | None]) -> dict[tuple[int, str], Reward]:
    """The rewards of some versions, by version and key."""
    ids = {id_ for id_ in version_ids if id_ is not None}
    if not ids:
        return {}
    rows = ProgrammeVersion.select().where(ProgrammeVersion.id.in_(list(ids)))
    return {
        (version.id, reward.key): reward
        for version in rows
        for reward in definition_of(version).rewards
    }


def tier_name(row: Row) -> str:
    """What the tier is called that a line was worked out by; "" for none."""
    if row.version_id is None or not row.tier:
        return ""
    tiers = definition_of(ProgrammeVersion.get_by_id(row.version_id)).tiers
    return next((tier.name for tier in tiers if tier.key == row.tier), row.tier)


def working_of(entry_id: int) -> tuple[str, str]:
    """What a line rests on, as JSON: the revisions behind its figure, and its sum."""
    row = (
        LedgerEntry.select(LedgerEntry.sources, LedgerEntry.working)
        .where(LedgerEntry.id == entry_id)
        .tuples()
        .first()
    )
    return row[0], row[1]


class Waiting(NamedTuple):
    """A programme's rewards of some periods that are not booked, for one reason."""

    partner_id: int
    partner_name: str
    programme_name: str
    reason: str
    about: str
    periods: tuple[int, ...]


def unsettled(filters: Filters, viewer: Viewer) -> list[Waiting]:
    """What is not booked of the partners that are asked for, by partner and reason."""
    rows = (
        Unsettled.select(
            Partner.id,
            Partner.name,
            Programme.name,
            Unsettled.reason,
            Unsettled.about,
            Unsettled.period,
        )
        .join(Partner, on=(Unsettled.partner == Partner.id))
        .switch(Unsettled)
        .join(Programme, on=(Unsettled.programme == Programme.id))
        .where(readable(viewer))
        .where((Unsettled.reason != MERGED[0]) | (Unsettled.since > now() - MERGE_TOLD))
        .distinct()
        .order_by(Partner.name, Programme.name, Unsettled.reason, Unsettled.about, Unsettled.period)
    )
    if filters.partner:
        rows = rows.where(Unsettled.partner == filters.partner)
    if filters.programme:
        rows = rows.where(Unsettled.programme == filters.programme)
    if filters.period is not None:
        rows = rows.where(Unsettled.period.in_(within(filters.period)))
    found: dict[tuple[int, str, str, str, str], list[int]] = {}
    for *place, period in rows.limit(MOST_WAITING).tuples():
        found.setdefault(tuple(place), []).append(period)
    return [Waiting(*place, tuple(periods)) for place, periods in found.items()]


def balances(partner_id: int) -> dict[str, dict[str, int]]:
    """What stands for a partner, by currency and state; payments and rejected lines left out."""
    rows = (
        LedgerEntry.select(LedgerEntry.currency, LedgerState.state, fn.SUM(LedgerEntry.amount))
        .join(LedgerState, on=(LedgerState.entry == LedgerEntry.id))
        .where(
            LedgerEntry.partner.in_(list(accounts.family([partner_id]))),
            LedgerEntry.kind != "payout",
            LedgerState.state != "rejected",
        )
        .group_by(LedgerEntry.currency, LedgerState.state)
        .order_by(LedgerEntry.currency)
        .tuples()
    )
    found: dict[str, dict[str, int]] = {}
    for currency, state, amount in rows:
        found.setdefault(currency, {})[state] = int(amount)
    return found


def choices(viewer: Viewer) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """The partners and the programmes that have lines, to choose from."""
    having = LedgerEntry.select(LedgerEntry.partner).distinct()
    partners = (
        Partner.select(Partner.id, Partner.name)
        .where(Partner.id.in_(having), readable(viewer))
        .order_by(fn.LOWER(Partner.name))
        .limit(1000)
    )
    paying = LedgerEntry.select(LedgerEntry.programme).distinct()
    programmes = Programme.select(Programme.id, Programme.name).where(Programme.id.in_(paying))
    return list(partners.tuples()), list(programmes.order_by(Programme.name).tuples())


def reversal_of(entry_id: int) -> int | None:
    """The line that takes another back, rejected ones left out."""
    row = (
        LedgerEntry.select(LedgerEntry.id)
        .join(LedgerState, on=(LedgerState.entry == LedgerEntry.id))
        .where(LedgerEntry.reverses == entry_id, LedgerState.state != "rejected")
        .tuples()
        .first()
    )
    return int(row[0]) if row else None


class Waits(NamedTuple):
    """Lines of one currency that wait for approval, or a payout that waits for its next step."""

    what: str  # "lines", or the payout's state
    currency: str
    number: int  # how many lines, or the payout's id
    amount: int = 0


def waiting(viewer: Viewer) -> list[Waits]:
    """What waits of own partners' lines, and of the payouts for whoever sees to those."""
    rows = _waiting(viewer, organisation().today())
    found = [Waits(what, money, int(n), int(amount)) for what, money, n, amount in rows]
    return sorted(found, key=lambda one: (one.what != "lines", one.currency, one.number))


@kept
def _waiting(viewer: Viewer, today: Any) -> Any:
    """Both in one statement, since every home page asks."""
    lines = (
        LedgerEntry.select(
            Value("lines"),
            LedgerEntry.currency,
            fn.COUNT(LedgerEntry.id),
            fn.SUM(LedgerEntry.amount),
        )
        .join(Partner, on=(LedgerEntry.partner == Partner.id))
        .join(LedgerState, on=(LedgerState.entry == LedgerEntry.id))
        .where(LedgerState.state == "approvable", own_partners(viewer, today))
        .group_by(LedgerEntry.currency)
    )
    if viewer.can("incentives.payouts"):
        steps = Payout.select(Payout.state, Payout.currency, Payout.id, Value(0)).where(
            Payout.state.in_(("draft", "approved", "exported"))
        )
        lines = lines + steps
    return lines.tuples()
