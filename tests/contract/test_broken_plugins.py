"""One deliberately broken plugin per class of fault: it is named in words that its author can act
on, its neighbour works, and core keeps serving."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import pytest
from flask import Flask

from app.core import discovery, refs
from app.core.db import database
from app.core.host import PluginRefused
from tests.contract import small
from tests.contract.small import PARTNER, STAFF, host_of, info

INFO = info("broken")
STAFF_BLUEPRINT = f"""
{INFO}
staff = Blueprint("broken", __name__)

@hookimpl
def register_blueprints():
    return Blueprints(staff=staff)
"""
PAGE = """
@staff.get("/page")
@requires("partners.view")
def page():
    return "page"
"""
CREATES = "def up(migrator, db):\n    db.execute_sql('CREATE TABLE broken_thing (id INTEGER)')\n"

# What peewee does with a class that another plugin's migration called the same.
CREATES_WITHOUT_INDEX = """
def up(migrator, db):
    db.execute_sql("CREATE TABLE thing_of_another (owner INTEGER)")
    db.execute_sql("CREATE INDEX thing_owner ON thing_of_another (owner)")
    db.execute_sql("CREATE TABLE broken_thing (id INTEGER, owner INTEGER)")
    db.execute_sql("CREATE INDEX IF NOT EXISTS thing_owner ON broken_thing (owner)")
"""


@dataclass(frozen=True)
class Broken:
    """A plugin that does not survive its boot: at which stage, and what must be said of it."""

    fault: str
    stage: str
    words: str
    source: str
    files: dict[str, str] = field(default_factory=dict)


def hook(signature: str, body: str = "return []") -> str:
    """A plugin with one hook."""
    return f"{INFO}\n\n@hookimpl\ndef {signature}:\n    {body}\n"


def suggestions(kind: str) -> str:
    """A plugin that takes one kind of suggestion."""
    head = "from app.api import SuggestionKind\n"
    return head + hook("register_suggestion_kinds()", f"return [{kind}]")


BROKEN = [
    Broken("raising at import", "import", ": ZeroDivisionError: division by zero", "1 / 0"),
    Broken(
        "syntax error",
        "import",
        "views.py, line 2",
        "from . import views",
        {"views.py": "x = 1\ndef :\n"},
    ),
    Broken("leaving at import", "import", "SystemExit: 3", "import sys; sys.exit(3)"),
    Broken("missing module", "import", "No module named 'nowhere'", "import nowhere"),
    Broken("missing PLUGIN", "contract", "add PLUGIN = PluginInfo(name='broken'", "x = 1"),
    Broken("other name", "contract", "PLUGIN.name is 'other'", info("other")),
    Broken("future API", "contract", "update Entente", info("broken", api=2)),
    Broken("old API", "contract", "update the plugin", info("broken", api=0)),
    Broken(
        "foreign table",
        "contract",
        "must begin with 'broken_'",
        f"{INFO}\nclass Partner2(Model):\n    pass\n",
    ),
    Broken(
        "misspelled hook",
        "hooks",
        "did you mean 'partner_panels'?",
        hook("partner_pannels(partner)"),
    ),
    Broken("unknown hook", "hooks", "hooks are: approval_items,", hook("xyzzy()")),
    Broken(
        "wrong argument",
        "hooks",
        "asks for an argument 'person'; this hook offers: partner",
        hook("partner_panels(partner, person)"),
    ),
    Broken("any arguments", "hooks", "name the arguments", hook("partner_panels(**given)")),
    Broken(
        "hook wrapper",
        "hooks",
        "hook wrapper",
        f"{INFO}\n\n@hookimpl(wrapper=True)\ndef partner_panels():\n    return (yield)\n",
    ),
    Broken(
        "own order",
        "hooks",
        "set PLUGIN.order",
        f"{INFO}\n\n@hookimpl(tryfirst=True)\ndef partner_panels():\n    return []\n",
    ),
    Broken(
        "forgotten decorator",
        "hooks",
        "partner_panels() is named like a hook but lacks",
        f"{INFO}\n\ndef partner_panels():\n    return []\n",
    ),
    Broken(
        "kind of suggestion of nobody",
        "rehearse",
        "'other.case' must begin with 'broken.'",
        suggestions("SuggestionKind('other.case', 'A case', print, 'tasks.edit')"),
    ),
    Broken(
        "kind of suggestion without a function",
        "rehearse",
        "accept is a function",
        suggestions("SuggestionKind('broken.case', 'A case', None, 'tasks.edit')"),
    ),
    Broken(
        "kind of suggestion with an unknown permission",
        "rehearse",
        "permission a known one",
        suggestions("SuggestionKind('broken.case', 'A case', print, 'broken.edit')"),
    ),
    Broken(
        "kind of suggestion with an unknown icon",
        "rehearse",
        "there is no icon 'unicorn'",
        suggestions("SuggestionKind('broken.case', 'A case', print, 'tasks.edit', 'unicorn')"),
    ),
    Broken(
        "no kinds of suggestions",
        "rehearse",
        "must return a list of SuggestionKind",
        hook("register_suggestion_kinds()", "return ['case']"),
    ),
    Broken("generator", "hooks", "ordinary functions", hook("partner_panels()", "yield 1")),
    Broken(
        "template clash",
        "templates",
        "move it to templates/broken/",
        INFO,
        {"templates/base.html": "mine"},
    ),
    Broken(
        "template syntax",
        "templates",
        "'broken/a.html', line 1",
        INFO,
        {"templates/broken/a.html": "{% if %}"},
    ),
    Broken(
        "unknown filter",
        "templates",
        "'broken/a.html', line 2: no filter named 'shout'",
        INFO,
        {"templates/broken/a.html": "<p>\n{{ 'a'|shout }}"},
    ),
    Broken(
        "unknown test",
        "templates",
        "'broken/a.html', line 1: no test named 'late'",
        INFO,
        {"templates/broken/a.html": "{% if 'a' is late %}{% endif %}"},
    ),
    Broken(
        "block twice",
        "templates",
        "'broken/a.html', line 2: block 'a' defined twice",
        INFO,
        {"templates/broken/a.html": "{% block a %}{% endblock %}\n{% block a %}{% endblock %}"},
    ),
    Broken(
        "template without parent",
        "templates",
        "uses 'bass.html'",
        INFO,
        {"templates/broken/a.html": "{% extends 'bass.html' %}"},
    ),
    Broken(
        "failing migration",
        "migrate",
        "migration broken/0001_first failed; OperationalError",
        INFO,
        {"migrations/0001_first.py": CREATES + "    db.execute_sql('nonsense')\n"},
    ),
    Broken(
        "leaving in a migration",
        "migrate",
        "SystemExit",
        INFO,
        {"migrations/0001_first.py": "def up(migrator, db):\n    raise SystemExit(1)\n"},
    ),
    Broken(
        "table without migration",
        "migrate",
        "no migration creates the table 'broken_thing'",
        f"{INFO}\nclass BrokenThing(Model):\n    pass\n",
    ),
    Broken(
        "index whose name was taken",
        "migrate",
        "table 'broken_thing' lacks its index of owner",
        f"""
{INFO}
from peewee import IntegerField

