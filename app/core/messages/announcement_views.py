"""Writing to contacts, and what they read of it."""

from typing import Any

from flask import abort, g, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core import audit
from app.core.db import atomic
from app.core.messages import announcement_queries as queries
from app.core.messages import announcing
from app.core.messages.announcement_form import AnnouncementForm
from app.core.messages.blueprint import blueprint
from app.security import requires
from app.web import Page, page_number, render, saved

PER_PAGE = 30


@blueprint.get("/announcements")
@requires("partners.edit")
def announcements() -> Any:
    """What was written to contacts, and how much of it arrived."""
    number = page_number()
    rows, total = queries.announcements(g.viewer, number, PER_PAGE)
    return render("messages/announcements.html", rows=rows, page=Page(number, PER_PAGE, total))


@blueprint.route("/announcements/new", methods=["GET", "POST"])
@requires("partners.edit")
def new_announcement() -> Any:
    """Write one: first looked at as contacts will see it, then sent."""
    form = AnnouncementForm()
    form.offer(queries.addressed(g.viewer), queries.tags_of(g.viewer))
    if not form.is_submitted():
        return render("messages/announce.html", form=form, people=None, seen="")
    if not form.validate():
        return render("messages/announce.html", status=422, form=form, people=None, seen="")
    people = announcing.reached(form.partner_ids())
    if not people:
        form.to.errors = [_("Nobody would get it: choose partners that have contacts.")]
        return render("messages/announce.html", status=422, form=form, people=None, seen="")
    # What is sent is what was looked at: whoever changes it looks again.
    seen = form.fingerprint([contact.id for contact in people])
    if request.form.get("step") != "send" or request.form.get("seen") != seen:
        return render("messages/announce.html", form=form, people=people, seen=seen)
    try:
        made = announcing.announce(
            form.subject.data or "", form.text.data or "", form.partner_ids(), by=g.viewer
        )
    except announcing.AnnouncementRefusal as refusal:
        form.form_errors.append(_(refusal.message, **refusal.params))
        return render("messages/announce.html", status=422, form=form, people=None, seen="")
    message = ngettext(
        "It goes to %(num)s contact in five minutes; until then you can call it back.",
        "It goes to %(num)s contacts in five minutes; until then you can call it back.",
        len(people),
    )
    return saved(message, url_for("messages.announcement", announcement_id=made))


@blueprint.get("/announcements/<int:announcement_id>")
@requires("partners.edit")
def announcement(announcement_id: int) -> Any:
    """One announcement: its text, to whom it went, and who did not get it."""
    found = queries.announcement(g.viewer, announcement_id)
    if found is None:
        abort(404)
    row, text = found
    return render(
        "messages/announcement.html",
        row=row,
        paragraphs=announcing.paragraphs(text),
        partners=queries.partners_of(announcement_id),
        troubles=queries.troubles(announcement_id),
    )


@blueprint.post("/announcements/<int:announcement_id>/call-back")
@requires("partners.edit")
def call_back(announcement_id: int) -> Any:
    """Stop it before it leaves."""
    if queries.announcement(g.viewer, announcement_id) is None:
        abort(404)
    place = url_for("messages.announcement", announcement_id=announcement_id)
    try:
        announcing.call_back(announcement_id, by=g.viewer)
    except announcing.AnnouncementRefusal as refusal:
        return render(
            "errors/error.html",
            "errors/_error.html",
            status=409,
            code=409,
            title=_("It cannot be called back"),
            text=_(refusal.message, **refusal.params),
            reference="",
        )
    return saved(_("Called back: nobody gets it."), place)


@blueprint.get("/portal/news")
@requires("portal.view")
def all_news() -> Any:
    """What the own partner was told."""
    return render("messages/all_news.html", rows=queries.news(g.viewer))


@blueprint.get("/portal/news/<int:announcement_id>")
@requires("portal.view")
def news(announcement_id: int) -> Any:
    """One announcement to the own partner."""
    row = queries.one_news(g.viewer, announcement_id)
    if row is None:
        with atomic():
            audit.record("access.refused", f"announcement:{announcement_id}")
        abort(404)
    return render("messages/news.html", row=row, paragraphs=announcing.paragraphs(row.text))
