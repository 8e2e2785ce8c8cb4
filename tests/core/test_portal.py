"""The portal: what a partner's contact sees and may do, and what never reaches them."""

import re
from typing import Any
from urllib.parse import urljoin

import pytest
from flask import Flask

from app.core.kpis import demo, services
from app.core.kpis.models import Revision
from app.core.models import AuditEntry
from app.core.partners.models import Contact, Partner
from app.testing import PASSWORD
from tests.core.desk import CALENDAR, Desk, last_month, staff
from tests.core.shared_by_choice import shared_on_purpose

PART = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def desk(app: Flask) -> Desk:
    """The application, to be given records."""
    return Desk(app)


@pytest.fixture
def reported(desk: Desk) -> int:
    """A KPI that the partner's side reports each month."""
    return desk.kpi(submitter="partner")


def latest_audit() -> AuditEntry:
    return AuditEntry.select().order_by(AuditEntry.id.desc()).get()


def code(period: Any) -> str:
    return CALENDAR.label(period)


def test_a_contact_sees_the_own_partnership_in_the_hosts_name(as_contact: Any) -> None:
    page = as_contact.get("/portal")
    assert page.status_code == 200
    assert "<h1>Nordlicht Logistik</h1>" in page.text
    assert "Your partnership with Harbour &amp; Hill" in page.text


def test_strangers_are_sent_to_sign_in(client: Any) -> None:
    assert client.get("/portal").headers["Location"].startswith("/login?next=")


@pytest.mark.parametrize("path", ["/portal", "/portal/kpis/1"])
def test_staff_have_no_business_in_the_portal(as_admin: Any, path: str) -> None:
    assert as_admin.get(path).status_code == 403


@pytest.mark.parametrize(
    "path", ["/home", "/partners", "/kpis", "/approvals", "/people", "/plugins", "/import"]
)
def test_staff_pages_do_not_exist_for_a_contact(as_contact: Any, path: str) -> None:
    assert as_contact.get(path).status_code == 404


def test_a_contact_who_was_retired_sees_nothing_any_more(as_contact: Any) -> None:
    Contact.update(active=False).where(Contact.side == "partner").execute()
    assert as_contact.get("/portal").status_code == 302


def test_the_fragment_is_the_page_without_its_shell(as_contact: Any) -> None:
    part = as_contact.get("/portal", headers=PART).text
    assert part.lstrip().startswith('<div id="portal"')
    assert "<html" not in part


def test_what_the_partner_owes_stands_first_with_the_way_to_report_it(
    desk: Desk, as_contact: Any, partner: Partner, reported: int
) -> None:
    period = last_month(2)
    desk.target(partner, reported, period)
    page = as_contact.get("/portal").text
    assert "Overdue since" in page
    assert f'href="/portal/kpis/{reported}?period={code(period)}#report"' in page


def test_what_the_host_owes_is_said_once_it_is_late(
    desk: Desk, as_contact: Any, partner: Partner
) -> None:
    desk.target(partner, desk.kpi("PAY", "Paid on time"), last_month(3))
    page = as_contact.get("/portal").text
    assert "What we owe you" in page
    assert "Nothing is missing from you." in page


def test_a_figure_given_back_is_owed_again_with_the_reason(
    desk: Desk, as_contact: Any, partner: Partner, reported: int
) -> None:
    desk.target(partner, reported, last_month())
    as_contact.send(f"/portal/kpis/{reported}", period=code(last_month()), value="12")
    desk.give_back(Revision.get().id, "Which currency is this?")
    page = as_contact.get("/portal").text
    assert "Given back: Which currency is this?" in page


def test_what_was_given_back_stands_before_what_is_longer_overdue(
    desk: Desk, as_contact: Any, partner: Partner, reported: int
) -> None:
    for n in (1, 4):
        desk.target(partner, reported, last_month(n))
    as_contact.send(f"/portal/kpis/{reported}", period=code(last_month()), value="12")
    desk.give_back(Revision.get().id, "Which currency is this?")
    duties = as_contact.get("/portal").text.split('id="duties"')[1]
    assert duties.index("Which currency") < duties.index(f"period={code(last_month(4))}#report")
    offered = as_contact.get(f"/portal/kpis/{reported}").text
    assert f'value="{code(last_month())}" selected' in offered


@pytest.fixture
def given_back(desk: Desk, as_contact: Any, partner: Partner, reported: int) -> int:
    """A correction of an approved figure that was given back."""
    desk.judge(partner, reported, last_month(), 80)
    form = {"period": code(last_month()), "value": "120", "reason": "Late invoice"}
    page = as_contact.send(f"/portal/kpis/{reported}", **form).text
    form["seen"] = re.search(r'name="seen"[^>]*value="([^"]*)"', page)[1]  # type: ignore[index]
    assert as_contact.send(f"/portal/kpis/{reported}", **form).status_code == 303
    revision = Revision.get(Revision.state == "submitted").id
    desk.give_back(revision, "Send the invoice along.")
    return int(revision)


