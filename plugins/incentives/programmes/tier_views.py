"""Editing the ladder of a draft: tiers are added, changed, moved and removed."""

from typing import Any

from flask import abort, url_for

from app.api import requires, translations
from plugins.incentives.blueprints import staff
from plugins.incentives.programmes import editing
from plugins.incentives.programmes.draft_views import (
    Opened,
    apply,
    editing_or_404,
    submit,
    unfinished,
)
from plugins.incentives.programmes.forms import TierForm

_ = translations("incentives").gettext

_TEMPLATE = "incentives/programmes/_tier_form.html"


@staff.route("/programmes/<int:programme_id>/draft/tiers", methods=["GET", "POST"])
@requires("incentives.programmes")
def new_tier(programme_id: int) -> Any:
    """A further tier on top of the ladder."""
    now = editing_or_404(programme_id)
    form = TierForm(data={"version": now.draft.version})
    action = url_for("incentives.new_tier", programme_id=programme_id)
    opened = Opened("new-tier", form, action, _("A new tier"), _TEMPLATE)
    if (answer := unfinished(programme_id, opened)) is not None:
        return answer
    values = (form.name.data or "", form.colour.data, form.benefits.data or "")
    key = editing.free_key(values[0], (tier.key for tier in now.definition.tiers))
    return submit(
        programme_id,
        opened,
        lambda definition: editing.new_tier(definition, *values),
        _("%(tier)s stands on top of the ladder.", tier=values[0]),
        f"tier-{key}",
    )


@staff.route("/programmes/<int:programme_id>/draft/tiers/<key>", methods=["GET", "POST"])
@requires("incentives.programmes")
def edit_tier(programme_id: int, key: str) -> Any:
    """A tier's name, colour and benefits."""
    now = editing_or_404(programme_id)
    tier = now.definition.tier(key)
    if tier is None:
        abort(404)
    form = TierForm(
        data={
            "version": now.draft.version,
            "name": tier.name,
            "colour": tier.colour,
            "benefits": tier.benefits,
        }
    )
    action = url_for("incentives.edit_tier", programme_id=programme_id, key=key)
    opened = Opened(f"tier:{key}", form, action, tier.name, _TEMPLATE)
    if (answer := unfinished(programme_id, opened)) is not None:
        return answer
    name, colour, benefits = form.name.data or "", form.colour.data, form.benefits.data or ""
    return submit(
        programme_id,
        opened,
        lambda definition: editing.change_tier(
            definition, key, name=name, colour=colour, benefits=benefits
        ),
        _("%(tier)s is saved.", tier=name),
        f"tier-{key}",
    )


@staff.post("/programmes/<int:programme_id>/draft/tiers/<key>/<any(up,down):way>")
@requires("incentives.programmes")
def move_tier(programme_id: int, key: str, way: str) -> Any:
    """A tier one place higher or lower."""
    by = 1 if way == "up" else -1
    return apply(
        programme_id,
        lambda definition: editing.move_tier(definition, key, by),
        _("Moved."),
        f"tier-{key}-{way}",
    )


@staff.post("/programmes/<int:programme_id>/draft/tiers/<key>/remove")
@requires("incentives.programmes")
def remove_tier(programme_id: int, key: str) -> Any:
    """The ladder without a tier."""
    return apply(
        programme_id,
        lambda definition: editing.remove_tier(definition, key),
        _("The tier is removed."),
        "ladder",
    )