class BrokenThing(Model):
    owner = IntegerField(index=True)
""",
        {"migrations/0001_first.py": CREATES_WITHOUT_INDEX},
    ),
    Broken(
        "raising while registered",
        "rehearse",
        "RuntimeError: not today",
        f"""
{INFO}
class Moody(Blueprint):
    def register(self, app, options):
        raise RuntimeError("not today")

@hookimpl
def register_blueprints():
    return Blueprints(staff=Moody("broken", __name__))
""",
    ),
    Broken(
        "raising hook at boot",
        "rehearse",
        ": RuntimeError: nothing to give",
        hook("register_blueprints()", "raise RuntimeError('nothing to give')"),
    ),
    Broken(
        "view without a permission",
        "rehearse",
        "view 'broken.page' does not say who may",
        STAFF_BLUEPRINT + PAGE.replace('@requires("partners.view")\n', ""),
    ),
    Broken(
        "unknown permission",
        "rehearse",
        "requires 'broken.see'",
        STAFF_BLUEPRINT + PAGE.replace("partners.view", "broken.see"),
    ),
    Broken(
        "public view among staff pages",
        "rehearse",
        "only the public blueprint",
        STAFF_BLUEPRINT + PAGE.replace('requires("partners.view")', 'public("why not")'),
    ),
    Broken(
        "unknown endpoint in the navigation",
        "rehearse",
        "leads to 'broken.pagge'",
        STAFF_BLUEPRINT
        + PAGE
        + """
