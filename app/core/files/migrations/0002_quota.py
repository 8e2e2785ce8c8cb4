"""What one person has uploaded lately is asked at each upload from outside."""


def up(migrator, db):
    db.execute_sql(
        'CREATE INDEX "stored_file_uploaded_by_id_uploaded_at" '
        'ON "stored_file" ("uploaded_by_id", "uploaded_at")'
    )
