"""Boxes: what a partner's people say, on its page; open waves, on the home page."""

from typing import Any

from app.api import organisation, partner_or_404, render, requires, settings, viewer
from plugins.surveys import notes, reading, words
from plugins.surveys.blueprints import staff
from plugins.surveys.models import FollowUp, Invitation, Wave
from plugins.surveys.rules import rhi


@staff.get("/partners/<int:partner_id>")
@requires("surveys.view")
def partner(partner_id: int) -> Any:
    """The latest published figures of a partner, its waves, and what was noticed."""
    found = partner_or_404(partner_id)
    k = settings("surveys")["k"]
    figures = reading.comparisons(found.id, organisation().today(), k)
    manages = viewer().can("surveys.manage")
    asked = Invitation.select(Invitation.wave).where(Invitation.partner == found.id)
    rows = Wave.select().where(Wave.id.in_(asked))
    if not manages:
        rows = rows.where(Wave.state == "published")
    return render(
        "surveys/partner.html",
        "surveys/_partner.html",
        partner=found,
        figures=figures,
        alone=bool(figures) and all(one.others is None for one in figures.values()),
        k=k,
        index_state=rhi.state(figures["rhi"].own) if "rhi" in figures else "unknown",
        waves=list(rows.order_by(Wave.id.desc()).limit(5)),
        follow_ups=FollowUp.select()
        .where(FollowUp.partner == found.id, FollowUp.state != "closed")
        .count()
        if manages
        else 0,
        notes=notes.listed(viewer(), found.id)[:3] if manages else [],
        manages=manages,
        number=words.number,
        words=words,
    )


@staff.get("/summary")
@requires("surveys.view")
def summary() -> Any:
    """The waves that are open, and the last that were published."""
    rows = Wave.select().where(Wave.state.in_(("open", "published")))
    found = list(rows.order_by(Wave.state, Wave.id.desc()).limit(6))
    if not viewer().can("surveys.manage"):
        found = [wave for wave in found if wave.state == "published"]
    return render("surveys/summary.html", "surveys/_summary.html", waves=found, words=words)
