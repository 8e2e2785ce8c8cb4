"""Scores, shares and indexes as the domain specification works them out."""

from fractions import Fraction

import pytest

from plugins.surveys.rules import csat, nps, rhi
from plugins.surveys.rules.response_rate import Reach

DIMENSIONS = ("trust",) * 4 + ("communication",) * 4 + ("resolve",) * 4
ITEMS = [rhi.Item(str(n), name, reverse=n % 4 == 3) for n, name in enumerate(DIMENSIONS)]


@pytest.mark.parametrize(
    ("counts", "score", "low", "high"),
    [
        ((6, 3, 1), 50, -0.2, 77.1),
        ((50, 30, 20), 30, 14.1, 44.2),
        ((2, 3, 3), -13, -54.2, 36.0),
        ((5, 0, 0), 100, 17.5, 100),
    ],
)
def test_a_net_promoter_score_has_its_interval(counts, score, low, high):
    """[S3]"""
    found = nps.of_counts(*counts)
    assert (found.score, round(found.low, 1), round(found.high, 1)) == (score, low, high)


def test_a_net_promoter_score_is_rounded_once():
    """[S3]"""
    assert nps.of_counts(2, 3, 1).score == 17


def test_answers_of_9_promote_and_of_6_detract():
    found = nps.of_answers([10, 9, 8, 7, 6, 0])
    assert (found.promoters, found.passives, found.detractors) == (2, 2, 2)


def test_few_answers_are_indicative():
    assert [nps.of_counts(n, 0, 0).indicative for n in (29, 30)] == [True, False]


def test_nobody_has_no_score():
    assert nps.of_counts(0, 0, 0) is csat.of_counts(0, 0) is rhi.score([]) is None


@pytest.mark.parametrize(("counts", "low", "high"), [((17, 22), 56.6, 89.9), ((5, 5), 56.6, 100)])
def test_satisfaction_has_wilsons_interval(counts, low, high):
    found = csat.of_counts(*counts)
    assert (round(100 * found.low, 1), round(100 * found.high, 1)) == (low, high)


def test_the_index_is_the_mean_of_dimensions():
    """[S4]"""
    given = [4, 5, 4, 2, 3, 4, 3, None, 4, 4, 2, 3]
    answers = {str(n): value for n, value in enumerate(given) if value}
    scores = rhi.of_respondent(ITEMS, answers)
    assert [float(round(scores[name], 2)) for name in rhi.CORE] == [81.25, 58.33, 56.25]
    assert round(float(rhi.of_side([scores]).index), 1) == 65.3


def test_the_gap_is_the_hosts_index_less_the_partners():
    """[S4]"""
    host, partner = (rhi.of_side([dict.fromkeys(rhi.CORE, Fraction(n))]) for n in (72, 58))
    both = rhi.of_both(host, partner)
    assert (both.index, both.gap) == (65, 14)


def test_a_dimension_counts_from_half_of_its_items():
    assert "trust" not in rhi.of_respondent(ITEMS, {"0": 5})
    assert rhi.of_respondent(ITEMS, {"0": 5, "1": 5})["trust"] == 100


def test_without_a_dimension_the_index_is_unknown():
    side = rhi.of_side([{"trust": Fraction(80)}])
    assert side.index is None
    assert rhi.of_both(side, side).gap is None


@pytest.mark.parametrize(
    ("index", "state"), [(75, "healthy"), (74, "watch"), (50, "watch"), (49, "at_risk")]
)
def test_an_index_is_judged(index, state):
    assert rhi.state(Fraction(index)) == state


def test_the_response_rate_leaves_out_who_could_not_answer():
    """[S5]"""
    reach = Reach(invited=40, bounced=3, complete=22, partial=4)
    assert round(float(100 * reach.rate), 1) == 59.5
    assert round(float(100 * reach.rate_with_partial), 1) == 70.3


def test_nobody_who_could_answer_is_no_rate():
    assert Reach(invited=2, bounced=2).rate is None
