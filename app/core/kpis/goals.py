"""The goals that a target may serve, as forms offer them."""

from app.core.contract import Viewer
from app.core.partners.goal_queries import goals, shared_goals


def goal_words(partner_id: int) -> dict[int, str]:
    """The statements of a partnership's goals by id; the caller has checked who reads them."""
    return {row.id: row.statement for row in goals(partner_id)}


def shared_goal_words(viewer: Viewer, partner_id: int) -> dict[int, str]:
    """The statements of those goals that a partner's contact may see, by id."""
    return {row.id: row.statement for row in shared_goals(viewer, partner_id)}
