"""Ballots of anonymous waves: proof that somebody may answer, without who it is.

A ballot is 128 random bits and a group of the audience, signed under the wave's key; nothing of
it is stored. Its hash is the key of the answer, so that one ballot is counted once.
Source: domain specification §5, Anonymous.
"""

import base64
import hashlib
import hmac
import re

RANDOM_BYTES = 16
CODE_BYTES = 15  # of a printed code: 120 bits are 24 letters
_BALLOT = re.compile(r"([0-9a-f]{32})\.(\d{1,3})\.([0-9a-f]{64})", re.ASCII)
_LETTERS = str.maketrans("018", "OIB")  # base32 has none of these digits


def issue(random: bytes, cell: int, key: bytes) -> str:
    """A ballot of 16 random bytes for a group, signed with the wave's key."""
    if len(random) != RANDOM_BYTES:
        raise ValueError("a ballot needs 16 random bytes")
    body = f"{random.hex()}.{cell}"
    return f"{body}.{_signature(body, key)}"


def cell_of(ballot: str, key: bytes) -> int | None:
    """The group that a ballot answers for; None where this wave's key did not sign it."""
    found = _BALLOT.fullmatch(ballot)
    if found is None:
        return None
    body = f"{found[1]}.{found[2]}"
    return int(found[2]) if hmac.compare_digest(_signature(body, key), found[3]) else None


def ballot_hash(ballot: str) -> str:
    """What the answer lies under."""
    return hashlib.sha256(ballot.encode()).hexdigest()


def code(random: bytes) -> str:
    """A code to print in an e-mail: groups of letters and digits that are hard to confuse."""
    text = base64.b32encode(random).decode()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def code_hash(typed: str) -> str:
    """A typed code's hash, whatever its case, hyphens and spaces."""
    plain = re.sub(r"[\s-]", "", typed[:200]).upper().translate(_LETTERS)
    return hashlib.sha256(plain.encode()).hexdigest()


def _signature(body: str, key: bytes) -> str:
    return hmac.new(key, body.encode(), hashlib.sha256).hexdigest()
