"""The plugin host: boots plugins one by one, and calls their hooks so that none can harm another.

Isolation covers faults, not malice: a plugin is trusted code in this process.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, g, has_request_context
from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader
from pluggy import HookImpl, PluginManager
from wtforms import Form

from app.core import boot, discovery, gate, hookspecs, results, settings_forms
from app.core.boot import Plugin, Surroundings
from app.core.checks import explain
from app.core.contract import FactKind, NotificationEvent, ScheduledJob, SuggestionKind
from app.core.contributions import Contributions
from app.core.db import atomic, database
from app.core.faults import SLOW_AFTER, Faults
from app.core.kept import kept
from app.core.migrate import connected
from app.core.models import PluginSetting, PluginSwitch

log = logging.getLogger(__name__)


class PluginRefused(Exception):
    """A plugin cannot run; raised only by a strict host, in tests and development."""


class PluginUnavailable(LookupError):
    """A plugin was asked by name that is not there or does not implement the hook."""


class Host(Contributions):
    """The plugins of one application.

    `core_permissions` are core's own permissions by role. A `strict` host raises every fault; the
    others quarantine, leave out and record. In `safe_mode` no plugin is imported.
    """

    def __init__(
        self,
        core_permissions: Mapping[str, Collection[str]],
        strict: bool = False,
        safe_mode: bool = False,
        slow_after: float = SLOW_AFTER,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.strict = strict
        self.safe_mode = safe_mode
        self.plugins: list[Plugin] = []
        self.permissions = {role: frozenset(keys) for role, keys in core_permissions.items()}
        self.faults = Faults(slow_after)
        self._pm = PluginManager(hookspecs.PROJECT)
        self._pm.add_hookspecs(hookspecs)
        self._active: dict[str, Plugin] = {}
        self._own_folder: Path | None = None
        self._monotonic = monotonic

    # ---- boot

    def load(
        self,
        app: Flask,
        plugins_dir: Path | None = None,
        *,
        site_templates: Path | None = None,
        backup: Callable[[], object] | None = None,
        core_facts: Collection[str] = (),
    ) -> None:
        """Find, check, migrate and mount every plugin, and put the gate before the requests.

        Call it after core's blueprints, template environment and session loader stand: plugins
        are checked against core's endpoints and templates, and the gate needs `g.viewer`.
        """
        around = Surroundings(
            app=app,
            pm=self._pm,
            core_permissions=dict(self.permissions),
            templates=app.jinja_loader,
            endpoints=frozenset(app.view_functions),
            backup=backup,
            facts=set(core_facts),
        )
        self._own_folder = plugins_dir
        discovery.search_in(plugins_dir)
        self.plugins = [Plugin(found) for found in discovery.discover(plugins_dir)]
        if not self.safe_mode:
            with connected():  # without a database, the process does not start: no plugin's fault
                self._boot(around)
        app.jinja_loader = self._templates(around, site_templates)
        app.before_request(lambda: gate.check(self))
        app.after_request(self._store_faults)

    def _boot(self, around: Surroundings) -> None:
        for plugin in self.plugins:
            self._pass(plugin, boot.INTRODUCTION, around)
        for plugin in sorted(self.plugins, key=lambda plugin: plugin.order):
            if not self._pass(plugin, boot.ADMISSION, around):
                continue
            plugin.active = True
            self._active[plugin.name] = plugin
            around.facts.update(kind.key for kind in plugin.facts)
            for permission in plugin.permissions:
                for role in permission.roles:
                    self.permissions[role] |= {permission.key}

    def _pass(self, plugin: Plugin, stages: Sequence[Any], around: Surroundings) -> bool:
        """Take a plugin through some stages, as far as it gets."""
        if plugin.found.problem:
            plugin.problem = plugin.found.problem
        for stage, step in [] if plugin.problem else stages:
            plugin.stage = stage
            try:
                step(plugin, around)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # sys.exit() at import is a fault too
                self._quarantine(plugin, error)
                break
        if plugin.problem and self.strict:
            raise PluginRefused(f"plugin {plugin.name}, {plugin.stage}: {plugin.problem}")
        return not plugin.problem

    def _quarantine(self, plugin: Plugin, error: BaseException) -> None:
        plugin.problem = explain(error, plugin.place or Path(plugin.found.place))
        log.error(
            "plugin %s quarantined, stage %s: %s",
            plugin.name,
            plugin.stage,
            plugin.problem,
            exc_info=error,
        )
        if self._pm.has_plugin(plugin.name):
            self._pm.unregister(name=plugin.name)

    def _templates(self, around: Surroundings, site: Path | None) -> ChoiceLoader:
        own = {
            name: FileSystemLoader(folder / name)
            for name, plugin in self._active.items()
            if (folder := plugin.folder("templates"))
        }
        before = [FileSystemLoader(site)] if site else []
        core = [around.templates] if around.templates else []
        return ChoiceLoader([*before, *core, PrefixLoader(own)])

    def _store_faults(self, response: Response) -> Response:
        self.faults.store(self._monotonic())
        return response

    # ---- what is on

    def off(self) -> frozenset[str]:
        """The plugins that are switched off, as this request's session query read it."""
        if has_request_context() and "plugins_off" in g:
            return frozenset(g.plugins_off)
        rows = PluginSwitch.select(PluginSwitch.plugin).where(~PluginSwitch.enabled)
        off = frozenset(row.plugin for row in rows)
        if has_request_context():
            g.plugins_off = off
        return off

    def is_on(self, plugin: str) -> bool:
        """Whether a plugin is there, healthy and switched on."""
        return plugin in self._active and plugin not in self.off()

    # ---- calls

    def answers(self, hook: str, arguments: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        """Each plugin's checked answer, in order, or `Unavailable` in place of one."""
        off = self.off()
        for name, impl in self._implementations(hook):
            if name not in off:
                yield name, self._ask(name, hook, impl, arguments)

    def answer_of(self, plugin: str, hook: str, **arguments: Any) -> Any:
        """One plugin's checked answer, where it is on and implements the hook; else None."""
        impl = dict(self._implementations(hook)).get(plugin)
        if impl is None or plugin in self.off():
            return None
        answer = self._ask(plugin, hook, impl, arguments)
        return None if isinstance(answer, results.Unavailable) else answer

    def _implementations(self, hook: str) -> list[tuple[str, HookImpl]]:
        caller = getattr(self._pm.hook, hook, None)
        impls = {impl.plugin_name: impl for impl in caller.get_hookimpls()} if caller else {}
        return [(name, impls[name]) for name in self._active if name in impls]

    def _ask(self, plugin: str, hook: str, impl: HookImpl, arguments: dict[str, Any]) -> Any:
        started = self._monotonic()
        if self.faults.is_paused(plugin, hook, started):
            return results.Unavailable("slow")
        answer: Any = results.Unavailable("fault")
        try:
            # Inside a caller's transaction a failed query would break the caller's work as well.
            with atomic() if database.in_transaction() else nullcontext():
                answer = results.check(plugin, hook, boot.call(impl, arguments), arguments)
        except (Exception, SystemExit) as error:
            if self.strict:
                raise
            log.exception("plugin %s: %s() failed", plugin, hook)
            self.faults.note(plugin, hook, explain(error, self._active[plugin].place))
        ended = self._monotonic()
        self.faults.timed(plugin, hook, ended - started, ended)
        if not has_request_context():  # a request stores them at its end
            self.faults.store(ended)
        return answer

    # ---- events and commands: faults are the caller's to handle

    def listeners(self, event: str) -> list[str]:
        """The plugins that are on and implement an event, in order."""
        off = self.off()
        return [name for name, _ in self._implementations(event) if name not in off]

    def deliver(self, plugin: str, event: str, payload: Mapping[str, Any]) -> Any:
        """Run one plugin's implementation of an event; what it raises is the caller's."""
        impl = boot.implementation(self._pm, plugin, event) if plugin in self._active else None
        if impl is None:
            raise PluginUnavailable(f"plugin {plugin} does not hear {event}")
        try:
            return boot.call(impl, payload)
        except SystemExit as error:  # it would end the worker
            raise RuntimeError(f"plugin {plugin} called sys.exit() in {event}()") from error

    def run(self, hook: str, **arguments: Any) -> None:
        """Run a command's hook in every plugin that is on; the first fault ends it."""
        for name in self.listeners(hook):
            self.deliver(name, hook, arguments)

    def gather(self, hook: str, **arguments: Any) -> dict[str, Any]:
        """What a command's hook answers in every plugin that is on; the first fault ends it."""
        return {name: self.deliver(name, hook, arguments) for name in self.listeners(hook)}

    # ---- what plugins bring

    @property
    def registered(self) -> tuple[str, ...]:
        """The healthy plugins, whether on or off, in order."""
        return tuple(self._active)

    @property
    def jobs(self) -> dict[str, tuple[str, ScheduledJob]]:
        """Every scheduled job with its plugin, by the job's key."""
        return {job.key: (name, job) for name, each in self._active.items() for job in each.jobs}

    @property
    def notifications(self) -> list[tuple[str, NotificationEvent]]:
        """Every event of the plugins that are on, with its plugin."""
        off = self.off()
        return [
            (name, event)
            for name, each in self._active.items()
            if name not in off
            for event in each.notifications
        ]

    @property
    def facts(self) -> list[tuple[str, FactKind]]:
        """What the plugins that are on know of partners, each with its plugin."""
        off = self.off()
        return [
            (name, kind)
            for name, each in self._active.items()
            if name not in off
            for kind in each.facts
        ]

    @property
    def suggestion_kinds(self) -> list[SuggestionKind]:
        """Every kind of suggestion that the plugins that are on take."""
        off = self.off()
        return [
            kind
            for name, each in self._active.items()
            if name not in off
            for kind in each.suggestion_kinds
        ]

    def title(self, plugin: str) -> str:
        """What people call a plugin."""
        return self._active[plugin].title

    def waiting_for_restart(self) -> list[str]:
        """The plugins that were put in place after this process started."""
        known = {(plugin.found.source, plugin.found.place) for plugin in self.plugins}
        found = discovery.discover(self._own_folder)
        return [new.name for new in found if (new.source, new.place) not in known]

    def settings_form(self, plugin: str) -> type[Form] | None:
        """A plugin's settings form class, where it has one."""
        return self._active[plugin].settings_form if plugin in self._active else None

    def settings(self, plugin: str) -> dict[str, Any]:
        """A plugin's settings: its form's defaults under what an administrator saved."""
        form_class = self.settings_form(plugin)
        if form_class is None:
            return {}
        found = _saved_settings(plugin)
        return settings_forms.values(
            form_class, settings_forms.parse(found[0][0] if found else None)
        )

    def static_folders(self) -> dict[str, Path]:
        """The plugins' static folders by their place under the static URL: "x/<plugin>"."""
        return {f"x/{name}": path for name, path in self._folders("static")}

    def translation_folders(self) -> list[Path]:
        """The plugins' translation folders, in order; core's comes after them."""
        return [path for _, path in self._folders("translations")]

    def _folders(self, kind: str) -> Iterator[tuple[str, Path]]:
        for name, plugin in self._active.items():
            if path := plugin.folder(kind):
                yield name, path


def current_host() -> Host:
    """The plugin host of the current application."""
    host: Host = current_app.extensions["entente"].host
    return host


@kept
def _saved_settings(plugin: Any) -> Any:
    saved = PluginSetting.select(PluginSetting.data)
    return saved.where(PluginSetting.plugin == plugin).tuples()
