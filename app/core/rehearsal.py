"""The registration of a plugin, tried on a scratch application before it touches the real one."""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from flask import Blueprint, Flask
from flask.sansio.blueprints import Blueprint as Scaffolding
from werkzeug.routing import BuildError

from app.assets import ICONS
from app.core.checks import Unfit
from app.core.contract import (
    FACT_UNITS,
    Blueprints,
    FactKind,
    LinkPurpose,
    NavItem,
    NotificationEvent,
    Permission,
    ScheduledJob,
    SuggestionKind,
)

MOUNTS = {"staff": "", "portal": "_portal", "public": "_public"}
FREQUENCIES = ("at_once", "daily", "weekly", "off")
_FACT_KEY = re.compile(r"[a-z][a-z0-9_.]{0,59}")
PREFIXES = {"staff": "/x/", "portal": "/portal/x/", "public": "/public/x/"}


def mounts(name: str, blueprints: Any) -> list[tuple[str, Blueprint, str]]:
    """Each of a plugin's blueprints with its endpoint name and URL prefix, checked."""
    if not isinstance(blueprints, Blueprints):
        raise Unfit(f"register_blueprints() returned {_kind(blueprints)}, not a Blueprints(…)")
    found = []
    for mount, suffix in MOUNTS.items():
        blueprint = getattr(blueprints, mount)
        if blueprint is None:
            continue
        _check_blueprint(mount, f"{name}{suffix}", blueprint)
        found.append((f"{name}{suffix}", blueprint, f"{PREFIXES[mount]}{name}"))
    return found


def _check_blueprint(mount: str, name: str, blueprint: Any) -> None:
    if not isinstance(blueprint, Blueprint):
        raise Unfit(f"the {mount} blueprint is {_kind(blueprint)}, not a flask.Blueprint")
    if blueprint.name != name:
        raise Unfit(f"name the {mount} blueprint {name!r}, not {blueprint.name!r}")
    if blueprint.url_prefix or blueprint.subdomain:
        raise Unfit(f"the {mount} blueprint sets url_prefix or subdomain; its place is given")
    for part in _nested(blueprint):
        _check_part(part)


def _nested(blueprint: Scaffolding) -> Iterator[Scaffolding]:
    yield blueprint
    for child, _ in blueprint._blueprints:
        yield from _nested(child)


def _check_part(blueprint: Scaffolding) -> None:
    if blueprint.template_folder:
        raise Unfit("a blueprint sets template_folder; templates/ is found without it")
    if blueprint.has_static_folder:
        raise Unfit("a blueprint sets static_folder; static/ is served without it")
    for deferred in blueprint.deferred_functions:
        made_by = getattr(deferred, "__qualname__", "record")
        if made_by == "Blueprint.add_url_rule.<locals>.<lambda>":
            continue
        used = made_by.removeprefix("Blueprint.").partition(".<locals>")[0]
        raise Unfit(
            f"blueprint {blueprint.name!r} reaches beyond itself ({used}): record…() and the "
            "functions that act on the whole application (app_…, …_app_…) are not for plugins"
        )


def rehearse(app: Flask, name: str, parts: Sequence[tuple[str, Blueprint, str]]) -> Flask:
    """Register a plugin's blueprints on an application that is thrown away, and return that."""
    scratch = Flask(name, static_folder=None, template_folder=None)
    scratch.url_map.converters.update(app.url_map.converters)
    for endpoint, blueprint, prefix in parts:
        if endpoint in app.blueprints:
            raise Unfit(f"the endpoint {endpoint!r} is taken; rename the plugin")
        scratch.register_blueprint(blueprint, url_prefix=prefix)
    return scratch


def check_views(name: str, views: dict[str, Any], permissions: Collection[str]) -> None:
    """Refuse a view that does not say who may open it, or asks for a right that nobody has."""
    public_mount = f"{name}_public."
    for endpoint, view in views.items():
        permission = getattr(view, "entente_permission", None)
        reason = getattr(view, "entente_public", None)
        if permission is None and reason is None:
            raise Unfit(
                f"view {endpoint!r} does not say who may open it; put @requires('{name}.…') or "
                "@public('why') directly above its function"
            )
        if reason is not None and not endpoint.startswith(public_mount):
            raise Unfit(f"view {endpoint!r} is @public; only the public blueprint has such views")
        if permission is not None and permission not in permissions:
            raise Unfit(
                f"view {endpoint!r} requires {permission!r}, a permission that neither core nor "
                "register_permissions() knows"
            )


def check_permissions(
    name: str, found: Any, roles: Collection[str], taken: Collection[str]
) -> tuple[Permission, ...]:
    """The plugin's permissions: its own prefix, known roles, no key twice."""
    keys = set(taken)
    for permission in _listed("register_permissions", found, Permission):
        _own_key(name, "permission", permission.key, keys)
        unknown = set(permission.roles) - set(roles)
        if isinstance(permission.roles, str) or unknown:
            raise Unfit(
                f"permission {permission.key!r}: roles is a tuple of {', '.join(sorted(roles))}"
            )
        keys.add(permission.key)
    return tuple(found)


