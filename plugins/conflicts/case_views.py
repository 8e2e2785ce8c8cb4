"""The routes of a case that the desk and the portal have alike, each with its own permission."""

from typing import Any

from flask import Blueprint, request, url_for

from app.api import requires, saved, translations, viewer
from plugins.conflicts import drafts, exports, handling
from plugins.conflicts.blueprints import portal, staff

_ = translations("conflicts").gettext


def add_routes(place: Blueprint, taking_part: str, raising: str) -> None:
    """Add them to a place: what asks for taking part in cases, and what for raising them."""
    here = place.name

    @place.get("/<int:case_id>")
    @requires(taking_part)
    def case(case_id: int) -> Any:
        """A case, as far as somebody may see it."""
        return handling.case_page(here, case_id)

    @place.post("/<int:case_id>/acts/<action>")
    @requires(taking_part)
    def act(case_id: int, action: str) -> Any:
        """Take a step."""
        return handling.act(here, case_id, action)

    @place.post("/<int:case_id>/plan")
    @requires(taking_part)
    def plan(case_id: int) -> Any:
        """Draw up the plan."""
        return handling.plan(here, case_id)

    @place.post("/<int:case_id>/notes")
    @requires(taking_part)
    def note(case_id: int) -> Any:
        """Write a note."""
        return handling.note(here, case_id)

    @place.post("/<int:case_id>/people")
    @requires(taking_part)
    def bring_in(case_id: int) -> Any:
        """Bring a colleague in, or somebody for a side of which nobody is there any more."""
        person, side = request.form.get("person", 0, type=int), request.form.get("side", "")
        return handling.bring_in(here, case_id, person, side)

    @place.get("/<int:case_id>/settlement.pdf")
    @requires(taking_part)
    def settlement(case_id: int) -> Any:
        """What was agreed, as a document for both sides."""
        return exports.settlement(case_id)

    @place.get("/<int:case_id>/record.pdf")
    @requires(taking_part)
    def record(case_id: int) -> Any:
        """The whole case to be read on paper, as far as its reader may see it."""
        return exports.record(case_id)

    @place.get("/<int:case_id>/export.json")
    @requires(taking_part)
    def export(case_id: int) -> Any:
        """The case, as far as its reader may see it."""
        return exports.whole(case_id)

    @place.post("/drafts/<int:draft_id>/discard")
    @requires(raising)
    def discard(draft_id: int) -> Any:
        """Forget a draft of one's own."""
        drafts.discard(draft_id, viewer())
        return saved(_("The draft is discarded."), url_for(f"{here}.index"))


add_routes(staff, "conflicts.act", "conflicts.act")
add_routes(portal, "conflicts.portal", "conflicts.raise")
