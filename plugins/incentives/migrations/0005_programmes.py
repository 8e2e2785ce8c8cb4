"""Programmes with versions; a desk that had a ladder keeps it as its first programme."""

import hashlib
import json
from datetime import UTC, date, datetime

from peewee import (
    SQL,
    CharField,
    DateField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    Model,
    SmallIntegerField,
    SqliteDatabase,
    TextField,
)

_TABLE = "incentives_programme_version"
# What a published version keeps; with it `state` may only become "withdrawn".
_KEPT = (
    *("id", "programme_id", "number", "definition", "previous", "sha256", "note", "effective"),
    *("published_at", "published_by"),
)
_NAMES = {
    "en": ("Partner tiers", "Partner", "Member", "Silver", "Gold"),
    "de": ("Partnerstufen", "Partner", "Mitglied", "Silber", "Gold"),
}
_DEFAULTS = {"member": 0, "silver": 90, "gold": 105}


def up(migrator, db):
    class Programme(Model):
        name = CharField(max_length=120, unique=True)
        description = TextField(default="")
        currency = CharField(max_length=3)
        status = CharField(max_length=8, default="draft")
        review_due = DateField(null=True)
        ended_reason = CharField(max_length=500, default="")
        version = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "incentives_programme"

    class ProgrammeVersion(Model):
        programme = ForeignKeyField(Programme, index=False, on_delete="RESTRICT")
        number = SmallIntegerField()
        state = CharField(max_length=10, default="draft")
        definition = TextField()
        previous = TextField(default="")
        sha256 = CharField(max_length=64)
        note = CharField(max_length=1000, default="")
        effective = DateField(null=True)
        published_at = DateTimeField(null=True)
        published_by = IntegerField(null=True)
        withdrawn_reason = CharField(max_length=500, default="")
        version = IntegerField(default=1)

        class Meta:
            database = db
            table_name = _TABLE
            indexes = ((("programme", "number"), True),)

    ProgrammeVersion.add_index(
        ProgrammeVersion.index(
            ProgrammeVersion.programme,
            unique=True,
            where=SQL("state = 'draft'"),
            name="incentives_programme_one_draft",
        )
    )
    db.create_tables([Programme, ProgrammeVersion])
    _keep_the_ladder(db, Programme, ProgrammeVersion)
    _guard(db)


def _guard(db):
    """What is published stays as it is: only taking it back is a change."""
    same = " AND ".join(
        f'(NEW."{c}" = OLD."{c}" OR (NEW."{c}" IS NULL AND OLD."{c}" IS NULL))' for c in _KEPT
    )
    changed = (
        "OLD.state <> 'draft'"
        f" AND NOT (OLD.state = 'published' AND NEW.state = 'withdrawn' AND {same})"
    )
    refusal = "a published version is not changed"
    if isinstance(db, SqliteDatabase):
        for action, when in (("UPDATE", changed), ("DELETE", "OLD.state <> 'draft'")):
            db.execute_sql(
                f"CREATE TRIGGER {_TABLE}_no_{action.lower()} BEFORE {action} ON {_TABLE}"
                f" WHEN {when} BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
            )
        return
    db.execute_sql(
        f"CREATE FUNCTION {_TABLE}_refuse() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{refusal}'; END $$"
    )
    for name, action, each, when in (
        ("no_update", "UPDATE", "ROW", f" WHEN ({changed})"),
        ("no_delete", "DELETE", "ROW", " WHEN (OLD.state <> 'draft')"),
        ("no_truncate", "TRUNCATE", "STATEMENT", ""),
    ):
        db.execute_sql(
            f"CREATE TRIGGER {_TABLE}_{name} BEFORE {action} ON {_TABLE}"
            f" FOR EACH {each}{when} EXECUTE FUNCTION {_TABLE}_refuse()"
        )


def _keep_the_ladder(db, programmes, versions):
    """The thresholds of the settings as a running programme; none where nobody ever stood."""
    since = db.execute_sql("SELECT min(computed_at) FROM incentives_standing").fetchone()[0]
    organisation = db.execute_sql("SELECT currency, locale FROM organisation").fetchone()
    if since is None or organisation is None:
        return
    currency, locale = organisation
    name, *tiers = _NAMES.get(locale, _NAMES["en"])
    now = datetime.now(UTC).replace(tzinfo=None)
    text = _definition(_thresholds(db), tiers)
    programme = programmes.create(
        name=name, currency=currency, status="running", review_due=_in_a_year(now.date())
    )
    versions.create(
        programme=programme,
        number=1,
        state="published",
        definition=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        effective=str(since)[:10],
        published_at=now,
    )


def _thresholds(db):
    """The saved per cents, each as the form took it; a broken one gives way to its default."""
    row = db.execute_sql("SELECT data FROM plugin_setting WHERE plugin = 'incentives'").fetchone()
    try:
        saved = json.loads(row[0]) if row else {}
    except ValueError:
        saved = {}
    found = dict(_DEFAULTS)
    for key in found:
        raw = saved.get(key) if isinstance(saved, dict) else None
        text = raw[0] if isinstance(raw, list) and raw else ""
        if isinstance(text, str) and text.strip().isdecimal() and int(text[:9]) <= 150:
            found[key] = int(text)
    ordered = found["member"] < found["silver"] < found["gold"]
    return found if ordered else dict(_DEFAULTS)


def _definition(percent, names):
    """Canonical JSON. The lowest tier asks for nothing: one stands below a Member with a mark."""
    partner, member, silver, gold = names
    tiers = [_tier("member", member, "blue", percent["member"])]
    if percent["member"]:
        tiers.insert(0, _tier("partner", partner, "grey", 0))
    tiers += [_tier("silver", silver, "silver", percent["silver"])]
    tiers += [_tier("gold", gold, "gold", percent["gold"])]
    definition = {
        "aims": "",
        "eligible": [],
        "grace_days": 90,
        "notice_days": 30,
        "one_step": True,
        "promotion": "auto",
        "review": "quarterly",
        "rewards": [],
        "tiers": tiers,
    }
    return json.dumps(definition, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _tier(key, name, colour, percent):
    requirement = percent and {
        "type": "requirement",
        "key": "r1",
        "measures": "scorecard",
        "operator": ">=",
        "points": 0,
        "subject": "",
        "threshold": percent * 10_000,
        "window": {"each": False, "n": 1, "span": "quarters"},
    }
    return {
        "benefits": "",
        "colour": colour,
        "key": key,
        "name": name,
        "requirement": requirement or None,
    }


def _in_a_year(day):
    return date(day.year + 1, day.month, min(day.day, 28))


def down(migrator, db):
    db.execute_sql(f"DROP TABLE {_TABLE}")
    if not isinstance(db, SqliteDatabase):
        db.execute_sql(f"DROP FUNCTION {_TABLE}_refuse()")
    db.execute_sql("DROP TABLE incentives_programme")
