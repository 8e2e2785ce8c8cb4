"""The language of a partner and of each contact, and a contact's department."""


def up(migrator, db):
    # As text: the migrator's add_column rebuilds SQLite's table for a column that is not null.
    for table, column, size in (
        ("partner", "locale", 16),
        ("contact", "locale", 16),
        ("contact", "department", 60),
    ):
        db.execute_sql(
            f'ALTER TABLE "{table}" ADD COLUMN "{column}" VARCHAR({size}) NOT NULL DEFAULT \'\''
        )
