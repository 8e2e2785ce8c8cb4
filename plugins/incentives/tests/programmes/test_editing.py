"""Edits of a definition: each makes a new one that can be written down, within the limits."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.incentives.programmes import editing
from plugins.incentives.programmes.definition import (
    DEEPEST,
    MOST_PARTS,
    Definition,
    Group,
    Mode,
    Requirement,
    Tier,
    dumps,
    loads,
    walk,
)
from plugins.incentives.programmes.editing import EditRefused, Owner, shape_problem
from plugins.incentives.tests.programmes.support import asks, bonus, programme

GOLD = Owner("tier", "gold")
TWO = programme(asks("r1"), asks("r2"))


def line(definition: Definition, owner: Owner = GOLD) -> str:
    """A tree's keys in one line, groups by their mode."""

    def of(node):
        if isinstance(node, Requirement):
            return node.key
        return f"{node.mode}({' '.join(map(of, node.parts))})"

    tree = editing.tree_of(definition, owner)
    return of(tree) if tree else ""


def test_a_new_tier_stands_on_top_with_a_key_of_its_own():
    grown = editing.new_tier(editing.new_tier(TWO, "Größe", "rose"), "Grosse", "blue")
    assert [tier.key for tier in grown.tiers] == ["member", "gold", "grosse", "grosse-2"]


def test_a_changed_tier_keeps_its_key_and_conditions():
    changed = editing.change_tier(TWO, "gold", name="Best", colour="rose", benefits="All")
    assert changed.tiers[1] == Tier("gold", "Best", "rose", "All", TWO.tiers[1].requirement)


@pytest.mark.parametrize(
    ("key", "by", "order"),
    [
        ("member", 1, ["gold", "member"]),
        ("gold", 1, ["member", "gold"]),
        ("gold", -1, ["gold", "member"]),
    ],
)
def test_a_tier_moves_by_one_place_and_not_beyond_the_ladder(key, by, order):
    assert [tier.key for tier in editing.move_tier(TWO, key, by).tiers] == order


def test_a_reward_forgets_a_tier_that_goes():
    reward = bonus(tiers=("member", "gold"))
    left = editing.remove_tier(programme(rewards=(reward,)), "gold")
    assert left.rewards[0].tiers == ("member",)


def test_a_tier_does_not_go_while_a_reward_is_for_it_alone():
    with pytest.raises(EditRefused, match="for this tier alone"):
        editing.remove_tier(programme(rewards=(bonus(tiers=("gold",)),)), "gold")


def test_the_last_tier_stays():
    with pytest.raises(EditRefused, match="at least one"):
        editing.remove_tier(editing.remove_tier(TWO, "gold"), "member")


def test_the_first_condition_makes_the_group_that_others_join():
    empty = programme()
    once = editing.new_requirement(empty, GOLD, asks("new"))
    assert line(once) == "all(r1)"
    assert line(editing.new_requirement(once, GOLD, asks("new"))) == "all(r1 r2)"


def test_a_single_condition_of_an_older_version_gets_a_group():
    bare = Definition(tiers=(Tier("member", "Member"), Tier("gold", "G", requirement=asks("r1"))))
    assert line(editing.new_requirement(bare, GOLD, asks("new"))) == "all(r1 r2)"


def test_conditions_move_within_their_group():
    assert line(editing.move_node(TWO, GOLD, "r1", 1)) == "all(r2 r1)"
    assert line(editing.move_node(TWO, GOLD, "r1", -1)) == "all(r1 r2)"


def test_a_condition_gets_alternatives_and_loses_them():
    wrapped = editing.wrap_node(TWO, GOLD, "r2")
    assert line(wrapped) == "all(r1 any(r2))"
    both = editing.new_requirement(wrapped, GOLD, asks("new"), "g2")
    assert line(both) == "all(r1 any(r2 r3))"
    assert line(editing.dissolve_group(both, GOLD, "g2")) == "all(r1 r2 r3)"


def test_a_group_that_is_left_empty_goes_with_its_last_condition():
    wrapped = editing.wrap_node(TWO, GOLD, "r2")
    assert line(editing.remove_node(wrapped, GOLD, "r2")) == "all(r1)"
    assert line(editing.remove_node(programme(asks("r1")), GOLD, "r1")) == ""


