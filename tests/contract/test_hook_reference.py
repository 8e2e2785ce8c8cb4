"""The hook reference is complete: each hook is documented, used by a bundled plugin, and tested."""

import ast
import inspect
from pathlib import Path
from typing import Any

import pytest

from app.core import discovery, hook_reference, hookspecs

ROOT = Path(__file__).parents[2]
HOOKS = sorted(
    name for name, value in vars(hookspecs).items() if hasattr(value, f"{hookspecs.PROJECT}_spec")
)
every_hook = pytest.mark.parametrize("hook", HOOKS)
PUBLISHED = {hook.__name__: hook for hook in hook_reference.published()}
every_documented_hook = pytest.mark.parametrize("hook", [*HOOKS, *PUBLISHED])


def implemented() -> set[str]:
    """The functions that carry @hookimpl in a bundled plugin."""
    found = set()
    for file in discovery.BUNDLED.glob("[!_]*/*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and any(
                "hookimpl" in ast.unparse(decorator) for decorator in node.decorator_list
            ):
                found.add(node.name)
    return found


def test_there_are_hooks() -> None:
    assert "register_blueprints" in HOOKS
    assert "incentives_payout_objections" in PUBLISHED


def specification(hook: str) -> Any:
    """Core's or a bundled plugin's specification of a hook."""
    return PUBLISHED.get(hook) or getattr(hookspecs, hook)


@every_documented_hook
def test_its_docstring_is_a_reference(hook: str) -> None:
    function = specification(hook)
    text = inspect.getdoc(function) or ""
    parts = [part for part in ("When:", "On an exception:") if part not in text]
    if inspect.signature(function).return_annotation is not None:
        parts += ["Returns:"] if "Returns:" not in text else []
    assert parts == []


@every_documented_hook
def test_its_docstring_explains_each_argument(hook: str) -> None:
    function = specification(hook)
    text = inspect.getdoc(function) or ""
    arguments = inspect.signature(function).parameters
    assert [name for name in arguments if f"`{name}`" not in text] == []


@every_hook
def test_a_bundled_plugin_uses_it(hook: str) -> None:
    assert hook in implemented()


@every_hook
def test_a_test_names_it(hook: str) -> None:
    files = [*ROOT.glob("tests/**/test_*.py"), *ROOT.glob("plugins/*/tests/**/test_*.py")]
    others = (file.read_text(encoding="utf-8") for file in files if file != Path(__file__))
    assert any(hook in text for text in others)
