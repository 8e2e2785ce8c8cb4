"""When a job was taken up and when it ended, for whoever watches them."""


def up(migrator, db):
    # As text: the migrator's add_column rebuilds SQLite's table, and these may be empty.
    db.execute_sql("ALTER TABLE job ADD COLUMN claimed_at BIGINT")
    db.execute_sql("ALTER TABLE job ADD COLUMN ended_at BIGINT")
    db.execute_sql('CREATE INDEX job_claimed_at ON "job" (claimed_at)')
    db.execute_sql('CREATE INDEX job_name_ended_at ON "job" (name, ended_at)')
