"""The gate before each request: a plugin that is off does not exist, and each mount has its public.

Who is not signed in passes here and is sent to the sign-in form by the permission check.
"""

from typing import TYPE_CHECKING

from flask import abort, g, request

from app.core import audit
from app.core.db import atomic

if TYPE_CHECKING:
    from app.core.host import Host


def check(host: "Host") -> None:
    """404 for a plugin that is off, for contacts on staff pages and for staff in the portal."""
    if not request.blueprints:
        return
    root = request.blueprints[-1]
    name, mount = _owner(root)
    if name not in {plugin.name for plugin in host.plugins}:
        return
    if not host.is_on(name):
        abort(404)
    viewer = g.get("viewer")
    if mount == "public" or viewer is None:
        return
    if viewer.is_staff != (mount == "staff"):
        with atomic():
            audit.record("access.refused", f"endpoint:{request.endpoint}"[:80])
        abort(404)


def _owner(blueprint: str) -> tuple[str, str]:
    """The plugin and the mount to which a blueprint's endpoint name belongs."""
    for mount in ("portal", "public"):
        if blueprint.endswith(f"_{mount}"):
            return blueprint.removesuffix(f"_{mount}"), mount
    return blueprint, "staff"
