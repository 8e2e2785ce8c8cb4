"""The home page: what needs you, and how the partnerships are doing."""

import re
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.core import clock
from app.core.accounts.models import Organisation
from app.core.home.queries import scores
from app.core.partners.models import Contact, Partner
from app.core.tasks.services import create_task
from app.testing import add_partner
from tests.core.desk import CALENDAR, Desk, counted_queries, last_month

PART = {"HX-Request": "true", "HX-Request-Type": "partial"}
# By whose tables they ask: what a plugin adds to each home page is its own to keep low.
MOST_QUERIES = {"core": 23, "incentives": 7, "conflicts": 1, "surveys": 3}
MOST_OF_ANOTHER_PLUGIN = 3
PLUGINS = [found.parent.name for found in Path(__file__).parents[2].glob("plugins/*/plugin.py")]


@pytest.fixture
def desk(app: Flask) -> Desk:
    """The application, to be given records."""
    return Desk(app)


@pytest.fixture
def monthly(desk: Desk) -> int:
    """A KPI that is reported each month by the host, due ten days on."""
    return desk.kpi()


@pytest.fixture
def reachable(partner: Partner) -> Partner:
    """A partner to whom nothing is missing."""
    Contact.create(partner=partner, side="partner", name="Jule", is_primary=True)
    return partner


def test_it_opens_on_the_latest_month_with_approved_figures(
    desk: Desk, as_admin: Any, reachable: Partner, monthly: int
) -> None:
    desk.judge(reachable, monthly, CALENDAR.parse("2013-06"), 90)
    page = as_admin.get("/home")
    assert page.status_code == 200
    assert "Showing June 2013, the latest period with approved figures." in page.text


def test_another_period_is_shown_with_the_way_back(
    desk: Desk, as_admin: Any, reachable: Partner, monthly: int
) -> None:
    desk.judge(reachable, monthly, CALENDAR.parse("2013-06"), 90)
    page = as_admin.get("/home?period=2013-Q2")
    assert "Showing Q2 2013." in page.text
    assert "Back to June 2013" in page.text


def test_a_period_that_is_none_is_not_found(as_admin: Any, partner: Partner) -> None:
    assert as_admin.get("/home?period=2013-Q9").status_code == 404


def test_the_fragment_is_the_page_without_its_shell(as_admin: Any, partner: Partner) -> None:
    part = as_admin.get("/home", headers=PART)
    assert part.text.lstrip().startswith('<div id="home"')
    assert "<html" not in part.text


def test_strangers_are_sent_to_sign_in(client: Any) -> None:
    answer = client.get("/home")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login?next=")


@pytest.mark.parametrize("path", ["/home", "/home/portfolio"])
def test_a_contact_is_not_told_that_the_home_page_exists(as_contact: Any, path: str) -> None:
    assert as_contact.get(path).status_code == 404


def test_the_home_page_takes_no_posts(as_admin: Any) -> None:
    assert as_admin.send("/home").status_code == 405


def test_an_empty_desk_offers_the_import_a_form_and_the_sample(as_admin: Any) -> None:
    page = as_admin.get("/home").text
    assert 'href="/import' in page
    assert 'href="/partners/new"' in page
    assert 'action="/home/sample"' in page


def test_an_empty_desk_offers_a_viewer_nothing_that_only_others_may_do(as_viewer: Any) -> None:
    page = as_viewer.get("/home").text
    assert "No partners yet" in page
    assert "/partners/new" not in page


def test_the_sample_fills_an_empty_desk(as_admin: Any) -> None:
    assert as_admin.send("/home/sample").status_code == 303
    assert Partner.select().count() >= 3


def test_the_sample_is_not_added_to_a_desk_in_use(as_admin: Any, partner: Partner) -> None:
    assert as_admin.send("/home/sample").status_code == 404
    assert Partner.select().count() == 1


def test_only_those_who_import_may_add_the_sample(as_manager: Any) -> None:
    assert as_manager.send("/home/sample").status_code == 403


def test_nothing_to_do_says_when_the_next_figures_are_due(
    as_admin: Any, reachable: Partner, monthly: int
) -> None:
    page = as_admin.get("/home").text
    assert "Nothing needs you right now" in page
    assert "The next figures are due on" in page


def test_a_figure_past_its_due_date_is_listed_under_its_partner(
    desk: Desk, as_admin: Any, reachable: Partner, monthly: int
) -> None:
    desk.target(reachable, monthly, last_month(2))
    desk.target(reachable, monthly, last_month(3))
    page = as_admin.get("/home").text
    assert "Nordlicht Logistik: 2 values are overdue" in page
    assert f'href="/partners/{reachable.id}/kpis"' in page