def test_a_correction_given_back_stands_in_the_list_while_the_approved_figure_counts(
    as_contact: Any, given_back: int
) -> None:
    page = as_contact.get("/portal").text
    assert "Given back: Send the invoice along." in page
    assert "The approved figure counts until the correction is approved." in page


def test_a_contact_lets_the_approved_figure_stand_after_all(
    as_contact: Any, as_other_contact: Any, reported: int, given_back: int
) -> None:
    path = f"/portal/kpis/{reported}"
    assert "Let the approved figure stand" in as_contact.get(path).text
    form = {"revision": given_back}
    assert as_other_contact.send(f"{path}/withdraw", **form).status_code == 404
    assert as_contact.send(f"{path}/withdraw", **form).status_code == 303
    assert "Send the invoice along." not in as_contact.get("/portal").text
    assert "was given back" not in as_contact.get(path).text


def test_a_later_approved_figure_answers_what_was_given_back(
    desk: Desk, as_contact: Any, partner: Partner, reported: int, given_back: int
) -> None:
    desk.value(partner, reported, last_month(), 110)
    assert "Nothing is missing from you." in as_contact.get("/portal").text


def test_a_first_figure_that_was_given_back_cannot_be_let_stand(
    desk: Desk, as_contact: Any, partner: Partner, reported: int
) -> None:
    desk.target(partner, reported, last_month())
    as_contact.send(f"/portal/kpis/{reported}", period=code(last_month()), value="12")
    revision = Revision.get().id
    desk.give_back(revision, "Which currency is this?")
    path = f"/portal/kpis/{reported}/withdraw"
    assert as_contact.send(path, revision=revision).status_code == 422


def test_a_locked_figure_says_so_and_is_refused_before_anything_is_told(
    desk: Desk, as_contact: Any, partner: Partner, reported: int
) -> None:
    desk.judge(partner, reported, last_month(), 80)
    with desk.app.app_context():
        services.lock_value(partner.id, reported, last_month(), by=staff())
    path = f"/portal/kpis/{reported}"
    page = as_contact.get(path).text
    assert " – locked</option>" in page
    assert ">Locked</span>" in page.replace("</svg>", ">")
    answer = as_contact.send(path, period=code(last_month()), value="9", reason="Late")
    assert answer.status_code == 422
    assert "This figure is locked" in answer.text
    assert "This is what the correction changes" not in answer.text


def test_a_period_further_back_than_is_offered_is_still_the_one_that_was_asked_for(
    desk: Desk, as_contact: Any, partner: Partner, reported: int
) -> None:
    desk.target(partner, reported, last_month(18))
    page = as_contact.get(f"/portal/kpis/{reported}?period={code(last_month(18))}").text
    assert f'value="{code(last_month(18))}" selected' in page


def test_the_scorecard_shows_each_kpi_with_value_target_and_attainment(
    desk: Desk, as_contact: Any, partner: Partner, reported: int
) -> None:
    desk.judge(partner, reported, CALENDAR.parse("2013-06"), 90)
    page = as_contact.get("/portal").text
    assert "≥</span> 100" in page
    assert "90% attained" in page


def test_whom_to_reach_names_both_sides_with_their_matters(
    as_contact: Any, partner: Partner
) -> None:
    Contact.create(
        partner=partner,
        side="host",
        name="Marek",
        email="marek@example.org",
        matters="finance legal",
    )
    page = as_contact.get("/portal").text
    assert "Marek" in page
    assert "Finance, Legal" in page


def test_a_kpi_page_draws_the_history_and_says_it_in_a_table(
    desk: Desk, as_contact: Any, partner: Partner, reported: int
) -> None:
    desk.judge(partner, reported, last_month(2), 90)
    page = as_contact.get(f"/portal/kpis/{reported}").text
    assert "data-chart" in page
    assert "90%" in page


def test_a_reported_figure_waits_for_approval(
    desk: Desk, as_contact: Any, partner: Partner, reported: int
) -> None:
    desk.target(partner, reported, last_month())
    answer = as_contact.send(
        f"/portal/kpis/{reported}", period=code(last_month()), value="12.5", note="From our books"
    )
    assert answer.status_code == 303
    row = Revision.get()
    assert (row.partner_id, row.state, row.value) == (partner.id, "submitted", 12_500_000)


def test_a_contact_cannot_approve_by_adding_a_field(
    desk: Desk, as_contact: Any, partner: Partner, reported: int
) -> None:
    desk.target(partner, reported, last_month())
    typed = {"period": code(last_month()), "value": "1", "approval": "Because I say so"}
    as_contact.send(f"/portal/kpis/{reported}", **typed)
    assert Revision.get().state == "submitted"


