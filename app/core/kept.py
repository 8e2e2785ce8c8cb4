"""Statements that are built once and kept: building one costs more than most pages' rows.

A function that builds a query takes places instead of values, so that nothing of one request can
stay behind in the text that serves the next one:

    @kept
    def _team(partner: Any) -> Any:
        return User.select().join(PartnerTeam).where(PartnerTeam.partner == partner)

    _team(partner_id)  # a list of what the query finds

A list as a value stands for as many places, for `in_`: as it is filled up with its last item to
one of few lengths, it is good for nothing else. A first argument named `viewer` is kept per role:
who it is are places, what is missing or permitted decides. Keyword arguments choose between
shapes of the statement. Dates are values, never part of one.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
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

    def rows(self, values: Sequence[Any]) -> list[Any]:
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

    It is called with the values; the function is handed places for them, a list of places for a
    list (write `in_`). A first argument named `viewer` stays one, of anybody of that role; keyword
    arguments stay as they are, and there is a statement for each of their values. The result is a
    list. Raises TypeError where a date is written into the query: it would stand there for ever.
    """
    plain = [
        name for name, p in signature(build).parameters.items() if p.kind != Parameter.KEYWORD_ONLY
    ]
    by_viewer = plain[:1] == ["viewer"]
    statements: dict[Hashable, Statement] = {}

    @wraps(build)
    def run(*values: Any, **shape: Hashable) -> list[Any]:
        viewer = values[0] if by_viewer else None
        flat, sizes = _flat(values[by_viewer:])
        key: tuple[Hashable, ...] = (is_sqlite(), sizes, *sorted(shape.items()))
        if viewer is not None:
            who = (viewer.user_id, viewer.partner_id, viewer.contact_id, viewer.email)
            key += (viewer.role, viewer.permissions, viewer.can_sign)
            key += tuple([one and True for one in who])  # what is missing decides too
            flat += who
        found = statements.get(key)
        if found is None:
            places = iter([Place(number) for number in range(len(flat))])
            given: list[Any] = [_taken(places, size) for size in sizes]
            if viewer is not None:
                given.insert(0, _somebody(viewer, places))
            found = statements[key] = _statement(build(*given, **shape))
        return found.rows(flat)

    return run


def _flat(values: Iterable[Any]) -> tuple[list[Any], tuple[int | None, ...]]:
    """All values in one row, and how many places each takes; None for one that is no list."""
    flat: list[Any] = []
    sizes: list[int | None] = []
    for value in values:
        if not isinstance(value, list | tuple | set | frozenset):
            flat.append(value)
            sizes.append(None)
            continue
        items = list(value)
        size = 1 << (len(items) - 1).bit_length() if items else 0
        flat += items + items[-1:] * (size - len(items))
        sizes.append(size)
    return flat, tuple(sizes)


def _taken(places: Iterator[Place], size: int | None) -> Any:
    return next(places) if size is None else [next(places) for _ in range(size)]


def _somebody(viewer: Viewer, places: Iterator[Place]) -> Viewer:
    """Anybody of this viewer's role: places instead of who they are."""
    who: Any = {
        name: place if getattr(viewer, name) else getattr(viewer, name)
        for name, place in zip(
            ("user_id", "partner_id", "contact_id", "email"), places, strict=True
        )
    }
    return replace(viewer, **who, name="", locale="", theme="", session_id=None)


def _statement(query: Any) -> Statement:
    text, parameters = query.sql()
    if any(isinstance(value, date) for value in parameters):
        raise TypeError("a kept statement takes dates as values")
    return Statement(query, text, tuple(parameters))
