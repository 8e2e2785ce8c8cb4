"""SQL as text for the statements of every write and every page: building it anew costs more.

Statements are written with `?`, which is `%s` on PostgreSQL, and hold no value of a user.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from app.core.db import database, execute_many, is_sqlite

COPIED_FROM = 200  # rows from which COPY is worth its preparation
CHUNK = 900  # values in one IN list: below the limit of SQLite libraries of any age


def rows(statement: str, *params: Any) -> list[tuple[Any, ...]]:
    """Every row that a statement finds."""
    return database.execute_sql(marked(statement), params).fetchall()


def run(statement: str, *params: Any) -> int:
    """Execute a statement; returns how many rows it changed."""
    return int(database.execute_sql(marked(statement), params).rowcount)


def run_many(statement: str, parameters: Iterable[Sequence[Any]]) -> None:
    """Execute a statement once for each row, inside the current transaction."""
    execute_many(marked(statement), parameters)


def insert(
    table: str, columns: Sequence[str], values: Sequence[Sequence[Any]], key: Sequence[str] = ()
) -> None:
    """Insert rows inside the current transaction, replacing those that stand where a key is given.

    PostgreSQL takes many rows by COPY, ten times as fast as one by one.
    """
    names = ", ".join(columns)
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in key)
    conflict = f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}" if key else ""
    if is_sqlite() or len(values) < COPIED_FROM:
        statement = f"INSERT INTO {table} ({names}) VALUES ({marks(len(columns))}){conflict}"
        execute_many(marked(statement), values)
        return
    into = f"staged_{table}" if key else table
    if key:
        run(f"CREATE TEMP TABLE IF NOT EXISTS {into} (LIKE {table}) ON COMMIT DROP")
        run(f"TRUNCATE {into}")
    with database.cursor().copy(f"COPY {into} ({names}) FROM STDIN") as copy:
        for row in values:
            copy.write_row(row)
    if key:
        run(f"INSERT INTO {table} ({names}) SELECT {names} FROM {into}{conflict}")


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


def lock_partners_of(revision_ids: Iterable[int]) -> None:
    """Keep other writers from the partners that these revisions are of."""
    if is_sqlite():
        return
    for chunk in chunks(revision_ids):
        found = rows(f"SELECT partner_id FROM revision WHERE id IN ({marks(len(chunk))})", *chunk)
        lock_partners(row[0] for row in found)


def marked(statement: str) -> str:
    """A statement with the places for values that the database knows."""
    return statement if is_sqlite() else statement.replace("?", "%s")
