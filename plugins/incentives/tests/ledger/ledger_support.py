"""A programme that pays, and short ways to what its ledger holds."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.api import Answer, organisation
from app.core.contract import Viewer
from app.core.kpis.services import ValueRow, record_kpi_values
from app.core.partners.models import Partner
from app.core.periods import Kind, Period
from app.core.quantities import MILLION
from plugins.incentives.ledger import decisions, paying, payouts, services
from plugins.incentives.ledger.due import Standings
from plugins.incentives.ledger.models import LedgerEntry, LedgerState, Payout, PayoutLine
from plugins.incentives.programmes.definition import (
    Band,
    Definition,
    Node,
    Reward,
    RewardKind,
    Tier,
    dumps,
)
from plugins.incentives.programmes.models import Programme, ProgrammeVersion
from tests.core.desk import CALENDAR, Desk, staff

BANDS = (Band(0, 50_000), Band(1_000_000, 70_000), Band(2_500_000, 90_000))
TIERS = (Tier(key="member", name="Member"), Tier(key="gold", name="Gold"))
Q1 = CALENDAR.parse("2026-Q1")
JANUARY = CALENDAR.parse("2026-01")


def marginal(**changes: Any) -> Reward:
    """A share of the revenue of a quarter, by bands; nothing is held."""
    values = {
        "key": "share",
        "kind": RewardKind.MARGINAL,
        "name": "Revenue share",
        "base": "REV",
        "bands": BANDS,
        "hold_days": 0,
    }
    return Reward(**(values | changes))


def programme(*rewards: Reward, currency: str = "EUR", since: date = date(2026, 1, 1)) -> Programme:
    """A programme that runs, with one version in force."""
    made: Programme = Programme.create(
        name="Partner programme", currency=currency, status="running"
    )
    publish(made, *rewards, since=since)
    return made


def publish(made: Programme, *rewards: Reward, since: date) -> ProgrammeVersion:
    """A further version of a programme."""
    text = dumps(Definition(tiers=TIERS, rewards=rewards))
    number = ProgrammeVersion.select().where(ProgrammeVersion.programme == made).count() + 1
    version: ProgrammeVersion = ProgrammeVersion.create(
        programme=made,
        number=number,
        state="published",
        definition=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        effective=since,
    )
    return version


@dataclass
class Tiers:
    """Who holds which tier since when, and which partners meet the rewards' requirements."""

    held: dict[int, str] = field(default_factory=dict)
    answer: Answer = Answer.YES

    def standings(self) -> Standings:
        """As the ledger asks for them."""

        def tiers(_programme: int, ids: Sequence[int], _day: date) -> dict[int, str]:
            return {id_: self.held[id_] for id_ in ids if id_ in self.held}

        def answers(_node: Node, ids: Sequence[int], _day: date) -> dict[int, Answer]:
            return dict.fromkeys(ids, self.answer)

        return Standings(tiers, answers)


def report(partner: Partner, kpi: int, period: Period, value: int) -> None:
    """An approved figure, in units."""
    row = ValueRow(partner.id, kpi, period.key, value * MILLION, reason="Corrected")
    record_kpi_values([row], source="test", by=None)


def quarter(desk: Desk, partner: Partner, kpi: int, value: int, code: str = "2026-Q1") -> None:
    """A quarter's figure, all of it in its first month."""
    months = CALENDAR.subperiods(CALENDAR.parse(code), Kind.MONTH)
    with desk.app.app_context():
        for n, month in enumerate(months):
            report(partner, kpi, month, 0 if n else value)


def accrue(partner: Partner, tiers: Tiers) -> int:
    """Bring one partner's ledger up to date."""
    return services.accrue([partner.id], tiers.standings())


def write(
    made: Programme, partner: Partner, amount: int, token: str = "", who: str = "admin"
) -> int:
    """A line by hand; returns its id."""
    token = token or str(LedgerEntry.select().count())
    by = staff(f"{who}@example.org")
    return decisions.write(made, partner, amount, JANUARY, "Fair at Hamburg", once=token, by=by)


def lines() -> list[tuple[str, int, str]]:
    """Kind, amount and state of every line, in the order in which they were written."""
    rows = (
        LedgerEntry.select(LedgerEntry.kind, LedgerEntry.amount, LedgerState.state)
        .join(LedgerState, on=(LedgerState.entry == LedgerEntry.id))
        .order_by(LedgerEntry.id)
    )
    return list(rows.tuples())


def total() -> int:
    """What all lines come to, but those that were rejected."""
    return sum(amount for _kind, amount, state in lines() if state != "rejected")


def approve_all(by: Viewer | None = None) -> int:
    """Let everything that can be approved be paid."""
    waiting = LedgerState.select(LedgerState.entry).where(LedgerState.state == "approvable")
    ids = [row[0] for row in waiting.tuples()]
    return decisions.approve(ids, by=by or staff(), reason="Nobody else is here")


def pay_out(partner: Partner, currency: str = "EUR", on: date | None = None) -> int:
    """A payout of one partner, from the draft to the payment; returns its id."""
    admin = staff()
    id_ = payouts.create(currency, {partner.id: ""}, by=admin)
    paying.approve(id_, 1, by=admin, reason="Nobody else is here")
    paying.hand_over(id_, 2)
    line = PayoutLine.get(PayoutLine.payout == id_)
    paying.confirm(id_, [line.id], "SEPA 1", on or organisation().today(), by=admin)
    return id_


def payout_state(id_: int) -> str:
    """A payout's state."""
    return str(Payout.get_by_id(id_).state)
