"""Editing the conditions of a draft's tiers and rewards."""

from functools import partial
from typing import Any

from flask import abort, render_template, request, url_for

from app.api import requires, translations
from plugins.incentives.blueprints import staff
from plugins.incentives.programmes import editing, words
from plugins.incentives.programmes.checks import Problem, requirement_problems
from plugins.incentives.programmes.condition_forms import FORMS, MEASURES, ConditionForm, kpi_label
from plugins.incentives.programmes.definition import Group, Measures, Mode, Requirement
from plugins.incentives.programmes.draft_views import (
    Editing,
    Opened,
    apply,
    editing_or_404,
    submit,
    unfinished,
)
from plugins.incentives.programmes.editing import EditRefused, Owner
from plugins.incentives.programmes.group_forms import GroupForm
from plugins.incentives.programmes.names import choices, glossary
from plugins.incentives.programmes.pages import refusal_words

_ = translations("incentives").gettext

_TEMPLATE = "incentives/programmes/_condition_form.html"
_GROUP_TEMPLATE = "incentives/programmes/_group_form.html"
_PATH = "/programmes/<int:programme_id>/draft/<any(tier,reward):kind>/<owner>"


@staff.route(f"{_PATH}/conditions", methods=["GET", "POST"])
@requires("incentives.programmes")
def new_condition(programme_id: int, kind: str, owner: str) -> Any:
    """A further condition of a tier or reward."""
    now = editing_or_404(programme_id)
    whose = _owner_or_404(now, kind, owner)
    measures = _measures_or_404()
    tree = editing.tree_of(now.definition, whose)
    group = request.args.get("group", "") or (tree.key if isinstance(tree, Group) else "")
    form = _form(now, whose, measures, group=group)
    action = url_for(
        "incentives.new_condition",
        programme_id=programme_id,
        kind=kind,
        owner=owner,
        measures=measures.value,
        group=group or None,
    )
    opened = _opened(now, f"new-condition:{kind}:{owner}:{group}", form, action, measures)
    if (answer := unfinished(programme_id, opened)) is not None:
        return answer
    requirement = form.requirement("new")
    return submit(
        programme_id,
        opened,
        lambda definition: editing.new_requirement(definition, whose, requirement, group),
        _("The condition is added."),
        f"{kind}-{owner}",
    )


@staff.route(f"{_PATH}/conditions/<key>", methods=["GET", "POST"])
@requires("incentives.programmes")
def edit_condition(programme_id: int, kind: str, owner: str, key: str) -> Any:
    """One condition's figure, mark and periods."""
    now = editing_or_404(programme_id)
    whose = _owner_or_404(now, kind, owner)
    node = _node_or_404(now, whose, key)
    if not isinstance(node, Requirement):
        abort(404)
    form = _form(now, whose, node.measures, key=key, subject=node.subject)
    if not form.is_submitted():
        form.fill(node)
    action = url_for(
        "incentives.edit_condition", programme_id=programme_id, kind=kind, owner=owner, key=key
    )
    opened = _opened(now, f"condition:{kind}:{owner}:{key}", form, action, node.measures)
    if (answer := unfinished(programme_id, opened)) is not None:
        return answer
    requirement = form.requirement(key)
    return submit(
        programme_id,
        opened,
        lambda definition: editing.change_requirement(definition, whose, requirement),
        _("The condition is saved."),
        f"{kind}-{owner}-{key}",
    )


@staff.post("/programmes/<int:programme_id>/draft/words")
@requires("incentives.programmes")
def condition_words(programme_id: int) -> Any:
    """What a condition that is being entered says, in plain words."""
    now = editing_or_404(programme_id)
    known = glossary(now.programme)
    form = FORMS[_measures_or_404()](known, in_points=False)
    text, problems = "", []
    if form.validate():
        requirement = form.requirement("new")
        text = words.requirement_words(requirement, known)
        problems = [_here(problem) for problem in requirement_problems(requirement, known)]
    return render_template(
        "incentives/programmes/_words.html",
        text=text,
        problems=problems,
        unit=_unit(form),
        measures=form.measures,
        programme=now.programme,
    )


@staff.post(f"{_PATH}/conditions/<key>/<any(up,down):way>")
@requires("incentives.programmes")
def move_condition(programme_id: int, kind: str, owner: str, key: str, way: str) -> Any:
    """A condition one place up or down within its group."""
    whose, by = Owner(kind, owner), -1 if way == "up" else 1
    edit = partial(editing.move_node, owner=whose, key=key, by=by)
    return apply(programme_id, edit, _("Moved."), f"{kind}-{owner}-{key}-{way}")


@staff.post(f"{_PATH}/conditions/<key>/remove")
@requires("incentives.programmes")
def remove_condition(programme_id: int, kind: str, owner: str, key: str) -> Any:
    """The tier or reward without a condition, or without a group with all that is in it."""
    edit = partial(editing.remove_node, owner=Owner(kind, owner), key=key)
    return apply(programme_id, edit, _("The condition is removed."), f"{kind}-{owner}")


