"""A survey from its template to what came of it: mails by a real server, answers on a phone."""

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from email.message import Message
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdfium2 import PdfDocument

from tests.core.mail_server import Post, mail_server
from tests.e2e.conftest import Desk, served
from tests.e2e.looking import PHONE, fits

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
    return planned_and_launched(page)


def planned_and_launched(page: Page) -> int:
    page.get_by_role("button", name="Plan it").click()
    page.get_by_role("button", name="Launch").click()
    expect(page.locator("#confirm-text")).to_contain_text(re.compile(r"\d"))
    asked = re.search(r"\d+", page.locator("#confirm-text").inner_text())
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("the invitations are on their way")).to_be_visible()
    return int(asked[0])


def confirmed(page: Page, button: str) -> None:
    page.get_by_role("button", name=button).click()
    page.get_by_role("button", name="Continue").click()


def test_forty_contacts_and_twelve_colleagues_are_asked_and_something_is_done(
    sign_in, visitor, desk, post
):
    forty_contacts_and_twelve_colleagues(desk)
    admin = sign_in("admin")
    a_question_is_added_and_moved_by_keyboard_and_by_hand(admin)
    a_wave_for_both_sides_is_launched(admin)
    wave = admin.url
    ways = mails(post[0], "helps us to work together better", 52)
    theirs = [way for to, way in ways if to.endswith("@example.net")]
    ours = [way for to, way in ways if to.endswith("@desk.example")]
    phone = visitor()
    somebody_answers_low_on_a_phone_by_keyboard(phone, theirs[0])
    somebody_answers_without_javascript(visitor(script=False), theirs[1])
    several_answer(phone, theirs[2:5], 2)
    several_answer(phone, ours[:3], 4)
    whoever_has_not_answered_is_reminded(admin, wave, desk, post[0], 8)
    it_is_closed_published_and_told_back(admin, wave)
    the_gap_between_both_sides_is_seen(admin, wave)
    a_low_answer_became_a_task_and_then_a_case(admin)


def forty_contacts_and_twelve_colleagues(desk: Desk) -> None:
    """As many more than the sample desk has."""
    with closing(sqlite3.connect(desk.data / "entente.db", timeout=20)) as link, link:
        (known,) = link.execute(
            "SELECT count(*) FROM contact JOIN partner ON partner.id = contact.partner_id"
            " WHERE contact.active AND side = 'partner' AND email <> ''"
            " AND status IN ('active', 'onboarding', 'exiting')"
        ).fetchone()
        (partner,) = link.execute(
            "SELECT partner_id FROM contact WHERE side = 'partner' ORDER BY id"
        ).fetchone()
        link.executemany(
            "INSERT INTO contact (partner_id, side, name, email, title, level, department, locale,"
            " matters, is_primary, can_sign, active, version)"
            " VALUES (?, 'partner', ?, ?, '', 'operational', '', '', '', 0, 0, 1, 1)",
            [(partner, f"Contact {n}", f"contact{n}@example.net") for n in range(40 - known)],
        )
        link.executemany(
            "INSERT INTO user (email, name, role, active, theme, department, is_executive,"
            " version, created_at) VALUES (?, ?, 'viewer', 1, 'system', '', 0, 1, ?)",
            [(f"u{n}@desk.example", f"Colleague {n}", "2026-01-01 00:00:00") for n in range(9)],
        )


def a_question_is_added_and_moved_by_keyboard_and_by_hand(page: Page) -> None:
    page.goto("/x/surveys/surveys/new?template=relationship")
    page.get_by_role("button", name="Make it").click()
    page.get_by_label("Kind").select_option("yes_no")
    page.get_by_role("button", name="Add a question").click()
    page.locator("#text_en").fill("Would you begin with us again?")
    page.locator("#text_de").fill("Würden Sie wieder mit uns beginnen?")
    page.get_by_role("button", name="Save").click()
    rows = page.locator(".build-row")
    expect(rows.last).to_contain_text("Would you begin with us again?")
    page.get_by_role("button", name="Move up: Would you begin with us again?").focus()
    page.keyboard.press("Enter")
    expect(rows.nth(-2)).to_contain_text("Would you begin with us again?")
    rows.nth(-2).drag_to(rows.last)
    expect(rows.last).to_contain_text("Would you begin with us again?")
    survey = page.url.partition("#")[0]
    page.get_by_role("link", name="Preview").click()
    expect(page.get_by_text("Would you begin with us again?")).to_be_visible()
    page.goto(survey)


