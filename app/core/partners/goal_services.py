"""Writes about goals: one transaction, one audit row each."""

from collections.abc import Mapping
from typing import Any

from app.core import audit
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.partners.models import Partner, PartnerGoal
from app.core.partners.services import StaleEdit


def add_goal(partner: Partner, values: Mapping[str, Any], viewer: Viewer) -> PartnerGoal:
    """Write down what one side or both want to reach."""
    with atomic():
        goal = PartnerGoal.create(partner=partner.id, created_by=viewer.user_id, **values)
        changes = [c for c in audit.differences({}, values) if c.after]
        audit.record("goal.added", f"partner:{partner.id}", {"goal": goal.id}, changes=changes)
    return goal


def change_goal(goal: PartnerGoal, values: Mapping[str, Any], version: int) -> None:
    """Save an edit of a goal; raises StaleEdit where another was faster."""
    with atomic():
        changed = (
            PartnerGoal.update(**values, version=PartnerGoal.version + 1)
            .where(PartnerGoal.id == goal.id, PartnerGoal.version == version)
            .execute()
        )
        if not changed:
            raise StaleEdit(PartnerGoal.get_by_id(goal.id))
        action = "goal.changed"
        if goal.status != values["status"]:
            action = "goal.reopened" if values["status"] == "open" else f"goal.{values['status']}"
        changes = audit.differences({name: getattr(goal, name) for name in values}, values)
        audit.record(action, f"partner:{goal.partner_id}", {"goal": goal.id}, changes=changes)
