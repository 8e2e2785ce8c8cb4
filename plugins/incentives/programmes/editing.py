"""Edits of a definition: each answers with a new one, and refuses what goes beyond the limits.

What an edit leaves behind can always be written down and read back; whether it makes sense is for
`checks` to say, since a draft may be half done. Source: domain specification §3, Entities.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

from msgspec.structs import replace

from app.api import Refusal
from plugins.incentives.programmes.definition import (
    DEEPEST,
    MOST_PARTS,
    Definition,
    Group,
    Mode,
    Node,
    Requirement,
    Reward,
    Tier,
    walk,
)

MOST_TIERS = 12
MOST_REWARDS = 40

_Keyed = TypeVar("_Keyed", Tier, Reward)


class EditRefused(Refusal):
    """An edit that goes beyond what a definition can hold, or whose object is not there."""


class Owner(NamedTuple):
    """Whose conditions are meant: of a tier or of a reward, by its key."""

    kind: str  # "tier" or "reward"
    key: str


# ---- Tiers


def new_tier(definition: Definition, name: str, colour: str, benefits: str = "") -> Definition:
    """A further tier on top, which asks for nothing yet."""
    if len(definition.tiers) >= MOST_TIERS:
        raise EditRefused("A programme has at most %(most)s tiers.", most=MOST_TIERS)
    key = free_key(name, (tier.key for tier in definition.tiers))
    tier = Tier(key=key, name=name, colour=colour, benefits=benefits)
    return replace(definition, tiers=(*definition.tiers, tier))


def change_tier(
    definition: Definition, key: str, *, name: str, colour: str, benefits: str
) -> Definition:
    """A tier under another name or colour, or with other benefits; its key stays."""
    tier = replace(_found(definition.tiers, key), name=name, colour=colour, benefits=benefits)
    return replace(definition, tiers=_put(definition.tiers, tier))


def move_tier(definition: Definition, key: str, by: int) -> Definition:
    """A tier one place higher (1) or lower (-1); at the end of the ladder nothing changes."""
    return replace(definition, tiers=_moved(definition.tiers, key, by))


def remove_tier(definition: Definition, key: str) -> Definition:
    """The ladder without a tier; refused where a reward would lose its only tier by it."""
    _found(definition.tiers, key)
    if len(definition.tiers) == 1:
        raise EditRefused("A programme has at least one tier.")
    for reward in definition.rewards:
        if reward.tiers == (key,):  # none would mean every tier
            raise EditRefused(
                "The reward “%(reward)s” is for this tier alone: change or remove it first.",
                reward=reward.name,
            )
    rewards = tuple(
        replace(reward, tiers=tuple(one for one in reward.tiers if one != key))
        for reward in definition.rewards
    )
    tiers = tuple(tier for tier in definition.tiers if tier.key != key)
    return replace(definition, tiers=tiers, rewards=rewards)


# ---- Rewards


def new_reward(definition: Definition, reward: Reward) -> Definition:
    """A further reward at the end; it gets a key of its own by its name."""
    if len(definition.rewards) >= MOST_REWARDS:
        raise EditRefused("A programme has at most %(most)s rewards.", most=MOST_REWARDS)
    key = free_key(reward.name, (one.key for one in definition.rewards))
    return replace(definition, rewards=(*definition.rewards, replace(reward, key=key)))


def change_reward(definition: Definition, reward: Reward) -> Definition:
    """Another reward in the place of the one with its key; its conditions stay."""
    before = _found(definition.rewards, reward.key)
    reward = replace(reward, requirement=before.requirement)
    return replace(definition, rewards=_put(definition.rewards, reward))


def move_reward(definition: Definition, key: str, by: int) -> Definition:
    """A reward one place up (-1) or down (1) in the list."""
    return replace(definition, rewards=_moved(definition.rewards, key, by))


def remove_reward(definition: Definition, key: str) -> Definition:
    """The definition without a reward."""
    _found(definition.rewards, key)
    rewards = tuple(reward for reward in definition.rewards if reward.key != key)
    return replace(definition, rewards=rewards)


# ---- Conditions


def tree_of(definition: Definition, owner: Owner) -> Node | None:
    """What a tier or reward asks for; None where it asks for nothing."""
    if owner.kind == "tier":
        return _found(definition.tiers, owner.key).requirement
    return _found(definition.rewards, owner.key).requirement


def node_of(definition: Definition, owner: Owner, key: str) -> Node:
    """One condition or group by its key."""
    for node in walk(tree_of(definition, owner)):
        if node.key == key:
            return node
    raise EditRefused("This condition is no longer there.")


def group_around(definition: Definition, owner: Owner, key: str) -> Group | None:
    """The group that a condition or group stands in; None for the outermost."""
    for node in walk(tree_of(definition, owner)):
        if isinstance(node, Group) and any(part.key == key for part in node.parts):
            return node
    return None


def new_requirement(
    definition: Definition, owner: Owner, requirement: Requirement, group: str = ""
) -> Definition:
    """A further condition at the end of a group, without a group's key of the outermost one."""
    requirement = replace(requirement, key=_free_number(definition, "r"))
    tree = tree_of(definition, owner)
    if tree is None:
        root = Group(key=_free_number(definition, "g"), parts=(requirement,))
        return _with_tree(definition, owner, root)
    if isinstance(tree, Requirement):
        root = Group(key=_free_number(definition, "g"), parts=(tree, requirement))
        return _with_tree(definition, owner, root)
    into = node_of(definition, owner, group) if group else tree
    if not isinstance(into, Group):
        raise EditRefused("This condition is no longer there.")
    grown = replace(into, parts=(*into.parts, requirement))
    return _with_tree(definition, owner, _replaced(tree, into.key, lambda _node: (grown,)))


