"""Statements that are built once and kept: building one costs more than most pages' rows.

A function that builds a query takes places instead of values, so that nothing of one request can
stay behind in the text that serves the next one:

    @kept
    def _team(partner: Any) -> Any:
        return User.select().join(PartnerTeam).where(PartnerTeam.partner == partner)

    _team(partner_id)  # a list of what the query finds

A first argument named `viewer` is kept per role: its ids are places, its permissions decide.
Keyword arguments choose between shapes of the statement. Dates are values, never part of one.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from datetime import date
from functools import wraps
from inspect import Parameter, signature
from typing import Any

import peewee as pw

from app.core.contract import Viewer
from app.core.db import database, is_sqlite


class Place(pw.Node):  # type: ignore[misc]
    """Where a statement takes one of the values that it is run with."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __sql__(self, ctx: Any) -> Any:
        ctx._values.append(self)
        return ctx.literal(ctx.state.param or "?")


@dataclass(slots=True)
class Statement:
    """A query with its text; parameters are constants of the query, or places."""

    query: Any
    text: str
    parameters: tuple[Any, ...]
    converters: list[Callable[[Any], Any] | None] | None = None  # of tuples, once there are any

    def rows(self, values: tuple[Any, ...]) -> list[Any]:
        """What the statement finds for these values, as the query itself would return it."""
        given = [values[p.number] if type(p) is Place else p for p in self.parameters]
        cursor = database.execute_sql(self.text, given)
        if self.query._row_type != pw.ROW.TUPLE:
            return list(self.query._get_cursor_wrapper(cursor))
        found: list[tuple[Any, ...]] = cursor.fetchall()
        if self.converters is None:
            self.converters = _converters(self.query._get_cursor_wrapper(cursor))
        if not any(self.converters):
            return found
        return [
            tuple(
                [
                    cell if convert is None else convert(cell)
                    for convert, cell in zip(self.converters, row, strict=True)
                ]
            )
            for row in found
        ]


# What the drivers hand over as it is.
_PLAIN = {
    *(pw.AutoField, pw.IntegerField, pw.BigIntegerField, pw.SmallIntegerField),
    *(pw.CharField, pw.TextField, pw.ForeignKeyField),
}


def _converters(wrapper: Any) -> list[Callable[[Any], Any] | None]:
    """What peewee would call for each column, but for columns that need nothing."""
    if not isinstance(wrapper, pw.ModelTupleCursorWrapper):
        return []
    wrapper.initialize()
    return [
        None if type(getattr(convert, "__self__", None)) in _PLAIN else convert
        for convert in wrapper.converters
    ]


def kept(build: Callable[..., Any]) -> Callable[..., list[Any]]:
    """Make a function that builds a query into one that runs it and keeps its text.

    Raises TypeError where a date is written into the query: it would stand there for ever.
    """
    plain = [
        name for name, p in signature(build).parameters.items() if p.kind != Parameter.KEYWORD_ONLY
    ]
    by_viewer = plain[:1] == ["viewer"]
    count = len(plain) - by_viewer
    statements: dict[Hashable, Statement] = {}

    @wraps(build)
    def run(*values: Any, **shape: Hashable) -> list[Any]:
        key: tuple[Hashable, ...] = (is_sqlite(), *sorted(shape.items()))
        if by_viewer:
            viewer, *rest = values
            key += (viewer.role, viewer.permissions)
            values = (*rest, viewer.user_id, viewer.partner_id, viewer.contact_id)
        found = statements.get(key)
        if found is None:
            places: list[Any] = [Place(number) for number in range(count)]
            if by_viewer:
                places.insert(0, _somebody(viewer, count))
            found = statements[key] = _statement(build(*places, **shape))
        return found.rows(values)

    return run


def _somebody(viewer: Viewer, first: int) -> Viewer:
    """Anybody of this viewer's role: places instead of who they are."""
    ids: Any = [Place(first + n) for n in range(3)]
    named: Any = {"user_id": ids[0], "partner_id": ids[1], "contact_id": ids[2]}
    return replace(viewer, **named, name="", email="", session_id=None)


def _statement(query: Any) -> Statement:
    text, parameters = query.sql()
    if any(isinstance(value, date) for value in parameters):
        raise TypeError("a kept statement takes dates as values")
    return Statement(query, text, tuple(parameters))
