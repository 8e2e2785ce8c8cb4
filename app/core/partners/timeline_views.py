"""What happened in a partnership, on a page and in a box."""

from datetime import datetime, timedelta
from typing import Any

from flask import abort, g, request

from app.core import clock
from app.core.partners import queries
from app.core.partners.timeline import PER_PAGE, stretch
from app.core.partners.views import blueprint, page_context
from app.security import requires
from app.web import is_partial, render, same_page

BOX = 10


@blueprint.get("/<int:partner_id>/timeline")
@requires("partners.view")
def timeline(partner_id: int) -> Any:
    """The latest entries as a box, or a page of them before a moment."""
    partner = queries.get(partner_id, g.viewer)
    context = page_context(partner, "timeline")
    found = stretch(context["ref"], g.viewer, _before(), BOX if is_partial() else PER_PAGE)
    older = same_page(before=found.before.isoformat()) if found.before else ""
    return render(
        "partners/timeline.html",
        "partners/_timeline.html",
        **context,
        entries=found.entries,
        older=older,
        box=is_partial(),
    )


def _before() -> datetime:
    """The moment that the address names, else now; what is no moment is not found."""
    text = request.args.get("before", "")
    if not text:
        # What was written in this very second counts as past.
        return clock.now() + timedelta(seconds=1)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        abort(404)
    if moment.tzinfo is not None or not 1900 <= moment.year <= 2999:
        abort(404)
    return moment
