"""On which of the installation's keys a second factor stands, and whom its end would meet.

Secrets are made of a key, so nobody can be moved to another one: they set their app up again.
"""

from collections.abc import Sequence
from typing import NamedTuple

from peewee import fn

from app.core.accounts.models import SecondFactor, User
from app.keys import fingerprint

UNKNOWN = ""  # set up before keys were told apart, and not used since


class Dependent(NamedTuple):
    """Somebody who has to set their second factor up again."""

    user_id: int
    name: str
    gone: bool  # the key is: codes are refused already, recovery codes are not


def standing(factor: SecondFactor, keys: Sequence[str]) -> str:
    """One of present, former and gone; `keys` are the oldest first.

    Where the key is not known it is any that the installation has.
    """
    if factor.key_id in (UNKNOWN, fingerprint(keys[-1])):
        return "present"
    return "former" if factor.key_id in map(fingerprint, keys) else "gone"


def candidates(factor: SecondFactor, keys: Sequence[str]) -> list[str]:
    """The keys under which a code may be right: its own, or all where that is not known."""
    if factor.key_id == UNKNOWN:
        return list(keys)
    return [key for key in keys if fingerprint(key) == factor.key_id]


def counts() -> dict[str, int]:
    """How many second factors stand on each key, by its fingerprint; "" where it is unknown."""
    rows = SecondFactor.select(SecondFactor.key_id, fn.COUNT(SecondFactor.user))
    found = rows.where(SecondFactor.salt != "").group_by(SecondFactor.key_id)
    return dict(found.tuples())


def dependents(keys: Sequence[str]) -> list[Dependent]:
    """Active people whose second factor stands on another key than the one that signs, by name."""
    held = set(map(fingerprint, keys))
    rows = (
        User.select(User.id, User.name, SecondFactor.key_id)
        .join(SecondFactor, on=(SecondFactor.user == User.id))
        .where(
            User.active,
            SecondFactor.salt != "",
            SecondFactor.key_id.not_in((UNKNOWN, fingerprint(keys[-1]))),
        )
        .order_by(User.name, User.id)
    )
    return [Dependent(id_, name, key_id not in held) for id_, name, key_id in rows.tuples()]


def claim(key: str) -> None:
    """Write down that second factors of an unknown key stand on the only one there has been."""
    SecondFactor.update(key_id=fingerprint(key)).where(
        SecondFactor.key_id == UNKNOWN, SecondFactor.salt != ""
    ).execute()
