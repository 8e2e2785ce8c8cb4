"""The Plugins page: what is there, what is wrong with it, its settings and its switch."""

from typing import Any

from flask import Blueprint, abort, request, url_for
from flask_babel import gettext as _
from wtforms import Form

from app.core import settings_forms
from app.core.host import current_host
from app.core.plugins import queries, services
from app.core.plugins.queries import PluginState
from app.security import requires
from app.web import render, saved

blueprint = Blueprint("plugins", __name__, url_prefix="/admin/plugins")
SWITCHABLE = ("on", "off", "paused")


@blueprint.get("")
@requires("plugins.manage")
def index() -> Any:
    """Every plugin that was found, and those that wait for a restart."""
    host = current_host()
    return render(
        "plugins/index.html",
        plugins=queries.plugins(host),
        waiting=host.waiting_for_restart(),
        states=_state_words(),
    )


@blueprint.get("/<name>")
@requires("plugins.manage")
def show(name: str) -> Any:
    """One plugin: what it brings, its settings, its last faults."""
    plugin = queries.plugin_or_404(current_host(), name)
    form_class = current_host().settings_form(name)
    stored, version = queries.stored_settings(name)
    form = settings_forms.bound(form_class, stored) if form_class else None
    return _page(plugin, form, version)


@blueprint.post("/<name>/switch")
@requires("plugins.manage")
def switch(name: str) -> Any:
    """Switch a plugin on or off, in every process at once."""
    plugin = queries.plugin_or_404(current_host(), name)
    wanted = request.form.get("enabled")
    if wanted not in ("on", "off") or plugin.state not in SWITCHABLE:
        abort(422)
    services.set_enabled(name, wanted == "on")
    if wanted == "on":
        message = _("%(plugin)s is on.", plugin=plugin.title)
    else:
        message = _("%(plugin)s is off. Its data are untouched.", plugin=plugin.title)
    return saved(message, url_for("plugins.index"))


@blueprint.post("/<name>/settings")
@requires("plugins.manage")
def save_settings(name: str) -> Any:
    """Save a plugin's settings."""
    plugin = queries.plugin_or_404(current_host(), name)
    form_class = current_host().settings_form(name)
    version = request.form.get("settings_version", "")
    if form_class is None:
        abort(404)
    if not (version.isdecimal() and len(version) < 10):
        abort(422)
    form = form_class(request.form)
    if not form.validate():
        return _page(plugin, form, int(version), 422)
    try:
        services.save_settings(name, form, int(version))
    except services.StaleSettings:
        form.form_errors.append(
            _("Somebody else saved these settings meanwhile. Save again to replace theirs.")
        )
        return _page(plugin, form, queries.stored_settings(name)[1], 422)
    return saved(_("Settings saved."), url_for("plugins.show", name=name))


def _page(plugin: PluginState, form: Form | None, version: int, status: int = 200) -> Any:
    return render(
        "plugins/show.html",
        status=status,
        plugin=plugin,
        form=form,
        version=version,
        states=_state_words(),
        stages=_stage_words(),
        switchable=plugin.state in SWITCHABLE,
    )


def _state_words() -> dict[str, tuple[str, str]]:
    """Each state's word and tone."""
    return {
        "on": (_("On"), "good"),
        "off": (_("Off"), "neutral"),
        "paused": (_("Paused: slow"), "warning"),
        "quarantined": (_("Quarantined"), "bad"),
        "refused": (_("Refused"), "bad"),
        "waiting": (_("Not started: safe mode"), "neutral"),
    }


def _stage_words() -> dict[str, str]:
    """What the host was doing when a plugin failed."""
    return {
        "find": _("looking for it"),
        "import": _("importing its code"),
        "contract": _("checking its PLUGIN and its tables"),
        "hooks": _("checking its hooks"),
        "templates": _("checking its templates"),
        "migrate": _("migrating its tables"),
        "rehearse": _("rehearsing its registration"),
        "register": _("registering it"),
    }
