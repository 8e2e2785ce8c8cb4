"""What a grant was for, and the step that says that it was given."""

from collections.abc import Sequence

from app.api import AuditRef, Change, Viewer, audit, now
from plugins.incentives.programmes.definition import Reward, RewardKind
from plugins.incentives.programmes.queries import definition_of
from plugins.incentives.rewards.models import Grant


def reward_of(grant: Grant) -> Reward:
    """What was granted, as the version said that granted it."""
    rewards = definition_of(grant.programme_version).rewards
    found = next((one for one in rewards if one.key == grant.reward), None)
    # A published version keeps its rewards: this stands for what only a broken one lacks.
    return found or Reward(grant.reward, RewardKind.SUPPORT, grant.reward)


def note_published(grant_id: int, by: Viewer) -> None:
    """An award or a recognition is given by being published; in the caller's transaction."""
    given = Grant.update(
        state="fulfilled",
        fulfilled_at=now(),
        fulfilled_by=by.user_id,
        version=Grant.version + 1,
    ).where(Grant.id == grant_id, Grant.state == "granted")
    if given.execute():
        record("incentives.benefit_given", Grant.get_by_id(grant_id), [actor(by)])


def record(action: str, grant: Grant, changes: Sequence[Change]) -> None:
    """A row in the history of the partner that a benefit is of."""
    named = [Change("benefit", None, reward_of(grant).name), *changes]
    audit(action, f"partner:{grant.partner_id}", {"grant": grant.id}, changes=named)


def actor(by: Viewer) -> Change:
    """Who did it, as a history points at them."""
    return Change("user", None, AuditRef(f"user:{by.user_id}"))
