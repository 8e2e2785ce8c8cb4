"""What staff and contacts see of the ladder, and what they do not."""

import json
from typing import Any

import pytest
from flask import Flask

from app.api import Viewer
from app.core.messages.models import Mail
from app.core.partners.models import Contact, Partner
from app.core.periods import Calendar
from app.jobs import run_pending
from app.testing import add_partner
from plugins.incentives import queries
from tests.core.desk import Desk, counted_queries

MAY, JUNE = Calendar().parse("2026-05"), Calendar().parse("2026-06")
PART = {"HX-Request": "true", "HX-Request-Type": "partial"}
STAFF_PAGES = ("/x/incentives", "/x/incentives/summary", "/x/incentives/partners/{id}")


@pytest.fixture
def silver(desk: Desk, kpi: int, partner: Partner) -> Partner:
    """A partner whose scorecard of May is 95.7 %: Silver, 9.3 points below Gold."""
    desk.judge(partner, kpi, MAY, 957, target=1000)
    return partner


# ---- Staff


def test_the_list_names_each_partners_tier(as_viewer: Any, silver: Partner) -> None:
    page = as_viewer.get("/x/incentives").text
    assert silver.name in page
    assert "9.3 points to Gold" in page


def test_the_list_can_be_narrowed_to_a_tier(
    desk: Desk, as_viewer: Any, kpi: int, silver: Partner, other_partner: Partner
) -> None:
    desk.judge(other_partner, kpi, MAY, 120)
    part = as_viewer.get("/x/incentives?tier=gold", headers=PART).text
    assert other_partner.name in part
    assert silver.name not in part


def test_an_incomplete_scorecard_is_listed_as_undetermined(
    desk: Desk, as_viewer: Any, silver: Partner
) -> None:
    desk.target(silver, desk.kpi("LEADS", "Leads"), MAY)
    desk.judge(silver, desk.kpi("COSTS", "Costs"), MAY, 120)
    page = as_viewer.get("/x/incentives?tier=undetermined").text
    assert silver.name in page
    assert "1 approved figure" in page


def test_the_list_is_read_page_by_page(desk: Desk, as_viewer: Any, kpi: int) -> None:
    for n in range(51):
        desk.judge(add_partner(f"P{n:02}", f"Partner {n:02}"), kpi, MAY, 100)
    assert "51–51 of 51" in as_viewer.get("/x/incentives?page=2").text


def test_another_period_is_chosen_in_the_address(as_viewer: Any, silver: Partner) -> None:
    assert silver.name not in as_viewer.get("/x/incentives?period=2026-06").text


def test_partner_panels_show_the_place_and_what_is_missing(as_viewer: Any, silver: Partner) -> None:
    assert f"/x/incentives/partners/{silver.id}" in as_viewer.get(f"/partners/{silver.id}").text
    panel = as_viewer.get(f"/x/incentives/partners/{silver.id}", headers=PART).text
    assert "Scorecard 95.7% in May 2026" in panel
    assert "9.3 points are missing to Gold" in panel


def test_an_undetermined_partner_is_told_what_is_missing(
    desk: Desk, as_viewer: Any, silver: Partner
) -> None:
    desk.target(silver, desk.kpi("LEADS", "Leads"), MAY)
    desk.judge(silver, desk.kpi("COSTS", "Costs"), MAY, 120)
    panel = as_viewer.get(f"/x/incentives/partners/{silver.id}", headers=PART).text
    assert "1 KPI with a target has no approved figure." in panel


def test_a_partner_without_figures_has_no_tier(
    as_viewer: Any, silver: Partner, other_partner: Partner
) -> None:
    panel = as_viewer.get(f"/x/incentives/partners/{other_partner.id}", headers=PART).text
    assert "No tier in May 2026" in panel


