"""The second factor: an authenticator app (TOTP, RFC 6238), and recovery codes for a lost one.

The secret is nowhere stored: it is made of a salt in the database and the installation's key.
"""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from typing import NamedTuple

from app.core import audit, clock
from app.core.accounts import factor_keys, mails, queries, rules, throttle, totp
from app.core.accounts.models import RecoveryCode, SecondFactor, User, UserSession
from app.core.accounts.throttle import CODES, CODES_A_DAY, KEEP, Limit
from app.core.db import atomic, upsert
from app.keys import fingerprint

RECOVERY_CODES = 10


class Enrolment(NamedTuple):
    """What the set-up page shows: a picture to scan, and the same as letters to type."""

    picture: str
    secret: str


def begin(user: User, *, keys: Sequence[str], issuer: str) -> Enrolment:
    """A secret that is to be confirmed by a code; the present one holds until then.

    It is made of the newest of the installation's keys, which are the oldest first everywhere here.
    """
    import pyotp
    import segno  # codes are drawn once for each person

    row = queries.second_factor(user.id)
    salt = row.pending_salt if row else ""
    if not salt:
        salt = secrets.token_hex(16)
        with atomic():
            row_values = {"user": user.id, "salt": "", "pending_salt": salt, "last_step": 0}
            upsert(SecondFactor, [row_values], keep=("salt", "last_step"))
    secret = totp.secret(keys[-1], user.id, salt)
    address = pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=issuer)
    picture = segno.make(address, error="m").svg_data_uri(scale=5, border=4, light="#fff")
    return Enrolment(str(picture), " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)))


def confirm(
    user: User, code: str, *, keys: Sequence[str], keep_session: int | None
) -> list[str] | None:
    """Set the pending secret up once a code of it is right; answers fresh recovery codes.

    None where the code is wrong; raises Throttled. The person's other sessions end.
    """
    taken = _take_try(user.id, known=None)
    row = queries.second_factor(user.id)
    match = _match(code, row, row.pending_salt, keys) if row and row.pending_salt else None
    if row is None or match is None:
        _record_refusal(user.id)
        return None
    throttle.give_back(taken)
    step, key_id = match
    with atomic():
        SecondFactor.update(
            salt=row.pending_salt, pending_salt="", key_id=key_id, since=clock.now(), last_step=step
        ).where(SecondFactor.user == user.id).execute()
        codes = _fresh_codes(user.id)
        end_other_sessions(user.id, keep_session)
        audit.record("user.second_factor_set", f"user:{user.id}")
        mails.second_factor_set(user)
    return codes


def matches(user_id: int, code: str, *, keys: Sequence[str], known: int | None = None) -> bool:
    """Whether a code of the app, or a recovery code, is right; either works once.

    Raises Throttled. A browser in which this person (`known`) has signed in before counts for
    itself, so that whoever knows the password alone cannot keep the person out.
    """
    taken = _take_try(user_id, known)
    if _used(user_id, code, keys):
        throttle.give_back(taken)
        return True
    _record_refusal(user_id)
    return False


def new_recovery_codes(user_id: int) -> list[str]:
    """Ten fresh codes in place of all former ones; only their hashes are kept."""
    with atomic():
        codes = _fresh_codes(user_id)
        audit.record("user.recovery_codes_made", f"user:{user_id}")
    return codes


def codes_left(user_id: int) -> int:
    """How many recovery codes have not been used."""
    left = RecoveryCode.select().where(RecoveryCode.user == user_id, RecoveryCode.used_at.is_null())
    return int(left.count())


def key_is_gone(user_id: int, keys: Sequence[str]) -> bool:
    """Whether no code of the app can be right, since the installation's key is another."""
    row = queries.second_factor(user_id)
    return row is not None and bool(row.salt) and factor_keys.standing(row, keys) == "gone"


def remove(user: User, *, keep_session: int | None = None) -> bool:
    """Take the second factor away, end the sessions and tell the person; whether there was one."""
    with atomic():
        gone = SecondFactor.delete().where(SecondFactor.user == user.id).execute()
        RecoveryCode.delete().where(RecoveryCode.user == user.id).execute()
        if not gone:
            return False
        end_other_sessions(user.id, keep_session)
        audit.record("user.second_factor_removed", f"user:{user.id}")
        mails.second_factor_removed(user)
    return True


def end_other_sessions(user_id: int, keep: int | None) -> None:
    """End a person's sessions but one, in the caller's transaction."""
    condition = UserSession.user == user_id
    if keep is not None:
        condition &= UserSession.id != keep
    UserSession.delete().where(condition).execute()


def _match(
    code: str, row: SecondFactor, salt: str, keys: Sequence[str], after: int = 0
) -> tuple[int, str] | None:
    """The half minute to which a code belongs, and the key under which it is right."""
    for key in keys:
        found = totp.step(code, totp.secret(key, row.user_id, salt), clock.now(), after)
        if found is not None:
            return found, fingerprint(key)
    return None


def _used(user_id: int, code: str, keys: Sequence[str]) -> bool:
    row = queries.second_factor(user_id)
    if row is None or not row.salt:
        return False
    match = _match(code, row, row.salt, factor_keys.candidates(row, keys), row.last_step)
    if match is not None:
        step, key_id = match
        taken = SecondFactor.update(last_step=step, key_id=key_id).where(
            SecondFactor.user == user_id,
            SecondFactor.salt == row.salt,
            SecondFactor.last_step < step,
        )
        with atomic():
            return bool(taken.execute())  # of two at the same moment one wins
    plain = rules.plain_code(code)
    if not rules.RECOVERY_CODE.fullmatch(plain):
        return False
    with atomic():
        used = (
            RecoveryCode.update(used_at=clock.now())
            .where(
                RecoveryCode.user == user_id,
                RecoveryCode.code_hash == _hashed(plain),
                RecoveryCode.used_at.is_null(),
            )
            .execute()
        )
        if used:
            audit.record("user.recovery_code_used", f"user:{user_id}", actor=f"user:{user_id}")
            mails.recovery_code_used(User.get_by_id(user_id), codes_left(user_id))
    return bool(used)


def _fresh_codes(user_id: int) -> list[str]:
    codes = [
        base64.b32encode(secrets.token_bytes(10)).decode().lower() for _ in range(RECOVERY_CODES)
    ]
    RecoveryCode.delete().where(RecoveryCode.user == user_id).execute()
    RecoveryCode.insert_many(
        [{"user": user_id, "code_hash": _hashed(code)} for code in codes]
    ).execute()
    return ["-".join(code[i : i + 4] for i in range(0, 16, 4)) for code in codes]


def _hashed(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _take_try(user_id: int, known: int | None) -> list[int]:
    key = f"code|known|{user_id}" if known == user_id else f"code|{user_id}"
    return throttle.take(Limit(key, CODES), Limit(key, CODES_A_DAY, KEEP))


def _record_refusal(user_id: int) -> None:
    with atomic():
        audit.record("session.code_refused", f"user:{user_id}", actor=f"user:{user_id}")
