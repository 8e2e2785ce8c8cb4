"""PostgreSQL keeps no samples of codes, keys and answers: they would outlive the rows."""

from peewee import PostgresqlDatabase

COLUMNS = (
    ("surveys_code", "code_hash", "varchar(64)"),
    ("surveys_spent_uncopied", "code_hash", "varchar(64)"),
    ("surveys_key_uncopied", "key", "bytea"),
    ("surveys_ballot", "ballot_hash", "varchar(64)"),
    ("surveys_ballot", "answers", "text"),
)


def up(migrator, db):
    if isinstance(db, PostgresqlDatabase):
        for table, column, type_ in COLUMNS:
            # Setting the type that it has forgets the samples that were taken so far.
            db.execute_sql(
                f'ALTER TABLE "{table}" ALTER COLUMN "{column}" TYPE {type_},'
                f' ALTER COLUMN "{column}" SET STATISTICS 0'
            )


def down(migrator, db):
    if isinstance(db, PostgresqlDatabase):
        for table, column, _type in COLUMNS:
            db.execute_sql(f'ALTER TABLE "{table}" ALTER COLUMN "{column}" SET STATISTICS -1')
