"""One task, one link: a contact reports what is missing from an e-mail, without an account."""

import io
import json
import re
from datetime import timedelta

import pytest

from app.core import clock
from app.core.accounts.models import LINK_ROLE, User, UserSession
from app.core.audit_check import verify
from app.core.kpis.models import Revision
from app.core.kpis.services import return_value
from app.core.links import services
from app.core.links.models import LinkPerson, TaskLink
from app.core.messages.models import Mail
from app.core.models import AuditEntry
from app.core.partners.models import Contact, Partner
from app.security import CORE_PERMISSIONS
from tests.core.desk import Desk, last_month, staff

MONTH = last_month(2)  # long due


@pytest.fixture
def desk(app):
    return Desk(app)


@pytest.fixture
def contact(partner):
    return Contact.create(
        partner=partner, side="partner", name="Ines Falk", email="ines@nordlicht.example"
    )


@pytest.fixture
def owed(desk, partner):
    """A KPI whose figure the partner owes."""
    kpi_id = desk.kpi("REV", "Revenue", submitter="partner")
    desk.target(partner, kpi_id, MONTH)
    return kpi_id


def send(browser, partner, contact):
    """Ask a contact for what is missing; the path that the mail leads to."""
    answer = browser.send(f"/partners/{partner.id}/links", contact=contact.id, message="By Friday.")
    assert answer.status_code == 303, answer.text
    return path_in(Mail.select().order_by(Mail.id.desc()).get())


def path_in(mail):
    label, address = json.loads(mail.content)["action"]
    assert label == "Report the figures"
    return re.fullmatch(r"http://127\.0\.0\.1:8000(/l/\S+)", address)[1]


def field(kpi_id, name):
    return f"f{kpi_id}-{MONTH.key}-{name}"


def report(browser, path, kpi_id, value="90", **more):
    return browser.send(path, **{field(kpi_id, "value"): value}, **more)


def test_a_contact_without_an_account_reports_through_a_link(
    client, as_manager, partner, contact, owed
):
    path = send(as_manager, partner, contact)
    page = client.get(path)
    assert page.status_code == 200
    assert "Revenue" in page.text
    assert "/portal" not in page.text
    answer = report(client, path, owed)
    assert (answer.status_code, answer.location) == (303, "/thank-you")
    assert "Everything has arrived" in client.get("/thank-you").text
    row = Revision.get()
    assert (row.state, row.value, row.submitted_by.name) == ("submitted", 90_000_000, "Ines Falk")
    assert row.submitted_by.role == LINK_ROLE
    assert not row.submitted_by.active
    assert "Ines Falk" in as_manager.get("/approvals").text


def test_a_link_signs_nobody_in(client, as_manager, partner, contact, owed):
    path = send(as_manager, partner, contact)
    before = UserSession.select().count()
    report(client, path, owed)
    assert UserSession.select().count() == before
    assert client.get("/portal").status_code == 302
    assert client.get("/home").status_code == 302


@pytest.mark.parametrize(
    "end", ["used", "expired", "revoked", "guessed", "altered", "switched off"]
)
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_link_that_does_not_work_says_so_and_nothing_else(
    client, as_admin, as_manager, partner, contact, owed, end
):
    path = send(as_manager, partner, contact)
    if end == "used":
        report(client, path, owed)
    elif end == "expired":
        TaskLink.update(expires_at=clock.now() - timedelta(seconds=1)).execute()
    elif end == "revoked":
        assert as_manager.send(f"/links/{TaskLink.get().id}/revoke").status_code == 303
    elif end == "guessed":
        path = "/l/" + "x" * 43 + "." + "y" * 27
    elif end == "altered":
        path = path[:4] + ("A" if path[4] != "A" else "B") + path[5:]
    else:
        services.set_rule("portal.values", allowed=False, days=14)
    page = client.get(path)
    assert page.status_code == 410
    assert "This link does not work" in page.text
    assert "Revenue" not in page.text
    assert partner.name not in page.text
    count = Revision.select().count()
    assert report(client, path, owed).status_code == 410
    assert Revision.select().count() == count


