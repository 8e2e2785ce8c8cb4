"""One's own account: language, password, address, absence, sessions, and proving who one is."""

from dataclasses import replace
from typing import Any

from flask import abort, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import refresh
from flask_wtf import FlaskForm

from app.core.accounts import (
    address_change,
    factor_keys,
    identity,
    other_access,
    queries,
    second_factor,
    services,
)
from app.core.accounts.forms import (
    AbsenceForm,
    AddressForm,
    LanguageForm,
    OwnPasswordForm,
    ProofForm,
)
from app.core.accounts.labels import session_rows
from app.core.accounts.models import User
from app.core.accounts.throttle import Throttled
from app.core.accounts.views import blueprint, cheap
from app.core.ids import row_id
from app.security import before_second_factor, confirm_identity, local_path, requires, secret_keys
from app.sessions import renew_session
from app.web import render, saved


@blueprint.route("/account", methods=["GET", "POST"])
@requires("account.own")
def account() -> Any:
    """What is kept of me, and where I am signed in; ends one of my sessions."""
    if request.method == "POST":
        session_id = row_id(request.form.get("session"))
        if session_id is None:
            abort(422)
        services.end_sessions(g.viewer.user_id, session_id)
        return saved(_("That session has ended."), url_for("accounts.account"))
    return _page()


@blueprint.post("/account/sessions/end")
@requires("account.own")
def end_other_sessions() -> Any:
    """Sign me out everywhere but here."""
    services.end_sessions(g.viewer.user_id, keep=g.viewer.session_id)
    return saved(_("Signed out everywhere else."), url_for("accounts.account"))


@blueprint.post("/account/language")
@requires("account.own")
def language() -> Any:
    """Choose the language in which I read the desk."""
    form = LanguageForm(organisation=g.organisation.locale)
    if not form.validate():
        return _page(422, language_form=form)
    services.choose_language(g.viewer.user_id, form.locale.data or None)
    # Say so in the language that was chosen.
    g.viewer = replace(g.viewer, locale=form.locale.data or g.organisation.locale)
    refresh()
    return saved(_("Saved."), url_for("accounts.account"))


@blueprint.route("/account/password", methods=["GET", "POST"])
@requires("account.own")
def password() -> Any:
    """Choose another password, knowing the present one; every other session ends."""
    form = OwnPasswordForm(own=(g.viewer.name, g.viewer.email))
    form.offer(other_access.held(g.viewer.user_id))
    if not form.is_submitted():
        return render("accounts/password.html", form=form)
    if not form.validate():
        return render("accounts/password.html", status=422, form=form)
    try:
        right = identity.is_password(_me(), form.present.data, g.viewer.session_id, cheap=cheap())
    except Throttled:
        return _too_many("accounts/password.html", form)
    if not right:
        form.present.errors = [_("This is not your present password.")]
        return render("accounts/password.html", status=422, form=form)
    services.change_password(
        g.viewer.user_id,
        form.password.data,
        keep_session=g.viewer.session_id,
        end_others=form.ends_others,
        cheap=cheap(),
    )
    renew_session()
    return saved(
        _("Your password is changed, and every other session has ended."),
        url_for("accounts.account"),
    )


@blueprint.route("/account/email", methods=["GET", "POST"])
@requires("account.own")
@confirm_identity(on_open=True)
def email() -> Any:
    """Ask to sign in with another address; both addresses get a mail."""
    form = AddressForm()
    if not form.is_submitted():
        return render("accounts/email.html", form=form)
    if not form.validate():
        return render("accounts/email.html", status=422, form=form)
    try:
        address_change.ask(g.viewer.user_id, form.email.data or "")
    except Throttled:
        return _too_many("accounts/email.html", form)
    return saved(
        _("Two mails are on their way. Confirm the change in both mailboxes."),
        url_for("accounts.account"),
    )


@blueprint.post("/account/email/call-off")
@requires("account.own")
def call_off_email() -> Any:
    """Think better of another address while it waits for a mailbox."""
    address_change.call_off(g.viewer.user_id)
    return saved(_("The address stays as it is."), url_for("accounts.account"))


@blueprint.post("/account/absence")
@requires("account.own")
def absence() -> Any:
    """Say when I am out and who stands in."""
    if not g.viewer.is_staff:
        abort(404)
    form = _absence_form()
    if not form.validate():
        return _page(422, absence_form=form)
    try:
        services.set_absence(
            g.viewer.user_id, form.absent_from.data, form.absent_until.data, form.deputy.data
        )
    except services.AccountError as error:
        form.form_errors.append(_(error.message, **error.params))
        return _page(422, absence_form=form)
    return saved(_("Saved."), url_for("accounts.account"))


@blueprint.route("/account/confirm", methods=["GET", "POST"])
@requires("account.own")
@before_second_factor
def confirm() -> Any:
    """Prove who I am before a sensitive change, then go on with what I was about to do."""
    again = "proof_again" in request.form
    target = local_path(request.values.get("proof_next") or request.args.get("next"))
    own = {"csrf_token", "proof", "proof_next", "proof_again"}
    carried = [(k, v) for k, v in request.form.items(multi=True) if k not in own]
    context: dict[str, Any] = {
        "target": target or "",
        "carried": carried if again else [],
        "again": again,
    }
    form = ProofForm()
    if not form.is_submitted():
        return render("accounts/confirm.html", errors=(), **context)
    if not form.validate():
        return render("accounts/confirm.html", status=422, errors=form.proof.errors, **context)
    try:
        right = identity.proves(
            _me(),
            form.proof.data or "",
            g.viewer.session_id,
            keys=secret_keys(),
            cheap=cheap(),
        )
    except Throttled:
        wait = _("Too many attempts. Wait a quarter of an hour, then try again.")
        return render("accounts/confirm.html", status=429, errors=[wait], **context)
    if not right:
        wrong = _("This is not right. Try again.")
        return render("accounts/confirm.html", status=422, errors=[wrong], **context)
    renew_session()
    # 307 sends the same form once more, to the page for which it was meant.
    return redirect(target or url_for("accounts.account"), 307 if again and target else 303)


def _me() -> User:
    return User.get_by_id(g.viewer.user_id)


def _absence_form(**options: Any) -> AbsenceForm:
    form = AbsenceForm(obj=_me(), **options)
    form.offer((user.id, user.name) for user in queries.staff() if user.id != g.viewer.user_id)
    return form


def _too_many(template: str, form: FlaskForm) -> Any:
    form.form_errors.append(_("Too many attempts. Wait a quarter of an hour, then try again."))
    return render(template, status=429, form=form)


def _page(
    status: int = 200,
    *,
    language_form: LanguageForm | None = None,
    absence_form: AbsenceForm | None = None,
) -> Any:
    me = _me()
    factor = queries.second_factor(me.id) if g.has_second_factor else None
    return render(
        "accounts/account.html",
        status=status,
        form=language_form
        or LanguageForm(
            formdata=None, data={"locale": me.locale or ""}, organisation=g.organisation.locale
        ),
        absence_form=(absence_form or _absence_form(formdata=None)) if g.viewer.is_staff else None,
        pending=address_change.pending(me.id),
        sessions=session_rows(queries.sessions_of(me.id), g.viewer.session_id),
        factor=factor,
        factor_standing=factor_keys.standing(factor, secret_keys()) if factor else "",
        codes_left=second_factor.codes_left(me.id) if g.has_second_factor else 0,
        required=g.viewer.role in g.organisation.second_factor_roles.split(),
    )
