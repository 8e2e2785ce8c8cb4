"""Records of this plugin as the present viewer may reach them."""

from flask import abort

from app.api import viewer
from plugins.surveys.models import FollowUp, Note, Survey, Wave


def survey_or_404(survey_id: int) -> Survey:
    """A survey."""
    return Survey.get_or_none(Survey.id == survey_id) or abort(404)


def wave_or_404(wave_id: int) -> Wave:
    """A wave; who only reads sees it once it is published."""
    found = Wave.get_or_none(Wave.id == wave_id) or abort(404)
    if found.state != "published" and not viewer().can("surveys.manage"):
        abort(404)
    return found


def own_wave(wave_id: int) -> Wave:
    """A wave for a change: whoever planned it, and administrators."""
    found = wave_or_404(wave_id)
    if not may_run(found):
        abort(403)
    return found


def may_run(wave: Wave) -> bool:
    """Whether the viewer launches, closes and publishes a wave."""
    who = viewer()
    return who.can("surveys.manage") and (
        who.can("partners.admin") or wave.created_by == who.user_id
    )


def followup_or_404(followup_id: int) -> FollowUp:
    """A follow-up."""
    return FollowUp.get_or_none(FollowUp.id == followup_id) or abort(404)


def note_or_404(note_id: int) -> Note:
    """A note; confidential ones are their author's and the administrators'."""
    found = Note.get_or_none(Note.id == note_id) or abort(404)
    who = viewer()
    if found.confidential and not (who.can("partners.admin") or found.created_by == who.user_id):
        abort(404)
    return found