def test_a_critical_miss_names_the_kpi_and_leads_to_the_reasons(
    desk: Desk, as_admin: Any, reachable: Partner, monthly: int
) -> None:
    desk.judge(reachable, monthly, CALENDAR.parse("2013-06"), 10, critical=True)
    page = as_admin.get("/home").text
    assert "Nordlicht Logistik misses a critical KPI" in page
    assert f'href="/partners/{reachable.id}/kpis?period=2013-06"' in page


def test_a_red_kpi_counts_over_the_months_of_a_longer_period(
    desk: Desk, as_admin: Any, reachable: Partner, monthly: int
) -> None:
    desk.judge(reachable, monthly, CALENDAR.parse("2013-05"), 100)
    desk.judge(reachable, monthly, CALENDAR.parse("2013-06"), 30)
    assert "misses 1 of 1 KPIs" in as_admin.get("/home?period=2013-Q2").text


def test_a_green_kpi_needs_nobody(
    desk: Desk, as_admin: Any, reachable: Partner, monthly: int
) -> None:
    desk.judge(reachable, monthly, CALENDAR.parse("2013-06"), 100)
    assert "Nothing needs you right now" in as_admin.get("/home").text


def test_an_own_figure_that_somebody_else_has_to_approve_waits_for_others_alone(
    desk: Desk, as_admin: Any, as_manager: Any, reachable: Partner, monthly: int
) -> None:
    desk.submit(reachable, monthly, last_month(), 90)  # by the administrator
    assert "One value waits for approval" in as_admin.get("/home").text
    Organisation.update(four_eyes_required=True).execute()
    assert "One value waits for approval" not in as_admin.get("/home").text
    assert "One value waits for approval" in as_manager.get("/home").text


def test_where_nobody_else_could_approve_an_own_figure_waits_for_its_submitter(
    desk: Desk, as_admin: Any, other_partner: Partner, monthly: int
) -> None:
    Organisation.update(four_eyes_required=True).execute()
    Partner.update(owner=None).execute()
    desk.submit(other_partner, monthly, last_month(), 90)
    assert "One value waits for approval" in as_admin.get("/home").text


def test_a_figure_given_back_waits_for_who_submitted_it(
    desk: Desk, as_admin: Any, as_manager: Any, reachable: Partner, monthly: int
) -> None:
    desk.give_back(desk.submit(reachable, monthly, last_month(), 90), "Without the fair")
    page = as_admin.get("/home").text
    assert "was given back" in page
    assert "Revenue: Without the fair" in page
    assert "was given back" not in as_manager.get("/home").text
    desk.submit(reachable, monthly, last_month(), 80)
    assert "was given back" not in as_admin.get("/home").text


def test_a_submitted_figure_waits_for_those_who_approve(
    desk: Desk, as_admin: Any, reachable: Partner, monthly: int
) -> None:
    desk.submit(reachable, monthly, last_month(), 1)
    assert "One value waits for approval" in as_admin.get("/home").text


def test_those_who_only_read_are_not_asked_to_approve(
    desk: Desk, as_viewer: Any, reachable: Partner, monthly: int
) -> None:
    desk.submit(reachable, monthly, last_month(), 1)
    assert "waits for approval" not in as_viewer.get("/home").text


def test_a_partner_in_onboarding_says_what_is_missing(as_admin: Any, app: Flask) -> None:
    add_partner("NEU", "Neuland", status="onboarding")
    page = as_admin.get("/home").text
    assert "Neuland is being onboarded" in page
    assert "an owner, a primary contact on our side" in page


def test_a_partner_without_a_primary_contact_is_listed(as_admin: Any, partner: Partner) -> None:
    page = as_admin.get("/home").text
    assert "Nordlicht Logistik has no primary contact" in page
    assert f'href="/partners/{partner.id}/contacts/new?side=partner"' in page


def test_a_manager_is_not_asked_to_complete_others_partners(
    as_manager: Any, other_partner: Partner
) -> None:
    assert "has no primary contact" not in as_manager.get("/home").text


def test_the_worst_stand_first_and_the_rest_behind_a_link(as_admin: Any, app: Flask) -> None:
    for n in range(12):
        add_partner(f"P{n}", f"Partner {n}")
    page = as_admin.get("/home").text
    assert page.count("has no primary contact") == 8
    assert "Show all 12" in page
    assert as_admin.get("/home?attention=all").text.count("has no primary contact") == 12