@hookimpl
def nav_items():
    return [NavItem("Broken", "broken.pagge", "partners.view")]
""",
    ),
    Broken(
        "unknown endpoint in a template",
        "rehearse",
        "'broken/a.html', line 2: url_for('broken.pagge')",
        STAFF_BLUEPRINT + PAGE,
        {"templates/broken/a.html": "<p>\n{{ url_for('broken.pagge') }}"},
    ),
    Broken(
        "other blueprint name",
        "rehearse",
        "name the staff blueprint 'broken', not 'home'",
        STAFF_BLUEPRINT.replace('Blueprint("broken"', 'Blueprint("home"') + PAGE,
    ),
    Broken(
        "own URL prefix",
        "rehearse",
        "its place is given",
        STAFF_BLUEPRINT.replace("__name__", '__name__, url_prefix="/"') + PAGE,
    ),
    Broken(
        "own template folder",
        "rehearse",
        "template_folder",
        STAFF_BLUEPRINT.replace("__name__", '__name__, template_folder="t"') + PAGE,
    ),
    Broken(
        "acting on the whole application",
        "rehearse",
        "(before_app_request)",
        STAFF_BLUEPRINT + PAGE + "\nstaff.before_app_request(lambda: None)\n",
    ),
    Broken(
        "recording a set-up function",
        "rehearse",
        "record…()",
        STAFF_BLUEPRINT + PAGE + "\nstaff.record(lambda state: None)\n",
    ),
    Broken(
        "nested blueprint that acts on the application",
        "rehearse",
        "(app_errorhandler)",
        STAFF_BLUEPRINT
        + PAGE
        + """
child = Blueprint("child", __name__)
child.app_errorhandler(404)(lambda error: "mine")
staff.register_blueprint(child)
""",
    ),
    Broken(
        "core's permission",
        "rehearse",
        "must begin with 'broken.'",
        hook("register_permissions()", "return [Permission('people.manage', '', ('admin',))]"),
    ),
    Broken(
        "permission for an unknown role",
        "rehearse",
        "roles is a tuple of admin, contact",
        hook("register_permissions()", "return [Permission('broken.see', '', ('boss',))]"),
    ),
    Broken(
        "junk permissions",
        "rehearse",
        "must return a list of Permission, not a list with str",
        hook("register_permissions()", "return ['broken.see']"),
    ),
    Broken(
        "junk blueprints",
        "rehearse",
        "returned None, not a Blueprints",
        hook("register_blueprints()", "pass"),
    ),
    Broken(
        "junk settings",
        "rehearse",
        "derived from wtforms.Form",
        hook("register_settings()", "return dict"),
    ),
    Broken(
        "settings that refuse their defaults",
        "rehearse",
        "limit: Give a number of at least 5.",
        f"""
from wtforms import Form, IntegerField
from wtforms.validators import NumberRange
{INFO}
class Settings(Form):
    limit = IntegerField("Limit", [NumberRange(min=5)], default=1)

@hookimpl
def register_settings():
    return Settings
