"""The portal's search."""

from typing import Any

from flask import g, request

from app.core.portal.search import search
from app.core.portal.views import blueprint, own_partner
from app.core.search.found import SHORTEST
from app.security import requires
from app.web import render


@blueprint.get("/search")
@requires("portal.view")
def find() -> Any:
    """What of the own partnership holds the words."""
    text = request.args.get("q", "").strip()[:200]
    partner = own_partner()
    enough = len(text) >= SHORTEST
    return render(
        "portal/search.html",
        partner=partner,
        text=text,
        found=search(g.viewer, partner, text) if enough else None,
    )