def change_requirement(
    definition: Definition, owner: Owner, requirement: Requirement
) -> Definition:
    """Another condition in the place of the one with its key."""
    before = node_of(definition, owner, requirement.key)
    if not isinstance(before, Requirement):
        raise EditRefused("This condition is no longer there.")
    return _edited(definition, owner, requirement.key, lambda _node: (requirement,))


def switch_group(definition: Definition, owner: Owner, key: str, mode: Mode) -> Definition:
    """A group that answers in another way.

    By points, each part that counts nothing yet counts 1, and all of them but one are needed.
    """
    group = node_of(definition, owner, key)
    if not isinstance(group, Group):
        raise EditRefused("This condition is no longer there.")
    switched = replace(group, mode=mode, needed=0)
    if mode is Mode.POINTS:
        parts = tuple(replace(part, points=part.points or 1) for part in group.parts)
        most = sum(part.points for part in parts)
        needed = group.needed if 0 < group.needed <= most else max(1, most - 1)
        switched = replace(group, mode=mode, parts=parts, needed=needed)
    return _edited(definition, owner, key, lambda _node: (switched,))


def change_group(
    definition: Definition, owner: Owner, key: str, needed: int, points: int
) -> Definition:
    """A group that needs so many points; `points` are what it counts in the group around it."""
    group = node_of(definition, owner, key)
    if not isinstance(group, Group):
        raise EditRefused("This condition is no longer there.")
    changed = replace(group, needed=needed, points=points)
    return _edited(definition, owner, key, lambda _node: (changed,))


def move_node(definition: Definition, owner: Owner, key: str, by: int) -> Definition:
    """A condition or group one place up (-1) or down (1) within its group."""
    group = group_around(definition, owner, key)
    if group is None:
        node_of(definition, owner, key)
        return definition
    at = next(n for n, part in enumerate(group.parts) if part.key == key)
    parts = list(group.parts)
    to = max(0, min(at + by, len(parts) - 1))
    parts[at], parts[to] = parts[to], parts[at]
    moved = replace(group, parts=tuple(parts))
    return _edited(definition, owner, group.key, lambda _node: (moved,))


def wrap_node(definition: Definition, owner: Owner, key: str) -> Definition:
    """A condition in a group of its own, of which any part will do: further ones can join it."""
    node = node_of(definition, owner, key)
    group = Group(
        key=_free_number(definition, "g"),
        mode=Mode.ANY,
        parts=(replace(node, points=0),),
        points=node.points,
    )
    return _edited(definition, owner, key, lambda _node: (group,))


def dissolve_group(definition: Definition, owner: Owner, key: str) -> Definition:
    """A group's parts in the place of the group; the outermost one stays."""
    around = group_around(definition, owner, key)
    group = node_of(definition, owner, key)
    if around is None or not isinstance(group, Group):
        return definition
    return _edited(definition, owner, key, lambda _node: group.parts)