""",
    ),
    Broken(
        "job without interval",
        "rehearse",
        "job 'broken.tidy': run is a function",
        hook("register_jobs()", "return [ScheduledJob('broken.tidy', print, 0)]"),
    ),
    Broken(
        "notification for an unknown role",
        "rehearse",
        "event 'broken.told': roles is a tuple of",
        hook(
            "register_notifications()",
            "return [NotificationEvent('broken.told', 'x', roles=('king',))]",
        ),
    ),
]
every_broken_plugin = pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.fault)


@pytest.fixture
def beside_healthy(
    write_plugin: Callable[..., Path], boot: Callable[..., Flask]
) -> Callable[[Broken], Flask]:
    """Boot an application with a broken plugin between two healthy ones."""

    def start(broken: Broken) -> Flask:
        write_plugin("alpha")
        write_plugin("broken", broken.source, broken.files)
        write_plugin("zulu")
        return boot()

    return start


@every_broken_plugin
def test_it_is_quarantined_with_words_for_its_author(
    beside_healthy: Callable[[Broken], Flask], broken: Broken
) -> None:
    app = beside_healthy(broken)
    plugin = next(plugin for plugin in host_of(app).plugins if plugin.name == "broken")
    assert (plugin.active, plugin.stage) == (False, broken.stage)
    assert broken.words in plugin.problem


@every_broken_plugin
def test_core_and_its_neighbours_keep_serving(
    beside_healthy: Callable[[Broken], Flask], broken: Broken
) -> None:
    client = beside_healthy(broken).test_client()
    answers = [client.get(path).text for path in ("/", "/x/alpha/panel", "/x/zulu/panel")]
    assert answers == ["core answers", "panel of alpha", "panel of zulu"]


@every_broken_plugin
def test_none_of_its_pages_can_be_reached(
    beside_healthy: Callable[[Broken], Flask], broken: Broken
) -> None:
    assert beside_healthy(broken).test_client().get("/x/broken/page").status_code == 404


@every_broken_plugin
def test_a_strict_host_raises(
    write_plugin: Callable[..., Path], boot: Callable[..., Flask], broken: Broken
) -> None:
    write_plugin("broken", broken.source, broken.files)
    with pytest.raises(PluginRefused) as refusal:
        boot(strict=True)
    assert broken.words in str(refusal.value)


def test_a_half_registered_plugin_answers_404(
    write_plugin: Callable[..., Path], boot: Callable[..., Flask]
) -> None:
    # It behaves in the rehearsal and raises when it is registered for good.
    write_plugin(
        "broken",
        f"""
{INFO}
class Sly(Blueprint):
    seen = 0
    def register(self, app, options):
        super().register(app, options)
        Sly.seen += 1
        if Sly.seen > 1:
            raise RuntimeError("gotcha")

staff = Sly("broken", __name__)
{PAGE}
@hookimpl
def register_blueprints():
    return Blueprints(staff=staff)
""",
    )
    assert boot().test_client().get("/x/broken/page").status_code == 404


def test_a_failed_migration_leaves_no_table(
    write_plugin: Callable[..., Path], boot: Callable[..., Flask]
) -> None:
    broken = next(broken for broken in BROKEN if broken.fault == "failing migration")
    write_plugin("broken", broken.source, broken.files)
    boot()
    assert "broken_thing" not in database.get_tables()


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"plugin.py": INFO}, "no __init__.py"),
        ({"__init__.py": ""}, "no plugin.py"),
        ({}, "no __init__.py"),
    ],
)
def test_an_incomplete_folder_is_refused(
    plugins_dir: Path, boot: Callable[..., Flask], files: dict[str, str], words: str
) -> None:
    (plugins_dir / "broken").mkdir()
    for name, text in files.items():
        (plugins_dir / "broken" / name).write_text(text)
    (plugin,) = host_of(boot()).plugins
    assert words in plugin.problem


@pytest.mark.parametrize("name", ["Broken", "a-b", "x_portal", "partners", "b"])
def test_a_folder_name_that_cannot_be_a_plugin_is_refused(
    write_plugin: Callable[..., Path], boot: Callable[..., Flask], name: str
) -> None:
    write_plugin(name, "")
    (plugin,) = host_of(boot()).plugins
    assert repr(name) in plugin.problem


def test_of_two_plugins_of_one_name_the_bundled_one_runs(
    write_plugin: Callable[..., Path], boot: Callable[..., Flask], bundled: Path
) -> None:
    write_plugin("twin")
    kept = small.write_plugin(bundled, "twin")
    first, second = host_of(boot()).plugins
    assert (first.active, second.active) == (True, False)
    assert f"the one in {kept} is used" in second.problem


def test_a_missing_plugins_folder_is_said(plugins_dir: Path, boot: Callable[..., Flask]) -> None:
    plugins_dir.rmdir()
    (plugin,) = host_of(boot()).plugins
    assert "does not exist" in plugin.problem


# ---- faults while serving


def answering(hook_source: str) -> str:
    """A plugin with a page and one more hook."""
    return STAFF_BLUEPRINT + PAGE + hook_source


RAISING_PANEL = answering("""
@hookimpl
def partner_panels(partner):
    raise RuntimeError("no panel today")
