"""A PostgreSQL database put back to what it was, in place of a new one: rows and counters.

Whatever else a test changes – tables, columns, triggers, functions – is seen in the catalogue, and
then the database is of no further use.
"""

from dataclasses import dataclass, replace

import psycopg
from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

LARGE = 300_000  # bytes: in larger tables, rows that are only marked as deleted slow down readers

_USED_TABLES = """SELECT relname, pg_relation_size(oid) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0"""
_COUNTERS = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"
# A changed row of the catalogue has another xmin; what is not PostgreSQL's own begins at oid 16384.
_SHAPE = " UNION ALL ".join(
    f"SELECT '{table}', count(*), sum(hashtext({key}::text || xmin::text)) FROM {table} "
    f"WHERE {key} >= 16384"
    for table, key in (
        *(("pg_class", "oid"), ("pg_attribute", "attrelid"), ("pg_attrdef", "oid")),
        *(("pg_constraint", "oid"), ("pg_trigger", "oid"), ("pg_proc", "oid"), ("pg_type", "oid")),
    )
)
_END_OTHERS = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid != pg_backend_pid()"""

Connection = psycopg.Connection[tuple[object, ...]]


@dataclass(frozen=True)
class State:
    """What a database holds, and its shape."""

    rows: dict[str, bytes]  # by table, as COPY writes and reads them
    counters: dict[str, int | None]
    shape: tuple[tuple[object, ...], ...]


def state_of(url: str) -> State:
    """The present state of a database, of which only a few tables have rows."""
    with psycopg.connect(url, autocommit=True) as connection:
        return State(_rows(connection), _counters(connection), _shape(connection))


def restore(url: str, state: State) -> State | None:
    """Put a database back, whoever is still connected; None where its shape has changed."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_END_OTHERS)
        if _shape(connection) != state.shape:
            return None
        with connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")  # no triggers
            emptied = _empty(connection)
            for table, rows in state.rows.items():
                with connection.cursor().copy(_copy(table, "FROM STDIN")) as copy:
                    copy.write(rows)
            _set_back(connection, state.counters)
        return replace(state, shape=_shape(connection)) if emptied else state


def _empty(connection: Connection) -> bool:
    """Empty every table; whether that changed the shape, as it does where TRUNCATE is used."""
    tables = [(str(name), int(str(size))) for name, size in connection.execute(_USED_TABLES)]
    large = [Identifier(name) for name, size in tables if size > LARGE]
    statements: list[Composable] = [
        SQL("DELETE FROM {}").format(Identifier(name)) for name, size in tables if size <= LARGE
    ]
    if large:
        statements.append(SQL("TRUNCATE {} CASCADE").format(SQL(", ").join(large)))
    connection.execute(SQL("; ").join(statements))
    return bool(large)


def _set_back(connection: Connection, counters: dict[str, int | None]) -> None:
    now = _counters(connection)
    statements = [
        SQL("SELECT setval({}, {}, {})").format(
            Literal(f'"{name}"'), Literal(value or 1), Literal(value is not None)
        )
        for name, value in counters.items()
        if now[name] != value
    ]
    if statements:
        connection.execute(SQL("; ").join(statements))


def _rows(connection: Connection) -> dict[str, bytes]:
    found = {}
    for name in [str(name) for name, _size in connection.execute(_USED_TABLES)]:
        with connection.cursor().copy(_copy(name, "TO STDOUT")) as copy:
            if rows := b"".join(copy):
                found[name] = rows
    return found


def _copy(table: str, way: str) -> Composed:
    return SQL("COPY {} {}").format(Identifier(table), SQL(way))


def _counters(connection: Connection) -> dict[str, int | None]:
    found = connection.execute(_COUNTERS).fetchall()
    return {str(name): None if value is None else int(str(value)) for name, value in found}


def _shape(connection: Connection) -> tuple[tuple[object, ...], ...]:
    return tuple(connection.execute(_SHAPE).fetchall())