def test_by_points_every_part_counts_and_all_but_one_are_needed():
    by_points = editing.switch_group(
        programme(asks("r1"), asks("r2"), asks("r3")), GOLD, "g1", Mode.POINTS
    )
    tree = editing.tree_of(by_points, GOLD)
    assert isinstance(tree, Group)
    assert ([part.points for part in tree.parts], tree.needed) == ([1, 1, 1], 2)


@pytest.mark.parametrize(
    "edit",
    [
        lambda: editing.change_requirement(TWO, GOLD, asks("r9")),
        lambda: editing.change_requirement(TWO, GOLD, asks("g1")),
        lambda: editing.move_node(TWO, GOLD, "r9", 1),
        lambda: editing.new_requirement(TWO, GOLD, asks("new"), "r1"),
        lambda: editing.switch_group(TWO, GOLD, "r1", Mode.ANY),
        lambda: editing.remove_reward(TWO, "x"),
        lambda: editing.move_tier(TWO, "x", 1),
        lambda: editing.tree_of(TWO, Owner("reward", "x")),
    ],
)
def test_what_is_not_there_cannot_be_edited(edit):
    with pytest.raises(EditRefused, match="no longer there"):
        edit()


def test_trees_stay_within_their_limits():
    full = programme(*(asks(f"r{n}") for n in range(1, MOST_PARTS)))
    with pytest.raises(EditRefused, match="at most 40"):
        editing.new_requirement(full, GOLD, asks("new"))
    deep = programme(asks("r1"))
    for _n in range(DEEPEST - 2):
        deep = editing.wrap_node(deep, GOLD, "r1")
    with pytest.raises(EditRefused, match="deep in each other"):
        editing.wrap_node(deep, GOLD, "r1")


def test_a_definition_from_elsewhere_may_not_have_a_key_twice():
    assert "same key" in str(shape_problem(programme(asks("r1"), asks("r1"))))
    twice = Definition(tiers=(Tier("a", "A"), Tier("a", "B")))
    assert "same key" in str(shape_problem(twice))


_STEPS = st.tuples(st.integers(0, 13), st.integers(0, 50), st.integers(0, 50))


@settings(max_examples=60, deadline=None)
@given(st.lists(_STEPS, max_size=40))
def test_any_sequence_of_edits_leaves_a_definition_that_can_be_written_down(steps):
    definition = TWO
    for kind, which, other in steps:
        try:
            definition = _edit(definition, kind, which, other)
        except EditRefused:
            continue
    assert loads(dumps(definition)) == definition
    assert shape_problem(definition) is None


def _edit(definition: Definition, kind: int, which: int, other: int) -> Definition:
    tiers, rewards = definition.tiers, definition.rewards
    tier = tiers[which % len(tiers)].key
    reward = rewards[which % len(rewards)].key if rewards else "none"
    owner = Owner("reward", reward) if other % 3 == 0 and rewards else Owner("tier", tier)
    nodes = [node.key for node in walk(editing.tree_of(definition, owner))] or ["none"]
    key, by = nodes[other % len(nodes)], 1 if which % 2 else -1
    edits = [
        lambda: editing.new_tier(definition, f"Tier {other}", "blue"),
        lambda: editing.change_tier(definition, tier, name="N", colour="gold", benefits="b"),
        lambda: editing.move_tier(definition, tier, by),
        lambda: editing.remove_tier(definition, tier),
        lambda: editing.new_reward(definition, bonus(tiers=(tier,) if by > 0 else ())),
        lambda: editing.move_reward(definition, reward, by),
        lambda: editing.remove_reward(definition, reward),
        lambda: editing.new_requirement(definition, owner, asks("new")),
        lambda: editing.new_requirement(definition, owner, asks("new"), key),
        lambda: editing.move_node(definition, owner, key, by),
        lambda: editing.wrap_node(definition, owner, key),
        lambda: editing.dissolve_group(definition, owner, key),
        lambda: editing.remove_node(definition, owner, key),
        lambda: editing.switch_group(definition, owner, key, list(Mode)[which % 3]),
    ]
    return edits[kind]()
