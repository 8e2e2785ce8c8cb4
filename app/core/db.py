"""The database: connection settings, base models, upsert and append-only tables.

SQLite is the default, PostgreSQL the choice for many nodes; every query runs on both.
Connections are kept, one per thread: connecting costs more than most pages' queries.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

import peewee as pw
import psycopg
from playhouse import db_url

log = logging.getLogger(__name__)
database = pw.DatabaseProxy()

PATIENCE = 15  # seconds that a write waits for another, as long as a statement may take
SQLITE_PRAGMAS = {
    "journal_mode": "wal",
    "foreign_keys": 1,
    "recursive_triggers": 1,  # REPLACE must fire the triggers that guard append-only tables
    "busy_timeout": PATIENCE * 1000,
    "synchronous": "full",
    "cache_size": -4_000,  # kB for each process: the system keeps the file in memory once for all
}
POSTGRES_OPTIONS = "-c statement_timeout=15000 -c lock_timeout=5000 -c timezone=UTC"


class AppendOnlyError(TypeError):
    """Raised when code tries to change or remove a row that may only be added."""


def open_database(url: str) -> pw.Database:
    """Bind the process's database to a `sqlite:///` or `postgresql://` URL and return it."""
    if url.startswith("sqlite"):
        opened = db_url.connect(
            url, autoconnect=False, lock_type="IMMEDIATE", pragmas=SQLITE_PRAGMAS, timeout=PATIENCE
        )
    else:
        # ClientCursor: server-side parameters break GROUP BY on an expression that has one.
        opened = db_url.connect(
            url,
            unquote_password=True,
            unquote_user=True,
            autoconnect=False,
            prefer_psycopg3=True,
            cursor_factory=psycopg.ClientCursor,
            options=POSTGRES_OPTIONS,
        )
    if database.obj is not None and not database.is_closed():
        database.close()  # a process that opens another database lets go of the one before
    database.initialize(opened)
    return opened


def is_sqlite() -> bool:
    """Whether the bound database is SQLite."""
    return isinstance(database.obj, pw.SqliteDatabase)


def connect() -> None:
    """Make sure that this thread has a usable connection."""
    if database.is_closed():
        database.connect()
    elif not database.is_connection_usable():
        database.close()
        database.connect()


def atomic() -> Any:
    """One write: everything inside is committed together, or nothing is."""
    return database.atomic()


def after_commit(callback: Any) -> None:
    """Run a function once the outermost transaction is committed; at once where there is none."""
    database.after_commit(callback)


def forget_deleted(*tables: str, then: Callable[[], object] | None = None) -> None:
    """Overwrite, after the commit, what these tables held before: freed pages keep old rows.

    The whole file on SQLite, its log included. Where the database is busy the old pages stay
    until the next call; `then` is called where they are gone.
    """
    after_commit(lambda: _vacuum(tables) and then and then())


def _vacuum(tables: Sequence[str]) -> bool:
    statements = ["VACUUM"] if is_sqlite() else [f'VACUUM FULL "{table}"' for table in tables]
    done = True
    for statement in statements:
        try:
            database.execute_sql(statement)
        except pw.OperationalError as error:
            log.warning("%s had to be put off: %s", statement, error)
            done = False
    if done and is_sqlite():
        # Says itself whether somebody reads an older state of the log; it raises nothing.
        busy = database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            log.warning("overwriting the write-ahead log had to be put off: somebody reads it")
        return not busy
    return done


class Model(pw.Model):
    """The base of every table of Entente and of its plugins."""

    class Meta:
        database = database
        legacy_table_names = False
        only_save_dirty = True

    def save(self, *args: Any, **kwargs: Any) -> int:
        """Insert or update this row; refused on composite keys, where peewee would lose it."""
        if isinstance(self._meta.primary_key, pw.CompositeKey):
            raise TypeError(f"{type(self).__name__} has a composite key: use upsert()")
        return cast("int", super().save(*args, **kwargs))

    def delete_instance(self, *args: Any, **kwargs: Any) -> int:
        """Delete this one row; recursive deletes are banned."""
        if args or kwargs:
            raise TypeError("recursive deletes are banned: delete what you mean, by query")
        return cast("int", super().delete_instance())