@pytest.mark.parametrize("value", ["", "many", "1,23", "1e9", "9" * 30])
def test_a_figure_that_is_none_comes_back_with_what_was_typed(
    desk: Desk, as_contact: Any, partner: Partner, reported: int, value: str
) -> None:
    desk.target(partner, reported, last_month())
    answer = as_contact.send(
        f"/portal/kpis/{reported}", period=code(last_month()), value=value, note="From our books"
    )
    assert answer.status_code == 422
    assert "From our books" in answer.text
    assert Revision.select().count() == 0


def test_a_period_of_another_length_is_refused(
    desk: Desk, as_contact: Any, partner: Partner, reported: int
) -> None:
    desk.target(partner, reported, last_month())
    answer = as_contact.send(f"/portal/kpis/{reported}", period="2013-Q1", value="1")
    assert answer.status_code == 422


def test_correcting_an_approved_figure_needs_a_reason(
    desk: Desk, as_contact: Any, partner: Partner, reported: int
) -> None:
    desk.judge(partner, reported, last_month(), 90)
    path, period = f"/portal/kpis/{reported}", code(last_month())
    assert as_contact.send(path, period=period, value="95").status_code == 422
    correction = {"period": period, "value": "95", "reason": "Late invoice"}
    shown = as_contact.send(path, **correction)
    assert shown.status_code == 200
    assert "This is what the correction changes" in shown.text
    seen = shown.text.split('name="seen"')[1].split('value="')[1].split('"')[0]
    assert as_contact.send(path, **correction, seen=seen).status_code == 303


def test_figures_of_the_hosts_side_are_not_a_contacts_to_report(
    desk: Desk, as_contact: Any, partner: Partner
) -> None:
    kpi_id = desk.kpi()
    desk.target(partner, kpi_id, last_month())
    assert 'id="report"' not in as_contact.get(f"/portal/kpis/{kpi_id}").text
    answer = as_contact.send(f"/portal/kpis/{kpi_id}", period=code(last_month()), value="1")
    assert answer.status_code == 404


def test_a_kpi_of_another_partner_is_not_found_and_the_attempt_is_recorded(
    desk: Desk, as_contact: Any, other_partner: Partner, reported: int
) -> None:
    desk.judge(other_partner, reported, last_month(), 90)
    assert as_contact.get(f"/portal/kpis/{reported}").status_code == 404
    assert (latest_audit().action, latest_audit().ref) == ("access.refused", f"kpi:{reported}")


def test_a_figure_cannot_be_reported_for_a_kpi_of_another_partner(
    desk: Desk, as_contact: Any, other_partner: Partner, reported: int
) -> None:
    desk.target(other_partner, reported, last_month())
    answer = as_contact.send(f"/portal/kpis/{reported}", period=code(last_month()), value="1")
    assert answer.status_code == 404
    assert Revision.select().count() == 0


@pytest.mark.parametrize("kpi_id", ["0", "999999", "9223372036854775808", "x"])
def test_a_kpi_that_does_not_exist_is_not_found(as_contact: Any, kpi_id: str) -> None:
    assert as_contact.get(f"/portal/kpis/{kpi_id}").status_code == 404


def test_a_kpi_that_both_share_shows_the_own_figures_only(
    desk: Desk, as_contact: Any, partner: Partner, other_partner: Partner, reported: int
) -> None:
    desk.judge(partner, reported, last_month(2), 91)
    desk.judge(other_partner, reported, last_month(2), 7654)
    page = as_contact.get(f"/portal/kpis/{reported}").text
    assert "91%" in page
    assert "7,654" not in page
    assert "7654.0" not in page  # as the chart would have it


def test_no_page_or_fragment_of_the_portal_names_another_partner(sample_app: Flask) -> None:
    names = {row.code: row.name for row in Partner.select()}
    for partner_code, _name, email in demo.PORTAL_CONTACTS:
        browser = sample_app.test_client().sign_in(email, PASSWORD)  # type: ignore[attr-defined]
        foreign = [name for other, name in names.items() if other != partner_code]
        pages = crawl(browser)
        assert len(pages) > 3
        leaks = {(path, name) for path, text in pages.items() for name in foreign if name in text}
        assert leaks <= shared_on_purpose(pages)


def crawl(browser: Any) -> dict[str, str]:
    """Every page and fragment that a contact reaches from the portal by links and boxes."""
    found: dict[str, str] = {}
    waiting = ["/portal"]
    while waiting and len(found) < 400:
        path = waiting.pop()
        if path in found:
            continue
        whole = browser.get(path)
        if whole.mimetype != "text/html":
            continue  # files have tests of their own
        found[path] = whole.text
        assert whole.status_code in (200, 302, 303), (path, whole.status_code)
        found[f"{path} (part)"] = browser.get(path, headers=PART).text
        for link in re.findall(r'(?:href|hx-get)="([^"]+)"', whole.text):
            target = urljoin(path, link.replace("&amp;", "&")).partition("#")[0]
            # One step to earlier and longer periods is enough: each looks the same.
            if target.startswith("/portal") and not ("period=" in target and "period=" in path):
                waiting.append(target)
    return found
