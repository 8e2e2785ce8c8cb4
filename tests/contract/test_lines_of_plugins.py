"""approval_items, portal_items and search_results: lines that plugins add to core's own lists."""

from datetime import datetime

import pytest

from app.core.contract import Attention, Hit
from app.core.db import database
from app.core.results import Junk, check
from app.testing import add_contact, add_partner
from tests.contract.small import CONTACT, STAFF
from tests.contract.test_plugins_page import browser

NOW = datetime(2026, 2, 1)
PLUGIN = """
from datetime import date
from app.api import Approval, Attention, Hit

PLUGIN = PluginInfo(name="alpha", title="Prize draw", version="1.0")
staff = Blueprint("alpha", __name__)
portal = Blueprint("alpha_portal", __name__)

@staff.get("/page")
@requires("partners.view")
def page():
    return "for staff"

@portal.get("/page")
@requires("portal.view")
def page():
    return "for contacts"

@hookimpl
def register_blueprints():
    return Blueprints(staff=staff, portal=portal)

@hookimpl
def approval_items(viewer):
    return [Approval("Prize of Nordlicht", "alpha.page", text="200 EUR", since=date(2026, 1, 5))]

@hookimpl
def portal_items(viewer, now):
    return [
        Attention("Choose your prize", "alpha_portal.page", text="Three to choose from"),
        Attention("We send the prize", "alpha_portal.page", side="host", due=date(2026, 3, 1)),
    ]

@hookimpl
def search_results(query, viewer, limit):
    where = "alpha.page" if viewer.is_staff else "alpha_portal.page"
    return [Hit(f"Prize for {query}", where, text="drawn")] * 30
"""


@pytest.fixture
def sites(write_plugin, start):
    """The whole desk with a plugin that adds lines, and somebody of each side signed in."""
    write_plugin("alpha", PLUGIN)
    return start()


@pytest.fixture
def contact(sites):
    """A browser of a partner's contact."""
    with sites.app_context(), database.connection_context():
        add_contact(add_partner("NORD", "Nordlicht"), "contact@nordlicht.example")
    return sites.test_client().sign_in("contact@nordlicht.example")


def test_approvals_of_plugins_stand_in_the_inbox(sites):
    page = browser(sites).get("/approvals").text
    assert all(word in page for word in ("Prize of Nordlicht", "200 EUR", "/x/alpha/page"))
    assert "Nothing waits for you" not in page


def test_what_both_sides_owe_stands_on_the_portals_first_page(sites, contact):
    page = contact.get("/portal").text
    assert page.index("Choose your prize") < page.index("What we owe you")
    assert page.index("What we owe you") < page.index("We send the prize")


def test_the_searches_show_what_plugins_find(sites, contact):
    page = browser(sites).get("/search?q=harvest").text
    assert page.count("Prize for harvest") == 20
    assert "Prize draw" in page
    assert "/portal/x/alpha/page" in contact.get("/portal/search?q=hat").text


@pytest.mark.parametrize(
    ("hook", "answer"),
    [
        ("approval_items", ["x"]),
        ("portal_items", "x"),
        ("search_results", [("x", "alpha.page")]),
    ],
)
def test_junk_is_refused(hook, answer):
    with pytest.raises(Junk):
        check("alpha", hook, answer, {"viewer": STAFF, "now": NOW, "query": "x", "limit": 3})


def test_hits_beyond_the_limit_are_left_out(sites):
    asked = {"viewer": STAFF, "query": "x", "limit": 2}
    with sites.test_request_context():
        assert len(check("alpha", "search_results", [Hit("a", "alpha.page")] * 9, asked)) == 2


def test_a_contact_is_sent_to_the_portal_only(sites):
    asked = {"viewer": CONTACT, "query": "x", "limit": 2}
    with sites.test_request_context(), pytest.raises(Junk):
        check("alpha", "search_results", [Hit("a", "alpha.page")], asked)


def test_a_side_is_one_of_two(sites):
    asked = {"viewer": CONTACT, "now": NOW}
    with sites.test_request_context(), pytest.raises(Junk):
        check("alpha", "portal_items", [Attention("a", "alpha_portal.page", side="us")], asked)
