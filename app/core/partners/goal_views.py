"""The goals of a partnership: adding and changing them."""

from typing import Any

from flask import g, url_for
from flask_babel import gettext as _

from app.core.partners import labels, queries
from app.core.partners.compare import differing
from app.core.partners.goal_forms import GoalForm
from app.core.partners.goal_queries import goal_or_404
from app.core.partners.goal_services import add_goal, change_goal
from app.core.partners.services import StaleEdit
from app.core.partners.views import blueprint
from app.security import requires
from app.web import render, saved


@blueprint.route("/<int:partner_id>/goals/new", methods=["GET", "POST"])
@blueprint.route("/<int:partner_id>/goals/<int:goal_id>", methods=["GET", "POST"])
@requires("partners.edit")
def goal(partner_id: int, goal_id: int | None = None) -> Any:
    """Add a goal, change it, or say what came of it."""
    partner = queries.editable(g.viewer, partner_id)
    present = goal_or_404(partner_id, goal_id) if goal_id else None
    form = GoalForm(obj=present)
    versions: list[Any] = []
    if form.validate_on_submit():
        try:
            if present is None:
                add_goal(partner, form.values(), g.viewer)
            else:
                change_goal(present, form.values(), form.version.data)
        except StaleEdit as refused:
            versions = differing(form, refused.current, form.values(), _WORDS)
            form.version.data = refused.current.version
            form.form_errors.append(
                _("Somebody saved this goal while you were editing. Compare, then save again.")
            )
        else:
            return saved(_("Saved."), url_for("partners.show", partner_id=partner.id) + "#goals")
    return render(
        "partners/goal.html",
        status=422 if form.is_submitted() else 200,
        form=form,
        partner=partner,
        goal=present,
        versions=versions,
    )


_WORDS = {
    "side": labels.GOAL_SIDES,
    "horizon": labels.HORIZONS,
    "compatibility": labels.COMPATIBILITIES,
    "status": labels.GOAL_STATUSES,
    "visibility": labels.VISIBILITIES,
}
