"""Coming in from an e-mail: invitation, second factor, a quarter's figures, and one task by a link.

Mails go to a real SMTP server and are read there. The contact holds a phone of 390 pixels.
"""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from email.message import Message
from urllib.parse import urlsplit

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.core.mail_server import Post, mail_server
from tests.e2e.conftest import PASSWORD, Desk, environment, served
from tests.e2e.looking import PHONE, fits

PARTNER, KPI = "Cedar Lane Media", "New customers"
NAME, EMAIL = "Nora Lindqvist", "nora@cedar.example.org"
# The targets of the last quarter that has ended are agreed, so that its figures are owed.
AGREED = """
from app import create_app
from app.core import clock
from app.core.accounts.models import User
from app.core.contract import Viewer
from app.core.db import database
from app.core.kpis import services
from app.core.kpis.models import Kpi, TargetRevision
from app.core.kpis.services import TargetFigures
from app.core.partners.models import Partner
from app.core.periods import Calendar, Kind
from app.security import CORE_PERMISSIONS
with create_app().app_context(), database.connection_context():
    user = User.get(User.role == "admin")
    by = Viewer(user.id, user.name, user.email, "admin", frozenset(CORE_PERMISSIONS["admin"]))
    partner = Partner.get(Partner.name == "Cedar Lane Media")
    kpi = Kpi.get(Kpi.code == "NEW_CUSTOMERS")
    calendar = Calendar()
    now = calendar.containing(clock.today("Europe/Berlin"), Kind.QUARTER)
    quarter = calendar.shift(now, -1)
    for month in calendar.subperiods(quarter, Kind.MONTH):
        figures = TargetFigures(target=100_000_000)
        n = TargetRevision.select().where(
            TargetRevision.partner == partner.id,
            TargetRevision.kpi == kpi.id,
            TargetRevision.period == month.key,
        ).count()
        services.set_target(partner.id, kpi.id, month, figures, by=by, n=n, agreed="By phone")
        print(calendar.label(month))
    print(calendar.label(quarter), partner.id, kpi.id)
"""


@pytest.fixture(scope="module")
def post() -> Iterator[tuple[Post, str]]:
    with mail_server() as running:
        yield running


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, post: tuple[Post, str]) -> Iterator[Desk]:
    mail = {"ENTENTE_MAIL_URL": post[1], "ENTENTE_MAIL_FROM": "desk@example.org"}
    with served(tmp_path_factory.mktemp("coming-in"), **mail) as running:
        yield running


@pytest.fixture
def phone(desk: Desk, chromium: Browser) -> Iterator[Page]:
    """A browser on a phone in which nobody has signed in."""
    context = chromium.new_context(
        base_url=desk.url, viewport={"width": PHONE, "height": 800}, reduced_motion="reduce"
    )
    yield context.new_page()
    context.close()


def mail_to(post: Post, address: str, subject: str) -> Message:
    """The mail that has arrived at the server."""
    for _ in range(150):
        for _sender, to, message in list(post.taken):
            if address in to and subject in str(message["Subject"]):
                return message
        time.sleep(0.1)
    subjects = [(to, str(message["Subject"])) for _sender, to, message in post.taken]
    raise AssertionError(f"no mail about {subject!r} to {address}: {subjects}")


def link_in(message: Message) -> str:
    """The path of the link in a mail."""
    plain = next(p for p in message.walk() if p.get_content_type() == "text/plain")
    text = plain.get_payload(decode=True).decode()  # type: ignore[union-attr]
    found = re.search(r"http://\S+", text)
    assert found, text
    return urlsplit(found[0]).path


def test_an_invited_contact_reports_a_quarter(
    sign_in, desk: Desk, post: tuple[Post, str], phone: Page
):
    *months, rest = targets_are_agreed(desk)
    quarter, partner, kpi = rest.split()
    manager = sign_in("manager")

    manager_invites(manager, partner)
    contact_comes_in(phone, link_in(mail_to(post[0], EMAIL, "invite")))
    contact_sets_up_a_second_factor(phone)
    for month, figure in zip(months, (118, 104, 97), strict=True):
        contact_reports(phone, kpi, month, figure)
    scorecard_waits(manager, partner, quarter)

    manager_returns(manager, partner, kpi, "118", "Without the trial accounts, please.")
    told = mail_to(post[0], EMAIL, "was given back")
    phone.goto(link_in(told))
    expect(phone.locator(".notice", has_text="was given back")).to_contain_text("trial accounts")
    contact_reports(phone, kpi, months[0], 112)
    manager_approves_all(manager, partner, kpi)

    manager.goto(f"/partners/{partner}/kpis?period={quarter}")
    row = manager.get_by_role("main").get_by_role("row", name=re.compile(KPI)).first
    expect(row).to_contain_text("313")
    expect(row).to_contain_text("Met")
    phone.goto(f"/portal?period={quarter}")
    expect(phone.locator(".kpi-list li", has_text=KPI)).to_contain_text("Met")
    for page, address in (
        (phone, f"/portal/kpis/{kpi}"),
        (manager, f"/partners/{partner}/kpis/{kpi}"),
    ):
        page.goto(address)
        expect(page.get_by_text("Without the trial accounts, please.").first).to_be_visible()
        expect(page.get_by_text(NAME).first).to_be_visible()


