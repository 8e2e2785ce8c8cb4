"""A small application with core's shape, and plugins written for one test."""

from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace

from flask import Blueprint, Flask, g
from jinja2 import DictLoader, StrictUndefined

from app.core.contract import PartnerRef, Viewer
from app.core.host import Host
from app.security import CORE_PERMISSIONS

STAFF = Viewer(1, "Ada", "ada@example.org", "manager", frozenset({"partners.view"}))
CONTACT = Viewer(2, "Ben", "ben@example.org", "contact", frozenset({"portal.view"}), partner_id=1)
PARTNER = PartnerRef(1, "UA", "United", "active")

HEADER = """\
from flask import Blueprint
from app.api import (
    Badge, Blueprints, Model, NavItem, NotificationEvent, Panel, Permission, PluginInfo,
    ScheduledJob,
    hookimpl, public, requires,
)
"""

# A healthy plugin: one page, one panel, one badge, one navigation entry.
HEALTHY = """
PLUGIN = PluginInfo(name="{name}", title="{title}", version="1.0")
staff = Blueprint("{name}", __name__)

@staff.get("/panel")
@requires("partners.view")
def panel():
    return "panel of {name}"

@hookimpl
def register_blueprints():
    return Blueprints(staff=staff)

@hookimpl
def nav_items(viewer):
    return [NavItem("{title}", "{name}.panel", "partners.view")]

@hookimpl
def partner_panels(partner):
    return [Panel("{title}", "{name}.panel", {{"partner": partner.id}})]

@hookimpl
def partner_badges(partners):
    return {{partner.id: [Badge("{title}", "good")] for partner in partners}}
"""


def write_plugin(
    folder: Path, name: str, source: str | None = None, files: dict[str, str] | None = None
) -> Path:
    """A plugin's folder with its plugin.py and, by path, further files; a healthy one without
    a source."""
    text = HEALTHY.format(name=name, title=name.title()) if source is None else dedent(source)
    contents = {"__init__.py": "", "plugin.py": HEADER + text, **(files or {})}
    for path, content in contents.items():
        file = folder / name / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(content), encoding="utf-8")
    return folder / name


def info(name: str, **more: object) -> str:
    """A PLUGIN line."""
    extra = "".join(f", {key}={value!r}" for key, value in more.items())
    return f'PLUGIN = PluginInfo(name="{name}", title="{name.title()}", version="1.0"{extra})'


def small_app(plugins_dir: Path, **options: object) -> Flask:
    """An application with a home page and the plugins of a folder.

    `app.config["VIEWER"]` is who asks.
    """
    app = Flask("small", static_folder=None)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_loader = DictLoader({"base.html": "{% block content %}{% endblock %}"})
    app.config["VIEWER"] = STAFF
    home = Blueprint("home", __name__)
    home.add_url_rule("/", "index", lambda: "core answers")
    app.register_blueprint(home)
    app.before_request(lambda: setattr(g, "viewer", app.config["VIEWER"]))
    host = Host(CORE_PERMISSIONS, **options)  # type: ignore[arg-type]
    app.extensions["entente"] = SimpleNamespace(host=host)
    host.load(app, plugins_dir)
    return app


def host_of(app: Flask) -> Host:
    """The host of an application."""
    host: Host = app.extensions["entente"].host
    return host
