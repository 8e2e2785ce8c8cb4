"""The stages through which a plugin goes at boot; each raises, and the host judges."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from flask import Blueprint, Flask, g
from jinja2 import BaseLoader
from pluggy import HookImpl, PluginManager
from wtforms import Form

from app.core import checks, db, migrate, rehearsal, template_checks
from app.core.contract import (
    FactKind,
    LinkPurpose,
    NotificationEvent,
    Permission,
    PluginInfo,
    ScheduledJob,
    SuggestionKind,
    Viewer,
)
from app.core.discovery import Found
from app.core.results import nav_items


@dataclass(slots=True)
class Plugin:
    """A found plugin and what its boot has learnt of it so far."""

    found: Found
    stage: str = "find"
    problem: str = ""
    active: bool = False
    module: Any = None  # its plugin.py, once imported
    info: PluginInfo | None = None
    hooks: tuple[str, ...] = ()
    published: dict[str, tuple[str, ...]] = field(default_factory=dict)  # arguments by hook
    tables: tuple[str, ...] = ()
    migrations: tuple[str, ...] = ()
    links: template_checks.Links = field(default_factory=dict)
    permissions: tuple[Permission, ...] = ()
    jobs: tuple[ScheduledJob, ...] = ()
    notifications: tuple[NotificationEvent, ...] = ()
    link_purposes: tuple[LinkPurpose, ...] = ()
    facts: tuple[FactKind, ...] = ()
    suggestion_kinds: tuple[SuggestionKind, ...] = ()
    settings_form: type[Form] | None = None
    parts: list[tuple[str, Blueprint, str]] = field(default_factory=list)
    routes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name under which it was found."""
        return self.found.name

    @property
    def title(self) -> str:
        """What people call it; its name where it could not say."""
        return str(self.info.title) if self.info else self.name

    @property
    def order(self) -> tuple[int, str]:
        """Its place among the others."""
        return (self.info.order if self.info else 100, self.name)

    @property
    def place(self) -> Path | None:
        """The folder of its code, once it is imported."""
        file = getattr(self.module, "__file__", None)
        return Path(file).parent if file else None

    def speaks_of(self, hook: str) -> bool:
        """Whether its plugin.py names a hook, also where it could not be imported."""
        file = Path(getattr(self.module, "__file__", "") or Path(self.found.place, "plugin.py"))
        return file.is_file() and hook in file.read_text(encoding="utf-8", errors="replace")

    def folder(self, name: str) -> Path | None:
        """One of its folders, where it has it."""
        path = self.place / name if self.place else None
        return path if path and path.is_dir() else None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What core offers and reserves, as it stood before the first plugin."""

    app: Flask
    pm: PluginManager
    core_permissions: Mapping[str, Collection[str]]
    templates: BaseLoader | None
    endpoints: frozenset[str]
    backup: Callable[[], object] | None
    facts: set[str] = field(default_factory=set)  # keys that are taken: core's, then each plugin's

    @property
    def permission_keys(self) -> set[str]:
        """Every permission of core."""
        return {key for keys in self.core_permissions.values() for key in keys}


def implementation(pm: PluginManager, plugin: str, hook: str) -> HookImpl | None:
    """A plugin's implementation of a hook."""
    caller = getattr(pm.hook, hook, None)
    impls = caller.get_hookimpls() if caller else []
    return next((impl for impl in impls if impl.plugin_name == plugin), None)


def call(impl: HookImpl, arguments: Mapping[str, Any]) -> Any:
    """Call one implementation with those of the arguments that it names."""
    names = (*impl.argnames, *impl.kwargnames)
    return impl.function(**{name: arguments[name] for name in names})


def import_plugin(plugin: Plugin, _around: Surroundings) -> None:
    """Import plugin.py."""
    plugin.module = plugin.found.load()
    if not isinstance(plugin.module, ModuleType):
        raise checks.Unfit("the entry point must name the plugin's module, as in package.plugin")


def check_contract(plugin: Plugin, around: Surroundings) -> None:
    """Check PLUGIN and the tables, and make the plugin's own hooks known to the others."""
    plugin.info = checks.check_info(plugin.name, plugin.module)
    plugin.tables = checks.check_tables(plugin.name, plugin.module)
    plugin.published = checks.add_published(around.pm, plugin.info, plugin.module)


