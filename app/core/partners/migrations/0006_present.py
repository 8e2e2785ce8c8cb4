"""Partners that were merged into another are few, and nearly every statement leaves them out.

Without statistics SQLite took the index on that column for a good way to find all the others; it
now holds the few. The pages count by status those that are left.
"""


def up(migrator, db):
    db.execute_sql('DROP INDEX "partner_merged_into_id"')
    db.execute_sql(
        'CREATE INDEX "partner_merged" ON "partner" ("merged_into_id")'
        " WHERE merged_into_id IS NOT NULL"
    )
    db.execute_sql(
        'CREATE INDEX "partner_present" ON "partner" ("status") WHERE merged_into_id IS NULL'
    )
