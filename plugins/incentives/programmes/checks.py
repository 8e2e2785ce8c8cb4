"""Whether a definition makes sense: what stands against publishing it, and what should be known.

Pure; each problem is a sentence that pages translate. Source: domain specification §3.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from app.api import MILLION, Kind, MoneyError, currency_exponent
from plugins.incentives.programmes.definition import (
    MONTHS_OF,
    Definition,
    Group,
    Measures,
    Mode,
    Node,
    Operator,
    Requirement,
    Reward,
    RewardKind,
    Span,
    Window,
    walk,
)
from plugins.incentives.programmes.editing import EditRefused, Owner, shape_problem
from plugins.incentives.programmes.glossary import COMPARABLE, Glossary, Measured

HIGHEST_SCORE = 3 * MILLION // 2  # a scorecard counts no attainment beyond 150 %
LONGEST_MONTHS, LONGEST_QUARTERS = 36, 12
_COARSE = {"weekly": 0, "monthly": 1, "quarterly": 3, "half_yearly": 6, "yearly": 12}  # months


class Problem(EditRefused):
    """What is wrong, and where; one that is no error is only said."""

    def __init__(
        self, message: str, *, owner: Owner | None = None, error: bool = True, **params: Any
    ) -> None:
        super().__init__(message, **{"where": "", **params})  # the name follows where it is known
        self.owner = owner
        self.error = error


def check(definition: Definition, glossary: Glossary) -> list[Problem]:
    """What stands against publishing a definition on this desk, errors first."""
    shape = shape_problem(definition)
    if shape is not None:
        params: dict[str, Any] = dict(shape.params)
        return [Problem(shape.message, **params)]
    found = [
        *_currency(glossary.currency),
        *_ladder(definition),
        *_steps(definition),
        *_conditions(definition, glossary),
        *_rewards(definition, glossary),
    ]
    return sorted(found, key=lambda problem: not problem.error)


def _currency(currency: str) -> Iterator[Problem]:
    try:
        currency_exponent(currency)
    except MoneyError:
        yield Problem("“%(currency)s” is no currency.", currency=currency)


# ---- The ladder


def _ladder(definition: Definition) -> Iterator[Problem]:
    lowest = definition.tiers[0]
    if lowest.requirement is not None:
        yield Problem(
            "%(tier)s is the lowest tier and asks for something: everybody who takes part starts"
            " there, so it asks for nothing.",
            owner=Owner("tier", lowest.key),
            tier=lowest.name,
        )
    names: set[str] = set()
    for tier in definition.tiers:
        owner = Owner("tier", tier.key)
        if not tier.name.strip():
            yield Problem("A tier has no name.", owner=owner)
        if tier.name.strip().casefold() in names:
            yield Problem("Two tiers are called “%(tier)s”.", owner=owner, tier=tier.name)
        names.add(tier.name.strip().casefold())
        if tier.requirement is None and tier is not lowest:
            yield Problem(
                "%(tier)s asks for nothing: everybody would hold it.", owner=owner, tier=tier.name
            )


def _steps(definition: Definition) -> Iterator[Problem]:
    """A higher tier that is easier than the one below, where that can be told."""
    for lower, higher in pairwise(definition.tiers):
        below = {_looks_at(one): one for one in _needed(lower.requirement)}
        for one in _needed(higher.requirement):
            other = below.get(_looks_at(one))
            if other is None or not _easier(one, other):
                continue
            yield Problem(
                "%(higher)s asks for less than %(lower)s below it: whoever reaches %(lower)s may"
                " reach %(higher)s first.",
                owner=Owner("tier", higher.key),
                error=False,
                higher=higher.name,
                lower=lower.name,
            )
            break


def _needed(node: Node | None) -> Iterator[Requirement]:
    """The conditions that every holder of a tier meets."""
    if isinstance(node, Requirement):
        yield node
    elif isinstance(node, Group) and (node.mode is Mode.ALL or len(node.parts) == 1):
        for part in node.parts:
            yield from _needed(part)


def _looks_at(one: Requirement) -> tuple[Any, ...]:
    return (one.measures, one.subject, one.operator, one.window)


def _easier(one: Requirement, other: Requirement) -> bool:
    if one.operator is Operator.AT_LEAST:
        return one.threshold < other.threshold
    return one.threshold > other.threshold


# ---- Conditions


def _conditions(definition: Definition, glossary: Glossary) -> Iterator[Problem]:
    named = [(Owner("tier", tier.key), tier.name, tier.requirement) for tier in definition.tiers]
    named += [
        (Owner("reward", reward.key), reward.name, reward.requirement)
        for reward in definition.rewards
    ]
    for owner, name, tree in named:
        for node in walk(tree):
            found = (
                _group(node) if isinstance(node, Group) else requirement_problems(node, glossary)
            )
            for problem in found:
                yield Problem(
                    problem.message,
                    owner=owner,
                    error=problem.error,
                    **{**problem.params, "where": name},
                )


def _group(group: Group) -> Iterator[Problem]:
    if not group.parts:
        yield Problem("%(where)s: a group has no conditions.")
    if group.mode is not Mode.POINTS:
        return
    most = sum(part.points for part in group.parts)
    if group.needed < 1:
        yield Problem("%(where)s: say how many points are needed.")
    elif most < group.needed:
        yield Problem(
            "%(where)s: %(needed)s points are needed, but all conditions together give %(most)s.",
            needed=group.needed,
            most=most,
        )
    asked = Counter(_asks(part) for part in group.parts)
    if any(count > 1 for count in asked.values()):
        yield Problem(
            "%(where)s: the same condition stands twice in a group that counts points, so whoever"
            " meets it gets its points twice. If that is not meant, remove one and give the other"
            " all the points.",
            error=False,
        )


def _asks(node: Node) -> tuple[Any, ...]:
    """What a condition or group asks for, whatever its points and wherever it stands."""
    if isinstance(node, Requirement):
        return (*_looks_at(node), node.threshold)
    return (node.mode, node.needed, *((_asks(part), part.points) for part in node.parts))


def requirement_problems(one: Requirement, glossary: Glossary) -> Iterator[Problem]:
    """What is wrong with one condition; `%(where)s` is for its tier's or reward's name."""
    if one.measures is Measures.FACT:
        yield from _fact(one, glossary)
        return
    if one.measures is Measures.SCORECARD:
        yield from _window(one.window)
        if one.operator is Operator.AT_LEAST and not 0 < one.threshold <= HIGHEST_SCORE:
            yield Problem("%(where)s: a scorecard lies above 0 %% and goes up to 150 %%.")
        return
    kpi = glossary.kpis.get(one.subject)
    if kpi is None:
        yield Problem("%(where)s: there is no KPI “%(code)s” here.", code=one.subject)
        return
    if not kpi.active:
        yield Problem("%(where)s: the KPI %(kpi)s is out of use.", kpi=kpi.name)
    if one.measures is Measures.STREAK:
        if one.threshold < 0 or one.threshold % MILLION:
            yield Problem("%(where)s: misses in a row are a whole number.")
        return
    yield from _window(one.window)
    if one.window is not None:
        yield from _rolls_up(one, one.window, kpi)
    if one.measures is Measures.ATTAINMENT and one.threshold <= 0:
        yield Problem("%(where)s: an attainment lies above 0 %%.")


def _fact(one: Requirement, glossary: Glossary) -> Iterator[Problem]:
    kind = glossary.facts.get(one.subject)
    if kind is None:
        yield Problem(
            "%(where)s: nobody here tells of “%(fact)s”, so it stays unknown and nobody meets this"
            " condition: switch the plugin on that does, or remove the condition.",
            error=False,
            fact=one.subject,
        )
    elif kind.unit not in COMPARABLE:
        yield Problem("%(where)s: “%(fact)s” is no number.", fact=str(kind.label))


def _window(window: Window | None) -> Iterator[Problem]:
    if window is None:
        yield Problem("%(where)s: say over which periods.")
        return
    longest = {Span.MONTHS: LONGEST_MONTHS, Span.QUARTERS: LONGEST_QUARTERS}.get(window.span)
    if longest is not None and not 1 <= window.n <= longest:
        yield Problem("%(where)s: a window has 1 to %(longest)s periods.", longest=longest)


def _rolls_up(one: Requirement, window: Window, kpi: Measured) -> Iterator[Problem]:
    """Whether the KPI's own figures can make up the window, or each of its periods."""
    months = _months(window)
    own = _COARSE.get(kpi.frequency, 1)
    if own > months:
        yield Problem(
            "%(where)s: %(kpi)s is reported less often than the periods that are looked at.",
            kpi=kpi.name,
        )
        return
    if own != months and kpi.value_type == "percent" and kpi.aggregation in ("sum", "mean"):
        yield Problem(
            "%(where)s: %(kpi)s is a percentage without its parts, which does not roll up: look at"
            " each of its own periods.",
            kpi=kpi.name,
        )
    if kpi.value_type == "ordinal" and not 0 <= one.threshold <= (
        (len(kpi.label_list) - 1) * MILLION
    ):
        yield Problem("%(where)s: choose one of the levels of %(kpi)s.", kpi=kpi.name)


