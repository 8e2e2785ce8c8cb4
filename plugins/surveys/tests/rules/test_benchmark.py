"""A partner beside its past and the other partners, none of whom can be told by it."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from plugins.surveys.rules.benchmark import compared

OTHERS = [Fraction(n) for n in (10, 20, 30, 40, 51)]


def test_others_are_one_rounded_mean():
    found = compared(Fraction(50), Fraction(45), OTHERS, 5)
    assert (found.others, found.n, found.change) == (30, 5, 5)


def test_fewer_others_than_the_smallest_group_are_not_told():
    found = compared(Fraction(50), None, OTHERS[:4], 5)
    assert (found.others, found.n, found.change) == (None, 0, None)


@given(st.lists(st.integers(-90, 90), min_size=5, max_size=12), st.data())
def test_no_other_partner_is_told_by_the_mean(points, data):
    """Whoever of the others is taken, another figure of theirs would show the same."""
    known = [Fraction(one) for one in points]
    at = data.draw(st.integers(0, len(known) - 1))
    shown = compared(Fraction(0), None, known, 5).others
    fits = [
        one
        for one in range(-100, 101)
        if compared(Fraction(0), None, [*known[:at], Fraction(one), *known[at + 1 :]], 5).others
        == shown
    ]
    assert len(fits) > 1
