"""Who is asked, as a rule that a repeated wave follows anew, and the groups that are told apart."""

from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

import msgspec

from plugins.surveys.rules import suppression

EVERYBODY_ELSE = 0  # the group of whoever is told apart from nobody


class Audience(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Contacts of some partners, our people who work with them, and staff by rule.

    `partners` is "none", "all" (active ones), "tag:x" or "partner:7"; `staff` are rules such as
    "department:hr" and "role:manager".
    """

    partners: Annotated[str, msgspec.Meta(max_length=80)] = "none"
    contacts: Annotated[str, msgspec.Meta(pattern="^(none|all|primary|executive)$")] = "all"
    team: bool = False
    staff: Annotated[tuple[str, ...], msgspec.Meta(max_length=20)] = ()


class Invitee(NamedTuple):
    """Somebody who is asked, and about which partner; `person` tells people apart."""

    person: str  # "contact:3" or "user:7"
    side: str
    partner: int | None
    department: str


class Group(NamedTuple):
    """A group of the audience: what it is, how many were asked, and whether it `changed`: so few
    came or went since the last wave that the figures of both would tell of them."""

    key: str  # "", "side:host", "department:hr", "partner:7"
    invited: int
    changed: bool = False


def group_key(invitee: Invitee, breakdown: str) -> str:
    """The group that an invited person belongs to under a breakdown; empty: everybody."""
    if breakdown == "side":
        return f"side:{invitee.side}"
    if breakdown == "department":
        if invitee.side == "partner":
            return "side:partner"
        return f"department:{invitee.department or 'other'}"
    if breakdown == "partner" and invitee.partner is not None:
        return f"partner:{invitee.partner}"
    return ""


def groups(
    invitees: Sequence[Invitee], breakdown: str, k: int, *, pooled: bool
) -> tuple[list[Group], list[int]]:
    """The groups of an audience by their number, and each person's; number 0 is everybody else.

    `pooled` leaves no mark of groups that could never be shown: they are everybody else.
    """
    keys = [group_key(one, breakdown) for one in invitees]
    members: dict[str, int] = {}
    for key in keys:
        members[key] = members.get(key, 0) + 1
    kept = suppression.told_apart(members, k) if pooled else set(members)
    named = sorted(key for key in kept if key)
    number = {key: n for n, key in enumerate(named, start=1)}
    cells = [number.get(key, EVERYBODY_ELSE) for key in keys]
    rest = cells.count(EVERYBODY_ELSE)
    found = [Group("", rest), *(Group(key, members[key]) for key in named)]
    return found, cells


def dumps(value: Any) -> str:
    """An audience or its groups as canonical JSON."""
    return msgspec.json.encode(value, order="sorted").decode()


def loads(text: str) -> Audience:
    """The audience that was kept."""
    return msgspec.json.decode(text, type=Audience)


def loads_groups(text: str) -> list[Group]:
    """The groups that were kept, by their number."""
    return msgspec.json.decode(text, type=list[Group])


def of_partner(audience: Audience, partner: int) -> Audience:
    """The same people of one partner and ours who work with it, without further staff."""
    return msgspec.structs.replace(audience, partners=f"partner:{partner}", staff=())


def asks_same(one: str, other: str) -> bool:
    """Whether two kept audiences name the same partners."""
    return loads(one).partners == loads(other).partners