def _months(window: Window) -> int:
    """How long what is judged as one figure is."""
    unit = 3 if window.span is Span.QUARTERS else 1
    if window.span is Span.LAST_YEAR:
        return 12
    if window.span is Span.CURRENT_YEAR:
        return 1 if window.each else 12
    return unit if window.each else unit * window.n


# ---- Rewards


def _rewards(definition: Definition, glossary: Glossary) -> Iterator[Problem]:
    keys = {tier.key for tier in definition.tiers}
    names: set[str] = set()
    for reward in definition.rewards:
        owner = Owner("reward", reward.key)
        for problem in _reward(reward, glossary):
            yield Problem(
                problem.message,
                owner=owner,
                error=problem.error,
                **{**problem.params, "where": reward.name},
            )
        if reward.name.strip().casefold() in names:
            yield Problem("Two rewards are called “%(reward)s”.", owner=owner, reward=reward.name)
        names.add(reward.name.strip().casefold())
        if set(reward.tiers) - keys:
            yield Problem(
                "%(where)s: it is for a tier that there is not.", owner=owner, where=reward.name
            )


def _reward(reward: Reward, glossary: Glossary) -> Iterator[Problem]:
    if not reward.name.strip():
        yield Problem("A reward has no name.")
    if reward.period is Kind.WEEK:
        yield Problem("%(where)s: rewards are for months, quarters, half-years or years.")
    if not reward.kind.pays:
        if not reward.benefit.strip():
            yield Problem("%(where)s: say what it gives.")
        return
    if reward.floor is not None and reward.cap is not None and reward.floor > reward.cap:
        yield Problem("%(where)s: the least is more than the most.")
    if reward.kind in (RewardKind.BONUS, RewardKind.FLAT):
        if reward.amount <= 0:
            yield Problem("%(where)s: give an amount.")
        return
    yield from _base(reward, glossary)
    if reward.kind in (RewardKind.PERCENT, RewardKind.PROFIT_SHARE):
        if not 0 < reward.rate <= MILLION:
            yield Problem("%(where)s: a rate lies above 0 %% and goes up to 100 %%.")
        return
    yield from _bands(reward)


