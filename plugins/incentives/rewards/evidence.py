"""Files that show that a benefit was given."""

from collections.abc import Collection
from typing import Any

from app.api import Partner, Refusal, Viewer, readable, register_owner, store_file
from plugins.incentives.rewards.models import Grant
from plugins.incentives.rewards.refusals import RewardRefusal

OWNER = "incentives_benefit"


def store(upload: Any, *, by: Viewer) -> int:
    """Store a file that a benefit can then hold; raises RewardRefusal."""
    try:
        return store_file(upload, owner=OWNER, by=by)
    except Refusal as refusal:
        raise RewardRefusal(refusal.message, field="evidence", **refusal.params) from refusal


def may_read(file_id: int, viewer: Viewer) -> bool:
    """Whether somebody may see the benefit that holds a file."""
    if not (viewer.can("incentives.view") or viewer.can("incentives.portal")):
        return False
    rows = Grant.select(Grant.id).join(Partner).where(Grant.evidence == file_id, readable(viewer))
    return bool(rows.exists())


def in_use(file_ids: Collection[int]) -> set[int]:
    """Of these files, those that a benefit holds."""
    rows = Grant.select(Grant.evidence).where(Grant.evidence.in_(list(file_ids)))
    return {row[0] for row in rows.tuples()}


register_owner(OWNER, may_read, in_use)