@staff.post(f"{_PATH}/conditions/<key>/group")
@requires("incentives.programmes")
def wrap_condition(programme_id: int, kind: str, owner: str, key: str) -> Any:
    """A condition gets alternatives: a group of its own, of which any part will do."""
    edit = partial(editing.wrap_node, owner=Owner(kind, owner), key=key)
    message = _("Add the alternatives to the new group.")
    return apply(programme_id, edit, message, f"{kind}-{owner}")


@staff.post(f"{_PATH}/groups/<key>/dissolve")
@requires("incentives.programmes")
def dissolve_group(programme_id: int, kind: str, owner: str, key: str) -> Any:
    """A group's conditions stand where the group stood."""
    edit = partial(editing.dissolve_group, owner=Owner(kind, owner), key=key)
    return apply(programme_id, edit, _("The group is dissolved."), f"{kind}-{owner}")


@staff.post(f"{_PATH}/groups/<key>/<any(all,any,points):mode>")
@requires("incentives.programmes")
def switch_group(programme_id: int, kind: str, owner: str, key: str, mode: str) -> Any:
    """How a group's conditions count: all, any one, or by points."""
    edit = partial(editing.switch_group, owner=Owner(kind, owner), key=key, mode=Mode(mode))
    return apply(programme_id, edit, _("Switched."), f"{kind}-{owner}-{key}-{mode}")


@staff.route(f"{_PATH}/groups/<key>", methods=["GET", "POST"])
@requires("incentives.programmes")
def edit_group(programme_id: int, kind: str, owner: str, key: str) -> Any:
    """How many points a group needs, and what it counts itself."""
    now = editing_or_404(programme_id)
    whose = _owner_or_404(now, kind, owner)
    node = _node_or_404(now, whose, key)
    if not isinstance(node, Group):
        abort(404)
    data = {"version": now.draft.version, "needed": node.needed, "points": node.points}
    around = editing.group_around(now.definition, whose, key)
    form = GroupForm(in_points=around is not None and around.mode is Mode.POINTS, data=data)
    action = url_for(
        "incentives.edit_group", programme_id=programme_id, kind=kind, owner=owner, key=key
    )
    opened = Opened(f"group:{kind}:{owner}:{key}", form, action, _("Points"), _GROUP_TEMPLATE)
    if (answer := unfinished(programme_id, opened)) is not None:
        return answer
    needed, points = form.needed.data or 0, form.own_points(node.points)
    return submit(
        programme_id,
        opened,
        lambda definition: editing.change_group(definition, whose, key, needed, points),
        _("Saved."),
        f"{kind}-{owner}-{key}",
    )


def _form(
    now: Editing,
    whose: Owner,
    measures: Measures,
    *,
    group: str = "",
    key: str = "",
    subject: str = "",
) -> ConditionForm:
    """The form of a condition that stands, or will stand, in a group."""
    tree = editing.tree_of(now.definition, whose)
    around = editing.group_around(now.definition, whose, key) if key else tree
    if group:
        around = _node_or_404(now, whose, group)
    in_points = isinstance(around, Group) and around.mode is Mode.POINTS
    data: dict[str, Any] = {"version": now.draft.version}
    if subject:
        data["subject"] = subject
    return FORMS[measures](glossary(now.programme), in_points=in_points, data=data)


def _opened(
    now: Editing, place: str, form: ConditionForm, action: str, measures: Measures
) -> Opened:
    known = glossary(now.programme)
    offered = [kpi_label(kpi) for kpi in choices(known).kpis]
    extra = {"measures": measures, "kpis": offered, "unit": _unit(form)}
    return Opened(place, form, action, str(MEASURES[measures]), _TEMPLATE, extra)


def _unit(form: ConditionForm) -> str:
    """What the mark is given in, for a KPI that is chosen already."""
    kpi = form.kpi() if hasattr(form, "kpi") else None
    if kpi is None or form.measures is not Measures.KPI_VALUE:
        return ""
    if kpi.value_type == "ordinal":
        return _("One of: %(levels)s", levels=", ".join(kpi.label_list))
    if kpi.value_type == "money":
        return _("In %(currency)s", currency=form.glossary.currency)
    if kpi.value_type == "percent" or (kpi.value_type == "ratio" and kpi.unit == "%"):
        return _("In per cent, such as 80%")
    return _("In %(unit)s", unit=kpi.unit) if kpi.unit else ""


def _here(problem: Problem) -> str:
    """A problem of the condition at hand, without the name of its tier."""
    text = refusal_words(problem)
    return text.removeprefix(":").strip()


def _owner_or_404(now: Editing, kind: str, key: str) -> Owner:
    whose = Owner(kind, key)
    try:
        editing.tree_of(now.definition, whose)
    except EditRefused:
        abort(404)
    return whose


def _node_or_404(now: Editing, whose: Owner, key: str) -> Any:
    try:
        return editing.node_of(now.definition, whose, key)
    except EditRefused:
        abort(404)


def _measures_or_404() -> Measures:
    text = request.args.get("measures", "")
    if text not in set(Measures):
        abort(404)
    return Measures(text)
