"""The whole profile, interactions, goals, regions, maturity and matters in use.

What was written as free text becomes the first items of the lists, unsorted: nobody knows which
side a goal was of, or what kind a strength is.
"""

import json
import textwrap

from peewee import (
    CharField,
    CompositeKey,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
)

from app.core.db import is_sqlite

ITEM = 1000  # letters of one item, at most
ITEMS = 20
TEXTS = (
    "motivations",
    "resources",
    "weaknesses",
    "core_values",
    "positioning",
    "challenges",
    "expectations",
)


def up(migrator, db):
    # Plain SQL: the migrator would rebuild a SQLite table, and dropping `partner` breaks its keys.
    for name in TEXTS:
        db.execute_sql(f"ALTER TABLE partner_profile ADD COLUMN {name} TEXT NOT NULL DEFAULT ''")
    for name, size in (("maturity", 16), ("timezone", 64), ("matters", 200)):
        db.execute_sql(f"ALTER TABLE partner ADD COLUMN {name} VARCHAR({size}) NOT NULL DEFAULT ''")
    db.execute_sql("ALTER TABLE partner_profile RENAME COLUMN audience TO audiences")
    _sort_into_lists(db)
    _add_tables(db)


def _sort_into_lists(db):
    mark = "?" if is_sqlite() else "%s"
    rows = db.execute_sql("SELECT id, goals, strengths, audiences FROM partner_profile").fetchall()
    for id_, goals, strengths, audience in rows:
        lists = (
            [{"side": "", "text": item} for item in _items(goals)],
            [{"kind": "", "text": item} for item in _items(strengths)],
            [{"segment": item} for item in _items(audience)],
        )
        db.execute_sql(
            f"UPDATE partner_profile SET goals = {mark}, strengths = {mark}, audiences = {mark} "
            f"WHERE id = {mark}",
            (*(json.dumps(each, ensure_ascii=False) if each else "" for each in lists), id_),
        )


def _items(text):
    """A line is an item; what has too many or too long lines is cut between words instead."""
    lines = [line.strip() for line in (text or "").splitlines() if line.strip()]
    if len(lines) <= ITEMS and all(len(line) <= ITEM for line in lines):
        return lines
    return textwrap.wrap(" ".join(lines), ITEM)


def _add_tables(db):
    class User(Model):
        class Meta:
            database = db
            table_name = "user"

    class Partner(Model):
        class Meta:
            database = db
            table_name = "partner"

    class Contact(Model):
        class Meta:
            database = db
            table_name = "contact"

    class PartnerRegion(Model):
        partner = ForeignKeyField(Partner)
        region = CharField(max_length=60)

        class Meta:
            database = db
            table_name = "partner_region"
            without_rowid = is_sqlite()
            primary_key = CompositeKey("partner", "region")
            indexes = ((("region", "partner"), False),)

    class Interaction(Model):
        partner = ForeignKeyField(Partner, index=False)
        at = DateTimeField()
        channel = CharField(max_length=8)
        direction = CharField(max_length=4)
        matter = CharField(max_length=16, default="")
        others = CharField(max_length=500, default="")
        summary = TextField()
        created_by = ForeignKeyField(User, null=True)
        version = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "interaction"
            indexes = ((("partner", "at"), False),)

    class InteractionContact(Model):
        interaction = ForeignKeyField(Interaction, on_delete="CASCADE")
        contact = ForeignKeyField(Contact)

        class Meta:
            database = db
            table_name = "interaction_contact"
            without_rowid = is_sqlite()
            primary_key = CompositeKey("interaction", "contact")

    class PartnerGoal(Model):
        partner = ForeignKeyField(Partner, index=False)
        statement = CharField(max_length=500)
        side = CharField(max_length=8)
        horizon = CharField(max_length=8)
        outcomes = TextField(default="")
        compatibility = CharField(max_length=12, default="compatible")
        compatibility_note = CharField(max_length=1000, default="")
        status = CharField(max_length=12, default="open")
        result = TextField(default="")
        visibility = CharField(max_length=8, default="internal")
        created_at = DateTimeField()
        created_by = ForeignKeyField(User, null=True)
        version = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "partner_goal"
            indexes = ((("partner", "status"), False),)

    db.create_tables([PartnerRegion, Interaction, InteractionContact, PartnerGoal])
