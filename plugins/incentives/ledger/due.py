"""What each partner is due from the rewards of a programme, period by period.

Only whole periods that are over are paid, by the version and at the tier of their first day, on
approved figures. What cannot be told says what it waits for.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from app.api import (
    Answer,
    Calendar,
    KpiBook,
    KpiFigure,
    KpiRow,
    Partner,
    Period,
    currency_exponent,
    kpi_book,
    kpis,
    organisation,
)
from app.api import Kind as PeriodKind
from plugins.incentives.ledger import accounts, pay
from plugins.incentives.programmes.definition import (
    Definition,
    Measures,
    Node,
    Requirement,
    Reward,
    RewardKind,
    walk,
)
from plugins.incentives.programmes.models import Programme
from plugins.incentives.programmes.queries import definition_of, versions

FROZEN = ("prospect", "declined", "suspended", "ended")  # these partners are due nothing
SHARES = RewardKind.PROFIT_SHARE


class Standings(NamedTuple):
    """What is asked of whoever keeps the tiers.

    `tiers(programme, partners, day)` gives the tier keys of a day, of those who have one;
    `answers(node, partners, as_of)` whether partners meet a reward's own requirement.
    """

    tiers: Callable[[int, Sequence[int], date], dict[int, str]]
    answers: Callable[[Node, Sequence[int], date], dict[int, Answer]]


class Claim(NamedTuple):
    """What a reward is due to a partner for a period; no amount where that is unknown."""

    partner: int
    reward: Reward
    period: int
    version: int
    tier: str
    amount: pay.Amount | None
    base: Fraction | None = None  # major units
    carried: Fraction = Fraction(0)  # minor units
    sources: tuple[int, ...] = ()  # the revisions behind the base
    reason: str = ""  # why the amount is unknown: base, requirement, carry, currency
    about: str = ""
    opens: bool = True  # whether a first line may be written; what is booked is corrected anyhow

    @property
    def place(self) -> tuple[int, str, int]:
        """Of whom, of which reward and when: where its lines are summed."""
        return self.partner, self.reward.key, self.period


class Rules(NamedTuple):
    """What a version says, and from when on it holds."""

    version: int
    effective: date
    definition: Definition


class Reading(NamedTuple):
    """All that the claims of some partners are made from."""

    programme: Programme
    calendar: Calendar
    book: KpiBook
    kpis: dict[str, KpiRow]
    currencies: dict[int, str]
    tiers: dict[date, dict[int, str]]
    inherited: set[tuple[int, date]]  # partners and days whose tier another held, merged since
    answers: dict[tuple[str, int], dict[int, Answer]]
    exponent: int


def claims(
    programme: Programme,
    partner_ids: Sequence[int],
    standings: Standings,
    today: date,
    proposed: Sequence[KpiFigure] = (),
) -> list[Claim]:
    """What these partners are due from a programme by today, in the order of the periods.

    `proposed` figures stand in the approved ones' place.
    """
    partners = dict(
        Partner.select(Partner.id, Partner.currency)
        .where(Partner.id.in_(list(partner_ids)), Partner.status.not_in(FROZEN))
        .where(Partner.merged_into.is_null())
        .tuples()
    )
    places = list(_places(programme, today))
    if not partners or not places:
        return []
    calendar = organisation().calendar
    first_days = {calendar.start(period) for _rules, _reward, period in places}
    tiers, inherited = _tiers(programme, sorted(partners), standings, sorted(first_days))
    ids = sorted(set().union(*tiers.values()))  # nobody else is due anything
    if not ids:
        return []
    by_code = {row.code: row for row in kpis(active_only=False).values()}
    bases = {reward.base for _rules, reward, _period in places if pay.needs_base(reward)}
    reading = Reading(
        programme,
        calendar,
        kpi_book(
            ids,
            min(first_days),
            max(calendar.end(period) for _rules, _reward, period in places),
            proposed,
            [by_code[code].id for code in sorted(bases) if code in by_code],
        ),
        by_code,
        partners,
        tiers,
        inherited,
        {},
        currency_exponent(programme.currency),
    )
    for _rules, reward, period in places:
        if reward.requirement is not None:
            as_of = _closed_on(reward.requirement, period, by_code, calendar)
            found = standings.answers(reward.requirement, ids, as_of) if as_of <= today else {}
            reading.answers[reward.key, period.key] = found
    return [claim for id_ in ids for claim in _of_partner(id_, places, reading)]


def _tiers(
    programme: Programme, partner_ids: Sequence[int], standings: Standings, days: Sequence[date]
) -> tuple[dict[date, dict[int, str]], set[tuple[int, date]]]:
    """The tiers of each day, and of whom they are another's: one that was merged into them."""
    root = accounts.family(partner_ids)
    tiers: dict[date, dict[int, str]] = {}
    inherited: set[tuple[int, date]] = set()
    for day in days:
        found = standings.tiers(programme.id, sorted(root), day)
        tiers[day] = {id_: tier for id_, tier in found.items() if root[id_] == id_}
        for id_, tier in found.items():
            if root[id_] not in tiers[day]:
                tiers[day][root[id_]] = tier
                inherited.add((root[id_], day))
    return tiers, inherited


