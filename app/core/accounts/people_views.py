"""The people page: administrators invite, change and end access, and help who is locked out."""

from typing import Any

from flask import abort, g, url_for
from flask_babel import gettext as _
from peewee import IntegrityError

from app import tables
from app.core import clock
from app.core.accounts import invitations, queries, second_factor, services
from app.core.accounts.forms import PersonEditForm, PersonForm
from app.core.accounts.labels import DEPARTMENT_LABELS, ROLE_LABELS, session_rows
from app.core.accounts.models import STAFF_ROLES, Invitation, User
from app.core.accounts.views import blueprint, cheap
from app.core.messages.mail_queries import bouncing
from app.security import confirm_identity, requires
from app.sessions import renew_session
from app.web import Page, page_number, render, saved

EVERYTHING = 100_000  # rows of one file
PEOPLE_PER_PAGE = 50


@blueprint.get("/people")
@requires("people.manage")
def people() -> Any:
    """Everybody who can sign in, and who has been invited."""
    if kind := tables.wanted():
        rows = queries.everybody(1, EVERYTHING)[0]
        return tables.download(rows, _columns(), "people", kind)
    number = page_number()
    rows, total = queries.everybody(number, PEOPLE_PER_PAGE)
    invited = invitations.all_open() if number == 1 else []
    return render(
        "accounts/people.html",
        people=rows,
        page=Page(number, PEOPLE_PER_PAGE, total),
        role_labels=ROLE_LABELS,
        departments=DEPARTMENT_LABELS,
        away=queries.away(row.id for row in rows),
        with_factor=queries.with_second_factor(row.id for row in rows),
        bouncing=bouncing([row.email for row in (*rows, *invited)]),
        invited=invited,
        now=clock.now(),
    )


@blueprint.route("/people/new", methods=["GET", "POST"])
@requires("people.manage")
@confirm_identity()
def add() -> Any:
    """Invite somebody of the host organisation, or give them a password at once."""
    form = PersonForm()
    if not form.is_submitted():
        return render("accounts/person.html", form=form, person=None)
    if form.validate() and _is_free(form):
        if not form.password.data:
            row = invitations.invite(
                form.name.data or "", form.email.data or "", form.role.data, by=g.viewer.user_id
            )
            return saved(
                _("An invitation is on its way to %(email)s.", email=row.email),
                url_for("accounts.people"),
            )
        try:
            user = services.add_person(
                name=form.name.data or "",
                email=form.email.data or "",
                role=form.role.data,
                password=form.password.data,
                cheap=cheap(),
            )
        except IntegrityError:
            form.email.errors = [_("Somebody has an account with this address already.")]
        else:
            return saved(_("%(name)s can sign in now.", name=user.name), url_for("accounts.people"))
    return render("accounts/person.html", status=422, form=form, person=None)


@blueprint.route("/people/<int:user_id>", methods=["GET", "POST"])
@requires("people.manage")
@confirm_identity()
def edit(user_id: int) -> Any:
    """Change somebody's name, address, role, place among staff or password, or end their access."""
    person = _person(user_id)
    form = PersonEditForm(obj=person)
    is_staff = person.role in STAFF_ROLES
    form.offer((user.id, user.name) for user in queries.staff() if user.id != person.id)
    if not is_staff:
        for name in ("role", "department", "line_manager", "is_executive"):
            del form[name]
        for name in ("absent_from", "absent_until", "deputy"):
            del form[name]
    if not form.is_submitted():
        return _page(form, person)
    if form.validate():
        myself = person.id == g.viewer.user_id
        try:
            services.change_person(
                person,
                name=form.name.data or "",
                email=form.email.data or "",
                role=form.role.data if is_staff else person.role,
                active=bool(form.active.data),
                password=form.password.data or None,
                version=form.version.data,
                place=form.place() if is_staff else None,
                keep_session=g.viewer.session_id if myself else None,
                cheap=cheap(),
            )
        except services.AccountError as error:
            form.form_errors.append(_(error.message, **error.params))
        except IntegrityError:
            form.email.errors = [_("Somebody has an account with this address already.")]
        else:
            if myself:
                renew_session()
            return saved(_("Saved."), url_for("accounts.people"))
    return _page(form, person, 422)


@blueprint.post("/people/<int:user_id>/sessions/end")
@requires("people.manage")
@confirm_identity()
def end_sessions(user_id: int) -> Any:
    """Sign somebody out everywhere."""
    _person(user_id)
    services.end_sessions(user_id)
    return saved(_("Signed out everywhere."), url_for("accounts.edit", user_id=user_id))


@blueprint.post("/people/<int:user_id>/sessions/<int:session_id>/end")
@requires("people.manage")
@confirm_identity()
def end_session_of(user_id: int, session_id: int) -> Any:
    """End one of somebody's sessions."""
    _person(user_id)
    services.end_sessions(user_id, session_id)
    return saved(_("That session has ended."), url_for("accounts.edit", user_id=user_id))


@blueprint.post("/people/<int:user_id>/second-factor/remove")
@requires("people.manage")
@confirm_identity()
def remove_factor_of(user_id: int) -> Any:
    """Take a lost second factor off somebody's account; they are told by mail."""
    person = _person(user_id)
    myself = person.id == g.viewer.user_id
    if not second_factor.remove(person, keep_session=g.viewer.session_id if myself else None):
        abort(404)
    if myself:
        renew_session()
    return saved(
        _("%(name)s signs in with the password alone now.", name=person.name),
        url_for("accounts.edit", user_id=user_id),
    )


@blueprint.post("/people/invitations/<int:invitation_id>/again")
@requires("people.manage")
@confirm_identity()
def invite_again(invitation_id: int) -> Any:
    """Mail a new link; the former one is dead."""
    try:
        row = invitations.send_again(invitation_id)
    except invitations.InvitationRefused:
        abort(404)
    return saved(
        _("A new link is on its way to %(email)s; the former one is dead.", email=row.email),
        url_for("accounts.people"),
    )


@blueprint.post("/people/invitations/<int:invitation_id>/revoke")
@requires("people.manage")
@confirm_identity()
def revoke_invitation(invitation_id: int) -> Any:
    """Take an invitation back."""
    if not invitations.revoke(Invitation.id == invitation_id):
        abort(404)
    return saved(_("The invitation is revoked."), url_for("accounts.people"))


def _person(user_id: int) -> User:
    found: User | None = User.get_or_none(User.id == user_id)
    if found is None:
        abort(404)
    return found


def _is_free(form: PersonForm) -> bool:
    """Administrators see everybody's address anyway, so they are told of one that is taken."""
    if queries.by_email(form.email.data or "") is None:
        return True
    form.email.errors = [_("Somebody has an account with this address already.")]
    return False


def _page(form: PersonEditForm, person: User, status: int = 200) -> Any:
    factor = queries.second_factor(person.id)
    return render(
        "accounts/person.html",
        status=status,
        form=form,
        person=person,
        sessions=session_rows(queries.sessions_of(person.id), g.viewer.session_id),
        factor=factor if factor and factor.salt else None,
        codes_left=second_factor.codes_left(person.id) if factor else 0,
    )


def _columns() -> list[tables.Column]:
    return [
        tables.Column(_("Name"), lambda person: person.name),
        tables.Column(_("E-mail"), lambda person: person.email),
        tables.Column(_("Role"), lambda person: str(ROLE_LABELS[person.role])),
        tables.Column(
            _("Department"), lambda person: str(DEPARTMENT_LABELS.get(person.department, ""))
        ),
        tables.Column(_("May sign in"), lambda p: bool(p.active and p.password_hash)),
    ]
