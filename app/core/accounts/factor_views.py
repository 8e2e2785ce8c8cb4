"""Setting up an authenticator app, its recovery codes, and taking it off."""

from typing import Any

from flask import abort, g, url_for
from flask_babel import gettext as _

from app.core.accounts import second_factor
from app.core.accounts.forms import CodeForm
from app.core.accounts.models import User
from app.core.accounts.throttle import Throttled
from app.core.accounts.views import blueprint
from app.security import (
    before_second_factor,
    confirm_identity,
    requires,
    second_factor_missing,
    secret_keys,
)
from app.sessions import renew_session
from app.web import render, saved


@blueprint.route("/account/second-factor", methods=["GET", "POST"])
@requires("account.own")
@before_second_factor
@confirm_identity(on_open=True)
def set_up_factor() -> Any:
    """Show the secret as a picture and as letters; the first code of the app sets it up."""
    me = User.get_by_id(g.viewer.user_id)
    form = CodeForm()
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                codes = second_factor.confirm(
                    me,
                    form.code.data or "",
                    keys=secret_keys(),
                    keep_session=g.viewer.session_id,
                )
            except Throttled:
                status = 429
                form.code.errors = [
                    _("Too many attempts. Wait a quarter of an hour, then try again.")
                ]
            else:
                if codes is not None:
                    renew_session()
                    g.has_second_factor = True
                    return render("accounts/codes.html", codes=codes, first=True)
                form.code.errors = [
                    _("This code is not right. Is the clock of your phone right? Try the next one.")
                ]
    enrolment = second_factor.begin(me, keys=secret_keys(), issuer=g.organisation.name)
    return render(
        "accounts/second_factor.html",
        status=status,
        form=form,
        enrolment=enrolment,
        required=second_factor_missing(),
        replaces=g.has_second_factor,
    )


@blueprint.post("/account/recovery-codes")
@requires("account.own")
@confirm_identity()
def recovery_codes() -> Any:
    """Make ten new recovery codes, shown in this answer only; the former ones are dead."""
    if not g.has_second_factor:
        abort(404)
    codes = second_factor.new_recovery_codes(g.viewer.user_id)
    return render("accounts/codes.html", codes=codes, first=False)


@blueprint.post("/account/second-factor/remove")
@requires("account.own")
@confirm_identity()
def remove_factor() -> Any:
    """Sign in with the password alone again, where the role allows it."""
    if g.viewer.role in g.organisation.second_factor_roles.split():
        abort(403)
    me = User.get_by_id(g.viewer.user_id)
    if not second_factor.remove(me, keep_session=g.viewer.session_id):
        abort(404)
    renew_session()
    return saved(_("You sign in with the password alone now."), url_for("accounts.account"))
