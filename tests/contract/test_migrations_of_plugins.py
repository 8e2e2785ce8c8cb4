"""Migrations of the bundled plugins keep to their own names.

An index is called after its class, and a SQLite database knows one index of a name: a class that
another plugin's migration has as well would leave its table without the index.
"""

import ast
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[2] / "plugins"
WITHOUT_PREFIX = {"incentives": 8, "conflicts": 3}  # the last of those that are as they were


def later():
    """The migrations that know the rule."""
    for path in sorted(PLUGINS.glob("*/migrations/[0-9]*.py")):
        plugin = path.parts[-3]
        if int(path.name[:4]) > WITHOUT_PREFIX.get(plugin, 0):
            yield pytest.param(plugin, path, id=f"{plugin}-{path.stem}")


def tables_of(path):
    """The classes of a migration's own tables; those of others begin with an underscore."""
    return [
        node.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and node.name != "Meta" and node.name[0] != "_"
    ]


@pytest.mark.parametrize(("plugin", "path"), list(later()))
def test_a_migrations_classes_begin_with_the_name_of_its_plugin(plugin, path):
    assert [name for name in tables_of(path) if not name.startswith(plugin.capitalize())] == []
