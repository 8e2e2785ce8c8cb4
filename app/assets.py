"""Front-end packages → static/vendor, and static files served hashed and pre-compressed."""

import gzip
import hashlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from wsgiref.headers import Headers

import brotli  # type: ignore[import-untyped]
from flask import Flask
from whitenoise import WhiteNoise

from app.sparkline import trace

STATIC_PREFIX = "/static/"
FILES = "files"  # inside the output folder, so that half-written files never lie among them
MANIFEST = "manifest.json"
COMPRESSIBLE = {".css", ".js", ".json", ".map", ".mjs", ".svg", ".txt", ".xml"}

VENDOR_FILES = (
    "htmx.org/dist/htmx.min.js",
    "@tabler/core/dist/css/tabler.min.css",
    "chart.js/dist/chart.umd.min.js",
)
# For documents on paper; nobody's browser gets them.
FONTS = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
NOT_SERVED = {".ttf"}
# chart.js carries @kurkle/color inside its own file.
VENDOR_PACKAGES = (
    *("htmx.org", "@tabler/core", "@tabler/icons", "chart.js", "@kurkle/color"),
    "dejavu-fonts-ttf",
)
ICON_FOLDER = "@tabler/icons/icons/outline"
# The pictures that core and plugins may name; a new one is a line here.
ICONS = tuple(
    """
    activity adjustments affiliate alert-circle alert-octagon alert-triangle archive
    arrow-back-up arrow-down arrow-down-right arrow-left arrow-right arrow-up arrow-up-right
    arrows-exchange award ban bell bolt briefcase building building-community calendar
    calendar-due calendar-stats cash category certificate chart-bar chart-dots chart-line
    check checks checklist chevron-down chevron-left chevron-right chevron-up circle-check
    circle-dashed circle-plus circle-x clipboard-check clipboard-list clock clock-exclamation
    coin coins copy crown database device-desktop device-floppy dots download edit
    external-link eye eye-off file-export file-import file-text filter flag gauge gavel gift
    git-compare heart-handshake heart-rate-monitor help-circle hierarchy-2 history home
    hourglass id inbox info-circle key ladder language link list list-check lock lock-open
    logout mail medal menu-2 message message-report messages minus moon note package paperclip
    pencil percentage phone player-pause player-play plug plus point progress-check puzzle
    refresh report rotate scale search send server settings shield shield-check sort-ascending
    sort-descending speakerphone stairs stairs-up star sun table tag tags target target-arrow
    topology-star-3 trash trending-down trending-up trophy upload user user-check user-circle
    user-plus users users-group world x
    """.split()  # noqa: SIM905 - a hundred lines otherwise
)

_SOURCE_MAP = re.compile(rb"\s*(//[#@] sourceMappingURL=\S+|/\*[#@] sourceMappingURL=.*?\*/)\s*$")
_SHAPE = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
_BOUNDS = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>')


class UnknownAssetError(LookupError):
    """A template names a static file that does not exist."""


def root_folder(name: str) -> Path:
    """A top-level folder such as `templates`: in the installed package, else in the checkout."""
    packaged = Path(__file__).parent / name
    return packaged if packaged.is_dir() else Path(__file__).parent.parent / name


def build(root: Path) -> list[Path]:
    """Fill static/vendor from node_modules: the files we use, one icon sprite, the licences.

    Writes only what changed and returns it. Raises FileNotFoundError without node_modules.
    """
    modules, vendor = root / "node_modules", root / "static" / "vendor"
    wanted = {Path(name).name: _without_source_map(modules / name) for name in VENDOR_FILES}
    wanted |= {font: (modules / "dejavu-fonts-ttf/ttf" / font).read_bytes() for font in FONTS}
    wanted["icons.svg"] = _sprite(modules / ICON_FOLDER).encode()
    wanted["LICENCES.txt"] = _licences(modules).encode()
    vendor.mkdir(parents=True, exist_ok=True)
    for stale in set(vendor.iterdir()) - {vendor / name for name in wanted}:
        stale.unlink()
    return [vendor / name for name, content in wanted.items() if _put(vendor / name, content)]


def collect(sources: Mapping[str, Path], out: Path, *, compress: bool = True) -> dict[str, str]:
    """Copy every file of each folder to `out` under a name that holds its content's hash.

    `sources` maps a prefix ("" for core, "x/<plugin>/") to a folder. Answers logical → hashed
    path, both relative. Compressed variants stand beside each file
    (not in tests: best compression takes seconds). Nothing is rewritten; what is
    there already is not written again. The files of the run before are kept, because processes
    that are being replaced still serve them; older ones go.
    """
    files = out / FILES
    manifest: dict[str, str] = {}
    for prefix, folder in sources.items():
        for path in _files_of(folder):
            if path.suffix in NOT_SERVED:
                continue
            content = path.read_bytes()
            logical = prefix + path.relative_to(folder).as_posix()
            manifest[logical] = _hashed_name(logical, content)
            _publish(files / manifest[logical], content, compress)
    previous = _previous_manifest(out / MANIFEST)
    if manifest != previous:
        _put(out / MANIFEST, json.dumps(manifest, indent=1, sort_keys=True).encode())
        _prune(files, {*manifest.values(), *previous.values()})
    return manifest


