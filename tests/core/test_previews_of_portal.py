"""Staff look at the portal as a contact sees it: on record, and without any way to write."""

import re
from typing import Any

import pytest
from flask import Flask

from app import previews
from app.core.accounts.models import User
from app.core.kpis.grid.models import KpiDraft
from app.core.models import AuditEntry
from app.core.partners.models import Contact, Partner
from tests.core.access_matrix import World, everything
from tests.core.access_world import make_world
from tests.core.desk import Desk, last_month

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def contact_of(partner: Partner) -> Contact:
    return Contact.get(Contact.partner == partner, Contact.side == "partner")


@pytest.fixture
def looking(as_manager: Any, as_contact: Any, partner: Partner) -> Any:
    """The manager's browser while it previews the portal of the partner's contact."""
    answer = as_manager.send(f"/portal/preview/{contact_of(partner).id}")
    assert (answer.status_code, answer.location) == (303, "/portal")
    return as_manager


def token(browser: Any) -> str:
    return str(re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/portal").text)[1])  # type: ignore[index]


def test_the_portal_is_seen_as_the_contact_sees_it_and_says_so(
    looking: Any, as_contact: Any, partner: Partner
) -> None:
    page, theirs = looking.get("/portal").text, as_contact.get("/portal").text
    assert f"the portal as {contact_of(partner).name} of {partner.name} sees it" in page
    main = [text.split("<main")[1].split("</main>")[0] for text in (page, theirs)]
    assert re.sub(r'value="[^"]+"', "", main[0]) == re.sub(r'value="[^"]+"', "", main[1])


def test_beginning_and_end_are_on_record_as_the_person_who_looked(
    looking: Any, partner: Partner
) -> None:
    looking.post("/portal/preview/end", data={"csrf_token": token(looking)})
    manager = User.get(User.email == "manager@example.org")
    rows = AuditEntry.select().where(AuditEntry.action.startswith("portal.preview"))
    assert [(row.action, row.ref, row.actor) for row in rows.order_by(AuditEntry.id)] == [
        ("portal.previewed", f"contact:{contact_of(partner).id}", f"user:{manager.id}"),
        ("portal.preview_ended", f"contact:{contact_of(partner).id}", f"user:{manager.id}"),
    ]


def test_the_way_out_leads_back_to_the_partner_with_the_rights_of_staff(
    looking: Any, partner: Partner
) -> None:
    answer = looking.post("/portal/preview/end", data={"csrf_token": token(looking)})
    assert (answer.status_code, answer.location) == (303, f"/partners/{partner.id}")
    assert looking.get(answer.location).status_code == 200


def test_staff_pages_are_out_of_reach_meanwhile(looking: Any, partner: Partner) -> None:
    for path in ("/home", "/partners", f"/partners/{partner.id}", "/approvals"):
        assert looking.get(path).status_code == 404


@pytest.mark.parametrize(
    "path", ["/account", "/notifications", "/notifications/preferences", "/account/password"]
)
def test_nothing_of_the_contacts_own_account_is_shown(looking: Any, path: str) -> None:
    assert looking.get(path).status_code == 404


def test_what_the_contact_has_typed_and_not_sent_stays_theirs(
    app: Flask, looking: Any, partner: Partner
) -> None:
    desk = Desk(app)
    kpi_id = desk.kpi(submitter="partner")
    desk.target(partner, kpi_id, last_month())
    KpiDraft.insert(
        user=contact_of(partner).user,
        partner=partner,
        kpi=kpi_id,
        period=last_month().key,
        text="77123",
        seen=0,
    ).execute()
    assert "77123" not in looking.get("/portal/grid").text


@pytest.fixture
def world(sample_app: Flask) -> World:
    """The sample desk with one of everything; the administrator looks as a contact."""
    found = make_world(sample_app)
    contact = found.arguments["contact_id"].value
    browser = found.browsers["admin"]
    browser.set_cookie("entente", found.cookies["admin"])
    form = {"csrf_token": found.tokens["admin"]}
    assert browser.post(f"/portal/preview/{contact}", data=form).status_code == 303
    found.cookies["admin"] = browser.get_cookie("entente").value
    return found


def test_no_route_of_the_application_can_be_used_to_write(world: World) -> None:
    before = everything()
    tried = [
        (call.key, world.send("admin", call))
        for call in world.calls()
        if call.method == "POST" and not call.scope and call.endpoint != "portal.end_preview"
    ]
    assert len(tried) > 100
    assert [key for key, status in tried if status != 403] == []
    assert everything() == before


def test_no_page_that_is_only_opened_writes_or_breaks(world: World) -> None:
    held = world.app.extensions["entente"].host.permissions["contact"] - {"account.own"}
    before = everything()
    for call in world.calls():
        if call.method == "GET":
            status = world.send("admin", call)
            assert status < 500, call.key
            if call.permission and call.permission not in held:
                assert status == 404, call.key
    assert everything() == before


def test_only_who_may_edit_the_partner_previews(
    as_manager: Any, as_viewer: Any, as_contact: Any, as_other_contact: Any, other_partner: Partner
) -> None:
    foreign = contact_of(other_partner)
    assert as_manager.send(f"/portal/preview/{foreign.id}").status_code == 403
    assert as_viewer.send(f"/portal/preview/{foreign.id}").status_code == 403
    assert as_contact.send(f"/portal/preview/{foreign.id}").status_code == 404
    assert as_manager.send("/portal/preview/999999").status_code == 404
    assert as_manager.get("/home").status_code == 200


def test_a_preview_ends_with_the_right_to_it(looking: Any, partner: Partner) -> None:
    assert looking.get("/portal").status_code == 200
    Partner.update(owner=None).where(Partner.id == partner.id).execute()
    assert looking.get("/portal").status_code == 403
    assert looking.get("/home").status_code == 200


def test_a_preview_ends_by_itself(looking: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previews, "LASTS", -1)
    assert looking.get("/home").status_code == 200


def test_there_is_no_way_out_of_no_preview(as_manager: Any) -> None:
    assert as_manager.send("/portal/preview/end").status_code == 404