def _base(reward: Reward, glossary: Glossary) -> Iterator[Problem]:
    kpi = glossary.kpis.get(reward.base)
    if kpi is None:
        yield Problem("%(where)s: choose the KPI that it is reckoned on.")
        return
    if not kpi.active:
        yield Problem("%(where)s: the KPI %(kpi)s is out of use.", kpi=kpi.name)
    if kpi.value_type != "money":
        yield Problem("%(where)s: %(kpi)s is no amount of money.", kpi=kpi.name)
    elif kpi.unit and kpi.unit != glossary.currency:
        yield Problem(
            "%(where)s: %(kpi)s is in %(unit)s, the programme in %(currency)s.",
            kpi=kpi.name,
            unit=kpi.unit,
            currency=glossary.currency,
        )
    if _COARSE.get(kpi.frequency, 1) > MONTHS_OF.get(reward.period, 12):
        yield Problem(
            "%(where)s: %(kpi)s is reported less often than the reward is given.", kpi=kpi.name
        )


def _bands(reward: Reward) -> Iterator[Problem]:
    if not reward.bands:
        yield Problem("%(where)s: give the bands.")
        return
    starts = [band.start for band in reward.bands]
    if starts[0] != 0:
        yield Problem("%(where)s: the first band starts at 0.")
    if any(after <= before for before, after in pairwise(starts)):
        yield Problem("%(where)s: each band starts above the one before.")
    if any(band.rate > MILLION for band in reward.bands):
        yield Problem("%(where)s: no rate is above 100 %%.")
