"""What the host does with healthy plugins: finds, mounts, orders, asks, pauses, switches."""

import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask, render_template
from jinja2 import TemplateNotFound
from werkzeug.datastructures import MultiDict

from app.core import clock, discovery
from app.core.db import atomic, database
from app.core.host import PluginUnavailable
from app.core.models import PluginFault, PluginSetting, PluginSwitch
from app.core.plugins import queries
from app.core.plugins.services import StaleSettings, save_settings, set_enabled
from tests.contract import small
from tests.contract.small import CONTACT, PARTNER, STAFF, host_of, info

Write = Callable[..., Path]
Boot = Callable[..., Flask]

THREE_MOUNTS = f"""
{info("alpha")}
staff = Blueprint("alpha", __name__)
portal = Blueprint("alpha_portal", __name__)
open_to_all = Blueprint("alpha_public", __name__)

@staff.get("/page")
@requires("partners.view")
def page():
    return "for staff"

@portal.get("/page")
@requires("portal.view")
def page():
    return "for contacts"

@open_to_all.get("/page")
@public("a single task behind a signed link")
def page():
    return "for all"

@hookimpl
def register_blueprints():
    return Blueprints(staff=staff, portal=portal, public=open_to_all)
"""
SETTINGS = f"""
from datetime import date
from decimal import Decimal
from wtforms import BooleanField, DateField, DecimalField, Form, IntegerField, StringField
from wtforms import SelectMultipleField
from wtforms.validators import InputRequired, NumberRange
{info("alpha")}

class Settings(Form):
    limit = IntegerField("Limit", [InputRequired(), NumberRange(1, 10)], default=3)
    share = DecimalField("Share", default=Decimal("0.125"))
    active = BooleanField("Active", default=True)
    since = DateField("Since", default=date(2026, 1, 2))
    kinds = SelectMultipleField("Kinds", choices=["a", "b"], default=["a"])
    note = StringField("Note")

@hookimpl
def register_settings():
    return Settings
"""
DEFAULTS = {"limit": 3, "active": True, "kinds": ["a"]}


# ---- found


def test_a_plugin_in_the_own_folder_is_found(write_plugin: Write, boot: Boot) -> None:
    write_plugin("alpha")
    (plugin,) = host_of(boot()).plugins
    assert (plugin.name, plugin.found.source, plugin.active) == ("alpha", "folder", True)


def test_a_bundled_plugin_is_found(bundled: Path, boot: Boot) -> None:
    small.write_plugin(bundled, "alpha")
    (plugin,) = host_of(boot()).plugins
    assert (plugin.found.source, plugin.active) == ("bundled", True)


def test_an_installed_package_is_found(
    tmp_path: Path, boot: Boot, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    small.write_plugin(site, "alpha_package", small.HEALTHY.format(name="alpha", title="Alpha"))
    metadata = site / "alpha_package-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: alpha-package\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[entente.plugins]\nalpha=alpha_package.plugin\n")
    monkeypatch.syspath_prepend(str(site))
    app = boot()
    (plugin,) = host_of(app).plugins
    assert (plugin.found.source, plugin.found.place) == ("package", "alpha-package 1.0")
    assert app.test_client().get("/x/alpha/panel").text == "panel of alpha"


def test_folders_that_begin_with_an_underscore_are_no_plugins(
    write_plugin: Write, boot: Boot
) -> None:
    write_plugin("_template", "this is a scaffold")
    assert host_of(boot()).plugins == []


def test_a_new_folder_is_named_until_the_restart(write_plugin: Write, boot: Boot) -> None:
    host = host_of(boot())
    write_plugin("alpha")
    assert host.waiting_for_restart() == ["alpha"]


def test_safe_mode_imports_nothing(write_plugin: Write, boot: Boot) -> None:
    write_plugin("alpha")
    sys.modules.pop("plugins.alpha.plugin", None)
    app = boot(safe_mode=True)
    assert "plugins.alpha.plugin" not in sys.modules
    assert app.test_client().get("/x/alpha/panel").status_code == 404


# ---- mounted


