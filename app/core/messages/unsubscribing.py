"""Links that end a digest without an account: signed, for one person and one digest."""

from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.core.messages.events import DIGESTS
from app.core.messages.languages import external_url
from app.security import secret_keys

VALID = 400 * 24 * 3600  # seconds: a mail may lie unread for long


def unsubscribe_url(user_id: int, digest: str) -> str:
    """The address of the page that ends a person's daily or weekly digest."""
    return external_url("messages.unsubscribe", token=_signer().dumps([user_id, digest]))


def read(token: str) -> tuple[int, str] | None:
    """The person and the digest that a link speaks of; None where it is forged or too old."""
    try:
        found = _signer().loads(token, max_age=VALID)
    except BadSignature:
        return None
    user_id, digest = found
    return (int(user_id), str(digest)) if digest in DIGESTS else None


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret_keys(), salt="messages.unsubscribe")