""")


def test_a_raising_panel_is_shown_as_unavailable(
    write_plugin: Callable[..., Path], boot: Callable[..., Flask]
) -> None:
    write_plugin("alpha")
    write_plugin("broken", RAISING_PANEL)
    app = boot()
    with app.test_request_context():
        panels = host_of(app).panels("partner_panels", partner=PARTNER, viewer=STAFF)
    assert [(panel.plugin, panel.unavailable) for panel in panels] == [
        ("alpha", ""),
        ("broken", "fault"),
    ]


def test_a_raising_panel_raises_where_the_host_is_strict(
    write_plugin: Callable[..., Path], boot: Callable[..., Flask]
) -> None:
    write_plugin("broken", RAISING_PANEL)
    app = boot(strict=True)
    with app.test_request_context(), pytest.raises(RuntimeError, match="no panel today"):
        host_of(app).panels("partner_panels", partner=PARTNER, viewer=STAFF)


@pytest.mark.parametrize(
    "answer",
    [
        "'junk'",
        "[1]",
        "{}",
        "(panel for panel in [])",
        "[Panel('P', 'broken.missing')]",
        "[Panel('P', 'home.index')]",
        "[Panel('', 'broken.page')]",
    ],
)
def test_a_junk_panel_is_shown_as_unavailable(
    write_plugin: Callable[..., Path], boot: Callable[..., Flask], answer: str
) -> None:
    write_plugin(
        "broken",
        answering(f"""
@hookimpl
def partner_panels(partner):
    return {answer}
"""),
    )
    app = boot()
    with app.test_request_context():
        (panel,) = host_of(app).panels("partner_panels", partner=PARTNER, viewer=STAFF)
    assert panel.unavailable == "fault"


@pytest.mark.parametrize(
    "answer",
    ["[]", "{1: 'junk'}", "{1: [Badge('x', 'pink')]}", "{99: [Badge('x')]}", "{1: [1]}"],
)
def test_junk_badges_are_left_out(
    write_plugin: Callable[..., Path], boot: Callable[..., Flask], answer: str
) -> None:
    write_plugin("alpha")
    write_plugin(
        "broken",
        answering(f"""
@hookimpl
def partner_badges(partners):
    return {answer}
"""),
    )
    app = boot()
    with app.test_request_context():
        badges = host_of(app).badges([PARTNER], STAFF)
    assert [badge.label for badge in badges[PARTNER.id]] == ["Alpha"]


@pytest.mark.parametrize(
    "answer",
    [
        "'junk'",
        "[1]",
        "[TimelineEntry('now', 'x')]",
        "[TimelineEntry(datetime.now(UTC), 'x')]",
        "[TimelineEntry(before, 'x')]",
        "[TimelineEntry(datetime(2026, 1, 1), ' ')]",
        "[TimelineEntry(datetime(2026, 1, 1), 'x', icon='unicorn')]",
        "[TimelineEntry(datetime(2026, 1, 1), 'x', endpoint='accounts.people')]",
        "[TimelineEntry(datetime(2026, 1, 1), 'x', endpoint='broken.nowhere')]",
    ],
)
def test_junk_timeline_entries_are_left_out(
    write_plugin: Callable[..., Path], boot: Callable[..., Flask], answer: str
) -> None:
    write_plugin(
        "broken",
        answering(f"""
from datetime import UTC, datetime
from app.api import TimelineEntry
@hookimpl
def timeline_entries(before):
    return {answer}
"""),
    )
    write_plugin(
        "whole",
        f"""
{info("whole")}
from datetime import date, datetime
from app.api import TimelineEntry
@hookimpl
def timeline_entries():
    return [TimelineEntry(datetime(2026, 1, 1), "Told")]
