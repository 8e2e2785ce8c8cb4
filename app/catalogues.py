"""Translations: collect the strings of core and of each plugin, update and compile catalogues.

    python -m app.catalogues update     after a change of strings (`make messages`)
    python -m app.catalogues compile    .po to .mo, where it is older: part of the set-up

A catalogue lies in `translations/<language>/LC_MESSAGES/messages.po`, core's in `app`, a plugin's
in its own folder. Nothing needs a template file: what is extracted goes straight into catalogues.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from app.assets import root_folder

METHODS = [
    ("**.py", "python"),
    ("**.txt", "jinja2"),
    ("**/templates/**.html", "jinja2"),
    ("**.html", "jinja2"),
]
OUT = {"tests", "migrations", "__pycache__", "translations", "node_modules", ".venv"}
_REFUSAL = re.compile(r"^class (\w+)\((?:\w+, )*(\w+)\):", re.MULTILINE)


def core_folders() -> list[Path]:
    """Where core's strings stand."""
    return [Path(__file__).parent, root_folder("templates")]


def plugin_folders() -> list[Path]:
    """The bundled plugins."""
    folder = Path(__file__).parent.parent / "plugins"
    return sorted(path.parent for path in folder.glob("*/plugin.py"))


def keywords() -> dict[str, tuple[int, ...] | None]:
    """The functions whose arguments are translated: gettext's, and every kind of Refusal."""
    refusals = {"Refusal"}
    sources = [
        path.read_text()
        for folder in (core_folders()[0], *plugin_folders())
        for path in _python(folder)
    ]
    while True:
        found = {
            name for text in sources for name, base in _REFUSAL.findall(text) if base in refusals
        }
        if found <= refusals:
            break
        refusals |= found
    return {**DEFAULT_KEYWORDS, "lazy_gettext": None, "_n": (1, 2), **dict.fromkeys(refusals)}


def extract(folders: Iterable[Path]) -> Catalog:
    """Every string of these folders that is to be translated."""
    catalogue = Catalog(charset="utf-8")
    names = keywords()
    for folder in folders:
        for _file, _line, message, _comments, context in extract_from_dir(
            folder, METHODS, keywords=names, directory_filter=_is_source
        ):
            if message:
                catalogue.add(message, context=context)
    return catalogue


def catalogues(folder: Path) -> Iterator[tuple[str, Path]]:
    """The languages that a folder has, each with its file."""
    for path in sorted(folder.glob("translations/*/LC_MESSAGES/messages.po")):
        yield path.parts[-3], path


def read(path: Path, language: str) -> Catalog:
    """A catalogue as it stands."""
    return read_po(BytesIO(path.read_bytes()), locale=language)


def update() -> None:
    """Bring every catalogue up to the strings of its sources; what is new is left empty."""
    for folder, sources in everything():
        for language, path in catalogues(folder):
            catalogue = read(path, language)
            catalogue.update(extract(sources), no_fuzzy_matching=True)
            catalogue.obsolete.clear()
            write(catalogue, path)


def write(catalogue: Catalog, path: Path) -> None:
    """Keep a catalogue sorted, without dates and names, so that a change shows what changed."""
    catalogue.project, catalogue.version, catalogue.fuzzy = "Entente", "", False
    catalogue.msgid_bugs_address = catalogue.last_translator = catalogue.language_team = ""
    catalogue.header_comment = f"# {catalogue.locale.english_name} for Entente"
    text = BytesIO()
    write_po(text, catalogue, width=100, sort_output=True, omit_header=False, no_location=True)
    lines = text.getvalue().decode().splitlines(keepends=True)
    kept = [
        line for line in lines if not line.startswith(('"POT-Creation', '"PO-Revision', '"Last-'))
    ]
    path.write_text("".join(kept))


def compile_all() -> int:
    """Compile every catalogue that changed; returns how many were."""
    count = 0
    for folder, _sources in everything():
        for language, path in catalogues(folder):
            target = path.with_suffix(".mo")
            text = BytesIO()
            write_mo(text, read(path, language))
            if not target.exists() or target.read_bytes() != text.getvalue():
                target.write_bytes(text.getvalue())
                count += 1
    return count


def everything() -> list[tuple[Path, list[Path]]]:
    """Each folder that has catalogues, with the folders of its strings."""
    own: list[tuple[Path, list[Path]]] = [(Path(__file__).parent, core_folders())]
    return own + [(folder, [folder]) for folder in plugin_folders()]


def _python(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*.py") if not OUT & set(path.parts))


def _is_source(path: object) -> bool:
    return Path(str(path)).name not in OUT


def main(arguments: list[str]) -> int:
    """`python -m app.catalogues update|compile`."""
    if arguments == ["update"]:
        update()
        return 0
    if arguments == ["compile"]:
        compile_all()
        return 0
    sys.stderr.write("python -m app.catalogues update|compile\n")
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
