"""A quarter from the agreement on targets to the lock: proposed, accepted on a phone, reported,
returned, corrected, approved by another person, restated with its impact list, locked.

The whole way is gone in a browser: the contact at 390 pixels, the staff at a desk. The desk is one
of its own, since it is taken a hundred days ahead.
"""

import io
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Desk, environment, served
from tests.e2e.looking import PHONE, fits

KPI, PARTNER = "New customers", "Cedar Lane Media"
KPI_CODE, COST_CODE = "NEW_CUSTOMERS", "ACQUISITION_COST"
TARGET = 100
# What `entente` runs each night, a hundred days from now.
NIGHT = """
from datetime import timedelta
from app import create_app
from app.core import clock
from app.core.db import database
from app.core.kpis.services import lock_due
with create_app().app_context(), database.connection_context():
    with clock.frozen(clock.now() + timedelta(days=100)):
        print(lock_due())
"""
# A programme of which the story's corrected figure decides the tier.
LADDER = """
import sys
from datetime import date
from app import create_app
from app.core.db import database
from plugins.incentives.programmes import publishing, queries, services
from plugins.incentives.programmes.definition import (
    Definition, Measures, Operator, Requirement, Tier,
)
from plugins.incentives.standing.services import enrol_partner
partner, code = int(sys.argv[1]), sys.argv[2]
one_miss = Requirement("r1", Measures.STREAK, Operator.AT_MOST, 1_000_000, code)
tiers = (Tier("bronze", "Bronze"), Tier("steady", "Steady", requirement=one_miss))
with create_app().app_context(), database.connection_context():
    made = services.create(
        name="Steady partners", description="", currency="EUR", definition=Definition(tiers=tiers)
    )
    found = queries.programme_or_404(made)
    publishing.publish_since(found, queries.draft(made), date(2020, 1, 1))
    print(enrol_partner(made, partner, None))
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with served(tmp_path_factory.mktemp("quarter")) as running:
        yield running


@pytest.fixture
def photo() -> dict[str, object]:
    """A picture as a phone takes one."""
    out = io.BytesIO()
    Image.new("RGB", (1200, 900), "teal").save(out, "JPEG")
    return {"name": "sheet.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


@dataclass(frozen=True)
class Month:
    """One month of the quarter, as addresses write it and as people read it."""

    code: str
    name: str


@dataclass(frozen=True)
class Story:
    """The partnership and KPI that it is about, and the three months."""

    partner: int
    kpi: int
    cost: int  # what the cost of a customer is worked out from, beside the KPI
    goal: int
    months: tuple[Month, Month, Month]

    def page(self, kpi: int = 0, **query: str) -> str:
        words = "&".join(f"{key}={value}" for key, value in query.items())
        return f"/partners/{self.partner}/kpis/{kpi or self.kpi}?{words}"

    @property
    def portal(self) -> str:
        return f"/portal/kpis/{self.kpi}"


@pytest.fixture
def story(desk: Desk) -> Story:
    now = datetime.now(UTC)
    at = [divmod(now.year * 12 + now.month - 1 - back, 12) for back in (4, 3, 2)]
    days = [datetime(year, month + 1, 1) for year, month in at]
    first, second, third = (Month(f"{day:%Y-%m}", f"{day:%B %Y}") for day in days)

    def one(statement: str, *given: str) -> int:
        with closing(sqlite3.connect(desk.data / "entente.db", timeout=20)) as database:
            return int(database.execute(statement, given).fetchone()[0])

    partner = one("SELECT id FROM partner WHERE name = ?", PARTNER)
    kpi, cost = (one("SELECT id FROM kpi WHERE code = ?", c) for c in (KPI_CODE, COST_CODE))
    goal = one(
        "SELECT id FROM partner_goal WHERE visibility = 'shared' AND partner_id = ?", str(partner)
    )
    return Story(partner, kpi, cost, goal, (first, second, third))


def test_a_quarter(sign_in, desk: Desk, story: Story, photo):
    admin, manager = sign_in("admin"), sign_in("manager")
    contact = sign_in("colm", width=PHONE)
    first, second, third = story.months

    four_eyes_are_required(admin)
    the_kpi_says_what_it_counts(admin, story)
    for month in story.months:
        manager_proposes_a_smart_target(manager, story, month)
    contact_accepts_what_it_means(contact, story)
    for month in story.months:
        manager_sees_that_both_sides_accepted(manager, story, month)

    contact_reports(contact, story, first, 118, photo=photo)
    contact_reports(contact, story, second, 60)
    contact_reports(contact, story, third, 70)
    manager_returns(manager, first, "Without the trial accounts, please.", evidence="sheet.jpg")
    contact_meets_the_reason_first(contact, story, first, "Without the trial accounts, please.")
    contact_reports(contact, story, first, 112)
    own_cost_is_left_to_somebody_else(manager, admin, story, second)
    manager_approves(manager, *story.months)
    scorecard_shows(manager, story, second, figure="60", status="Missed")

    partner_is_enrolled(desk, story)
    tier_is(manager, story, "Bronze")
    contact_restates(contact, story, second, 130, "Two lists came late.")
    manager_reads_the_impact_list(manager, second)
    tier_is(manager, story, "Bronze")
    manager_approves(manager, second)
    history_says_what_the_restatement_changed(manager, contact, story, second)
    scorecard_shows(manager, story, second, figure="130", status="Met")
    tier_is(manager, story, "Steady")

    a_hundred_days_pass(desk)
    pages_say_locked(manager, contact, story, second)
    correction_is_refused(contact, story, second)
    administrator_unlocks(admin, story, second, "The auditor found an invoice.")
    contact_is_told_what_a_correction_changes(contact, story, second)


# ---- the agreement


def four_eyes_are_required(admin: Page) -> None:
    admin.goto("/settings/approvals")
    admin.get_by_label("Somebody else approves").check()
    admin.get_by_role("button", name="Save").click()
    expect(admin.get_by_text("Saved.")).to_be_visible()
    expect(admin.get_by_label("Somebody else approves")).to_be_checked()


def the_kpi_says_what_it_counts(admin: Page, story: Story) -> None:
    admin.goto(f"/kpis/{story.kpi}/edit")
    admin.get_by_label("What it means").fill("People who bought for the first time, once each.")
    admin.get_by_label("Unit").fill("people")
    admin.get_by_role("button", name="Save").click()
    admin.wait_for_url(re.compile(r"/kpis(\?|$|/\d+$)"))


def manager_proposes_a_smart_target(manager: Page, story: Story, month: Month) -> None:
    manager.goto(f"/partners/{story.partner}/kpis/{story.kpi}/target?period={month.code}")
    form = manager.locator("#set-target")
    form.get_by_role("textbox", name="Target", exact=True).fill(str(TARGET))
    form.get_by_role("button", name="Propose").click()
    expect(form.locator("[data-error-summary]").first).to_be_visible()
    expect(form.locator("#smart")).to_contain_text("Choose the goal that it serves.")
    form.get_by_label("Baseline").fill("80")
    form.get_by_label("Weight").fill("60")
    form.get_by_label("Goal").select_option(str(story.goal))
    form.get_by_label("Where the figures come from").fill("The web shop")
    form.get_by_label("We can reach this source").check()
    expect(form.locator("#smart")).to_contain_text("The target is SMART: nothing is missing.")
    form.get_by_role("button", name="Propose").click()
    expect(manager.get_by_text("Proposed to the partner.")).to_be_visible()


def contact_accepts_what_it_means(contact: Page, story: Story) -> None:
    contact.goto("/portal")
    contact.locator(".notice", has_text="3 targets are proposed to you").get_by_role("link").click()
    contact.wait_for_url("**/portal/targets")
    fits(contact)
    for month in story.months:
        meaning = f"{KPI} should be at least {TARGET} people in {month.name}."
        contact.get_by_role("checkbox", name=meaning).check()
    expect(contact.get_by_text("It serves the goal").first).to_be_visible()
    expect(contact.get_by_text("by accepting you confirm").first).to_be_visible()
    contact.get_by_role("button", name="Accept the chosen").click()
    expect(contact.get_by_text("3 targets are accepted.")).to_be_visible()


def manager_sees_that_both_sides_accepted(manager: Page, story: Story, month: Month) -> None:
    manager.goto(f"/partners/{story.partner}/kpis/{story.kpi}/target?period={month.code}")
    expect(manager.get_by_title("Both sides have accepted it.").first).to_be_visible()
    expect(manager.get_by_text("accepted by the partner on").first).to_be_visible()


# ---- figures on their way


def fill_in(
    contact: Page, story: Story, month: Month, value: int, *, reason: str = "", photo: object = None
) -> None:
    contact.goto(f"{story.portal}?period={month.code}")
    fits(contact)
    contact.get_by_label("Value").first.fill(str(value))
    if reason:
        contact.get_by_label("Reason for the change").fill(reason)
    if photo:
        contact.get_by_label("Evidence").set_input_files(photo)
    contact.get_by_role("button", name="Send").click()


def contact_reports(
    contact: Page, story: Story, month: Month, value: int, *, photo: object = None
) -> None:
    fill_in(contact, story, month, value, photo=photo)
    expect(contact.get_by_text("Thank you. The figure counts once")).to_be_visible()


def waiting(staff: Page, month: Month) -> Locator:
    """The row of the inbox that holds this KPI of the partner in a month."""
    staff.goto("/approvals")
    return staff.get_by_role("row", name=re.compile(f"{KPI} {PARTNER} · {month.name}")).first


def manager_returns(manager: Page, month: Month, reason: str, *, evidence: str) -> None:
    row = waiting(manager, month)
    expect(row.get_by_role("link", name=evidence)).to_be_visible()
    row.get_by_text("Return", exact=False).first.click()
    row.get_by_label("What has to change").fill(reason)
    row.get_by_role("button", name="Return it").click()
    expect(manager.locator(".notice", has_text="Returned.")).to_be_visible()
    following = manager.get_by_role("row", name=re.compile(f"{KPI} {PARTNER}")).first
    expect(following.get_by_role("link", name=KPI, exact=True)).to_be_focused()


def contact_meets_the_reason_first(contact: Page, story: Story, month: Month, why: str) -> None:
    contact.goto("/portal")
    owed = contact.locator("#duties .attention-item").first
    expect(owed).to_contain_text(f"{KPI} · {month.name}")
    expect(owed).to_contain_text(why)
    owed.get_by_role("link", name="Correct").click()
    expect(contact.locator(".notice", has_text="was given back")).to_contain_text(why)
    expect(contact.get_by_role("checkbox", name="sheet.jpg")).to_be_checked()
    fits(contact)


def own_cost_is_left_to_somebody_else(
    manager: Page, admin: Page, story: Story, month: Month
) -> None:
    manager.goto(story.page(story.cost))
    form = manager.locator("#submit-value")
    form.get_by_label("Period").fill(month.code)
    form.get_by_label("Value").first.fill("6000")
    form.get_by_role("button", name="Submit").click()
    expect(manager.get_by_text("this organisation requires four eyes")).to_be_visible()
    admin.goto(story.page(story.cost))
    admin.get_by_role("button", name="Approve").click()
    expect(admin.get_by_text("Approved.", exact=True)).to_be_visible()


def manager_approves(manager: Page, *months: Month) -> None:
    for month in months:
        row = waiting(manager, month)
        row.get_by_role("checkbox").check()
        manager.get_by_role("button", name="Approve the chosen").click()
        done = manager.locator(".notice", has_text="1 value approved.")
        expect(done).to_be_visible()
        expect(done).to_be_focused()


def scorecard_shows(manager: Page, story: Story, month: Month, *, figure: str, status: str) -> None:
    manager.goto(f"/partners/{story.partner}/kpis?period={month.code}")
    row = manager.get_by_role("main").get_by_role("row", name=re.compile(KPI)).first
    expect(row).to_contain_text(figure)
    expect(row).to_contain_text(status)


# ---- the restatement


def contact_restates(contact: Page, story: Story, month: Month, value: int, reason: str) -> None:
    contact_is_told_what_a_correction_changes(contact, story, month, value, reason)
    contact.get_by_role("button", name="Send the correction").click()
    expect(contact.get_by_text("Thank you. The figure counts once")).to_be_visible()


def contact_is_told_what_a_correction_changes(
    contact: Page, story: Story, month: Month, value: int = 125, reason: str = "An invoice."
) -> None:
    fill_in(contact, story, month, value, reason=reason)
    told = contact.locator(".notice", has_text="This is what the correction changes")
    expect(told).to_be_focused()
    expect(contact.locator(".notice .effects")).to_contain_text("Scorecard")
    fits(contact)


def manager_reads_the_impact_list(manager: Page, month: Month) -> None:
    expect(waiting(manager, month)).to_contain_text("Reason: Two lists came late.")
    told = manager.locator(".row-more .effects").last  # the sample desk's own comes before
    for line in (
        rf"{KPI}, {month.name}: 60\b.*60%.*missed.*130\b.*130%.*met",
        rf"Scorecard, {month.name}: ",
        r"Misses in a row up to now: 2 misses.*1 miss",
        rf"Customer acquisition cost, {month.name}: £100.*£46",
        r"Tier in Steady partners: Bronze.*Steady",
    ):
        expect(told.locator("li").filter(has_text=re.compile(line, re.DOTALL))).to_have_count(1)


def partner_is_enrolled(desk: Desk, story: Story) -> None:
    given = (str(story.partner), KPI_CODE)
    done = subprocess.run(
        [sys.executable, "-c", LADDER, *given],
        env=environment(desk.data),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def tier_is(manager: Page, story: Story, tier: str) -> None:
    manager.goto(f"/x/incentives/partners/{story.partner}")
    place = manager.get_by_role("region", name="Steady partners")
    expect(place.locator(".score-value")).to_have_text(tier)


def history_says_what_the_restatement_changed(
    manager: Page, contact: Page, story: Story, month: Month
) -> None:
    for page, address in ((manager, story.page()), (contact, story.portal)):
        page.goto(address)
        page.get_by_text("Restated since").first.click()
        expect(page.locator("details[open] .effects").first).to_contain_text("130")


# ---- the lock


def a_hundred_days_pass(desk: Desk) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", NIGHT],
        env=environment(desk.data),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 0


def pages_say_locked(manager: Page, contact: Page, story: Story, month: Month) -> None:
    manager.goto(story.page())
    row = manager.locator(".kpi-history").get_by_role("row", name=re.compile(month.name))
    expect(row.filter(has_text="130")).to_contain_text("Locked")
    contact.goto(story.portal)
    expect(contact.locator("#revisions li", has_text="130").first).to_contain_text("Locked")
    offered = contact.get_by_label("Period").first.locator("option", has_text=month.name)
    expect(offered).to_have_text(f"{month.name} – locked")


def correction_is_refused(contact: Page, story: Story, month: Month) -> None:
    fill_in(contact, story, month, 125, reason="An invoice came late.")
    expect(contact.get_by_text("This figure is locked").first).to_be_visible()


def administrator_unlocks(admin: Page, story: Story, month: Month, reason: str) -> None:
    admin.goto(story.page())
    row = admin.locator(".kpi-history").get_by_role("row", name=re.compile(month.name))
    locked = row.filter(has_text="130")
    locked.get_by_text("Unlock", exact=False).first.click()
    locked.get_by_role("textbox").fill(reason)
    locked.get_by_role("button", name="Unlock it").click()
    expect(admin.get_by_text("Unlocked. It stays open until")).to_be_visible()