def init_assets(
    app: Flask, out: Path, plugins: Mapping[str, Path] | None = None, *, compress: bool = True
) -> None:
    """Serve core's and the plugins' static files; give templates `asset` and `sparkline_trace`.

    `out` is the folder for hashed copies; `plugins` maps places such as "x/incentives" to folders.
    """
    sources = {"": root_folder("static")}
    sources |= {f"{place}/": folder for place, folder in (plugins or {}).items()}
    manifest = collect(sources, out, compress=compress)
    server = WhiteNoise(
        app.wsgi_app,
        allow_all_origins=False,
        add_headers_function=_add_headers,
        immutable_file_test=lambda _path, _url: True,
    )
    for hashed in manifest.values():
        server.add_file_to_dictionary(STATIC_PREFIX + hashed, str(out / FILES / hashed))
    app.wsgi_app = server  # type: ignore[method-assign]
    urls = {logical: STATIC_PREFIX + hashed for logical, hashed in manifest.items()}

    def asset(name: str) -> str:
        """The address of a static file by its logical name."""
        try:
            return urls[name]
        except KeyError:
            raise UnknownAssetError(
                f"no static file {name!r}; run `python -m app.assets`?"
            ) from None

    app.jinja_env.globals.update(asset=asset, sparkline_trace=trace)


def _add_headers(headers: Headers, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"


def _files_of(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            yield path


def _hashed_name(logical: str, content: bytes) -> str:
    stem, extension = os.path.splitext(logical)
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}{extension}"


def _publish(path: Path, content: bytes, compress: bool) -> None:
    """Write a file and its compressed variants; the file itself last, as the sign of being done."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if compress and path.suffix in COMPRESSIBLE:
        variants = {".br": brotli.compress(content), ".gz": gzip.compress(content, 9, mtime=0)}
        for suffix, smaller in variants.items():
            if len(smaller) < len(content):
                _put(path.with_name(path.name + suffix), smaller)
    _put(path, content)


def _put(path: Path, content: bytes) -> bool:
    """Write a file whole or not at all, and only where it differs; whether it was written."""
    if path.is_file() and path.read_bytes() == content:
        return False
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    os.chmod(temporary, 0o644)
    os.replace(temporary, path)
    return True


def _previous_manifest(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _prune(files: Path, wanted: set[str]) -> None:
    for path in _files_of(files):
        name = path.relative_to(files).as_posix()
        if name not in wanted and name.removesuffix(".br").removesuffix(".gz") not in wanted:
            path.unlink(missing_ok=True)


def _without_source_map(path: Path) -> bytes:
    """A package's file without the pointer to a source map that we do not ship."""
    return _SOURCE_MAP.sub(b"\n", path.read_bytes())


def _sprite(folder: Path) -> str:
    """One SVG of symbols; colour and stroke come from the page's own style."""
    symbols = []
    for name in ICONS:
        shape = _SHAPE.search((folder / f"{name}.svg").read_text())
        if shape is None:
            raise ValueError(f"{name}.svg is not an icon")
        inside = re.sub(r"\s*\n\s*", "", _BOUNDS.sub("", shape[1]))
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{inside}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def _licences(modules: Path) -> str:
    """What the vendor files are, and their licences' texts."""
    parts = ["Third-party files in this folder, as published by their authors.\n"]
    for name in VENDOR_PACKAGES:
        package = json.loads((modules / name / "package.json").read_text())
        text = next((path.read_text() for path in sorted((modules / name).glob("LICEN[SC]E*"))), "")
        if not text:  # @tabler/core ships none; its authors publish the icons under the same one
            text = (modules / "@tabler/icons" / "LICENSE").read_text()
        head = f"{name} {package['version']} ({package['license']})"
        parts.append(f"{'=' * 78}\n{head}\n{package.get('homepage', '')}\n\n{text.strip()}\n")
    return "\n".join(parts)


def main() -> int:
    """`python -m app.assets`: fill static/vendor."""
    root = root_folder("static").parent
    try:
        written = build(root)
    except FileNotFoundError as error:
        sys.stderr.write(f"{error.filename} is missing: run `npm ci` in {root} first.\n")
        return 1
    sys.stdout.write(f"static/vendor: {len(written)} file(s) written\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
