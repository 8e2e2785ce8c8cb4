"""The outbox, for administrators: what was sent, what waits, and what nobody got."""

from typing import Any

from flask import abort, current_app, request, url_for
from flask_babel import gettext as _

from app.core.messages import mail_queries as queries
from app.core.messages import rendering, sending
from app.core.messages.blueprint import blueprint
from app.core.messages.models import MAIL_STATES, Mail
from app.security import requires
from app.web import Page, page_number, render, saved

PER_PAGE = 50


@blueprint.get("/settings/mails")
@requires("mails.manage")
def mails() -> Any:
    """Every mail with what became of it; filtered by state and words."""
    number = page_number()
    state = request.args.get("state", "")
    state = state if state in (*MAIL_STATES, "trouble") else ""
    words = request.args.get("q", "").strip()[:200]
    rows, total = queries.mails(state, words, number, PER_PAGE)
    config = current_app.extensions["entente"].config
    return render(
        "messages/mails.html",
        "messages/_mails.html",
        rows=rows,
        state=state,
        words=words,
        counts=queries.counts(),
        outage=queries.outage(),
        way=config.mail_way,
        sender=config.mail_sender,
        chosen=bool(config.mail_url),
        page=Page(number, PER_PAGE, total),
    )


@blueprint.get("/settings/mails/<int:mail_id>")
@requires("mails.manage")
def mail(mail_id: int) -> Any:
    """One mail, with its text unless that holds a secret."""
    row = _mail(mail_id)
    return render(
        "messages/mail.html",
        row=row,
        text="" if row.secret else rendering.plain_text(row),
        bouncing=row.to_address in queries.bouncing([row.to_address]),
    )


@blueprint.post("/settings/mails/<int:mail_id>/resend")
@requires("mails.manage")
def resend(mail_id: int) -> Any:
    """Send a mail once more, or one that was given up anew."""
    row = _mail(mail_id)
    place = url_for("messages.mail", mail_id=row.id)
    if not sending.resend(row):
        abort(409)
    return saved(_("It goes out again."), place)


@blueprint.post("/settings/mails/retry")
@requires("mails.manage")
def retry() -> Any:
    """Ask the mail server at once instead of waiting."""
    sending.try_again()
    return saved(_("The mail server is tried again now."), url_for("messages.mails"))


def _mail(mail_id: int) -> Mail:
    row = Mail.get_or_none(Mail.id == mail_id)
    if row is None:
        abort(404)
    found: Mail = row
    return found
