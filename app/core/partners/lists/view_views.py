"""Saved views: kept from the list, renamed, shared, chosen as default, deleted."""

from typing import Any

from flask import abort, flash, g, request, url_for
from flask_babel import gettext as _

from app.core.partners.fields import queries as field_queries
from app.core.partners.list_models import SavedView
from app.core.partners.lists import queries, services
from app.core.partners.lists.filters import from_query
from app.core.partners.views import blueprint
from app.security import requires
from app.web import render, saved


@blueprint.get("/views")
@requires("partners.view")
def saved_views() -> Any:
    """Own views and those that others share."""
    return _page()


@blueprint.post("/views")
@requires("partners.view")
def save_view() -> Any:
    """Keep the list as it stands under a name."""
    filters = from_query(request.form.get("query", "")[:20_000], field_queries.definitions())
    try:
        view = services.save_view(
            g.viewer,
            request.form.get("name", "").strip(),
            filters.query,
            shared=request.form.get("shared") == "1",
            default=request.form.get("default") == "1",
        )
    except services.ViewRefusal as refusal:
        flash(_(refusal.message, **refusal.params), "error")
        return _page(422)
    return saved(
        _("The view “%(name)s” was saved.", name=view.name),
        f"{url_for('partners.index')}?view={view.id}&{view.query}",
    )


@blueprint.post("/views/<int:view_id>")
@requires("partners.view")
def change_view(view_id: int) -> Any:
    """Rename a view, share it, or delete it."""
    view = _own_view(view_id)
    if request.form.get("delete"):
        services.delete_view(view)
        return saved(
            _("The view “%(name)s” is gone.", name=view.name), url_for("partners.saved_views")
        )
    try:
        services.change_view(
            g.viewer,
            view,
            request.form.get("name", "").strip(),
            shared=request.form.get("shared") == "1",
        )
    except services.ViewRefusal as refusal:
        flash(_(refusal.message, **refusal.params), "error")
        return _page(422)
    return saved(_("Saved."), url_for("partners.saved_views"))


@blueprint.post("/views/default")
@requires("partners.view")
def default_view() -> Any:
    """Open the list with a view from now on."""
    asked = request.form.get("view", "")
    found = next((v for v in queries.views(g.viewer) if str(v.id) == asked), None)
    if asked and found is None:
        abort(404)
    services.choose_default(g.viewer, found.id if found else None)
    words = (
        _("Your list opens with “%(name)s” from now on.", name=found.name)
        if found
        else _("Your list opens with all partners from now on.")
    )
    return saved(words, url_for("partners.saved_views"))


def _own_view(view_id: int) -> SavedView:
    """The view for a change: one's own, or a shared one for administrators; else 404."""
    view = SavedView.get_or_none(SavedView.id == view_id)
    if view is None or not (
        view.owner_id == g.viewer.user_id or (view.shared and g.viewer.can("partners.admin"))
    ):
        abort(404)
    return view


def _page(status: int = 200) -> Any:
    return render("partners/lists/views.html", status=status, views=queries.views(g.viewer))
