"""Where plugins come from: bundled folders, the organisation's own folder, installed packages."""

import importlib
import importlib.metadata
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import app.core

PACKAGE = "plugins"
BUNDLED = Path(__file__).resolve().parents[2] / PACKAGE
GROUP = "entente.plugins"

_NAME = re.compile(r"[a-z][a-z0-9_]{1,30}")
# A plugin's name begins its tables, templates, permissions and endpoints, as core's own do.
_CORE_NAMES = {module.name for module in pkgutil.iter_modules(app.core.__path__)}


@dataclass(frozen=True, slots=True)
class Found:
    """A plugin that was found, or something that looks like one; `problem` says why it is not."""

    name: str
    source: str  # bundled, folder or package
    place: str
    load: Callable[[], ModuleType]
    problem: str = ""


def search_in(own: Path | None) -> None:
    """Let `import plugins.<name>` look into these folders, the bundled one first."""
    package = sys.modules.get(PACKAGE)
    if package is None:
        package = ModuleType(PACKAGE, "Plugins, wherever they lie.")
        sys.modules[PACKAGE] = package
    package.__path__ = [str(folder) for folder in (BUNDLED, own) if folder is not None]
    importlib.invalidate_caches()


def discover(own: Path | None) -> list[Found]:
    """Every plugin in the bundled folder, the organisation's own and the installed packages.

    The first of a name wins, in this order; the others are listed with a problem.
    """
    found: list[Found] = []
    first: dict[str, Found] = {}
    for candidate in (*_in_folder(BUNDLED, "bundled"), *_in_folder(own, "folder"), *_installed()):
        shadow = first.setdefault(candidate.name, candidate)
        found.append(candidate if shadow is candidate else _shadowed(candidate, shadow))
    return found


def _in_folder(folder: Path | None, source: str) -> Iterator[Found]:
    if folder is None:
        return
    if not folder.is_dir():
        yield _refused(folder.name, source, str(folder), "this plugins folder does not exist")
        return
    for place in sorted(folder.iterdir()):
        if not place.is_dir() or place.name.startswith(("_", ".")):
            continue
        if source == "bundled" and not _has_any(place, "__init__.py", "plugin.py"):
            continue  # a place kept for a plugin to come, or the caches of one that was removed
        yield Found(place.name, source, str(place), _importer(place), _folder_problem(place))


def _installed() -> Iterator[Found]:
    points = importlib.metadata.entry_points(group=GROUP)
    for point in sorted(points, key=lambda point: (point.name, point.value)):
        place = f"{point.dist.name} {point.dist.version}" if point.dist else point.value
        yield Found(point.name, "package", place, point.load, _name_problem(point.name))


def _folder_problem(place: Path) -> str:
    if not (place / "__init__.py").is_file():
        return "the folder has no __init__.py; add an empty one"
    if not (place / "plugin.py").is_file():
        return "the folder has no plugin.py; every plugin has one, which holds PLUGIN and its hooks"
    return _name_problem(place.name)


def _name_problem(name: str) -> str:
    if not _NAME.fullmatch(name) or name.endswith(("_portal", "_public")):
        return (
            f"{name!r} cannot be a plugin's name: use 2 to 31 lower-case letters, digits and "
            "underscores, not ending in _portal or _public"
        )
    if name in _CORE_NAMES:
        return f"{name!r} is a name that core uses itself; choose another"
    return ""


def _has_any(place: Path, *names: str) -> bool:
    return any((place / name).is_file() for name in names)


def _shadowed(later: Found, first: Found) -> Found:
    return _refused(
        later.name,
        later.source,
        later.place,
        f"another plugin has the name {later.name!r}: the one in {first.place} is used; "
        "rename or remove one of them",
    )


def _refused(name: str, source: str, place: str, problem: str) -> Found:
    return Found(name, source, place, lambda: ModuleType(name), problem)


def _importer(place: Path) -> Callable[[], ModuleType]:
    def load() -> ModuleType:
        _forget_other(place)
        return importlib.import_module(f"{PACKAGE}.{place.name}.plugin")

    return load


def _forget_other(place: Path) -> None:
    """Drop modules of this name that were imported from another folder by an earlier start."""
    name = f"{PACKAGE}.{place.name}"
    known = sys.modules.get(name)
    if known is None or str(place) in map(str, getattr(known, "__path__", ())):
        return
    for module in [key for key in sys.modules if key == name or key.startswith(f"{name}.")]:
        del sys.modules[module]
