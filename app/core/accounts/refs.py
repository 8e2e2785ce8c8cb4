"""People with an account, as refs point at them."""

from collections.abc import Collection

from flask import url_for

from app.core.accounts.models import User
from app.core.contract import Link, Viewer


def users(ids: Collection[int], viewer: Viewer) -> dict[int, Link]:
    """Everybody for staff, only oneself for a contact."""
    query = User.select(User.id, User.name).where(User.id.in_(list(ids)))
    if not viewer.is_staff:
        query = query.where(User.id == viewer.user_id)
    return {id_: Link(name, _page(id_, viewer)) for id_, name in query.tuples()}


def _page(user_id: int, viewer: Viewer) -> str:
    if user_id == viewer.user_id:
        return url_for("accounts.account")
    return url_for("accounts.edit", user_id=user_id) if viewer.can("people.manage") else ""