def check_hooks(plugin: Plugin, around: Surroundings) -> None:
    """Check the hooks that it implements, and register them."""
    plugin.hooks = checks.check_hooks(around.pm, plugin.module)
    around.pm.register(plugin.module, name=plugin.name)


def check_templates(plugin: Plugin, around: Surroundings) -> None:
    """Check what can be known of its templates before its endpoints are."""
    if folder := plugin.folder("templates"):
        plugin.links = template_checks.check_templates(
            plugin.name, folder, around.app.jinja_env, around.templates
        )


def apply_migrations(plugin: Plugin, around: Surroundings) -> None:
    """Bring its tables to the present shape."""
    if path := plugin.folder("migrations"):
        folder = migrate.Folder(plugin.name, path)
        migrate.migrate([folder], around.backup)
        plugin.migrations = tuple(row.name for row in migrate.status([folder]))
    if plugin.tables:
        missing = set(plugin.tables) - set(db.database.get_tables())
        if missing:
            raise checks.Unfit(f"no migration creates the table {min(missing)!r}")
        checks.check_indexes(plugin.module)


def rehearse(plugin: Plugin, around: Surroundings) -> None:
    """Try its registration on a scratch application."""

    def ask(hook: str, otherwise: Any) -> Any:
        impl = implementation(around.pm, plugin.name, hook)
        return call(impl, {}) if impl else otherwise

    known = around.permission_keys
    plugin.permissions = rehearsal.check_permissions(
        plugin.name, ask("register_permissions", ()), around.core_permissions, known
    )
    known |= {permission.key for permission in plugin.permissions}
    plugin.jobs = rehearsal.check_jobs(plugin.name, ask("register_jobs", ()))
    plugin.notifications = rehearsal.check_notifications(
        plugin.name, ask("register_notifications", ()), around.core_permissions
    )
    plugin.link_purposes = rehearsal.check_link_purposes(
        plugin.name, ask("register_link_purposes", ()), known
    )
    plugin.facts = rehearsal.check_facts(ask("register_facts", ()), around.facts)
    plugin.suggestion_kinds = rehearsal.check_suggestion_kinds(
        plugin.name, ask("register_suggestion_kinds", ()), known
    )
    if "register_settings" in plugin.hooks:
        plugin.settings_form = checks.check_settings_form(ask("register_settings", None))
    if "register_blueprints" in plugin.hooks:
        plugin.parts = rehearsal.mounts(plugin.name, ask("register_blueprints", None))
    scratch = rehearsal.rehearse(around.app, plugin.name, plugin.parts)
    rehearsal.check_views(plugin.name, scratch.view_functions, known)
    endpoints = around.endpoints | set(scratch.view_functions)
    template_checks.check_links(plugin.name, plugin.links, endpoints)
    _rehearse_nav(plugin, around, scratch, known)


def _rehearse_nav(
    plugin: Plugin, around: Surroundings, scratch: Flask, permissions: Collection[str]
) -> None:
    impl = implementation(around.pm, plugin.name, "nav_items")
    if impl is None:
        return
    viewer = Viewer(0, "Rehearsal", "rehearsal@localhost", "admin", frozenset(permissions))
    with around.app.test_request_context():
        g.viewer, g.organisation, g.plugins_off = viewer, None, frozenset()
        items = nav_items(call(impl, {"viewer": viewer}))
    rehearsal.check_nav(items, (around.app, scratch), permissions)


def register(plugin: Plugin, around: Surroundings) -> None:
    """Mount its blueprints for good."""
    for _, blueprint, prefix in plugin.parts:
        around.app.register_blueprint(blueprint, url_prefix=prefix)
    mounted = tuple(f"{name}." for name, _, _ in plugin.parts)
    rules = around.app.url_map.iter_rules()
    plugin.routes = tuple(
        sorted({rule.rule for rule in rules if mounted and rule.endpoint.startswith(mounted)})
    )


# Every plugin is introduced before any hook is checked: a plugin may implement what another
# one publishes, whichever comes first.
INTRODUCTION = (("import", import_plugin), ("contract", check_contract))
ADMISSION = (
    ("hooks", check_hooks),
    ("templates", check_templates),
    ("migrate", apply_migrations),
    ("rehearse", rehearse),
    ("register", register),
)
