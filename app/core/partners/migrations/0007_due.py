"""The home page asks by index alone: how many partners stand where, and whose review is due.

Both took longer with every partner; the second looked at each one's profile.
"""


def up(migrator, db):
    db.execute_sql('DROP INDEX "partner_present"')
    db.execute_sql(
        'CREATE INDEX "partner_present" ON "partner" ("status", "merged_into_id")'
        " WHERE merged_into_id IS NULL"
    )
    db.execute_sql('CREATE INDEX "partner_profile_due" ON "partner_profile" ("next_review")')