def remove_node(definition: Definition, owner: Owner, key: str) -> Definition:
    """The conditions without one of them; a group that is left empty goes with it."""
    node_of(definition, owner, key)
    return _edited(definition, owner, key, lambda _node: ())


def shape_problem(definition: Definition) -> Refusal | None:
    """What a definition from elsewhere is too large or too deep in, or which key it has twice."""
    owners = [Owner("tier", tier.key) for tier in definition.tiers]
    owners += [Owner("reward", reward.key) for reward in definition.rewards]
    if len(set(owners)) < len(owners):
        return EditRefused("Two tiers or two rewards have the same key.")
    for owner in owners:
        tree = tree_of(definition, owner)
        try:
            _check_size(tree)
        except EditRefused as refusal:
            return refusal
        keys = [node.key for node in walk(tree)]
        if len(set(keys)) < len(keys):
            return EditRefused("Two conditions of “%(key)s” have the same key.", key=owner.key)
    return None


def free_key(name: str, taken: Iterable[str]) -> str:
    """A key from a name, in small letters, that is not taken."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:30] or "part"
    seen, n, key = set(taken), 1, stem
    while key in seen:
        n += 1
        key = f"{stem}-{n}"
    return key


# ---- Within


def _with_tree(definition: Definition, owner: Owner, tree: Node | None) -> Definition:
    _check_size(tree)
    if owner.kind == "tier":
        tier = replace(_found(definition.tiers, owner.key), requirement=tree)
        return replace(definition, tiers=_put(definition.tiers, tier))
    reward = replace(_found(definition.rewards, owner.key), requirement=tree)
    return replace(definition, rewards=_put(definition.rewards, reward))


def _check_size(tree: Node | None) -> None:
    if sum(1 for _node in walk(tree)) > MOST_PARTS:
        raise EditRefused("A tier or reward has at most %(most)s conditions.", most=MOST_PARTS)
    if tree is not None and _depth(tree) > DEEPEST:
        raise EditRefused("Groups stand at most %(most)s deep in each other.", most=DEEPEST)


def _depth(node: Node) -> int:
    """How deep it goes, counted from 1; walked level by level, however deep somebody nested it."""
    depth, level = 0, [node]
    while level:
        depth += 1
        level = [part for one in level if isinstance(one, Group) for part in one.parts]
    return depth


def _edited(
    definition: Definition, owner: Owner, key: str, put: Callable[[Node], tuple[Node, ...]]
) -> Definition:
    tree = tree_of(definition, owner)
    return _with_tree(definition, owner, None if tree is None else _replaced(tree, key, put))


def _replaced(node: Node, key: str, put: Callable[[Node], tuple[Node, ...]]) -> Node | None:
    """The tree with other parts in the place of one; groups that are left empty are dropped."""
    found = _spread(node, key, put)
    return found[0] if found else None


def _spread(node: Node, key: str, put: Callable[[Node], tuple[Node, ...]]) -> tuple[Node, ...]:
    if node.key == key:
        return put(node)
    if not isinstance(node, Group):
        return (node,)
    parts = tuple(part for one in node.parts for part in _spread(one, key, put))
    return (replace(node, parts=parts),) if parts else ()


def _free_number(definition: Definition, letter: str) -> str:
    trees = [tier.requirement for tier in definition.tiers]
    trees += [reward.requirement for reward in definition.rewards]
    taken = {node.key for tree in trees for node in walk(tree)}
    n = 1
    while f"{letter}{n}" in taken:
        n += 1
    return f"{letter}{n}"


def _found(rows: tuple[_Keyed, ...], key: str) -> _Keyed:
    for row in rows:
        if row.key == key:
            return row
    raise EditRefused("This tier or reward is no longer there.")


def _put(rows: tuple[_Keyed, ...], row: _Keyed) -> tuple[_Keyed, ...]:
    return tuple(row if one.key == row.key else one for one in rows)


def _moved(rows: tuple[_Keyed, ...], key: str, by: int) -> tuple[_Keyed, ...]:
    at = rows.index(_found(rows, key))
    to = max(0, min(at + by, len(rows) - 1))
    order = list(rows)
    order.insert(to, order.pop(at))
    return tuple(order)