def test_the_tiles_count_partners_by_status_and_kpis_by_colour(
    desk: Desk, as_admin: Any, reachable: Partner, monthly: int
) -> None:
    june = CALENDAR.parse("2013-06")
    desk.judge(reachable, monthly, june, 100)
    desk.target(reachable, desk.kpi("LEADS", "Leads"), june)
    page = as_admin.get("/home").text
    assert "1 of 1 reported" in page
    assert "1 of 2 reported" in page
    assert 'href="/partners?status=active"' in page


def test_a_scorecard_below_seventy_per_cent_coverage_shows_no_number(
    desk: Desk, as_admin: Any, reachable: Partner, monthly: int
) -> None:
    june = CALENDAR.parse("2013-06")
    desk.judge(reachable, monthly, june, 91)
    desk.target(reachable, desk.kpi("LEADS", "Leads"), june)
    page = as_admin.get("/home").text
    assert "No scorecards in June 2013" in page
    assert "91%" not in page


def test_who_moved_is_told_against_the_period_before(
    desk: Desk, as_admin: Any, reachable: Partner, monthly: int
) -> None:
    desk.judge(reachable, monthly, CALENDAR.parse("2013-05"), 80)
    desk.judge(reachable, monthly, CALENDAR.parse("2013-06"), 95)
    page = as_admin.get("/home").text
    assert "Moved most since May 2013" in page
    assert "+15.0 points" in page


def test_a_large_portfolio_is_fetched_as_a_box_of_its_own(
    desk: Desk,
    as_admin: Any,
    partner: Partner,
    other_partner: Partner,
    monthly: int,
    monkeypatch: Any,
) -> None:
    june = CALENDAR.parse("2013-06")
    desk.judge(partner, monthly, june, 95)
    desk.judge(other_partner, monthly, june, 105)
    monkeypatch.setattr(scores, "DOTS", 1)
    assert 'hx-get="/home/portfolio?period=2013-06"' in as_admin.get("/home").text
    part = as_admin.get("/home/portfolio?period=2013-06", headers=PART).text
    assert part.index("Südwind Verlag") < part.index("Nordlicht Logistik")
    assert "Partners by scorecard" in part


def test_the_portfolio_is_a_page_of_its_own_too(as_viewer: Any, partner: Partner) -> None:
    assert "<h1>Portfolio</h1>" in as_viewer.get("/home/portfolio").text


def test_thirty_partners_cost_as_many_queries_as_three(
    desk: Desk, as_admin: Any, monthly: int
) -> None:
    june = CALENDAR.parse("2013-06")
    counts = []
    for few in (range(3), range(3, 30)):
        for n in few:
            one = add_partner(f"P{n}", f"Partner {n}", status=("active", "onboarding")[n % 2])
            desk.judge(one, monthly, june, 50 + 3 * n, critical=n % 3 == 0)
            desk.value(one, monthly, CALENDAR.parse("2013-05"), 50)
            desk.target(one, monthly, last_month(2))
        as_admin.get("/home")  # warms what is compiled and kept
        with counted_queries() as seen:
            assert as_admin.get("/home").status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]
    owners = Counter(owner_of(statement) for statement in seen)
    most = {owner: MOST_QUERIES.get(owner, MOST_OF_ANOTHER_PLUGIN) for owner in owners}
    assert {owner: n for owner, n in owners.items() if n > most[owner]} == {}, seen


def owner_of(statement: str) -> str:
    """The plugin whose tables a statement asks for, or core; plugins' tables bear their names."""
    found = re.search(rf'"({"|".join(PLUGINS)})_', statement)
    return found[1] if found else "core"


def test_my_work_is_one_list_of_everything_that_waits(
    app: Flask, desk: Desk, monthly: int, partner: Partner, as_manager: Any
) -> None:
    kpi = monthly
    desk.target(partner, kpi, last_month(4))
    with app.app_context():
        for days, title in ((-3, "Late task"), (60, "Far task")):
            create_task(
                partner_id=partner.id,
                title=title,
                side="host",
                due=clock.today("Europe/Berlin") + timedelta(days=days),
                by=None,
            )
    page = as_manager.get("/work").text
    for text in ("Late task", "Far task", "value is overdue", "has no primary contact"):
        assert text in page, text
    home = as_manager.get("/home").text
    assert "Late task" in home
    assert "Far task" not in home  # due in two months: not yet a matter of attention
    only = as_manager.get("/work?group=tasks").text
    assert "Late task" in only
    assert "value is overdue" not in only


def test_my_work_says_that_nothing_waits(as_viewer: Any) -> None:
    assert "Nothing waits for you" in as_viewer.get("/work").text
    assert as_viewer.get("/work?group=nonsense").status_code == 200
