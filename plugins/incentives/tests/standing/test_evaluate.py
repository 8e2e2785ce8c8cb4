"""Whether requirements are met: thresholds, windows, points, and what unknown never does."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api import Answer
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
from plugins.incentives.standing import evidence
from plugins.incentives.standing.evaluate import eligible, evaluate
from plugins.incentives.standing.evidence import PeriodReading, Reading, measure

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
AT_LEAST, AT_MOST = Operator.AT_LEAST, Operator.AT_MOST


def need(
    threshold: float, operator: Operator = AT_LEAST, key: str = "r", points: int = 0, each=False
) -> Requirement:
    """Trailing-12 revenue against a threshold."""
    return Requirement(
        key,
        Measures.KPI_VALUE,
        operator,
        round(threshold * 1_000_000),
        subject="REV",
        window=Window(Span.MONTHS, 12, each),
        points=points,
    )


def fact(key: str, points: int = 0) -> Requirement:
    """A yes/no fact of that name."""
    return Requirement(key, Measures.FACT, AT_LEAST, 1_000_000, subject=key, points=points)


def whole(figure: object, reported: int = 12, partial: object = None) -> Reading:
    """A window as one figure."""
    text = None if figure is None else str(figure)
    sure = None if partial is None else str(partial)
    return Reading((PeriodReading((), text, reported == 12, sure, reported, 12),))


def facts(**known: bool | None) -> dict[str, Reading]:
    """Yes/no facts by name; None is unknown."""
    return {
        measure(fact(key)): Reading(fact=None if value is None else 1_000_000 * value)
        for key, value in known.items()
    }


@pytest.mark.parametrize(
    ("reading", "operator", "threshold", "answer"),
    [
        # [I1] need 500k
        (whole(520_000, 10, 520_000), AT_LEAST, 500_000, YES),
        (whole(410_000, 10, 410_000), AT_LEAST, 500_000, UNKNOWN),
        (whole(410_000), AT_LEAST, 500_000, NO),
        (whole(500_000), AT_LEAST, 500_000, YES),
        (whole(500_000), AT_MOST, 500_000, YES),
        (whole(520_000, 10, 520_000), AT_MOST, 500_000, NO),
        (whole(410_000, 10, 410_000), AT_MOST, 500_000, UNKNOWN),
        # a mean or ratio that is not complete says nothing, however good it looks
        (whole(520_000, 10), AT_LEAST, 500_000, UNKNOWN),
        (whole("999999/2000000"), AT_LEAST, 0.5, NO),
        (whole("1/2"), AT_LEAST, 0.5, YES),
        (whole(None), AT_LEAST, 0, UNKNOWN),
        (Reading(), AT_LEAST, 0, UNKNOWN),
    ],
)
def test_a_window_is_held_against_the_threshold(reading, operator, threshold, answer):
    one = need(threshold, operator)
    assert evaluate(one, {measure(one): reading}).answer == answer


@pytest.mark.parametrize(
    ("figures", "answer"),
    [
        ((100, 90), YES),
        ((100, 89), NO),
        ((None, 100), UNKNOWN),
        ((None, 89), NO),
        ((), UNKNOWN),  # no period is closed yet
    ],
)
def test_each_period_of_a_window_has_to_pass(figures, answer):
    one = need(90, each=True)
    values = tuple(
        PeriodReading(figure=None if value is None else str(value), complete=value is not None)
        for value in figures
    )
    assert evaluate(one, {measure(one): Reading(values)}).answer == answer


@pytest.mark.parametrize(
    ("mode", "answers", "answer"),
    [
        # [X1]
        (Mode.ALL, (True, None), UNKNOWN),
        (Mode.ALL, (False, None), NO),
        (Mode.ANY, (True, None), YES),
        (Mode.ANY, (False, None), UNKNOWN),
        (Mode.ALL, (), YES),
        (Mode.ANY, (), NO),
    ],
)
def test_a_group_answers_in_three_values(mode, answers, answer):
    names = [f"f{n}" for n in range(len(answers))]
    group = Group("g", mode, tuple(fact(name) for name in names))
    known = facts(**dict(zip(names, answers, strict=True)))
    assert evaluate(group, known).answer == answer


@pytest.mark.parametrize(
    ("parts", "needed", "answer"),
    [
        # [I2] met 3 + unknown 2, need 5
        (((3, True), (2, None)), 5, UNKNOWN),
        (((3, True), (2, None)), 3, YES),
        (((3, True), (2, None), (4, False)), 6, NO),
        ((), 0, YES),
    ],
)
def test_points_count_what_is_certain_and_what_may_still_come(parts, needed, answer):
    names = [f"f{n}" for n in range(len(parts))]
    nodes = tuple(fact(name, worth) for name, (worth, _) in zip(names, parts, strict=True))
    known = facts(**{name: value for name, (_, value) in zip(names, parts, strict=True)})
    assert evaluate(Group("g", Mode.POINTS, nodes, needed), known).answer == answer


@pytest.mark.parametrize(
    ("certain", "possible", "operator", "length", "answer"),
    [
        (3, 3, AT_LEAST, 3, YES),
        (1, 4, AT_LEAST, 3, UNKNOWN),
        (0, 2, AT_LEAST, 3, NO),
        (0, 0, AT_MOST, 0, YES),
        (0, 2, AT_MOST, 1, UNKNOWN),
        (2, 2, AT_MOST, 1, NO),
        (None, None, AT_MOST, 1, UNKNOWN),
    ],
)
def test_a_streak_is_judged_on_both_of_its_lengths(certain, possible, operator, length, answer):
    one = Requirement("r", Measures.STREAK, operator, length * 1_000_000, subject="REV")
    reading = Reading(certain=certain, possible=possible)
    assert evaluate(one, {measure(one): reading}).answer == answer


def test_a_fact_that_nobody_knows_is_neither_met_nor_missed():
    assert evaluate(fact("csat"), facts(csat=None)).answer == UNKNOWN


LADDER = Definition(
    tiers=(
        Tier("member", "Member"),
        Tier("silver", "Silver", requirement=need(100)),
        Tier("gold", "Gold", requirement=fact("csat")),
    )
)
REVENUE = measure(need(100))


@pytest.mark.parametrize(
    ("revenue", "csat", "tier"),
    [
        (whole(100), True, "gold"),
        (whole(100), None, "silver"),
        (whole(99), None, "member"),
        (whole(99), True, "gold"),  # the highest whose own tree is yes
        (Reading(), None, "member"),
    ],
)
def test_the_eligible_tier_is_the_highest_whose_own_requirements_are_met(revenue, csat, tier):
    assert eligible(LADDER, {REVENUE: revenue, **facts(csat=csat)}).tier == tier


def test_unreported_counts_as_missed_once_that_was_declared():
    known = {REVENUE: whole(10, 3, 10)}
    assert eligible(LADDER, known).of("silver") == UNKNOWN
    assert eligible(LADDER, known, missed=True).of("silver") == NO


def test_what_is_no_figure_is_not_declared_missed():
    assert eligible(LADDER, {}, missed=True).of("gold") == UNKNOWN


def test_evidence_is_read_back_as_it_was_written():
    known = {REVENUE: whole("1/3", 10, 7), "streak:REV": Reading(certain=1, possible=2)}
    assert evidence.loads(evidence.dumps(known)) == known


def test_what_changed_since_is_what_says_something_else():
    before = {REVENUE: whole(100), "fact:csat": Reading(fact=1)}
    other = {REVENUE: whole(101), "fact:csat": Reading(fact=1, refs=("survey:1",))}
    keys = [REVENUE, "fact:csat"]
    assert evidence.differing(before, other, keys) == [REVENUE]
    assert evidence.differing(before, before, keys) == []


# ---- Properties

answers = st.sampled_from([True, False, None])
NAMES = [f"f{n}" for n in range(5)]
leaves = st.sampled_from([fact(name, n + 1) for n, name in enumerate(NAMES)])
trees = st.recursive(
    leaves,
    lambda nodes: st.builds(
        lambda mode, parts, needed: Group("g", mode, tuple(parts), needed, 2),
        st.sampled_from(list(Mode)),
        st.lists(nodes, min_size=1, max_size=4),
        st.integers(0, 8),
    ),
    max_leaves=8,
)
ORDER = {NO: 0, UNKNOWN: 1, YES: 2}


@given(trees, st.lists(answers, min_size=5, max_size=5), st.integers(0, 4))
def test_meeting_one_more_requirement_never_makes_an_answer_worse(tree, given_, at):
    known = dict(zip(NAMES, given_, strict=True))
    before = evaluate(tree, facts(**known)).answer
    after = evaluate(tree, facts(**(known | {NAMES[at]: True}))).answer
    assert ORDER[after] >= ORDER[before]


ladders = st.lists(trees, min_size=1, max_size=4).map(
    lambda asked: Definition(
        tiers=(
            Tier("t0", "T"),
            *(Tier(f"t{n}", "T", requirement=tree) for n, tree in enumerate(asked, start=1)),
        )
    )
)


@given(ladders, st.lists(answers, min_size=5, max_size=5), st.integers(0, 4))
def test_meeting_one_more_requirement_never_leads_to_a_lower_tier(ladder, given_, at):
    known = dict(zip(NAMES, given_, strict=True))
    before = eligible(ladder, facts(**known)).tier
    after = eligible(ladder, facts(**(known | {NAMES[at]: True}))).tier
    assert ladder.rank(after) >= ladder.rank(before)


@given(ladders, st.lists(answers, min_size=5, max_size=5), st.lists(st.booleans(), min_size=5))
def test_unknown_neither_grants_a_tier_nor_misses_one(ladder, given_, filled):
    known = dict(zip(NAMES, given_, strict=True))
    told = {
        name: value if value is not None else filled[n]
        for n, (name, value) in enumerate(known.items())
    }
    early, late = eligible(ladder, facts(**known)), eligible(ladder, facts(**told))
    assert ladder.rank(early.tier) <= ladder.rank(late.tier)  # nothing that is taken back
    missed = [key for key, answer in early.answers.items() if answer == NO]
    assert all(late.of(key) == NO for key in missed)


@given(trees, st.lists(answers, min_size=5, max_size=5), st.lists(st.booleans(), min_size=5))
def test_what_is_decided_with_unknowns_holds_whatever_they_turn_out_to_be(tree, given_, filled):
    known = dict(zip(NAMES, given_, strict=True))
    early = evaluate(tree, facts(**known)).answer
    late = {
        name: value if value is not None else filled[n]
        for n, (name, value) in enumerate(known.items())
    }
    if early != UNKNOWN:
        assert evaluate(tree, facts(**late)).answer == early


@given(st.fractions(0, 10**9), st.fractions(0, 10**9), st.integers(0, 10**9))
def test_a_larger_figure_never_misses_what_a_smaller_one_met(one, other, threshold):
    asked = need(threshold)
    low, high = (
        evaluate(asked, {measure(asked): whole(Fraction(value))}).answer
        for value in sorted((one, other))
    )
    assert ORDER[high] >= ORDER[low]