""",
    )
    app = boot()
    with app.test_request_context():
        answers = host_of(app).each(
            "timeline_entries",
            partner=PARTNER,
            viewer=STAFF,
            before=datetime(2026, 2, 1, 12),
            limit=10,
        )
        assert [entry.title for _plugin, entries in answers for entry in entries] == ["Told"]


@pytest.mark.parametrize(
    "answer",
    [
        "1",
        "['entry']",
        "[CalendarEntry('broken-1', start, ' ')]",
        "[CalendarEntry('other-1', start, 'x')]",
        "[CalendarEntry('broken-1', 'today', 'x')]",
        "[CalendarEntry('broken-1', date(1999, 1, 1), 'x')]",
        "[CalendarEntry('broken-1', start, 'x', url='https://example.org/')]",
    ],
)
def test_junk_calendar_entries_are_left_out(
    write_plugin: Callable[..., Path], boot: Callable[..., Flask], answer: str
) -> None:
    source = "from datetime import date\nfrom app.api import CalendarEntry\n@hookimpl\n"
    source += "def calendar_entries(start):\n    return {}\n"
    write_plugin("broken", answering(source.replace("{}", answer)))
    told = "[CalendarEntry('whole-1', start, 'Told', url='/x/whole')]"
    write_plugin("whole", info("whole") + "\n" + source.replace("{}", told))
    app = boot()
    days = {"start": date(2026, 1, 1), "end": date(2026, 2, 1)}
    with app.test_request_context():
        answers = host_of(app).collect("calendar_entries", viewer=STAFF, **days)
        assert [entry.title for entry in answers] == ["Told"]


@pytest.mark.parametrize(
    "answer",
    [
        "1",
        "[]",
        "{'broken_thing:1': 'Title'}",
        "{'broken_thing:1': Link(' ')}",
        "{'broken_thing:1': Link('x', 'https://example.org/')}",
        "{'broken_thing:1': Link('x', '//example.org/')}",
        "{'broken_thing:2': Link('x')}",
        "{}['raises']",
    ],
)
def test_junk_visible_refs_show_nothing(
    write_plugin: Callable[..., Path], boot: Callable[..., Flask], answer: str
) -> None:
    source = "from app.api import Link\n@hookimpl\ndef visible_refs(refs):\n    return {}\n"
    write_plugin("broken", answering(source.replace("{}", answer)))
    write_plugin("whole", info("whole") + "\n" + source.replace("{}", "{r: Link(r) for r in refs}"))
    app = boot()
    with app.test_request_context():
        found = refs.visible(["broken_thing:1", "whole_thing:1"], STAFF)
    assert [*found] == ["whole_thing:1"]


@pytest.mark.parametrize(
    "answer",
    [
        "1",
        "['x']",
        "[Attention(' ', 'broken.page')]",
        "[Attention('x', 'accounts.people')]",
        "[Attention('x', 'broken.nowhere')]",
        "[Attention('x', 'broken.page', tone='loud')]",
        "[Attention('x', 'broken.page', due='today')]",
    ],
)
def test_junk_attention_items_are_left_out(
    write_plugin: Callable[..., Path], boot: Callable[..., Flask], answer: str
) -> None:
    source = f"""
from app.api import Attention
@hookimpl
def attention_items():
    return {answer}
"""
    write_plugin("broken", STAFF_BLUEPRINT + PAGE + source)
    app = boot()
    with app.test_request_context():
        asked = {"viewer": STAFF, "now": datetime(2026, 2, 1)}
        assert [*host_of(app).each("attention_items", **asked)] == []


def test_an_answer_of_none_means_nothing(
    write_plugin: Callable[..., Path], boot: Callable[..., Flask]
) -> None:
    write_plugin("broken", answering("@hookimpl\ndef partner_badges():\n    return None\n"))
    app = boot(strict=True)
    with app.test_request_context():
        assert host_of(app).badges([PARTNER], STAFF) == {}


def test_leaving_in_a_hook_is_a_fault_like_any_other(
    write_plugin: Callable[..., Path], boot: Callable[..., Flask]
) -> None:
    write_plugin("broken", answering("@hookimpl\ndef nav_items():\n    return [NavItem]\n"), {})
    write_plugin(
        "gone",
        f"""
{info("gone")}
@hookimpl
def partner_badges(partners):
    raise SystemExit(1)
""",
    )
    app = boot()
    with app.test_request_context():
        assert host_of(app).badges([PARTNER], STAFF) == {}


def test_a_raising_event_is_the_callers_to_retry(
    write_plugin: Callable[..., Path], boot: Callable[..., Flask]
) -> None:
    write_plugin("broken", hook("kpis_approved(value_ids)", "raise RuntimeError(str(value_ids))"))
    host = host_of(boot())
    assert host.listeners("kpis_approved") == ["broken"]
    with pytest.raises(RuntimeError, match=r"\[7\]"):
        host.deliver("broken", "kpis_approved", {"value_ids": [7]})


def test_leaving_in_an_event_does_not_end_the_worker(
    write_plugin: Callable[..., Path], boot: Callable[..., Flask]
) -> None:
    write_plugin("broken", hook("kpis_restated(value_ids)", "raise SystemExit"))
    host = host_of(boot())
    with pytest.raises(RuntimeError, match=r"called sys\.exit"):
        host.deliver("broken", "kpis_restated", {"value_ids": [7]})


def test_the_bundled_folder_is_where_the_package_says() -> None:
    assert (discovery.BUNDLED / "__init__.py").is_file()
