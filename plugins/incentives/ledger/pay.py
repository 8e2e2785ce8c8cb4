"""What a reward pays for a period, what is still to be booked, and what is paid out.

Bases are exact fractions in major units, amounts whole minor units (cents). The order is base →
rate → floor → cap → round, once, half away from zero. Source: domain specification §3, Pay rules.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from app.api import MILLION, Answer, round_half_away
from plugins.incentives.programmes.definition import Band, Reward, RewardKind

WITHOUT_BASE = (RewardKind.BONUS, RewardKind.FLAT)


class Kind(StrEnum):
    """What a line of the ledger is."""

    ACCRUAL = "accrual"
    ADJUSTMENT = "adjustment"
    CLAWBACK = "clawback"
    MANUAL = "manual"
    REVERSAL = "reversal"
    PAYOUT = "payout"


class Part(NamedTuple):
    """The share of a base that lies in one band: from where, to where, at which rate it pays.

    All in minor units, but the rate, which is a share of 1; `end` is None where there is no limit.
    """

    start: int
    end: int | None
    portion: Fraction
    rate: Fraction
    pays: Fraction


class Amount(NamedTuple):
    """What a reward pays, with every step to it; minor units."""

    minor: int  # rounded
    counted: Fraction  # the base as it counts: never negative, less hurdle and carried loss
    parts: tuple[Part, ...]
    earned: Fraction  # before floor and cap
    floored: bool
    capped: bool
    exact: Fraction  # before rounding

    @property
    def rounded(self) -> bool:
        """Whether rounding changed the amount."""
        return self.exact != self.minor


NOTHING = Amount(0, Fraction(0), (), Fraction(0), False, False, Fraction(0))


def desired(
    reward: Reward,
    base: Fraction | None,
    *,
    exponent: int,
    carried: Fraction | None = Fraction(0),
    met: Answer = Answer.YES,
) -> Amount | None:
    """What a reward of money is due for a period; None where that is unknown.

    `base` is in major units of a currency with `exponent` decimals, `carried` the loss of earlier
    periods in minor units, `met` whether the reward's own requirement holds.
    """
    if met is Answer.NO:
        return NOTHING
    if met is Answer.UNKNOWN:
        return None
    if not needs_base(reward):
        return _finished(reward, Fraction(0), (), Fraction(reward.amount))
    if base is None or carried is None:
        return None
    counted = max(Fraction(0), base * 10**exponent)
    if reward.kind is RewardKind.PROFIT_SHARE:
        counted = max(Fraction(0), base * 10**exponent - reward.hurdle - carried)
    parts = _parts(reward, counted)
    return _finished(reward, counted, parts, sum((part.pays for part in parts), Fraction(0)))


def needs_base(reward: Reward) -> bool:
    """Whether what a reward pays depends on a KPI's figure."""
    return reward.kind not in WITHOUT_BASE


def _parts(reward: Reward, counted: Fraction) -> tuple[Part, ...]:
    """The bands that the counted base reaches, each with its share of it."""
    if reward.kind in (RewardKind.PERCENT, RewardKind.PROFIT_SHARE):
        return tuple(_part(one, counted) for one in _steps((Band(0, reward.rate),)))
    reached = [one for one in _steps(reward.bands) if one.start <= counted]
    if reward.kind is RewardKind.RETROACTIVE:
        return tuple(_part(one, counted) for one in reached[-1:])
    return tuple(
        _part(one, (counted if one.end is None or counted < one.end else one.end) - one.start)
        for one in reached
    )


class _Step(NamedTuple):
    start: int
    end: int | None
    rate: Fraction


@lru_cache(maxsize=256)
def _steps(bands: tuple[Band, ...]) -> tuple[_Step, ...]:
    """Each band with its end and its rate as a share of 1, the lowest first."""
    ordered = sorted(bands, key=lambda band: band.start)
    ends = [*(band.start for band in ordered[1:]), None]
    return tuple(
        _Step(band.start, end, Fraction(band.rate, MILLION))
        for band, end in zip(ordered, ends, strict=True)
    )


def _part(step: _Step, portion: Fraction | int) -> Part:
    return Part(step.start, step.end, Fraction(portion), step.rate, portion * step.rate)


def _finished(
    reward: Reward, counted: Fraction, parts: tuple[Part, ...], earned: Fraction
) -> Amount:
    """Floor, cap, and the only rounding."""
    floored = reward.floor is not None and earned < reward.floor
    exact = Fraction(reward.floor or 0) if floored else earned
    capped = reward.cap is not None and exact > reward.cap
    exact = Fraction(reward.cap or 0) if capped else exact
    return Amount(round_half_away(exact), counted, parts, earned, floored, capped, exact)


def carry(carried: Fraction | None, profit: Fraction | None, exponent: int) -> Fraction | None:
    """The loss that is carried on after a period with this profit (major units); minor units.

    A profit takes the carried loss down, a loss adds to it; after an unknown one it is unknown.
    """
    if carried is None or profit is None:
        return None
    return max(Fraction(0), carried - profit * 10**exponent)


class Account(NamedTuple):
    """What stands booked for a reward, a partner and a period; minor units."""

    booked: int = 0  # all but what was rejected
    paid: int = 0
    paid_on: date | None = None  # the last payment
    entries: int = 0


class Posting(NamedTuple):
    """A line to be written."""

    kind: Kind
    minor: int


def posting(due: int, account: Account, *, today: date, clawback_days: int) -> Posting | None:
    """The one line that makes what is booked what is due; None where nothing is to be written.

    What was paid too much is taken back within so many days of the payment, and stays with the
    partner afterwards. Source: domain specification §3, Idempotent re-evaluation.
    """
    delta = due - account.booked
    overpaid = due < account.paid
    if overpaid and account.paid_on and (today - account.paid_on).days > clawback_days:
        # Nothing more is taken back; what was taken back already may be given again.
        delta = max(due, min(account.paid, account.booked)) - account.booked
    if not delta:
        return None
    if not account.entries:
        return Posting(Kind.ACCRUAL, delta)
    return Posting(Kind.CLAWBACK if overpaid and delta < 0 else Kind.ADJUSTMENT, delta)


def entry_key(
    programme: int, reward: str, partner: int, period: int, last_entry: int, due: int
) -> str:
    """The key under which a delta can be posted only once."""
    return once(programme, reward, partner, period, last_entry, due)


def once(*parts: object) -> str:
    """The key under which what these parts name is posted only once: SHA-256, in hexadecimal."""
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()


def released_on(posted: date, hold_days: int, delta: int, others: Iterable[date] = ()) -> date:
    """From which day on a line can be approved.

    Money that is taken back is not held, but never overtakes the lines (`others`: when each of
    them is released) that it takes back from.
    """
    if delta >= 0:
        return posted + timedelta(days=hold_days)
    return max([posted, *others])


class Net(NamedTuple):
    """What payable lines of one partner and currency come to."""

    total: int
    payout: int  # 0 where nothing is paid out
    carried: int  # what waits for lines to come; negative where the partner owes


def net(lines: Sequence[int], minimum: int = 0) -> Net:
    """Payable lines against each other; a negative balance is carried, never invoiced.

    A payout is at least `minimum`, and more than nothing. `[I7]` is its example.
    """
    total = sum(lines)
    payout = total if total > 0 and total >= minimum else 0
    return Net(total, payout, total - payout)