def check_jobs(name: str, found: Any) -> tuple[ScheduledJob, ...]:
    """The plugin's scheduled jobs: its own prefix, something to run, a positive interval."""
    keys: set[str] = set()
    for job in _listed("register_jobs", found, ScheduledJob):
        _own_key(name, "job", job.key, keys)
        if not callable(job.run) or not isinstance(job.every, int) or job.every < 1:
            raise Unfit(f"job {job.key!r}: run is a function, every a number of seconds above 0")
        keys.add(job.key)
    return tuple(found)


def check_notifications(
    name: str, found: Any, roles: Collection[str]
) -> tuple[NotificationEvent, ...]:
    """The plugin's events: its own prefix, known roles, a frequency that there is."""
    keys: set[str] = set()
    for event in _listed("register_notifications", found, NotificationEvent):
        _own_key(name, "event", event.key, keys)
        unknown = set(event.roles) - set(roles)
        if isinstance(event.roles, str) or unknown:
            raise Unfit(f"event {event.key!r}: roles is a tuple of {', '.join(sorted(roles))}")
        if event.default not in FREQUENCIES or len(event.key) > 64:
            raise Unfit(
                f"event {event.key!r}: default is one of {', '.join(FREQUENCIES)}, "
                "and a key has at most 64 characters"
            )
        keys.add(event.key)
    return tuple(found)


def check_link_purposes(
    name: str, found: Any, permissions: Collection[str]
) -> tuple[LinkPurpose, ...]:
    """The plugin's link purposes: its own prefix, a view if any, known permissions, good days."""
    keys: set[str] = set()
    for purpose in _listed("register_link_purposes", found, LinkPurpose):
        _own_key(name, "link purpose", purpose.key, keys)
        unknown = set(purpose.permissions) - set(permissions)
        viewed = purpose.view is None or callable(purpose.view)
        if not viewed or unknown or not 1 <= purpose.days <= 90:
            raise Unfit(
                f"link purpose {purpose.key!r}: view is a function, permissions are known ones, "
                "days are 1 to 90"
            )
        keys.add(purpose.key)
    return tuple(found)


def check_facts(found: Any, taken: Collection[str]) -> tuple[FactKind, ...]:
    """The plugin's facts: keys that nobody else has, a unit that there is."""
    keys = set(taken)
    for kind in _listed("register_facts", found, FactKind):
        if not isinstance(kind.key, str) or not _FACT_KEY.fullmatch(kind.key):
            raise Unfit(f"fact {kind.key!r}: a key is small letters, digits, dots and underscores")
        if kind.key in keys:
            raise Unfit(f"fact {kind.key!r} exists already")
        if kind.unit not in FACT_UNITS or not str(kind.label).strip():
            raise Unfit(
                f"fact {kind.key!r}: it needs a label, and a unit of {', '.join(FACT_UNITS)}"
            )
        keys.add(kind.key)
    return tuple(found)


def check_suggestion_kinds(
    name: str, found: Any, permissions: Collection[str]
) -> tuple[SuggestionKind, ...]:
    """The plugin's kinds of suggestions: its own prefix, a function, a permission and an icon."""
    keys: set[str] = set()
    for kind in _listed("register_suggestion_kinds", found, SuggestionKind):
        _own_key(name, "kind of suggestion", kind.key, keys)
        if not callable(kind.accept) or kind.permission not in permissions or len(kind.key) > 64:
            raise Unfit(
                f"kind of suggestion {kind.key!r}: accept is a function, permission a known one, "
                "and a key has at most 64 characters"
            )
        if kind.icon not in ICONS:
            raise Unfit(f"kind of suggestion {kind.key!r}: there is no icon {kind.icon!r}")
        keys.add(kind.key)
    return tuple(found)


def check_nav(
    items: Sequence[NavItem], apps: Sequence[Flask], permissions: Collection[str]
) -> None:
    """Refuse navigation to endpoints or with permissions that do not exist."""
    for item in items:
        if item.permission not in permissions:
            raise Unfit(
                f"nav_items() asks for the permission {item.permission!r}, which nobody knows"
            )
        if not any(builds(app, item.endpoint, {}) for app in apps):
            raise Unfit(
                f"nav_items() leads to {item.endpoint!r}, an endpoint that does not exist "
                "or needs values"
            )


def builds(app: Flask, endpoint: str, values: dict[str, Any]) -> bool:
    """Whether an application can make a URL of an endpoint and its values."""
    try:
        app.url_map.bind("localhost").build(endpoint, values)
    except (BuildError, TypeError, ValueError):
        return False
    return True


def _listed(hook: str, found: Any, kind: type) -> Sequence[Any]:
    if not isinstance(found, list | tuple) or not all(isinstance(item, kind) for item in found):
        raise Unfit(f"{hook}() must return a list of {kind.__name__}, not {_kind(found)}")
    return found


def _own_key(name: str, what: str, key: Any, taken: Collection[str]) -> None:
    if not isinstance(key, str) or not key.startswith(f"{name}."):
        raise Unfit(f"{what} {key!r} must begin with '{name}.'")
    if key in taken:
        raise Unfit(f"{what} {key!r} stands twice")


def _kind(value: Any) -> str:
    if isinstance(value, list | tuple) and value:
        return f"a {type(value).__name__} with {type(value[0]).__name__}"
    return "None" if value is None else f"a {type(value).__name__}"
