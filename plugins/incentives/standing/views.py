"""What staff see of tiers: who stands where, one partner's ladder, one decision."""

from typing import Any

from flask import abort, flash, redirect, request, url_for

from app.api import (
    Column,
    Page,
    PartnerRef,
    Refusal,
    download_table,
    editable_partner,
    organisation,
    page_number,
    partner_or_404,
    reachable_contacts,
    render,
    requires,
    saved,
    send_link,
    translations,
    viewer,
    visible_refs,
    wanted_format,
)
from plugins.incentives.blueprints import staff
from plugins.incentives.programmes.pages import refusal_words
from plugins.incentives.programmes.queries import Running, running
from plugins.incentives.standing import links, listing, notes, pages, queries, tenures, words
from plugins.incentives.standing.forms import AnswerForm, OverrideForm, ReasonForm
from plugins.incentives.standing.listing import Filters, Row
from plugins.incentives.standing.state import Phase

_ = translations("incentives").gettext

EVERYTHING = 100_000  # rows of one file
MOVES_SHOWN = 6
MOVES_OF = 92  # days: about a quarter


@staff.get("")
@requires("incentives.view")
def index() -> Any:
    """Who stands where, the highest tiers first."""
    found = running()
    chosen = _programme(found)
    filters = Filters(
        chosen.programme.id if chosen else None,
        _known(request.args.get("tier", ""), chosen),
        _state(request.args.get("state", "")),
    )
    sort = request.args.get("sort", "tier")
    ladder = [tier.key for tier in chosen.definition.tiers] if chosen else []
    names = {one.programme.id: one for one in found}
    if kind := wanted_format():
        rows = listing.one_page(viewer(), filters, ladder, sort, 1, EVERYTHING)
        return download_table(rows, _columns(names), "tiers", kind)
    tiers, states = listing.counts(viewer(), filters.programme)
    number = page_number()
    return render(
        "incentives/standing/index.html",
        "incentives/standing/_list.html",
        programmes=found,
        chosen=chosen,
        filters=filters,
        sort=sort if sort in listing.SORTS else "tier",
        sorts=_sorts(),
        rows=listing.one_page(viewer(), filters, ladder, sort, number),
        names=names,
        tier_counts=tiers,
        state_counts=states,
        phases=words.PHASES,
        tones=words.PHASE_TONES,
        page=Page(number, listing.PER_PAGE, listing.total(viewer(), filters)),
    )


@staff.get("/partners/<int:partner_id>")
@requires("incentives.view")
def partner(partner_id: int) -> Any:
    """One partner's ladder: what is met, what is missing, what is proposed and was decided."""
    return partner_page(partner_or_404(partner_id))


def partner_page(found: PartnerRef, status: int = 200, **forms: Any) -> Any:
    """The page of a partner; `forms` are those that came back with a fault, by their name."""
    own = pages.places(viewer(), found.id)
    written = notes.notes(found.id)
    decided_by = {f"user:{line.by}" for place in own for line, _said in place.decisions if line.by}
    authors = {f"user:{note.by}" for note in written if note.by}
    asked = {f"task:{place.question[0].id}" for place in own if place.question}
    return render(
        "incentives/standing/partner.html",
        "incentives/standing/_partner.html",
        status=status,
        partner=found,
        places=own,
        joinable=_joinable(own),
        notes=written,
        refs=visible_refs(decided_by | authors | asked, viewer()),
        editable=_editable(found),
        contacts=reachable_contacts(found.id) if viewer().can("partners.edit") else [],
        today=organisation().today(),
        **(_forms(own) | forms),
    )


def _forms(own: list[pages.Place]) -> dict[str, Any]:
    override = OverrideForm(formdata=None)
    override.tier.choices = tier_choices(own[0].programme) if own else []
    return {
        "note_form": notes.NoteForm(formdata=None),
        "reason_form": ReasonForm(formdata=None),
        "override_form": override,
        "faulty": 0,
        "fault": "",
    }


def tier_choices(programme: Running) -> list[tuple[str, str]]:
    """The tiers of a programme for a form, the highest first."""
    return [(tier.key, tier.name) for tier in reversed(programme.definition.tiers)]


@staff.get("/decisions/<int:evaluation_id>")
@requires("incentives.view")
def decision(evaluation_id: int) -> Any:
    """One decision: what it rested on, what came of it, what changed since."""
    return decision_page(evaluation_id)


