"""Hooks that plugins publish: who asks gets what the others answer, and a veto fails closed."""

import html
from collections.abc import Callable
from pathlib import Path
from textwrap import indent

import pytest
from flask import Flask

from app.api import Objection, ask, objections
from app.core.db import atomic, database
from app.core.host import PluginRefused
from app.core.models import PluginFault
from app.core.plugins.services import set_enabled
from app.core.results import Junk, check
from tests.contract.small import host_of, info
from tests.contract.test_plugins_page import browser

Write = Callable[..., Path]
Boot = Callable[..., Flask]
Start = Callable[..., Flask]

SHOP = """
from plugins.shop import hookspecs
PLUGIN = PluginInfo(name="shop", title="Shop", version="1.0", publishes=hookspecs)
"""
HOOKSPECS = '''
from app.api import hookspec

@hookspec
def shop_opinions(item, day):
    """What others think of an item."""

@hookspec
def shop_sale_objections(item):
    """Why an item may not be sold."""
'''


def publishes(source: str) -> dict[str, str]:
    """The files of a plugin whose hookspecs.py has this source."""
    return {"hookspecs.py": f"from app.api import hookspec\n{source}"}


def answering(name: str, signature: str, body: str, order: int = 100) -> str:
    """A plugin that answers one published hook."""
    head = f"from app.api import Objection\n{info(name, order=order)}\n"
    return f"{head}@hookimpl(optionalhook=True)\ndef {signature}:\n{indent(body, '    ')}\n"


OBJECTING = answering(
    "critic", "shop_sale_objections(item)", 'return [Objection(f"{item} is disputed")]'
)
FAILING = answering("critic", "shop_sale_objections(item)", "raise ZeroDivisionError(item)")


@pytest.fixture
def shop(write_plugin: Write) -> None:
    """A plugin that publishes an opinion and a veto."""
    write_plugin("shop", SHOP, {"hookspecs.py": HOOKSPECS})


def sale(app: Flask, item: str = "bread") -> list[tuple[str, str]]:
    """The objections to the sale of an item: source and reason."""
    with app.app_context(), database.connection_context():
        found = objections("shop_sale_objections", item=item)
    return [(objection.source, objection.reason) for objection in found]


def opinions(app: Flask) -> list[object]:
    """What is thought of bread."""
    with app.app_context():
        return ask("shop_opinions", item="bread", day=1)


# ---- ask


@pytest.mark.usefixtures("shop")
def test_answers_come_in_the_plugins_order_and_none_is_left_out(
    write_plugin: Write, boot: Boot
) -> None:
    for name, order, said in (("zulu", 1, "'stale'"), ("alpha", 2, "'fresh'"), ("mute", 3, None)):
        write_plugin(name, answering(name, "shop_opinions(item)", f"return {said}", order))
    assert opinions(boot(strict=True)) == ["stale", "fresh"]


@pytest.mark.usefixtures("shop")
def test_a_hook_that_nobody_answers_gives_an_empty_list(boot: Boot) -> None:
    assert opinions(boot(strict=True)) == []


def test_a_hook_whose_publisher_is_absent_gives_an_empty_list(
    write_plugin: Write, boot: Boot
) -> None:
    write_plugin("alpha", answering("alpha", "shop_opinions(item)", "return item"))
    assert opinions(boot(strict=True)) == []


@pytest.mark.usefixtures("shop")
def test_a_hook_whose_publisher_is_off_gives_an_empty_list(write_plugin: Write, boot: Boot) -> None:
    write_plugin("critic", OBJECTING)
    app = boot(strict=True)
    set_enabled("shop", False)
    assert (opinions(app), sale(app)) == ([], [])


@pytest.mark.usefixtures("shop")
def test_who_fails_is_left_out_and_on_record(write_plugin: Write, boot: Boot) -> None:
    write_plugin("alpha", answering("alpha", "shop_opinions(item)", "return 1 / 0"))
    write_plugin("zulu", answering("zulu", "shop_opinions(day)", "return day"))
    assert opinions(boot()) == [1]
    assert (PluginFault.get().plugin, PluginFault.get().hook) == ("alpha", "shop_opinions")


