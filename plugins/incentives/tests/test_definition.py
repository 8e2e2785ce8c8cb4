"""A programme's definition survives being written down, and refuses what is none."""

import pytest

from plugins.incentives.programmes.definition import (
    Band,
    Definition,
    DefinitionError,
    Group,
    Measures,
    Operator,
    Requirement,
    Reward,
    RewardKind,
    Span,
    Tier,
    Window,
    dumps,
    loads,
    requirements,
)

QUARTERS = Requirement(
    "r1", Measures.SCORECARD, Operator.AT_LEAST, 900_000, window=Window(Span.QUARTERS, 2, True)
)
CSAT = Requirement("r2", Measures.FACT, Operator.AT_LEAST, 800_000, subject="csat")
WHOLE = Definition(
    tiers=(
        Tier("member", "Member"),
        Tier("silver", "Silver", requirement=Group("g1", parts=(QUARTERS,))),
    ),
    rewards=(
        Reward("b1", RewardKind.MARGINAL, "Bonus", bands=(Band(0, 50_000),), requirement=CSAT),
    ),
)


def test_a_definition_is_read_back_as_it_was_written():
    assert loads(dumps(WHOLE)) == WHOLE


def test_its_text_is_canonical():
    assert dumps(loads(dumps(WHOLE))) == dumps(WHOLE)


def test_requirements_are_found_in_tiers_and_in_rewards():
    assert list(requirements(WHOLE)) == [QUARTERS, CSAT]


def test_a_key_outside_the_ladder_has_no_rank():
    assert [WHOLE.rank(key) for key in ("member", "silver", "gone")] == [1, 2, 0]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{", "truncated"),
        ("[1]", "object"),
        ('{"tiers": []}', "tiers"),
        ('{"tiers": [{"key": "A b", "name": "x"}]}', "key"),
        ('{"tiers": [{"key": "a", "name": "x", "colour": "#f00;}"}]}', "colour"),
        ('{"tiers": [{"key": "a", "name": "x", "secret": 1}]}', "secret"),
        ('{"tiers": [{"key": "a", "name": "x"}], "grace_days": 1e999}', "range"),
        ("[" * 100_000, ""),
        ("\x00", "JSON"),
    ],
)
def test_a_text_that_is_no_definition_is_refused_with_the_place(text, place):
    with pytest.raises(DefinitionError) as refused:
        loads(text)
    assert place in str(refused.value)
