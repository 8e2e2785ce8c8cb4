"""SQL as text for the statements of every write and every page: building it anew costs more.

Statements are written with `?`, which is `%s` on PostgreSQL, and hold no value of a user.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from app.core.db import database, execute_many, is_sqlite

CHUNK = 900  # values in one IN list: below the limit of SQLite libraries of any age


def rows(statement: str, *params: Any) -> list[tuple[Any, ...]]:
    """Every row that a statement finds."""
    return database.execute_sql(_marked(statement), params).fetchall()


def run(statement: str, *params: Any) -> int:
    """Execute a statement; returns how many rows it changed."""
    return int(database.execute_sql(_marked(statement), params).rowcount)


def run_many(statement: str, parameters: Iterable[Sequence[Any]]) -> None:
    """Execute a statement once for each row, inside the current transaction."""
    execute_many(_marked(statement), parameters)


def marks(count: int) -> str:
    """So many places for values, separated by commas."""
    return ",".join("?" * count)


def chunks(ids: Iterable[int]) -> Iterable[list[int]]:
    """The ids in order, in lists that fit one statement."""
    ordered = sorted(set(ids))
    return (ordered[at : at + CHUNK] for at in range(0, len(ordered), CHUNK))


def lock_partners(ids: Iterable[int]) -> None:
    """Keep other writers from these partners' figures until the transaction ends.

    SQLite's write lock already does. Rows are locked in one order, so that nobody waits in a
    circle, and in a strength that references to them do not wait for.
    """
    if is_sqlite():
        return
    for chunk in chunks(ids):
        rows(
            f"SELECT id FROM partner WHERE id IN ({marks(len(chunk))})"
            " ORDER BY id FOR NO KEY UPDATE",
            *chunk,
        )


def _marked(statement: str) -> str:
    return statement if is_sqlite() else statement.replace("?", "%s")
