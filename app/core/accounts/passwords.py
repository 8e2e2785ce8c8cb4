"""Password hashing with argon2id, bounded so that sign-ins cannot exhaust the machine."""

import secrets
import threading
from base64 import b64encode
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

MINIMUM = 8
MAXIMUM = 200
_turns = threading.BoundedSemaphore(2)  # 64 MiB each: two per process at once


@cache
def _hasher(cheap: bool) -> PasswordHasher:
    if cheap:
        return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return PasswordHasher()


@cache
def _decoy(cheap: bool) -> str:
    """A hash of no password; making a real one would tell by its time that nobody was there."""
    cost = _hasher(cheap)
    salt, digest = (
        b64encode(secrets.token_bytes(length)).decode().rstrip("=")
        for length in (cost.salt_len, cost.hash_len)
    )
    parameters = f"m={cost.memory_cost},t={cost.time_cost},p={cost.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${parameters}${salt}${digest}"


def hash_password(password: str, *, cheap: bool = False) -> str:
    """The argon2id hash to store; `cheap` is for tests alone."""
    with _turns:
        return _hasher(cheap).hash(password)


def matches(stored: str | None, password: str, *, cheap: bool = False) -> bool:
    """Whether a password is the stored one; takes the same time where there is none."""
    with _turns:
        try:
            right = _hasher(cheap).verify(stored or _decoy(cheap), password[:MAXIMUM])
        except (VerificationError, InvalidHashError):
            return False
    return right and stored is not None


@cache
def _common() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # a large list that few requests need

    return frozenset(FREQUENCY_LISTS["passwords"][:3000])


def weakness(password: str, *context: str) -> str | None:
    """Why a password is refused, as a key for its message; None where it will do.

    Length 8 to 200, no composition rules, not among the 3,000 most used, not the person's own
    name or address (OWASP ASVS 6.2).
    """
    if len(password) < MINIMUM:
        return "short"
    if len(password) > MAXIMUM:
        return "long"
    folded = password.casefold()
    if folded in _common():
        return "common"
    own = {text.casefold() for text in context}
    own |= {word for text in own for word in text.replace("@", " ").split()}
    return "own" if folded in own else None
