"""The form by which a case was raised: sent twice, it raises one."""


def up(migrator, db):
    # As text: the migrator's add_column rebuilds SQLite's table, and these may be empty.
    db.execute_sql('ALTER TABLE "conflicts_case" ADD COLUMN once VARCHAR(64)')
    db.execute_sql('CREATE UNIQUE INDEX conflicts_case_once ON "conflicts_case" (once)')


def down(migrator, db):
    db.execute_sql("DROP INDEX conflicts_case_once")
    db.execute_sql('ALTER TABLE "conflicts_case" DROP COLUMN once')
