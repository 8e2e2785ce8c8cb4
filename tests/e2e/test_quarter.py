"""A figure from the phone to the lock: sent, given back, corrected, approved, restated.

The whole way is gone in a browser: the contact at 390 pixels, the staff at a desk.
"""

import io
import re
import sqlite3
import time
from contextlib import closing
from datetime import datetime, timedelta

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Desk

KPI = "Leads"
PHONE = 390
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def photo() -> dict[str, object]:
    """A picture as a phone takes one."""
    out = io.BytesIO()
    Image.new("RGB", (1200, 900), "teal").save(out, "JPEG")
    return {"name": "sheet.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def open_kpi(page: Page) -> str:
    """The contact's page of the KPI; returns its address."""
    page.goto("/portal")
    page.get_by_role("main").get_by_role("link", name=KPI).first.click()
    page.wait_for_url(re.compile("/portal/kpis/"))
    assert page.evaluate(WIDER) <= 0
    return page.url.split("?")[0].split("#")[0]


def send(page: Page, period: str, value: str, *, reason: str = "", photo: object = None) -> None:
    """Fill in the contact's form and send it."""
    page.get_by_label("Period").first.select_option(period)
    page.get_by_label("Value", exact=False).first.fill(value)
    if reason:
        page.get_by_label("Reason for the change").fill(reason)
    if photo:
        page.get_by_label("Evidence").set_input_files(photo)
    page.get_by_role("button", name="Send").click()


def waiting_period(page: Page) -> str:
    """The period of which a figure of the contact's waits already."""
    options = page.get_by_label("Period").first.locator("option")
    texts = options.all_inner_texts()
    at = next(n for n, text in enumerate(texts) if "waits" in text or "given back" in text)
    return str(options.nth(at).get_attribute("value"))


def inbox_row(page: Page):
    """The row of the inbox that holds this KPI of the contact's partner."""
    page.goto("/approvals?side=partner")
    return page.get_by_role("row", name=re.compile(rf"{KPI} Aurora")).first


def test_a_quarter(sign_in, desk: Desk, photo):
    contact, manager = sign_in("contact", width=PHONE), sign_in("manager")
    address = open_kpi(contact)
    period = waiting_period(contact)

    # Submitted on the phone, with a photo as evidence.
    send(contact, period, "805", photo=photo)
    expect(contact.get_by_text("Thank you. The figure counts once")).to_be_visible()
    expect(contact.get_by_role("link", name="sheet.jpg").first).to_be_visible()

    # Given back from the inbox, where the evidence is at hand; the row goes, the count follows.
    row = inbox_row(manager)
    expect(row.get_by_role("link", name="sheet.jpg")).to_be_visible()
    heading = manager.get_by_role("heading", name=re.compile(r"^\d+ waits?$"))
    before = int(heading.inner_text().split()[0])
    row.get_by_text("Return", exact=False).first.click()
    row.get_by_label("What has to change").fill("Without the visitors of the fair, please.")
    row.get_by_role("button", name="Return it").click()
    expect(manager.get_by_text("Returned.").last).to_be_visible()
    expect(heading).to_have_text(re.compile(rf"^{before - 1} wait"))

    # Met first on the phone, corrected with the same evidence.
    contact.goto(address)
    notice = contact.locator(".notice", has_text="was given back")
    expect(notice).to_contain_text("Without the visitors of the fair")
    assert contact.evaluate(WIDER) <= 0
    expect(contact.get_by_role("checkbox", name="sheet.jpg")).to_be_checked()
    send(contact, period, "780")
    expect(contact.get_by_text("Thank you. The figure counts once")).to_be_visible()

    # Approved.
    row = inbox_row(manager)
    row.get_by_role("checkbox").check()
    manager.get_by_role("button", name="Approve the chosen").click()
    expect(manager.get_by_text("1 value approved.").last).to_be_visible()

    # Restated after the approval: first what it changes, then the submission.
    contact.goto(address)
    send(contact, period, "960", reason="Two invoices came late.")
    expect(contact.get_by_text("This is what the correction changes")).to_be_visible()
    expect(contact.locator(".effects")).to_contain_text("780")
    expect(contact.locator(".effects")).to_contain_text("Scorecard")
    assert contact.evaluate(WIDER) <= 0
    contact.get_by_role("button", name="Send the correction").click()
    expect(contact.get_by_text("Thank you. The figure counts once")).to_be_visible()

    # The approver sees the same list, and it is kept with the revision.
    row = inbox_row(manager)
    expect(manager.locator(".row-more .effects")).to_contain_text("780")
    row.get_by_role("checkbox").check()
    manager.get_by_role("button", name="Approve the chosen").click()
    expect(manager.get_by_text("1 value approved.").last).to_be_visible()
    contact.goto(address)
    contact.get_by_text("what it changed").first.click()
    expect(contact.locator("#revisions .effects").first).to_contain_text("960")

    # Ninety days after the period and the approval the worker locks what is old enough.
    locked_by_the_worker(desk)
    old = sign_in("admin")
    old.goto(manager_page(desk, period))
    expect(old.get_by_text("Locked").first).to_be_visible()


def manager_page(desk: Desk, period: str) -> str:
    """Where staff see this KPI of the contact's partner a year earlier."""
    year, month = period.split("-")
    with closing(sqlite3.connect(desk.data / "entente.db", timeout=20)) as database:
        partner, kpi = database.execute(
            "SELECT p.id, k.id FROM partner p, kpi k WHERE p.name LIKE 'Aurora%' AND k.name = ?",
            [KPI],
        ).fetchone()
    return f"/partners/{partner}/kpis/{kpi}?period={int(year) - 1}-{month}"


def locked_by_the_worker(desk: Desk) -> None:
    """Let every approval lie long back, and the worker's nightly job come round."""
    with closing(sqlite3.connect(desk.data / "entente.db", timeout=20)) as database, database:
        ago = str(datetime.now() - timedelta(days=150))
        database.execute("UPDATE revision SET decided_at = ? WHERE state = 'approved'", [ago])
        database.execute(
            "INSERT INTO job (name, payload, state, run_at, lease_until, attempts, max_attempts)"
            " VALUES ('kpi_values.lock', '{}', 'ready', 0, 0, 0, 8)"
        )
    for _ in range(100):
        with closing(sqlite3.connect(desk.data / "entente.db", timeout=20)) as database:
            if database.execute("SELECT 1 FROM value WHERE locked").fetchone():
                return
        time.sleep(0.2)
    raise AssertionError("the worker has locked nothing")
