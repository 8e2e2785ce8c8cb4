"""Administrators decide whether surveys are answered by name without an account."""

import pytest

from app.core.accounts.models import User
from app.core.links.models import LinkRule
from plugins.surveys import planning
from plugins.surveys.models import Invitation, Token
from plugins.surveys.rules.audience import Audience
from plugins.surveys.tests.conftest import path


@pytest.fixture
def barred(app):
    """Links without an account answer no survey."""
    LinkRule.insert(purpose="surveys.answer", allowed=False, days=14).execute()


def test_the_page_of_links_has_a_switch_for_surveys_and_no_days(as_admin):
    page = as_admin.get("/settings/links").text
    assert 'name="surveys.answer-allowed"' in page
    assert 'name="surveys.answer-days"' not in page


def test_a_link_that_is_out_opens_nothing_once_links_are_not_allowed(ground, client, as_admin):
    ground.contacts(1)
    ground.opened()
    way = f"/{ground.ways()[0]}"
    before = client.get(way).status_code
    as_admin.send("/settings/links", purpose="surveys.answer")
    assert (before, client.get(way).status_code) == (200, 410)


def test_who_has_no_account_is_not_asked_by_name_where_links_are_not_allowed(ground, barred):
    ground.contacts(2)
    with ground.app.app_context():
        seen = planning.preview(ground.wave(), ground.admin)
    assert (list(seen.asked), len(seen.problems)) == ([], 1)
    assert "2 people have no account" in seen.warnings[0]


def test_who_has_an_account_is_led_to_it_where_links_are_not_allowed(ground, as_contact, barred):
    ground.contacts(1)
    wave = ground.opened()
    assert wave.invited == User.select().where(User.role == "contact").count() == 1
    assert ground.ways() == [f"portal/x/surveys/answer/{Invitation.get().id}"]
    assert not Token.select().exists()
    assert as_contact.get(f"/{ground.ways()[0]}").status_code == 200


def test_codes_of_anonymous_surveys_act_for_nobody_and_stay(ground, client, barred):
    ground.contacts(6)
    wave = ground.opened("anonymous")
    assert wave.invited == 6
    assert client.get(path(wave)).status_code == 200


def test_staff_are_led_to_their_account_too(ground, as_manager, barred):
    manager = User.get(User.email == "manager@example.org")
    wave = ground.opened(audience=Audience("none", staff=("role:manager",)))
    [way] = ground.ways()
    assert way == f"x/surveys/answer/{Invitation.get(Invitation.user == manager.id).id}"
    assert (wave.invited, as_manager.get(f"/{way}").status_code) == (1, 200)
