"""Steps in the editor of programmes, which more than one story goes through."""

import re

from playwright.sync_api import Page, expect


def start_draft(admin: Page, name: str) -> None:
    """A new programme, from the three tiers on the scorecard."""
    admin.goto("/x/incentives/programmes")
    admin.get_by_role("link", name="New programme").click()
    admin.get_by_label("Name").fill(name)
    admin.get_by_label("Three tiers on the scorecard").check()
    admin.get_by_role("button", name="Start the draft").click()
    expect(admin.get_by_role("heading", name="Draft of version 1")).to_be_visible()


def remove_tier(admin: Page, name: str) -> None:
    """A rung less."""
    admin.get_by_role("button", name=f"Remove {name}").click()
    expect(admin.locator(f"#tier-{name.lower()}")).to_have_count(0)


def add_tier(admin: Page, name: str, benefits: str) -> None:
    """A rung above all others."""
    admin.get_by_role("link", name="Add a tier").click()
    form = admin.locator("#opened")
    form.get_by_label("Name").fill(name)
    form.get_by_label("Benefits").fill(benefits)
    form.get_by_role("button", name="Save", exact=True).click()
    expect(admin.locator(f"#tier-{name.lower()}")).to_contain_text(benefits)


def ask_for_revenue(admin: Page, tier: str, mark: str) -> None:
    """A tier asks for so much revenue; it is read back in plain words while it is typed."""
    rung = admin.locator(f"#tier-{tier.lower()}")
    rung.locator("summary").last.click()
    rung.get_by_role("link", name="A KPI’s figure").click()
    admin.get_by_role("combobox", name="KPI").fill("Revenue")
    admin.get_by_label("Mark").fill(mark)
    phrase = f"Revenue of at least €{mark} over the last 12 closed months"
    expect(admin.locator("#said")).to_contain_text(phrase)
    admin.get_by_role("button", name="Save", exact=True).click()
    expect(admin.locator(".draft-said")).to_contain_text("The condition is added.")
    expect(rung.locator(".condition").last).to_contain_text(phrase)


def add_commission(admin: Page, *tiers: str, monthly: bool = False) -> None:
    """5 % of revenue and 7 % of what is above 10,000, for these tiers."""
    admin.locator("summary", has_text="Add a reward").click()
    admin.get_by_role("link", name=re.compile("each part at its own rate")).click()
    admin.get_by_label("Name").fill("Commission")
    admin.get_by_label("From, band 1").fill("0")
    admin.get_by_label("Rate, band 1").fill("5")
    admin.get_by_label("From, band 2").fill("10,000")
    admin.get_by_label("Rate, band 2").fill("7")
    for tier in tiers:
        admin.get_by_role("checkbox", name=tier).check()
    if monthly:
        admin.get_by_label("Given for").select_option("monthly")
        admin.get_by_text("Limits and terms").click()
        admin.get_by_label("Hold in days").fill("0")
    admin.get_by_role("button", name="Save", exact=True).click()
    reward = admin.locator("#reward-commission")
    expect(reward).to_contain_text("each part at its own rate: 5% from €0; 7% from €10,000")
    expect(reward).to_contain_text(f"For {', '.join(tiers)}")


def publish(admin: Page) -> None:
    """The draft holds from today on."""
    admin.get_by_role("link", name="Check and publish").click()
    admin.get_by_role("button", name="Publish version 1").click()
    expect(admin.locator(".title-row")).to_contain_text("Runs")
    expect(admin.get_by_text("Holds now")).to_be_visible()


def enrol(staff: Page, programme: str, partner: str) -> None:
    """A partner takes part in a programme."""
    staff.goto("/x/incentives")
    staff.get_by_role("link", name=programme, exact=True).click()
    staff.get_by_role("link", name="Enrol partners").first.click()
    staff.get_by_label(partner).check()
    staff.get_by_role("button", name="Enrol").click()
    expect(staff.get_by_role("row", name=re.compile(partner))).to_be_visible()
