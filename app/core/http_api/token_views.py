"""The page where administrators hand out tokens and take them back."""

from typing import Any

from flask import Blueprint, abort, g, request, url_for
from flask_babel import gettext as _

from app.core.form_fields import options
from app.core.http_api import queries, rules, services
from app.core.http_api.forms import TokenForm
from app.security import confirm_identity, requires
from app.web import Page, page_number, render, saved

blueprint = Blueprint("tokens", __name__, url_prefix="/settings/api")
PER_PAGE = 50


@blueprint.get("")
@requires("api.manage")
def index() -> Any:
    """Every token, whose it is and when it was last used."""
    number = page_number()
    rows, total = queries.tokens(number, PER_PAGE)
    return render(
        "http_api/index.html",
        rows=rows,
        page=Page(number, PER_PAGE, total),
        scopes=rules.SCOPES,
        address=request.host_url.rstrip("/"),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires("api.manage")
@confirm_identity()
def new() -> Any:
    """Make a token; its secret is shown once."""
    form = TokenForm()
    form.user.choices = options(queries.people())
    if not form.is_submitted():
        form.user.data = g.viewer.user_id
        return render("http_api/new.html", form=form)
    if not form.validate():
        return render("http_api/new.html", status=422, form=form)
    _id, secret = services.issue(
        name=form.name.data or "",
        scopes=form.scopes.data or (),
        user_id=form.user.data,
        expires_at=form.expires_at(),
        by=g.viewer,
    )
    # Shown in this answer only: a redirect would have to keep the secret somewhere.
    return render(
        "http_api/issued.html",
        name=form.name.data,
        secret=secret,
        address=request.host_url.rstrip("/"),
    )


@blueprint.post("/<int:token_id>/revoke")
@requires("api.manage")
@confirm_identity()
def revoke(token_id: int) -> Any:
    """End a token at once."""
    row = queries.token(token_id)
    if row is None:
        abort(404)
    services.revoke(token_id)
    return saved(_("%(name)s has ended.", name=row.name), url_for("tokens.index"))
