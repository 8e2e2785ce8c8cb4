"""A change of the e-mail address is confirmed from both mailboxes, in either order."""

from app.core.db import is_sqlite


def up(migrator, db):
    moment = "DATETIME" if is_sqlite() else "TIMESTAMP"
    db.execute_sql(f'ALTER TABLE "mailed_link" ADD COLUMN "confirmed_at" {moment}')
    # A mail that is out asks the new mailbox alone: whoever wants the change asks once more.
    db.execute_sql("DELETE FROM \"mailed_link\" WHERE \"purpose\" IN ('email', 'email_stop')")
