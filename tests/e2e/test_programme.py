"""An administrator builds a programme of three tiers in a browser, and publishes it.

By mouse, but for one tier, which is added by keyboard alone. The desk is one of its own.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import editing
from tests.e2e.conftest import Desk, served
from tests.e2e.looking import fits

NAME = "Harbour partners"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with served(tmp_path_factory.mktemp("programme")) as running:
        yield running


def test_a_programme_is_built_and_published(sign_in):
    admin = sign_in("admin")
    editing.start_draft(admin, NAME)
    editing.ask_for_revenue(admin, "Silver", "500,000")
    alternatives_are_given(admin)
    a_tier_is_added_by_keyboard(admin)
    problems_are_said_until_they_are_gone(admin)
    editing.add_commission(admin, "Gold")
    the_last_change_is_undone(admin)
    editing.publish(admin)
    editing.enrol(admin, NAME, "Aurora Retail Group")
    the_contact_reads_the_rules(sign_in("ines", width=390))


def test_a_condition_is_added_without_javascript(sign_in):
    admin = sign_in("admin", script=False)
    admin.goto("/x/incentives/programmes/1")
    admin.get_by_role("button", name="Draft the next version").click()
    silver = admin.locator("#tier-silver")
    silver.locator("summary").last.click()
    silver.get_by_role("link", name="The scorecard").click()
    admin.get_by_label("Mark").fill("80")
    admin.get_by_role("button", name="Save", exact=True).click()
    expect(admin.locator("#tier-silver")).to_contain_text("Scorecard of at least 80%")
    admin.get_by_role("button", name="Undo the last change").click()
    expect(admin.locator("#tier-silver")).not_to_contain_text("80%")


def alternatives_are_given(admin: Page) -> None:
    silver = admin.locator("#tier-silver")
    silver.locator(".condition").last.get_by_role("button", name="Give alternatives").click()
    inner = silver.locator(".group .group")
    expect(inner.get_by_role("button", name="Any one", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    inner.locator("summary").click()
    inner.get_by_role("link", name="Misses in a row").click()
    admin.get_by_role("combobox", name="KPI").fill("New customers")
    admin.get_by_role("button", name="Save", exact=True).click()
    added = inner.locator(".condition").last
    expect(added).to_contain_text("Fewer than 3 misses in a row of New customers")


def a_tier_is_added_by_keyboard(admin: Page) -> None:
    admin.get_by_role("link", name="Add a tier").focus()
    admin.keyboard.press("Enter")
    expect(admin.locator("#opened")).to_be_focused()
    admin.keyboard.press("Tab")
    admin.keyboard.type("Platinum")
    admin.keyboard.press("Enter")
    expect(admin.locator("#tier-platinum")).to_be_focused()
    order = admin.locator(".rung h3").all_inner_texts()
    assert order[:4] == ["Platinum", "Gold", "Silver", "Member"]


def problems_are_said_until_they_are_gone(admin: Page) -> None:
    said = admin.get_by_role("link", name="Platinum asks for nothing")
    expect(said).to_be_visible()
    editing.remove_tier(admin, "Platinum")
    expect(said).to_have_count(0)


def the_last_change_is_undone(admin: Page) -> None:
    admin.get_by_role("button", name="Remove Commission").click()
    expect(admin.locator("#reward-commission")).to_have_count(0)
    admin.get_by_role("button", name="Undo the last change").click()
    expect(admin.locator("#reward-commission")).to_have_count(1)


def the_contact_reads_the_rules(contact: Page) -> None:
    contact.goto("/portal/x/incentives/programme")
    section = contact.get_by_role("region", name=NAME)
    expect(section).to_contain_text("Revenue of at least €500,000 over the last 12 closed months")
    fits(contact)
