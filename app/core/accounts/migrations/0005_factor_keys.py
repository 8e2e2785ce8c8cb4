"""Which of the installation's keys a second factor was made of."""


def up(migrator, db):
    column = "\"key_id\" VARCHAR(8) DEFAULT '' NOT NULL"
    db.execute_sql(f'ALTER TABLE "second_factor" ADD COLUMN {column}')
