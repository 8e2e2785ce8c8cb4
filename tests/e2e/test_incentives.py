"""A year of a programme: built in a browser, simulated, published; a partner climbs, is given grace
and falls a step; a commission is earned, its payment approved by a second administrator, corrected,
and set against the next one.

Staff work at a desk, the partner reads the same story on a phone. The desk is one of its own,
whose clock begins on a fixed day and is put forward by the story.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e import editing
from tests.e2e.conftest import PASSWORD, Desk, served
from tests.e2e.looking import PHONE, fits
from tests.e2e.moved_clock import MovedClock, come_back

NAME, PARTNER = "Growing together", "Quayside Trading"
ADMIN, SECOND, MANAGER, CONTACT = (
    f"{who}@example.org" for who in ("admin", "noor", "manager", "mara")
)
REFERENCE = ("SEPA-2026-0815", "SEPA-2026-0920")
WHY = "Two quiet months were agreed with you when the shop was rebuilt."
ANSWER = "The rules know no such agreement; the stand at the fair makes up for it."

# A second administrator; a partner that the manager looks after, with a contact who may sign in,
# and no figures yet.
BEGIN = """
import sys
from datetime import date
from app import create_app
from app.core.accounts import services as accounts
from app.core.accounts.models import User
from app.core.contract import Viewer
from app.core.db import database
from app.core.partners import services
from app.core.partners.models import Contact
name, second, email, password = sys.argv[1:]
with create_app().app_context(), database.connection_context():
    accounts.add_person(
        name="Noor Second", email=second, role="admin", password=password, cheap=True
    )
    manager = User.get(User.role == "manager")
    by = Viewer(manager.id, manager.name, manager.email, "manager", frozenset())
    values = dict(code="QUAY", name=name, type="reseller", status="active", owner=manager.id,
        currency="EUR", start_date=date(2024, 1, 1))
    partner = services.create(values, services.Filing(), by)
    user = accounts.add_person(
        name="Mara Quay", email=email, role="contact", password=password, cheap=True
    )
    Contact.create(
        partner=partner, name="Mara Quay", side="partner", email=email, user=user, is_primary=True
    )
    print(partner.id)
"""
NIGHT = """
from app import create_app
from app.core.db import database
from plugins.incentives.standing import evaluating
with create_app().app_context(), database.connection_context():
    evaluating.evaluate_due()
