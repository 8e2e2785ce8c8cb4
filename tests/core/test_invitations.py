"""Invitations by e-mail: for staff and contacts, once, for seven days, revocable."""

import threading
from datetime import timedelta

import pytest

from app.core import clock
from app.core.accounts import invitations
from app.core.accounts.models import Invitation, SignInFailure, User
from app.core.accounts.throttle import LINKS_PER_NETWORK
from app.core.accounts.tokens import DeadLink
from app.core.db import atomic, connect, database
from app.core.messages.models import BouncingAddress
from app.core.models import AuditEntry
from app.core.partners.models import Contact
from tests.core.account_support import PASSKEY, link_in, mails, require_factor, user

INES = "ines@example.org"
only_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def invite_staff(as_admin, email=INES, **form):
    """Ask somebody in through the people page; answers the link in the mail."""
    form = {"name": "Ines Moreau", "email": email, "role": "viewer"} | form
    answer = as_admin.send("/people/new", **form)
    assert answer.status_code == 303, answer.text
    return link_in(mails("invitation")[-1])


def contact_of(partner, **values):
    """Somebody to reach who has no account yet."""
    values = {"name": "Ole Berg", "email": "ole@nordlicht.example"} | values
    return Contact.create(partner=partner, side="partner", **values)


def invite_contact(browser, person):
    """Press the button on the partner's page; answers the link in the mail."""
    answer = browser.send(f"/partners/{person.partner_id}/contacts/{person.id}/invite")
    assert answer.status_code == 303
    return link_in(mails("invitation")[-1])


def accept(app, link, password=PASSKEY, name="Ines"):
    """Follow a link in a browser of its own and choose a password."""
    browser = app.test_client()
    return browser, browser.send(link, name=name, password=password)


def test_somebody_invited_chooses_a_password_and_is_in(app, as_admin):
    browser, answer = accept(app, invite_staff(as_admin))
    assert answer.status_code == 303
    assert browser.get("/home").status_code == 200
    assert user(INES).role == "viewer"
    app.test_client().sign_in(INES, PASSKEY)


def test_only_the_hash_of_the_link_is_kept(app, as_admin):
    token = invite_staff(as_admin).rsplit("/", 1)[1]
    assert len(token) >= 43  # 256 bits
    row = Invitation.get()
    assert token not in "".join(str(value) for value in row.__data__.values())


@only_sqlite
def test_the_list_says_that_an_invitation_was_refused_by_the_mail_server(as_admin):
    invite_staff(as_admin)
    assert "E-mail refused" not in as_admin.get("/people").text
    BouncingAddress.create(address=INES, reason="550 5.1.1 no such user")
    assert "E-mail refused" in as_admin.get("/people").text


@only_sqlite
def test_opening_the_link_changes_nothing(app, as_admin):
    link = invite_staff(as_admin)
    for _ in range(3):
        page = app.test_client().get(link)
        assert page.status_code == 200
    assert "Harbour &amp; Hill invites you" in page.text
    assert Invitation.get().ended_at is None
    assert accept(app, link)[1].status_code == 303


@only_sqlite
def test_used_expired_revoked_and_made_up_links_answer_the_same(app, as_admin):
    used, expired, revoked = (invite_staff(as_admin, f"{n}@example.org") for n in "abc")
    accept(app, used)
    Invitation.update(expires_at=clock.now()).where(Invitation.email == "b@example.org").execute()
    row = Invitation.get(Invitation.email == "c@example.org")
    assert as_admin.send(f"/people/invitations/{row.id}/revoke").status_code == 303
    guessed = "/invitation/" + "x" * 43
    client = app.test_client()
    pages = [client.get(link) for link in (used, expired, revoked, guessed)]
    assert {page.status_code for page in pages} == {404}
    assert len({page.text for page in pages}) == 1
    assert "This link does not work" in pages[0].text
    assert client.send(expired, name="B", password=PASSKEY).status_code == 404


