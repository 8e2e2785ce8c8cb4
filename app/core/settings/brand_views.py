"""The logo and the colours, for every page and for whoever has not signed in yet."""

from typing import Any

from flask import Blueprint, Response, abort, current_app, g

from app.core.settings import colours, logos
from app.security import public

blueprint = Blueprint("brand", __name__, url_prefix="/brand")
FOR_EVER = "public, max-age=31536000, immutable"  # what changes has another address


@blueprint.get("/<digest>.png")
@public("the sign-in page shows the logo", anonymous=True)
def logo(digest: str) -> Any:
    """The present logo, by its hash."""
    if g.organisation is None or digest != g.organisation.logo:
        abort(404)
    path = logos.place(current_app.extensions["entente"].config.data, digest)
    try:
        picture = path.read_bytes()
    except FileNotFoundError:
        abort(404)
    answer = Response(picture, mimetype="image/png")
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Content-Disposition"] = "inline"
    answer.headers["Cache-Control"] = FOR_EVER
    return answer


@blueprint.get("/<colour>.css")
@public("the sign-in page has the organisation's colours; a colour is no secret", anonymous=True)
def stylesheet(colour: str) -> Any:
    """The shades of a colour, for every page."""
    return _stylesheet(colour, ":root")


@blueprint.get("/sample/<colour>.css")
@public("the same for the preview of the settings page", anonymous=True)
def sample(colour: str) -> Any:
    """The shades of a colour, for the preview alone."""
    return _stylesheet(colour, ".brand-sample")


def _stylesheet(colour: str, selector: str) -> Any:
    if colours.normal(colour) != f"#{colour}":
        abort(404)
    answer = Response(colours.stylesheet(f"#{colour}", selector), mimetype="text/css")
    answer.headers["Cache-Control"] = FOR_EVER
    return answer