"""


@dataclass(frozen=True)
class Story:
    """The desk, its clock, and the partner that it is about."""

    desk: Desk
    clock: MovedClock
    partner: int

    def comes(self, day: str, *back: tuple[str, Page]) -> None:
        """It is noon of a day, and those whom the story needs then are back."""
        self.clock.put(day)
        for email, page in back:
            come_back(page, email)

    def night(self) -> None:
        """What the worker does each night is done."""
        self.clock.script(self.desk, NIGHT)


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> MovedClock:
    return MovedClock.on(tmp_path_factory.mktemp("clock"), "2026-05-20")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, clock: MovedClock) -> Iterator[Desk]:
    with served(tmp_path_factory.mktemp("incentives"), **clock.variables) as running:
        yield running


@pytest.fixture
def story(desk: Desk, clock: MovedClock) -> Story:
    partner = clock.script(desk, BEGIN, PARTNER, SECOND, CONTACT, PASSWORD)
    return Story(desk, clock, int(partner))


def test_a_year_of_a_programme(sign_in, story: Story):
    admin, second, manager = sign_in("admin"), sign_in("noor"), sign_in("manager")
    contact = sign_in("mara", width=PHONE)
    four_eyes_are_required(admin)
    three_tiers_are_built(admin)
    nobody_would_move_before_figures_are_there(admin)
    it_is_published(admin)
    editing.enrol(manager, NAME, PARTNER)
    tier_is(manager, story, "Member")

    figures_come(admin, **{f"2025-{n:02}": 25_000 for n in range(5, 10)})
    tier_is(manager, story, "Silver")
    figures_come(admin, **{f"2025-{n:02}": 25_000 for n in range(10, 13)})
    figures_come(admin, **{f"2026-{n:02}": 25_000 for n in range(1, 5)})
    tier_is(manager, story, "Gold")
    a_fifth_less_would_cost_gold(admin)

    story.comes("2026-06-15", (ADMIN, admin))
    figures_come(admin, **{"2026-05": 5_000})
    story.comes("2026-07-02", (MANAGER, manager), (CONTACT, contact))
    story.night()
    manager.goto(f"/x/incentives/partners/{story.partner}")
    expect(manager.locator(".tier-head")).to_contain_text("Grace period")
    the_contact_reads_what_is_missing(contact)

    story.comes("2026-08-16", (ADMIN, admin), (SECOND, second), (MANAGER, manager))
    figures_come(admin, **{"2026-06": 18_000})
    it_is_above_what_the_manager_approves(manager, story)
    lines_are_approved(admin, story)
    it_is_paid(admin, second, "1,060", REFERENCE[0], "2026-08-16")
    figures_come(admin, **{"2026-06": 17_500, "2026-07": 10_000})
    the_correction_is_taken_back(admin, story)
    lines_are_approved(admin, story)
    it_is_paid(admin, second, "465", REFERENCE[1], "2026-08-16")

    story.comes("2026-10-02", (MANAGER, manager), (CONTACT, contact), (ADMIN, admin))
    figures_come(admin, **{"2026-08": 4_000})
    story.night()
    the_demotion_is_approved(manager, story)
    the_contact_reads_the_same_and_appeals(contact)
    the_contact_reads_the_statement(contact)
    the_manager_answers(manager)
    the_contact_reads_the_answer(contact)
    story.comes("2026-11-02", (MANAGER, manager))
    story.night()
    tier_is(manager, story, "Silver")
    the_timeline_tells_it(manager, story)


# ---- the programme


def four_eyes_are_required(admin: Page) -> None:
    admin.goto("/settings/approvals")
    admin.get_by_label("Somebody else approves").check()
    admin.get_by_role("button", name="Save").click()
    expect(admin.get_by_text("Saved.")).to_be_visible()


def three_tiers_are_built(admin: Page) -> None:
    editing.start_draft(admin, NAME)
    editing.remove_tier(admin, "Gold")
    editing.remove_tier(admin, "Silver")
    editing.add_tier(admin, "Silver", "Training places.")
    editing.ask_for_revenue(admin, "Silver", "100,000")
    editing.add_tier(admin, "Gold", "Named first.")
    editing.ask_for_revenue(admin, "Gold", "290,000")
    editing.add_commission(admin, "Gold", monthly=True)


def nobody_would_move_before_figures_are_there(admin: Page) -> None:
    admin.get_by_role("link", name="Simulate").click()
    admin.get_by_role("button", name="Simulate").click()
    row = admin.get_by_role("row", name=re.compile(PARTNER))
    expect(row).to_contain_text("Member")


def it_is_published(admin: Page) -> None:
    admin.goto("/x/incentives/programmes")
    admin.get_by_role("link", name="Go on with the draft").click()
    editing.publish(admin)


def figures_come(staff: Page, **figures: int) -> None:
    rows = [f"QUAY\tREVENUE\t{month}\t{value}" for month, value in figures.items()]
    staff.goto("/import")
    text = "\n".join(["partner_code\tkpi_code\tperiod\tvalue", *rows])
    staff.locator("[name=pasted]").fill(text)
    staff.get_by_role("button", name="Continue").click()
    staff.get_by_role("button", name="Import", exact=True).click()
    expect(staff.get_by_text("Imported").first).to_be_visible()


def tier_is(staff: Page, story: Story, tier: str) -> None:
    """What the worker does after an event comes a moment later."""
    for _ in range(200):
        staff.goto(f"/x/incentives/partners/{story.partner}")
        if staff.locator(".tier-head .score-value").inner_text() == tier:
            return
        staff.wait_for_timeout(100)
    raise AssertionError(staff.locator(".tier-head").inner_text())


def a_fifth_less_would_cost_gold(admin: Page) -> None:
    admin.goto("/x/incentives/programmes")
    admin.get_by_role("link", name=NAME).click()
    admin.get_by_role("link", name="Simulate").click()
    admin.get_by_label("Figures of").first.select_option(label="Revenue")
    admin.get_by_label("differ by per cent").first.fill("-20")
    admin.get_by_role("button", name="Simulate").click()
    row = admin.get_by_role("row", name=re.compile(PARTNER))
    expect(row).to_contain_text("Gold")
    expect(row).to_contain_text("Silver")


def the_contact_reads_what_is_missing(contact: Page) -> None:
    contact.goto("/portal/x/incentives")
    fits(contact)
    expect(contact.locator(".tier-head")).to_contain_text("Gold")
    expect(contact.get_by_text("Grace period until 30 Sept 2026: Gold stays")).to_be_visible()
    story = contact.locator(".history")
    expect(story).to_contain_text("Gold is not met: grace period until 30 Sept 2026")
    expect(story).to_contain_text("Tier reached: Silver")
    expect(contact.locator(".tier-current")).to_contain_text("10,000")


def ledger_of(staff: Page, story: Story) -> None:
    staff.goto(f"/x/incentives/ledger?partner={story.partner}")


def line(staff: Page, story: Story, amount: str) -> Locator:
    """The row of a line of the ledger, once the worker has written it."""
    for _ in range(200):
        ledger_of(staff, story)
        found = staff.get_by_role("row", name=re.compile(PARTNER)).filter(has_text=amount)
        if found.count():
            return found.first
        staff.wait_for_timeout(100)
    raise AssertionError(staff.get_by_role("main").inner_text())


def it_is_above_what_the_manager_approves(manager: Page, story: Story) -> None:
    row = line(manager, story, "1,060")
    expect(row.get_by_role("checkbox")).to_have_count(0)


def lines_are_approved(staff: Page, story: Story) -> None:
    ledger_of(staff, story)
    for box in staff.get_by_role("row", name=re.compile(PARTNER)).get_by_role("checkbox").all():
        box.check()
    staff.get_by_role("button", name="Approve").click()
    expect(staff.locator(".toast, .flash, .notice").first).to_be_visible()


def it_is_paid(maker: Page, approver: Page, amount: str, reference: str, day: str) -> None:
    maker.goto("/x/incentives/payouts/new?currency=EUR")
    for box in maker.locator("[name=partners]").all():
        box.uncheck()
    row = maker.get_by_role("row", name=re.compile(PARTNER))
    expect(row).to_contain_text(amount)
    row.get_by_role("checkbox").check()
    maker.get_by_role("button", name="Make the draft").click()
    expect(maker.get_by_role("heading", name=re.compile("^Payout"))).to_be_visible()
    address = maker.url

    approver.goto(address)
    approver.get_by_role("button", name="Approve the payout").click()
    with approver.expect_download() as download:
        approver.get_by_role("link", name="CSV file").click()
    assert amount.replace(",", "") in download.value.path().read_text()
    approver.get_by_role("button", name="It was handed over").click()
    approver.get_by_role("row", name=re.compile(PARTNER)).get_by_role("checkbox").check()
    approver.get_by_label("Reference").fill(reference)
    approver.get_by_label("Paid on").fill(day)
    approver.get_by_role("button", name="They were paid").click()
    expect(approver.get_by_role("row", name=re.compile(PARTNER))).to_contain_text(reference)


def the_correction_is_taken_back(staff: Page, story: Story) -> None:
    line(staff, story, "500")
    row = line(staff, story, "35.00")
    expect(row).to_contain_text("Clawback")


def the_demotion_is_approved(manager: Page, story: Story) -> None:
    manager.goto("/approvals")
    manager.get_by_role("link", name=re.compile(f"{PARTNER}: decide on the demotion")).click()
    manager.get_by_role("button", name="Approve").click()
    expect(manager.get_by_text("Silver from 1 Nov 2026 on").first).to_be_visible()


def the_contact_reads_the_same_and_appeals(contact: Page) -> None:
    contact.goto("/portal/x/incentives")
    expect(contact.locator(".tier-head").first).to_contain_text("Gold")
    expect(contact.get_by_text("Silver from 1 Nov 2026 on").first).to_be_visible()
    contact.locator(".tier-history-title").first.click()
    fits(contact)
    expect(contact.locator("#incentives-decision")).to_contain_text("Silver")
    contact.locator("[name=text]").fill(WHY)
    contact.get_by_role("button", name="Ask for a review").click()
    expect(contact.get_by_text(WHY).first).to_be_visible()


def the_contact_reads_the_statement(contact: Page) -> None:
    contact.goto("/portal/x/incentives")
    contact.get_by_role("navigation").get_by_role("link", name="Your statement").click()
    contact.wait_for_url(re.compile(r"/statement"))
    contact.goto(f"{contact.url}?period=2026")
    fits(contact)
    main = contact.get_by_role("main")
    for said in ("1,060", "35", "500", "465", *REFERENCE):
        expect(main).to_contain_text(said)


def the_manager_answers(manager: Page) -> None:
    manager.goto("/work")
    asked = manager.get_by_role("listitem").filter(has_text=f"{PARTNER} asks to review a decision")
    asked.get_by_role("link").first.click()
    manager.locator("[name=answer]").fill(ANSWER)
    manager.get_by_role("button", name="Do not accept").click()
    expect(manager.get_by_text(ANSWER).first).to_be_visible()


def the_contact_reads_the_answer(contact: Page) -> None:
    contact.get_by_role("link", name="Your tier").click()
    contact.locator(".tier-history-title").first.click()
    expect(contact.get_by_text(ANSWER).first).to_be_visible()


def the_timeline_tells_it(manager: Page, story: Story) -> None:
    manager.goto(f"/partners/{story.partner}/timeline")
    main = manager.get_by_role("main")
    for said in ("Tier reached: Gold", "Tier now: Silver", REFERENCE[1]):
        expect(main).to_contain_text(said)
