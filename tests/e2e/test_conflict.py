"""A conflict from raise to signed plan and closure, in two browsers: the host at a desk, the
partner on a phone. A case, too, that climbs to a mediator who is refused first, and why.

The desk is one of its own, since what is agreed there changes what others would see.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Desk, served

PHONE = 390
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
PARTNER = "Aurora Retail Group"
TITLE = "The spring leaflet went out without our logo"
SECRET = "They would settle for half a page"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with served(tmp_path_factory.mktemp("conflict")) as running:
        yield running


def one(desk: Desk, statement: str, *given: object) -> int:
    with closing(sqlite3.connect(desk.data / "entente.db", timeout=20)) as database:
        return int(database.execute(statement, given).fetchone()[0])


@dataclass
class Case:
    """A case in the browsers of both sides."""

    host: Page
    contact: Page
    id: int = 0

    def at_desk(self) -> Page:
        self.host.goto(f"/x/conflicts/{self.id}")
        return self.host

    def on_phone(self) -> Page:
        self.contact.goto(f"/portal/x/conflicts/{self.id}")
        assert self.contact.evaluate(WIDER) <= 0
        return self.contact


def done(page: Page) -> None:
    expect(page.locator(".notice-success, .notice.notice-success").first).to_be_visible()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()
    done(page)


def unfold(page: Page, summary: str) -> None:
    details = page.locator("details", has=page.locator("summary", has_text=summary)).first
    if details.get_attribute("open") is None:
        details.locator("summary").click()


def test_a_case_from_raise_to_closure(sign_in, desk: Desk) -> None:
    case = Case(sign_in("manager"), sign_in("ines", width=PHONE))
    raised_by_the_host(case, desk)
    partner_answers(case)
    both_listen_back(case)
    both_find_the_core_issue(case)
    both_negotiate(case)
    both_sign_the_same_plan(case)
    settlement_is_a_pdf_for_both(case)
    steps_are_done_and_the_case_is_closed(case, desk)


def raised_by_the_host(case: Case, desk: Desk) -> None:
    partner = one(desk, "SELECT id FROM partner WHERE name = ?", PARTNER)
    host = case.host
    host.goto(f"/partners/{partner}")
    host.goto(f"/x/conflicts/partners/{partner}/new")
    host.get_by_label("In a few words").fill(TITLE)
    host.get_by_label("What happened, as you see it").fill("The leaflet bears only your logo.")
    host.get_by_label("What you would like to come of it").fill("A corrected summer leaflet.")
    host.get_by_label("What it is about").select_option("brand")
    host.get_by_role("button", name="Raise it").click()
    host.wait_for_url(re.compile(r"/x/conflicts/\d+$"))
    case.id = int(host.url.rsplit("/", 1)[1])
    expect(host.locator(".case-turn")).to_contain_text(PARTNER)
    expect(host.get_by_text("Time to acknowledge").first).to_be_visible()


def partner_answers(case: Case) -> None:
    contact = case.contact
    contact.goto("/portal")
    contact.goto("/portal/x/conflicts")
    contact.get_by_role("link", name=re.compile(TITLE)).click()
    expect(contact.get_by_text("The leaflet bears only your logo.").first).to_be_visible()
    assert contact.evaluate(WIDER) <= 0
    contact.get_by_label("What happened, as you see it").fill("Your logo came a week too late.")
    press(contact, "State our side")


def both_listen_back(case: Case) -> None:
    for page, said in (
        (case.at_desk(), "You waited for our logo."),
        (case.on_phone(), "You want to be seen in the leaflet."),
    ):
        page.get_by_label("What I understood").first.fill(said)
        press(page, "Say what I understood")
    for page, read in (
        (case.on_phone(), "You waited for our logo."),
        (case.at_desk(), "You want to be seen in the leaflet."),
    ):
        expect(page.locator("#now").get_by_text(read)).to_be_visible()
        press(page, "Yes, we feel understood")


def both_find_the_core_issue(case: Case) -> None:
    host = case.at_desk()
    host.locator("#now").get_by_label("The problem that both sides share").fill(
        "Nobody is named who sends the artwork, and by when."
    )
    press(host, "Propose the statement")
    contact = case.on_phone()
    press(contact, "Accept the statement")
    contact.get_by_label("Unclear role").check()
    press(contact, "Keep the causes")
    press(case.on_phone(), "Yes, this is the core issue")
    press(case.at_desk(), "Yes, this is the core issue")
    expect(case.host.locator(".step-track .now")).to_have_text("Explore solutions")


def both_negotiate(case: Case) -> None:
    host = case.at_desk()
    host.get_by_label("What you propose").fill("We send the artwork four weeks ahead.")
    press(host, "Make the proposal")
    contact = case.on_phone()
    unfold(contact, "Make the proposal")
    contact.get_by_label("What you propose").first.fill("You send the artwork six weeks ahead.")
    press(contact, "Make the proposal")
    host = case.at_desk()
    unfold(host, "What changed since the one before")
    expect(host.locator(".differences ins").first).to_contain_text("You")
    press(host, "Accept the proposal")


def both_sign_the_same_plan(case: Case) -> None:
    host = case.at_desk()
    day = (date.today() + timedelta(days=20)).isoformat()
    for n, (what, who) in enumerate(
        (("Send the artwork", "Marek Novák"), ("Print the correction", "Ines Aurora-Berg"))
    ):
        row = host.locator(".plan-row").nth(n)
        row.get_by_label("What").fill(what)
        row.get_by_label("Who").select_option(label=who)
        row.get_by_label("Due by").fill(day)
    press(host, "Keep the plan")
    fingerprint = case.at_desk().locator(".fingerprint code").inner_text()
    press(case.host, "Sign the plan")
    contact = case.on_phone()
    expect(contact.locator(".fingerprint code")).to_have_text(fingerprint)
    press(contact, "Sign the plan")
    expect(case.on_phone().locator(".signatures").first).to_contain_text("Marek Novák signed")


def settlement_is_a_pdf_for_both(case: Case) -> None:
    for page in (case.at_desk(), case.on_phone()):
        with page.expect_download() as download:
            page.get_by_role("link", name="Settlement as PDF").click()
        with open(download.value.path(), "rb") as file:
            assert file.read(5) == b"%PDF-"


def steps_are_done_and_the_case_is_closed(case: Case, desk: Desk) -> None:
    for page in (case.at_desk(), case.on_phone()):
        side = "Marek Novák" if page is case.host else "Ines Aurora-Berg"
        step = page.locator(".plan-steps li", has_text=side)
        step.get_by_role("link", name="Open the task").click()
        page.wait_for_load_state()
        page.locator("#task").get_by_role("button", name="Done", exact=True).click()
        expect(page.locator("#task .cell-tags")).to_contain_text("Done")
    press(case.on_phone(), "The plan is carried out")
    press(case.at_desk(), "Yes, it is carried out")
    press(case.at_desk(), "Close the case")
    press(case.on_phone(), "Close the case")
    expect(case.on_phone().locator(".step-track .now")).to_have_text("Resolved")


def test_a_mediator_with_a_stake_is_refused_and_a_caucus_note_stays_there(
    sign_in, desk: Desk
) -> None:
    case = Case(sign_in("manager"), sign_in("ines", width=PHONE))
    admin = sign_in("admin")
    case.id = one(desk, "SELECT min(id) FROM conflicts_case")
    host = case.at_desk()
    unfold(host, "Go to the next stage")
    press(host, "Go to the next stage")
    admin.goto(f"/x/conflicts/{case.id}")
    admin.get_by_label("Internal facilitator").select_option(label="Marek Novák")
    admin.get_by_role("button", name="Propose", exact=True).click()
    refused = admin.locator("[data-error-summary]").first
    expect(refused).to_contain_text("This person raised the case.")
    expect(refused).to_contain_text("This person owns the partnership.")
    contact = case.on_phone()
    unfold(contact, "Write a note")
    contact.locator("#notes").get_by_label("Note").first.fill(SECRET)
    press(contact, "Write it down")
    expect(case.on_phone().get_by_text(SECRET)).to_be_visible()
    for page, path in (
        (host, f"/x/conflicts/{case.id}"),
        (admin, f"/x/conflicts/{case.id}"),
        (admin, "/audit"),
        (host, "/work"),
        (host, "/notifications"),
    ):
        page.goto(path)
        expect(page.get_by_text(SECRET)).to_have_count(0)