def test_a_link_for_one_task_works_once(sign_in, desk: Desk, post: tuple[Post, str], phone: Page):
    manager = sign_in("manager")
    partner = owing_partner(manager)
    manager.goto(f"/partners/{partner}/links")
    manager.get_by_role("button", name="Send the link").click()
    sent = manager.get_by_text("A link is on its way to").inner_text()
    to = re.search(r"\S+@\S+\w", sent)[0]  # type: ignore[index]
    path = link_in(mail_to(post[0], to, ""))
    assert path.startswith("/l/")

    phone.goto(path)
    fits(phone)
    expect(phone.get_by_role("heading", level=1)).to_have_text("Report the figures")
    for field in phone.locator('input[inputmode="decimal"]').all():
        field.fill("90")
    for chooser in phone.locator('input[type="file"]').all():
        chooser.set_input_files(
            {"name": "list.txt", "mimeType": "text/plain", "buffer": b"The list"}
        )
    phone.get_by_role("button", name="Send").click()
    phone.wait_for_url("**/thank-you")
    phone.goto(path)
    expect(phone.get_by_role("heading", level=1)).not_to_have_text("Report the figures")


def targets_are_agreed(desk: Desk) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-P", "-c", AGREED],
        env=environment(desk.data),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()


def manager_invites(manager: Page, partner: str) -> None:
    manager.goto(f"/partners/{partner}/contacts/new?side=partner")
    manager.get_by_label("Name").fill(NAME)
    manager.get_by_label("E-mail").fill(EMAIL)
    manager.get_by_role("button", name="Add the contact").click()
    manager.wait_for_url(f"**/partners/{partner}")
    manager.get_by_role("button", name=f"Invite to the portal {NAME}").click()
    expect(manager.locator(".contact-list li", has_text=NAME)).to_contain_text("Invited on")


def contact_comes_in(phone: Page, path: str) -> None:
    phone.goto(path)
    fits(phone)
    phone.get_by_label("Password").fill(PASSWORD)
    phone.get_by_role("button", name="Come in").click()
    phone.wait_for_url("**/portal")
    fits(phone)


def contact_sets_up_a_second_factor(phone: Page) -> None:
    phone.goto("/account")
    fits(phone)
    phone.get_by_role("link", name="Set up", exact=True).first.click()
    fits(phone)
    secret = phone.locator(".factor-key").inner_text().replace(" ", "")
    phone.get_by_label("Code").fill(pyotp.TOTP(secret).now())
    phone.get_by_role("button", name="Set up").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Your recovery codes")
    fits(phone)
    code = phone.locator("#codes").inner_text().split()[0]
    phone.get_by_role("link", name="I have kept them").click()
    phone.wait_for_url("**/portal")
    phone.locator(".portal-account").click()
    phone.get_by_role("button", name="Sign out").click()
    phone.wait_for_url(re.compile(r"/login"))
    phone.goto("/login")
    phone.get_by_label("E-mail").fill(EMAIL)
    phone.get_by_label("Password").fill(PASSWORD)
    phone.get_by_role("button", name="Sign in").click()
    phone.get_by_label("Code").fill(code)
    phone.get_by_role("button", name="Go on").click()
    phone.wait_for_url("**/portal")


def contact_reports(phone: Page, kpi: str, month: str, figure: int) -> None:
    phone.goto(f"/portal/kpis/{kpi}?period={month}")
    fits(phone)
    phone.get_by_label("Value").first.fill(str(figure))
    phone.get_by_label("Evidence").set_input_files(
        {"name": "list.txt", "mimeType": "text/plain", "buffer": b"Customers, by week"}
    )
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_text("Thank you. The figure counts once")).to_be_visible()


def scorecard_waits(manager: Page, partner: str, quarter: str) -> None:
    manager.goto(f"/partners/{partner}/kpis?period={quarter}")
    row = manager.get_by_role("main").get_by_role("row", name=re.compile(KPI)).first
    expect(row).not_to_contain_text("Met")


def manager_returns(manager: Page, partner: str, kpi: str, figure: str, reason: str) -> None:
    manager.goto(f"/partners/{partner}/kpis/{kpi}")
    decision = manager.locator(".decision", has_text=figure)
    expect(decision.get_by_role("link", name="list.txt")).to_be_visible()
    decision.get_by_text("Return", exact=True).click()
    decision.get_by_label("What has to change").fill(reason)
    decision.get_by_role("button", name="Return it").click()
    expect(manager.get_by_text("Returned.")).to_be_visible()


def manager_approves_all(manager: Page, partner: str, kpi: str) -> None:
    manager.goto(f"/partners/{partner}/kpis/{kpi}")
    for left in (3, 2, 1):
        expect(manager.locator(".decision")).to_have_count(left)
        manager.get_by_role("button", name="Approve", exact=True).first.click()
    expect(manager.locator(".decision")).to_have_count(0)


def owing_partner(manager: Page) -> str:
    """A sample partner that owes figures which its own side reports."""
    for number in range(1, 12):
        manager.goto(f"/partners/{number}/links")
        if manager.get_by_role("button", name="Send the link").count():
            return str(number)
    raise AssertionError("nobody owes a figure")
