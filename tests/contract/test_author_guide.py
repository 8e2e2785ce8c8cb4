"""The author guide keeps its word: its hook reference is current, its example runs."""

import re
from pathlib import Path
from typing import Any

import pytest

from app.core import discovery
from app.core.hook_reference import BEGIN, END, reference
from app.testing import Browser, founded, make_app

GUIDE = (discovery.BUNDLED / "README.md").read_text(encoding="utf-8")


def example() -> str:
    """The source of the smallest plugin, as the guide prints it."""
    found = re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert found
    return found[1]


@pytest.fixture
def hello(new_database: Any, tmp_path: Path) -> Any:
    """A signed-in browser on an application with the guide's example in its plugins folder."""
    folder = tmp_path / "own" / "hello"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "plugin.py").write_text(example(), encoding="utf-8")
    app = make_app(tmp_path / "data", new_database(founded), plugins_dir=folder.parent)
    app.test_client_class = Browser
    return app.test_client().sign_in("viewer@example.org")  # type: ignore[attr-defined]


def test_the_hook_reference_is_what_the_docstrings_say() -> None:
    printed = BEGIN + GUIDE.partition(BEGIN)[2].partition(END)[0] + END + "\n"
    assert printed == reference(), "run: python -m app.core.hook_reference"


def test_the_example_has_fifteen_lines() -> None:
    assert len([line for line in example().splitlines() if line.strip()]) <= 15


def test_the_example_answers(hello: Any) -> None:
    assert hello.get("/x/hello").text == "Good day from a plugin."


def test_the_example_is_in_the_navigation(hello: Any) -> None:
    assert 'href="/x/hello"' in hello.get("/x/incentives").text
