"""A partner's figure beside its own past and beside the other partners.

The others are told as one rounded mean of at least k of them, without the partner itself: what is
left when it takes its own away is still many. Each counts the same, so that a large one is not
told by it. Source: domain specification §5, Small groups.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Comparison:
    """A partner's figure, what it was before, and what others reach; None: not known or not told.

    `others` is rounded to whole points, of `n` other partners; `n` is 0 where it is not told.
    `indicative`: few answered, so that little rests on it.
    """

    own: Fraction
    before: Fraction | None
    others: int | None
    n: int
    indicative: bool = False

    @property
    def change(self) -> Fraction | None:
        """How much the figure has risen since the time before."""
        return None if self.before is None else self.own - self.before


def compared(
    own: Fraction, before: Fraction | None, others: Iterable[Fraction], k: int
) -> Comparison:
    """A partner's figure beside its past and the `others`, of which unknown ones are left out."""
    known = list(others)
    if len(known) < k:
        return Comparison(own, before, None, 0)
    mean = sum(known, Fraction()) / len(known)
    return Comparison(own, before, round(mean), len(known))
