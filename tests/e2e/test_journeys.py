"""What people come for, done in a browser: by mouse, by keyboard, without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import PASSWORD
from tests.e2e.looking import fits


def test_a_carrier_and_its_reasons(sign_in):
    page = sign_in("viewer")
    page.goto("/partners")
    page.get_by_role("searchbox", name="Search by name or code").fill("expressjet")
    expect(page.get_by_role("link", name="Alaska Airlines Inc.")).to_have_count(0)
    assert "q=expressjet" in page.url
    page.get_by_role("link", name="ExpressJet Airlines Inc.").click()
    page.get_by_role("navigation", name="Sections").get_by_role("link", name="KPIs").click()
    page.wait_for_url(re.compile(r"/kpis"))
    page.goto(page.url.split("?")[0] + "?period=2013-Q1")
    main = page.get_by_role("main")
    assert "67.4" in main.inner_text()
    row = main.get_by_role("row", name=re.compile("Arrivals less than 15 minutes late"))
    assert "61.8" in row.inner_text()
    assert "77.3" in row.inner_text()
    assert "Missed" in row.inner_text()


def test_slash_searches_and_enter_opens_the_list(sign_in):
    page = sign_in("viewer")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search everything")).to_be_focused()
    page.keyboard.type("jetblue")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="JetBlue Airways").wait_for()


def test_plugin_panels_come_by_themselves(sign_in):
    page = sign_in("viewer")
    page.goto("/partners?q=alaska")
    page.get_by_role("link", name="Alaska Airlines Inc.").click()
    panel = page.locator(".panel").first
    panel.locator(".ladder, .empty-note, table, p:not(.panel-wait)").first.wait_for()


@pytest.mark.parametrize("who", ["viewer", "contact"])
def test_everything_can_be_read_without_javascript(sign_in, who):
    page = sign_in(who, script=False)
    assert page.get_by_role("heading", level=1).inner_text()
    for link in page.get_by_role("main").get_by_role("link").all()[:6]:
        page.context.request.get(link.get_attribute("href")).dispose()
    panel = page.locator(".panel .card-title a").first
    panel.click()
    expect(page.get_by_role("main")).to_contain_text(re.compile(r"\w"))


def test_the_theme_switches_and_stays(sign_in):
    page = sign_in("viewer")
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.goto("/partners")
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    page.get_by_role("button", name="As the system").click()
    expect(page.locator("html")).not_to_have_attribute("data-bs-theme", "dark")


def test_back_returns_to_the_filtered_list(sign_in):
    page = sign_in("viewer")
    page.goto("/partners")
    page.get_by_role("searchbox", name="Search by name or code").fill("hawaiian")
    expect(page.get_by_role("link", name="Alaska Airlines Inc.")).to_have_count(0)
    page.get_by_role("link", name="Hawaiian Airlines Inc.").click()
    page.get_by_role("heading", name="Hawaiian Airlines Inc.", level=1).wait_for()
    page.go_back()
    page.get_by_role("link", name="Hawaiian Airlines Inc.").wait_for()
    assert page.get_by_role("searchbox", name="Search by name or code").input_value() == "hawaiian"


def test_sign_in_by_keyboard_alone(desk, chromium):
    page = chromium.new_page(base_url=desk.url)
    page.goto("/login")
    page.wait_for_function("document.activeElement.name === 'email'")
    page.keyboard.type("viewer@example.org")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/home")
    page.close()


def test_a_contact_never_meets_the_other_partner(sign_in):
    page = sign_in("stranger")
    own = page.get_by_role("main").inner_text()
    page = sign_in("contact")
    assert page.get_by_role("main").inner_text() != own


def test_a_page_wider_than_its_screen_is_found(sign_in):
    page = sign_in("viewer")
    fits(page)
    page.evaluate("document.querySelector('main').style.minWidth = '3000px'")
    with pytest.raises(AssertionError, match="wider than its screen"):
        fits(page, patience=300)