def decision_page(evaluation_id: int, status: int = 200, form: Any = None) -> Any:
    """The page of a decision; `form` is the answer that came back with a fault."""
    told = pages.decision(viewer(), evaluation_id)
    people = {f"user:{told.row.by}"} if told.row.by else set()
    return render(
        "incentives/standing/decision.html",
        "incentives/standing/_decision.html",
        status=status,
        told=told,
        partner=told.enrolment.partner,
        refs=visible_refs(people, viewer()),
        form=form or AnswerForm(formdata=None),
        own=False,
    )


@staff.get("/summary")
@requires("incentives.view")
def summary() -> Any:
    """How many partners hold each tier, and who moved lately."""
    found = running()
    day = organisation().today()
    since = day.fromordinal(day.toordinal() - MOVES_OF)
    return render(
        "incentives/standing/summary.html",
        "incentives/standing/_summary.html",
        programmes=[(one, listing.counts(viewer(), one.programme.id)) for one in found],
        names={one.programme.id: one for one in found},
        moves=tenures.moves(viewer(), since, MOVES_SHOWN),
        since=since,
        tier_name=words.tier,
    )


@staff.post("/partners/<int:partner_id>/notes")
@requires("incentives.note")
def add_note(partner_id: int) -> Any:
    """Write a note beside the partner's tier."""
    found = editable_partner(partner_id)
    form = notes.NoteForm()
    if not form.validate():
        return partner_page(found, 422, note_form=form)
    notes.add(found.id, form.text.data or "", viewer())
    return saved(_("Written down."), url_for("incentives.partner", partner_id=found.id))


@staff.post("/partners/<int:partner_id>/show")
@requires("partners.edit")
def show(partner_id: int) -> Any:
    """Mail a contact a link that shows the tier without an account."""
    found = editable_partner(partner_id)
    known = dict(reachable_contacts(found.id))
    chosen = request.form.get("contact", type=int)
    if chosen not in known:
        abort(404)
    back = url_for("incentives.partner", partner_id=found.id)
    try:
        send_link(links.PURPOSE, f"partner:{found.id}", chosen, by=viewer())
    except Refusal as refusal:
        flash(refusal_words(refusal), "error")
        return redirect(back, 303)
    return saved(_("A link is on its way to %(name)s.", name=known[chosen]), back)


def _programme(found: list[Running]) -> Running | None:
    """The programme that the address names, else the only or first one."""
    wanted = request.args.get("programme", type=int)
    return next((one for one in found if one.programme.id == wanted), found[0] if found else None)


def _known(tier: str, chosen: Running | None) -> str:
    return tier if chosen and chosen.definition.tier(tier) else ""


def _state(state: str) -> str:
    return state if state == "waiting" or state in [phase.value for phase in Phase] else ""


def _sorts() -> dict[str, str]:
    return {
        "tier": _("Highest tier first"),
        "name": _("By name"),
        "since": _("Latest change first"),
        "review": _("Next review first"),
    }


def _joinable(own: list[pages.Place]) -> list[Running]:
    """The programmes that the partner could be enrolled in."""
    if not viewer().can("incentives.enrol"):
        return []
    inside = {place.programme.programme.id for place in own}
    return [one for one in running() if one.programme.id not in inside]


def _editable(found: PartnerRef) -> bool:
    """Whether the viewer decides about this partner."""
    if not viewer().can("incentives.enrol"):
        return False
    return bool(queries.is_own(viewer(), found.id))


def _columns(names: dict[int, Running]) -> list[Column]:
    """The list as a file."""

    def tier(row: Row, key: str) -> str:
        return words.tier(names[row.programme_id].definition, key) if key else ""

    return [
        Column(_("Code"), lambda row: row.partner_code),
        Column(_("Partner"), lambda row: row.partner_name),
        Column(_("Programme"), lambda row: names[row.programme_id].programme.name),
        Column(_("Tier"), lambda row: tier(row, row.held)),
        Column(_("State"), lambda row: str(words.PHASES[Phase(row.state)])),
        Column(_("Held since"), lambda row: row.since),
        Column(_("Next review"), lambda row: row.next_review),
        Column(_("Grace until"), lambda row: row.grace_until),
        Column(_("Proposed"), lambda row: tier(row, row.proposed_tier)),
    ]
