"""What staff see: their cases, a case, patterns; and what administrators do for cases of others."""

from dataclasses import replace
from typing import Any

from flask import abort, request, url_for

from app.api import (
    Refusal,
    Suggestion,
    break_glass,
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
    exports,
    handling,
    log,
    mediation,
    patterns,
    queries,
    raising,
    suggestions,
    words,
)
from plugins.conflicts.blueprints import staff
from plugins.conflicts.doings import Failed
from plugins.conflicts.mediation import Proposal
from plugins.conflicts.models import Draft
from plugins.conflicts.raising import Report
from plugins.conflicts.services import Refused

_ = translations("conflicts").gettext

HERE = "conflicts"


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
    suggestion, draft = _suggestion(partner_id), drafts.asked_for(viewer(), partner_id)
    contacts = partner_contacts(partner_id)
    form = case_forms.ReportForm()
    del form.avoid_manager
    form.respondents.choices = options((row.id, row.name) for row in contacts)
    status = 200
    if drafts.KEEP in request.form:
        return kept(form, draft, partner_id) or render(
            "conflicts/new.html", None, 422, partner=found, form=form, contacts=contacts
        )
    if form.is_submitted():
        if form.validate():
            report = replace(
                report_of(form, suggestion.id if suggestion else 0), draft=draft.id if draft else 0
            )
            try:
                case = raising.raise_case(partner_id, report, viewer())
            except Refused as refused:
                form.form_errors += [_(one.message, **one.params) for one in refused.reasons]
            else:
                return saved(
                    _("The case is raised. The partner hears of it."),
                    url_for("conflicts.case", case_id=case.id),
                )
        status = 422
    else:
        form.respondents.data = [row.id for row in contacts[:1]]
        if draft:
            drafts.fill(form, draft)
        elif suggestion:
            form.title.data, form.text.data = suggestion.title, suggestion.text
    return render("conflicts/new.html", None, status, partner=found, form=form, contacts=contacts)


def kept(form: case_forms.ReportForm, draft: Draft | None, partner_id: int) -> Any:
    """The answer to whoever keeps a draft, or None where the form says what is wrong."""
    form.loosen()
    if not form.validate():
        return None
    try:
        drafts.keep(draft, partner_id, form, viewer())
    except Refusal as refusal:
        form.form_errors.append(_(refusal.message, **refusal.params))
        return None
    place = "conflicts" if viewer().is_staff else "conflicts_portal"
    return saved(_("Kept as a draft, which nobody but you sees."), url_for(f"{place}.index"))


@staff.post("/drafts/<int:draft_id>/discard")
@requires("conflicts.act")
def discard(draft_id: int) -> Any:
    """Forget a draft of one's own."""
    drafts.discard(draft_id, viewer())
    return saved(_("The draft is discarded."), url_for("conflicts.index"))


def _suggestion(partner_id: int) -> Suggestion | None:
    """The suggestion that the address names: it is accepted once the case is raised."""
    number = request.args.get("suggestion", 0, type=int)
    if not 0 < number < 2**62:
        return None
    found = suggestion_or_404(number, viewer())
    if found.kind != suggestions.KIND or found.partner_id != partner_id:
        abort(404)
    return found


def report_of(form: case_forms.ReportForm, suggestion: int = 0) -> Report:
    """What a form says."""
    return Report(
        title=form.title.data or "",
        text=form.text.data or "",
        aim=form.aim.data or "",
        category=form.category.data,
        severity=form.severity.data,
        respondents=tuple(form.respondents.data or ()) if "respondents" in form else (),
        avoid_manager=bool(form.avoid_manager.data) if "avoid_manager" in form else False,
        payout_period=form.payout_period.data or "",
        suggestion=suggestion,
    )


@staff.get("/<int:case_id>")
@requires("conflicts.act")
def case(case_id: int) -> Any:
    """A case, as far as somebody may see it."""
    return handling.case_page(HERE, case_id)


@staff.post("/<int:case_id>/acts/<action>")
@requires("conflicts.act")
def act(case_id: int, action: str) -> Any:
    """Take a step."""
    return handling.act(HERE, case_id, action)


@staff.post("/<int:case_id>/plan")
@requires("conflicts.act")
def plan(case_id: int) -> Any:
    """Draw up the plan."""
    return handling.plan(HERE, case_id)


@staff.post("/<int:case_id>/notes")
@requires("conflicts.act")
def note(case_id: int) -> Any:
    """Write a note."""
    return handling.note(HERE, case_id)


@staff.post("/<int:case_id>/people")
@requires("conflicts.act")
def bring_in(case_id: int) -> Any:
    """Bring a colleague in."""
    access.seat_or_404(case_id)
    return handling.bring_in(HERE, case_id, request.form.get("person", type=int))


@staff.post("/<int:case_id>/link")
@requires("conflicts.act")
def ask_by_link(case_id: int) -> Any:
    """Mail somebody of the partner's a link for one statement."""
    access.seat_or_404(case_id)
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
        except Refused as refused:
            form.form_errors += [_(one.message, **one.params) for one in refused.reasons]
        except Refusal as refusal:
            form.form_errors.append(_(refusal.message, **refusal.params))
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
    if seat.full or seat.viewer.user_id == seat.case.avoided:
        abort(404)
    form = case_forms.BreakGlassForm()
    if not form.validate():
        return handling.case_page(HERE, case_id, Failed(glass=form))
    break_glass(log.ref_of(case_id), form.reason.data or "", by=viewer())
    return saved(
        _("You see the case for an hour. Both sides are shown that you looked, and why."),
        url_for("conflicts.case", case_id=case_id),
    )


@staff.get("/<int:case_id>/settlement.pdf")
@requires("conflicts.act")
def settlement(case_id: int) -> Any:
    """What was agreed, as a document for both sides."""
    return exports.settlement(case_id)


@staff.get("/<int:case_id>/export.json")
@requires("conflicts.act")
def export(case_id: int) -> Any:
    """The case, as far as its reader may see it."""
    return exports.whole(case_id)
