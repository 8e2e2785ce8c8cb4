"""The one address that links open, sending them, and what an administrator sees of them."""

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import refresh

from app.core.accounts.throttle import Throttled
from app.core.accounts.tokens import DeadLink
from app.core.db import atomic
from app.core.form_fields import options
from app.core.links import queries, services
from app.core.links.forms import RuleForm, SendForm
from app.core.partners import queries as partners
from app.core.partners.models import Contact
from app.core.partners.views import page_context
from app.core.portal import value_links
from app.core.refusals import Refusal
from app.security import confirm_identity, public, requires
from app.web import Page, page_number, render, saved

blueprint = Blueprint("links", __name__)
PER_PAGE = 50


@blueprint.route("/l/<token>", methods=["GET", "POST"])
@public("opened by the secret of a link that was mailed for one task")
def open_link(token: str) -> Any:
    """The one task that this link is for; nothing else opens with it.

    Whatever is wrong with a link, one and the same page says so.
    """
    try:
        link = services.opened(token, request.remote_addr or "")
        # For this request alone: no session begins, and no other page knows of it.
        g.viewer, g.through_link = link.viewer, True
        refresh()
        view = link.purpose.view or abort(404)
        if request.method != "POST":
            return view(link)
        services.count_sending(link)
        with atomic():
            services.hold(link)
            return view(link)
    except Throttled:
        return render("links/dead.html", status=429)
    except DeadLink:
        return render("links/dead.html", status=410)


@blueprint.get("/thank-you")
@public("thanks whoever has done what a link was for")
def done() -> Any:
    """Thank you; the link is no longer needed."""
    return render("links/done.html")


@blueprint.route("/partners/<int:partner_id>/links", methods=["GET", "POST"])
@requires("partners.edit")
def of_partner(partner_id: int) -> Any:
    """The links that a partner's contacts were sent, and the form to ask for missing figures."""
    partner = partners.editable(g.viewer, partner_id)
    missing = value_links.missing(g.viewer, partner)
    people = partners.contacts_with_address(partner_id)
    form = SendForm()
    form.contact.choices = options([(person.id, person.name) for person in people])
    status = 200
    if form.is_submitted():
        if form.validate() and missing:
            try:
                value_links.send(
                    partner, form.contact.data, missing, form.message.data or "", by=g.viewer
                )
            except Refusal as refusal:
                form.form_errors.append(_(refusal.message, **refusal.params))
            else:
                address = Contact.get_by_id(form.contact.data).email
                back = url_for("links.of_partner", partner_id=partner_id)
                return saved(_("A link is on its way to %(email)s.", email=address), back)
        status = 422
    number = page_number()
    rows, total = queries.listing(Contact.partner == partner_id, number, PER_PAGE)
    rule = queries.rule(value_links.PURPOSE)
    return render(
        "links/of_partner.html",
        status=status,
        **page_context(partner, "overview"),
        form=form,
        missing=missing,
        contacts=people,
        rule=rule,
        rows=rows,
        page=Page(number, PER_PAGE, total),
    )


@blueprint.post("/links/<int:link_id>/revoke")
@requires("partners.edit")
def revoke(link_id: int) -> Any:
    """End a link at once."""
    partner_id = queries.partner_of(link_id)
    if partner_id is None:
        abort(404)
    partners.editable(g.viewer, partner_id)
    back = url_for("links.of_partner", partner_id=partner_id)
    if not services.revoke(link_id):
        flash(_("This link had ended already."), "error")
        return redirect(back, 303)
    return saved(_("The link no longer opens anything."), back)


@blueprint.route("/settings/links", methods=["GET", "POST"])
@requires("settings.manage")
@confirm_identity()
def settings() -> Any:
    """What links are allowed for, how long they work, and which are open."""
    rules = queries.rules()
    forms = {rule.purpose.key: _rule_form(rule) for rule in rules}
    status = 200
    if request.method == "POST":
        rule = next((one for one in rules if one.purpose.key == request.form.get("purpose")), None)
        if rule is None:
            abort(404)
        form = forms[rule.purpose.key] = RuleForm(purpose=rule.purpose)
        if form.validate():
            days = (form.days.data if form.days else None) or rule.days
            services.set_rule(rule.purpose.key, allowed=form.allowed.data, days=days)
            return saved(_("Saved."), url_for("links.settings"))
        status = 422
    number = page_number()
    rows, total = queries.listing(True, number, PER_PAGE, open_only=True)
    return render(
        "links/settings.html",
        status=status,
        rules=rules,
        forms=forms,
        rows=rows,
        page=Page(number, PER_PAGE, total),
    )


def _rule_form(rule: queries.Rule) -> RuleForm:
    data = {"allowed": rule.allowed, "days": rule.days}
    return RuleForm(formdata=None, data=data, purpose=rule.purpose)
