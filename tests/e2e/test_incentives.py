"""A year of a programme: built, simulated, published; a partner climbs, is given grace and falls a
step; a commission is earned, approved, paid, corrected, and set against the next one.

Staff work at a desk, the partner reads the same story on a phone. The desk is one of its own,
whose clock begins on a fixed day and is put forward by the story.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PASSWORD, Desk, served
from tests.e2e.moved_clock import MovedClock, come_back

PHONE = 390
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
NAME, PARTNER = "Growing together", "Quayside Trading"
REFERENCE = ("SEPA-2026-0815", "SEPA-2026-0920")
WHY = "Two quiet months were agreed with you when the shop was rebuilt."
ANSWER = "The rules know no such agreement; the stand at the fair makes up for it."


def revenue_of_a_year(least: int) -> dict[str, object]:
    """A requirement of a file: so much revenue, in euros, over the last twelve closed months."""
    window = {"span": "months", "n": 12}
    return {
        "type": "requirement",
        "key": f"r{least}",
        "measures": "kpi_value",
        "subject": "REVENUE",
        "operator": ">=",
        "threshold": least * 1_000_000,
        "window": window,
    }


LADDER = {
    "tiers": [
        {"key": "member", "name": "Member"},
        {"key": "silver", "name": "Silver", "requirement": revenue_of_a_year(100_000)},
        {
            "key": "gold",
            "name": "Gold",
            "benefits": "Named first.",
            "requirement": revenue_of_a_year(290_000),
        },
    ],
    "rewards": [
        {
            "key": "commission",
            "kind": "marginal",
            "name": "Commission",
            "period": "monthly",
            "tiers": ["silver", "gold"],
            "base": "REVENUE",
            "bands": [{"start": 0, "rate": 50_000}, {"start": 1_000_000, "rate": 70_000}],
        }
    ],
}
# A partner that the manager looks after, with a contact who may sign in, and no figures yet.
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
name, email, password = sys.argv[1:]
with create_app().app_context(), database.connection_context():
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
# What the worker does each night.
NIGHT = """
from app import create_app
from app.core.db import database
from plugins.incentives.ledger import services
from plugins.incentives.standing import evaluating
with create_app().app_context(), database.connection_context():
    evaluating.evaluate_due()
    services.accrue_all()
    services.release()
