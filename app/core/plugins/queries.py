"""What is known of each plugin: from this process's boot, and from all processes' records."""

from dataclasses import dataclass
from datetime import datetime

from flask import abort

from app.core import clock
from app.core.boot import Plugin
from app.core.host import Host
from app.core.models import PluginFault, PluginSetting
from app.core.published import Published, published_by, unpublished
from app.core.settings_forms import Stored, parse

FAULTS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """The last fault of one hook; `count` since the first."""

    plugin: str
    hook: str
    message: str
    count: int
    at: datetime
    paused_until: datetime | None


@dataclass(frozen=True, slots=True)
class PluginState:
    """One line of the Plugins page.

    `state` is on, off, paused, quarantined, refused or waiting (safe mode); `problem` is in words
    that the plugin's author can act on, `stage` the step of its boot at which it came up.
    `unpublished` are the hooks that it answers though no plugin here publishes them.
    """

    name: str
    title: str
    version: str
    description: str
    source: str
    place: str
    state: str
    stage: str
    problem: str
    hooks: tuple[str, ...]
    publishes: tuple[Published, ...]
    unpublished: tuple[str, ...]
    routes: tuple[str, ...]
    tables: tuple[str, ...]
    migrations: tuple[str, ...]
    jobs: tuple[str, ...]
    permissions: tuple[str, ...]
    faults: tuple[Fault, ...]


def plugins(host: Host) -> list[PluginState]:
    """Every plugin that was found at boot, those that need attention first."""
    faults = _faults_by_plugin()
    off = host.off()
    states = [_state(host, plugin, off, faults.get(plugin.name, ())) for plugin in host.plugins]
    return sorted(states, key=lambda state: (not state.problem, state.title.casefold()))


def plugin_or_404(host: Host, name: str) -> PluginState:
    """The plugin of a name; where several claim it, the one that is used."""
    plugin = next((plugin for plugin in host.plugins if plugin.name == name), None)
    if plugin is None:
        abort(404)
    return _state(host, plugin, host.off(), _faults_by_plugin(name).get(name, ()))


def stored_settings(plugin: str) -> tuple[Stored, int]:
    """A plugin's settings as they were saved, and their version; version 0 where none were."""
    row = PluginSetting.get_or_none(PluginSetting.plugin == plugin)
    return (parse(row.data), row.version) if row else ({}, 0)


def _state(
    host: Host, plugin: Plugin, off: frozenset[str], faults: tuple[Fault, ...]
) -> PluginState:
    info = plugin.info
    return PluginState(
        name=plugin.name,
        title=plugin.title,
        version=str(info.version) if info else "",
        description=str(info.description) if info else "",
        source=plugin.found.source,
        place=plugin.found.place,
        state=_word(host, plugin, off, faults),
        stage=plugin.stage,
        problem=plugin.problem,
        hooks=plugin.hooks,
        publishes=published_by(host, plugin),
        unpublished=tuple(unpublished(host, plugin)),
        routes=plugin.routes,
        tables=plugin.tables,
        migrations=plugin.migrations,
        jobs=tuple(job.key for job in plugin.jobs),
        permissions=tuple(permission.key for permission in plugin.permissions),
        faults=faults,
    )


def _word(host: Host, plugin: Plugin, off: frozenset[str], faults: tuple[Fault, ...]) -> str:
    if plugin.found.problem:
        return "refused"
    if host.safe_mode:
        return "waiting"
    if plugin.problem:
        return "quarantined"
    if plugin.name in off:
        return "off"
    now = clock.now()
    paused = any(fault.paused_until and fault.paused_until > now for fault in faults)
    return "paused" if paused else "on"


def _faults_by_plugin(name: str | None = None) -> dict[str, tuple[Fault, ...]]:
    rows = PluginFault.select().order_by(PluginFault.at.desc())
    if name is not None:
        rows = rows.where(PluginFault.plugin == name).limit(FAULTS_SHOWN)
    found: dict[str, list[Fault]] = {}
    for row in rows:
        fault = Fault(row.plugin, row.hook, row.message, row.count, row.at, row.paused_until)
        found.setdefault(row.plugin, []).append(fault)
    return {plugin: tuple(faults) for plugin, faults in found.items()}
