"""Interactions with a partner: the list, and writing them down."""

from typing import Any

from flask import g, request, url_for
from flask_babel import gettext as _

from app import tables
from app.core import clock
from app.core.partners import interaction_queries, labels, queries
from app.core.partners.compare import Versions, differing
from app.core.partners.interaction_forms import InteractionForm
from app.core.partners.interaction_queries import interaction_or_404
from app.core.partners.interaction_services import (
    add_interaction,
    change_interaction,
    remove_interaction,
)
from app.core.partners.models import Interaction
from app.core.partners.services import StaleEdit
from app.core.partners.views import blueprint, page_context
from app.security import requires
from app.web import Page, page_number, render, same_page, saved

EVERYTHING = 100_000  # rows of one file
_WORDS = {
    "channel": labels.CHANNELS,
    "direction": labels.DIRECTIONS,
    "matter": labels.MATTERS,
}


@blueprint.get("/<int:partner_id>/interactions")
@requires("partners.view")
def interactions(partner_id: int) -> Any:
    """When both sides spoke, the latest first, about one matter or any."""
    partner = queries.get(partner_id, g.viewer)
    matter = request.args.get("matter", "")
    matter = matter if matter in labels.MATTERS else ""
    if kind := tables.wanted():
        found = interaction_queries.every(partner.id, matter, EVERYTHING)
        return tables.download(found, _columns(), f"interactions-{partner.code}", kind)
    number = page_number()
    rows, total = interaction_queries.talks(partner.id, matter, number)
    return render(
        "partners/interactions.html",
        **page_context(partner, "interactions"),
        talks=rows,
        participants=interaction_queries.participants([row.id for row in rows]),
        matter=matter,
        page=Page(number, interaction_queries.PER_PAGE, total),
        link=lambda chosen: same_page(page=None, matter=chosen),
    )


@blueprint.route("/<int:partner_id>/interactions/new", methods=["GET", "POST"])
@blueprint.route("/<int:partner_id>/interactions/<int:interaction_id>", methods=["GET", "POST"])
@requires("partners.edit")
def interaction(partner_id: int, interaction_id: int | None = None) -> Any:
    """Write down that both sides spoke, or correct it."""
    partner = queries.editable(g.viewer, partner_id)
    talk = interaction_or_404(partner_id, interaction_id) if interaction_id else None
    taking_part = interaction_queries.participants([talk.id]).get(talk.id, []) if talk else []
    form = InteractionForm(obj=talk)
    people = {person.id: person for person in [*queries.contacts(partner.id), *taking_part]}
    form.offer(people.values(), partner.name, g.organisation.name)
    if not form.is_submitted():
        moment = talk.at if talk else clock.now()
        form.at.data = clock.local(moment, g.organisation.timezone)
        form.contacts.data = [person.id for person in taking_part]
        return _page(form, partner, talk)
    versions: list[Versions] = []
    if form.validate():
        values, contacts = form.values(g.organisation.timezone), form.contacts.data or []
        try:
            if talk is None:
                add_interaction(partner, values, contacts, g.viewer)
            else:
                change_interaction(talk, values, contacts, form.version.data)
        except StaleEdit as refused:
            if refused.current is None:
                interaction_or_404(partner_id, talk.id if talk else 0)
            versions = differing(form, refused.current, values, _WORDS)
            form.version.data = refused.current.version
            form.form_errors.append(
                _("Somebody saved this while you were editing. Compare, then save again.")
            )
        else:
            return saved(_("Saved."), url_for("partners.interactions", partner_id=partner.id))
    return _page(form, partner, talk, versions, 422)


@blueprint.post("/<int:partner_id>/interactions/<int:interaction_id>/remove")
@requires("partners.edit")
def remove(partner_id: int, interaction_id: int) -> Any:
    """Take an interaction out."""
    partner = queries.editable(g.viewer, partner_id)
    remove_interaction(interaction_or_404(partner_id, interaction_id))
    return saved(_("Removed."), url_for("partners.interactions", partner_id=partner.id))


def _columns() -> list[tables.Column]:
    """The list as a file."""
    zone = g.organisation.timezone
    coded = ((_("Channel"), "channel"), (_("Direction"), "direction"), (_("Matter"), "matter"))
    return [
        tables.Column(_("When"), lambda talk: clock.local(talk.at, zone).replace(tzinfo=None)),
        *(tables.Column(title, _word(name)) for title, name in coded),
        tables.Column(_("Others who took part"), lambda talk: talk.others),
        tables.Column(_("Summary"), lambda talk: talk.summary),
    ]


def _word(name: str) -> Any:
    return lambda talk: str(_WORDS[name].get(getattr(talk, name), ""))


def _page(
    form: InteractionForm,
    partner: Any,
    talk: Interaction | None,
    versions: list[Versions] | None = None,
    status: int = 200,
) -> Any:
    return render(
        "partners/interaction.html",
        status=status,
        form=form,
        partner=partner,
        talk=talk,
        versions=versions or [],
    )
