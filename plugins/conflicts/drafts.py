"""Drafts: what somebody began to write before raising it, seen by its author alone."""

import json
from contextlib import suppress
from typing import Any

from flask import abort, request

from app.api import Refusal, Viewer, atomic, lock, now, settle_suggestion
from plugins.conflicts.case_forms import ReportForm
from plugins.conflicts.log import LONGEST
from plugins.conflicts.models import Draft

MOST = 20  # of one person: more would be found again by nobody
KEEP = "keep"  # the button that keeps a draft
_CHOICES = ("category", "severity", "respondents", "avoid_manager", "payout_period")


def own(who: Viewer, partner_id: int | None = None) -> list[Draft]:
    """Somebody's own drafts, the latest first."""
    rows = Draft.select().where(_mine(who)).order_by(Draft.at.desc(), Draft.id.desc())
    return list(rows.where(Draft.partner == partner_id) if partner_id is not None else rows)


def asked_for(who: Viewer, partner_id: int, suggestion: int = 0) -> Draft | None:
    """The draft that the address names, 404 where it is not this person's; else the one that began
    with the suggestion that it names."""
    number = request.args.get("draft", 0, type=int)
    if not 0 < number < 2**62:
        begun = own(who, partner_id) if suggestion else []
        return next((draft for draft in begun if draft.suggestion == suggestion), None)
    found = draft_or_404(number, who)
    if found.partner_id != partner_id:
        abort(404)
    return found


def draft_or_404(draft_id: int, who: Viewer) -> Draft:
    """One of somebody's own drafts."""
    found: Draft | None = Draft.get_or_none(Draft.id == draft_id, _mine(who))
    if found is None:
        abort(404)
    return found


def _mine(who: Viewer) -> Any:
    """Whoever looks through a contact's eyes has no account of theirs, and so no draft."""
    if not who.user_id:
        return Draft.id.is_null()
    mine = Draft.user == who.user_id
    return mine if who.is_staff else mine & (Draft.partner == who.partner_id)


def keep(
    draft: Draft | None, partner_id: int, form: ReportForm, who: Viewer, suggestion: int = 0
) -> int:
    """Keep what a form says, as far as it goes; returns the draft's number. Raises Refusal."""
    values = {
        "title": form.title.data or "",
        "text": (form.text.data or "")[:LONGEST],
        "aim": (form.aim.data or "")[:LONGEST],
        "choices": json.dumps({name: form[name].data for name in _CHOICES if name in form}),
        "at": now(),
    }
    with atomic():
        lock(f"conflicts-drafts:{who.user_id}")
        if draft is not None and Draft.update(**values).where(Draft.id == draft.id).execute():
            return int(draft.id)
        if Draft.select().where(_mine(who)).count() >= MOST:
            raise Refusal(
                "You have %(most)s drafts already: raise or discard one of them.", most=MOST
            )
        values["suggestion"] = suggestion or None
        return int(Draft.create(user=who.user_id, partner=partner_id, **values).id)


def fill(form: ReportForm, draft: Draft) -> None:
    """Show a draft in the form; whoever can no longer answer is left out."""
    form.title.data, form.text.data, form.aim.data = draft.title, draft.text, draft.aim
    for name, value in json.loads(draft.choices).items():
        if name not in form:
            continue
        if name == "respondents":
            value = [id_ for id_ in value or () if id_ in dict(form.respondents.choices)]
        form[name].data = value


def raised(draft_id: int, ref: str, by: Viewer) -> None:
    """The draft became a case: it is gone, and so the suggestion with which it began is answered,
    unless somebody has answered that meanwhile. In the caller's transaction."""
    draft = Draft.get_or_none(Draft.id == draft_id, _mine(by))
    if draft is None:
        return
    draft.delete_instance()
    if draft.suggestion:
        with suppress(Refusal):
            settle_suggestion(draft.suggestion, ref, by=by)


def discard(draft_id: int, who: Viewer) -> None:
    """Forget a draft of one's own; the suggestion with which it began goes on waiting."""
    with atomic():
        Draft.delete().where(Draft.id == draft_or_404(draft_id, who).id).execute()