"""


@dataclass(frozen=True)
class Story:
    """The desk, its clock, and the numbers that addresses need."""

    desk: Desk
    clock: MovedClock
    partner: int
    people: dict[str, Page] = field(default_factory=dict)

    def comes(self, day: str) -> None:
        """It is noon of this day, the night before has done its work, and everybody is back."""
        self.clock.put(day)
        self.clock.script(self.desk, NIGHT)
        for email, page in self.people.items():
            come_back(page, email)


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> MovedClock:
    return MovedClock.on(tmp_path_factory.mktemp("clock"), "2026-05-20")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, clock: MovedClock) -> Iterator[Desk]:
    with served(tmp_path_factory.mktemp("incentives"), **clock.variables) as running:
        yield running


@pytest.fixture
def story(desk: Desk, clock: MovedClock) -> Story:
    partner = clock.script(desk, BEGIN, PARTNER, "mara@example.org", PASSWORD)
    return Story(desk, clock, int(partner))


def test_a_year_of_a_programme(sign_in, story: Story):
    admin, manager = sign_in("admin"), sign_in("manager")
    contact = sign_in("mara", width=PHONE)
    people = {"admin": admin, "manager": manager, "mara": contact}
    story.people.update({f"{who}@example.org": page for who, page in people.items()})
    for page in people.values():
        page.set_default_timeout(6000)
    four_eyes_are_required(admin)
    a_draft_comes_from_a_file(admin)
    nobody_would_move_before_figures_are_there(admin)
    it_is_published(admin)
    the_partner_is_enrolled(manager)
    tier_is(manager, story, "Member")

    figures_come(admin, **{f"2025-{n:02}": 25_000 for n in range(5, 13)})
    figures_come(admin, **{f"2026-{n:02}": 25_000 for n in range(1, 5)})
    tier_is(manager, story, "Gold")
    a_fifth_less_would_cost_gold(admin)

    story.comes("2026-06-15")
    figures_come(admin, **{"2026-05": 5_000})
    story.comes("2026-07-02")
    manager.goto(f"/x/incentives/partners/{story.partner}")
    expect(manager.locator(".tier-head")).to_contain_text("Grace period")
    the_contact_reads_what_is_missing(contact)

    story.comes("2026-07-15")
    figures_come(admin, **{"2026-06": 18_000})
    the_line_is_on_hold(manager, story, "1,060")
    story.comes("2026-08-16")
    figures_come(admin, **{"2026-07": 10_000})
    it_is_above_what_the_manager_approves(manager, story)
    lines_are_approved(admin, story)
    it_is_paid(manager, admin, "1,060", REFERENCE[0], "2026-08-16")

    figures_come(admin, **{"2026-06": 17_500})
    story.comes("2026-09-20")
    figures_come(admin, **{"2026-08": 4_000})
    the_correction_is_taken_back(manager, story)
    lines_are_approved(admin, story)
    it_is_paid(manager, admin, "465", REFERENCE[1], "2026-09-20")

    story.comes("2026-10-02")
    the_demotion_is_approved(manager, story)
    the_contact_reads_the_same_and_appeals(contact)
    the_contact_reads_the_statement(contact)
    the_manager_answers(manager)
    the_contact_reads_the_answer(contact)
    story.comes("2026-11-02")
    tier_is(manager, story, "Silver")
    the_timeline_tells_it(manager, story)


def four_eyes_are_required(admin: Page) -> None:
    admin.goto("/settings/approvals")
    admin.get_by_label("Somebody else approves").check()
    admin.get_by_role("button", name="Save").click()
    admin.wait_for_load_state()


def a_draft_comes_from_a_file(admin: Page) -> None:
    admin.goto("/x/incentives/programmes/new")
    admin.get_by_label("Name").fill(NAME)
    admin.get_by_label("A file from another desk").check()
    file = {
        "name": "ladder.json",
        "mimeType": "application/json",
        "buffer": json.dumps(LADDER).encode(),
    }
    admin.locator("[type=file]").set_input_files(file)
    admin.get_by_role("button", name="Start the draft").click()
    expect(admin.locator("#tier-gold")).to_contain_text("Revenue of at least €290,000")


def nobody_would_move_before_figures_are_there(admin: Page) -> None:
    admin.get_by_role("link", name="Simulate").click()
    admin.get_by_role("button", name="Simulate").click()
    row = admin.get_by_role("row", name=re.compile(PARTNER))
    expect(row).to_contain_text("Member")


def it_is_published(admin: Page) -> None:
    admin.goto("/x/incentives/programmes")
    admin.get_by_role("link", name="Go on with the draft").click()
    admin.get_by_role("link", name="Check and publish").click()
    admin.get_by_role("button", name="Publish version 1").click()
    expect(admin.locator(".title-row")).to_contain_text("Runs")


def the_partner_is_enrolled(manager: Page) -> None:
    manager.goto("/x/incentives")
    manager.get_by_role("link", name=NAME, exact=True).click()
    manager.get_by_role("link", name="Enrol partners").first.click()
    manager.get_by_label(PARTNER).check()
    manager.get_by_role("button", name="Enrol").click()
    expect(manager.get_by_role("row", name=re.compile(PARTNER))).to_contain_text("Member")


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
    for _ in range(50):
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
    expect(contact.locator(".tier-current")).to_contain_text("10,000")


def fits(page: Page) -> None:
    assert page.evaluate(WIDER) <= 0, page.url


def ledger_of(staff: Page, story: Story) -> None:
    staff.goto(f"/x/incentives/ledger?partner={story.partner}")


def line(staff: Page, story: Story, amount: str):
    """The row of a line of the ledger, once the worker has written it."""
    for _ in range(50):
        ledger_of(staff, story)
        found = staff.get_by_role("row", name=re.compile(PARTNER)).filter(has_text=amount)
        if found.count():
            return found.first
        staff.wait_for_timeout(100)
    raise AssertionError(staff.get_by_role("main").inner_text())


def the_line_is_on_hold(staff: Page, story: Story, amount: str) -> None:
    expect(line(staff, story, amount)).to_contain_text("On hold")


def it_is_above_what_the_manager_approves(manager: Page, story: Story) -> None:
    row = line(manager, story, "1,060")
    expect(row.get_by_role("checkbox")).to_have_count(0)


def lines_are_approved(staff: Page, story: Story) -> None:
    ledger_of(staff, story)
    for box in staff.get_by_role("row", name=re.compile(PARTNER)).get_by_role("checkbox").all():
        box.check()
    staff.get_by_role("button", name="Approve").click()
    expect(staff.locator(".toast, .flash, .notice").first).to_be_visible()


def it_is_paid(manager: Page, admin: Page, amount: str, reference: str, day: str) -> None:
    manager.goto("/x/incentives/payouts/new?currency=EUR")
    for box in manager.locator("[name=partners]").all():
        box.uncheck()
    row = manager.get_by_role("row", name=re.compile(PARTNER))
    expect(row).to_contain_text(amount)
    row.get_by_role("checkbox").check()
    manager.get_by_role("button", name="Make the draft").click()
    expect(manager.get_by_role("heading", name=re.compile("^Payout"))).to_be_visible()
    address = manager.url

    admin.goto(address)
    admin.get_by_role("button", name="Approve the payout").click()
    with admin.expect_download() as download:
        admin.get_by_role("link", name="CSV file").click()
    assert amount.replace(",", "") in download.value.path().read_text()
    admin.get_by_role("button", name="It was handed over").click()
    admin.get_by_role("row", name=re.compile(PARTNER)).get_by_role("checkbox").check()
    admin.get_by_label("Reference").fill(reference)
    admin.get_by_label("Paid on").fill(day)
    admin.get_by_role("button", name="They were paid").click()
    expect(admin.get_by_role("row", name=re.compile(PARTNER))).to_contain_text(reference)


def the_correction_is_taken_back(manager: Page, story: Story) -> None:
    row = line(manager, story, "35")
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
