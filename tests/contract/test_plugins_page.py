"""The whole application with the organisation's own plugins, healthy and broken."""

import html
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.core import discovery
from app.core.db import atomic, database
from app.core.events import emit
from app.core.models import Job
from app.testing import add_partner, founded
from tests.contract.small import info
from tests.contract.test_broken_plugins import BROKEN, PAGE, RAISING_PANEL, STAFF_BLUEPRINT
from tests.contract.test_host import SETTINGS
from tests.databases import fresh_url

Write = Callable[..., Path]
Start = Callable[..., Flask]

# The classes of fault that must be shown with the whole application; the rest are shown with a
# small one in test_broken_plugins.py.
SHOWN = (
    "raising at import",
    "misspelled hook",
    "wrong argument",
    "unknown endpoint in the navigation",
    "unknown endpoint in a template",
    "template clash",
    "raising while registered",
    "view without a permission",
    "failing migration",
)
BUNDLED = sorted(path.parent.name for path in discovery.BUNDLED.glob("[!_]*/plugin.py"))


def browser(app: Flask, role: str = "admin") -> Any:
    """A browser of somebody of the staff."""
    return app.test_client().sign_in(f"{role}@example.org")  # type: ignore[attr-defined]


@pytest.mark.parametrize("fault", SHOWN)
def test_core_serves_beside_a_broken_plugin_and_says_what_is_wrong(
    write_plugin: Write, start: Start, fault: str
) -> None:
    broken = next(broken for broken in BROKEN if broken.fault == fault)
    write_plugin("broken", broken.source, broken.files)
    admin = browser(start())
    answers = [admin.get(path).status_code for path in ("/healthz", "/home", "/partners")]
    assert 500 not in answers
    page = admin.get("/admin/plugins")
    assert (page.status_code, broken.words in html.unescape(page.text)) == (200, True)


def test_of_two_plugins_of_one_name_the_second_is_shown_as_refused(
    write_plugin: Write, start: Start
) -> None:
    if not BUNDLED:
        pytest.fail("there is no bundled plugin whose name could be taken")
    write_plugin(BUNDLED[0])
    page = browser(start()).get("/admin/plugins")
    assert f"another plugin has the name '{BUNDLED[0]}'" in html.unescape(page.text)


def test_a_raising_panel_costs_its_own_box(write_plugin: Write, start: Start) -> None:
    write_plugin("alpha")
    write_plugin("broken", RAISING_PANEL)
    app = start()
    with app.app_context(), database.connection_context():
        partner = add_partner("NORD", "Nordlicht")
    page = browser(app).get(f"/partners/{partner.id}")
    assert (page.status_code, "/x/alpha/panel" in page.text) == (200, True)


def test_an_unavailable_panel_says_so_and_fetches_nothing(
    write_plugin: Write, start: Start
) -> None:
    write_plugin("broken", RAISING_PANEL)
    app = start()
    with app.app_context(), database.connection_context():
        partner = add_partner("NORD", "Nordlicht")
    page = browser(app).get(f"/partners/{partner.id}").text
    assert ("navailable" in page, 'hx-get=""' in page) == (True, False)


def test_a_slow_panel_costs_its_own_box(write_plugin: Write, start: Start) -> None:
    write_plugin(
        "slow",
        STAFF_BLUEPRINT.replace("broken", "slow")
        + """
import time

@staff.get("/panel")
@requires("partners.view")
def panel():
    time.sleep(3)
    return "at last"

@hookimpl
def partner_panels(partner):
    return [Panel("Slow", "slow.panel")]
""",
    )
    app = start()
    with app.app_context(), database.connection_context():
        partner = add_partner("NORD", "Nordlicht")
    admin = browser(app)
    started = time.monotonic()
    page = admin.get(f"/partners/{partner.id}")
    assert ("/x/slow/panel" in page.text, time.monotonic() - started < 3) == (True, True)
    assert admin.get("/x/slow/panel").text == "at last"


def test_a_raising_event_is_kept_for_another_try(write_plugin: Write, start: Start) -> None:
    write_plugin(
        "broken",
        f"""
{info("broken")}
@hookimpl
def kpis_approved(value_ids):
    raise RuntimeError("not now")
""",
    )
    app = start()
    with app.app_context(), database.connection_context():
        with atomic():
            emit("kpis_approved", value_ids=[])
        job = Job.get(Job.plugin == "broken")
    assert (job.state, "not now" in job.error) == ("ready", True)


# In a process of its own: copies of our plugins beside the real ones would be models twice.
VISIT = """
import sys
from pathlib import Path
from app.core import discovery
discovery.BUNDLED = Path(sys.argv[1])
from app.testing import Browser, make_app
app = make_app(Path(sys.argv[2]), sys.argv[3], plugins_strict=True)
app.test_client_class = Browser
admin = app.test_client()
admin.sign_in("admin@example.org")
print(*(plugin.name for plugin in app.extensions["entente"].host.plugins))
for page in ("/", "/partners", "/kpis", "/admin/plugins"):
    print(admin.get(page, follow_redirects=True).status_code)
"""