def _places(programme: Programme, today: date) -> Iterator[tuple[Rules, Reward, Period]]:
    """Each money reward with each period that is over, under the version of its first day."""
    calendar = organisation().calendar
    rules = [
        Rules(row.id, row.effective, definition_of(row))
        for row in sorted(versions(programme.id), key=lambda row: row.number)
        if row.state == "published" and row.effective is not None
    ]
    if not rules:
        return
    since = min(one.effective for one in rules)
    kinds = {reward.period for one in rules for reward in one.definition.rewards if _pays(reward)}
    for kind in sorted(kinds, key=lambda kind: kind.rank):
        for period in _over(calendar, kind, since, today):
            start = calendar.start(period)
            holding = [one for one in rules if one.effective <= start]
            for reward in holding[-1].definition.rewards if holding else ():
                if _pays(reward) and reward.period is kind:
                    yield holding[-1], reward, period


def _pays(reward: Reward) -> bool:
    return reward.kind.pays


def _over(calendar: Calendar, kind: PeriodKind, since: date, today: date) -> Sequence[Period]:
    """The periods of a kind that began on a day or later and are over, the oldest first."""
    first = calendar.containing(since, kind)
    last = calendar.shift(calendar.containing(today, kind), -1)
    if first.key > last.key:
        return []
    return [one for one in calendar.between(first, last) if calendar.start(one) >= since]


def _closed_on(node: Node, period: Period, known: dict[str, KpiRow], calendar: Calendar) -> date:
    """The first day on which a period is closed for every figure that a requirement looks at."""
    asked = [part for part in walk(node) if isinstance(part, Requirement)]
    whole = any(part.measures is Measures.SCORECARD for part in asked)
    subjects = {part.subject for part in asked}
    days = [row.due_days for code, row in known.items() if whole or code in subjects]
    return calendar.end(period) + timedelta(days=max(days, default=0) + 1)


def _of_partner(
    partner: int, places: Sequence[tuple[Rules, Reward, Period]], reading: Reading
) -> Iterator[Claim]:
    carried: dict[str, Fraction | None] = {}
    for rules, reward, period in places:
        tier = reading.tiers[reading.calendar.start(period)].get(partner, "")
        if not tier and reward.key not in carried:
            continue
        loss = carried.setdefault(reward.key, Fraction(0))
        claim = _claim(partner, rules, reward, period, tier, loss, reading)
        if reward.kind is SHARES and reward.loss_carry:
            profit, _sources = _base(partner, reward, period, reading)
            carried[reward.key] = pay.carry(loss, profit, reading.exponent)
        if tier:
            yield claim._replace(opens=_opens(partner, period, reading))


def _opens(partner: int, period: Period, reading: Reading) -> bool:
    """Whether a period may be booked for the first time.

    Not where it was not over when the programme ended, and not at a tier that another held who
    was merged into this partner.
    """
    over = reading.calendar.end(period)
    ended = reading.programme.ended_on
    if reading.programme.status == "ended" and (ended is None or over > ended):
        return False
    return (partner, reading.calendar.start(period)) not in reading.inherited


def _claim(
    partner: int,
    rules: Rules,
    reward: Reward,
    period: Period,
    tier: str,
    loss: Fraction | None,
    reading: Reading,
) -> Claim:
    claim = Claim(partner, reward, period.key, rules.version, tier, pay.NOTHING)
    if reward.tiers and tier not in reward.tiers:
        return claim
    met = Answer.YES
    if reward.requirement is not None:
        met = reading.answers[reward.key, period.key].get(partner, Answer.UNKNOWN)
    if met is Answer.NO:
        return claim
    if reading.currencies[partner] != reading.programme.currency:
        about = reading.currencies[partner]
        return claim._replace(amount=None, reason="currency", about=about)
    base, sources = _base(partner, reward, period, reading)
    carried = loss if reward.loss_carry else Fraction(0)
    amount = pay.desired(reward, base, exponent=reading.exponent, carried=carried, met=met)
    claim = claim._replace(amount=amount, base=base, carried=carried or Fraction(0))
    if amount is not None:
        return claim._replace(sources=sources)
    if met is Answer.UNKNOWN:
        return claim._replace(reason="requirement")
    if base is None:
        return claim._replace(reason="base", about=reward.base)
    return claim._replace(reason="carry", about=reward.base)


def _base(
    partner: int, reward: Reward, period: Period, reading: Reading
) -> tuple[Fraction | None, tuple[int, ...]]:
    """A base's approved figure, whole or unknown, and the revisions behind it."""
    kpi = reading.kpis.get(reward.base)
    if not pay.needs_base(reward) or kpi is None:
        return None, ()
    result = reading.book.reported(partner, kpi.id, [period])
    if not result.complete or not result.expected:
        return None, ()
    return result.actual, reading.book.revisions(partner, kpi.id, [period])
