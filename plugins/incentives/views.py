"""What staff see: the ladder of a partner, the tiers of a period, badges."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from fractions import Fraction
from typing import Any

from flask import abort, flash, redirect, request, url_for

from app.api import (
    Attention,
    Badge,
    Column,
    Kind,
    Page,
    PartnerRef,
    Period,
    Refusal,
    TimelineEntry,
    Viewer,
    download_table,
    editable_partner,
    home_period,
    organisation,
    page_number,
    partner_or_404,
    period_argument,
    period_label,
    period_switch,
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
from plugins.incentives import links, notes, queries, questions, rules
from plugins.incentives.blueprints import staff
from plugins.incentives.models import Standing

_ = translations("incentives").gettext

STEPS_SHOWN = 6
TOLD_FOR = timedelta(days=14)  # a tier that was lost stays among what needs its owner
EVERYTHING = 100_000  # rows of one file
NOON = time(12)  # a period's last day, wherever on earth it is read
TONES = {"member": "neutral", "silver": "neutral", "gold": "accent"}


@staff.get("")
@requires("incentives.view")
def index() -> Any:
    """Every partner's tier in a period, the best first."""
    period = period_argument(home_period())
    tiers = queries.ladder()
    groups = [(tier.key, tier.name, tier.rank) for tier in reversed(tiers)]
    groups += [
        ("none", _("No tier yet"), queries.NO_TIER),
        ("undetermined", _("Undetermined"), queries.UNDETERMINED),
    ]
    ranks = {key: rank for key, _name, rank in groups}
    chosen = request.args.get("tier", "")
    rank = ranks.get(chosen)
    if kind := wanted_format():
        found = queries.listing(viewer(), period, rank, tiers, 1, EVERYTHING)
        return download_table(found, _columns(tiers), "tiers", kind)
    counts = queries.counts(viewer(), period, tiers)
    total = sum(counts.values()) if rank is None else counts.get(rank, 0)
    number = page_number()
    rows = queries.listing(viewer(), period, rank, tiers, number)
    return render(
        "incentives/index.html",
        "incentives/_list.html",
        period=period,
        switch=period_switch(period),
        rows=[(row, rules.place(tiers, row)) for row in rows],
        counts={key: counts.get(rank, 0) for key, rank in ranks.items()},
        groups=[(key, name) for key, name, _rank in groups],
        chosen=chosen if rank is not None else "",
        page=Page(number, queries.PER_PAGE, total),
        tones=TONES,
        marks=rules.marks(tiers),
    )


@staff.get("/partners/<int:partner_id>")
@requires("incentives.view")
def partner(partner_id: int) -> Any:
    """One partner's place on the ladder, and what is missing to the next tier."""
    return _partner_page(partner_or_404(partner_id), notes.NoteForm(formdata=None))


def _partner_page(found: PartnerRef, form: notes.NoteForm, status: int = 200) -> Any:
    period = period_argument(home_period())
    tiers = queries.ladder()
    written = notes.notes(found.id)
    standing = queries.standing(viewer(), found.id, period)
    asked = questions.question_of(found.id, period) if period else None
    task = f"task:{asked[0].id}" if asked else ""
    return render(
        "incentives/partner.html",
        "incentives/_partner.html",
        status=status,
        notes=written,
        authors=visible_refs([f"user:{note.by}" for note in written if note.by], viewer()),
        form=form,
        partner=found,
        period=period,
        asked=asked,
        task=visible_refs([task], viewer()).get(task),
        standing=standing,
        place=rules.place(tiers, standing),
        tiers=tiers,
        marks=rules.marks(tiers),
        contacts=reachable_contacts(found.id) if viewer().can("partners.edit") else [],
    )


@staff.post("/partners/<int:partner_id>/notes")
@requires("incentives.note")
def add_note(partner_id: int) -> Any:
    """Write a note beside the partner's tier."""
    found = editable_partner(partner_id)
    form = notes.NoteForm()
    if not form.validate():
        return _partner_page(found, form, 422)
    notes.add(found.id, form.text.data or "", viewer())
    return saved(_("Written down."), url_for("incentives.partner", partner_id=found.id))