@pytest.mark.usefixtures("shop")
def test_a_strict_host_raises_what_an_answer_raises(write_plugin: Write, boot: Boot) -> None:
    write_plugin("critic", FAILING)
    with pytest.raises(ZeroDivisionError):
        sale(boot(strict=True))


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("hook", "arguments", "error", "words"),
    [
        ("shop_opinion", {"item": 1, "day": 1}, LookupError, "shop publishes no hook"),
        ("shop_opinions", {"item": 1}, TypeError, "asked with item, day"),
        ("shop_opinions", {"item": 1, "day": 1, "hour": 1}, TypeError, "asked with item, day"),
        ("shop_sale_objections", {"item": 1}, LookupError, r"ask it with objections\(\)"),
    ],
)
def test_asking_for_what_is_not_published_raises(
    boot: Boot, hook: str, arguments: dict[str, int], error: type[Exception], words: str
) -> None:
    with boot(strict=True).app_context(), pytest.raises(error, match=words):
        ask(hook, **arguments)


@pytest.mark.usefixtures("shop")
def test_only_a_veto_is_asked_for_objections(boot: Boot) -> None:
    with boot(strict=True).app_context(), pytest.raises(LookupError, match="is no veto"):
        objections("shop_opinions", item=1, day=1)


# ---- objections


@pytest.mark.usefixtures("shop")
def test_an_objection_names_its_plugin(write_plugin: Write, boot: Boot) -> None:
    write_plugin("critic", OBJECTING)
    assert sale(boot(strict=True)) == [("Critic", "bread is disputed")]


@pytest.mark.usefixtures("shop")
def test_who_has_nothing_to_say_does_not_object(write_plugin: Write, boot: Boot) -> None:
    write_plugin("critic", answering("critic", "shop_sale_objections(item)", "return None"))
    assert sale(boot(strict=True)) == []


@pytest.mark.usefixtures("shop")
def test_a_plugin_that_is_off_does_not_object(write_plugin: Write, boot: Boot) -> None:
    write_plugin("critic", OBJECTING)
    app = boot(strict=True)
    set_enabled("critic", False)
    assert sale(app) == []


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    "source",
    [
        pytest.param(FAILING, id="raises"),
        pytest.param(FAILING.replace("raise ZeroDivisionError(item)", "return [1]"), id="junk"),
        pytest.param(FAILING + "\nimport nowhere", id="does not start"),
        pytest.param(FAILING + "\nPLUGIN = None", id="breaks the contract"),
    ],
)
def test_a_plugin_that_could_not_be_asked_objects(
    write_plugin: Write, start: Start, source: str
) -> None:
    write_plugin("critic", source)
    ((plugin, reason),) = sale(start())
    assert plugin.lower() == "critic"
    assert reason == f"could not be asked: {plugin}"


@pytest.mark.usefixtures("shop")
def test_a_plugin_that_is_paused_objects(write_plugin: Write, start: Start) -> None:
    write_plugin("critic", OBJECTING.replace("return", "import time; time.sleep(0.01); return"))
    app = start()
    host_of(app).faults.slow_after = 0.001
    assert [sale(app) for _ in range(3)] == [
        [("Critic", "bread is disputed")],
        [("Critic", "bread is disputed")],
        [("Critic", "could not be asked: Critic")],
    ]


@pytest.mark.usefixtures("shop")
def test_a_plugin_that_fell_for_other_reasons_does_not_object(
    write_plugin: Write, start: Start
) -> None:
    write_plugin("critic", "import nowhere")
    assert sale(start()) == []


@pytest.mark.usefixtures("shop")
def test_a_veto_that_fails_leaves_the_callers_transaction_whole(
    write_plugin: Write, start: Start
) -> None:
    fails = "from app.api import database\ndatabase.execute_sql('SELECT nonsense')"
    write_plugin("critic", answering("critic", "shop_sale_objections(item)", fails))
    app = start()
    with app.app_context(), database.connection_context():
        with atomic():
            PluginFault.insert(plugin="other", hook="", message="", at="2026-01-01").execute()
            assert len(objections("shop_sale_objections", item="bread")) == 1
        assert PluginFault.select().where(PluginFault.plugin == "other").count() == 1


@pytest.mark.parametrize(
    "answer",
    ["no", [1], [Objection(" ")], [Objection("No", "shop_thing:1")], [Objection("No", "task:1")]],
)
def test_a_veto_that_is_no_list_of_objections_is_junk(answer: object) -> None:
    with pytest.raises(Junk):
        check("critic", "shop_sale_objections", answer, {})


