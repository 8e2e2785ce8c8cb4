"""A conflict from raise to signed plan and closure, in two browsers: the host at a desk, the
partner on a phone. A second that nobody answers in time: it climbs by its clocks to a mediator, who
is refused first, and why; past mediation to new terms. What is said to the mediator stays there.

The desk is one of its own, whose clock begins on a Monday and is put forward by the story.
"""

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from email import message_from_bytes
from email.policy import default
from urllib.parse import urlsplit

import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import PASSWORD, Desk, served
from tests.e2e.looking import PHONE, fits
from tests.e2e.moved_clock import MovedClock, come_back

PARTNER = "Aurora Retail Group"
TITLE = "The spring leaflet went out without our logo"
TOLD = "The stand at the fair was given away"
SECRET = "They would settle for half a page"


TODAY = date(2026, 3, 2)  # a Monday
NOOR = "noor@mediators.example"
# An administrator's token for the API, and every page without a number in its address.
BEGIN = """
from app import create_app
from app.core.accounts.models import User
from app.core.contract import Viewer
from app.core.db import database
from app.core.http_api.services import issue
app = create_app()
with app.app_context(), database.connection_context():
    boss = User.get(User.email == "admin@example.org")
    by = Viewer(boss.id, boss.name, boss.email, "admin", frozenset())
    print(issue(name="e2e", scopes=["read"], user_id=boss.id, expires_at=None, by=by)[1])
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and not rule.arguments:
            print(rule.rule)
"""
# What the worker does every five minutes.
TICK = """
from app import create_app
from app.core.db import database
from plugins.conflicts import clockwork
app = create_app()
with app.app_context(), database.connection_context():
    clockwork.tick()
"""


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> MovedClock:
    return MovedClock.on(tmp_path_factory.mktemp("clock"), TODAY.isoformat())


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, clock: MovedClock) -> Iterator[Desk]:
    with served(tmp_path_factory.mktemp("conflict"), **clock.variables) as running:
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
        fits(self.contact)
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
    fits(contact)
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
    day = (TODAY + timedelta(days=20)).isoformat()
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
        page.locator("#task").get_by_role("button", name="Done", exact=True).click()
        expect(page.locator("#task .cell-tags")).to_contain_text("Done")
    press(case.on_phone(), "The plan is carried out")
    press(case.at_desk(), "Yes, it is carried out")
    press(case.at_desk(), "Close the case")
    press(case.on_phone(), "Close the case")
    expect(case.on_phone().locator(".step-track .now")).to_have_text("Concluded")


@dataclass
class Climb(Case):
    """A case that climbs, with the browsers of an administrator and of its mediator."""

    admin: Page | None = None
    mediator: Page | None = None

    def at_admin(self) -> Page:
        assert self.admin
        self.admin.goto(f"/x/conflicts/{self.id}")
        return self.admin

    def at_mediator(self) -> Page:
        assert self.mediator
        self.mediator.goto(f"/portal/x/conflicts/{self.id}")
        return self.mediator

    def comes(self, desk: Desk, clock: MovedClock, day: str) -> None:
        """It is noon of this day, the clocks have been looked at, and both sides are back."""
        clock.put(day)
        clock.script(desk, TICK)
        for page, email in (
            (self.host, "manager@example.org"),
            (self.contact, "ines@aurora-retail.example.org"),
            (self.admin, "admin@example.org"),
        ):
            if page:
                come_back(page, email)


def test_a_case_times_out_through_mediation_to_new_terms(
    sign_in, desk: Desk, clock: MovedClock, chromium: Browser
) -> None:
    token, *pages = clock.script(desk, BEGIN).split()
    case = Climb(sign_in("manager"), sign_in("ines", width=PHONE), admin=sign_in("admin"))
    raised_and_not_answered(case, desk)
    case.comes(desk, clock, "2026-03-09")
    it_went_to_mediation_by_itself(case)
    whoever_has_a_stake_is_refused(case)
    somebody_from_outside_is_proposed(case)
    case.mediator = invited(desk, chromium)
    mediator_reads_nothing_before_the_declaration(case)
    a_caucus_note_is_read_there_alone(case)
    case.comes(desk, clock, "2026-04-20")
    the_time_of_mediation_is_over(case)
    executives_choose_new_terms(case)
    the_new_terms_are_put_down(case)
    nobody_else_finds_the_note(case, pages, token, sign_in("colm", width=PHONE))


def raised_and_not_answered(case: Climb, desk: Desk) -> None:
    partner = one(desk, "SELECT id FROM partner WHERE name = ?", PARTNER)
    host = case.host
    host.goto(f"/x/conflicts/partners/{partner}/new")
    host.get_by_label("In a few words").fill(TOLD)
    host.get_by_label("What happened, as you see it").fill("Our place went to somebody else.")
    host.get_by_role("button", name="Raise it").click()
    host.wait_for_url(re.compile(r"/x/conflicts/\d+$"))
    case.id = int(host.url.rsplit("/", 1)[1])


def it_went_to_mediation_by_itself(case: Climb) -> None:
    host = case.at_desk()
    expect(host.locator(".stage-now")).to_contain_text("Neutral mediation")
    expect(host.locator("#course")).to_contain_text("Nobody acknowledged it in time")
    expect(case.on_phone().locator(".case-turn")).to_contain_text("An administrator")


