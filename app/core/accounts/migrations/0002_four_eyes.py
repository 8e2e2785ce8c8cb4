"""Whether figures must be approved by somebody else than their submitter."""

from app.core.db import is_sqlite


def up(migrator, db):
    # As text: the migrator's add_column rebuilds SQLite's table for a column that is not null.
    truth = "INTEGER NOT NULL DEFAULT 0" if is_sqlite() else "BOOLEAN NOT NULL DEFAULT false"
    db.execute_sql(f"ALTER TABLE organisation ADD COLUMN four_eyes_required {truth}")
