"""The installation's own keys: one that signs, and former ones that are still believed.

The data folder keeps them in one file, a key a line, the newest first. Nothing shows a key:
people name them by their fingerprint.
"""

import hashlib
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

FILE = "secret-key"


def fingerprint(key: str) -> str:
    """Eight hexadecimal digits by which people and records name a key."""
    return hashlib.sha256(b"entente key|" + key.encode()).hexdigest()[:8]


def kept(path: Path) -> tuple[str, ...]:
    """The keys of a file, the newest first; makes the first one where there is no file.

    Readable by its owner only.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return tuple(line.strip() for line in path.read_text().splitlines() if line.strip())
    key = fresh()
    with os.fdopen(descriptor, "w") as file:
        file.write(key)
    return (key,)


def keep(path: Path, keys: Sequence[str]) -> None:
    """Write the keys in place of those that the file holds; whole, or not at all."""
    beside = path.with_suffix(".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write("\n".join(keys))
        file.flush()
        os.fsync(descriptor)
    beside.replace(path)


def fresh() -> str:
    """A new random key."""
    return secrets.token_urlsafe(48)