@pytest.mark.parametrize("name", BUNDLED)
def test_core_serves_without_a_bundled_plugin(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    monkeypatch.setenv("ENTENTE_TEST_FOLDER", str(tmp_path_factory.getbasetemp()))
    rest = tmp_path / "plugins"
    shutil.copytree(discovery.BUNDLED, rest, ignore=shutil.ignore_patterns(name, "__pycache__"))
    url = fresh_url("sqlite", tmp_path, founded)
    visit = [sys.executable, "-c", VISIT, str(rest), str(tmp_path / "data"), url]
    done = subprocess.run(visit, capture_output=True, text=True, check=False)
    names = " ".join(one for one in BUNDLED if one != name)
    assert done.stdout.split("\n", 1) == [names, "200\n" * 4], done.stderr


def test_safe_mode_says_so_and_starts_nothing(write_plugin: Write, start: Start) -> None:
    write_plugin("alpha", "1 / 0")
    page = browser(start(plugins_safe_mode=True)).get("/admin/plugins")
    assert ("Safe mode" in page.text, "Not started" in page.text) == (True, True)


def test_a_stranger_is_sent_to_sign_in(write_plugin: Write, start: Start) -> None:
    write_plugin("alpha")
    answer = start().test_client().get("/x/alpha/panel")
    assert (answer.status_code, answer.location) == (302, "/login?next=/x/alpha/panel")


@pytest.mark.parametrize("role", ["manager", "viewer"])
@pytest.mark.parametrize("path", ["/admin/plugins", "/admin/plugins/alpha"])
def test_only_administrators_see_the_plugins_page(
    write_plugin: Write, start: Start, role: str, path: str
) -> None:
    write_plugin("alpha")
    assert browser(start(), role).get(path).status_code == 403


def test_a_plugin_is_shown_with_its_hooks_and_pages(write_plugin: Write, start: Start) -> None:
    write_plugin("alpha")
    page = browser(start()).get("/admin/plugins/alpha").text
    assert all(word in page for word in ("partner_badges", "/x/alpha/panel", "Alpha", "1.0"))


def test_an_unknown_plugin_is_404(start: Start) -> None:
    assert browser(start()).get("/admin/plugins/nobody").status_code == 404


def test_a_plugin_is_switched_off_and_on(write_plugin: Write, start: Start) -> None:
    write_plugin("alpha")
    admin = browser(start())
    answers = []
    for wanted in ("off", "on"):
        assert admin.send("/admin/plugins/alpha/switch", enabled=wanted).status_code == 303
        answers.append(admin.get("/x/alpha/panel").status_code)
    assert answers == [404, 200]


@pytest.mark.parametrize("role", ["manager", "viewer"])
def test_only_administrators_switch(write_plugin: Write, start: Start, role: str) -> None:
    write_plugin("alpha")
    answer = browser(start(), role).send("/admin/plugins/alpha/switch", enabled="off")
    assert answer.status_code == 403


def test_a_switch_wants_on_or_off(write_plugin: Write, start: Start) -> None:
    write_plugin("alpha")
    answer = browser(start()).send("/admin/plugins/alpha/switch", enabled="perhaps")
    assert answer.status_code == 422


def test_a_quarantined_plugin_has_no_switch(write_plugin: Write, start: Start) -> None:
    write_plugin("broken", "1 / 0")
    answer = browser(start()).send("/admin/plugins/broken/switch", enabled="on")
    assert answer.status_code == 422


def test_switching_is_not_done_by_get(write_plugin: Write, start: Start) -> None:
    write_plugin("alpha")
    assert browser(start()).get("/admin/plugins/alpha/switch").status_code == 405


def test_settings_are_saved(write_plugin: Write, start: Start) -> None:
    write_plugin("alpha", SETTINGS)
    admin = browser(start())
    answer = admin.send(
        "/admin/plugins/alpha/settings",
        settings_version="0",
        limit="8",
        share="0.2",
        since="2026-03-04",
        note="from the form",
    )
    assert answer.status_code == 303
    assert 'value="from the form"' in admin.get("/admin/plugins/alpha").text


def test_invalid_settings_come_back_with_what_was_typed(write_plugin: Write, start: Start) -> None:
    write_plugin("alpha", SETTINGS)
    answer = browser(start()).send(
        "/admin/plugins/alpha/settings",
        settings_version="0",
        limit="99",
        share="0.2",
        since="2026-03-04",
        note="typed",
    )
    assert (answer.status_code, 'value="typed"' in answer.text) == (422, True)


def test_settings_saved_by_somebody_else_are_not_overwritten(
    write_plugin: Write, start: Start
) -> None:
    write_plugin("alpha", SETTINGS)
    admin = browser(start())
    form = {"settings_version": "0", "limit": "8", "share": "0.2", "since": "2026-03-04"}
    admin.send("/admin/plugins/alpha/settings", **form, note="first")
    answer = admin.send("/admin/plugins/alpha/settings", **form, note="second")
    assert (answer.status_code, "Somebody else saved" in answer.text) == (422, True)


def test_a_plugin_without_settings_takes_none(write_plugin: Write, start: Start) -> None:
    write_plugin("alpha", STAFF_BLUEPRINT.replace("broken", "alpha") + PAGE)
    answer = browser(start()).send("/admin/plugins/alpha/settings", settings_version="0")
    assert answer.status_code == 404