@pytest.mark.parametrize(
    ("viewer", "path", "status"),
    [
        (STAFF, "/x/alpha/page", 200),
        (STAFF, "/portal/x/alpha/page", 404),
        (STAFF, "/public/x/alpha/page", 200),
        (CONTACT, "/x/alpha/page", 404),
        (CONTACT, "/portal/x/alpha/page", 200),
        (CONTACT, "/public/x/alpha/page", 200),
        (None, "/public/x/alpha/page", 200),
    ],
)
def test_each_mount_has_its_public(
    write_plugin: Write, boot: Boot, viewer: object, path: str, status: int
) -> None:
    write_plugin("alpha", THREE_MOUNTS)
    app = boot(strict=True)
    app.config["VIEWER"] = viewer
    assert app.test_client().get(path).status_code == status


def test_templates_stand_under_the_plugins_name(write_plugin: Write, boot: Boot) -> None:
    write_plugin(
        "alpha",
        files={
            "templates/alpha/a.html": "{% extends 'base.html' %}"
            "{% block content %}{{ url_for('alpha.panel') }}{% endblock %}"
        },
    )
    app = boot(strict=True)
    with app.test_request_context():
        assert render_template("alpha/a.html") == "/x/alpha/panel"


def test_no_other_template_of_a_plugin_can_be_reached(write_plugin: Write, boot: Boot) -> None:
    write_plugin("alpha")
    app = boot(strict=True)
    (Path(host_of(app).plugins[0].found.place) / "templates").mkdir()
    with app.test_request_context(), pytest.raises(TemplateNotFound):
        render_template("alpha/../plugin.py")


def test_permissions_are_merged_into_the_roles(write_plugin: Write, boot: Boot) -> None:
    write_plugin(
        "alpha",
        f"""
{info("alpha")}
@hookimpl
def register_permissions():
    return [Permission("alpha.see", "See", ("viewer", "admin"))]
""",
    )
    permissions = host_of(boot(strict=True)).permissions
    holders = {role for role, keys in permissions.items() if "alpha.see" in keys}
    assert holders == {"viewer", "admin"}


def test_jobs_and_folders_are_handed_out(write_plugin: Write, boot: Boot) -> None:
    place = write_plugin(
        "alpha",
        f"""
{info("alpha")}
@hookimpl
def register_jobs():
    return [ScheduledJob("alpha.tidy", print, 60)]
""",
        {"static/a.css": "", "translations/de/LC_MESSAGES/messages.po": ""},
    )
    host = host_of(boot(strict=True))
    assert host.jobs["alpha.tidy"][0] == "alpha"
    assert host.static_folders() == {"x/alpha": place / "static"}
    assert host.translation_folders() == [place / "translations"]


def test_migrations_run_once_and_are_on_record(write_plugin: Write, boot: Boot) -> None:
    write_plugin(
        "alpha",
        f"""
{info("alpha")}
class AlphaThing(Model):
    pass
""",
        {
            "migrations/0001_first.py": """
def up(migrator, db):
    db.execute_sql("CREATE TABLE alpha_thing (id INTEGER PRIMARY KEY)")
"""
        },
    )
    boot(strict=True)
    (plugin,) = host_of(boot(strict=True)).plugins
    assert (plugin.tables, plugin.migrations) == (("alpha_thing",), ("0001_first",))


# ---- asked


def test_answers_come_by_order_then_name(write_plugin: Write, boot: Boot) -> None:
    for name, order in (("zulu", 1), ("alpha", 2), ("mike", 1)):
        write_plugin(
            name,
            f"""
{info(name, order=order)}
@hookimpl
def partner_badges(partners):
    return {{partner.id: [Badge("{name}")] for partner in partners}}
""",
        )
    badges = host_of(boot(strict=True)).badges([PARTNER], STAFF)
    assert [badge.label for badge in badges[1]] == ["mike", "zulu", "alpha"]


