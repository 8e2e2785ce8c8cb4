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
PARTS = 4  # of the administrator's pages, so that several processes share them
KINDS = 150  # pages of one kind differ in their figures alone; each kind is looked at once
# Everything at a wide light screen and a narrow dark one; between them, what theme or width change.
LOOKS = (
    (1280, "light", {"type": "tag", "values": TAGS}),
    (1280, "dark", {"type": "rule", "values": ["color-contrast"]}),
    (390, "dark", {"type": "tag", "values": TAGS}),
    (390, "light", {"type": "rule", "values": ["color-contrast", "target-size"]}),
)
# Colours that fade from one theme to the other would be looked at half-way.
STILL = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('*, *::before, *::after { transition: none !important }');
  document.adoptedStyleSheets = [sheet];
}"""
# Boxes that the page fetches have come, and those that they bring: for six frames none is awaited.
SETTLED = """() => new Promise(done => {
  let calm = 0;
  const look = () => {
    calm = document.querySelector('.htmx-request') ? 0 : calm + 1;
    if (calm > 5) done(); else requestAnimationFrame(look);
  };
  look();
})"""
CHECK = """async rules => {
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  const found = await axe.run(document, {runOnly: rules});
  return found.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' | '));
}"""
WIDER = """async () => {
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  const page = document.documentElement;
  return page.scrollWidth - page.clientWidth;
}"""


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


@pytest.mark.parametrize(("who", "part"), [*(("admin", n) for n in range(PARTS)), ("contact", 0)])
def test_every_page_is_accessible_silent_and_no_wider_than_its_screen(sign_in, who, part):
    page = sign_in(who)
    noise: list[str] = []
    page.on("console", lambda message: noise.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: noise.append(f"{page.url}: {error}"))
    found = every_page(page, urlsplit(page.url).path)
    paths = found[part::PARTS] if who == "admin" else found
    problems = [problem for path in paths for problem in problems_of(page, path)]
    assert not problems, "\n".join(problems)
    assert not noise, "\n".join(noise)
    assert len(found) >= (60 if who == "admin" else 5), found


def problems_of(page, path: str) -> list[str]:
    """What is wrong with a page: loaded once, looked at in both themes and at three widths."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light")
    page.goto(path)
    page.evaluate(SETTLED)
    page.evaluate(AXE)
    page.evaluate(STILL)
    problems = [f"{path} still loads a box"] if page.locator(".panel-wait").count() else []
    for width, theme, rules in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme)
        problems += [f"{path} {width} {theme} {found}" for found in page.evaluate(CHECK, rules)]
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate(WIDER) > 0:
            problems.append(f"{path} is wider than {width} pixels")
    return problems


def test_axe_finds_a_fault_where_there_is_one(sign_in):
    page = sign_in("viewer")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"/favicon.ico\">')")
    page.evaluate(AXE)
    assert any(found.startswith("image-alt") for found in page.evaluate(CHECK, LOOKS[0][2]))


def test_the_axe_file_is_the_real_one():
    assert Path(ROOT / "node_modules/axe-core/axe.min.js").stat().st_size > 400_000
