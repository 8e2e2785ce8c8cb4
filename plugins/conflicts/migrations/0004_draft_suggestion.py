"""The suggestion with which a draft began: raising the draft answers it."""


def up(migrator, db):
    # As text: the migrator's add_column rebuilds SQLite's table, and these may be empty.
    db.execute_sql('ALTER TABLE "conflicts_draft" ADD COLUMN suggestion INTEGER')


def down(migrator, db):
    db.execute_sql('ALTER TABLE "conflicts_draft" DROP COLUMN suggestion')
