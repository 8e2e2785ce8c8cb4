"""What a new programme can start from."""

from collections.abc import Collection
from typing import NamedTuple

from app.api import MILLION, translations
from plugins.incentives.programmes.definition import (
    Definition,
    Group,
    Measures,
    Mode,
    Operator,
    Requirement,
    Span,
    Tier,
    Window,
)

_ = translations("incentives").gettext

_PER_CENT = MILLION // 100
_EACH_OF_TWO = Window(Span.QUARTERS, 2, each=True)
_YEAR = Window(Span.QUARTERS, 4)


class Start(NamedTuple):
    """A first draft, and the keys of facts that it would ask for but that nobody tells of."""

    definition: Definition
    left_out: tuple[str, ...] = ()


def ladder() -> Start:
    """Three tiers on the scorecard alone."""
    return Start(
        Definition(
            tiers=(
                Tier("member", _("Member"), "blue"),
                Tier(
                    "silver",
                    _("Silver"),
                    "silver",
                    requirement=Group("g1", parts=(scorecard("r1", 90, _EACH_OF_TWO),)),
                ),
                Tier(
                    "gold",
                    _("Gold"),
                    "gold",
                    requirement=Group("g2", parts=(scorecard("r2", 105, _YEAR),)),
                ),
            )
        )
    )


def full(known: Collection[str]) -> Start:
    """The recommended programme, without what nobody here tells of.

    Source: domain specification §3, Defaults.
    """
    wanted = {
        "silver": (_fact("r2", "agreement.active", Operator.AT_LEAST, MILLION),),
        "gold": (
            _fact("r4", "csat", Operator.AT_LEAST, 80 * _PER_CENT),
            _fact("r5", "survey.answered", Operator.AT_LEAST, MILLION),
            _fact("r6", "kpi.late_reports", Operator.AT_MOST, 0),
        ),
    }
    left_out = tuple(
        one.subject for parts in wanted.values() for one in parts if one.subject not in known
    )
    silver = tuple(one for one in wanted["silver"] if one.subject in known)
    gold = tuple(one for one in wanted["gold"] if one.subject in known)
    tiers = (
        Tier(
            "member",
            _("Member"),
            "blue",
            benefits=_("Listed as a partner. A contact who answers within two working days."),
        ),
        Tier(
            "silver",
            _("Silver"),
            "silver",
            benefits=_("All of Member. Joint marketing once a year. Training places."),
            requirement=Group("g1", Mode.ALL, parts=(scorecard("r1", 90, _EACH_OF_TWO), *silver)),
        ),
        Tier(
            "gold",
            _("Gold"),
            "gold",
            benefits=_("All of Silver. Named first. A review with our management each year."),
            requirement=Group("g2", Mode.ALL, parts=(scorecard("r3", 105, _YEAR), *gold)),
        ),
    )
    return Start(Definition(tiers=tiers), left_out)


def scorecard(key: str, per_cent: int, window: Window) -> Requirement:
    """A scorecard of at least so many per cent."""
    mark = per_cent * _PER_CENT
    return Requirement(key, Measures.SCORECARD, Operator.AT_LEAST, mark, window=window)


def _fact(key: str, subject: str, operator: Operator, threshold: int) -> Requirement:
    return Requirement(key, Measures.FACT, operator, threshold, subject=subject)
