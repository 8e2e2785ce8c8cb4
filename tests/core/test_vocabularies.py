"""Files of macros that are imported without context: made once, for every page and person."""

from pathlib import Path

import pytest
from flask import Flask
from jinja2 import meta, nodes

from app.testing import make_app

ROOT = Path(__file__).parents[2]
TEMPLATES = [*ROOT.glob("templates/**/*.html"), *ROOT.glob("plugins/*/templates/**/*.html")]


@pytest.fixture
def bare(tmp_path: Path) -> Flask:
    """An application for its templates alone."""
    return make_app(tmp_path)


def test_what_is_imported_without_context_needs_nothing_of_a_page(bare: Flask) -> None:
    environment = bare.jinja_env
    assert environment.loader is not None
    shared = set()
    for path in TEMPLATES:
        parsed = environment.parse(path.read_text(encoding="utf-8"))
        shared |= {
            found.template.as_const()
            for found in parsed.find_all(nodes.Import)
            if not found.with_context
        }
    assert "_macros.html" in shared
    for name in sorted(shared):
        source = environment.loader.get_source(environment, name)[0]
        parsed = environment.parse(source)
        asked = meta.find_undeclared_variables(parsed) - set(environment.globals)
        assert not asked, f"{name} uses {asked}: import it with context"
        set_once = [n for n in parsed.body if isinstance(n, nodes.Assign | nodes.AssignBlock)]
        calls = [call for one in set_once for call in one.find_all(nodes.Call)]
        assert not calls, f"{name} keeps for everybody what it worked out for one page"
