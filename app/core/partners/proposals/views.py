"""Proposals as staff have them: what waits, and each answered field by field."""

from typing import Any

from flask import abort, g, request, url_for
from flask_babel import gettext as _

from app.core.partners import queries as partners
from app.core.partners.proposals import labels, queries, services
from app.core.partners.proposals.forms import AnswerForm
from app.core.partners.proposals.queries import Shown
from app.core.partners.proposals.services import Decision
from app.core.partners.views import blueprint, page_context
from app.security import requires
from app.web import Page, page_number, render, saved

PER_PAGE = 20


@blueprint.get("/<int:partner_id>/proposals")
@requires("partners.view")
def proposals(partner_id: int) -> Any:
    """What the partner's contacts have proposed: what waits first, then what became of the rest."""
    partner = partners.get(partner_id, g.viewer)
    number = page_number()
    rows, total = queries.listing(g.viewer, partner.id, number, PER_PAGE)
    return render(
        "partners/proposals/index.html",
        **page_context(partner, "overview"),
        proposals=rows,
        proposal_labels=labels,
        page=Page(number, PER_PAGE, total),
    )


@blueprint.get("/<int:partner_id>/proposals/<int:proposal_id>")
@requires("partners.view")
def proposal(partner_id: int, proposal_id: int) -> Any:
    """One proposal: what stands beside what is proposed."""
    return _page(partner_id, _own(partner_id, proposal_id), {})


@blueprint.post("/<int:partner_id>/proposals/<int:proposal_id>")
@requires("partners.edit")
def decide(partner_id: int, proposal_id: int) -> Any:
    """Accept or decline fields; what is accepted stands from now on."""
    partners.editable(g.viewer, partner_id)
    found = _own(partner_id, proposal_id)
    forms = {field.id: AnswerForm(prefix=f"f{field.id}-") for field in _open(found)}
    everything = request.form.get("all") == "accept"
    if everything:
        for form in forms.values():
            form.answer.data = "accept"
    valid = [form.validate() for form in forms.values()]
    decisions = {
        id_: Decision(form.answer.data == "accept", form.reason.data or "", form.seen.data or "")
        for id_, form in forms.items()
        if form.answer.data in ("accept", "decline")
    }
    fault = ""
    if not all(valid):
        fault = _("Please check what you entered.")
    elif not decisions and forms:
        fault = _("Choose what becomes of at least one line.")
    else:
        try:
            services.decide(proposal_id, decisions, by=g.viewer)
        except services.ProposalRefused as refusal:
            fault = _(refusal.message, **refusal.params)
        else:
            where = url_for("partners.proposals", partner_id=partner_id)
            return saved(_("Answered; the partner is told."), where)
    return _page(partner_id, _own(partner_id, proposal_id), forms, fault)


def _own(partner_id: int, proposal_id: int) -> Shown:
    partners.get(partner_id, g.viewer)
    found = queries.proposal_or_404(proposal_id, g.viewer)
    if found.partner_id != partner_id:
        abort(404)
    return found


def _open(found: Shown) -> list[queries.Field]:
    return [field for field in found.fields if field.state == "open"]


def _page(partner_id: int, found: Shown, sent: dict[int, AnswerForm], fault: str = "") -> Any:
    context = page_context(partners.get(partner_id, g.viewer), "overview")
    forms = {}
    for field in _open(found):
        form = sent.get(field.id) or AnswerForm(formdata=None, prefix=f"f{field.id}-")
        # Whoever sends this page once more has seen what stands now.
        form.seen.raw_data, form.seen.data = None, field.seen
        forms[field.id] = form
    return render(
        "partners/proposals/show.html",
        status=422 if fault else 200,
        **context,
        proposal=found,
        proposal_labels=labels,
        forms=forms if context["may_edit"] else {},
        fault=fault,
    )