def test_dashboard_cards_count_the_tiers_and_tell_who_moved(
    desk: Desk, as_viewer: Any, kpi: int, silver: Partner, other_partner: Partner
) -> None:
    desk.judge(silver, kpi, JUNE, 110)
    desk.judge(other_partner, kpi, MAY, 95)
    desk.judge(other_partner, kpi, JUNE, 60)
    assert "/x/incentives/summary?period=2026-06" in as_viewer.get("/home").text
    card = as_viewer.get("/x/incentives/summary?period=2026-06", headers=PART).text
    assert "from Silver to Gold" in card
    assert "from Silver to Member" in card


def test_an_undetermined_month_makes_nobody_climb_or_fall(
    desk: Desk, as_viewer: Any, kpi: int, silver: Partner
) -> None:
    desk.target(silver, desk.kpi("LEADS", "Leads"), JUNE)
    desk.judge(silver, kpi, JUNE, 10)
    card = as_viewer.get("/x/incentives/summary?period=2026-06", headers=PART).text
    assert "Nobody has changed tier." in card


def test_partner_badges_name_the_tier_of_the_home_period(as_viewer: Any, silver: Partner) -> None:
    assert 'title="Tier in May 2026"' in as_viewer.get("/partners").text


def test_partner_badges_of_a_whole_page_cost_one_query(
    desk: Desk, app: Flask, as_viewer: Any, kpi: int, silver: Partner
) -> None:
    for n in range(30):
        desk.judge(add_partner(f"P{n:02}", f"Partner {n:02}"), kpi, MAY, 100)
    with counted_queries() as seen:
        as_viewer.get("/partners")
    assert sum("incentives_standing" in sql for sql in seen) == 1


def test_nav_items_lead_to_the_list(as_viewer: Any) -> None:
    assert 'href="/x/incentives"' in as_viewer.get("/partners").text


@pytest.mark.parametrize("path", STAFF_PAGES)
def test_each_staff_page_answers_as_a_page_and_as_a_part(
    as_viewer: Any, silver: Partner, path: str
) -> None:
    url = path.format(id=silver.id)
    assert "<!doctype html>" in as_viewer.get(url).text
    part = as_viewer.get(url, headers=PART)
    assert part.status_code == 200
    assert "<!doctype html>" not in part.text


@pytest.mark.parametrize("path", STAFF_PAGES)
def test_each_staff_page_answers_before_anything_was_reported(
    as_viewer: Any, partner: Partner, path: str
) -> None:
    assert as_viewer.get(path.format(id=partner.id)).status_code == 200


@pytest.mark.parametrize("path", [*STAFF_PAGES, "/portal/x/incentives"])
def test_strangers_are_sent_to_sign_in(client: Any, partner: Partner, path: str) -> None:
    answer = client.get(path.format(id=partner.id))
    assert answer.status_code == 302
    assert "/login" in answer.location


@pytest.mark.parametrize("path", STAFF_PAGES)
def test_contacts_do_not_find_staff_pages(as_contact: Any, partner: Partner, path: str) -> None:
    assert as_contact.get(path.format(id=partner.id)).status_code == 404


@pytest.mark.parametrize("path", [*STAFF_PAGES, "/portal/x/incentives"])
def test_pages_are_only_read(as_admin: Any, partner: Partner, path: str) -> None:
    assert as_admin.send(path.format(id=partner.id)).status_code == 405


def test_a_partner_that_does_not_exist_is_not_found(as_viewer: Any) -> None:
    assert as_viewer.get("/x/incentives/partners/999999").status_code == 404


@pytest.mark.parametrize("query", ["period=yesterday", "period=2026-13"])
def test_a_period_that_does_not_exist_is_not_found(as_viewer: Any, query: str) -> None:
    assert as_viewer.get(f"/x/incentives/summary?{query}").status_code == 404


def test_the_first_period_of_all_has_none_before_it(as_viewer: Any) -> None:
    assert as_viewer.get("/x/incentives/summary?period=1900-01").status_code == 200


# ---- Settings