@pytest.mark.parametrize("change", ["contact", "partner", "account", "address"])
def test_a_link_ends_with_its_contact(client, as_manager, partner, other_partner, owed, change):
    user = User.create(name="Ines", email="ines@x.example", role="contact", active=True)
    contact = Contact.create(
        partner=partner, side="partner", name="Ines Falk", email="ines@x.example", user=user
    )
    path = send(as_manager, partner, contact)
    assert client.get(path).status_code == 200
    if change == "contact":
        Contact.update(active=False).execute()
    elif change == "address":
        Contact.update(email="falk@x.example").where(Contact.id == contact.id).execute()
    elif change == "partner":
        Partner.update(merged_into=other_partner).where(Partner.id == partner.id).execute()
    else:
        User.update(active=False).where(User.id == user.id).execute()
    assert client.get(path).status_code == 410


def test_asking_again_ends_the_former_link(client, as_manager, partner, contact, owed):
    first = send(as_manager, partner, contact)
    second = send(as_manager, partner, contact)
    assert client.get(first).status_code == 410
    assert client.get(second).status_code == 200


def test_opening_changes_nothing_but_the_note_that_it_was_opened(
    client, as_manager, partner, contact, owed
):
    path = send(as_manager, partner, contact)
    for _ in range(3):
        assert client.get(path).status_code == 200
    link = TaskLink.get()
    assert (link.opened_at is not None, link.done_at) == (True, None)
    rows = AuditEntry.select(AuditEntry.action).where(AuditEntry.ref == f"task_link:{link.id}")
    assert [row.action for row in rows.order_by(AuditEntry.id)] == [
        "task_link.made",
        "task_link.opened",
    ]
    assert not list(verify())


def test_only_the_hash_of_a_link_is_kept_and_its_mail_is_shown_to_nobody(
    as_admin, as_manager, partner, contact, owed
):
    token = send(as_manager, partner, contact).removeprefix("/l/").rpartition(".")[0]
    assert token not in "".join(str(row) for row in TaskLink.select().tuples())
    mail = Mail.get()
    assert mail.secret
    assert token not in as_admin.get(f"/settings/mails/{mail.id}").text


def test_several_figures_can_be_sent_one_after_the_other(
    client, desk, as_manager, partner, contact, owed
):
    leads = desk.kpi("LEADS", "Leads", submitter="partner", category="acquisition")
    desk.target(partner, leads, MONTH)
    path = send(as_manager, partner, contact)
    answer = report(client, path, owed)
    assert (answer.status_code, answer.location) == (303, path)
    page = client.get(path).text
    assert "Reported already" in page
    assert field(owed, "value") not in page
    assert report(client, path, leads).location == "/thank-you"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_what_is_wrong_keeps_nothing_else_back_and_loses_nothing(
    client, desk, as_manager, partner, contact, owed
):
    leads = desk.kpi("LEADS", "Leads", submitter="partner", category="acquisition")
    desk.target(partner, leads, MONTH)
    path = send(as_manager, partner, contact)
    answer = report(client, path, owed, "ninety", **{field(leads, "value"): "5"})
    assert answer.status_code == 422
    assert 'value="ninety"' in answer.text
    assert Revision.select(Revision.kpi).tuples().get() == (leads,)
    assert client.send(path).status_code == 422
    assert "Fill in at least one figure." in client.send(path).text


def test_evidence_goes_with_the_figure(client, desk, as_manager, partner, contact):
    kpi_id = desk.kpi("REV", "Revenue", submitter="partner", evidence_required=True)
    desk.target(partner, kpi_id, MONTH)
    path = send(as_manager, partner, contact)
    assert report(client, path, kpi_id).status_code == 422
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)[1]
    form = {
        "csrf_token": token,
        field(kpi_id, "value"): "90",
        field(kpi_id, "evidence"): (io.BytesIO(b"sales,90\n"), "sales.csv"),
    }
    assert client.post(path, data=form).location == "/thank-you"
    assert "sales.csv" in as_manager.get(f"/partners/{partner.id}/kpis/{kpi_id}").text


