"""What staff and contacts see of tiers, what they do about them, and what they do not see."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.api import Viewer
from app.core import clock
from app.core.messages.models import Mail
from app.core.partners.models import Contact, Partner
from app.testing import add_partner
from plugins.incentives.programmes.models import Programme
from plugins.incentives.standing import queries
from plugins.incentives.standing.models import Appeal, Enrolment, Evaluation
from plugins.incentives.tests.standing.support import (
    BY_REVIEW,
    WHY,
    earn,
    enrol,
    place,
    publish,
)
from tests.core.desk import Desk, counted_queries, last_month

PART = {"HX-Request": "true", "HX-Request-Type": "partial"}
STAFF_PAGES = ("/x/incentives", "/x/incentives/summary", "/x/incentives/partners/{id}")

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def silver(desk: Desk, kpi: int, programme: int, partner: Partner) -> Partner:
    """A partner with 400 in the last closed months: Silver, 200 below Gold."""
    for n in range(1, 6):
        desk.value(partner, kpi, last_month(n), 100)
    with desk.app.app_context():
        from plugins.incentives.standing import services

        services.enrol_partner(programme, partner.id, None)
    return partner


@pytest.fixture
def proposed(desk: Desk, kpi: int, partner: Partner) -> Partner:
    """A partner whose promotion to Silver waits."""
    programme = publish(desk.app, BY_REVIEW)
    for n in range(1, 6):
        desk.value(partner, kpi, last_month(n), 100)
    with desk.app.app_context():
        from plugins.incentives.standing import services

        services.enrol_partner(programme, partner.id, None)
    return partner


def at(partner: Partner, tail: str = "") -> str:
    return f"/x/incentives/partners/{partner.id}{tail}"


def enrolment(partner: Partner, tail: str) -> str:
    return f"/x/incentives/enrolments/{place(partner).id}/{tail}"


def last_decision() -> int:
    return int(Evaluation.select().order_by(Evaluation.id.desc()).get().id)


# ---- Staff read


def test_the_list_names_each_partners_tier(as_viewer: Any, silver: Partner) -> None:
    page = as_viewer.get("/x/incentives").text
    assert silver.name in page
    assert "Silver" in page


def test_the_list_is_narrowed_to_a_tier_and_a_state(
    app: Flask, as_viewer: Any, programme: int, silver: Partner, other_partner: Partner
) -> None:
    enrol(app, programme, other_partner, "2026-01-15")
    for query in ("tier=bronze", "state=grace", "state=waiting"):
        part = as_viewer.get(f"/x/incentives?{query}", headers=PART).text
        assert silver.name not in part, query
    assert other_partner.name in as_viewer.get("/x/incentives?tier=bronze").text


@pytest.mark.parametrize("sort", ["tier", "name", "since", "review", "x' or 1"])
def test_the_list_is_ordered_as_asked(as_viewer: Any, silver: Partner, sort: str) -> None:
    assert silver.name in as_viewer.get("/x/incentives", query_string={"sort": sort}).text


def test_the_list_is_read_page_by_page(app: Flask, as_viewer: Any, programme: int) -> None:
    for n in range(51):
        enrol(app, programme, add_partner(f"P{n:02}", f"Partner {n:02}"), "2026-01-15")
    with counted_queries() as seen:
        assert "51–51 of 51" in as_viewer.get("/x/incentives?page=2").text
    assert sum("incentives_enrolment" in sql for sql in seen) <= 4


def test_partner_panels_show_the_ladder_and_what_is_missing(
    as_viewer: Any, silver: Partner
) -> None:
    assert at(silver) in as_viewer.get(f"/partners/{silver.id}").text
    panel = as_viewer.get(at(silver), headers=PART).text
    assert "Revenue of at least 600 over the last 3 closed months" in panel
    assert "<strong>300</strong></a> of 600" in panel
    assert "300 missing" in panel
    assert "By the review on" in panel


def test_a_tier_that_is_held_and_not_met_is_told_before_the_review(
    desk: Desk, kpi: int, as_viewer: Any, silver: Partner
) -> None:
    for n in range(1, 6):
        desk.value(silver, kpi, last_month(n), 1)
    assert "Silver is not met at present." in as_viewer.get(at(silver)).text


def test_what_is_unreported_is_told_as_unknown(
    app: Flask, as_viewer: Any, programme: int, partner: Partner
) -> None:
    enrol(app, programme, partner, "2026-01-15")
    page = as_viewer.get(at(partner)).text
    assert "not known" in page
    assert "3 figures of 3 are not approved yet" in page


def test_a_partner_in_no_programme_can_be_enrolled_on_its_page(
    as_manager: Any, programme: int, partner: Partner
) -> None:
    assert "Takes part in no programme" in as_manager.get(at(partner)).text
    assert as_manager.send(at(partner, f"/enrol/{programme}")).status_code == 303
    assert place(partner).held == "bronze"
    refused = as_manager.send(at(partner, f"/enrol/{programme}"))
    assert refused.status_code == 422
    assert "takes part already" in refused.text


def test_several_partners_are_enrolled_at_once(
    as_manager: Any, programme: int, partner: Partner, other_partner: Partner
) -> None:
    path = f"/x/incentives/enrol/{programme}"
    page = as_manager.get(path).text
    assert partner.name in page
    assert other_partner.name not in page  # another manager's
    assert as_manager.send(path).status_code == 422
    assert as_manager.send(path, partners=other_partner.id).status_code == 422
    assert as_manager.send(path, partners=partner.id).status_code == 303
    assert [row.partner_id for row in Enrolment.select()] == [partner.id]
    assert as_manager.get("/x/incentives/enrol/99").status_code == 404


def test_dashboard_cards_count_the_tiers_and_tell_who_moved(
    as_viewer: Any, silver: Partner
) -> None:
    assert "/x/incentives/summary" in as_viewer.get("/home").text
    card = as_viewer.get("/x/incentives/summary", headers=PART).text
    assert "Silver" in card
    assert silver.name in card


def test_partner_badges_of_a_whole_page_cost_one_query(
    app: Flask, as_viewer: Any, programme: int, silver: Partner
) -> None:
    for n in range(20):
        enrol(app, programme, add_partner(f"P{n:02}", f"Partner {n:02}"), "2026-01-15")
    with counted_queries() as seen:
        page = as_viewer.get("/partners").text
    assert 'title="Tier in Partner tiers"' in page
    assert sum("incentives_enrolment" in sql for sql in seen) == 1


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
def test_each_staff_page_answers_before_there_is_a_programme(
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


def test_register_settings_says_how_long_figures_are_looked_for(as_admin: Any) -> None:
    path = "/admin/plugins/incentives/settings"
    form = {"approve_limit": "500", "payout_minimum": "10"}
    answers = [
        as_admin.send(path, settings_version=str(n), resolve_days=days, **form).status_code
        for n, days in enumerate(("10", "0"))
    ]
    assert answers == [303, 422]


# ---- Staff decide


def test_a_promotion_is_approved_on_the_page(as_manager: Any, proposed: Partner) -> None:
    page = as_manager.get(at(proposed)).text
    assert "A promotion is proposed" in page
    version = place(proposed).version
    path = enrolment(proposed, "decide/approve")
    assert as_manager.send(path, version=version).status_code == 303
    assert place(proposed).held == "silver"


def test_a_decision_that_somebody_took_meanwhile_is_refused(
    as_manager: Any, proposed: Partner
) -> None:
    answer = as_manager.send(enrolment(proposed, "decide/approve"), version=0, reason="Good")
    assert answer.status_code == 422
    assert "Somebody decided meanwhile" in answer.text
    assert "Good" in answer.text  # what was typed stays


def test_a_rejection_needs_a_reason(as_manager: Any, proposed: Partner) -> None:
    version = place(proposed).version
    path = enrolment(proposed, "decide/reject")
    refused = as_manager.send(path, version=version, reason="no")
    assert refused.status_code == 422
    assert "at least 10 characters" in refused.text
    assert as_manager.send(path, version=version, reason=WHY).status_code == 303
    assert WHY in as_manager.get(at(proposed)).text


def test_a_tier_is_set_by_hand_by_one_and_approved_by_another(
    as_manager: Any, as_admin: Any, silver: Partner
) -> None:
    last = (clock.now() + timedelta(days=30)).date().isoformat()
    form = {"tier": "gold", "expires": last, "reason": WHY}
    path = enrolment(silver, "override")
    assert as_manager.send(path, **(form | {"reason": "short"})).status_code == 422
    assert as_manager.send(path, **(form | {"expires": "2001-01-01"})).status_code == 422
    assert as_manager.send(path, **(form | {"tier": "tin"})).status_code == 422
    assert as_manager.send(path, **form).status_code == 303
    assert as_manager.send(enrolment(silver, "override/confirm")).status_code == 403
    page = as_admin.get(at(silver)).text
    assert "A tier by hand waits" in page
    assert "Asked for by hand: Gold until" in page
    assert "approve Gold, set by hand" in as_admin.get("/work").text
    path = enrolment(silver, "override/confirm")
    assert as_admin.send(path, version=place(silver).version).status_code == 303
    page = as_admin.get(at(silver)).text
    assert "By the figures alone it would be Silver." in page
    path = enrolment(silver, "override/revoke")
    form = {"reason": WHY, "version": place(silver).version}
    assert as_admin.send(path, **form).status_code == 303
    assert place(silver).held == "silver"


def test_who_read_of_one_tier_by_hand_does_not_approve_another(
    as_manager: Any, as_admin: Any, silver: Partner
) -> None:
    last = (clock.now() + timedelta(days=30)).date().isoformat()
    ask = {"expires": last, "reason": WHY}
    as_manager.send(enrolment(silver, "override"), tier="bronze", **ask)
    read = place(silver).version
    path = enrolment(silver, "override/decline")
    assert as_admin.send(path, version=read, reason=WHY).status_code == 303
    as_manager.send(enrolment(silver, "override"), tier="gold", **ask)
    answer = as_admin.send(enrolment(silver, "override/confirm"), version=read)
    assert answer.status_code == 422
    assert "Somebody decided meanwhile" in answer.text
    assert place(silver).held == "silver"


@pytest.mark.parametrize(
    "tail", ["decide/approve", "decide/reject", "override", "declare", "leave"]
)
def test_only_who_may_change_the_partner_decides(
    app: Flask,
    as_viewer: Any,
    as_manager: Any,
    as_contact: Any,
    programme: int,
    other_partner: Partner,
    tail: str,
) -> None:
    enrol(app, programme, other_partner, "2026-01-15")
    path = enrolment(other_partner, tail)
    assert as_viewer.send(path).status_code == 403
    assert as_manager.send(path).status_code == 403
    assert as_contact.send(path).status_code == 404
    assert as_manager.get(path).status_code == 405


def test_ids_that_do_not_exist_are_not_found(as_admin: Any, partner: Partner) -> None:
    for path in ("partners/999999", "decisions/999999", f"decisions/{2**63}"):
        assert as_admin.get(f"/x/incentives/{path}").status_code == 404
    for path in ("enrolments/9/leave", "enrolments/9/decide/approve", "appeals/9/accepted"):
        assert as_admin.send(f"/x/incentives/{path}").status_code == 404


# ---- Decisions and appeals


def test_a_decision_tells_what_it_rested_on_and_what_changed_since(
    desk: Desk, kpi: int, as_viewer: Any, silver: Partner
) -> None:
    path = f"/x/incentives/decisions/{last_decision()}"
    page = as_viewer.get(path).text
    assert "Worked out again from what was stored: the same result" in page
    assert "What changed since" not in page
    desk.value(silver, kpi, last_month(2), 90)
    page = as_viewer.get(path).text
    assert "What changed since" in page
    assert "290" in page


def test_a_contact_asks_for_a_review_and_is_answered(
    as_contact: Any, as_manager: Any, as_viewer: Any, silver: Partner
) -> None:
    number = last_decision()
    path = f"/portal/x/incentives/decisions/{number}"
    assert "Ask for a review" in as_contact.get(path).text
    for text in ("", "short", "x" * 2001):
        assert as_contact.send(f"{path}/appeal", text=text).status_code == 422
    said = "The March figure was booked twice."
    assert as_contact.send(f"{path}/appeal", text=said).status_code == 303
    again = as_contact.send(f"{path}/appeal", text=said)
    assert again.status_code == 422
    assert "asked for already" in again.text
    assert "asks to review a decision on its tier" in as_manager.get("/work").text
    assert said in as_manager.get(f"/x/incentives/decisions/{number}").text
    answer = f"/x/incentives/appeals/{Appeal.get().id}/declined"
    assert as_viewer.send(answer, answer=WHY).status_code == 403
    assert as_manager.send(answer, answer="no").status_code == 422
    assert as_manager.send(answer, answer=WHY).status_code == 303
    assert as_manager.send(answer, answer=WHY).status_code == 422
    assert WHY in as_contact.get(path).text
    assert "The review that you asked for was answered" in as_contact.get("/notifications").text
    assert as_contact.send(f"{path}/appeal", text=said).status_code == 303  # another one


def test_an_appeal_is_accepted_even_after_the_programme_ended(
    as_admin: Any, as_contact: Any, silver: Partner
) -> None:
    path = f"/portal/x/incentives/decisions/{last_decision()}/appeal"
    as_contact.send(path, text="March was counted without the store in Kiel.")
    Programme.update(status="ended").execute()
    answer = f"/x/incentives/appeals/{Appeal.get().id}/accepted"
    assert as_admin.send(answer, answer="You were right about March.").status_code == 303
    assert Appeal.get().state == "accepted"


def test_an_appeal_that_is_accepted_evaluates_anew(
    as_contact: Any, as_manager: Any, silver: Partner
) -> None:
    path = f"/portal/x/incentives/decisions/{last_decision()}/appeal"
    as_contact.send(path, text="Please look at it once more.")
    Enrolment.update(checked=None).execute()
    answer = f"/x/incentives/appeals/{Appeal.get().id}/accepted"
    assert as_manager.send(answer, answer="You are right about it.").status_code == 303
    assert place(silver).checked is not None


def test_a_contact_sees_the_own_decisions_only(
    as_other_contact: Any, as_contact: Any, silver: Partner
) -> None:
    path = f"/portal/x/incentives/decisions/{last_decision()}"
    assert as_contact.get(path).status_code == 200
    assert as_other_contact.get(path).status_code == 404
    assert as_other_contact.send(f"{path}/appeal", text=WHY).status_code == 404


# ---- Contacts


def test_portal_panels_tell_the_own_ladder(as_contact: Any, silver: Partner) -> None:
    assert "/portal/x/incentives" in as_contact.get("/portal").text
    panel = as_contact.get("/portal/x/incentives", headers=PART).text
    assert "1 of 1 requirements are open to Gold." in panel
    assert "300 missing" in panel


def test_host_and_partner_read_the_same_story(
    as_contact: Any, as_viewer: Any, silver: Partner
) -> None:
    told = []
    for browser, path in ((as_contact, "/portal/x/incentives"), (as_viewer, at(silver))):
        part = browser.get(path, headers=PART).text
        steps = re.search(r'<ol class="tier-steps".*?</ol>', part, re.DOTALL)[0]  # type: ignore[index]
        told.append(re.sub(r' href="[^"]*"', "", steps))
    assert told[0] == told[1]


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
    with app.app_context():
        assert queries.enrolments_of(stranger, silver.id) == []


def test_register_link_purposes_shows_a_contact_the_tier_without_an_account(
    client: Any, as_manager: Any, silver: Partner
) -> None:
    contact = Contact.create(partner=silver, side="partner", name="Ines", email="ines@nord.example")
    assert "Show it to a contact" in as_manager.get(at(silver)).text
    assert as_manager.send(at(silver, "/show"), contact=contact.id + 99).status_code == 404
    assert as_manager.send(at(silver, "/show"), contact=contact.id).status_code == 303
    _label, address = json.loads(Mail.get().content)["action"]
    page = client.get(address.removeprefix("http://127.0.0.1:8000"))
    assert page.status_code == 200
    assert "Your tier" in page.text
    assert "/portal" not in page.text


def test_only_who_may_change_the_partner_sends_its_tier(
    as_viewer: Any, as_manager: Any, other_partner: Partner
) -> None:
    path = at(other_partner, "/show")
    assert (as_viewer.send(path).status_code, as_manager.send(path).status_code) == (403, 403)


# ---- What tiers add to pages of core


def test_timeline_entries_tell_of_tiers_reached(
    as_viewer: Any, silver: Partner, other_partner: Partner
) -> None:
    page = as_viewer.get(f"/partners/{silver.id}/timeline").text
    assert "Tier reached: Silver" in page
    assert "Tier reached" not in as_viewer.get(f"/partners/{other_partner.id}/timeline").text
    early = as_viewer.get(f"/partners/{silver.id}/timeline?before=2001-05-01T00:00").text
    assert "Tier reached" not in early


def test_attention_items_name_a_proposal_to_whoever_decides_it(
    as_manager: Any, as_viewer: Any, proposed: Partner
) -> None:
    for path in ("/home", "/work"):
        assert "decide on the promotion to Silver" in as_manager.get(path).text, path
    assert "decide on the promotion" not in as_viewer.get("/work").text


def test_calendar_entries_name_the_next_review_to_staff_alone(
    app: Flask, as_viewer: Any, as_contact: Any, silver: Partner
) -> None:
    feeds = []
    for browser in (as_viewer, as_contact):
        page = browser.send("/account/calendar").text
        path = page.split("http://127.0.0.1:8000")[1].split("<")[0]
        feeds.append(app.test_client().get(path).text)
    assert "incentives-review-" in feeds[0]
    assert "incentives-review-" not in feeds[1]


def test_kpi_restatement_effects_name_the_tier_that_a_figure_would_make(
    app: Flask, desk: Desk, kpi: int, silver: Partner
) -> None:
    from app.api import KpiFigure
    from plugins.incentives.standing.effects import restatement_effects

    figure = KpiFigure(silver.id, kpi, last_month(2), 500 * 1_000_000)
    with app.test_request_context():
        (effect,) = restatement_effects(figure)
        assert (effect.label, effect.before, effect.after) == (
            "Tier in Partner tiers",
            "Silver",
            "Gold",
        )
        same = KpiFigure(silver.id, kpi, last_month(2), 101 * 1_000_000)
        assert restatement_effects(same) == []
    assert place(silver).held == "silver"


def test_register_facts_tell_the_tier_of_a_day(
    app: Flask, desk: Desk, kpi: int, programme: int, partner: Partner, other_partner: Partner
) -> None:
    from datetime import date

    from app.api import facts

    enrol(app, programme, partner, "2026-01-15")
    earn(desk, partner, kpi, "2026-01-20", m2025_10=100, m2025_11=100, m2025_12=100)
    with app.app_context():
        for day, tier, since in (
            (date(2026, 1, 14), None, None),
            (date(2026, 1, 16), "bronze", "2026-01-15"),
            (date(2026, 1, 20), "silver", "2026-01-20"),
        ):
            both = [partner.id, other_partner.id]
            assert facts(both, "tier", day)[partner.id].value == tier
            assert facts(both, "tier.since", day)[partner.id].value == since
            assert facts(both, "tier", day)[other_partner.id].value is None
