"""Changing many partners: choose what, see what will change, confirm, undo."""

import json
from collections.abc import Callable
from typing import Any

from flask import abort, g, request, url_for
from flask_babel import gettext as _

from app.core.accounts.queries import staff
from app.core.kpis import queries as kpi_queries
from app.core.kpis.period_switch import period_argument
from app.core.partners import labels, rules
from app.core.partners.bulk import services
from app.core.partners.bulk.changes import TAG
from app.core.partners.bulk.services import BulkRefusal, Plan
from app.core.partners.fields import queries as field_queries
from app.core.partners.fields.labels import value_text
from app.core.partners.fields.rules import COLUMN, parse
from app.core.partners.list_models import BulkChange
from app.core.partners.lists import queries as list_queries
from app.core.partners.lists.filters import from_args
from app.core.partners.models import TYPES
from app.core.partners.queries import tags
from app.core.partners.views import blueprint
from app.security import requires
from app.web import render, saved

MOST_SHOWN = 100


@blueprint.get("/bulk")
@requires("partners.edit")
def bulk() -> Any:
    """Choose what changes for the selected partners, then see what will."""
    ids, more = _selection()
    action, value = _asked(request.args)
    if not action:
        return _choose(ids, more)
    try:
        plan = services.plan(g.viewer, ids, action, value)
    except BulkRefusal as refusal:
        return _choose(ids, more, _said(refusal), 422)
    return _preview(plan, ids)


@blueprint.post("/bulk")
@requires("partners.edit")
def apply_bulk() -> Any:
    """Change all of the partners that were shown, or none."""
    ids = _ids(request.form.getlist("id"))
    action, value = request.form.get("action", ""), request.form.get("value", "")
    try:
        row = services.apply(g.viewer, ids, action, value, request.form.get("reason", "")[:1000])
    except BulkRefusal as refusal:
        try:
            plan = services.plan(g.viewer, ids, action, value)
        except BulkRefusal:
            return _choose(ids, False, _said(refusal), 422)
        return _preview(plan, ids, _said(refusal), 422)
    return saved(_("The partners were changed."), url_for("partners.bulk_done", bulk_id=row.id))


@blueprint.get("/bulk/<int:bulk_id>")
@requires("partners.edit")
def bulk_done(bulk_id: int) -> Any:
    """What was changed, and the way back."""
    row = _own(bulk_id)
    rows = json.loads(row.rows)
    return render(
        "partners/bulk/done.html",
        change=row,
        count=len(rows),
        property=_property_label(row.action),
        may_undo=services.may_undo(g.viewer, row),
    )


@blueprint.post("/bulk/<int:bulk_id>/undo")
@requires("partners.edit")
def undo_bulk(bulk_id: int) -> Any:
    """Set back what nobody has changed since."""
    row = _own(bulk_id)
    try:
        undone = services.undo(g.viewer, row)
    except BulkRefusal as refusal:
        return render(
            "partners/bulk/done.html",
            status=422,
            change=BulkChange.get_by_id(bulk_id),
            count=len(json.loads(row.rows)),
            property=_property_label(row.action),
            may_undo=False,
            refusal=_said(refusal),
        )
    words = _("Undone for %(count)s partners.", count=undone.reverted)
    if undone.kept:
        words += " " + _("%(count)s were changed since and stay as they are.", count=undone.kept)
    return saved(words, url_for("partners.bulk_done", bulk_id=bulk_id))


def _own(bulk_id: int) -> BulkChange:
    row = BulkChange.get_or_none(BulkChange.id == bulk_id, BulkChange.by == g.viewer.user_id)
    return row if row is not None else abort(404)


def _selection() -> tuple[list[int], bool]:
    """The partners that the address names, or all that its filters find, and whether more do."""
    if request.args.get("all") != "1":
        return _ids(request.args.getlist("id")), False
    filters = from_args(request.args, field_queries.definitions())
    period = period_argument(lambda: kpi_queries.latest_period_with_values(viewer=g.viewer))
    return list_queries.ids(g.viewer, filters, period.key)


def _ids(texts: list[str]) -> list[int]:
    known = (int(t) for t in texts[:5_000] if t.isascii() and t.isdigit() and len(t) < 19)
    return list(dict.fromkeys(known))


def _asked(args: Any) -> tuple[str, str]:
    """The action and its value; each action has its own input."""
    action = args.get("action", "")
    values = args.getlist(f"value:{action}")
    return action, "; ".join(value for value in values if value)


def _choose(ids: list[int], more: bool, refusal: str = "", status: int = 200) -> Any:
    names = services.named(g.viewer, ids[: services.MOST])
    owners = [(str(user.id), user.name) for user in staff()]
    if g.viewer.can("partners.admin"):
        owners.insert(0, ("0", _("Nobody yet")))
    admin = g.viewer.can("partners.admin")
    return render(
        "partners/bulk/choose.html",
        status=status,
        ids=list(names),
        names=[name for _code, name in names.values()],
        more=more,
        most=services.MOST,
        refusal=refusal,
        owners=owners,
        types=[(type_, labels.TYPES[type_]) for type_ in TYPES],
        events=[
            (step.event, labels.EVENTS[step.event])
            for step in rules.TRANSITIONS
            if step.event in services.EVENTS and (admin or step.role == "manager")
        ],
        tags=tags(g.viewer, limit=200),
        fields=field_queries.definitions(),
    )


def _preview(plan: Plan, ids: list[int], refusal: str = "", status: int = 200) -> Any:
    word = _words_of(plan.name)
    return render(
        "partners/bulk/preview.html",
        status=status,
        plan=plan,
        ids=ids,
        refusal=refusal,
        property=_property_label(plan.name),
        shown=[(c, word(c.before), word(c.after)) for c in plan.changes[:MOST_SHOWN]],
        most_shown=MOST_SHOWN,
        why={c.partner_id: _why(c.refused) for c in plan.refused[:MOST_SHOWN]},
        needs_reason=services.needs_reason(plan.action, plan.value),
    )


def _why(refused: str) -> str:
    if refused == "edit":
        return str(_("Not yours to change."))
    if refused == "step":
        return str(_("This step is not possible now."))
    if refused == "admin":
        return str(_("Only an administrator can take this step: ask one."))
    return " ".join(str(labels.GUARDS[guard]) for guard in refused.split())


def _property_label(name: str) -> str:
    if name.startswith(TAG):
        return str(_("Tag “%(tag)s”", tag=name.removeprefix(TAG)))
    if name.startswith(COLUMN):
        field = next((f for f in field_queries.definitions(retired=True) if f.column == name), None)
        return field.label if field else name
    words = {"owner": _("Owner"), "type": _("Type"), "status": _("Status")}
    return str(words[name])


def _words_of(name: str) -> Callable[[Any], str]:
    """How values of a property are shown to a reader."""
    if name == "owner":
        people = {user.id: user.name for user in staff()}
        return lambda value: people.get(value, "?") if value else str(_("Nobody yet"))
    if name in ("type", "status"):
        return lambda value: str((labels.TYPES | labels.STATUSES)[value])
    if name.startswith(TAG):
        return lambda value: str(_("yes") if value else _("no"))
    field = next(f for f in field_queries.definitions(retired=True) if f.column == name)
    kept = field._replace(required=False)
    return lambda value: value_text(parse(kept, value)) or "–"


def _said(refusal: BulkRefusal) -> str:
    return str(_(refusal.message, **refusal.params) if refusal.params else _(refusal.message))