def a_wave_for_both_sides_is_launched(page: Page) -> None:
    page.get_by_role("link", name="Plan a wave").click()
    page.get_by_label("Name of the wave").fill("How we work together")
    page.get_by_role("radio", name=re.compile("^By name")).check()
    page.get_by_label("Our people who work with these partners").set_checked(False)
    page.get_by_label("Further staff").select_option(["role:admin", "role:manager", "role:viewer"])
    assert planned_and_launched(page) == 52


def somebody_answers_low_on_a_phone_by_keyboard(phone: Page, way: str) -> None:
    phone.goto(urlsplit(way).path)
    expect(phone.get_by_text("read with your name")).to_be_visible()
    fits(phone)
    first = phone.get_by_role("group", name="They keep what they promise.")
    first.get_by_role("radio").first.focus()
    phone.keyboard.press("Space")
    phone.keyboard.press("ArrowDown")
    expect(first.get_by_role("radio").nth(1)).to_be_checked()
    expect(phone.get_by_text("Saved", exact=True)).to_be_visible(timeout=15_000)
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


def somebody_answers_without_javascript(plain: Page, way: str) -> None:
    plain.goto(urlsplit(way).path)
    recommend = plain.get_by_role("group", name=re.compile("How likely"))
    recommend.get_by_role("radio", name="9").check(force=True)
    plain.get_by_role("button", name="Send").click()
    expect(plain.get_by_role("heading", name="Thank you")).to_be_visible()


def several_answer(phone: Page, ways: list[str], agree: int) -> None:
    for way in ways:
        phone.goto(urlsplit(way).path)
        phone.evaluate(CHOOSE, [agree, 2 * agree])
        phone.get_by_role("button", name="Send").click()
        expect(phone.get_by_role("heading", name="Thank you")).to_be_visible()


def whoever_has_not_answered_is_reminded(
    page: Page, wave: str, desk: Desk, post: Post, answered: int
) -> None:
    page.goto(wave)
    expect(page.get_by_role("button", name="Remind now")).to_have_count(0)  # not on the same day
    with closing(sqlite3.connect(desk.data / "entente.db", timeout=20)) as link, link:
        link.execute("UPDATE surveys_wave SET last_mail_on = date(last_mail_on, '-4 day')")
    page.reload()
    page.get_by_role("button", name="Remind now").click()
    reminded = mails(post, "a few days ago we asked you", 52 - answered)
    assert len(reminded) == 52 - answered


def it_is_closed_published_and_told_back(page: Page, wave: str) -> None:
    page.goto(wave)
    confirmed(page, "Close now")
    expect(page.get_by_text("Closed: no answer is taken now.")).to_be_visible()
    page.get_by_role("link", name="Results").click()
    confirmed(page, "Publish")
    expect(page.get_by_text("Published: those who were asked can read")).to_be_visible()
    page.goto(wave)
    page.get_by_label("What we did about it").fill("We call each of you on Mondays.")
    page.get_by_role("button", name="Tell them").click()
    expect(page.get_by_text("Told: it stands with the results.")).to_be_visible()


def the_gap_between_both_sides_is_seen(page: Page, wave: str) -> None:
    page.goto(f"{wave}/results")
    gap = page.get_by_role("img", name=re.compile("How both sides score the relationship"))
    expect(gap).to_be_visible()
    expect(page.get_by_text("We call each of you on Mondays.")).to_be_visible()
    fits(page)
    assert len(PdfDocument(page.pdf(format="A4"))) <= 6  # sheets of paper


def a_low_answer_became_a_task_and_then_a_case(page: Page) -> None:
    page.goto("/x/surveys/follow-ups")
    page.get_by_role("main").get_by_role("row").nth(1).get_by_role("link").click()
    page.wait_for_url(re.compile(r"/follow-ups/\d+"))
    follow_up = page.url
    confirmed(page, "Suggest a conflict")
    expect(page.get_by_text("it waits among the suggestions")).to_be_visible()
    page.goto("/suggestions")
    suggested = page.locator(".suggestion", has_text="A low answer")
    partner = suggested.locator("a[href^='/partners/']").first.get_attribute("href")
    suggested.get_by_role("button", name=re.compile("Accept")).click()
    page.wait_for_url(re.compile("/x/conflicts/"))
    page.goto(f"{partner}/tasks")
    expect(page.get_by_text("Follow up a low answer in").first).to_be_visible()
    page.goto(follow_up)
    page.get_by_label("State").select_option("closed")
    page.get_by_label("Cause").fill("Nobody knew whom to ask")
    page.get_by_label("Action").fill("One person to ask was named")
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
    fits(phone)
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
    expect(plain.get_by_text("Your answer has arrived.")).to_be_visible()
