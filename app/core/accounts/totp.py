"""Codes of an authenticator app (TOTP, RFC 6238), pure: secrets are derived, never stored."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import pyotp

from app.core.accounts import rules

STEP = 30  # seconds for which a code is shown
DRIFT = 1  # steps that a phone's clock may be off


def secret(key: str, user_id: int, salt: str) -> str:
    """A person's secret, in the letters that an app takes: made of a key and a random salt."""
    made = hmac.new(key.encode(), f"second factor|{user_id}|{salt}".encode(), hashlib.sha256)
    return base64.b32encode(made.digest()[:20]).decode()


def step(code: str, of: str, now: datetime, after: int = 0) -> int | None:
    """The half minute in which the secret `of` shows a code, at most one off, later than `after`.

    None where the code is wrong; `now` is UTC without a zone.
    """
    plain = rules.plain_code(code)
    if not rules.CODE.fullmatch(plain):
        return None
    totp = pyotp.TOTP(of)
    present = int(now.replace(tzinfo=UTC).timestamp()) // STEP
    found = None
    for each in range(present - DRIFT, present + DRIFT + 1):  # all: one time for right and wrong
        shown = totp.at(datetime.fromtimestamp(each * STEP, UTC))
        if hmac.compare_digest(shown, plain) and each > after:
            found = each
    return found
