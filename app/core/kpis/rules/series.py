"""Targets for many periods at once: flat, growing, like last year, or a total split up.

Everything is in integer millionths; a step that is no whole millionth is rounded once, half away
from zero. Unknown stays unknown and never becomes zero. Source: domain specification §0 (Money,
largest remainder) and §2.
"""

from collections.abc import Sequence
from fractions import Fraction

from app.core import money
from app.core.quantities import LIMIT


class SeriesError(ValueError):
    """What cannot be spread over periods; its text is a key: "no_shape", "negative", "large"."""


def flat(value: int, count: int) -> list[int]:
    """The same target for each period."""
    return [value] * count


def growing(
    base: int, rate: Fraction, count: int, *, every: int = 1, quantum: int = 1
) -> list[int]:
    """`base` × (1 + rate)ᵏ, compounded: k grows by one with each `every` periods, from 1 on.

    `every` is 1 for growth per period, and the periods of a year for growth per year. Rounded to
    multiples of `quantum`. Raises SeriesError where a target leaves the range of figures.
    """
    grown = Fraction(base)
    made: list[int] = []
    for at in range(count):
        if at % every == 0:
            grown *= 1 + rate
            if abs(grown) > LIMIT:
                raise SeriesError("large")
        made.append(rounded(grown, quantum))
    return made


def seasonal(last_year: Sequence[int | None], rate: Fraction, quantum: int = 1) -> list[int | None]:
    """Each period's figure of last year × (1 + rate); what was not reported stays unknown."""
    made = [None if v is None else rounded(v * (1 + rate), quantum) for v in last_year]
    if any(value is not None and abs(value) > LIMIT for value in made):
        raise SeriesError("large")
    return made


def split(total: int, shape: Sequence[int | None], quantum: int = 1) -> list[int | None]:
    """A total in parts proportional to `shape` that add up to it exactly, by largest remainder.

    Parts are multiples of `quantum` where the total is one, else of a millionth. A period whose
    weight is unknown gets no part. Raises SeriesError where a weight is negative ("negative") or
    nothing is left to divide by ("no_shape").
    """
    known = [(at, weight) for at, weight in enumerate(shape) if weight is not None]
    weights = [weight for _at, weight in known]
    if any(weight < 0 for weight in weights):
        raise SeriesError("negative")
    if not any(weights):
        raise SeriesError("no_shape")
    step = quantum if total % quantum == 0 else 1
    made: list[int | None] = [None] * len(shape)
    for (at, _weight), units in zip(known, money.split(total // step, weights), strict=True):
        made[at] = units * step
    return made


def rounded(value: Fraction | int, quantum: int = 1) -> int:
    """The nearest multiple of `quantum` millionths, halves away from zero."""
    return money.round_half_away(Fraction(value) / quantum) * quantum
