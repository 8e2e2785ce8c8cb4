"""The search of the whole desk."""

from typing import Any

from flask import Blueprint, g, request

from app.core.search.found import SHORTEST
from app.core.search.queries import search
from app.security import requires
from app.web import render

blueprint = Blueprint("search", __name__)


@blueprint.get("/search")
@requires("home.view")
def index() -> Any:
    """What of the desk holds the words."""
    text = request.args.get("q", "").strip()[:200]
    found = search(g.viewer, text) if len(text) >= SHORTEST else None
    return render("search/index.html", "search/_content.html", text=text, found=found)