def test_panels_and_navigation_come_with_their_urls(write_plugin: Write, boot: Boot) -> None:
    write_plugin("alpha")
    app = boot(strict=True)
    with app.test_request_context():
        (panel,) = host_of(app).panels("partner_panels", partner=PARTNER, viewer=STAFF)
        (item,) = host_of(app).collect("nav_items", viewer=STAFF)
    assert (panel.url, item.endpoint) == ("/x/alpha/panel?partner=1", "alpha.panel")


@pytest.mark.parametrize(
    ("hook", "endpoint", "unavailable"),
    [
        ("dashboard_cards", "alpha.page", ""),
        ("dashboard_cards", "alpha_portal.page", "fault"),
        ("portal_panels", "alpha_portal.page", ""),
        ("portal_panels", "alpha.page", "fault"),
    ],
)
def test_a_panels_page_stands_where_its_reader_may_go(
    write_plugin: Write, boot: Boot, hook: str, endpoint: str, unavailable: str
) -> None:
    write_plugin(
        "alpha",
        THREE_MOUNTS
        + f"""
@hookimpl
def {hook}(viewer):
    return [Panel("Alpha", "{endpoint}")]
""",
    )
    app = boot()
    with app.test_request_context():
        (panel,) = host_of(app).panels(hook, viewer=STAFF, period=None)
    assert panel.unavailable == unavailable


def test_a_plugin_may_implement_what_another_one_publishes(write_plugin: Write, boot: Boot) -> None:
    write_plugin(
        "zulu",
        """
from plugins.zulu import hookspecs
PLUGIN = PluginInfo(name="zulu", title="Zulu", version="1.0", publishes=hookspecs)
""",
        {
            "hookspecs.py": """
from app.api import hookspec

@hookspec
def zulu_opinions(payout):
    \"\"\"What others think.\"\"\"
"""
        },
    )
    write_plugin(
        "alpha",
        f"""
{info("alpha")}
@hookimpl
def zulu_opinions(payout):
    return [payout]
""",
    )
    assert list(host_of(boot(strict=True)).each("zulu_opinions", payout=5)) == [("alpha", [5])]


def test_an_optional_hook_may_be_absent(write_plugin: Write, boot: Boot) -> None:
    write_plugin(
        "alpha",
        f"""
{info("alpha")}
@hookimpl(optionalhook=True)
def zulu_opinions(payout):
    return [payout]
""",
    )
    assert host_of(boot(strict=True)).plugins[0].active


def test_an_event_reaches_those_who_implement_it(write_plugin: Write, boot: Boot) -> None:
    write_plugin(
        "alpha",
        f"""
{info("alpha")}
heard = []
@hookimpl
def kpis_approved(value_ids):
    heard.extend(value_ids)
""",
    )
    write_plugin("zulu")
    host = host_of(boot(strict=True))
    host.deliver("alpha", "kpis_approved", {"value_ids": [1, 2]})
    assert (host.listeners("kpis_approved"), host.plugins[0].module.heard) == (["alpha"], [1, 2])


def test_an_event_for_an_absent_plugin_is_refused(boot: Boot) -> None:
    with pytest.raises(PluginUnavailable):
        host_of(boot()).deliver("alpha", "kpis_approved", {"value_ids": []})


def test_a_command_reaches_every_plugin(write_plugin: Write, boot: Boot) -> None:
    write_plugin(
        "alpha",
        f"""
{info("alpha")}
@hookimpl
def demo_data(scenario):
    raise RuntimeError(scenario)
""",
    )
    with pytest.raises(RuntimeError, match="desk"):
        host_of(boot()).run("demo_data", scenario="desk")


# ---- on and off


def test_a_plugin_that_is_off_does_not_exist(write_plugin: Write, boot: Boot) -> None:
    write_plugin("alpha")
    app = boot(strict=True)
    set_enabled("alpha", False)
    assert app.test_client().get("/x/alpha/panel").status_code == 404
    assert host_of(app).badges([PARTNER], STAFF) == {}
    assert host_of(app).listeners("partner_badges") == []


