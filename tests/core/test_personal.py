"""A person's data: written out whole, erased without a trace, kept for a time."""

import io
import json
import zipfile
from datetime import timedelta

import pytest

from app.core import audit, audit_check, clock
from app.core.accounts.models import SignInFailure, User, UserSession
from app.core.audit import Change, Tally
from app.core.db import atomic, database
from app.core.links.models import TaskLink
from app.core.messages.services import queue_mail
from app.core.models import AuditChange, AuditEntry, PendingErasure, Retention
from app.core.partners.models import Contact, Interaction, InteractionContact
from app.core.personal import queries, retention, services

INES = "ines@aurora-retail.example.org"


def dump():
    """Every cell of every table, as one text in small letters."""
    cells = []
    for table in database.get_tables():
        for row in database.execute_sql(f'SELECT * FROM "{table}"').fetchall():
            cells += [str(cell) for cell in row]
    return "\n".join(cells).lower()


def test_erasing_leaves_no_trace_in_the_whole_database_and_the_chains_hold(sample_app):
    browser = sample_app.test_client().sign_in(INES)
    browser.get("/account")
    sample_app.test_client().send("/login", email=INES, password="wrong")
    name = User.get(User.email == INES).name
    with sample_app.test_request_context():
        with atomic():
            audit.record("task.noted", "task:1", changes=[Change("text", None, f"Ask {name}")])
        Interaction.update(others=f"{name.upper()}, {INES}").where(Interaction.id == 1).execute()
        before = dump()
        assert name.lower() in before
        assert INES in before
        rows = AuditEntry.select().count()
        services.erase(queries.by_email(INES))
        after = dump()
    assert name.lower() not in after
    assert INES not in after
    assert AuditEntry.select().count() == rows + 1
    tally = Tally()
    assert list(audit_check.verify(tally)) == []
    assert tally.erased > 0
    assert browser.get("/account").status_code == 302


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_erasing_keeps_ids_and_what_was_done(app, as_contact, partner):
    user = User.get(User.role == "contact")
    as_contact.get("/account")
    with app.test_request_context():
        services.erase(queries.by_user(user.id))
    person = User.get_by_id(user.id)
    assert (person.name, person.active) == (f"Person {user.id}", False)
    contact = Contact.get(Contact.user == user.id)
    assert (contact.name, contact.email) == (f"Person {user.id}", "")
    assert AuditEntry.select().where(AuditEntry.actor == f"user:{user.id}").exists()


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_contact_without_an_account_can_be_erased(app, partner):
    contact = Contact.create(partner=partner, side="partner", name="Ola Ask", email="ola@x.example")
    with app.test_request_context():
        services.erase(queries.by_email("OLA@x.example"))
    assert Contact.get_by_id(contact.id).name == f"Contact {contact.id}"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_links_that_were_sent_to_somebody_end_without_their_address(app, partner):
    contact = Contact.create(partner=partner, side="partner", name="Ola Ask", email="ola@x.example")
    soon = clock.now() + timedelta(days=3)
    TaskLink.create(
        token_hash="a",
        purpose="x",
        ref="partner:1",
        contact=contact,
        address="ola@x.example",
        expires_at=soon,
    )
    with app.test_request_context():
        services.erase(queries.by_email("ola@x.example"))
    link = TaskLink.get()
    assert link.address == ""
    assert link.revoked_at is not None


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_only_whole_words_give_way(app, partner):
    Contact.create(partner=partner, side="partner", name="Ann Lee", email="ann@x.example")
    partner.legal_name = "Joann Leeds, with Ann Lee"
    partner.save()
    with app.test_request_context():
        services.erase(queries.by_email("ann@x.example"))
    text = type(partner).get_by_id(partner.id).legal_name
    assert text.startswith("Joann Leeds, with Contact ")


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_page_shows_what_would_go_and_asks_for_the_e_mail(as_admin):
    viewer = User.get(User.email == "viewer@example.org")
    path = f"/people/{viewer.id}/erase"
    page = as_admin.get(path).text
    assert "What they did" in page or "Account" in page
    assert as_admin.send(path, email="").status_code == 422
    assert as_admin.send(path, email="admin@example.org").status_code == 422
    assert User.get_by_id(viewer.id).active
    assert as_admin.send(path, email="Viewer@example.org").status_code == 303
    assert not User.get_by_id(viewer.id).active
    assert as_admin.get("/people/999/erase").status_code == 404
    assert as_admin.get("/people/contacts/999/erase").status_code == 404


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_last_administrator_cannot_be_erased(as_admin):
    admin = User.get(User.role == "admin")
    answer = as_admin.send(f"/people/{admin.id}/erase", email=admin.email)
    assert answer.status_code == 422
    assert "At least one administrator must remain." in answer.text
    assert User.get_by_id(admin.id).active


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_managers_erase_nobody(as_manager):
    admin = User.get(User.role == "admin")
    for path in (f"/people/{admin.id}/erase", f"/people/{admin.id}/data"):
        assert as_manager.send(path, email=admin.email).status_code == 403


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_ones_own_data_come_as_a_zip_a_few_times_an_hour(as_contact, partner):
    with as_contact.send("/account/data") as answer:
        archive = zipfile.ZipFile(io.BytesIO(answer.data))
    held = json.loads(archive.read("personal-data.json"))
    assert held["person"]["emails"] == ["contact@nordlicht.example"]
    titles = {part["title"] for part in held["held"]}
    assert {"Account", "Contact", "Signed-in browsers", "What they did"} <= titles
    assert "password" not in archive.read("personal-data.json").decode()
    assert AuditEntry.select().where(AuditEntry.action == "person.exported").count() == 1
    codes = []
    for _ in range(5):
        with as_contact.send("/account/data") as again:
            codes.append(again.status_code)
    assert codes == [200, 200, 200, 200, 429]


