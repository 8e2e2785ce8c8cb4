"""Erasing a person, what is held on one, and for how long things are kept."""

from datetime import timedelta
from tempfile import SpooledTemporaryFile
from typing import Any

from flask import Blueprint, abort, g, send_file, url_for
from flask_babel import gettext as _

from app.core import clock
from app.core.contract import Subject
from app.core.models import AuditEntry
from app.core.partners.models import Contact
from app.core.personal import queries, retention, services
from app.core.personal.forms import EraseForm, retention_form
from app.security import confirm_identity, requires
from app.web import render, saved

blueprint = Blueprint("personal", __name__)
IN_MEMORY = 1_000_000  # bytes of an archive; what is larger goes to disk
OWN_AN_HOUR = 5  # exports of one's own data


@blueprint.route("/people/<int:user_id>/erase", methods=["GET", "POST"])
@blueprint.route("/people/contacts/<int:contact_id>/erase", methods=["GET", "POST"])
@requires("people.manage")
@confirm_identity()
def erase(user_id: int = 0, contact_id: int = 0) -> Any:
    """What erasing somebody takes away, and doing it once their e-mail was typed."""
    subject = _subject_or_404(user_id, contact_id)
    form = EraseForm()
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate() and _is_theirs(form.email.data or "", subject):
            try:
                waiting = services.erase(subject)
            except services.ErasureRefused as refused:
                form.form_errors.append(_(refused.message, **refused.params))
            else:
                return saved(_erased_words(waiting), url_for("accounts.people"))
        elif not form.errors:
            form.email.errors = [_("This is not their e-mail.")]
    return render(
        "personal/erase.html",
        status=status,
        form=form,
        subject=subject,
        parts=services.parts(queries.held(subject)),
        pending=queries.pending(),
        data_url=url_for("personal.data", user_id=user_id)
        if user_id
        else url_for("personal.data", contact_id=contact_id),
    )


@blueprint.post("/people/<int:user_id>/data")
@blueprint.post("/people/contacts/<int:contact_id>/data")
@requires("people.manage")
@confirm_identity()
def data(user_id: int = 0, contact_id: int = 0) -> Any:
    """Everything held on somebody, as a ZIP."""
    return _archive(_subject_or_404(user_id, contact_id))


@blueprint.post("/account/data")
@requires("account.own")
@confirm_identity()
def own_data() -> Any:
    """Everything held on whoever asks, a few times an hour."""
    recent = AuditEntry.select().where(
        AuditEntry.ref == f"user:{g.viewer.user_id}",
        AuditEntry.action == "person.exported",
        AuditEntry.at > clock.now() - timedelta(hours=1),
    )
    if recent.count() >= OWN_AN_HOUR:
        abort(429)
    subject = queries.own(g.viewer.user_id)
    return _archive(subject, whole=g.viewer.is_staff) if subject else abort(404)


@blueprint.route("/settings/retention", methods=["GET", "POST"])
@requires("settings.manage")
def keeping() -> Any:
    """For how long things are kept."""
    form = retention_form(data=retention.chosen())
    if not form.is_submitted():
        return render("personal/retention.html", form=form)
    if not form.validate():
        return render("personal/retention.html", status=422, form=form)
    retention.change({key: form[key].data for key in retention.RULES})
    return saved(_("Saved."), url_for("personal.keeping"))


def _subject_or_404(user_id: int, contact_id: int) -> Subject:
    if user_id:
        subject = queries.by_user(user_id)
    else:
        contact = Contact.get_or_none(Contact.id == contact_id)
        subject = queries.of_contact(contact) if contact else None
    if subject is None:
        abort(404)
    return subject


def _is_theirs(text: str, subject: Subject) -> bool:
    """Whether somebody typed an address of theirs, or the name of who has none."""
    return text.strip().lower() in (subject.emails or tuple(n.lower() for n in subject.names))


def _erased_words(waiting: list[str]) -> str:
    if not waiting:
        return str(_("Erased. What this person did stays, without who it was."))
    return str(
        _(
            "Erased here. Plugins that are off erase their part when they return: %(plugins)s.",
            plugins=", ".join(waiting),
        )
    )


def _archive(subject: Subject, *, whole: bool = True) -> Any:
    stream = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed with the answer
    services.write(subject, stream, whole=whole)
    stream.seek(0)
    name = f"personal-data-{g.organisation.today().isoformat()}.zip"
    answer = send_file(
        stream,  # type: ignore[arg-type]
        mimetype="application/zip",
        as_attachment=True,
        download_name=name,
        etag=False,
    )
    answer.call_on_close(stream.close)
    return answer
