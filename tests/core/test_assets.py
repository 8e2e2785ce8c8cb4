"""Static files: built from packages, hashed, compressed, served with strict headers."""

import gzip
import json
import re
import time
from pathlib import Path

import brotli
import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient

from app import assets

ROOT = Path(__file__).parents[2]


@pytest.fixture
def static(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    (folder / "css").mkdir(parents=True)
    (folder / "css" / "page.css").write_text("body { color: black }\n" * 50)
    (folder / "logo.png").write_bytes(b"\x89PNG not really")
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def app(out: Path, static: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setattr(assets, "root_folder", lambda name: static)
    app = Flask("tiny", static_folder=None)
    assets.init_assets(app, out, {"x/sample": static})
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def address(app: Flask, name: str) -> str:
    with app.test_request_context():
        return render_template_string("{{ asset(name) }}", name=name)


# ---- Collecting ------------------------------------------------------------------------------


def test_each_file_gets_a_name_with_a_hash(static: Path, out: Path) -> None:
    manifest = assets.collect({"": static}, out)
    assert re.fullmatch(r"css/page\.[0-9a-f]{12}\.css", manifest["css/page.css"])


def test_the_copy_is_the_same_as_its_source(static: Path, out: Path) -> None:
    manifest = assets.collect({"": static}, out)
    copy = out / "files" / manifest["css/page.css"]
    assert copy.read_bytes() == (static / "css" / "page.css").read_bytes()


def test_the_hash_follows_the_content(static: Path, out: Path) -> None:
    before = assets.collect({"": static}, out)["css/page.css"]
    (static / "css" / "page.css").write_text("body { color: white }")
    assert assets.collect({"": static}, out)["css/page.css"] != before


def test_a_plugins_files_stand_under_its_prefix(static: Path, out: Path) -> None:
    manifest = assets.collect({"": static, "x/sample/": static}, out)
    assert manifest["x/sample/logo.png"].startswith("x/sample/logo.")


def test_text_has_brotli_and_gzip_variants(static: Path, out: Path) -> None:
    copy = out / "files" / assets.collect({"": static}, out)["css/page.css"]
    content = copy.read_bytes()
    assert brotli.decompress(Path(f"{copy}.br").read_bytes()) == content
    assert gzip.decompress(Path(f"{copy}.gz").read_bytes()) == content


def test_pictures_are_not_compressed_again(static: Path, out: Path) -> None:
    copy = out / "files" / assets.collect({"": static}, out)["logo.png"]
    assert not Path(f"{copy}.br").exists()


def test_a_second_run_writes_nothing(static: Path, out: Path) -> None:
    assets.collect({"": static}, out)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    assets.collect({"": static}, out)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


def test_the_run_before_is_kept_and_older_ones_go(static: Path, out: Path) -> None:
    names = []
    for colour in ("red", "green", "blue"):
        (static / "css" / "page.css").write_text(f"body {{ color: {colour} }}")
        names.append(assets.collect({"": static}, out)["css/page.css"])
    assert [(out / "files" / name).exists() for name in names] == [False, True, True]


def test_a_damaged_manifest_does_not_stop_the_start(static: Path, out: Path) -> None:
    expected = assets.collect({"": static}, out)
    (out / "manifest.json").write_text("{ half a fi")
    assert assets.collect({"": static}, out) == expected
    assert json.loads((out / "manifest.json").read_text()) == expected


def test_a_second_start_with_the_real_files_is_quick(out: Path) -> None:
    sources = {"": ROOT / "static"}
    assets.collect(sources, out)
    started = time.process_time()
    assets.collect(sources, out)
    assert time.process_time() - started < 0.2


# ---- Serving ---------------------------------------------------------------------------------


def test_a_template_gets_the_hashed_address(app: Flask) -> None:
    assert re.fullmatch(r"/static/css/page\.[0-9a-f]{12}\.css", address(app, "css/page.css"))


def test_an_unknown_name_in_a_template_raises(app: Flask) -> None:
    with pytest.raises(assets.UnknownAssetError, match=r"css/nowhere\.css"):
        address(app, "css/nowhere.css")


def test_a_file_is_served_for_ever(app: Flask, client: FlaskClient) -> None:
    response = client.get(address(app, "css/page.css"), buffered=True)
    assert response.status_code == 200
    assert "immutable" in response.headers["Cache-Control"]


def test_a_file_is_served_without_sniffing(app: Flask, client: FlaskClient) -> None:
    response = client.get(address(app, "x/sample/logo.png"), buffered=True)
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_a_file_is_for_our_own_pages_only(app: Flask, client: FlaskClient) -> None:
    headers = client.get(address(app, "css/page.css"), buffered=True).headers
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_the_compressed_variant_is_served(app: Flask, client: FlaskClient, encoding: str) -> None:
    response = client.get(
        address(app, "css/page.css"), headers={"Accept-Encoding": encoding}, buffered=True
    )
    assert response.headers["Content-Encoding"] == encoding


@pytest.mark.parametrize("path", ["/static/manifest.json", "/static/css/page.css", "/static/"])
def test_nothing_else_is_served(client: FlaskClient, path: str) -> None:
    assert client.get(path, buffered=True).status_code == 404


# ---- Building --------------------------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    return tmp_path


def test_a_build_brings_libraries_icons_and_licences(checkout: Path) -> None:
    assert {path.name for path in assets.build(checkout)} == {
        "htmx.min.js",
        "tabler.min.css",
        "chart.umd.min.js",
        "icons.svg",
        "LICENCES.txt",
        *assets.FONTS,
    }


def test_fonts_for_paper_are_served_to_nobody(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "DejaVuSans.ttf").write_bytes(b"font")
    assert assets.collect({"": tmp_path / "in"}, tmp_path / "out", compress=False) == {}


def test_a_second_build_writes_nothing(checkout: Path) -> None:
    assets.build(checkout)
    assert assets.build(checkout) == []


def test_a_build_takes_away_what_is_no_longer_used(checkout: Path) -> None:
    assets.build(checkout)
    (checkout / "static" / "vendor" / "old.js").write_text("old")
    assets.build(checkout)
    assert not (checkout / "static" / "vendor" / "old.js").exists()


def test_the_sprite_holds_each_icon_once(checkout: Path) -> None:
    assets.build(checkout)
    sprite = (checkout / "static" / "vendor" / "icons.svg").read_text()
    assert re.findall(r'<symbol id="([^"]+)"', sprite) == list(assets.ICONS)
    assert len(set(assets.ICONS)) == len(assets.ICONS)


def test_no_library_points_to_a_source_map_that_is_not_there(checkout: Path) -> None:
    for path in assets.build(checkout):
        assert b"sourceMappingURL" not in path.read_bytes()


def test_every_library_has_its_licence_beside_it(checkout: Path) -> None:
    assets.build(checkout)
    text = (checkout / "static" / "vendor" / "LICENCES.txt").read_text()
    for package in assets.VENDOR_PACKAGES:
        assert re.search(rf"^{re.escape(package)} \d", text, re.MULTILINE)


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    named = re.compile(r"""ui\.icon\('([a-z0-9-]+)'|icon_name='([a-z0-9-]+)'""")
    used = {
        first or second
        for folder in (ROOT / "templates", ROOT / "plugins")
        for path in folder.rglob("*.html")
        for first, second in named.findall(path.read_text())
    }
    assert used - set(assets.ICONS) == set()


def test_a_build_without_packages_names_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="node_modules"):
        assets.build(tmp_path)
