"""The list of partners, a partner's pages, and the steps of a partnership."""

from typing import Any

from flask import Blueprint, current_app, g, request, url_for
from flask_babel import gettext as _
from peewee import IntegrityError

from app.core.accounts.queries import staff
from app.core.contract import PartnerRef
from app.core.form_fields import options
from app.core.kpis import queries as kpi_queries
from app.core.kpis.period_switch import period_argument, period_switch
from app.core.kpis.sparklines import of_scorecard
from app.core.partners import goal_queries, labels, queries, rules, services
from app.core.partners.forms import PartnerForm
from app.core.partners.models import STATUSES, TYPES, Partner
from app.core.partners.queries import Filters
from app.security import requires
from app.web import Page, page_number, render, same_page, saved

blueprint = Blueprint("partners", __name__, url_prefix="/partners")


def host() -> Any:
    """The plugin host of this application."""
    return current_app.extensions["entente"].host


def page_context(partner: Partner, tab: str) -> dict[str, Any]:
    """What the header and the tabs of every page about one partner show."""
    ref = PartnerRef(partner.id, partner.code, partner.name, partner.status)
    people = queries.contacts(partner.id)
    return {
        "partner": partner,
        "ref": ref,
        "tab": tab,
        "labels": labels,
        "people": people,
        "tags": queries.tags_of([partner.id]).get(partner.id, []),
        "badges": host().badges([ref], g.viewer).get(partner.id, []),
        "may_edit": queries.may_edit(g.viewer, partner),
    }


@blueprint.get("")
@requires("partners.view")
def index() -> Any:
    """The list: search as you type, filters, sort; one page at a time."""
    filters = _filters()
    period = period_argument(lambda: kpi_queries.latest_period_with_values(viewer=g.viewer))
    number = page_number()
    rows, total, capped = queries.listing(g.viewer, filters, period.key, number)
    return render(
        "partners/index.html",
        "partners/_list.html",
        rows=rows,
        filters=filters,
        period=period,
        labels=labels,
        # Looked up once for the page: each use of a lazy string would look it up again.
        words={key: str(word) for key, word in (labels.STATUSES | labels.TYPES).items()},
        statuses=STATUSES,
        counts=queries.status_counts(g.viewer),
        all_tags=queries.tags(g.viewer),
        tags=queries.tags_of([row.id for row in rows]),
        badges=host().badges([row.ref for row in rows], g.viewer) if rows else {},
        page=Page(number, queries.PER_PAGE, total, capped),
        link=_link,
    )


@blueprint.get("/<int:partner_id>")
@requires("partners.view")
def show(partner_id: int) -> Any:
    """One partner: how it is going, whom to reach, what the partnership rests on."""
    partner = queries.get(partner_id, g.viewer)
    context = page_context(partner, "overview")
    profile = queries.profile(partner.id)
    facts = queries.facts(partner, context["people"], profile)
    admin = g.viewer.can("partners.admin")
    steps = [
        (row, rules.unmet(row, facts))
        for row in (rules.possible(partner.status, admin=admin) if context["may_edit"] else ())
    ]
    calendar, today = g.organisation.calendar, g.organisation.today()
    period = period_argument(lambda: kpi_queries.latest_period_of(partner_id))
    scorecard = kpi_queries.scorecard(partner.id, period, calendar, today)
    return render(
        "partners/show.html",
        **context,
        profile=profile,
        review_overdue=rules.review_overdue(profile and profile.next_review, today),
        goals=goal_queries.goals(partner.id),
        steps=steps,
        team=queries.team(partner.id),
        matters=queries.coverage(context["people"]),
        period=period,
        switch=period_switch(period),
        scorecard=scorecard,
        sparklines=of_scorecard(scorecard, calendar, partner.currency),
        panels=host().panels("partner_panels", partner=context["ref"], viewer=g.viewer),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires("partners.edit")
def new() -> Any:
    """Add a partner; it begins as a prospect."""
    form = PartnerForm(currency=g.organisation.currency, owner=g.viewer.user_id)
    _offer_owners(form)
    if not form.is_submitted():
        return render("partners/edit.html", form=form, partner=None)
    if form.validate():
        try:
            partner = services.create(form.values(), form.tag_list(), g.viewer)
        except IntegrityError:
            form.code.errors = [_("Another partner has this code.")]
        else:
            return saved(
                _("%(name)s was added.", name=partner.name),
                url_for("partners.show", partner_id=partner.id),
            )
    return render("partners/edit.html", status=422, form=form, partner=None)


@blueprint.route("/<int:partner_id>/edit", methods=["GET", "POST"])
@requires("partners.edit")
def edit(partner_id: int) -> Any:
    """Change a partner's own facts."""
    partner = queries.editable(g.viewer, partner_id)
    tags = queries.tags_of([partner.id]).get(partner.id, [])
    form = PartnerForm(obj=partner, owner=partner.owner_id or 0, tags=", ".join(tags))
    _offer_owners(form)
    if not form.is_submitted():
        form.owner.data, form.tags.data = partner.owner_id or 0, ", ".join(tags)
        return render("partners/edit.html", form=form, partner=partner)
    stale = None
    if form.validate():
        try:
            services.change(partner, form.values(), form.tag_list(), form.version.data)
        except services.StaleEdit as refused:
            stale = refused.current
            form.version.data = stale.version
            form.form_errors.append(
                _("Somebody saved this partner while you were editing. Compare, then save again.")
            )
        except IntegrityError:
            form.code.errors = [_("Another partner has this code.")]
        else:
            return saved(_("Saved."), url_for("partners.show", partner_id=partner.id))
    return render("partners/edit.html", status=422, form=form, partner=partner, stale=stale)


def _filters() -> Filters:
    """What the address asks for; words that we do not know are left out."""
    sort = request.args.get("sort", "name")
    return Filters(
        q=request.args.get("q", "")[:100].strip(),
        statuses=tuple(s for s in request.args.getlist("status") if s in STATUSES),
        types=tuple(t for t in request.args.getlist("type") if t in TYPES),
        tag=request.args.get("tag", "")[:60],
        mine=request.args.get("mine") == "1",
        sort=sort if sort in queries.SORTS else "name",
    )


def _link(**changes: Any) -> str:
    """The list's address with some filters changed; None takes one away, the page starts anew."""
    return same_page(page=None, **changes)


def _offer_owners(form: PartnerForm) -> None:
    """Managers hand a partner to somebody; only administrators leave it to nobody.

    A partner without an owner would slip out of the manager's own hands.
    """
    owners = [(user.id, user.name) for user in staff()]
    present = form.owner.data or 0
    if not (g.viewer.role == "manager" and present):
        owners.insert(0, (0, _("Nobody yet")))
    form.owner.choices = options(owners)
