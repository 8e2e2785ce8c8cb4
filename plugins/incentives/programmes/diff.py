"""What changes from one version of a programme to the next, in plain words."""

from collections.abc import Iterator, Mapping, Set
from typing import NamedTuple

from app.api import translations
from plugins.incentives.programmes import reward_words, words
from plugins.incentives.programmes.definition import (
    Definition,
    Group,
    Mode,
    Node,
    Requirement,
    Reward,
    Tier,
    walk,
)
from plugins.incentives.programmes.glossary import Glossary

_ = translations("incentives").gettext


class Line(NamedTuple):
    """One thing that differs; an empty side is nothing."""

    label: str
    before: str
    after: str


class Section(NamedTuple):
    """What differs in one tier, reward, or in the rules: added, removed or changed."""

    kind: str  # "tier", "reward", "rules"
    change: str  # "added", "removed", "changed"
    title: str
    lines: tuple[Line, ...]


def differences(
    before: Definition | None,
    after: Definition,
    old: Glossary,
    new: Glossary,
    types: Mapping[str, str],
) -> list[Section]:
    """What differs, the highest tier first; without a version before, everything is added.

    Tiers, rewards and conditions are known by their keys, so that a renamed tier is a change.
    """
    tiers_before = before.tiers if before else ()
    rewards_before = before.rewards if before else ()
    tiers = [
        *_paired("tier", tiers_before, after.tiers, before, after, old, new),
    ]
    rewards = [*_paired("reward", rewards_before, after.rewards, before, after, old, new)]
    return [*reversed(tiers), *rewards, *_rules(before, after, types)]


def _paired(
    kind: str,
    rows_before: tuple[Tier, ...] | tuple[Reward, ...],
    rows_after: tuple[Tier, ...] | tuple[Reward, ...],
    before: Definition | None,
    after: Definition,
    old: Glossary,
    new: Glossary,
) -> Iterator[Section]:
    were = {row.key: row for row in rows_before}
    are = {row.key: row for row in rows_after}
    for key, row in were.items():
        if key not in are:
            yield Section(kind, "removed", row.name, ())
    for key, row in are.items():
        was = were.get(key)
        lines = tuple(
            line
            for line in (
                *_facts_of(was, row, before, after, old, new),
                *_conditions(was.requirement if was else None, row.requirement, old, new),
            )
            if line.before != line.after
        )
        if was is None:
            yield Section(kind, "added", row.name, lines)
        elif lines:
            yield Section(kind, "changed", row.name, lines)


def _facts_of(
    was: Tier | Reward | None,
    row: Tier | Reward,
    before: Definition | None,
    after: Definition,
    old: Glossary,
    new: Glossary,
) -> Iterator[Line]:
    yield Line(_("Name"), was.name if was else row.name, row.name)
    if isinstance(row, Tier):
        tier = was if isinstance(was, Tier) else None
        if tier and before:
            yield Line(
                _("Place on the ladder"),
                _place(before, tier.key),
                _place(after, row.key),
            )
        yield Line(_("Benefits"), tier.benefits if tier else "", row.benefits)
        return
    reward = was if isinstance(was, Reward) else None
    yield Line(
        str(words.KINDS[row.kind]) if not row.kind.pays else _("What it pays"),
        reward_words.gives(reward, old) if reward else "",
        reward_words.gives(row, new),
    )
    yield Line(
        _("On what terms"),
        "; ".join(reward_words.terms(reward, before, old)) if reward and before else "",
        "; ".join(reward_words.terms(row, after, new)),
    )


def _place(definition: Definition, key: str) -> str:
    """Counted from the lowest, with how many there are: what is added on top moves nobody."""
    return _("%(rank)s from below", rank=definition.rank(key))


def _conditions(
    before: Node | None, after: Node | None, old: Glossary, new: Glossary
) -> Iterator[Line]:
    were, are = _by_key(before, old), _by_key(after, new)
    for key, was in were.items():
        if key not in are:
            yield Line(_("Condition"), was, "")
    for key, now in are.items():
        yield Line(_("Condition"), were.get(key, ""), now)
    if before and after and _shape(before, were.keys() & are) != _shape(after, were.keys() & are):
        yield Line(_("How they count"), words.tree_line(before, old), words.tree_line(after, new))


def _by_key(tree: Node | None, glossary: Glossary) -> dict[str, str]:
    found = {}
    for node in walk(tree):
        if isinstance(node, Requirement):
            found[node.key] = words.requirement_words(node, glossary)
    return found


def _shape(tree: Node, kept: Set[str]) -> tuple[str, list[str]]:
    """How the conditions that stay belong together, and which groups there are beside "all"."""
    groups = [
        f"{node.mode}{node.needed}"
        for node in walk(tree)
        if isinstance(node, Group) and len(node.parts) > 1 and (node is not tree or _odd(node))
    ]
    return _skeleton(tree, kept), sorted(groups)


def _odd(group: Group) -> bool:
    return group.mode is not Mode.ALL


def _skeleton(node: Node, kept: Set[str]) -> str:
    if isinstance(node, Requirement):
        return f"{node.key}:{node.points}" if node.key in kept else ""
    inside = sorted(text for part in node.parts if (text := _skeleton(part, kept)))
    if len(inside) < 2 and node.mode is not Mode.POINTS:
        return "".join(inside)
    return f"{node.mode}{node.needed}({','.join(inside)})"


def _rules(
    before: Definition | None, after: Definition, types: Mapping[str, str]
) -> Iterator[Section]:
    were = dict(words.rules_words(before, types)) if before else {}
    lines = [
        Line(label, were.get(label, ""), text)
        for label, text in words.rules_words(after, types)
        if were.get(label) != text
    ]
    if before is None or before.aims != after.aims:
        lines.insert(0, Line(_("Aims"), before.aims if before else "", after.aims))
    lines = [line for line in lines if line.before != line.after]
    if lines:
        yield Section("rules", "changed" if before else "added", _("Rules"), tuple(lines))
