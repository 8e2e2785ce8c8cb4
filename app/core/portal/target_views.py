"""What a partner's contact decides about targets: accept, reject, undo what was done on behalf."""

from typing import Any, NoReturn

from flask import abort, g, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core import audit
from app.core.db import atomic
from app.core.kpis import queries, services
from app.core.kpis.forms import blame
from app.core.kpis.goals import shared_goal_words
from app.core.kpis.target_forms import AcceptForm, RejectForm, UndoForm
from app.core.partners import queries as partners
from app.core.portal.views import blueprint
from app.security import requires
from app.web import render, saved


@blueprint.get("/targets")
@requires("portal.view")
def targets() -> Any:
    """The proposals to the own partner, and what was accepted on its behalf lately."""
    return _page()


@blueprint.post("/targets")
@requires("portal.submit")
def accept_targets() -> Any:
    """Accept the chosen proposals: they count from now on."""
    _signatory()
    form = AcceptForm()
    if not form.validate():
        return _page(422, accept=form)
    _own(form.ids.data)
    try:
        count = services.accept_targets(form.ids.data, by=g.viewer)
    except services.KpiRefusal as refusal:
        blame(form, refusal)
        return _page(422, accept=form)
    message = ngettext("%(num)s target is accepted.", "%(num)s targets are accepted.", count)
    return saved(message, url_for("portal.targets"))


@blueprint.post("/targets/<int:revision_id>/reject")
@requires("portal.submit")
def reject_target(revision_id: int) -> Any:
    """Give one proposal back with what would have to change."""
    _signatory()
    _own([revision_id])
    form = RejectForm(prefix=f"reject-{revision_id}-")
    if form.validate():
        try:
            services.reject_target(revision_id, form.reason.data or "", by=g.viewer)
        except services.KpiRefusal as refusal:
            blame(form, refusal)
        else:
            return saved(_("Rejected; your reason is passed on."), url_for("portal.targets"))
    return _page(422, refused={revision_id: form})


@blueprint.post("/targets/<int:revision_id>/undo")
@requires("portal.submit")
def undo_target(revision_id: int) -> Any:
    """Undo what was accepted on the partner's behalf; what counted before counts again."""
    _signatory()
    _own([revision_id])
    form = UndoForm(prefix=f"undo-{revision_id}-")
    if form.validate():
        try:
            services.undo_acceptance(revision_id, form.reason.data or "", by=g.viewer)
        except services.KpiRefusal as refusal:
            blame(form, refusal)
        else:
            return saved(_("Undone. The target is a proposal again."), url_for("portal.targets"))
    return _page(422, refused={revision_id: form})


def _page(
    status: int = 200,
    *,
    accept: AcceptForm | None = None,
    refused: dict[int, Any] | None = None,
) -> Any:
    partner = partners.get(g.viewer.partner_id, g.viewer)
    proposed = queries.proposed_targets(g.viewer, partner.id)
    undoable = queries.undoable_targets(g.viewer, partner.id, g.organisation.today())
    forms: dict[int, Any] = {
        row.id: RejectForm(formdata=None, prefix=f"reject-{row.id}-") for row in proposed
    }
    forms |= {row.id: UndoForm(formdata=None, prefix=f"undo-{row.id}-") for row in undoable}
    forms |= {id_: form for id_, form in (refused or {}).items() if id_ in forms}
    stale = [form for id_, form in (refused or {}).items() if id_ not in forms]
    keys = {row.period for row in proposed}
    return render(
        "portal/targets.html",
        status=status,
        partner=partner,
        kpis=queries.definitions(active_only=False),
        proposed=proposed,
        undoable=undoable,
        pairs=queries.target_pairs(g.viewer, partner.id, keys),
        goals=shared_goal_words(g.viewer, partner.id),
        accept_form=accept or AcceptForm(formdata=None),
        forms=forms,
        stale=stale,
        open_forms=set(refused or ()),
    )


def _signatory() -> None:
    if not g.viewer.can_sign:
        abort(403)


def _own(revision_ids: list[int]) -> None:
    """404 for what is another partner's, and a trace of the attempt."""
    owners = queries.revision_owners(revision_ids)
    if any(owners.get(id_, (0,))[0] != g.viewer.partner_id for id_ in revision_ids):
        _refuse(revision_ids[0])


def _refuse(revision_id: int) -> NoReturn:
    with atomic():
        audit.record("access.refused", f"target:{revision_id}")
    abort(404)
