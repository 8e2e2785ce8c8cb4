"""Every page that a role can reach: accessible, silent, and no wider than its screen."""

import re
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.e2e.conftest import ROOT

AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LINK = re.compile(r'<a\b[^>]*?href="(/[^"#]*)')
KINDS = 120  # pages of one kind differ in their figures alone; each kind is looked at once
CHECK = """async tags => {
  const found = await axe.run(document, {runOnly: {type: 'tag', values: tags}});
  return found.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' | '));
}"""
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def kind_of(path: str) -> str:
    """A path with its numbers and query taken out: what kind of page it is."""
    parts = urlsplit(path)
    shape = "/".join("#" if part.isdigit() else part for part in parts.path.split("/"))
    return shape + ("?" if parts.query else "")


def every_page(page, start: str) -> list[str]:
    """One path for each kind of page that links lead to."""
    seen, queue = {}, [start]
    while queue and len(seen) < KINDS:
        path = queue.pop(0)
        if kind_of(path) in seen:
            continue
        answer = page.context.request.get(path)
        if "text/html" in answer.headers["content-type"]:
            assert answer.status == 200, f"{path} answers {answer.status}"
            seen[kind_of(path)] = path
            queue += [unescape(link) for link in LINK.findall(answer.text())]
    return list(seen.values())


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("who", ["admin", "contact"])
def test_every_page_is_accessible_and_silent(sign_in, who, width, theme):
    page = sign_in(who, width=width, theme=theme)
    noise: list[str] = []
    page.on("console", lambda message: noise.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: noise.append(f"{page.url}: {error}"))
    problems = []
    paths = every_page(page, urlsplit(page.url).path)
    for path in paths:
        page.goto(path)
        page.wait_for_load_state("networkidle")
        page.evaluate(AXE)
        problems += [f"{path} {found}" for found in page.evaluate(CHECK, TAGS)]
        if page.evaluate(WIDER) > 0:
            problems.append(f"{path} is wider than {width} pixels")
    assert not problems, "\n".join(problems)
    assert not noise, "\n".join(noise)
    assert len(paths) >= (14 if who == "admin" else 2), paths


@pytest.mark.parametrize("who", ["admin", "contact"])
def test_no_page_scrolls_sideways_at_320_pixels(sign_in, who):
    page = sign_in(who, width=320)
    wide = []
    for path in every_page(page, urlsplit(page.url).path):
        page.goto(path)
        if page.evaluate(WIDER) > 0:
            wide.append(path)
    assert not wide


def test_axe_finds_a_fault_where_there_is_one(sign_in):
    page = sign_in("viewer")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"/favicon.ico\">')")
    page.evaluate(AXE)
    assert any(found.startswith("image-alt") for found in page.evaluate(CHECK, TAGS))


def test_the_axe_file_is_the_real_one():
    assert Path(ROOT / "node_modules/axe-core/axe.min.js").stat().st_size > 400_000
