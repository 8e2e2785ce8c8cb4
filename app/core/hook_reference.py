"""The hook reference of the author guide: `python -m app.core.hook_reference` prints it.

The docstrings of `app.core.hookspecs` are the only source; a test holds the guide against them.
"""

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

from app.core import hookspecs

BEGIN = "<!-- hook reference: begin, made by python -m app.core.hook_reference -->"
END = "<!-- hook reference: end -->"

_LABEL = re.compile(r"^(When|Arguments|Returns|On an exception): ", re.MULTILINE)


def reference() -> str:
    """Every hook of core in the order of its module, as Markdown between its two markers."""
    return "\n\n".join([BEGIN, *(_entry(hook) for hook in hooks()), END]) + "\n"


def hooks() -> Iterator[FunctionType]:
    """The hook specifications in the order in which they are written."""
    for value in vars(hookspecs).values():
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
