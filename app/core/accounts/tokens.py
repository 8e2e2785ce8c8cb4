"""Secrets that travel by mail: 256 random bits, of which only the hash is kept."""

import hashlib
import secrets


class DeadLink(Exception):
    """The link was used, has expired, was revoked or never existed: nobody learns which."""


def fresh() -> str:
    """A new secret for an address."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """The form in which a secret is stored."""
    return hashlib.sha256(token.encode()).hexdigest()