def test_sending_again_makes_a_new_link_and_the_former_dies(app, as_admin):
    former = invite_staff(as_admin)
    row = Invitation.get()
    assert as_admin.send(f"/people/invitations/{row.id}/again").status_code == 303
    fresh = link_in(mails("invitation")[-1])
    assert app.test_client().get(former).status_code == 404
    assert accept(app, fresh)[1].status_code == 303


@only_sqlite
def test_an_expired_invitation_can_be_sent_again(app, as_admin):
    invite_staff(as_admin)
    Invitation.update(expires_at=clock.now() - timedelta(days=1)).execute()
    assert "Expired" in as_admin.get("/people").text
    as_admin.send(f"/people/invitations/{Invitation.get().id}/again")
    assert accept(app, link_in(mails("invitation")[-1]))[1].status_code == 303


@only_sqlite
def test_an_invitation_lasts_seven_days(app, as_admin):
    link = invite_staff(as_admin)
    row = Invitation.get()
    assert row.expires_at - row.sent_at == timedelta(days=7)
    with clock.frozen(row.sent_at + timedelta(days=7, seconds=1)), pytest.raises(DeadLink):
        invitations.find(link.rsplit("/", 1)[1], "203.0.113.1")


@only_sqlite
def test_a_weak_password_comes_back_with_the_name_that_was_typed(app, as_admin):
    _browser, answer = accept(app, invite_staff(as_admin), password="ines@example.org", name="Inès")
    assert answer.status_code == 422
    assert "Inès" in answer.text
    assert Invitation.get().ended_at is None


@only_sqlite
def test_a_role_that_requires_a_second_factor_sets_it_up_before_anything_else(app, as_admin):
    link = invite_staff(as_admin)
    require_factor("viewer")
    browser, _answer = accept(app, link)
    assert browser.get("/home").location == "/account/second-factor"


def test_a_manager_invites_a_contact_of_an_own_partner(app, as_manager, partner):
    person = contact_of(partner)
    browser, answer = accept(app, invite_contact(as_manager, person), name="Ole Berg")
    assert answer.status_code == 303
    assert browser.get("/portal").status_code == 200
    joined = Contact.get_by_id(person.id).user
    assert (joined.email, joined.role) == ("ole@nordlicht.example", "contact")


@only_sqlite
def test_the_partners_page_tells_who_was_invited_and_who_can_sign_in(app, as_manager, partner):
    person = contact_of(partner)
    assert "Invite to the portal" in as_manager.get(f"/partners/{partner.id}").text
    link = invite_contact(as_manager, person)
    assert "Invited on" in as_manager.get(f"/partners/{partner.id}").text
    accept(app, link)
    page = as_manager.get(f"/partners/{partner.id}").text
    assert "Can sign in" in page
    assert "Invited on" not in page


@only_sqlite
def test_a_manager_cannot_invite_contacts_of_others(as_manager, other_partner):
    person = contact_of(other_partner)
    answer = as_manager.send(f"/partners/{other_partner.id}/contacts/{person.id}/invite")
    assert answer.status_code == 403
    assert not mails()


@only_sqlite
def test_a_contact_of_another_partner_is_not_found(as_manager, partner, other_partner):
    person = contact_of(other_partner)
    answer = as_manager.send(f"/partners/{partner.id}/contacts/{person.id}/invite")
    assert answer.status_code == 404


@only_sqlite
def test_viewers_and_contacts_invite_nobody(as_viewer, as_contact, partner):
    person = contact_of(partner)
    path = f"/partners/{partner.id}/contacts/{person.id}/invite"
    assert as_viewer.send(path).status_code == 403
    assert as_contact.send(path).status_code == 404


def test_removing_a_contact_revokes_the_invitation(app, as_manager, partner):
    person = contact_of(partner)
    link = invite_contact(as_manager, person)
    as_manager.send(f"/partners/{partner.id}/contacts/{person.id}/remove")
    assert app.test_client().get(link).status_code == 404
    assert Invitation.get().outcome == "revoked"


