"""Signing in and out, the people page, and the first run."""

import hmac
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, current_app, g, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_babel import refresh
from peewee import IntegrityError

from app import tables
from app.core.accounts import queries, services
from app.core.accounts.forms import (
    ROLE_LABELS,
    LanguageForm,
    LoginForm,
    PersonEditForm,
    PersonForm,
    SetupForm,
)
from app.core.accounts.models import STAFF_ROLES, User
from app.sample import add_sample, first_run, setup_code
from app.security import end_session, local_path, public, requires, start_session
from app.web import Page, page_number, render, saved

blueprint = Blueprint("accounts", __name__)
EVERYTHING = 100_000  # rows of one file
PEOPLE_PER_PAGE = 50


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
            cheap=_cheap(),
        )
    except services.Throttled:
        form.form_errors.append(_("Too many attempts. Wait a quarter of an hour, then try again."))
        return render("accounts/login.html", status=429, form=form)
    if user is None:
        form.form_errors.append(_("The e-mail or the password is not right."))
        return render("accounts/login.html", status=422, form=form)
    start_session(user.id)
    return redirect(target or url_for("accounts.start"), 303)


@blueprint.get("/")
@public("sends everybody to their own first page")
def start() -> Any:
    """Home for staff, the portal for contacts, the sign-in form for strangers."""
    return redirect(_start_page())


def _start_page() -> str:
    if g.viewer is None:
        return url_for("accounts.login")
    return url_for("home.index" if g.viewer.is_staff else "portal.index")


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


@blueprint.get("/people")
@requires("people.manage")
def people() -> Any:
    """Everybody who can sign in."""
    if kind := tables.wanted():
        return tables.download(queries.people(1, EVERYTHING)[0], _people_columns(), "people", kind)
    number = page_number()
    rows, total = queries.people(number, PEOPLE_PER_PAGE)
    return render(
        "accounts/people.html",
        people=rows,
        page=Page(number, PEOPLE_PER_PAGE, total),
        role_labels=ROLE_LABELS,
    )


@blueprint.route("/people/new", methods=["GET", "POST"])
@requires("people.manage")
def add() -> Any:
    """Add somebody of the host organisation."""
    form = PersonForm()
    if not form.is_submitted():
        return render("accounts/person.html", form=form, person=None)
    if form.validate():
        try:
            user = services.add_person(
                name=form.name.data or "",
                email=form.email.data or "",
                role=form.role.data,
                password=form.password.data,
                cheap=_cheap(),
            )
        except IntegrityError:
            form.email.errors = [_("Somebody has an account with this address already.")]
        else:
            return saved(_("%(name)s can sign in now.", name=user.name), url_for("accounts.people"))
    return render("accounts/person.html", status=422, form=form, person=None)


@blueprint.route("/people/<int:user_id>", methods=["GET", "POST"])
@requires("people.manage")
def edit(user_id: int) -> Any:
    """Change somebody's name, address, role or password, or end their access."""
    person = User.get_or_none(User.id == user_id)
    if person is None:
        abort(404)
    form = PersonEditForm(obj=person)
    if person.role not in STAFF_ROLES:
        del form.role
    sessions = queries.sessions_of(person.id)
    if not form.is_submitted():
        return render("accounts/person.html", form=form, person=person, sessions=sessions)
    if form.validate():
        try:
            services.change_person(
                person,
                name=form.name.data or "",
                email=form.email.data or "",
                role=form.role.data if form.role else person.role,
                active=bool(form.active.data),
                password=form.password.data or None,
                version=form.version.data,
                cheap=_cheap(),
            )
        except services.AccountError as error:
            form.form_errors.append(_(error.message, **error.params))
        except IntegrityError:
            form.email.errors = [_("Somebody has an account with this address already.")]
        else:
            return saved(_("Saved."), url_for("accounts.people"))
    return render("accounts/person.html", status=422, form=form, person=person, sessions=sessions)


@blueprint.post("/people/<int:user_id>/sessions/end")
@requires("people.manage")
def end_sessions(user_id: int) -> Any:
    """Sign somebody out everywhere."""
    if User.get_or_none(User.id == user_id) is None:
        abort(404)
    services.end_sessions(user_id)
    return saved(_("Signed out everywhere."), url_for("accounts.edit", user_id=user_id))


@blueprint.route("/account", methods=["GET", "POST"])
@requires("account.own")
def account() -> Any:
    """Where I am signed in; ends one of my sessions."""
    if request.method == "POST":
        text = request.form.get("session", "")
        if not (text.isdecimal() and len(text) < 19):
            abort(422)
        services.end_sessions(g.viewer.user_id, int(text))
        return saved(_("That session has ended."), url_for("accounts.account"))
    return _account_page(LanguageForm(data=_language(), organisation=g.organisation.locale))


@blueprint.post("/account/language")
@requires("account.own")
def language() -> Any:
    """Choose the language in which I read the desk."""
    form = LanguageForm(organisation=g.organisation.locale)
    if not form.validate():
        return _account_page(form, 422)
    services.choose_language(g.viewer.user_id, form.locale.data or None)
    # Say so in the language that was chosen.
    g.viewer = replace(g.viewer, locale=form.locale.data or g.organisation.locale)
    refresh()
    return saved(_("Saved."), url_for("accounts.account"))


def _language() -> dict[str, str]:
    return {"locale": User.get_by_id(g.viewer.user_id).locale or ""}


def _account_page(form: LanguageForm, status: int = 200) -> Any:
    sessions = queries.sessions_of(g.viewer.user_id)
    return render("accounts/account.html", status=status, form=form, sessions=sessions)


@blueprint.route("/setup", methods=["GET", "POST"])
@public("the first run; closed for ever once the organisation exists")
def setup() -> Any:
    """Create the organisation and its first administrator."""
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
        user = first_run(form, cheap=_cheap())
        if user is None:
            abort(404)
        if form.sample.data:
            add_sample(config)
        start_session(user.id)
        return saved(_("Welcome! Your desk is ready."), url_for("home.index"))
    return render("accounts/setup.html", status=422, form=form)


def _cheap() -> bool:
    return bool(current_app.extensions["entente"].config.testing)


def _people_columns() -> list[tables.Column]:
    return [
        tables.Column(_("Name"), lambda person: person.name),
        tables.Column(_("E-mail"), lambda person: person.email),
        tables.Column(_("Role"), lambda person: str(ROLE_LABELS[person.role])),
        tables.Column(_("May sign in"), lambda p: bool(p.active and p.password_hash)),
    ]
