"""One change to many partners: shown first, whole or not at all, undone for a day."""

from datetime import timedelta

import pytest

from app.core import clock
from app.core.accounts.models import User
from app.core.models import AuditEntry
from app.core.partners.fields import queries as field_queries
from app.core.partners.fields import services as fields
from app.core.partners.fields.services import Draft
from app.core.partners.list_models import BulkChange
from app.core.partners.models import Partner, PartnerTag, PartnerTeam
from app.testing import add_partner
from tests.core.desk import counted_queries


@pytest.fixture
def others(app, partner):
    """Two more partners of the manager."""
    manager = User.get(User.role == "manager")
    return [add_partner(f"M{n}", f"Meridian {n}", owner=manager) for n in range(2)]


def change(browser, partners, action, value, **more):
    ids = [one.id for one in partners]
    return browser.send("/partners/bulk", id=ids, action=action, value=str(value), **more)


def types():
    return [row[0] for row in Partner.select(Partner.type).order_by(Partner.id).tuples()]


def test_what_will_change_is_shown_and_nothing_is_written(as_manager, partner, others):
    query = f"id={partner.id}&id={others[0].id}&action=type&value:type=content"
    page = as_manager.get(f"/partners/bulk?{query}")
    assert page.status_code == 200
    assert "2 partners change" in page.text
    assert "content" not in types()


def test_all_change_with_an_audit_row_each(as_manager, partner, others):
    assert change(as_manager, [partner, *others], "type", "content").status_code == 303
    assert types() == ["content"] * 3
    rows = AuditEntry.select().where(AuditEntry.action == "partner.changed")
    assert {row.ref for row in rows} == {f"partner:{one.id}" for one in [partner, *others]}


def test_one_that_is_not_ones_own_stops_all(as_manager, partner, other_partner):
    answer = change(as_manager, [partner, other_partner], "type", "content")
    assert answer.status_code == 422
    assert "Not yours to change." in answer.text
    assert types() == ["supplier", "supplier"]
    assert not BulkChange.select().exists()


def test_what_does_not_exist_is_left_out(as_manager, partner):
    query = f"id={partner.id}&id=4711&id=99999999999999999999&id=x"
    page = as_manager.get(f"/partners/bulk?{query}").text
    assert "Change 1 partner<" in page


@pytest.mark.parametrize(
    ("action", "value"),
    [
        ("type", "friend"),
        ("owner", "4711"),
        ("owner", "x"),
        ("owner", "0"),  # a manager does not leave partners to nobody
        ("add_tag", ""),
        ("add_tag", "x" * 61),
        ("step", "end"),
        ("step", "start_exit"),
        ("field:nothing", "x"),
        ("status", "ended"),
        ("", ""),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(as_manager, partner, action, value):
    assert change(as_manager, [partner], action, value).status_code == 422
    assert not BulkChange.select().exists()


def test_nobody_selected_is_said(as_manager):
    assert "No partner is selected" in as_manager.get("/partners/bulk").text
    assert change(as_manager, [], "type", "content").status_code == 422


def test_viewers_change_nothing(as_viewer, partner):
    assert as_viewer.get(f"/partners/bulk?id={partner.id}").status_code == 403
    assert change(as_viewer, [partner], "type", "content").status_code == 403


def test_tags_are_added_and_removed(as_manager, partner, others):
    PartnerTag.insert(partner=partner, tag="audio").execute()
    change(as_manager, [partner, *others], "add_tag", "audio")
    assert PartnerTag.select().count() == 3
    change(as_manager, [partner, *others], "remove_tag", "audio")
    assert PartnerTag.select().count() == 0


def test_a_custom_field_is_set_for_all(as_manager, partner, others):
    field = fields.define(Draft("renewal", "Renewal", "date"))
    assert change(as_manager, others, "field:renewal", "2026-02-30").status_code == 422
    change(as_manager, others, "field:renewal", "2026-02-28")
    found = field_queries.values([one.id for one in others], [field])
    assert {str(own[field.id]) for own in found.values()} == {"2026-02-28"}


def test_a_step_is_taken_where_all_may_take_it(as_admin, partner, others):
    assert change(as_admin, [partner, *others], "step", "suspend").status_code == 422
    reason = "The contract is being negotiated."
    change(as_admin, [partner, *others], "step", "suspend", reason=reason)
    assert {one.status for one in Partner.select()} == {"suspended"}


def test_an_unmet_guard_stops_a_step_for_all(as_manager, others):
    Partner.update(status="onboarding").where(Partner.id.in_([o.id for o in others])).execute()
    answer = change(as_manager, others, "step", "activate")
    assert answer.status_code == 422
    assert "No primary contact on our side" in answer.text


def test_managers_do_not_take_an_administrators_step(as_manager, partner):
    answer = change(as_manager, [partner], "step", "suspend", reason="Because I would like to.")
    assert answer.status_code == 422
    assert Partner.get_by_id(partner.id).status == "active"


def undo(browser):
    return browser.send(f"/partners/bulk/{BulkChange.get().id}/undo")


def test_undo_sets_back_what_nobody_has_changed_since(as_manager, partner, others):
    change(as_manager, [partner, *others], "type", "content")
    Partner.update(type="strategic").where(Partner.id == others[0].id).execute()
    assert undo(as_manager).status_code == 303
    assert types() == ["supplier", "strategic", "supplier"]


def test_undo_brings_back_partners_that_were_handed_away(as_manager, partner):
    admin = User.get(User.role == "admin")
    change(as_manager, [partner], "owner", admin.id)
    assert Partner.get_by_id(partner.id).owner_id == admin.id
    undo(as_manager)
    assert Partner.get_by_id(partner.id).owner_id == partner.owner_id


def test_undo_happens_once_and_for_a_day(as_manager, partner):
    change(as_manager, [partner], "type", "content")
    BulkChange.update(at=clock.now() - timedelta(hours=25)).execute()
    assert undo(as_manager).status_code == 422
    BulkChange.update(at=clock.now()).execute()
    assert undo(as_manager).status_code == 303
    assert undo(as_manager).status_code == 422


def test_only_who_made_a_change_undoes_it(as_manager, as_admin, partner):
    change(as_manager, [partner], "type", "content")
    assert undo(as_admin).status_code == 404


def test_a_team_member_may_change_too(as_manager, other_partner):
    PartnerTeam.insert(partner=other_partner, user=User.get(User.role == "manager")).execute()
    assert change(as_manager, [other_partner], "type", "content").status_code == 303


def test_everything_that_matches_can_be_selected(as_manager, partner, others):
    page = as_manager.get("/partners/bulk?all=1&q=meridian").text
    assert "Change 2 partners" in page
    assert partner.name not in page


def test_a_plan_costs_the_same_for_many(app, as_manager, others):
    manager = User.get(User.role == "manager")
    crowd = [add_partner(f"C{n}", f"Crowd {n}", owner=manager) for n in range(40)]
    paths = [
        "/partners/bulk?action=step&value:step=activate&" + "&".join(f"id={o.id}" for o in some)
        for some in (crowd[:2], crowd)
    ]
    counts = []
    for path in paths:
        with counted_queries() as seen:
            as_manager.get(path)
        counts.append(len(seen))
    assert counts[0] == counts[1]