class AppendOnlyModel(Model):
    """A table whose rows are only ever added; triggers refuse the rest in the database too."""

    def save(self, *args: Any, **kwargs: Any) -> int:
        if self._pk is not None and not kwargs.get("force_insert"):
            raise AppendOnlyError(f"{type(self).__name__} rows are only added")
        return super().save(*args, **kwargs)

    @classmethod
    def update(cls, *_args: Any, **_values: Any) -> Any:
        raise AppendOnlyError(f"{cls.__name__} rows are only added")

    @classmethod
    def delete(cls) -> Any:
        raise AppendOnlyError(f"{cls.__name__} rows are only added")


def upsert(
    model: type[pw.Model], rows: Sequence[Mapping[str, Any]], keep: Iterable[str] = ()
) -> None:
    """Insert rows or replace them by primary key, in one `executemany`.

    `rows` are mappings of field names; all have the keys of the first. Fields in `keep` are left
    as they are where the row exists.
    """
    if not rows:
        return
    meta = model._meta
    fields = [meta.combined[name] for name in rows[0]]
    key = [field.column_name for field in meta.get_primary_keys()]
    untouched = {meta.combined[name].column_name for name in keep} | set(key)
    columns = [field.column_name for field in fields]
    changes = ", ".join(f'"{c}" = excluded."{c}"' for c in columns if c not in untouched)
    statement = (
        f'INSERT INTO "{meta.table_name}" ({_quoted(columns)}) '
        f"VALUES ({', '.join([database.param] * len(columns))}) ON CONFLICT ({_quoted(key)}) "
        + (f"DO UPDATE SET {changes}" if changes else "DO NOTHING")
    )
    names = list(rows[0])
    execute_many(
        statement,
        [
            [field.db_value(row[name]) for field, name in zip(fields, names, strict=True)]
            for row in rows
        ],
    )


def _quoted(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def execute_many(statement: str, rows: Iterable[Sequence[Any]]) -> None:
    """Run one parametrised statement for many rows inside the current transaction."""
    database.cursor().executemany(statement, rows)


def create_append_only(table: str) -> None:
    """Add the triggers that refuse UPDATE, DELETE, REPLACE and TRUNCATE on a table.

    Called by the migration that creates the table, and again by one that rebuilds it.
    """
    if is_sqlite():
        for action in ("UPDATE", "DELETE"):
            database.execute_sql(
                f'CREATE TRIGGER "{table}_no_{action.lower()}" BEFORE {action} ON "{table}" '
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    database.execute_sql(
        "CREATE OR REPLACE FUNCTION entente_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '%% is append-only', TG_TABLE_NAME; END $$"
    )
    for name, action, each in (
        ("no_change", "UPDATE OR DELETE", "ROW"),
        ("no_truncate", "TRUNCATE", "STATEMENT"),
    ):
        database.execute_sql(
            f'CREATE TRIGGER "{table}_{name}" BEFORE {action} ON "{table}" '
            f"FOR EACH {each} EXECUTE FUNCTION entente_append_only()"
        )


def create_erasable(table: str, keep: Sequence[str], erase: Sequence[str]) -> None:
    """Add the triggers that let rows be added and erased, and refuse every other change.

    Erasing sets all columns of `erase` to NULL and leaves those of `keep` as they are.
    """
    same = " AND ".join(f'NEW."{column}" = OLD."{column}"' for column in keep)
    gone = " AND ".join(f'NEW."{column}" IS NULL' for column in erase)
    refusal = f"{table} is append-only, but for erasing"
    if is_sqlite():
        for action, condition in (("UPDATE", f"WHEN NOT ({same} AND {gone}) "), ("DELETE", "")):
            database.execute_sql(
                f'CREATE TRIGGER "{table}_no_{action.lower()}" BEFORE {action} ON "{table}" '
                f"{condition}BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
            )
        return
    database.execute_sql(
        f"CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{refusal}'; END $$"
    )
    for name, action, each, condition in (
        ("no_update", "UPDATE", "ROW", f"WHEN (NOT ({same} AND {gone})) "),
        ("no_delete", "DELETE", "ROW", ""),
        ("no_truncate", "TRUNCATE", "STATEMENT", ""),
    ):
        database.execute_sql(
            f'CREATE TRIGGER "{table}_{name}" BEFORE {action} ON "{table}" '
            f"FOR EACH {each} {condition}EXECUTE FUNCTION {table}_refuse()"
        )


def lock(key: str) -> None:
    """Hold a lock on a name until the transaction ends; SQLite's write lock already is one."""
    if not is_sqlite():
        database.execute_sql("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (key,))