def own_data(browser):
    """What somebody downloads of themselves, as one text."""
    with browser.send("/account/data") as answer:
        archive = zipfile.ZipFile(io.BytesIO(answer.data))
    return archive.read("personal-data.json").decode()


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_an_address_that_nobody_has_proven_opens_no_mails(app, as_contact, as_manager):
    with atomic():
        queue_mail("manager@example.org", kind="x", subject="For Marek alone", paragraphs=["-"])
    Contact.update(email="manager@example.org").execute()  # as a proposal might have it
    assert "For Marek alone" not in own_data(as_contact)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_wrong_passwords_of_a_longer_address_are_somebody_elses(app, as_contact):
    longer = "my-contact@nordlicht.example"
    app.test_client().send("/login", email=longer, password="wrong")
    app.test_client().send("/login", email="contact@nordlicht.example", password="wrong")
    told = own_data(as_contact)
    assert longer not in told
    assert "contact@nordlicht.example|127.0.0.1" in told


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_what_staff_wrote_for_each_other_is_handed_out_by_staff_alone(
    app, as_contact, as_admin, partner
):
    contact = Contact.get()
    talk = Interaction.create(
        partner=partner, at=clock.now(), channel="call", direction="out", summary="They may leave"
    )
    InteractionContact.insert(interaction=talk, contact=contact).execute()
    assert "They may leave" not in own_data(as_contact)
    with as_admin.send(f"/people/{contact.user_id}/data") as answer:
        archive = zipfile.ZipFile(io.BytesIO(answer.data))
    assert "They may leave" in archive.read("personal-data.json").decode()


def test_a_failing_part_fails_the_whole(app, monkeypatch):
    viewer = User.get(User.email == "viewer@example.org")

    def fail(*_args):
        raise RuntimeError("broken")

    from app.core.personal import registry

    monkeypatch.setitem(registry.PARTS, "broken", registry.Part(fail, fail))
    with app.test_request_context(), pytest.raises(RuntimeError):
        services.erase(queries.by_user(viewer.id))
    assert User.get_by_id(viewer.id).name == "Viewer"
    with app.test_request_context(), pytest.raises(RuntimeError):
        services.write(queries.by_user(viewer.id), io.BytesIO())


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_plugin_that_is_off_is_pending_and_runs_when_it_returns(as_admin, app):
    host = app.extensions["entente"].host
    viewer = User.get(User.email == "viewer@example.org")
    as_admin.send("/admin/plugins/incentives/switch", enabled="off")
    answer = as_admin.send(f"/people/{viewer.id}/erase", email="viewer@example.org")
    assert answer.status_code == 303
    assert PendingErasure.get().plugin == "incentives"
    assert "viewer@" not in str(PendingErasure.select().dicts().get())
    manager = User.get(User.email == "manager@example.org")
    assert "incentives" in as_admin.get(f"/people/{manager.id}/erase").text
    with app.app_context():
        services.run_pending()
        assert PendingErasure.select().count() == 1
    as_admin.send("/admin/plugins/incentives/switch", enabled="on")
    with app.app_context():
        assert host.is_on("incentives")
        services.run_pending()
    assert PendingErasure.select().count() == 0


def test_old_records_go_and_the_chain_holds(app, as_admin):
    with atomic():
        audit.record("partner.changed", "partner:7", changes=[Change("name", "Nord", "Süd")])
    SignInFailure.create(key="x|y", at=clock.now() - timedelta(days=40))
    SignInFailure.create(key="x|y")
    UserSession.update(seen_at=clock.now() - timedelta(days=40)).execute()
    with app.app_context():
        retention.apply()
    assert SignInFailure.select().count() == 1
    assert UserSession.select().count() == 0
    assert AuditChange.select().where(AuditChange.salt.is_null()).count() == 0
    retention.change({"audit_texts": 1, "audit_addresses": None})
    _age_the_audit()
    aged = list(audit_check.verify())
    with app.app_context():
        retention.apply()
    left = {row.field for row in AuditChange.select().where(AuditChange.salt.is_null(False))}
    assert left <= {audit.FROM}
    assert list(audit_check.verify()) == aged  # taking texts away breaks no chain


def _age_the_audit():
    """Make every row a year old, as only somebody with the database's own rights could."""
    names = ("no_update", "no_change")
    with atomic():
        for name in names:
            on = " ON audit_entry" if database.param == "%s" else ""
            database.execute_sql(f"DROP TRIGGER IF EXISTS audit_entry_{name}{on}")
        database.execute_sql("UPDATE audit_entry SET at = '2020-01-01 00:00:00'")


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_retention_is_chosen_on_its_page_and_audited(as_admin):
    page = as_admin.get("/settings/retention").text
    assert "Refused sign-ins" in page
    form = {key: str(days or "") for key, days in retention.chosen().items()}
    assert as_admin.send("/settings/retention", **form | {"mails": "0"}).status_code == 422
    assert as_admin.send("/settings/retention", **form | {"mails": "9" * 30}).status_code == 422
    assert as_admin.send("/settings/retention", **form | {"mails": ""}).status_code == 303
    assert Retention.get_by_id("mails").days is None
    assert AuditEntry.get(AuditEntry.action == "retention.changed").ref == "organisation:1"
    assert retention.chosen()["sessions"] == 30
