"""The own organisation as its contacts have it: what stands, and what they propose to change."""

from typing import Any, NoReturn

from flask import abort, g, request, url_for
from flask_babel import gettext as _

from app.core import audit
from app.core.db import atomic
from app.core.partners import labels, profiles
from app.core.partners import queries as partner_queries
from app.core.partners.models import Contact
from app.core.partners.proposals import labels as proposal_labels
from app.core.partners.proposals import queries, rules, services, values
from app.core.partners.proposals.forms import (
    FactsProposalForm,
    LeftForm,
    PersonProposalForm,
    ProfileProposalForm,
)
from app.core.portal.views import blueprint, own_partner
from app.security import requires
from app.web import Page, page_number, render, saved

PER_PAGE = 20


@blueprint.get("/organisation")
@requires("portal.view")
def organisation() -> Any:
    """What stands of the own organisation and its people, and the proposals to change it."""
    partner = own_partner()
    number = page_number()
    rows, total = queries.listing(g.viewer, partner.id, number, PER_PAGE)
    people = [one for one in partner_queries.contacts(partner.id) if one.side == "partner"]
    return render(
        "portal/organisation.html",
        partner=partner,
        facts=values.facts(partner),
        profile=values.profile(partner.id),
        people=people,
        labels=labels,
        proposals=rows,
        proposal_labels=proposal_labels,
        page=Page(number, PER_PAGE, total),
    )


@blueprint.route("/organisation/facts", methods=["GET", "POST"])
@requires("portal.submit")
def propose_facts() -> Any:
    """Propose the organisation's name, website or regions."""
    partner = own_partner()
    form = FactsProposalForm(data=values.facts(partner))
    status = 200
    if form.is_submitted():
        if form.validate() and (done := _propose("facts", form)):
            return done
        status = 422
    return render("portal/propose_facts.html", status=status, partner=partner, form=form)


@blueprint.route("/organisation/profile", methods=["GET", "POST"])
@requires("portal.submit")
def propose_profile() -> Any:
    """Propose what the profile says."""
    partner = own_partner()
    stands = values.profile(partner.id)
    lists = {part: profiles.rows_of(stands[part]) for part in profiles.LISTS}
    form = ProfileProposalForm(data=stands | lists)
    status = 200
    if not form.is_submitted():
        for part in profiles.LISTS:
            form.add_row(part)
    elif "add" in request.form:
        form.add_row(request.form["add"])
    else:
        if form.validate() and (done := _propose("profile", form)):
            return done
        status = 422
    return render(
        "portal/propose_profile.html",
        "portal/_propose_profile.html",
        status=status,
        partner=partner,
        form=form,
        lists=profiles.LISTS,
        most=profiles.MAX_ROWS,
    )


@blueprint.route("/organisation/people/new", methods=["GET", "POST"])
@requires("portal.submit")
def propose_person() -> Any:
    """Propose somebody new to be reached."""
    return _person_page(None)


@blueprint.route("/organisation/people/<int:contact_id>", methods=["GET", "POST"])
@requires("portal.submit")
def propose_person_change(contact_id: int) -> Any:
    """Propose changes of one of the own people."""
    return _person_page(_own_person(contact_id))


@blueprint.post("/organisation/people/<int:contact_id>/left")
@requires("portal.submit")
def propose_leaving(contact_id: int) -> Any:
    """Say that one of the own people has left."""
    person = _own_person(contact_id)
    form = LeftForm(prefix="left-")
    if form.validate() and (done := _propose("contact_left", form, person, {rules.LEFT: "yes"})):
        return done
    return _person_page(person, form)


@blueprint.get("/proposals/<int:proposal_id>")
@requires("portal.view")
def proposal(proposal_id: int) -> Any:
    """One proposal of the own side: what became of each field, and why."""
    return _proposal_page(proposal_id)


@blueprint.post("/proposals/<int:proposal_id>/withdraw")
@requires("portal.submit")
def withdraw_proposal(proposal_id: int) -> Any:
    """Take back what waits of a proposal."""
    queries.proposal_or_404(proposal_id, g.viewer)
    try:
        services.withdraw(proposal_id, by=g.viewer)
    except services.ProposalRefused as refusal:
        return _proposal_page(proposal_id, _(refusal.message, **refusal.params))
    return saved(_("Withdrawn."), url_for("portal.organisation"))


def _proposal_page(proposal_id: int, fault: str = "") -> Any:
    return render(
        "portal/proposal.html",
        status=422 if fault else 200,
        partner=own_partner(),
        proposal=queries.proposal_or_404(proposal_id, g.viewer),
        proposal_labels=proposal_labels,
        fault=fault,
    )


def _person_page(person: Contact | None, left: LeftForm | None = None) -> Any:
    stands = values.person_columns(values.person(person))
    given = {"data": stands | {"matters": stands["matters"].split()}}
    form = PersonProposalForm(formdata=None, **given) if left else PersonProposalForm(**given)
    status = 422 if left else 200
    if left is None and form.is_submitted():
        kind = "contact_changed" if person else "contact_added"
        if form.validate() and (done := _propose(kind, form, person)):
            return done
        status = 422
    return render(
        "portal/propose_person.html",
        status=status,
        partner=own_partner(),
        person=person,
        form=form,
        left=left or LeftForm(formdata=None, prefix="left-"),
    )


def _propose(
    kind: str, form: Any, person: Contact | None = None, wanted: dict[str, str] | None = None
) -> Any:
    """Send a proposal; None where it is refused, with the reason in the form."""
    try:
        services.propose(
            kind,
            wanted or form.values(),
            note=form.note.data or "",
            contact_id=person.id if person else None,
            by=g.viewer,
        )
    except services.ProposalRefused as refusal:
        form.form_errors.append(_(refusal.message, **refusal.params))
        return None
    words = _(
        "Thank you. %(organisation)s decides on it and you are told.",
        organisation=g.organisation.name,
    )
    return saved(words, url_for("portal.organisation", _anchor="proposals"))


def _own_person(contact_id: int) -> Contact:
    """One of the own people; else 404, and a trace of the attempt."""
    person = queries.contact_of(g.viewer.partner_id, contact_id)
    return person if person is not None else _refuse(f"contact:{contact_id}")


def _refuse(ref: str) -> NoReturn:
    with atomic():
        audit.record("access.refused", ref)
    abort(404)
