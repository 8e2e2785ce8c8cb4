"""What staff see: their cases, a case, patterns; and what administrators do for cases of others."""

from typing import Any

from flask import abort, request, url_for

from app.api import (
    Refusal,
    Suggestion,
    confirm_identity,
    editable_partner,
    options,
    partner_contacts,
    partner_or_404,
    render,
    requires,
    saved,
    suggestion_or_404,
    translations,
    viewer,
)
from plugins.conflicts import (
    access,
    case_forms,
    doings,
    drafts,
    handling,
    mediation,
    patterns,
    queries,
    raising,
    reporting,
    suggestions,
    words,
)
from plugins.conflicts import glass as looking
from plugins.conflicts.blueprints import staff
from plugins.conflicts.doings import Failed
from plugins.conflicts.forms import blame
from plugins.conflicts.mediation import Proposal

_ = translations("conflicts").gettext

HERE = staff.name


@staff.get("")
@requires("conflicts.view")
def index() -> Any:
    """The cases that somebody takes part in; administrators see the others by their number."""
    return render(
        "conflicts/index.html",
        "conflicts/_list.html",
        place=HERE,
        rows=queries.listing(viewer()),
        drafts=drafts.own(viewer()),
        words=words,
    )


@staff.get("/patterns")
@requires("conflicts.view")
def pattern_page() -> Any:
    """What closed cases tell together; nothing that could be somebody's."""
    return render("conflicts/patterns.html", "conflicts/_patterns.html", **patterns.context())


@staff.get("/partners/<int:partner_id>")
@requires("conflicts.view")
def partner(partner_id: int) -> Any:
    """The cases with one partner that somebody takes part in."""
    found = partner_or_404(partner_id)
    return render(
        "conflicts/partner.html",
        "conflicts/_partner.html",
        partner=found,
        place=HERE,
        rows=[row for row in queries.listing(viewer(), partner_id) if row.full],
        drafts=drafts.own(viewer(), partner_id),
        words=words,
    )


@staff.route("/partners/<int:partner_id>/new", methods=["GET", "POST"])
@requires("conflicts.act")
def new(partner_id: int) -> Any:
    """Raise a case with a partner."""
    found = editable_partner(partner_id)
    suggestion = _suggestion(partner_id)
    contacts = partner_contacts(partner_id)
    form = case_forms.ReportForm()
    del form.avoid_manager
    form.respondents.choices = options((row.id, row.name) for row in contacts)
    if not form.is_submitted():
        form.respondents.data = [row.id for row in contacts[:1]]
        if suggestion:
            form.title.data, form.text.data = suggestion.title, suggestion.text
    done = _("The case is raised. The partner hears of it.")
    return reporting.answer(form, partner_id, done, suggestion.id if suggestion else 0) or render(
        "conflicts/new.html",
        None,
        422 if form.is_submitted() else 200,
        partner=found,
        form=form,
        contacts=contacts,
    )


def _suggestion(partner_id: int) -> Suggestion | None:
    """The suggestion that the address names: it is accepted once the case is raised."""
    number = request.args.get("suggestion", 0, type=int)
    if not 0 < number < 2**62:
        return None
    found = suggestion_or_404(number, viewer())
    if found.kind != suggestions.KIND or found.partner_id != partner_id:
        abort(404)
    return found


@staff.post("/<int:case_id>/link")
@requires("conflicts.act")
def ask_by_link(case_id: int) -> Any:
    """Mail somebody of the partner's a link for one statement."""
    person = request.form.get("person", 0, type=int)
    return handling.told(
        HERE,
        case_id,
        lambda: _(
            "A link is on its way to %(name)s.",
            name=raising.ask_by_link(case_id, viewer(), min(person, 2**62)),
        ),
    )


@staff.post("/<int:case_id>/mediator")
@requires("conflicts.appoint")
def propose_mediator(case_id: int) -> Any:
    """Propose a mediator; whoever is not neutral is refused, with the reason."""
    access.seat_or_404(case_id)
    form = doings.mediator_form(sent=True)
    if form.validate():
        said = Proposal(
            user_id=form.internal.data or None,
            name=form.name.data or "",
            email=form.email.data or "",
            organisation=form.organisation.data or "",
            until=form.until.data,
        )
        try:
            mediation.propose(case_id, viewer(), said)
        except Refusal as refusal:
            blame(form, refusal)
        else:
            words = _("Proposed. Both sides consent or turn the mediator down.")
            return saved(words, url_for("conflicts.case", case_id=case_id))
    return handling.case_page(HERE, case_id, Failed(mediator=form))


@staff.post("/<int:case_id>/glass")
@requires("conflicts.appoint")
@confirm_identity()
def glass(case_id: int) -> Any:
    """Look at what both sides see, for an hour, on record and told to both."""
    seat = access.seat_or_404(case_id)
    if not seat.may_look:
        abort(404)
    form = case_forms.BreakGlassForm()
    if not form.validate():
        return handling.case_page(HERE, case_id, Failed(glass=form))
    looking.look(case_id, viewer(), form.reason.data or "")
    return saved(
        _("You see the case for an hour. Both sides are told that you looked, and why."),
        url_for("conflicts.case", case_id=case_id),
    )
