"""Guessing is slowed: tries are counted in the database, per account and per network.

A try is counted before it is made and given back where it was right: of many at the same moment,
on however many servers, no more than the limit get an answer.

What is counted per account is counted together with the network, or only for those who know the
password already: nobody can lock another's account from elsewhere.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from app.core import clock
from app.core.accounts.models import SignInFailure
from app.core.accounts.queries import failures_since
from app.core.accounts.tokens import DeadLink
from app.core.db import atomic, lock

WINDOW = timedelta(minutes=15)
KEEP = timedelta(days=1)
PER_ACCOUNT = 10  # refused sign-ins per account and network before a pause
PER_NETWORK = 200
CODES = 5  # refused codes of a second factor per account, in a window
CODES_A_DAY = 30
RESETS = 3  # mails that are asked for one address, in a window
RESETS_PER_NETWORK = 30
LINKS_PER_NETWORK = 60  # links that do not work


class Throttled(Exception):
    """Too many refused tries from this network, or from it for this account."""


class Limit(NamedTuple):
    """How many tries of a key are let through within a time."""

    key: str
    most: int
    window: timedelta = WINDOW


def take(*limits: Limit) -> list[int]:
    """Count a try before it is made; answers what `give_back` takes once it was right.

    Raises Throttled, counting nothing, where a key has reached a limit. Whoever tries in parallel
    waits for the count of the others, so that never more than the limit get through.
    """
    limits = tuple(limit._replace(key=limit.key[:100]) for limit in limits)
    keys = sorted({limit.key for limit in limits})  # in one order, so that nobody waits in a circle
    with atomic():
        for key in keys:
            lock(f"throttle|{key}")
        now = clock.now()
        if any(failures_since(key, now - window) >= most for key, most, window in limits):
            raise Throttled
        return [SignInFailure.create(key=key).id for key in keys]


def give_back(taken: Sequence[int]) -> None:
    """The try was right: it does not count."""
    with atomic():
        SignInFailure.delete().where(SignInFailure.id.in_(list(taken))).execute()


@contextmanager
def guessing(kind: str, address: str) -> Iterator[None]:
    """Look a secret up: a dead one counts for its network.

    Raises Throttled where the network has tried too many, DeadLink for a dead one. Counted after
    looking, unlike other tries, so that opening a good link writes nothing: a secret has 256
    random bits, and the answers of a parallel burst are as many as the limit lets through.
    """
    limit = Limit(f"{kind}|{network(address)}"[:100], LINKS_PER_NETWORK)
    if failures_since(limit.key, clock.now() - limit.window) >= limit.most:
        raise Throttled
    try:
        yield
    except DeadLink:
        take(limit)
        raise


def sweep() -> None:
    """Drop what no window looks at any more."""
    SignInFailure.delete().where(SignInFailure.at < clock.now() - KEEP).execute()


def network(address: str) -> str:
    """The address, or the /64 that one subscriber of IPv6 has."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network(f"{parsed}/64", strict=False)) if parsed.version == 6 else address
