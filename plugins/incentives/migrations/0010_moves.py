"""Who reached or lost a tier lately is found by day: every home page asks."""


def up(migrator, db):
    db.execute_sql("CREATE INDEX incentives_tenure_start ON incentives_tenure (start)")
