"""Addresses and calls of templates: the short ways answer as the general ones do."""

import re
from typing import Any

import pytest
from flask import Flask, url_for
from jinja2 import pass_context

from app.flask_app import Application, plain_addresses

VALUES: dict[str, Any] = {
    "none": {},
    "words": {"q": "Müller & Söhne / 100%", "page": 2},
    "nothing": {"view": None, "page": 1},
    "several": {"status": ["active", "ended"], "q": "x"},
    "signs": {"next": "/partners?q=a b+c#d~e"},
    "flag": {"all": True},
}


@pytest.mark.parametrize("query", VALUES.values(), ids=list(VALUES))
def test_every_plain_address_is_the_one_that_flask_builds(app: Flask, query: Any) -> None:
    addresses = plain_addresses(app.url_map)
    assert len(addresses) > 200
    with app.test_request_context("/"):
        app._got_first_request = True
        for endpoint, address in addresses.items():
            own = {
                name: _value(rule)
                for (name, _), rule in zip(address.places, _rules(app, endpoint), strict=True)
            }
            assert url_for(endpoint, **own, **query) == Flask.url_for(app, endpoint, **own, **query)


def _value(rule: str) -> int | str:
    """Something that may stand at a place of an address: one of the words, a number, any text."""
    if words := re.match(r"<any\('?([\w-]+)", rule):
        return words[1]
    return 7 if rule.startswith("<int") else "a b/c"


def _rules(app: Flask, endpoint: str) -> list[str]:
    (rule,) = app.url_map.iter_rules(endpoint)
    return [part for part in rule.rule.replace("<", "\n<").split("\n") if part.startswith("<")]


@pytest.mark.parametrize(
    "options",
    [{"_anchor": "a b"}, {"_external": True}, {"_scheme": "https", "_external": True}],
    ids=str,
)
def test_an_address_with_options_is_the_one_that_flask_builds(app: Flask, options: Any) -> None:
    with app.test_request_context("/"):
        app._got_first_request = True
        values = {"partner_id": 3, "period": "2024-12", **options}
        assert url_for("partners.show", **values) == Flask.url_for(app, "partners.show", **values)


def test_an_address_below_a_prefix_carries_it(app: Flask) -> None:
    with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": "/desk"}):
        app._got_first_request = True
        assert url_for("partners.show", partner_id=3) == "/desk/partners/3"


def test_an_address_within_the_own_blueprint_is_found(app: Flask) -> None:
    with app.test_request_context("/partners"):
        app._got_first_request = True
        assert url_for(".show", partner_id=3) == "/partners/3"


def test_the_query_keeps_its_place_where_values_come_in_any_order(app: Flask) -> None:
    with app.test_request_context("/"):
        app._got_first_request = True
        assert url_for("partners.show", period="2024-12", partner_id=3) == (
            "/partners/3?period=2024-12"
        )


@pytest.fixture
def small() -> Application:
    """An application without routes."""
    return Application("small")


def test_a_template_calls_functions_macros_and_methods_within_loops(small: Application) -> None:
    text = (
        "{% macro twice(x) %}<b>{{ x }}{{ x }}</b>{% endmacro %}"
        "{% for n in [1, 2] %}{% set shown = twice(n) %}{{ shown }}{{ 'a,b'.split(',')|length }}"
        "{{ plain(n, by=3) }}{% endfor %}"
    )
    template = small.jinja_env.from_string(text, globals={"plain": lambda n, by: n * by})
    assert template.render() == "<b>11</b>23<b>22</b>26"


def test_what_a_macro_makes_is_not_escaped_again(small: Application) -> None:
    text = "{% macro bold(x) %}<b>{{ x }}</b>{% endmacro %}{{ bold('<i>') }}"
    small.jinja_env.autoescape = True
    assert small.jinja_env.from_string(text).render() == "<b>&lt;i&gt;</b>"


def test_a_function_that_asks_for_the_context_gets_it(small: Application) -> None:
    @pass_context
    def told(context: Any, name: str) -> str:
        return str(context[name])

    template = small.jinja_env.from_string("{{ told('x') }}", globals={"told": told})
    assert template.render(x=5) == "5"
