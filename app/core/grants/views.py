"""What guests see, and asking them in to a partnership."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, g, redirect, url_for
from flask_babel import gettext as _

from app.core import refs
from app.core.grants import queries, services
from app.core.grants.forms import GuestForm
from app.core.kpis import queries as kpi_queries
from app.core.kpis.period_switch import period_argument, period_switch
from app.core.partners import queries as partners
from app.core.partners.views import page_context
from app.core.refusals import Refusal
from app.security import requires
from app.web import render, saved

blueprint = Blueprint("grants", __name__)


@blueprint.get("/guest")
@requires("guest.view")
def index() -> Any:
    """What is open to this guest; the one object itself where there is just one."""
    others = [ref for ref in queries.granted_to(g.viewer) if not ref.startswith("partner:")]
    links = refs.visible(others, g.viewer)
    return render(
        "grants/guest.html",
        partners=queries.granted_partners(g.viewer),
        links=[links[ref] for ref in others if ref in links and links[ref].url],
    )


@blueprint.get("/guest/partners/<int:partner_id>")
@requires("guest.view")
def partner(partner_id: int) -> Any:
    """The scorecards of the partnership that a guest was asked in to, to read."""
    found = queries.granted_partner(g.viewer, partner_id)
    if found is None:
        partners.refuse(partner_id)
    calendar, today = g.organisation.calendar, g.organisation.today()
    period = period_argument(lambda: kpi_queries.latest_period_of(partner_id))
    return render(
        "grants/partner.html",
        partner=found,
        period=period,
        switch=period_switch(period),
        view=kpi_queries.scorecard(partner_id, period, calendar, today),
    )


@blueprint.route("/partners/<int:partner_id>/guests", methods=["GET", "POST"])
@requires("partners.edit")
def of_partner(partner_id: int) -> Any:
    """The guests of a partnership, and the form to ask one in."""
    found = partners.editable(g.viewer, partner_id)
    form, status = GuestForm(), 200
    if form.is_submitted():
        if form.validate():
            try:
                services.invite_guest(
                    form.name.data or "",
                    form.email.data or "",
                    f"partner:{partner_id}",
                    _end_of(form),
                    by=g.viewer,
                    reason=form.reason.data or "",
                )
            except Refusal as refusal:
                form.form_errors.append(_(refusal.message, **refusal.params))
            else:
                words = _("%(name)s is asked in as a guest.", name=form.name.data)
                return saved(words, url_for("grants.of_partner", partner_id=partner_id))
        status = 422
    elif form.until.data is None:
        form.until.data = g.organisation.today() + timedelta(days=30)
    rows = queries.grants_of(f"partner:{partner_id}")
    return render(
        "grants/of_partner.html",
        status=status,
        **page_context(found, "overview"),
        form=form,
        rows=rows,
        states={row.id: queries.state(row) for row in rows},
    )


@blueprint.post("/partners/<int:partner_id>/guests/<int:grant_id>/revoke")
@requires("partners.edit")
def revoke(partner_id: int, grant_id: int) -> Any:
    """Close the partnership to a guest again."""
    partners.editable(g.viewer, partner_id)
    found = queries.by_id(grant_id, f"partner:{partner_id}")
    if found is None or found.kind != "guest":
        abort(404)
    back = url_for("grants.of_partner", partner_id=partner_id)
    if not services.revoke(found):
        flash(_("This had ended already."), "error")
        return redirect(back, 303)
    return saved(_("%(name)s no longer sees this partnership.", name=found.name), back)


def _end_of(form: GuestForm) -> datetime:
    """The end of the chosen day where the organisation is, in naive UTC."""
    local = datetime.combine(form.until.data, time(23, 59, 59), ZoneInfo(g.organisation.timezone))
    return local.astimezone(UTC).replace(tzinfo=None)
