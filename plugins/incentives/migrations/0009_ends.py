"""When a programme ended: what was over by then is still paid."""


def up(migrator, db):
    # As text: the migrator's add_column rebuilds SQLite's table, and these may be empty.
    db.execute_sql("ALTER TABLE incentives_programme ADD COLUMN ended_on DATE")
