"""A plugin speaks from its own catalogue, in templates and in Python; core's strings hold."""

import io

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from app.core.db import database
from app.testing import Browser, found, make_app

PLUGIN = """
from flask import Blueprint
from app.api import Blueprints, PluginInfo, Permission, hookimpl, render, requires, translations

_ = translations("greeter").gettext
PLUGIN = PluginInfo("greeter", "Greeter", "1.0")
staff = Blueprint("greeter", __name__)


@staff.get("/")
@requires("greeter.view")
def index():
    return render("greeter/index.html", said=_("Good day"))


@hookimpl
def register_blueprints():
    return Blueprints(staff=staff)


@hookimpl
def register_permissions():
    return [Permission("greeter.view", "See greetings", ("admin",))]
"""
PAGE = "<p>{{ _('Good day') }}, {{ said }}; {{ _('Partners') }}</p>"


@pytest.fixture
def browser(tmp_path):
    """An administrator's browser of an application with the plugin dropped in."""
    folder = tmp_path / "plugins" / "greeter"
    (folder / "templates" / "greeter").mkdir(parents=True)
    (folder / "translations" / "en" / "LC_MESSAGES").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "plugin.py").write_text(PLUGIN)
    (folder / "templates" / "greeter" / "index.html").write_text(PAGE)
    catalogue = Catalog(locale="en")
    catalogue.add("Good day", "Howdy")
    file = io.BytesIO()
    write_mo(file, catalogue)
    target = folder / "translations" / "en" / "LC_MESSAGES" / "messages.mo"
    target.write_bytes(file.getvalue())
    app = make_app(tmp_path / "data", plugins_dir=tmp_path / "plugins")
    found(app)
    app.test_client_class = Browser
    with database.connection_context():
        yield app.test_client().sign_in("admin@example.org")


def test_a_plugins_own_catalogue_speaks_in_templates_and_in_python(browser):
    assert "<p>Howdy, Howdy; Partners</p>" in browser.get("/x/greeter/").text