@staff.post("/partners/<int:partner_id>/show")
@requires("partners.edit")
def show(partner_id: int) -> Any:
    """Mail a contact a link that shows the tier without an account."""
    found = editable_partner(partner_id)
    people = dict(reachable_contacts(found.id))
    chosen = request.form.get("contact", type=int)
    if chosen not in people:
        abort(404)
    back = url_for("incentives.partner", partner_id=found.id)
    try:
        send_link(links.PURPOSE, f"partner:{found.id}", chosen, by=viewer())
    except Refusal as refusal:
        flash(_(refusal.message, **refusal.params), "error")
        return redirect(back, 303)
    return saved(_("A link is on its way to %(name)s.", name=people[chosen]), back)


@staff.get("/summary")
@requires("incentives.view")
def summary() -> Any:
    """How many partners hold each tier in a period, and who changed since the one before."""
    period = period_argument(home_period())
    tiers = queries.ladder()
    before = _previous(period)
    steps, step_count = queries.steps(viewer(), period, before, tiers, STEPS_SHOWN)
    return render(
        "incentives/summary.html",
        "incentives/_summary.html",
        period=period,
        before=before,
        counts=queries.counts(viewer(), period, tiers),
        steps=steps,
        step_count=step_count,
        tiers=tiers,
    )


def _previous(period: Period) -> Period | None:
    try:
        return organisation().calendar.shift(period, -1)
    except Refusal:  # the first period of all
        return None


def badges(partners: Sequence[PartnerRef]) -> dict[int, Sequence[Badge]]:
    """The tier beside each partner's name, as of the home period; none where it is unknown."""
    period = home_period()
    if period is None:
        return {}
    tiers = queries.ladder()
    hint = _("Tier in %(period)s", period=period_label(period))
    found: dict[int, Sequence[Badge]] = {}
    for partner_id, standing in queries.standings([p.id for p in partners], period).items():
        tier = rules.place(tiers, standing).tier
        if tier:
            found[partner_id] = [Badge(tier.name, TONES[tier.key], hint)]
    return found


def timeline(partner: PartnerRef, before: datetime, limit: int) -> Sequence[TimelineEntry]:
    """The tiers that a partner reached and lost, each at the end of its period."""
    rows = queries.course(partner.id)
    entries = [
        _entry(partner, rows[change.at], change) for change in rules.changes(queries.ladder(), rows)
    ]
    return [entry for entry in reversed(entries) if entry.at < before][:limit]


def attention(who: Viewer, now: datetime) -> Sequence[Attention]:
    """The tiers that own partners lost in the last quarter, for a fortnight."""
    calendar = organisation().calendar
    period = calendar.shift(calendar.containing(organisation().today(), Kind.QUARTER), -1)
    before = calendar.shift(period, -1)
    tiers = queries.ladder()
    names = {0: _("No tier")} | {tier.rank: tier.name for tier in tiers}
    return [
        Attention(
            _(
                "%(partner)s fell from %(before)s",
                partner=row.partner_name,
                before=names[row.before],
            ),
            "incentives.partner",
            {"partner_id": row.partner_id, "period": calendar.label(period)},
            text=_("%(tier)s since %(period)s", tier=names[row.now], period=period_label(period)),
            label=_("See why"),
            tone="warning",
        )
        for row in queries.falls(who, period, before, tiers, now - TOLD_FOR)
    ]


def _entry(partner: PartnerRef, row: Standing, change: rules.Change) -> TimelineEntry:
    period = Period.from_key(row.period)
    calendar = organisation().calendar
    over = datetime.combine(calendar.end(period), NOON)
    name = change.now.name if change.now else _("No tier")
    reached, fallen = _("Tier reached: %(tier)s", tier=name), _("Tier now: %(tier)s", tier=name)
    return TimelineEntry(
        at=min(over, row.computed_at),
        title=reached if change.up else fallen,
        text=_("On the scorecard of %(period)s", period=period_label(period)),
        icon="award" if change.up else "trending-down",
        endpoint="incentives.partner",
        values={"partner_id": partner.id, "period": calendar.label(period)},
    )


def _columns(tiers: Sequence[rules.Tier]) -> list[Column]:
    """The list as a file; shares are fractions of 1."""

    def tier(row: queries.Row) -> str:
        held = rules.place(tiers, row).tier
        return held.name if held else ""

    return [
        Column(_("Code"), lambda row: row.partner_code),
        Column(_("Partner"), lambda row: row.partner_name),
        Column(_("Tier"), tier),
        Column(_("Scorecard"), lambda row: Fraction(row.score, rules.MILLION)),
        Column(_("Coverage"), lambda row: Fraction(row.coverage, rules.MILLION)),
        Column(_("Fully reported"), lambda row: row.decides),
    ]
