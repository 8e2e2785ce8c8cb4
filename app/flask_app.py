"""The Flask application with two often used ways made short: addresses and calls of templates.

A page of fifty rows builds over a hundred addresses and makes several hundred calls; the general
ways of Werkzeug and Jinja cost more than the rows. Whatever is not common takes the general way,
and tests hold both against each other.
"""

import re
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus

from flask import Flask
from flask.globals import _cv_request
from flask.templating import Environment
from jinja2 import Template
from jinja2.environment import TemplateModule
from jinja2.runtime import Context, Macro
from werkzeug.routing import Map, Rule

_PLACE = re.compile(r"<(?:[^<>:]+:)?([A-Za-z_]\w*)>")


class PageContext(Context):
    """What a template knows while it is rendered; calls of plain functions are made at once."""

    def call(self, called: Any, /, *args: Any, **kwargs: Any) -> Any:
        """As Jinja's, which looks at every object for a wish to be handed the context."""
        kind = type(called)
        if kind is Macro:
            args = (self.eval_ctx, *args)
        elif not (kind is FunctionType or kind is MethodType) or hasattr(called, "jinja_pass_arg"):
            return super().call(called, *args, **kwargs)
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)
        return called(*args, **kwargs)


class PageTemplate(Template):
    """A template; what others import of it without context is made once."""

    def _get_default_module(self, _context: Context | None = None) -> TemplateModule:
        # Jinja looks each time whether the page has globals of its own; ours are the environment's.
        return super()._get_default_module()


class PageEnvironment(Environment):
    """Jinja as Flask sets it up, with the shorter calls."""

    context_class = PageContext
    template_class = PageTemplate


class Address(NamedTuple):
    """The parts of an endpoint's path: texts, and between them what turns a value into text."""

    texts: tuple[str, ...]
    places: tuple[tuple[str, Callable[[Any], str]], ...]

    def filled(self, values: dict[str, Any]) -> str | None:
        """The path with these values, the others as its query; None where it is not that plain."""
        parts = [self.texts[0]]
        for (name, to_url), text in zip(self.places, self.texts[1:], strict=True):
            value = values.get(name)
            if value is None:
                return None
            parts += (to_url(value), text)
        if len(values) > len(self.places):
            sign, own = "?", {name for name, _ in self.places}
            for name, value in values.items():
                if name in own or value is None:
                    continue
                if type(value) is not str and type(value) is not int:
                    return None
                parts += (sign, name, "=", quote_plus(str(value), safe="!$'()*,/:;?@"))
                sign = "&"
        return "".join(parts)


class Application(Flask):
    """The application; `url_for` within a request builds plain addresses from their parts."""

    jinja_environment = PageEnvironment
    _addresses: dict[str, Address] | None = None

    def url_for(
        self,
        /,
        endpoint: str,
        *,
        _anchor: str | None = None,
        _method: str | None = None,
        _scheme: str | None = None,
        _external: bool | None = None,
        **values: Any,
    ) -> str:
        """As Flask's, which takes every call that is not the address of one plain route."""
        if _anchor is None and _method is None and _scheme is None and _external is None:
            path = self._path(endpoint, values)
            if path is not None:
                return path
        return super().url_for(
            endpoint,
            _anchor=_anchor,
            _method=_method,
            _scheme=_scheme,
            _external=_external,
            **values,
        )

    def _path(self, endpoint: str, values: dict[str, Any]) -> str | None:
        if self._addresses is None and self._got_first_request:
            self._addresses = plain_addresses(self.url_map)
        address = self._addresses.get(endpoint) if self._addresses else None
        asked = _cv_request.get(None)
        if address is None or asked is None or self.url_default_functions:
            return None
        place = asked.url_adapter
        if place is None or place.script_name != "/":
            return None
        return address.filled(values)


def plain_addresses(routes: Map) -> dict[str, Address]:
    """The endpoints with a single route that has neither defaults nor a host of its own."""
    found: dict[str, Address] = {}
    for endpoint, rules in routes._rules_by_endpoint.items():
        if len(rules) == 1 and not (rules[0].defaults or rules[0].host or rules[0].subdomain):
            found[endpoint] = _address(rules[0])
    return found


def _address(rule: Rule) -> Address:
    pieces = _PLACE.split(rule.rule)
    return Address(
        tuple(quote(text, safe="!$&'()*+,/:;=@") for text in pieces[::2]),
        tuple((name, rule._converters[name].to_url) for name in pieces[1::2]),
    )
