"""A survey from its template to what came of it: mails by a real server, answers on a phone."""

import re
import time
from collections.abc import Iterator
from email.message import Message
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.core.mail_server import Post, mail_server
from tests.e2e.conftest import Desk, served

PHONE = 390
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
CHOOSE = """([agree, recommend]) => {
  for (const input of document.querySelectorAll("input[type=radio]")) {
    const wanted = input.name === "q-recommend" ? recommend : agree;
    if (input.value === String(wanted)) input.checked = true;
  }
}"""


@pytest.fixture(scope="module")
def post() -> Iterator[tuple[Post, str]]:
    with mail_server() as running:
        yield running


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, post: tuple[Post, str]) -> Iterator[Desk]:
    mail = {"ENTENTE_MAIL_URL": post[1], "ENTENTE_MAIL_FROM": "desk@example.org"}
    with served(tmp_path_factory.mktemp("survey"), **mail) as running:
        yield running


@pytest.fixture
def visitor(desk: Desk, chromium: Browser) -> Iterator:
    """A function that opens a browser on a phone in which nobody has signed in."""
    contexts = []

    def open_phone(script: bool = True) -> Page:
        context = chromium.new_context(
            base_url=desk.url,
            viewport={"width": PHONE, "height": 800},
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        contexts.append(context)
        return context.new_page()

    yield open_phone
    for context in contexts:
        context.close()


def text_of(mail: Message) -> str:
    part = next(p for p in mail.walk() if p.get_content_type() == "text/plain")
    return part.get_payload(decode=True).decode()


def mails(post: Post, subject: str, n: int) -> list[tuple[str, str]]:
    """The address and the link of each mail about something, once so many have come."""
    for _ in range(600):
        found = [
            (to[0], text_of(mail)) for _from, to, mail in post.taken if subject in text_of(mail)
        ]
        if len(found) >= n:
            return [(to, re.search(r"https?://\S+", text)[0]) for to, text in found]
        time.sleep(0.1)
    raise AssertionError(f"{len(post.taken)} mails, {n} about {subject!r} awaited")


def launched(page: Page, template: str, mode: str, team: bool) -> int:
    """Make a survey from a template and launch it; how many are asked."""
    page.goto(f"/x/surveys/surveys/new?template={template}")
    page.get_by_role("button", name="Make it").click()
    page.get_by_role("link", name="Plan a wave").click()
    page.get_by_label("Name of the wave").fill(f"Story {template}")
    page.get_by_role("radio", name=re.compile(f"^{mode}")).check()
    page.get_by_label("Our people who work with these partners").set_checked(team)
    page.get_by_role("button", name="Plan it").click()
    page.get_by_role("button", name="Launch").click()
    asked = re.search(r"\d+", page.locator("#confirm-text").inner_text())
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("the invitations are on their way")).to_be_visible()
    return int(asked[0])


def confirmed(page: Page, button: str) -> None:
    page.get_by_role("button", name=button).click()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_load_state("networkidle")


def test_both_sides_answer_and_see_the_gap(sign_in, visitor, post):
    page = sign_in("manager")
    asked = launched(page, "relationship", "By name", team=True)
    wave = page.url
    ways = mails(post[0], "helps us to work together better", asked)
    assert len(ways) == asked
    ours = [way for to, way in ways if to == "manager@example.org"]
    theirs = [way for to, way in ways if to != "manager@example.org"]

    phone = visitor()
    phone.goto(urlsplit(theirs[0]).path)
    expect(phone.get_by_text("read with your name")).to_be_visible()
    assert phone.evaluate(WIDER) == 0
    first = phone.get_by_role("group", name="They keep what they promise.")
    first.get_by_role("radio").first.focus()
    phone.keyboard.press("Space")
    phone.keyboard.press("ArrowDown")  # by keyboard alone: 2
    expect(first.get_by_role("radio").nth(1)).to_be_checked()
    expect(phone.get_by_text("Saved", exact=True)).to_be_visible()
    phone.reload()
    expect(first.get_by_role("radio").nth(1)).to_be_checked()
    recommend = phone.get_by_role("group", name=re.compile("How likely"))
    recommend.get_by_role("radio").first.focus()
    for _step in range(3):
        phone.keyboard.press("ArrowRight")
    phone.get_by_role("button", name="Send").focus()
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("heading", name="Thank you")).to_be_visible()
    expect(phone.get_by_text("you are told what is done about them")).to_be_visible()

    for agree, some in ((2, theirs[1:4]), (4, ours[:3])):
        for way in some:
            phone.goto(urlsplit(way).path)
            phone.evaluate(CHOOSE, [agree, 2 * agree])
            phone.get_by_role("button", name="Send").click()
            expect(phone.get_by_role("heading", name="Thank you")).to_be_visible()

    page.goto(wave)
    confirmed(page, "Close now")
    page.get_by_role("link", name="Results").click()
    confirmed(page, "Publish")
    page.goto(f"{wave}/results")
    gap = page.get_by_role("img", name=re.compile("How both sides score the relationship"))
    expect(gap).to_be_visible()
    page.goto("/x/surveys/follow-ups")
    page.get_by_role("main").get_by_role("row").nth(1).get_by_role("link").click()
    page.get_by_label("State").select_option("closed")
    page.get_by_label("Cause").fill("Nobody knew whom to ask")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Written down.")).to_be_visible()


def test_an_anonymous_answer_by_link_and_by_code(sign_in, visitor, post):
    page = sign_in("manager")
    asked = launched(page, "nps", "Anonymous", team=False)
    ways = mails(post[0], "Your code, should the page ask for it", asked)
    path, code = urlsplit(ways[0][1]).path, urlsplit(ways[0][1]).fragment

    phone = visitor()
    phone.goto(f"{path}#{code}")
    expect(phone.get_by_text("Your answer is anonymous")).to_be_visible()
    expect(phone.get_by_label("Your code")).to_have_value(code)
    assert "#" not in phone.url
    assert phone.evaluate(WIDER) == 0
    phone.get_by_role("button", name="Start").click()
    phone.get_by_label("What is the main reason").fill("A draft")
    phone.goto(path)  # the ballot stays in this tab
    phone.get_by_role("button", name="Go on").click()
    expect(phone.get_by_label("What is the main reason")).to_have_value("A draft")
    phone.get_by_role("radio", name="9").check(force=True)
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_text("Your answer has arrived.")).to_be_visible()
    assert phone.context.cookies() == []
    assert phone.evaluate("sessionStorage.length") == 0

    plain = visitor(script=False)
    plain.goto(path)
    plain.get_by_label("Your code").fill(urlsplit(ways[1][1]).fragment.lower())
    plain.get_by_role("button", name="Start").click()
    plain.get_by_role("radio", name="8").check(force=True)
    plain.get_by_role("button", name="Send").click()
    assert "Your answer has arrived." in plain.content()
