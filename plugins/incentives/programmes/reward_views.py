"""Editing the rewards of a draft."""

from typing import Any

from flask import abort, request, url_for

from app.api import requires, translations
from plugins.incentives.blueprints import staff
from plugins.incentives.programmes import editing, words
from plugins.incentives.programmes.definition import RewardKind
from plugins.incentives.programmes.draft_views import (
    Editing,
    Opened,
    apply,
    editing_or_404,
    page,
    submit,
)
from plugins.incentives.programmes.names import glossary
from plugins.incentives.programmes.reward_forms import RewardForm

_ = translations("incentives").gettext

_TEMPLATE = "incentives/programmes/_reward_form.html"


@staff.route("/programmes/<int:programme_id>/draft/rewards", methods=["GET", "POST"])
@requires("incentives.programmes")
def new_reward(programme_id: int) -> Any:
    """A further reward of a kind."""
    now = editing_or_404(programme_id)
    kind = _kind_or_404()
    form = _form(now, kind)
    action = url_for("incentives.new_reward", programme_id=programme_id, kind=kind.value)
    opened = Opened("new-reward", form, action, str(words.KINDS[kind]), _TEMPLATE)
    if not form.is_submitted():
        form.period.data = "quarterly"
    if (answer := _asked_for_rows(programme_id, opened, form)) is not None:
        return answer
    reward = form.reward()
    key = editing.free_key(reward.name, (one.key for one in now.definition.rewards))
    return submit(
        programme_id,
        opened,
        lambda definition: editing.new_reward(definition, reward),
        _("%(reward)s is added.", reward=reward.name),
        f"reward-{key}",
    )


@staff.route("/programmes/<int:programme_id>/draft/rewards/<key>", methods=["GET", "POST"])
@requires("incentives.programmes")
def edit_reward(programme_id: int, key: str) -> Any:
    """What a reward gives, to whom, and on what terms."""
    now = editing_or_404(programme_id)
    reward = next((one for one in now.definition.rewards if one.key == key), None)
    if reward is None:
        abort(404)
    form = _form(now, reward.kind)
    if not form.is_submitted():
        form.fill(reward)
    action = url_for("incentives.edit_reward", programme_id=programme_id, key=key)
    opened = Opened(f"reward:{key}", form, action, reward.name, _TEMPLATE)
    if (answer := _asked_for_rows(programme_id, opened, form)) is not None:
        return answer
    changed = form.reward(key)
    return submit(
        programme_id,
        opened,
        lambda definition: editing.change_reward(definition, changed),
        _("%(reward)s is saved.", reward=changed.name),
        f"reward-{key}",
    )


@staff.post("/programmes/<int:programme_id>/draft/rewards/<key>/<any(up,down):way>")
@requires("incentives.programmes")
def move_reward(programme_id: int, key: str, way: str) -> Any:
    """A reward one place up or down in the list."""
    by = -1 if way == "up" else 1
    return apply(
        programme_id,
        lambda definition: editing.move_reward(definition, key, by),
        _("Moved."),
        f"reward-{key}-{way}",
    )


@staff.post("/programmes/<int:programme_id>/draft/rewards/<key>/remove")
@requires("incentives.programmes")
def remove_reward(programme_id: int, key: str) -> Any:
    """The draft without a reward."""
    return apply(
        programme_id,
        lambda definition: editing.remove_reward(definition, key),
        _("The reward is removed."),
        "rewards",
    )


def _form(now: Editing, kind: RewardKind) -> RewardForm:
    data = {"version": now.draft.version}
    return RewardForm(kind, now.definition, glossary(now.programme), data=data)


def _asked_for_rows(programme_id: int, opened: Opened, form: RewardForm) -> Any:
    """The page, where nothing is to be saved yet; None where the form is complete."""
    if not form.is_submitted():
        form.offer_rows()
        return page(programme_id, opened)
    if request.form.get("add") == "bands":
        form.offer_rows(more=2)
        return page(programme_id, opened)
    if not form.validate():
        form.offer_rows()
        return page(programme_id, opened, status=422)
    return None


def _kind_or_404() -> RewardKind:
    text = request.args.get("kind", "")
    if text not in set(RewardKind):
        abort(404)
    return RewardKind(text)
