"""register_facts and fact_values: what plugins know of partners; unknown is never zero."""

from datetime import date

import pytest

from app import api
from app.core.contract import Fact, FactKind
from app.core.facts import UNKNOWN
from app.core.plugins.services import set_enabled
from app.core.results import Junk, check
from tests.contract.small import host_of, info

DAY = date(2026, 3, 1)
KNOWS = f"""
from app.api import Fact, FactKind
{info("alpha")}

@hookimpl
def register_facts():
    return [FactKind("nps", "Net promoter score")]

@hookimpl
def fact_values(partner_ids, key, as_of):
    return {{partner_ids[0]: Fact(50_000_000, ("alpha_wave:1",))}}
"""
RAISES = KNOWS.replace("return {partner_ids[0]: Fact(50_000_000,", "raise KeyError((50,")


def ask(app, key="nps"):
    with app.test_request_context():
        return api.facts([1, 2], key, DAY)


def test_a_fact_is_told_of_each_partner_or_unknown(write_plugin, boot):
    write_plugin("alpha", KNOWS)
    assert ask(boot()) == {1: Fact(50_000_000, ("alpha_wave:1",)), 2: UNKNOWN}


def test_what_nobody_offers_is_unknown(boot):
    assert ask(boot()) == {1: UNKNOWN, 2: UNKNOWN}


def test_a_plugin_that_raises_leaves_everybody_unknown_and_its_fault_on_record(write_plugin, boot):
    write_plugin("alpha", RAISES.replace("))}", "))"))
    app = boot()
    assert ask(app) == {1: UNKNOWN, 2: UNKNOWN}


def test_a_plugin_that_is_off_knows_nothing(write_plugin, boot):
    write_plugin("alpha", KNOWS)
    app = boot()
    with app.app_context():
        set_enabled("alpha", False)
        assert [kind.key for _plugin, kind in host_of(app).facts] == []
    assert ask(app) == {1: UNKNOWN, 2: UNKNOWN}


def test_kinds_of_core_and_plugins_are_listed(app):
    with app.test_request_context():
        kinds = api.fact_kinds()
    assert {"kpi.late_reports", "tier", "tier.since"} <= set(kinds)
    assert kinds["tier.since"].unit == "date"


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ('FactKind("Late", "Late")', "small letters"),
        ('FactKind("", "Late")', "small letters"),
        ('FactKind("nps", "NPS"), FactKind("nps", "NPS")', "exists already"),
        ('FactKind("nps", " ")', "label"),
        ('FactKind("nps", "NPS", "stars")', "unit"),
        ('"nps"', "list of FactKind"),
    ],
)
def test_a_plugin_whose_facts_are_wrong_is_refused(write_plugin, boot, kind, word):
    write_plugin("alpha", KNOWS.replace('FactKind("nps", "Net promoter score")', kind))
    (plugin,) = host_of(boot()).plugins
    assert word in plugin.problem


def test_two_plugins_cannot_know_the_same(write_plugin, boot):
    write_plugin("alpha", KNOWS)
    write_plugin("beta", KNOWS.replace('name="alpha"', 'name="beta"'))
    first, second = host_of(boot()).plugins
    assert (first.problem, "exists already" in second.problem) == ("", True)


@pytest.mark.parametrize("answer", [None, {}, {1: Fact(3)}, {1: Fact("gold"), 2: Fact()}])
def test_facts_are_taken(answer):
    asked = {"partner_ids": [1, 2]}
    assert check("alpha", "fact_values", answer, asked) == (answer or {})


@pytest.mark.parametrize(
    "answer", [[Fact(3)], {3: Fact(3)}, {1: 3}, {1: Fact(0.5)}, {1: Fact(True)}]
)
def test_junk_is_refused(answer):
    with pytest.raises(Junk):
        check("alpha", "fact_values", answer, {"partner_ids": [1, 2]})


def test_a_kind_says_its_unit():
    assert FactKind("nps", "NPS").unit == "number"
