"""Goals of a partnership: whose, how far off, how they fit, and what came of them."""

import pytest

from app.core.models import AuditEntry
from app.core.partners.goal_queries import goals
from app.core.partners.models import PartnerGoal

FORM = {
    "version": 1,
    "statement": "Open twenty shops together",
    "side": "mutual",
    "horizon": "long",
    "outcomes": "Ten by summer",
    "compatibility": "compatible",
    "visibility": "internal",
    "status": "open",
}


@pytest.fixture
def goal(app, partner):
    values = {key: value for key, value in FORM.items() if key != "version"}
    return PartnerGoal.create(partner=partner, **values)


def wish(partner, statement, **more):
    values = {"side": "mutual", "horizon": "short", "visibility": "shared"} | more
    PartnerGoal.create(partner=partner, statement=statement, **values)


def address(goal):
    return f"/partners/{goal.partner_id}/goals/{goal.id}"


def test_a_manager_adds_a_goal(as_manager, partner):
    assert as_manager.send(f"/partners/{partner.id}/goals/new", **FORM).status_code == 303
    assert [row.statement for row in goals(partner.id)] == ["Open twenty shops together"]
    assert "Open twenty shops together" in as_manager.get(f"/partners/{partner.id}").text
    assert AuditEntry.select().where(AuditEntry.action == "goal.added").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"statement": " "},
        {"statement": "x" * 501},
        {"side": "nobody"},
        {"horizon": ""},
        {"compatibility": "conflict"},
        {"status": "dropped"},
        {"status": "achieved", "result": " "},
        {"visibility": "public"},
    ],
)
def test_an_invalid_goal_is_refused(as_manager, partner, change):
    answer = as_manager.send(f"/partners/{partner.id}/goals/new", **(FORM | change))
    assert answer.status_code == 422
    assert not PartnerGoal.select().exists()


def test_a_goal_is_dropped_with_what_came_of_it(as_manager, goal):
    form = FORM | {"status": "dropped", "result": "The shops closed"}
    assert as_manager.send(address(goal), **form).status_code == 303
    assert "The shops closed" in as_manager.get(f"/partners/{goal.partner_id}").text
    assert AuditEntry.select().where(AuditEntry.action == "goal.dropped").exists()
    assert goals(goal.partner_id, open_only=True) == []


def test_a_stale_edit_shows_both_versions(as_manager, goal):
    as_manager.send(address(goal), **(FORM | {"statement": "Open thirty shops"}))
    stale = as_manager.send(address(goal), **(FORM | {"statement": "Open ten shops"}))
    assert stale.status_code == 422
    assert "What they saved" in stale.text
    assert "Open thirty shops" in stale.text
    assert "Open ten shops" in stale.text


def test_contacts_see_shared_goals_of_their_own_partner_only(
    as_contact, goal, partner, other_partner
):
    wish(partner, "A shared wish")
    wish(other_partner, "A stranger’s wish")
    page = as_contact.get("/portal").text
    assert "A shared wish" in page
    assert "Open twenty shops together" not in page
    assert "A stranger" not in page


def test_contacts_do_not_see_how_a_goal_fits_ours(as_contact, partner):
    wish(partner, "A shared wish", compatibility="conflict", compatibility_note="We doubt it")
    assert "We doubt it" not in as_contact.get("/portal").text


def test_a_goal_of_another_partner_is_not_found(as_admin, goal, other_partner):
    path = f"/partners/{other_partner.id}/goals/{goal.id}"
    assert as_admin.get(path).status_code == 404
    assert as_admin.send(path, **FORM).status_code == 404


def test_who_may_not_edit_the_partner_may_not_write_its_goals(
    as_manager, as_viewer, as_contact, other_partner
):
    path = f"/partners/{other_partner.id}/goals/new"
    assert as_manager.send(path, **FORM).status_code == 403
    assert as_viewer.send(path, **FORM).status_code == 403
    assert as_contact.send(path, **FORM).status_code == 404