@only_sqlite
def test_another_address_of_the_contact_ends_the_link_that_went_to_the_former(
    app, as_manager, partner
):
    person = contact_of(partner)
    link = invite_contact(as_manager, person)
    form = {"name": "Ole", "side": "partner", "email": "o@nordlicht.example", "version": "1"}
    path = f"/partners/{partner.id}/contacts/{person.id}"
    assert as_manager.send(path, level="operational", **form).status_code == 303
    assert app.test_client().get(link).status_code == 404


@only_sqlite
def test_inviting_again_keeps_one_open_invitation(as_manager, partner):
    person = contact_of(partner)
    first, second = invite_contact(as_manager, person), invite_contact(as_manager, person)
    assert first != second
    assert Invitation.select().count() == 1


@only_sqlite
def test_a_manager_does_not_learn_that_an_address_has_an_account(as_manager, partner):
    stranger = contact_of(partner, email="admin@example.org")
    fresh = contact_of(partner, name="Uma", email="uma@nordlicht.example")
    path = f"/partners/{partner.id}/contacts/"
    answers = [as_manager.send(f"{path}{who.id}/invite") for who in (stranger, fresh)]
    assert len({(answer.status_code, answer.location) for answer in answers}) == 1
    page = as_manager.get(f"/partners/{partner.id}").text
    assert page.count("Invited on") == 2
    assert [m.kind for m in mails()] == ["accounts.invited_again", "accounts.invitation"]


@only_sqlite
def test_an_address_that_got_an_account_meanwhile_is_never_taken_over(app, as_admin):
    link = invite_staff(as_admin)
    User.create(name="Another", email=INES, role="viewer")
    assert accept(app, link)[1].status_code == 404
    assert user(INES).name == "Another"


@only_sqlite
def test_an_administrator_is_told_of_an_address_in_use(as_admin):
    form = {"name": "X", "email": "viewer@example.org", "role": "viewer"}
    answer = as_admin.send("/people/new", **form)
    assert answer.status_code == 422
    assert "Somebody has an account with this address already." in answer.text


@only_sqlite
def test_the_address_in_the_mail_is_the_configured_one(app, as_admin):
    form = {"name": "Ines", "email": INES, "role": "viewer", "csrf_token": as_admin.token()}
    answer = as_admin.post("/people/new", data=form, headers={"X-Forwarded-Host": "evil.example"})
    assert answer.status_code == 303
    assert app.extensions["entente"].config.url + "/invitation/" in mails("invitation")[0].content
    assert "evil" not in mails("invitation")[0].content


@only_sqlite
def test_trying_many_links_is_slowed(app, client):
    for _ in range(LINKS_PER_NETWORK):
        SignInFailure.create(key="link|127.0.0.1")
    assert client.get("/invitation/" + "y" * 43).status_code == 429


@only_sqlite
def test_no_secret_is_in_the_audit_trail(app, as_admin):
    token = invite_staff(as_admin).rsplit("/", 1)[1]
    assert not any(token in entry.detail for entry in AuditEntry.select())
    assert not any(INES in entry.detail for entry in AuditEntry.select())


def test_two_who_accept_at_the_same_moment_make_one_account(app, as_admin):
    invite_staff(as_admin)
    row = Invitation.get()
    start, outcomes = threading.Barrier(2), []

    def run(name):
        with app.app_context():
            connect()
            start.wait()
            try:
                invitations.accept(row.id, name=name, password=PASSKEY, cheap=True)
                outcomes.append("in")
            except DeadLink:
                outcomes.append("dead")
            finally:
                database.close()

    threads = [threading.Thread(target=run, args=(name,)) for name in ("A", "B")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["dead", "in"]
    assert User.select().where(User.email == INES).count() == 1


@only_sqlite
def test_an_acceptance_that_cannot_be_completed_leaves_no_account(app, as_manager, partner):
    person = contact_of(partner)
    link = invite_contact(as_manager, person)
    with atomic():
        Contact.update(active=False).where(Contact.id == person.id).execute()
    assert accept(app, link)[1].status_code == 404
    assert User.get_or_none(User.email == person.email) is None
