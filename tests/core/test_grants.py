"""Guests see one partnership and nothing else; broken glass is on record and shown."""

import json
from datetime import timedelta

import pytest

from app.core import clock
from app.core.accounts.models import User
from app.core.contract import Viewer
from app.core.grants import queries, services
from app.core.grants.models import Grant
from app.core.messages.models import Mail
from app.core.models import AuditEntry
from app.security import CORE_PERMISSIONS
from app.testing import PASSWORD
from tests.core.desk import CALENDAR, Desk, last_month, staff

MONTH = last_month(2)


@pytest.fixture
def judged(app, partner, other_partner):
    """A partnership with a figure, and another one."""
    desk = Desk(app)
    kpi_id = desk.kpi("REV", "Revenue")
    desk.judge(partner, kpi_id, MONTH, 90)
    return partner


def ask_in(browser, partner, **changes):
    until = (clock.now() + timedelta(days=30)).date().isoformat()
    form = {
        "name": "Greta Audit",
        "email": "greta@audit.example",
        "until": until,
        "reason": "Audit",
    }
    return browser.send(f"/partners/{partner.id}/guests", **(form | changes))


@pytest.fixture
def as_guest(app, client, as_manager, judged):
    """A browser of a guest who accepted the invitation."""
    assert ask_in(as_manager, judged).status_code == 303
    _label, address = json.loads(Mail.get().content)["action"]
    path = address.removeprefix("http://127.0.0.1:8000")
    assert client.send(path, name="Greta Audit", password=PASSWORD).status_code == 303
    return client


def viewer(user):
    rights = frozenset(CORE_PERMISSIONS[user.role])
    return Viewer(user.id, user.name, user.email, user.role, rights)


def test_a_guest_reads_the_scorecards_of_one_partnership(as_guest, judged):
    assert as_guest.get("/").location == "/guest"
    assert judged.name in as_guest.get("/guest").text
    code = CALENDAR.label(MONTH)
    page = as_guest.get(f"/guest/partners/{judged.id}?period={code}").text
    assert "Revenue" in page
    assert "90%" in page


def test_a_guest_sees_nothing_else(app, as_guest, judged, other_partner):
    assert as_guest.get(f"/guest/partners/{other_partner.id}").status_code == 404
    refusal = AuditEntry.select().order_by(AuditEntry.id.desc()).get()
    assert (refusal.action, refusal.ref) == ("access.refused", f"partner:{other_partner.id}")
    for path in (f"/partners/{judged.id}", "/portal", "/home", "/approvals", "/people"):
        assert as_guest.get(path).status_code == 404, path
    page = as_guest.get("/guest").text
    assert 'href="/partners' not in page
    assert 'href="/portal' not in page


@pytest.mark.parametrize("end", ["revoked", "over"])
def test_what_was_open_closes(as_manager, as_guest, judged, end):
    grant = Grant.get()
    if end == "revoked":
        at = f"/partners/{judged.id}/guests/{grant.id}/revoke"
        assert as_manager.send(at).status_code == 303
    else:
        Grant.update(until=clock.now() - timedelta(seconds=1)).execute()
    assert as_guest.get(f"/guest/partners/{judged.id}").status_code == 404
    assert "Nothing is open to you" in as_guest.get("/guest").text
    services.close_accounts()
    assert not User.get(User.role == "guest").active
    assert as_guest.get("/guest").status_code == 302


def test_revoking_ends_an_invitation_that_was_not_accepted(client, as_manager, judged):
    ask_in(as_manager, judged)
    _label, address = json.loads(Mail.get().content)["action"]
    as_manager.send(f"/partners/{judged.id}/guests/{Grant.get().id}/revoke")
    path = address.removeprefix("http://127.0.0.1:8000")
    assert client.send(path, name="Greta", password=PASSWORD).status_code != 303
    assert not User.select().where(User.role == "guest").exists()


def test_a_guest_who_has_an_account_is_let_in_to_another_object(
    as_admin, as_guest, other_partner, judged
):
    assert ask_in(as_admin, other_partner).status_code == 303
    assert as_guest.get(f"/guest/partners/{other_partner.id}").status_code == 200
    assert as_guest.get(f"/guest/partners/{judged.id}").status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"until": "2020-01-01"},
        {"until": "2999-01-01"},
        {"email": "none"},
        {"reason": " "},
        {"name": ""},
        {"until": ""},
    ],
)
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_wrong_invitation_is_refused_with_what_was_typed(as_manager, judged, change):
    answer = ask_in(as_manager, judged, **change)
    assert answer.status_code == 422
    assert "Audit" in answer.text or "reason" in change
    assert not Grant.select().exists()


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_only_who_may_change_the_partner_asks_guests_in(
    as_viewer, as_manager, as_contact, judged, other_partner
):
    assert ask_in(as_viewer, judged).status_code == 403
    assert ask_in(as_contact, judged).status_code == 404
    assert ask_in(as_manager, other_partner).status_code == 403


def test_broken_glass_opens_for_an_hour_and_is_on_record(app, judged):
    admin, ref = staff(), f"partner:{judged.id}"
    assert not queries.is_granted(admin, ref)
    services.break_glass(ref, "The mediator is ill", by=admin)
    assert queries.is_granted(admin, ref)
    assert [row.reason for row in queries.grants_of(ref, "glass")] == ["The mediator is ill"]
    assert AuditEntry.select().where(AuditEntry.action == "glass.broken").count() == 1
    Grant.update(until=clock.now() - timedelta(seconds=1)).execute()
    assert not queries.is_granted(admin, ref)


def test_only_administrators_break_the_glass_and_only_with_a_reason(app, judged):
    ref = f"partner:{judged.id}"
    for who, reason in ((staff("manager@example.org"), "Curious"), (staff(), " ")):
        with pytest.raises(services.GrantRefused):
            services.break_glass(ref, reason, by=who)
    assert not Grant.select().exists()


def test_only_guests_are_granted_one_object(app, judged):
    until = clock.now() + timedelta(days=1)
    manager = User.get(User.role == "manager")
    with pytest.raises(services.GrantRefused):
        services.grant(manager.id, f"partner:{judged.id}", until, by=staff())
    assert not queries.is_granted(viewer(manager), f"partner:{judged.id}")
