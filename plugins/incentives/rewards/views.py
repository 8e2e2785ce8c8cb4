"""What staff see of recognitions: the wall with drafts on top, each one, its certificate."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from flask import abort, redirect, request, url_for
from flask_babel import format_date

from app.api import (
    Page,
    PartnerRef,
    blame,
    editable_partner,
    organisation,
    page_number,
    partner_or_404,
    render,
    requires,
    row_id,
    saved,
    translations,
    viewer,
    visible_refs,
)
from plugins.incentives.blueprints import staff
from plugins.incentives.rewards import certificate as paper
from plugins.incentives.rewards import queries, recognising, words
from plugins.incentives.rewards.forms import FIELDS, ReasonForm, RecognitionForm
from plugins.incentives.rewards.models import Recognition
from plugins.incentives.rewards.refusals import RewardRefusal, StaleRecognition

_ = translations("incentives").gettext

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
PANEL_ROWS = 4


@staff.get("/recognitions")
@requires("incentives.view")
def recognitions() -> Any:
    """The wall: what was published, the latest first; drafts to decide on stand on top."""
    first, last = _chosen_month()
    partner = _chosen_partner()
    number = page_number()
    rows, total = queries.wall(
        viewer(), number, first=first, last=last, partner_id=partner.id if partner else None
    )
    decides = viewer().can("incentives.recognise")
    drafts, draft_count = queries.drafts(viewer()) if decides else ([], 0)
    shown = {row.partner_id for row in (*rows, *drafts)}
    return render(
        "incentives/rewards/wall.html",
        "incentives/rewards/_wall.html",
        groups=_by_month(rows),
        drafts=drafts,
        draft_count=draft_count,
        tiers=queries.tiers_now(shown),
        months=[
            (f"{year:04d}-{month:02d}", format_date(date(year, month, 1), "MMMM y"), count)
            for year, month, count in queries.months(viewer())
        ],
        chosen=f"{first:%Y-%m}" if first else "",
        partner=partner,
        page=Page(number, queries.PER_PAGE, total),
        today=organisation().today(),
        words=words,
    )


def _by_month(rows: Sequence[Recognition]) -> list[tuple[str, list[Recognition]]]:
    """Recognitions under the name of their month, in the order that they have."""
    this = organisation().today().replace(day=1)
    found = []
    for first, group in groupby(rows, lambda row: row.day.replace(day=1)):
        found.append((_("This month") if first == this else format_date(first, "MMMM y"), [*group]))
    return found


def _chosen_month() -> tuple[date, date] | tuple[None, None]:
    """The month of the address, by its first and last day; what is no month chooses none."""
    found = _MONTH.fullmatch(request.args.get("month", ""))
    if found is None or int(found[1]) < 1:
        return None, None
    first = date(int(found[1]), int(found[2]), 1)
    if (first.year, first.month) == (9999, 12):
        return None, None
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _chosen_partner() -> PartnerRef | None:
    id_ = row_id(request.args.get("partner"))
    return partner_or_404(id_) if id_ is not None else None


@staff.get("/recognitions/partners/<int:partner_id>")
@requires("incentives.view")
def partner_recognitions(partner_id: int) -> Any:
    """What one partner was recognised for lately, and what it is owed."""
    found = partner_or_404(partner_id)
    rows, total = queries.wall(viewer(), 1, partner_id=found.id)
    owed, owed_count = queries.benefits(viewer(), "granted", found.id, size=PANEL_ROWS)
    return render(
        "incentives/rewards/partner.html",
        "incentives/rewards/_partner.html",
        partner=found,
        rows=rows[:PANEL_ROWS],
        total=total,
        owed=owed,
        owed_count=owed_count,
        badges=queries.badges([found.id]).get(found.id, []),
        words=words,
    )


@staff.route("/recognitions/partners/<int:partner_id>/new", methods=["GET", "POST"])
@requires("incentives.recognise")
def new_recognition(partner_id: int) -> Any:
    """Draft a recognition of a partner by hand."""
    partner = editable_partner(partner_id)
    form = RecognitionForm(data={"day": organisation().today(), "kind": "other"})
    if form.validate_on_submit():
        made = recognising.write(partner.id, form.values(), by=viewer())
        url = url_for("incentives.recognition", recognition_id=made)
        return saved(_("The draft is kept. Nobody else reads it until you publish it."), url)
    return _form_page(form, partner, None, 422 if form.is_submitted() else 200)


@staff.get("/recognitions/<int:recognition_id>")
@requires("incentives.view")
def recognition(recognition_id: int) -> Any:
    """A recognition: what it says, who reads it, and what can be done with it."""
    return _page(queries.recognition_or_404(recognition_id, viewer()), ReasonForm(formdata=None))


@staff.route("/recognitions/<int:recognition_id>/edit", methods=["GET", "POST"])
@requires("incentives.recognise")
def edit_recognition(recognition_id: int) -> Any:
    """Change a draft."""
    row = _decidable(recognition_id)
    partner = editable_partner(row.partner_id)
    url = url_for("incentives.recognition", recognition_id=row.id)
    if row.state != "draft":
        return redirect(url, 303)
    form = RecognitionForm(obj=row)
    versions: list[dict[str, str]] = []
    if form.validate_on_submit():
        try:
            recognising.save(row, form.values(), version=form.version.data, by=viewer())
        except StaleRecognition as refused:
            versions = _differing(form, refused.current)
            form.version.data = refused.current.version
            form.form_errors.append(_(refused.message))
        except RewardRefusal as refused:
            blame(form, refused)
        else:
            return saved(_("Saved."), url)
    return _form_page(form, partner, row, 422 if form.is_submitted() else 200, versions)


@staff.post("/recognitions/<int:recognition_id>/publish")
@requires("incentives.recognise")
def publish_recognition(recognition_id: int) -> Any:
    """Show a recognition to those whom it is for."""
    row = _decidable(recognition_id)
    form = ReasonForm()
    try:
        recognising.publish(row, version=form.version.data, by=viewer())
    except RewardRefusal as refused:
        blame(form, refused)
        return _page(row, form, 422)
    return saved(
        _("Published. %(partner)s is told.", partner=row.partner.name),
        url_for("incentives.recognition", recognition_id=row.id),
    )


@staff.post("/recognitions/<int:recognition_id>/withdraw")
@requires("incentives.recognise")
def withdraw_recognition(recognition_id: int) -> Any:
    """Dismiss a draft, or take back what was published."""
    row = _decidable(recognition_id)
    was_draft = row.state == "draft"
    form = ReasonForm()
    if not form.validate():
        return _page(row, form, 422)
    try:
        version = form.version.data
        recognising.withdraw(row, form.reason.data or "", version=version, by=viewer())
    except RewardRefusal as refused:
        blame(form, refused)
        return _page(row, form, 422)
    words_ = _("Dismissed. It is not suggested again.") if was_draft else _("Taken back.")
    return saved(words_, url_for("incentives.recognitions"))


@staff.get("/recognitions/<int:recognition_id>/certificate.pdf")
@requires("incentives.view")
def certificate(recognition_id: int) -> Any:
    """The certificate; of a draft, as a preview that says so."""
    row = queries.recognition_or_404(recognition_id, viewer())
    if row.state == "withdrawn":
        abort(404)
    return paper.answer(row, preview=row.state == "draft")


def _decidable(recognition_id: int) -> Recognition:
    """A recognition of a partner that the viewer may change: 404 unseen, 403 otherwise."""
    row = queries.recognition_or_404(recognition_id, viewer())
    editable_partner(row.partner_id)
    return row


def _page(row: Recognition, form: ReasonForm, status: int = 200) -> Any:
    current = Recognition.get_by_id(row.id)
    people = [f"user:{id_}" for id_ in (row.created_by, row.published_by) if id_]
    decides = viewer().can("incentives.recognise") and queries.is_mine(row.partner_id, viewer())
    return render(
        "incentives/rewards/recognition.html",
        status=status,
        row=row,
        version=current.version,
        form=form,
        decides=decides,
        names=visible_refs([*people, *([row.ref] if row.ref else [])], viewer()),
        tier=queries.tiers_now([row.partner_id]).get(row.partner_id),
        today=organisation().today(),
        words=words,
    )


def _form_page(
    form: RecognitionForm,
    partner: PartnerRef,
    row: Recognition | None,
    status: int,
    versions: list[dict[str, str]] | None = None,
) -> Any:
    return render(
        "incentives/rewards/edit.html",
        status=status,
        form=form,
        partner=partner,
        row=row,
        versions=versions or [],
    )


def _differing(form: RecognitionForm, current: Recognition) -> list[dict[str, str]]:
    """What was saved beside what was typed, for the fields that differ."""
    labels: dict[str, Any] = {"kind": words.KINDS, "audience": words.AUDIENCES}
    typed = form.values()

    def said(name: str, value: Any) -> str:
        return str(labels.get(name, {}).get(value, value))

    return [
        {
            "label": str(form[name].label.text),
            "theirs": said(name, getattr(current, name)),
            "yours": said(name, typed[name]),
        }
        for name in FIELDS
        if getattr(current, name) != typed[name]
    ]
