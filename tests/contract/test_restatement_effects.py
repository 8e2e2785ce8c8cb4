"""kpi_restatement_effects: what plugins add to the list of what a correction changes."""

import pytest

from app.core.contract import Effect
from app.core.db import database
from app.core.kpis import services
from app.core.results import Junk, check
from app.testing import add_partner
from tests.contract.test_plugins_page import browser
from tests.core.desk import Desk, last_month, staff

GOOD = Effect("Tier", "Silver", "Gold", "/x/incentives")


@pytest.mark.parametrize("answer", [None, [], [GOOD]])
def test_effects_are_taken(answer):
    assert list(check("hello", "kpi_restatement_effects", answer, {})) == list(answer or [])


@pytest.mark.parametrize(
    "answer",
    [
        "Gold",
        ["Gold"],
        [Effect(" ", "a", "b")],
        [Effect("Tier", "a", "b", "https://example.org")],
        [Effect("Tier", "a", "b", "//example.org")],
        [Effect("Tier", "a", "b", "javascript:alert(1)")],
    ],
)
def test_junk_is_refused(answer):
    with pytest.raises(Junk):
        check("hello", "kpi_restatement_effects", answer, {})


RAISING = """
PLUGIN = PluginInfo(name="{name}", title="Bonus shop", version="1.0")

@hookimpl
def kpi_restatement_effects(value, proposed):
    raise ZeroDivisionError("no bonus")
"""


@pytest.fixture
def waiting(write_plugin, start):
    """A desk with a plugin that raises, and a correction that waits: (app, revision, page)."""
    write_plugin("broken", RAISING.format(name="broken"))
    app = start()
    desk = Desk(app)
    with app.app_context(), database.connection_context():
        partner = add_partner("NORD", "Nordlicht")
        kpi = desk.kpi()
        desk.judge(partner, kpi, last_month(), 80)
        revision = services.submit_value(
            partner.id, kpi, last_month(), by=staff(), value=120_000_000, reason="Late invoice"
        )
    return app, revision, f"/partners/{partner.id}/kpis/{kpi}"


def test_a_plugin_that_raises_could_not_be_told_and_the_rest_is(waiting):
    app, revision, _page = waiting
    shown = browser(app).get(f"/approvals/{revision}/effects")
    assert shown.status_code == 200
    assert "could not be told" in shown.text.split("Bonus shop")[1]
    assert "80 · 80%" in shown.text


def test_what_could_not_be_told_is_kept_with_an_approval_that_goes_through(waiting):
    app, revision, page = waiting
    admin = browser(app)
    done = admin.send("/approvals", ids=revision, reason="Nobody else is here")
    assert done.status_code == 303
    kept = admin.get(page).text.split("what it changed")[1]
    assert "could not be told" in kept.split("Bonus shop")[1]
