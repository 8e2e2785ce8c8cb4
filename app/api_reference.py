"""The reference of `app.api` in the author guide: `python -m app.api_reference` writes it anew.

The docstrings are the only source; a test holds the guide against them.
"""

import inspect
from pathlib import Path
from typing import Any

import plugins
from app import api

BEGIN = "<!-- api reference: begin, made by python -m app.api_reference -->"
END = "<!-- api reference: end -->"
GUIDE = Path(next(iter(plugins.__path__))) / "README.md"


def reference() -> str:
    """Every name of `app.api` with its signature and meaning, as Markdown between two markers."""
    classes = [name for name in api.__all__ if inspect.isclass(getattr(api, name))]
    functions = [name for name in api.__all__ if name not in classes]
    parts = [BEGIN]
    for title, names in (("Values and tables", classes), ("Functions", functions)):
        parts.append(f"### {title}\n\n" + "\n".join(_line(name) for name in names))
    return "\n\n".join([*parts, END]) + "\n"


def meaning(name: str) -> str:
    """The first paragraph of what a name's docstring says; empty where there is none of its own."""
    value = getattr(api, name)
    if not callable(value):
        return _CONSTANTS.get(name, "")
    text = inspect.getdoc(value) or ""
    return " ".join(text.partition("\n\n")[0].split())


_STARS: dict[Any, str] = {
    inspect.Parameter.VAR_POSITIONAL: "*",
    inspect.Parameter.VAR_KEYWORD: "**",
}
_CONSTANTS = {
    "MILLION": "What one unit of a quantity is kept as: quantities are whole millionths.",
    "database": "The database's proxy, for SQL that the models cannot say.",
}


def _line(name: str) -> str:
    value: Any = getattr(api, name)
    arguments = ""
    if callable(value) and not inspect.isclass(value):
        arguments = f"({', '.join(_arguments(value))})"
    return f"- `{name}{arguments}` – {meaning(name)}"


def _arguments(function: Any) -> list[str]:
    """The names of the arguments, with a star before those that are given by name."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    names: list[str] = []
    for one in found:
        if one.kind is one.KEYWORD_ONLY and "*" not in names:
            names.append("*")
        names.append(_STARS.get(one.kind, "") + one.name)
    return names


def write() -> None:
    """Bring the author guide up to the docstrings."""
    text = GUIDE.read_text(encoding="utf-8")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2].lstrip("\n")
    GUIDE.write_text(before + reference() + ("\n" + after if after else ""), encoding="utf-8")


if __name__ == "__main__":
    write()
