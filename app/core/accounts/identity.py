"""Is it really you: the password or a code, asked again before a sensitive change.

Wrong tries count for the one session in which they are made, so they lock nobody else out.
"""

from collections.abc import Sequence

from app.core import audit
from app.core.accounts import queries, rules, second_factor, throttle
from app.core.accounts.models import User
from app.core.accounts.passwords import matches
from app.core.accounts.throttle import PER_ACCOUNT, Limit
from app.core.db import atomic


def is_password(user: User, password: str, session_id: int | None, *, cheap: bool = False) -> bool:
    """Whether this is the person's password; raises Throttled."""
    taken = throttle.take(Limit(f"proof|{session_id}", PER_ACCOUNT))
    if matches(user.password_hash, password, cheap=cheap):
        throttle.give_back(taken)
        return True
    with atomic():
        audit.record("session.proof_refused", f"user:{user.id}")
    return False


def proves(
    user: User,
    proof: str,
    session_id: int | None,
    *,
    keys: Sequence[str],
    cheap: bool = False,
) -> bool:
    """Whether this is the person's password, or a code where they have a second factor."""
    plain = rules.plain_code(proof)
    is_code = bool(rules.CODE.fullmatch(plain) or rules.RECOVERY_CODE.fullmatch(plain))
    if is_code and queries.has_second_factor(user.id):
        return second_factor.matches(user.id, proof, keys=keys, known=user.id)
    return is_password(user, proof, session_id, cheap=cheap)
