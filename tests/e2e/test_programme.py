"""An administrator builds a programme of three tiers in a browser, and publishes it.

By mouse, but for one tier, which is added by keyboard alone. The desk is one of its own.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Desk, served

NAME = "Harbour partners"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with served(tmp_path_factory.mktemp("programme")) as running:
        yield running


def test_a_programme_is_built_and_published(sign_in):
    admin = sign_in("admin")
    a_draft_is_started(admin)
    a_condition_is_added_and_read_back(admin)
    alternatives_are_given(admin)
    a_tier_is_added_by_keyboard(admin)
    problems_are_said_until_they_are_gone(admin)
    a_commission_is_added(admin)
    the_last_change_is_undone(admin)
    it_is_published(admin)
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


def a_draft_is_started(admin: Page) -> None:
    admin.goto("/x/incentives/programmes")
    admin.get_by_role("link", name="New programme").click()
    admin.get_by_label("Name").fill(NAME)
    admin.get_by_label("Three tiers on the scorecard").check()
    admin.get_by_role("button", name="Start the draft").click()
    expect(admin.get_by_role("heading", name="Draft of version 1")).to_be_visible()


def a_condition_is_added_and_read_back(admin: Page) -> None:
    silver = admin.locator("#tier-silver")
    silver.locator("summary").click()
    silver.get_by_role("link", name="A KPI’s figure").click()
    admin.get_by_role("combobox", name="KPI").fill("Revenue")
    admin.get_by_label("Mark").fill("500,000")
    phrase = "Revenue of at least €500,000 over the last 12 closed months"
    expect(admin.locator("#said")).to_contain_text(phrase)
    admin.get_by_role("button", name="Save", exact=True).click()
    expect(admin.locator(".draft-said")).to_contain_text("The condition is added.")
    expect(silver.locator(".condition").last).to_contain_text(phrase)


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
    admin.get_by_role("button", name="Remove Platinum").click()
    expect(said).to_have_count(0)
    expect(admin.locator("#tier-platinum")).to_have_count(0)


def a_commission_is_added(admin: Page) -> None:
    admin.locator("summary", has_text="Add a reward").click()
    admin.get_by_role("link", name=re.compile("each part at its own rate")).click()
    admin.get_by_label("Name").fill("Commission")
    admin.get_by_label("From, band 1").fill("0")
    admin.get_by_label("Rate, band 1").fill("5")
    admin.get_by_label("From, band 2").fill("10,000")
    admin.get_by_label("Rate, band 2").fill("7")
    admin.get_by_role("checkbox", name="Gold").check()
    admin.get_by_role("button", name="Save", exact=True).click()
    reward = admin.locator("#reward-commission")
    expect(reward).to_contain_text("each part at its own rate: 5% from €0; 7% from €10,000")
    expect(reward).to_contain_text("For Gold")


def the_last_change_is_undone(admin: Page) -> None:
    admin.get_by_role("button", name="Remove Commission").click()
    expect(admin.locator("#reward-commission")).to_have_count(0)
    admin.get_by_role("button", name="Undo the last change").click()
    expect(admin.locator("#reward-commission")).to_have_count(1)


def it_is_published(admin: Page) -> None:
    admin.get_by_role("link", name="Check and publish").click()
    admin.get_by_role("button", name="Publish version 1").click()
    expect(admin.get_by_role("heading", name=NAME)).to_be_visible()
    expect(admin.locator(".title-row")).to_contain_text("Runs")
    expect(admin.get_by_text("Holds now")).to_be_visible()


def the_contact_reads_the_rules(contact: Page) -> None:
    contact.goto("/portal/x/incentives/programme")
    section = contact.get_by_role("region", name=NAME)
    expect(section).to_contain_text("Revenue of at least €500,000 over the last 12 closed months")
    wider = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert contact.evaluate(wider) == 0
