"""The state table of a partnership: rules alone, then through the pages."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.models import AuditEntry
from app.core.partners import rules
from app.core.partners.models import STATUSES, Contact, Partner, PartnerProfile
from app.core.partners.rules import Facts
from app.testing import add_partner

NOTHING = Facts(
    has_owner=False,
    host_primary=False,
    partner_primary=False,
    has_goals=False,
    has_strengths=False,
    has_audience=False,
    selection_score=None,
)


@pytest.mark.parametrize(
    ("status", "event", "target"),
    [
        ("prospect", "qualify", "onboarding"),
        ("prospect", "decline", "declined"),
        ("onboarding", "activate", "active"),
        ("active", "suspend", "suspended"),
        ("suspended", "resume", "active"),
        ("active", "start_exit", "exiting"),
        ("suspended", "start_exit", "exiting"),
        ("exiting", "end", "ended"),
    ],
)
def test_the_state_table_holds_these_steps(status, event, target):
    assert rules.transition(status, event).target == target


@given(st.sampled_from(STATUSES), st.sampled_from([t.event for t in rules.TRANSITIONS]))
def test_no_other_step_is_known(status, event):
    found = rules.transition(status, event)
    assert (found is not None) == any(
        t.event == event and status in t.sources for t in rules.TRANSITIONS
    )


def test_activation_names_all_that_is_missing():
    step = rules.transition("onboarding", "activate")
    assert rules.unmet(step, NOTHING) == step.guards


def test_p2_a_review_is_due_twelve_months_on_clamped_to_the_month():
    assert rules.review_due(date(2028, 2, 29)) == date(2029, 2, 28)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Müller", "muller"),
        ("  ŁÓDŹ  AB ", "lodz ab"),
        ("Øster Æsir", "oster aesir"),
        ("Straße", "strasse"),
    ],
)
def test_folding_drops_accents_and_case(text, folded):
    assert rules.fold(text) == folded


def take(browser, partner, event, **form):
    return browser.send(f"/partners/{partner.id}/steps/{event}", **form)


def test_a_refused_step_says_which_guards_and_how_to_meet_them(as_admin, app):
    partner = add_partner("NEU", "Neuling", status="onboarding")
    answer = take(as_admin, partner, "activate")
    assert answer.status_code == 422
    assert "Nobody owns this partnership" in answer.text
    assert "The profile names no goals" in answer.text
    assert Partner.get_by_id(partner.id).status == "onboarding"


def test_a_partnership_with_everything_in_place_becomes_active(as_manager, partner):
    Partner.update(status="onboarding").execute()
    for side in ("host", "partner"):
        Contact.create(partner=partner, side=side, name="Erste", is_primary=True)
    PartnerProfile.create(
        partner=partner,
        n=1,
        goals='[{"side": "both", "text": "a"}]',
        strengths='[{"kind": "", "text": "b"}]',
        audiences='[{"segment": "c"}]',
    )
    assert take(as_manager, partner, "activate").status_code == 303
    assert Partner.get_by_id(partner.id).status == "active"


def test_a_manager_qualifies_without_a_score_by_giving_a_reason(as_manager, partner):
    Partner.update(status="prospect").execute()
    assert take(as_manager, partner, "qualify").status_code == 422
    assert take(as_manager, partner, "qualify", waive="y", reason="kurz").status_code == 422
    reason = "Recommended by an old customer"
    assert take(as_manager, partner, "qualify", waive="y", reason=reason).status_code == 303
    entry = AuditEntry.get(AuditEntry.action == "partner.status")
    assert "selection_score" in entry.detail


def test_a_manager_cannot_waive_what_activation_asks_for(as_manager, partner):
    Partner.update(status="onboarding").execute()
    answer = take(as_manager, partner, "activate", waive="y", reason="because I say so")
    assert answer.status_code == 422


@pytest.mark.parametrize("event", ["suspend", "start_exit"])
def test_only_an_administrator_suspends_or_ends(as_manager, as_admin, partner, event):
    form = {"reason": "They asked for a pause", "waive": "y"}
    assert take(as_manager, partner, event, **form).status_code == 422
    assert take(as_admin, partner, event, **form).status_code == 303


@pytest.mark.parametrize("event", ["end", "qualify"])
def test_steps_cannot_be_skipped(as_admin, partner, event):
    answer = take(as_admin, partner, event, reason="long enough a reason", waive="y")
    assert answer.status_code == 422
    assert Partner.get_by_id(partner.id).status == "active"


def test_an_ended_partnership_bears_its_end(as_admin, partner):
    Partner.update(status="exiting").execute()
    take(as_admin, partner, "end", waive="y", reason="All is settled between us")
    assert Partner.get_by_id(partner.id).end_date is not None


def test_a_manager_learns_that_a_step_is_an_administrators(as_manager, partner):
    page = as_manager.get(f"/partners/{partner.id}/steps/suspend")
    assert "Only an administrator can take this step" in page.text
    assert "<textarea" not in page.text


def test_a_step_that_does_not_exist_is_not_found(as_admin, partner):
    assert as_admin.get(f"/partners/{partner.id}/steps/bogus").status_code == 404
