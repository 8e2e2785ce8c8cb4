"""Pages behind mailed links: accepting an invitation, a new password, another address.

Opening a link changes nothing, since mail scanners open links too; its form does. Whatever is
wrong with a link, one and the same page says so.
"""

from typing import Any

from flask import g, request, session, url_for
from flask_babel import gettext as _

from app.core.accounts import address_change, invitations, mailed_links, other_access
from app.core.accounts.address_change import NEW, OLD
from app.core.accounts.forms import AcceptForm, AddressForm, ResetForm
from app.core.accounts.throttle import Throttled
from app.core.accounts.tokens import DeadLink
from app.core.accounts.views import blueprint, cheap
from app.security import public
from app.sessions import end_session, let_in, renew_session
from app.web import render, saved


@blueprint.route("/invitation/<token>", methods=["GET", "POST"])
@public("opened by the secret of an invitation")
def accept(token: str) -> Any:
    """Choose a password and come in."""
    try:
        row = invitations.find(token, request.remote_addr or "")
    except (DeadLink, Throttled) as error:
        return _dead(error)
    form = AcceptForm(data={"name": row.name}, own=(row.email, row.name))
    if not form.is_submitted():
        return render("accounts/accept.html", form=form, invitation=row)
    if not form.validate():
        return render("accounts/accept.html", status=422, form=form, invitation=row)
    try:
        user = invitations.accept(
            row.id, name=form.name.data or "", password=form.password.data, cheap=cheap()
        )
    except DeadLink as error:
        return _dead(error)
    if g.viewer:
        end_session()
    let_in(user.id)
    return saved(_("Welcome, %(name)s!", name=user.name), url_for("accounts.start"))


@blueprint.route("/forgot", methods=["GET", "POST"])
@public("who has forgotten the password cannot sign in")
def forgot() -> Any:
    """Ask for a link that sets a new password; the answer is the same for every address."""
    form = AddressForm()
    if not form.is_submitted():
        return render("accounts/forgot.html", form=form, asked=False)
    if not form.validate():
        return render("accounts/forgot.html", status=422, form=form, asked=False)
    try:
        mailed_links.ask_reset(form.email.data or "", request.remote_addr or "")
    except Throttled:
        form.form_errors.append(_("Too many attempts. Wait a quarter of an hour, then try again."))
        return render("accounts/forgot.html", status=429, form=form, asked=False)
    return render("accounts/forgot.html", form=form, asked=True)


@blueprint.route("/reset/<token>", methods=["GET", "POST"])
@public("opened by the secret of a mail to the account's address")
def reset(token: str) -> Any:
    """Set a new password; every session ends, and a second factor is still asked for."""
    try:
        link = mailed_links.find(token, request.remote_addr or "", "reset")
    except (DeadLink, Throttled) as error:
        return _dead(error)
    form = ResetForm(own=(link.user.name, link.user.email))
    form.offer(other_access.held(link.user_id))
    if not form.is_submitted():
        return render("accounts/reset.html", form=form, email=link.user.email)
    if not form.validate():
        return render("accounts/reset.html", status=422, form=form, email=link.user.email)
    try:
        mailed_links.reset(link, form.password.data, end_others=form.ends_others, cheap=cheap())
    except DeadLink as error:
        return _dead(error)
    session.pop("sid", None)
    session.pop("half", None)
    return saved(_("Your new password holds. Sign in with it."), url_for("accounts.login"))


@blueprint.route("/email/<token>", methods=["GET", "POST"])
@public("opened by the secret of a mail to the new or the present address")
def confirm_email(token: str) -> Any:
    """Confirm from one of the two mailboxes that the address is to change."""
    try:
        link = mailed_links.find(token, request.remote_addr or "", NEW, OLD)
        if request.method == "GET":
            return render(
                "accounts/email_link.html", link=link, token=token, is_old=link.purpose == OLD
            )
        mine = g.viewer is not None and g.viewer.user_id == link.user_id
        changed = address_change.confirm(link, keep_session=g.viewer.session_id if mine else None)
    except (DeadLink, Throttled) as error:
        return _dead(error)
    target = url_for("accounts.account" if mine else "accounts.login")
    if not changed:
        return saved(_the_other_one(link.purpose), target)
    if mine:
        renew_session()
    return saved(_("You sign in with %(email)s from now on.", email=link.email), target)


@blueprint.post("/email/<token>/stop")
@public("opened by the secret of a mail to the present address")
def stop_email(token: str) -> Any:
    """Stop a change of the address that was not wanted."""
    try:
        address_change.stop(mailed_links.find(token, request.remote_addr or "", OLD))
    except (DeadLink, Throttled) as error:
        return _dead(error)
    return saved(
        _("The address stays as it is. If you did not ask for the change, choose a new password."),
        url_for("accounts.forgot"),
    )


def _the_other_one(purpose: str) -> str:
    if purpose == NEW:
        return _("Confirmed. Now confirm it from the mail to your present address too.")
    return _("Confirmed. Now confirm it from the mail to your new address too.")


def _dead(error: Exception) -> Any:
    """One friendly page, whatever is wrong with a link; only a flood of them is told apart."""
    status = 429 if isinstance(error, Throttled) else 404
    return render("accounts/dead_link.html", status=status)
