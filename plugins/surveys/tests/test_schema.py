"""The plugin's migrations make the tables that its models describe, on both databases."""

from playhouse.schema_diff import diff_models

from app.core.db import Model, database


def tables():
    """Every table of this plugin."""
    waiting = [Model]
    while waiting:
        for found in waiting.pop().__subclasses__():
            waiting.append(found)
            if found.__module__.startswith("plugins.surveys"):
                yield found


def test_migrated_tables_equal_the_models(app):
    assert not str(diff_models(database.obj, list(tables())))
