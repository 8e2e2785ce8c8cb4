"""What a person was told, and how they want to be told; the same for staff and contacts."""

from itertools import groupby
from typing import Any

from flask import abort, g, redirect, request, url_for
from flask_babel import gettext as _

from app.core.accounts.models import User
from app.core.messages import queries, services, unsubscribing
from app.core.messages.blueprint import blueprint
from app.core.messages.forms import field_name, preferences_form
from app.security import bearer, local_path, requires
from app.web import Page, page_number, render, saved

PER_PAGE = 30


@blueprint.get("/notifications")
@requires("account.own")
def notifications() -> Any:
    """What I was told, the latest first."""
    number, unread = page_number(), request.args.get("show") == "unread"
    rows, total = queries.notifications(g.viewer.user_id, number, PER_PAGE, unread=unread)
    return render(
        "messages/notifications.html",
        rows=queries.shown(rows, g.viewer),
        only_unread=unread,
        page=Page(number, PER_PAGE, total),
    )


@blueprint.post("/notifications/<int:notification_id>/open")
@requires("account.own")
def open_notification(notification_id: int) -> Any:
    """Mark it as read and go to what it is about."""
    row = queries.notification(g.viewer.user_id, notification_id)
    if row is None:
        abort(404)
    services.mark_read(g.viewer.user_id, row.id)
    return redirect(local_path(row.url) or url_for("messages.notifications"), 303)


@blueprint.post("/notifications/<int:notification_id>/read")
@requires("account.own")
def mark_read(notification_id: int) -> Any:
    """Mark one as read and stay here."""
    if queries.notification(g.viewer.user_id, notification_id) is None:
        abort(404)
    services.mark_read(g.viewer.user_id, notification_id)
    return saved(_("Marked as read."), _back())


@blueprint.post("/notifications/read")
@requires("account.own")
def mark_all_read() -> Any:
    """Mark all of mine as read."""
    services.mark_read(g.viewer.user_id)
    return saved(_("All are marked as read."), _back())


def _back() -> str:
    return local_path(request.form.get("next")) or url_for("messages.notifications")


@blueprint.route("/account/notifications", methods=["GET", "POST"])
@requires("account.own")
def preferences() -> Any:
    """How often e-mails come, event by event."""
    choices = queries.choices(g.viewer.user_id, g.viewer.role)
    form = preferences_form(choices)
    groups = [
        (label, [form[field_name(event)] for event, _frequency in found])
        for label, found in groupby(choices, key=lambda choice: str(choice[0].group))
    ]
    if not form.is_submitted():
        return render("messages/preferences.html", form=form, groups=groups)
    if not form.validate():
        return render("messages/preferences.html", status=422, form=form, groups=groups)
    chosen = form.chosen([event for event, _frequency in choices])
    services.choose(g.viewer.user_id, g.viewer.role, chosen)
    return saved(_("Saved."), url_for("messages.preferences"))


@blueprint.route("/unsubscribe/<token>", methods=["GET", "POST"])
@bearer("unsubscribe")
def unsubscribe(token: str) -> Any:
    """End a digest without signing in; mail programs send the POST themselves (RFC 8058)."""
    found = unsubscribing.read(token) if len(token) < 300 else None
    user = User.get_or_none(User.id == found[0]) if found else None
    if found is None or user is None:
        return render("messages/unsubscribe.html", status=404, digest="", done=False)
    if request.method == "POST":
        services.unsubscribe(*found)
    done = request.method == "POST"
    return render("messages/unsubscribe.html", digest=found[1], done=done)
