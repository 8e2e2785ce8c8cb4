"""Plugin settings: what a settings form sent is stored as JSON and read through the form again.

Stored is the text of each field, so that dates, decimals and choices come back exactly as the
form understands them, whatever version of the form reads them.
"""

import json
from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import DateTimeField, Field, Form

Stored = Mapping[str, list[str]]


def parse(text: str | None) -> Stored:
    """The stored settings; whatever is not text of a field is dropped."""
    found = json.loads(text) if text else {}
    if not isinstance(found, dict):
        return {}
    return {
        name: raw
        for name, raw in found.items()
        if isinstance(raw, list) and all(isinstance(item, str) for item in raw)
    }


def dump(form: Form) -> str:
    """A submitted, valid form as JSON."""
    return json.dumps({field.name: list(field.raw_data or ()) for field in form}, sort_keys=True)


def bound(form_class: type[Form], stored: Stored) -> Form:
    """The form with the stored values over its defaults; fields it no longer has are dropped."""
    sent: MultiDict[str, str] = MultiDict()
    for field in form_class():
        sent.setlist(field.name, stored.get(field.name, _default_text(field)))
    return form_class(sent)


def values(form_class: type[Form], stored: Stored) -> dict[str, Any]:
    """The settings by name; a stored value that the form now refuses gives way to its default."""
    form = bound(form_class, stored)
    if form.validate():
        return dict(form.data)
    defaults = dict(bound(form_class, {}).data)
    if form.form_errors:
        return defaults
    return {f.name: defaults[f.name] if f.errors else f.data for f in form}


def defaults_problem(form_class: type[Form]) -> str:
    """Why a form would refuse its own defaults; empty where it takes them."""
    form = bound(form_class, {})
    if form.validate():
        return ""
    return "; ".join(f"{name or 'form'}: {errors[0]}" for name, errors in form.errors.items())


def _default_text(field: Field) -> list[str]:
    default = field.data
    if default is None or default is False:
        return []
    if default is True:
        return ["y"]
    if isinstance(default, list | tuple | set | frozenset):
        return [str(item) for item in default]
    if isinstance(field, DateTimeField):  # the base of date, time, month and week fields
        return [field._value()]
    return [str(default)]