def test_a_switch_works_in_another_process_at_once(write_plugin: Write, boot: Boot) -> None:
    write_plugin("alpha")
    one, other = boot(strict=True), boot(strict=True)
    with one.app_context():
        set_enabled("alpha", False)
    assert other.test_client().get("/x/alpha/panel").status_code == 404
    with one.app_context():
        set_enabled("alpha", True)
    assert other.test_client().get("/x/alpha/panel").status_code == 200


def test_switches_are_read_once_per_request(write_plugin: Write, boot: Boot) -> None:
    write_plugin("alpha")
    app = boot(strict=True)
    with app.test_request_context():
        assert host_of(app).is_on("alpha")
        set_enabled("alpha", False)
        assert host_of(app).is_on("alpha")


# ---- slow


SLOW = f"""
import time
{info("alpha")}
calls = []
@hookimpl
def partner_badges(partners):
    calls.append(1)
    time.sleep(0.03)
    return {{}}
"""


class Watch:
    """A monotonic clock that a test can move."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


def test_a_hook_that_is_slow_twice_is_paused_for_a_minute(write_plugin: Write, boot: Boot) -> None:
    write_plugin("alpha", SLOW)
    watch = Watch()
    host = host_of(boot(slow_after=0.01, monotonic=watch))
    calls = host.plugins[0].module.calls
    for _ in range(4):
        host.badges([PARTNER], STAFF)
    assert len(calls) == 2
    watch.ahead = 61
    host.badges([PARTNER], STAFF)
    assert len(calls) == 3


def test_a_single_slow_answer_pauses_nothing(write_plugin: Write, boot: Boot) -> None:
    write_plugin("alpha", SLOW)
    host = host_of(boot(slow_after=0.01))
    host.badges([PARTNER], STAFF)
    host.faults.timed("alpha", "partner_badges", 0.001, 0)
    host.badges([PARTNER], STAFF)
    host.badges([PARTNER], STAFF)
    assert len(host.plugins[0].module.calls) == 3


def test_the_pause_is_on_record_for_every_process(write_plugin: Write, boot: Boot) -> None:
    write_plugin("alpha", SLOW)
    app = boot(slow_after=0.01)
    for _ in range(2):
        host_of(app).badges([PARTNER], STAFF)
    other = host_of(boot())
    assert queries.plugin_or_404(other, "alpha").state == "paused"
    with clock.frozen(clock.now() + timedelta(seconds=61)):
        assert queries.plugin_or_404(other, "alpha").state == "on"


def test_a_paused_panel_is_shown_as_slow(write_plugin: Write, boot: Boot) -> None:
    write_plugin(
        "alpha",
        SLOW.replace("partner_badges(partners)", "partner_panels(partner)").replace(
            "return {}", "return []"
        ),
    )
    app = boot(slow_after=0.01)
    with app.test_request_context():
        for _ in range(3):
            panels = host_of(app).panels("partner_panels", partner=PARTNER, viewer=STAFF)
    assert [panel.unavailable for panel in panels] == ["slow"]


# ---- faults on record


RAISING = f"""
{info("alpha")}
@hookimpl
def partner_badges(partners):
    raise ValueError("not a number")
"""


def test_a_fault_is_on_record_with_its_place(write_plugin: Write, boot: Boot) -> None:
    write_plugin("alpha", RAISING)
    host_of(boot()).badges([PARTNER], STAFF)
    (fault,) = PluginFault.select()
    assert (fault.plugin, fault.hook) == ("alpha", "partner_badges")
    assert fault.message.startswith("plugin.py, line ")
    assert fault.message.endswith("ValueError: not a number")


def test_faults_are_written_once_a_minute_and_all_counted(write_plugin: Write, boot: Boot) -> None:
    write_plugin("alpha", RAISING)
    watch = Watch()
    host = host_of(boot(monotonic=watch))
    for _ in range(5):
        host.badges([PARTNER], STAFF)
    assert PluginFault.get().count == 1
    watch.ahead = 61
    host.badges([PARTNER], STAFF)
    assert PluginFault.get().count == 6


def test_a_fault_in_a_transaction_is_written_after_it(write_plugin: Write, boot: Boot) -> None:
    write_plugin("alpha", RAISING)
    host = host_of(boot())
    with atomic() as transaction:
        host.badges([PARTNER], STAFF)
        assert not PluginFault.select().exists()
        transaction.rollback()
    host.faults.store(0)
    assert PluginFault.get().count == 1


def test_a_request_stores_its_faults_at_its_end(write_plugin: Write, boot: Boot) -> None:
    write_plugin("alpha", RAISING)
    app = boot()

    def badges() -> str:
        host_of(app).badges([PARTNER], STAFF)
        return str(PluginFault.select().count())

    app.add_url_rule("/badges", view_func=badges)
    assert app.test_client().get("/badges").text == "0"
    assert PluginFault.select().count() == 1


def test_a_failed_query_of_a_plugin_leaves_the_callers_work_whole(
    write_plugin: Write, boot: Boot
) -> None:
    write_plugin(
        "alpha",
        f"""
{info("alpha")}
from app.api import database
@hookimpl
def partner_badges(partners):
    database.execute_sql("DELETE FROM plugin_switch")
    database.execute_sql("SELECT nonsense")