def whoever_has_a_stake_is_refused(case: Climb) -> None:
    admin = case.at_admin()
    admin.get_by_label("Internal facilitator").select_option(label="Marek Novák")
    admin.get_by_role("button", name="Propose", exact=True).click()
    refused = admin.locator("[data-error-summary]").first
    expect(refused).to_contain_text("This person raised the case.")
    expect(refused).to_contain_text("This person owns the partnership.")


def somebody_from_outside_is_proposed(case: Climb) -> None:
    admin = case.at_admin()
    admin.get_by_label("Or somebody from outside").fill("Noor")
    admin.get_by_label("E-mail").fill(NOOR)
    admin.get_by_label("Works for").fill("Mediators")
    admin.get_by_label("Access until").fill("2026-06-30")
    press(admin, "Propose")
    press(case.at_desk(), "Consent")
    press(case.on_phone(), "Consent")


def invited(desk: Desk, chromium: Browser) -> Page:
    """The browser of whoever was invited by e-mail, once they have come in."""
    mail = mail_to(desk, NOOR)
    assert TOLD not in mail
    link = re.search(r"http://\S+", mail)
    assert link
    page = chromium.new_context(base_url=desk.url, reduced_motion="reduce").new_page()
    page.goto(urlsplit(link[0]).path)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Come in").click()
    page.wait_for_url(re.compile(r"/guest"))
    return page


def mail_to(desk: Desk, address: str) -> str:
    """The words of a mail, which a desk without a mail server writes to a file."""
    for _ in range(300):
        for file in (desk.data / "mail").glob("*.eml"):
            message = message_from_bytes(file.read_bytes(), policy=default)
            if message["To"] and address in message["To"]:
                body = message.get_body(("plain",))
                assert body
                return f"{message['Subject']}\n{body.get_content()}"
        time.sleep(0.1)
    raise AssertionError(f"no mail to {address}")


def mediator_reads_nothing_before_the_declaration(case: Climb) -> None:
    assert "Our place went" not in case.at_mediator().content()
    press(case.at_mediator(), "Sign the declaration")
    expect(case.at_mediator().get_by_text("Our place went to somebody else.")).to_be_visible()


def a_caucus_note_is_read_there_alone(case: Climb) -> None:
    contact = case.on_phone()
    unfold(contact, "Write a note")
    contact.locator("#notes").get_by_label("Note").first.fill(SECRET)
    contact.get_by_label("One side and the mediator").check()
    press(contact, "Write it down")
    expect(case.on_phone().get_by_text(SECRET)).to_be_visible()
    expect(case.at_mediator().get_by_text(SECRET)).to_be_visible()


def the_time_of_mediation_is_over(case: Climb) -> None:
    expect(case.at_desk().locator(".case-clock-due.late")).to_contain_text("Over since")
    assert case.admin
    case.admin.goto("/notifications")
    expect(case.admin.get_by_text(f"C-{case.id}: a time of this case is over")).to_be_visible()
    contact = case.on_phone()
    unfold(contact, "Go to the next stage")
    press(contact, "Go to the next stage")


def executives_choose_new_terms(case: Climb) -> None:
    admin = case.at_admin()
    admin.get_by_label("Route").select_option(label="Terms are looked at anew")
    press(admin, "Propose the route")
    press(case.on_phone(), "Agree to the route")
    host = case.at_desk()
    expect(host.locator(".stage-now")).to_contain_text("External support")
    expect(host.get_by_text("Terms are looked at anew").first).to_be_visible()


def the_new_terms_are_put_down(case: Climb) -> None:
    """So far that there is a settlement to look into."""
    host = case.at_desk()
    host.get_by_label("What you propose").first.fill("We share the stand.")
    press(host, "Make the proposal")
    press(case.on_phone(), "Accept the proposal")
    row = case.at_desk().locator(".plan-row").first
    row.get_by_label("What").fill("Order a second sign")
    row.get_by_label("Who").select_option(label="Marek Novák")
    row.get_by_label("Due by").fill("2026-05-04")
    press(case.host, "Keep the plan")


def nobody_else_finds_the_note(case: Climb, pages: list[str], token: str, stranger: Page) -> None:
    """Not on any page, in no search, no file, no message, no history, not through the API."""
    here, secret = f"/x/conflicts/{case.id}", SECRET.encode()
    assert secret in fetched(case.contact, f"/portal{here}/export.json")
    assert case.admin
    desk_pages = [path for path in pages if not path.startswith("/portal")]
    asked = ("", "/export.json", "/settlement.pdf")
    more = [here + tail for tail in asked] + ["/search?q=settle+for", "/history?q=settle"]
    for page in (case.host, case.admin):
        for path in (*desk_pages, *more):
            assert secret not in fetched(page, path), path
    for path in (*(path for path in pages if path.startswith("/portal")), f"/portal{here}"):
        assert secret not in fetched(stranger, path), path
    for path in (path for path in pages if path.startswith("/api/")):
        assert secret not in fetched(case.admin, path, Authorization=f"Bearer {token}"), path
    settlement = pypdfium2.PdfDocument(fetched(case.host, f"{here}/settlement.pdf"))
    text = " ".join(sheet.get_textpage().get_text_range() for sheet in settlement)
    assert "We share the stand." in text
    assert SECRET not in text


def fetched(page: Page, path: str, **headers: str) -> bytes:
    return page.context.request.get(path, headers=headers).body()
