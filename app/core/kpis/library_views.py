"""The shipped library: its KPIs by category, each category switched on or off as a whole."""

from typing import Any

from flask import abort, g, request, url_for
from flask_babel import gettext as _

from app.core.kpis import library
from app.core.kpis.blueprint import blueprint
from app.security import requires
from app.web import render, saved


@blueprint.route("/kpis/library", methods=["GET", "POST"])
@requires("kpis.define")
def shelf() -> Any:
    """Choose which categories of the library are in use."""
    if request.method == "GET":
        return render("kpis/library.html", shelves=library.shelves())
    wanted = set(request.form.getlist("category"))
    if not wanted <= set(library.CATEGORIES):
        abort(422)
    came, went = library.switch(wanted, by=g.viewer)
    message = _("%(came)s KPIs came into use, %(went)s went out of it.", came=came, went=went)
    return saved(message, url_for("kpis.shelf"))
