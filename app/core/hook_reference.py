"""The hook reference of the author guide: `python -m app.core.hook_reference` prints it.

The docstrings of `app.core.hookspecs`, and of the `hookspecs` of bundled plugins for the hooks that
those publish, are the only source; a test holds the guide against them.
"""

import importlib
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import Any

from app.core import discovery, hookspecs

BEGIN = "<!-- hook reference: begin, made by python -m app.core.hook_reference -->"
END = "<!-- hook reference: end -->"

_LABEL = re.compile(r"^(When|Arguments|Returns|On an exception): ", re.MULTILINE)


PUBLISHED = """## Hooks that bundled plugins publish

Answered with `@hookimpl(optionalhook=True)`, since the plugin that publishes one may be absent; it
asks its own hook itself."""


def reference() -> str:
    """Core's hooks, and those that bundled plugins publish, as Markdown between two markers."""
    entries = [_entry(hook) for hook in hooks()]
    return "\n\n".join([BEGIN, *entries, PUBLISHED, *map(_entry, published()), END]) + "\n"


def hooks() -> Iterator[FunctionType]:
    """Core's hook specifications in the order in which they are written."""
    yield from _specifications(hookspecs)


def published() -> Iterator[FunctionType]:
    """The hook specifications of the bundled plugins, plugin by plugin."""
    for file in sorted(discovery.BUNDLED.glob("[!_]*/hookspecs.py")):
        yield from _specifications(importlib.import_module(f"plugins.{file.parent.name}.hookspecs"))


def _specifications(module: ModuleType) -> Iterator[FunctionType]:
    for value in vars(module).values():
        if inspect.isfunction(value) and hasattr(value, f"{hookspecs.PROJECT}_spec"):
            yield value


def _entry(hook: Callable[..., Any]) -> str:
    meaning, _blank, rest = inspect.cleandoc(hook.__doc__ or "").partition("\n\n")
    arguments = ", ".join(inspect.signature(hook).parameters)
    points = (_point(part) for part in _LABEL.sub(r"\n\n\1: ", rest).split("\n\n"))
    lines = [f"- {point}" for point in points if point]
    return f"### `{hook.__name__}({arguments})`\n\n{_one_line(meaning)}\n\n" + "\n".join(lines)


def _point(text: str) -> str:
    return _LABEL.sub(r"**\1:** ", _one_line(text))


def _one_line(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    sys.stdout.write(reference())
