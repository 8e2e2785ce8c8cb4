"""Whatever people typed stays text: on every page and in every mail, whoever reads it."""

import json
from typing import Any

import pytest
from peewee import CharField, Field, TextField

from app.core.db import Model, database
from app.core.messages import rendering
from app.core.messages.models import Mail
from app.core.messages.services import queue_mail
from app.core.partners.list_models import CustomValue
from app.core.personal.registry import TEXTS
from tests.core.access_world import make_world

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

HOSTILE = "'\"><img src=x onerror=alert(1)>{{7*7}}%(x)s</script>\u202e"
ALIVE = ("<img src=x", "{{7*7}}</script>", "49%(x)s")  # as markup, or as a template that ran
READERS = ("admin", "contact", "guest")
LONG = 80  # shorter columns hold words of ours: states, kinds, codes
# How the names of columns end that hold what programs wrote, or what addresses are made of.
OURS = ("hash", "key", "ref", "token", "payload", "query", "url", "website", "answer", "formula")
OURS += ("email", "address", "matters", "labels", "choices", "scopes", "locale", "timezone")


def words_columns() -> set[Field]:
    """Every column in which people's words stand, those that plugins and slices name included."""
    found = set(TEXTS.values())
    there = set(database.get_tables())  # other tests have tables of their own
    for table in Model.__subclasses__():
        if table._meta.table_name not in there:
            continue
        for field in table._meta.sorted_fields:
            is_long = isinstance(field, CharField) and field.max_length >= LONG
            if (isinstance(field, TextField) or is_long) and not field.unique:
                found.add(field)
    return {
        field
        for field in found
        if not field.name.endswith(OURS) and not field.model.__name__.startswith("Audit")
    }


def poisoned(value: Any) -> Any:
    """The value with the hostile text in every text of several words, however deep it lies."""
    if isinstance(value, dict):
        return {key: poisoned(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [poisoned(inner) for inner in value]
    return f"{value} {HOSTILE}" if isinstance(value, str) and " " in value else value


def drop_guards() -> None:
    """Take away what keeps rows from being changed: a hostile text was there from the start."""
    rows = database.execute_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in rows:
        database.execute_sql(f'DROP TRIGGER "{name}"')


def poison(field: Field) -> None:
    """Write the hostile text into a column, behind what stands there."""
    table = field.model
    for (text,) in table.select(field).where(field != "").distinct().tuples():
        try:
            stored = json.loads(text)
        except ValueError:
            # What a custom field of another kind holds is checked when it is written.
            is_words = field is not CustomValue.text or " " in text
            told = f"{text} {HOSTILE}" if is_words else text
        else:
            told = json.dumps(poisoned(stored))
        table.update({field: told}).where(field == text).execute()


def test_hostile_texts_are_shown_and_never_run(sample_app):
    world = make_world(sample_app)
    drop_guards()
    for field in words_columns():
        poison(field)
    shown = 0
    for actor in READERS:
        browser = world.browsers[actor]
        for call in world.calls():
            if call.method != "GET" or not call.permission:
                continue
            answer = browser.get(call.path, buffered=True)
            assert answer.status_code < 500, (actor, call.key)
            if answer.mimetype == "text/html":
                assert not any(text in answer.text for text in ALIVE), (actor, call.key)
                shown += "&lt;img src=x" in answer.text
    assert shown > 100  # the hostile text was there to be escaped


def test_hostile_texts_in_mails_are_text_in_both_forms(app):
    with app.app_context():
        queue_mail(
            "a@example.org",
            kind="test",
            subject=f"Hello\r\nBcc: victim@example.org\u2028{HOSTILE}",
            paragraphs=[HOSTILE],
            action=(HOSTILE, "https://desk.example.org/x"),
            sections=[{"heading": HOSTILE, "items": [[HOSTILE, HOSTILE, "https://x.example"]]}],
        )
        mail = rendering.message(Mail.get())
    assert "Bcc" not in mail
    assert mail["Subject"].startswith("Hello Bcc: victim@example.org")
    page = mail.get_body(("html",)).get_content()
    assert not any(text in page for text in ALIVE)
    assert "&lt;img src=x" in page
    assert HOSTILE in mail.get_body(("plain",)).get_content()
