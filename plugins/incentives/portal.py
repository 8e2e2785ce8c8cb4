"""What a partner's contact sees: the own tier and the way to the next one."""

from typing import Any

from app.api import home_period, render, requires, viewer
from plugins.incentives import queries, rules
from plugins.incentives.blueprints import portal


@portal.get("")
@requires("incentives.portal")
def index() -> Any:
    """The own tier in the latest period with own figures; no address names another partner."""
    period = home_period()
    tiers = queries.ladder()
    standing = queries.standing(viewer(), viewer().partner_id, period)
    return render(
        "incentives/portal.html",
        "incentives/_portal.html",
        period=period,
        standing=standing,
        place=rules.place(tiers, standing),
        tiers=tiers,
        marks=rules.marks(tiers),
        linked=True,
    )