def test_an_objection_may_point_at_the_plugins_own_object() -> None:
    answer = [Objection("Disputed", "critic_case:7")]
    assert check("critic", "shop_sale_objections", answer, {}) == answer


def test_incentives_asks_before_a_payout(write_plugin: Write, start: Start) -> None:
    body = 'return [Objection(f"Partner {partner_id} disputes {period}", "critic_case:7")]'
    write_plugin(
        "critic", answering("critic", "incentives_payout_objections(partner_id, period)", body)
    )
    with start(plugins_strict=True).app_context(), database.connection_context():
        (found,) = objections("incentives_payout_objections", partner_id=7, period="2026-Q3")
    assert found == Objection("Partner 7 disputes 2026-Q3", "critic_case:7", "Critic")


# ---- boot


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("x = 1", "without any @hookspec function"),
        ("@hookspec\ndef partner_doubts():\n    'Why.'\n", "must begin with 'shop_'"),
        ("@hookspec\ndef shop_doubts():\n    pass\n", "has no docstring"),
        ("@hookspec\ndef shop_doubts(*items):\n    'Why.'\n", "as a plain argument"),
        ("@hookspec\ndef shop_doubts(item=1):\n    'Why.'\n", "has a default"),
        ("@hookspec(firstresult=True)\ndef shop_doubts():\n    'Why.'\n", "takes no options"),
    ],
)
def test_what_cannot_be_published_is_refused(
    write_plugin: Write, boot: Boot, source: str, words: str
) -> None:
    write_plugin("shop", SHOP, publishes(source))
    with pytest.raises(PluginRefused, match=words):
        boot(strict=True)


def test_a_hook_that_core_has_cannot_be_published(write_plugin: Write, boot: Boot) -> None:
    own = "@hookspec\ndef task_changed(task):\n    'A task.'\n"
    write_plugin("task", SHOP.replace("shop", "task"), publishes(own))
    with pytest.raises(PluginRefused, match="'task_changed' stands already"):
        boot(strict=True)


def test_two_plugins_cannot_publish_one_hook(write_plugin: Write, boot: Boot) -> None:
    own = "@hookspec\ndef shop_till_doubts():\n    'Why.'\n"
    write_plugin("shop", SHOP, publishes(own))
    write_plugin("shop_till", SHOP.replace("shop", "shop_till"), publishes(own))
    problems = {plugin.name: plugin.problem for plugin in host_of(boot()).plugins}
    assert problems["shop"] == ""
    assert "'shop_till_doubts' stands already" in problems["shop_till"]


def test_hooks_that_plugin_does_not_name_are_refused(write_plugin: Write, boot: Boot) -> None:
    write_plugin("shop", info("shop"), {"hookspecs.py": HOOKSPECS})
    with pytest.raises(PluginRefused, match="add publishes=hookspecs"):
        boot(strict=True)


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("signature", "words"),
    [
        ("shop_opinions(price)", "asks for an argument 'price'; this hook offers: item, day"),
        ("shop_opinion(item)", "did you mean 'shop_opinions'"),
    ],
)
def test_a_misspelt_answer_is_refused(
    write_plugin: Write, boot: Boot, signature: str, words: str
) -> None:
    write_plugin("critic", answering("critic", signature, "return 1"))
    with pytest.raises(PluginRefused, match=words):
        boot(strict=True)


# ---- who publishes, who answers


@pytest.mark.usefixtures("shop")
def test_the_plugins_page_tells_who_publishes_and_who_answers(
    write_plugin: Write, start: Start
) -> None:
    write_plugin("critic", OBJECTING)
    page = browser(start()).get("/admin/plugins/shop").text
    assert "shop_sale_objections(item)</code> – answered by Critic" in page
    assert "shop_opinions(item, day)</code> – nobody answers it yet" in page


def test_the_plugins_page_tells_what_is_answered_though_nobody_asks(
    write_plugin: Write, start: Start
) -> None:
    write_plugin("critic", OBJECTING)
    page = html.unescape(browser(start()).get("/admin/plugins/critic").text)
    assert "<code>shop_sale_objections</code> – no plugin here publishes it" in page
