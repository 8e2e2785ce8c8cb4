"""Guessing is slowed: refused tries are counted in the database, per account and per network.

What is counted per account is counted together with the network, or only for those who know the
password already: nobody can lock another's account from elsewhere.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_address, ip_network

from app.core import clock
from app.core.accounts.models import SignInFailure
from app.core.accounts.queries import failures_since
from app.core.accounts.tokens import DeadLink
from app.core.db import atomic

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


def check(*limits: tuple[str, int], window: timedelta = WINDOW) -> None:
    """Raise Throttled where one of the keys has reached its limit within the window."""
    since = clock.now() - window
    if any(failures_since(key[:100], since) >= limit for key, limit in limits):
        raise Throttled


@contextmanager
def guessing(kind: str, address: str) -> Iterator[None]:
    """Look a secret up: a dead one counts for its network.

    Raises Throttled where the network has tried too many, without looking; DeadLink passes.
    """
    key = f"{kind}|{network(address)}"
    check((key, LINKS_PER_NETWORK))
    try:
        yield
    except DeadLink:
        with atomic():
            note(key)
        raise


def note(*keys: str) -> None:
    """Count a refused try, in the caller's transaction."""
    SignInFailure.insert_many([{"key": key[:100]} for key in keys]).execute()


def forget(*keys: str) -> None:
    """Begin to count again for these keys, in the caller's transaction."""
    SignInFailure.delete().where(SignInFailure.key.in_([key[:100] for key in keys])).execute()


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
