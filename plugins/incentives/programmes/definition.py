"""What a version of a programme says: its tiers, what they ask for, and what they pay.

Thresholds are integer millionths, amounts minor units of the programme's currency, KPIs and facts
named by code. A definition is text that other desks can read: canonical JSON, so that equal
definitions are equal texts. Source: domain specification §3, Entities and Windows.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, TypeAlias

import msgspec

from app.api import Kind, Refusal

Key: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_-]{1,40}\Z")]
Name: TypeAlias = Annotated[str, msgspec.Meta(max_length=120)]
Text: TypeAlias = Annotated[str, msgspec.Meta(max_length=2000)]
Code: TypeAlias = Annotated[str, msgspec.Meta(max_length=64)]
Millionths: TypeAlias = Annotated[int, msgspec.Meta(ge=-(10**18), le=10**18)]
Minor: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=10**15)]
Days: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=3660)]

MOST_PARTS = 40  # requirements and groups of one tree
DEEPEST = 5
MONTHS_OF = {Kind.MONTH: 1, Kind.QUARTER: 3, Kind.HALF: 6, Kind.YEAR: 12}


class DefinitionError(Refusal):
    """A definition that cannot be read, or that contradicts itself."""


class Measures(StrEnum):
    """What a requirement looks at."""

    KPI_VALUE = "kpi_value"
    ATTAINMENT = "attainment"
    SCORECARD = "scorecard"
    STREAK = "streak"
    FACT = "fact"


class Mode(StrEnum):
    """How a group answers from its parts."""

    ALL = "all"
    ANY = "any"
    POINTS = "points"


class Span(StrEnum):
    """Which closed periods a window holds."""

    MONTHS = "months"  # the trailing n
    QUARTERS = "quarters"  # the trailing n
    CURRENT_YEAR = "current_year"  # the fiscal year's months so far
    LAST_YEAR = "last_year"  # the last whole fiscal year


class Operator(StrEnum):
    """On which side of the threshold a requirement is met; equal always is."""

    AT_LEAST = ">="
    AT_MOST = "<="


class Promotion(StrEnum):
    """What a higher tier that was reached leads to."""

    AUTO = "auto"
    REVIEW = "review"


class RewardKind(StrEnum):
    """What a reward rule gives; the kinds after PROFIT_SHARE pay no money."""

    BONUS = "bonus"
    FLAT = "flat"
    PERCENT = "percent"
    MARGINAL = "marginal"
    RETROACTIVE = "retroactive"
    PROFIT_SHARE = "profit_share"
    RECOGNITION = "recognition"
    AWARD = "award"
    ACCESS = "access"
    BADGE = "badge"
    TRAINING = "training"
    SUPPORT = "support"
    MARKETING = "marketing"

    @property
    def pays(self) -> bool:
        """Whether it posts money to the ledger."""
        return self in _PAYING


_PAYING = frozenset(
    {
        RewardKind.BONUS,
        RewardKind.FLAT,
        RewardKind.PERCENT,
        RewardKind.MARGINAL,
        RewardKind.RETROACTIVE,
        RewardKind.PROFIT_SHARE,
    }
)


class Window(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Closed periods that a requirement looks back over.

    `n` counts months or quarters and is 0 for years. With `each` every period has to pass; without
    they are rolled up into one figure.
    """

    span: Span = Span.MONTHS
    n: Annotated[int, msgspec.Meta(ge=0, le=60)] = 12
    each: bool = False


class Requirement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="requirement"):
    """One condition: a figure against a threshold.

    `subject` is the KPI's code or the fact's key, empty for the scorecard. A streak counts misses
    in a row, a yes/no fact is 1 or 0; facts and streaks have no window.
    """

    key: Key
    measures: Measures
    operator: Operator
    threshold: Millionths
    subject: Code = ""
    window: Window | None = None
    points: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="group"):
    """Conditions that answer together; `needed` counts for points only."""

    key: Key
    mode: Mode = Mode.ALL
    parts: tuple["Requirement | Group", ...] = ()
    needed: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0
    points: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0


Node: TypeAlias = Requirement | Group


class Tier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rung; a definition lists them from the lowest to the highest.

    The lowest asks for nothing: `requirement` is None.
    """

    key: Key
    name: Name
    colour: Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,20}\Z")] = "blue"  # of the palette
    benefits: Text = ""
    requirement: Node | None = None


class Band(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From which base, in minor units, which rate holds, in millionths of 1."""

    start: Minor
    rate: Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]


class Reward(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What partners of some tiers get for a period of a kind.

    `tiers` are keys, none means every tier. Money kinds: `amount` of a bonus or flat sum, `rate` of
    percent and profit share, `bands` of marginal and retroactive, on the KPI `base`; `floor`, `cap`
    and `hurdle` in minor units. Others: `benefit` in words.
    """

    key: Key
    kind: RewardKind
    name: Name
    period: Kind = Kind.QUARTER
    tiers: tuple[Key, ...] = ()
    requirement: Node | None = None
    base: Code = ""
    amount: Minor = 0
    rate: Annotated[int, msgspec.Meta(ge=0, le=10_000_000)] = 0
    bands: Annotated[tuple[Band, ...], msgspec.Meta(max_length=20)] = ()
    floor: Minor | None = None
    cap: Minor | None = None
    hurdle: Minor = 0
    loss_carry: bool = False
    hold_days: Days = 30
    clawback_days: Days = 180
    benefit: Text = ""


class Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One version of a programme, whole.

    `eligible` are partner types, none means every type; `review` is how often tiers are reviewed:
    on the first day after such a period.
    """

    tiers: Annotated[tuple[Tier, ...], msgspec.Meta(min_length=1, max_length=12)]
    rewards: Annotated[tuple[Reward, ...], msgspec.Meta(max_length=40)] = ()
    aims: Text = ""
    eligible: Annotated[tuple[Code, ...], msgspec.Meta(max_length=20)] = ()
    review: Kind = Kind.QUARTER
    promotion: Promotion = Promotion.AUTO
    grace_days: Days = 90
    one_step: bool = True
    notice_days: Days = 30

    def tier(self, key: str) -> Tier | None:
        """The tier of this key; None where the version has none such."""
        return next((tier for tier in self.tiers if tier.key == key), None)

    def rank(self, key: str) -> int:
        """A tier's place from 1 for the lowest; 0 for none."""
        return next((n for n, tier in enumerate(self.tiers, start=1) if tier.key == key), 0)


def dumps(definition: Definition) -> str:
    """The definition as canonical JSON: sorted keys, nothing that has its default left out."""
    return msgspec.json.encode(definition, order="sorted").decode()


def loads(text: str | bytes) -> Definition:
    """The definition that a JSON text holds; anything else is refused with the place of the fault.

    Raises: `DefinitionError`.
    """
    try:
        return msgspec.json.decode(text, type=Definition)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DefinitionError(
            "This is not a programme: %(fault)s", fault=str(error)[:300]
        ) from None


def walk(node: Node | None) -> Iterator[Node]:
    """A tree's groups and requirements, each before its parts."""
    if node is None:
        return
    yield node
    if isinstance(node, Group):
        for part in node.parts:
            yield from walk(part)


def requirements(definition: Definition) -> Iterator[Requirement]:
    """Every requirement of a definition, of tiers and of rewards."""
    trees = [tier.requirement for tier in definition.tiers]
    trees += [reward.requirement for reward in definition.rewards]
    for tree in trees:
        for node in walk(tree):
            if isinstance(node, Requirement):
                yield node
