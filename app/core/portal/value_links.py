"""A link for figures: a contact reports what is missing from an e-mail, without an account."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask import g, redirect, request, url_for
from flask_babel import lazy_gettext

from app.core.contract import Effect, LinkPurpose, Viewer
from app.core.db import atomic
from app.core.kpis import queries as kpi_queries
from app.core.kpis import telling
from app.core.kpis.forms import ValueForm, value_form
from app.core.kpis.presentation import period_code
from app.core.kpis.reporting import kept_files, report
from app.core.links import services as links
from app.core.links.purposes import OpenLink
from app.core.partners import queries as partner_queries
from app.core.partners.models import Partner
from app.core.periods import Period
from app.core.portal import queries
from app.core.portal.rules import Owed
from app.web import render

PURPOSE = "portal.values"
MOST = 60  # figures of one link

Place = tuple[int, int]  # KPI id and period key


def missing(viewer: Viewer, partner: Partner) -> tuple[Owed, ...]:
    """What the partner's side has to report or to correct, the most urgent first."""
    today = g.organisation.today()
    return queries.duties(viewer, partner, g.organisation.calendar, today).ours[:MOST]


def send(
    partner: Partner, contact_id: int, figures: Iterable[Owed], message: str, *, by: Viewer
) -> None:
    """Mail a contact a link that opens the form for these figures. Raises LinkRefused."""
    payload = {"figures": [(item.kpi.id, item.period.key) for item in figures]}
    links.send_link(
        PURPOSE, f"partner:{partner.id}", contact_id, by=by, payload=payload, message=message
    )


def page(link: OpenLink) -> Any:
    """The figures that this link asks for, each with its form; what is filled in is sent."""
    partner = partner_queries.get(link.viewer.partner_id or 0, link.viewer)
    asked = [(int(kpi_id), int(key)) for kpi_id, key in link.payload.get("figures", ())]
    open_ = _open(link, partner, asked)
    forms = {place: _form(place, item) for place, item in open_.items()}
    if request.method == "GET":
        return _page(link, partner, asked, open_, forms)
    filled = {place: form for place, form in forms.items() if _is_filled(form)}
    sent, effects = _report(partner.id, filled)
    left = _open(link, partner, asked)
    if not left:
        with atomic():
            links.finish(link)
        return redirect(url_for("links.done"), 303)
    if filled and len(sent) == len(filled):
        return redirect(request.path, 303)
    forms = {place: form for place, form in forms.items() if place in left}
    status = 200 if effects else 422
    return _page(link, partner, asked, left, forms, status, effects=effects, nothing=not filled)


def _open(link: OpenLink, partner: Partner, asked: Sequence[Place]) -> dict[Place, Owed]:
    owed = {(item.kpi.id, item.period.key): item for item in missing(link.viewer, partner)}
    return {place: owed[place] for place in asked if place in owed}


def _form(place: Place, item: Owed) -> ValueForm:
    """The form of one figure, whose period is given."""
    form = value_form(item.kpi, prefix=f"f{place[0]}-{place[1]}-")
    form.period.data, form.period.process_errors = item.period, []
    form.period.raw_data = [period_code(item.period)]
    del form.approval
    return form


def _is_filled(form: ValueForm) -> bool:
    names = ("value", "num", "den", "note", "reason")
    typed = any((form[name].raw_data or [""])[0] for name in names if name in form)
    return typed or any(getattr(file, "filename", "") for file in form.evidence.data or ())


def _report(
    partner_id: int, forms: dict[Place, ValueForm]
) -> tuple[list[Place], dict[Place, list[Effect]]]:
    """Submit each figure by itself: what is wrong with one keeps no other back.

    Returns which were sent, and what corrections would change that have to be looked at first.
    """
    sent, effects = [], {}
    with atomic(), telling.together(g.viewer):
        for place, form in forms.items():
            done = report(form, partner_id, place[0])
            if done.effects:
                effects[place] = done.effects
            if done.revision_id is not None:
                sent.append(place)
    return sent, effects


def _page(
    link: OpenLink,
    partner: Partner,
    asked: Sequence[Place],
    open_: dict[Place, Owed],
    forms: dict[Place, ValueForm],
    status: int = 200,
    *,
    effects: dict[Place, list[Effect]] | None = None,
    nothing: bool = False,
) -> Any:
    definitions = kpi_queries.definitions()
    kept = {}
    for place, form in forms.items():
        history = (
            kpi_queries.value_history(link.viewer, partner.id, place[0])
            if open_[place].returned
            else ()
        )
        kept[place] = kept_files(form, history, period_code(open_[place].period))
    reported = [
        (definitions[kpi_id], Period.from_key(key))
        for kpi_id, key in asked
        if (kpi_id, key) not in open_ and kpi_id in definitions
    ]
    return render(
        "portal/value_link.html",
        status=status,
        partner=partner,
        open=open_,
        forms=forms,
        kept=kept,
        reported=reported,
        effects=effects or {},
        nothing=nothing,
        wrong=[form for form in forms.values() if form.errors],
    )


def purpose() -> LinkPurpose:
    """What this link is for, as administrators and contacts read it."""
    return LinkPurpose(
        key=PURPOSE,
        label=lazy_gettext("Report the figures"),
        invitation=lazy_gettext("some figures are missing from you. Please report them here."),
        view=page,
        permissions=("portal.submit",),
    )