def test_what_was_given_back_is_corrected_through_a_new_link(
    client, desk, as_manager, partner, contact, owed
):
    report(client, send(as_manager, partner, contact), owed)
    with desk.app.app_context():
        return_value(Revision.get().id, "Counted twice?", by=staff())
    path = send(as_manager, partner, contact)
    assert "Given back" in client.get(path).text
    assert report(client, path, owed, "80").location == "/thank-you"
    assert sorted(row.state for row in Revision.select()) == ["returned", "submitted"]


def test_a_link_asks_only_for_what_it_was_made_for(
    client, desk, as_manager, partner, contact, owed
):
    path = send(as_manager, partner, contact)
    later = desk.kpi("LEADS", "Leads", submitter="partner", category="acquisition")
    desk.target(partner, later, MONTH)
    assert "Leads" not in client.get(path).text
    assert report(client, path, later).status_code == 422
    assert not Revision.select().exists()


def test_a_link_with_an_account_acts_in_its_name(client, as_manager, as_contact, partner, owed):
    contact = Contact.get(Contact.partner == partner)
    report(client, send(as_manager, partner, contact), owed)
    assert Revision.get().submitted_by_id == contact.user_id
    assert not LinkPerson.select().exists()


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_many_dead_links_from_one_network_are_slowed(client):
    for _ in range(60):
        assert client.get("/l/made-up.signature").status_code == 410
    assert client.get("/l/made-up.signature").status_code == 429


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_sending_through_one_link_is_slowed(client, as_manager, partner, contact, owed):
    path = send(as_manager, partner, contact)
    answers = [report(client, path, owed, "x").status_code for _ in range(services.POSTS + 1)]
    assert answers[-2:] == [422, 429]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_links_are_sent_by_those_who_may_change_the_partner(
    as_viewer, as_contact, as_other_contact, as_manager, other_partner, partner, contact, owed
):
    assert as_viewer.get(f"/partners/{partner.id}/links").status_code == 403
    assert as_contact.get(f"/partners/{partner.id}/links").status_code == 404
    assert as_manager.get(f"/partners/{other_partner.id}/links").status_code == 403
    send(as_manager, partner, contact)
    at = f"/links/{TaskLink.get().id}/revoke"
    assert (as_viewer.send(at).status_code, as_contact.send(at).status_code) == (403, 404)
    assert TaskLink.get().revoked_at is None


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_contact_of_another_partner_is_no_choice(
    as_manager, as_other_contact, partner, other_partner, contact, owed
):
    foreign = Contact.get(Contact.partner == other_partner)
    answer = as_manager.send(f"/partners/{partner.id}/links", contact=foreign.id)
    assert answer.status_code == 422
    assert not TaskLink.select().exists()


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_an_administrator_decides_whether_and_how_long(
    as_admin, as_manager, partner, contact, owed
):
    decided = {"purpose": "portal.values", "portal.values-days": "3", "portal.values-allowed": "y"}
    too_long = decided | {"portal.values-days": "91"}
    assert as_admin.send("/settings/links", **too_long).status_code == 422
    assert as_admin.send("/settings/links", **decided).status_code == 303
    send(as_manager, partner, contact)
    assert TaskLink.get().expires_at < clock.now() + timedelta(days=3, minutes=1)
    del decided["portal.values-allowed"]
    assert as_admin.send("/settings/links", **decided).status_code == 303
    page = as_manager.get(f"/partners/{partner.id}/links").text
    assert "switched these links off" in page


def test_the_person_of_a_link_cannot_sign_in_and_holds_no_right(
    client, as_admin, as_manager, partner, contact, owed
):
    report(client, send(as_manager, partner, contact), owed)
    person = User.get(User.role == LINK_ROLE)
    assert LINK_ROLE not in CORE_PERMISSIONS
    assert client.send("/login", email=person.email, password="x" * 20).status_code == 422
    assert person.email not in as_admin.get("/people").text
