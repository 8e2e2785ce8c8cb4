"""The form by which either side raises a case: filled from a draft, kept as one, or sent."""

from dataclasses import replace
from typing import Any

from flask import request, url_for

from app.api import Refusal, saved, translations, viewer
from plugins.conflicts import drafts, raising
from plugins.conflicts.blueprints import place_of
from plugins.conflicts.case_forms import ReportForm
from plugins.conflicts.forms import blame
from plugins.conflicts.models import Case, Draft
from plugins.conflicts.raising import Report

_ = translations("conflicts").gettext


def answer(form: ReportForm, partner_id: int, done: str, suggestion: int = 0) -> Any:
    """What is answered to the form: where it leads, or None where a page is to be shown.

    The page shows what the draft says that the address names, or what is wrong with what was sent.
    `done` is what whoever raises a case is told, `suggestion` the one that the case answers.
    """
    who = viewer()
    if not form.is_submitted():
        if draft := drafts.asked_for(who, partner_id, suggestion):
            drafts.fill(form, draft)
        return None
    report = _report(form, suggestion)
    if case := raising.raised_already(report, who):
        return _raised(case, done)
    draft = drafts.asked_for(who, partner_id, suggestion)
    if drafts.KEEP in request.form:
        return _kept(form, draft, partner_id, suggestion)
    if not form.validate():
        return None
    report = replace(report, draft=draft.id if draft else 0)
    try:
        return _raised(raising.raise_case(partner_id, report, who), done)
    except Refusal as refusal:
        blame(form, refusal)
        return None


def _report(form: ReportForm, suggestion: int) -> Report:
    """What the form says."""
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
        once=form.once.data,
    )


def _raised(case: Case, done: str) -> Any:
    return saved(done, url_for(f"{place_of(viewer())}.case", case_id=case.id))


def _kept(form: ReportForm, draft: Draft | None, partner_id: int, suggestion: int) -> Any:
    """The answer to whoever keeps a draft, or None where the form says what is wrong."""
    form.loosen()
    if not form.validate():
        return None
    try:
        drafts.keep(draft, partner_id, form, viewer(), suggestion)
    except Refusal as refusal:
        blame(form, refusal)
        return None
    words = _("Kept as a draft, which nobody but you sees.")
    return saved(words, url_for(f"{place_of(viewer())}.index"))