""",
    )
    host = host_of(boot())
    with atomic():
        PluginSwitch.create(plugin="other", enabled=False, force_insert=True)
        host.badges([PARTNER], STAFF)
    assert PluginSwitch.select().count() == 1


def test_a_host_whose_faults_cannot_be_stored_still_answers(
    write_plugin: Write, boot: Boot
) -> None:
    write_plugin("alpha", RAISING)
    host = host_of(boot())
    database.drop_tables([PluginFault])
    assert host.badges([PARTNER], STAFF) == {}


# ---- settings


def saved(app: Flask, **sent: object) -> dict[str, object]:
    """Save a settings form as it was sent, and read the settings back."""
    form = host_of(app).settings_form("alpha")(MultiDict(sent))
    assert form.validate(), form.errors
    save_settings("alpha", form, queries.stored_settings("alpha")[1])
    return host_of(app).settings("alpha")


def test_settings_begin_with_the_forms_defaults(write_plugin: Write, boot: Boot) -> None:
    write_plugin("alpha", SETTINGS)
    settings = host_of(boot(strict=True)).settings("alpha")
    assert settings | DEFAULTS == settings
    assert (str(settings["share"]), str(settings["since"])) == ("0.125", "2026-01-02")


def test_saved_settings_come_back_as_the_form_understood_them(
    write_plugin: Write, boot: Boot
) -> None:
    write_plugin("alpha", SETTINGS)
    settings = saved(
        boot(strict=True), limit="7", share="0.33", since="2026-05-06", kinds=["a", "b"], note="ü"
    )
    assert settings | {"limit": 7, "active": False, "kinds": ["a", "b"], "note": "ü"} == settings
    assert (str(settings["share"]), str(settings["since"])) == ("0.33", "2026-05-06")


@pytest.mark.parametrize(
    "stored", ['{"limit": ["99"]}', '{"limit": 5}', '{"gone": ["1"]}', "[]", '{"limit": [5]}']
)
def test_stored_settings_that_the_form_does_not_take_give_way_to_defaults(
    write_plugin: Write, boot: Boot, stored: str
) -> None:
    write_plugin("alpha", SETTINGS)
    host = host_of(boot(strict=True))
    PluginSetting.insert(plugin="alpha", data=stored).execute()
    settings = host.settings("alpha")
    assert settings | DEFAULTS == settings
    assert "gone" not in settings


def test_a_stale_settings_form_is_not_saved(write_plugin: Write, boot: Boot) -> None:
    write_plugin("alpha", SETTINGS)
    app = boot(strict=True)
    form = host_of(app).settings_form("alpha")()
    saved(app, limit="7", share="1", since="2026-05-06")
    with pytest.raises(StaleSettings):
        save_settings("alpha", form, 0)


def test_discovery_leaves_the_import_path_to_the_present_folders(
    write_plugin: Write, boot: Boot, plugins_dir: Path
) -> None:
    boot()
    assert sys.modules["plugins"].__path__ == [str(discovery.BUNDLED), str(plugins_dir)]