def test_register_settings_moves_the_thresholds_at_once(as_admin: Any, silver: Partner) -> None:
    form = {"settings_version": "0", "member": "0", "silver": "50", "gold": "95"}
    form |= {"approve_limit": "500", "payout_minimum": "10"}
    assert as_admin.send("/admin/plugins/incentives/settings", **form).status_code == 303
    assert "The highest tier" in as_admin.get(f"/x/incentives/partners/{silver.id}").text


@pytest.mark.parametrize("thresholds", [("0", "90", "90"), ("95", "90", "105"), ("0", "90", "151")])
def test_register_settings_refuses_a_ladder_that_does_not_ascend(
    as_admin: Any, thresholds: tuple[str, str, str]
) -> None:
    form = dict(zip(("member", "silver", "gold"), thresholds, strict=True))
    answer = as_admin.send("/admin/plugins/incentives/settings", settings_version="0", **form)
    assert answer.status_code == 422


# ---- Contacts


def test_portal_panels_tell_the_own_tier_in_plain_words(as_contact: Any, silver: Partner) -> None:
    assert "/portal/x/incentives" in as_contact.get("/portal").text
    panel = as_contact.get("/portal/x/incentives", headers=PART).text
    assert "Your scorecard is 95.7%. Gold begins at 105%: 9.3 points to go." in panel


def test_a_contact_sees_nothing_of_other_partners(as_other_contact: Any, silver: Partner) -> None:
    page = as_other_contact.get("/portal/x/incentives").text
    assert "No tier yet" in page
    assert silver.name not in page


def test_the_portal_page_is_not_for_staff(as_admin: Any) -> None:
    assert as_admin.get("/portal/x/incentives").status_code == 404


def test_the_query_itself_keeps_a_contact_to_the_own_partner(
    app: Flask, silver: Partner, other_partner: Partner
) -> None:
    stranger = Viewer(1, "C", "c@example.org", "contact", frozenset(), partner_id=other_partner.id)
    assert queries.standing(stranger, silver.id, MAY) is None


# ---- Timeline


def test_timeline_entries_tell_of_tiers_reached_and_lost(
    desk: Desk, as_viewer: Any, kpi: int, silver: Partner
) -> None:
    desk.judge(silver, kpi, JUNE, 50)
    run_pending(desk.app)
    page = as_viewer.get(f"/partners/{silver.id}/timeline").text
    assert "Tier reached: Silver" in page
    assert "Tier now: Member" in page
    assert "On the scorecard of June 2026" in page


def test_timeline_entries_end_where_the_page_begins(
    desk: Desk, as_viewer: Any, kpi: int, silver: Partner
) -> None:
    page = as_viewer.get(f"/partners/{silver.id}/timeline?before=2026-05-01T00:00").text
    assert "Tier reached" not in page


def test_timeline_entries_are_told_of_the_own_partner_only(
    as_viewer: Any, silver: Partner, other_partner: Partner
) -> None:
    assert "Tier reached" not in as_viewer.get(f"/partners/{other_partner.id}/timeline").text


def test_register_link_purposes_shows_a_contact_the_tier_without_an_account(
    client: Any, as_manager: Any, silver: Partner
) -> None:
    contact = Contact.create(partner=silver, side="partner", name="Ines", email="ines@nord.example")
    at = f"/x/incentives/partners/{silver.id}"
    assert "Show it to a contact" in as_manager.get(at).text
    assert as_manager.send(f"{at}/show", contact=contact.id + 99).status_code == 404
    assert as_manager.send(f"{at}/show", contact=contact.id).status_code == 303
    _label, address = json.loads(Mail.get().content)["action"]
    page = client.get(address.removeprefix("http://127.0.0.1:8000"))
    assert page.status_code == 200
    assert "Your tier" in page.text
    assert "/portal" not in page.text


def test_only_who_may_change_the_partner_sends_its_tier(
    as_viewer: Any, as_manager: Any, other_partner: Partner
) -> None:
    at = f"/x/incentives/partners/{other_partner.id}/show"
    assert (as_viewer.send(at).status_code, as_manager.send(at).status_code) == (403, 403)
