"""What a partner's contact and a guest mediator see: their own cases, on a phone first."""

from dataclasses import replace
from typing import Any

from flask import request, url_for

from app.api import render, requires, saved, translations, viewer
from plugins.conflicts import access, case_forms, drafts, exports, handling, queries, raising, words
from plugins.conflicts.blueprints import portal
from plugins.conflicts.services import Refused
from plugins.conflicts.views import kept, report_of

_ = translations("conflicts").gettext

HERE = "conflicts_portal"


@portal.get("")
@requires("conflicts.raise")
def index() -> Any:
    """The cases that a contact takes part in."""
    return render(
        "conflicts/portal.html",
        "conflicts/_portal.html",
        place=HERE,
        rows=queries.listing(viewer()),
        drafts=drafts.own(viewer()),
        words=words,
    )


@portal.route("/new", methods=["GET", "POST"])
@requires("conflicts.raise")
def new() -> Any:
    """Raise a case; whoever it is about may be left out."""
    form = case_forms.ReportForm()
    del form.respondents
    partner_id = viewer().partner_id or 0
    draft = drafts.asked_for(viewer(), partner_id)
    status = 200
    if drafts.KEEP in request.form:
        return kept(form, draft, partner_id) or render(
            "conflicts/portal_new.html", None, 422, form=form
        )
    if form.is_submitted():
        if form.validate():
            report = replace(report_of(form), draft=draft.id if draft else 0)
            try:
                case = raising.raise_case(partner_id, report, viewer())
            except Refused as refused:
                form.form_errors += [_(one.message, **one.params) for one in refused.reasons]
            else:
                return saved(
                    _("Thank you. The case is raised, and somebody will answer."),
                    url_for("conflicts_portal.case", case_id=case.id),
                )
        status = 422
    elif draft:
        drafts.fill(form, draft)
    return render("conflicts/portal_new.html", None, status, form=form)


@portal.post("/drafts/<int:draft_id>/discard")
@requires("conflicts.raise")
def discard(draft_id: int) -> Any:
    """Forget a draft of one's own."""
    drafts.discard(draft_id, viewer())
    return saved(_("The draft is discarded."), url_for("conflicts_portal.index"))


@portal.get("/<int:case_id>")
@requires("conflicts.portal")
def case(case_id: int) -> Any:
    """A case, as far as somebody may see it."""
    return handling.case_page(HERE, case_id)


@portal.post("/<int:case_id>/acts/<action>")
@requires("conflicts.portal")
def act(case_id: int, action: str) -> Any:
    """Take a step."""
    return handling.act(HERE, case_id, action)


@portal.post("/<int:case_id>/plan")
@requires("conflicts.portal")
def plan(case_id: int) -> Any:
    """Draw up the plan."""
    return handling.plan(HERE, case_id)


@portal.post("/<int:case_id>/notes")
@requires("conflicts.portal")
def note(case_id: int) -> Any:
    """Write a note."""
    return handling.note(HERE, case_id)


@portal.post("/<int:case_id>/people")
@requires("conflicts.portal")
def bring_in(case_id: int) -> Any:
    """Bring a colleague in."""
    access.seat_or_404(case_id)
    return handling.bring_in(HERE, case_id, request.form.get("person", type=int))


@portal.get("/<int:case_id>/settlement.pdf")
@requires("conflicts.portal")
def settlement(case_id: int) -> Any:
    """What was agreed, as a document for both sides."""
    return exports.settlement(case_id)


@portal.get("/<int:case_id>/export.json")
@requires("conflicts.portal")
def export(case_id: int) -> Any:
    """The case, as far as its reader may see it."""
    return exports.whole(case_id)
