"""Signing in and out, and the first run."""

import hmac
from typing import Any

from flask import Blueprint, abort, current_app, g, redirect, request, session, url_for
from flask_babel import gettext as _

from app.core.accounts import second_factor, services
from app.core.accounts.forms import CodeForm, LoginForm, SetupForm
from app.core.accounts.throttle import Throttled
from app.security import local_path, public, secret_keys
from app.sessions import end_session, forget_waiting, let_in, start_session, waiting_person
from app.web import render, saved

blueprint = Blueprint("accounts", __name__)


@blueprint.route("/login", methods=["GET", "POST"])
@public("people sign in here")
def login() -> Any:
    """The sign-in form; returns to the page that was asked for."""
    target = local_path(request.args.get("next"))
    if g.viewer:
        return redirect(target or _start_page())
    form = LoginForm()
    if not form.is_submitted():
        return render("accounts/login.html", form=form)
    if not form.validate():
        return render("accounts/login.html", status=422, form=form)
    try:
        user = services.authenticate(
            form.email.data or "",
            form.password.data or "",
            request.remote_addr or "",
            known=session.get("known"),
            cheap=cheap(),
        )
    except Throttled:
        form.form_errors.append(_("Too many attempts. Wait a quarter of an hour, then try again."))
        return render("accounts/login.html", status=429, form=form)
    if user is None:
        form.form_errors.append(_("The e-mail or the password is not right."))
        return render("accounts/login.html", status=422, form=form)
    if not let_in(user.id):
        return redirect(url_for("accounts.code", next=target), 303)
    return redirect(target or url_for("accounts.start"), 303)


@blueprint.route("/login/code", methods=["GET", "POST"])
@public("the second step of signing in, after the right password")
def code() -> Any:
    """Ask for the second factor; until then nothing of the desk opens."""
    target = local_path(request.args.get("next"))
    person = waiting_person()
    if g.viewer or person is None:
        return redirect(url_for("accounts.start") if g.viewer else url_for("accounts.login"))
    form = CodeForm()
    gone = second_factor.key_is_gone(person, secret_keys())
    if not form.is_submitted():
        return render("accounts/code.html", form=form, gone=gone)
    if not form.validate():
        return render("accounts/code.html", status=422, form=form, gone=gone)
    try:
        right = second_factor.matches(
            person, form.code.data or "", keys=secret_keys(), known=session.get("known")
        )
    except Throttled:
        form.form_errors.append(_("Too many attempts. Wait a quarter of an hour, then try again."))
        return render("accounts/code.html", status=429, form=form, gone=gone)
    if not right:
        form.code.errors = [_("This code is not right, or was used already. Wait for the next.")]
        return render("accounts/code.html", status=422, form=form, gone=gone)
    forget_waiting()
    start_session(person)
    return redirect(target or url_for("accounts.start"), 303)


@blueprint.get("/")
@public("sends everybody to their own first page")
def start() -> Any:
    """Home for staff, the portal for contacts, the sign-in form for strangers."""
    return redirect(_start_page())


def _start_page() -> str:
    if g.viewer is None:
        return url_for("accounts.login")
    first = {"contact": "portal.index", "guest": "grants.index"}.get(g.viewer.role, "home.index")
    return url_for(first)


@blueprint.post("/logout")
@public("signing out needs no right")
def logout() -> Any:
    """End this session on the server and in the browser."""
    end_session()
    return redirect(url_for("accounts.login"), 303)


@blueprint.post("/theme")
@public("a preference of whoever looks")
def theme() -> Any:
    """Choose light, dark or the system's theme."""
    choice = request.form.get("theme")
    if choice not in ("light", "dark", "system"):
        abort(422)
    if g.viewer:
        services.choose_theme(g.viewer.user_id, choice)
    return redirect(local_path(request.form.get("next")) or url_for("accounts.start"), 303)


@blueprint.route("/setup", methods=["GET", "POST"])
@public("the first run; closed for ever once the organisation exists")
def setup() -> Any:
    """Create the organisation and its first administrator."""
    from app.sample import add_sample, first_run, setup_code  # the first run is the only one

    if g.organisation is not None:
        abort(404)
    config = current_app.extensions["entente"].config
    form = SetupForm(code=request.args.get("code", ""))
    if not form.is_submitted():
        return render("accounts/setup.html", form=form)
    if form.validate():
        if not hmac.compare_digest((form.code.data or "").encode(), setup_code(config).encode()):
            form.code.errors = [_("This is not the code that the server printed when it started.")]
            return render("accounts/setup.html", status=422, form=form)
        user = first_run(form, cheap=cheap())
        if user is None:
            abort(404)
        if form.sample.data:
            add_sample(config)
        start_session(user.id)
        return saved(_("Welcome! Your desk is ready."), url_for("home.index"))
    return render("accounts/setup.html", status=422, form=form)


def cheap() -> bool:
    """Whether password hashes may cost next to nothing: in tests alone."""
    return bool(current_app.extensions["entente"].config.testing)
