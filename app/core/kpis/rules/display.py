"""Rounding for the eye, which never shows a figure on the other side of a decision.

Source: domain specification §0, Display.
"""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from app.core.kpis.rules.judgement import AMBER_FROM
from app.core.money import round_half_away


def display_percent(
    share: Fraction, boundaries: Iterable[Fraction] = (), *, decimals: int = 1
) -> Decimal:
    """A fraction of 1 as percent, rounded; below a boundary it never shows as having reached it.

    Boundaries are fractions of 1 from which something is decided ("at least 90 %").
    """
    step = 10**decimals
    exact = share * 100 * step
    shown = round_half_away(exact)
    if any(share < boundary and shown >= boundary * 100 * step for boundary in boundaries):
        shown = floor(exact)
    return Decimal(shown).scaleb(-decimals)


def display_attainment(attainment: Fraction, met: bool, decimals: int = 1) -> Decimal:
    """An attainment as percent: unmet 99.96 % shows 99.9, red 79.97 % shows 79.9.

    Nothing unmet shows 100 or more, nothing met shows less.
    """
    shown = display_percent(attainment, (AMBER_FROM, Fraction(1)), decimals=decimals)
    if met:
        return max(shown, Decimal(100))
    return min(shown, 100 - Decimal(1).scaleb(-decimals))


def display_beside(figure: Fraction, mark: Fraction, decimals: int) -> Decimal:
    """A figure rounded for a place beside its target or threshold.

    It shows as equal only where it is equal, so that 50.04 against at most 50 shows 50.1.
    """
    step = 10**decimals
    shown = round_half_away(figure * step)
    if figure < mark and shown >= mark * step:
        shown = floor(figure * step)
    elif figure > mark and shown <= mark * step:
        shown = ceil(figure * step)
    return Decimal(shown).scaleb(-decimals)
