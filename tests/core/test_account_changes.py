"""Changes of an account by its owner: forgotten password, new password, new address, sessions."""

import json
import logging
import re
import threading
from datetime import timedelta

import pytest

from app.core import clock
from app.core.accounts import mailed_links
from app.core.accounts.models import MailedLink, User, UserSession
from app.core.accounts.tokens import DeadLink
from app.core.db import connect, database
from app.core.models import AuditEntry, Job
from app.core.partners.models import Contact
from app.testing import PASSWORD
from tests.core.account_support import PASSKEY, code, forgotten, link_in, mails, set_up, user, work

VIEWER = "viewer@example.org"
only_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def change_email(browser, email):
    """Ask for another address; the paths in the mails to the new and to the old one."""
    assert browser.send("/account/email", email=email).status_code == 303
    work(browser.application, "accounts.change_email")
    new, old = mails("address_new"), mails("address_old")
    return (link_in(new[-1]) if new else None), link_in(old[-1])


# ---- A forgotten password -----------------------------------------------------------------


def test_a_link_in_the_mail_sets_a_new_password_and_ends_every_session(app, client, as_viewer):
    link = forgotten(app, client, "Viewer@Example.org ")
    assert client.send(link, password=PASSKEY).status_code == 303
    assert as_viewer.get("/account").status_code == 302
    assert client.send("/login", email=VIEWER, password=PASSWORD).status_code == 422
    app.test_client().sign_in(VIEWER, PASSKEY)
    assert [mail.to_address for mail in mails("password_changed")] == [VIEWER]


@only_sqlite
def test_known_and_unknown_addresses_get_the_same_answer_and_the_same_work(client):
    seen = set()
    for email in (VIEWER, "nobody@example.org"):
        before = Job.select().count()
        answer = client.send("/forgot", email=email)
        text = re.sub(r'csrf_token" value="[^"]+', "", answer.text.replace(email, ""))
        seen.add((answer.status_code, text, Job.select().count() - before))
    assert len(seen) == 1
    assert not mails()  # the job, not the request, looks


@only_sqlite
def test_nothing_is_mailed_to_strangers_and_disabled_people(app, client):
    User.update(active=False).execute()
    assert forgotten(app, client, VIEWER) is None
    assert forgotten(app, client, "nobody@example.org") is None


@only_sqlite
def test_one_mailbox_is_not_filled(app, client):
    for _ in range(5):
        assert client.send("/forgot", email=VIEWER).status_code == 200
    work(app, "accounts.reset")
    assert len(mails("password_reset")) == 3


@only_sqlite
def test_opening_the_link_changes_nothing(app, client):
    link = forgotten(app, client, VIEWER)
    for _ in range(3):
        assert client.get(link).status_code == 200
    assert client.send(link, password=PASSKEY).status_code == 303


def test_a_link_works_once(app, client):
    link = forgotten(app, client, VIEWER)
    client.send(link, password=PASSKEY)
    assert client.get(link).status_code == 404
    assert client.send(link, password=PASSKEY).status_code == 404


@only_sqlite
def test_a_newer_link_kills_the_former(app, client):
    former, newer = forgotten(app, client, VIEWER), forgotten(app, client, VIEWER)
    assert client.get(former).status_code == 404
    assert client.get(newer).status_code == 200


@only_sqlite
def test_a_link_expires_after_an_hour(app, client):
    link = forgotten(app, client, VIEWER)
    row = MailedLink.get()
    assert row.expires_at - clock.now() <= timedelta(hours=1)
    MailedLink.update(expires_at=clock.now() - timedelta(seconds=1)).execute()
    assert client.get(link).status_code == 404


@only_sqlite
def test_a_link_of_one_kind_opens_no_other(app, client, as_viewer):
    reset = forgotten(app, client, VIEWER).rsplit("/", 1)[1]
    assert client.get(f"/email/{reset}").status_code == 404
    assert client.send(f"/email/{reset}/stop").status_code == 404
    assert client.get(f"/invitation/{reset}").status_code == 404


@only_sqlite
def test_the_second_factor_is_still_asked_for(app, client, as_viewer):
    set_up(app, as_viewer, VIEWER)
    client.send(forgotten(app, client, VIEWER), password=PASSKEY)
    answer = client.send("/login", email=VIEWER, password=PASSKEY)
    assert answer.location.startswith("/login/code")


@only_sqlite
def test_a_changed_password_kills_the_link_that_was_mailed_before(app, client, as_viewer):
    link = forgotten(app, client, VIEWER)
    as_viewer.send("/account/password", present=PASSWORD, password=PASSKEY)
    assert client.get(link).status_code == 404


@only_sqlite
def test_the_link_is_made_of_the_configured_address(app, client):
    page = client.get("/forgot", base_url="http://evil.example").text
    form = {"email": VIEWER, "csrf_token": page.split('csrf_token" value="')[1].split('"')[0]}
    answer = client.post("/forgot", data=form, base_url="http://evil.example")
    assert answer.status_code == 200
    work(app, "accounts.reset")
    address = json.loads(mails("password_reset")[0].content)["action"][1]
    assert address.startswith(app.extensions["entente"].config.url + "/reset/")


@only_sqlite
def test_a_weak_new_password_is_refused(app, client):
    link = forgotten(app, client, VIEWER)
    assert client.send(link, password="password1").status_code == 422


def test_a_link_used_twice_at_the_same_moment_works_once(app, client):
    forgotten(app, client, VIEWER)
    link = MailedLink.get()
    start, outcomes = threading.Barrier(2), []

    def run():
        with app.app_context():
            connect()
            start.wait()
            try:
                mailed_links.reset(link, PASSKEY, cheap=True)
                outcomes.append("done")
            except DeadLink:
                outcomes.append("dead")
            finally:
                database.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["dead", "done"]


@only_sqlite
def test_a_link_stands_in_no_log(app, client, caplog):
    link = forgotten(app, client, VIEWER)
    caplog.set_level(logging.INFO, "app.web")
    assert client.post(link).status_code == 403  # without the form's token
    assert "POST '/reset/#" in caplog.text
    assert link.rpartition("/")[2] not in caplog.text


@only_sqlite
def test_secret_mails_are_marked_as_such(app, client, as_viewer):
    forgotten(app, client, VIEWER)
    change_email(as_viewer, "new@example.org")
    assert {mail.kind for mail in mails() if mail.secret} == {
        "accounts.password_reset",
        "accounts.address_new",
        "accounts.address_old",
    }


# ---- The own password ---------------------------------------------------------------------


def test_changing_the_password_keeps_this_session_with_a_new_id_and_ends_the_others(app, as_viewer):
    other = app.test_client().sign_in(VIEWER)
    with as_viewer.session_transaction() as cookie:
        before = cookie["sid"]
    answer = as_viewer.send("/account/password", present=PASSWORD, password=PASSKEY)
    assert answer.status_code == 303
    with as_viewer.session_transaction() as cookie:
        assert cookie["sid"] != before
    assert other.get("/account").status_code == 302
    assert as_viewer.get("/account").status_code == 200
    assert len(mails("password_changed")) == 1


@only_sqlite
def test_the_present_password_is_asked_and_guessing_it_is_stopped(as_viewer):
    for _ in range(10):
        answer = as_viewer.send("/account/password", present="wrong one", password=PASSKEY)
        assert answer.status_code == 422
    answer = as_viewer.send("/account/password", present=PASSWORD, password=PASSKEY)
    assert answer.status_code == 429


# ---- Another address ----------------------------------------------------------------------


def test_the_address_changes_once_both_mailboxes_have_confirmed_it(app, as_viewer):
    other = app.test_client().sign_in(VIEWER)
    new, old = change_email(as_viewer, "New@Example.org")
    assert as_viewer.get(new).status_code == 200
    assert as_viewer.send(new).status_code == 303
    assert user(VIEWER)  # one of two
    assert other.get("/account").status_code == 200
    assert as_viewer.send(old).status_code == 303
    assert user("new@example.org").role == "viewer"
    assert as_viewer.get("/account").status_code == 200
    assert other.get("/account").status_code == 302
    assert [mail.to_address for mail in mails("address_changed")] == [VIEWER]
    assert as_viewer.send(new).status_code == as_viewer.send(old).status_code == 404


@only_sqlite
def test_the_present_mailbox_may_be_the_first_to_confirm(client, as_viewer):
    new, old = change_email(as_viewer, "new@example.org")
    assert client.send(old).status_code == 303
    assert client.send(old).status_code == 404  # each link works once
    assert user(VIEWER)
    assert client.send(new).status_code == 303
    assert user("new@example.org")


@only_sqlite
def test_the_account_page_says_which_mailbox_a_change_waits_for(as_viewer):
    assert "New address" not in as_viewer.get("/account").text
    new, _old = change_email(as_viewer, "new@example.org")
    assert "To be confirmed in the mails to both addresses" in as_viewer.get("/account").text
    as_viewer.send(new)
    assert "in the mail to your present address" in as_viewer.get("/account").text


@only_sqlite
def test_a_confirmation_that_has_expired_does_not_count(as_viewer):
    new, old = change_email(as_viewer, "new@example.org")
    as_viewer.send(new)
    MailedLink.update(expires_at=clock.now()).where(MailedLink.purpose == "email").execute()
    assert as_viewer.send(old).status_code == 303
    assert user(VIEWER)


@only_sqlite
def test_the_present_mailbox_stops_it(client, as_viewer):
    new, old = change_email(as_viewer, "new@example.org")
    assert "Stop the change" in client.get(old).text
    assert "Stop the change" not in client.get(new).text
    assert client.send(f"{new}/stop").status_code == 404
    assert client.send(f"{old}/stop").status_code == 303
    assert client.get(new).status_code == 404
    assert user(VIEWER)


@only_sqlite
def test_whoever_asked_calls_it_off(as_viewer):
    new, old = change_email(as_viewer, "new@example.org")
    assert as_viewer.send("/account/email/call-off").status_code == 303
    assert as_viewer.get(new).status_code == as_viewer.get(old).status_code == 404
    assert "New address" not in as_viewer.get("/account").text


@only_sqlite
def test_a_contacts_letters_follow_to_the_address_that_both_mailboxes_confirmed(as_contact):
    contact = Contact.get(Contact.user == user("contact@nordlicht.example").id)
    for link in change_email(as_contact, "new@example.org"):
        as_contact.send(link)
    assert Contact.get_by_id(contact.id).email == "new@example.org"


@only_sqlite
def test_an_address_in_use_is_not_told_to_the_person_and_never_taken(as_viewer):
    new, old = change_email(as_viewer, "admin@example.org")
    assert new is None
    assert [mail.to_address for mail in mails("address_taken")] == ["admin@example.org"]
    as_viewer.send(old)
    assert user("admin@example.org").role == "admin"
    assert user(VIEWER)


@only_sqlite
def test_an_address_that_became_somebodys_meanwhile_is_not_taken_over(as_viewer):
    new, old = change_email(as_viewer, "new@example.org")
    User.create(name="Newer", email="new@example.org", role="viewer")
    as_viewer.send(new)
    assert as_viewer.send(old).status_code == 404
    assert user(VIEWER)


@only_sqlite
def test_a_free_and_a_used_address_get_the_same_answer(as_viewer):
    answers = [
        as_viewer.send("/account/email", email=email)
        for email in ("admin@example.org", "free@example.org")
    ]
    assert len({(answer.status_code, answer.location) for answer in answers}) == 1


# ---- Sessions -----------------------------------------------------------------------------


@only_sqlite
def test_sessions_are_listed_in_words_with_this_one_first(app, as_viewer):
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    other = app.test_client()
    form = {"email": VIEWER, "password": PASSWORD, "csrf_token": other.token()}
    other.post("/login", data=form, headers={"User-Agent": agent})
    page = as_viewer.get("/account").text
    assert "Firefox, Linux" in page
    assert page.index("This one") < page.index("Firefox, Linux")


@only_sqlite
def test_all_other_sessions_end_at_once(app, as_viewer):
    other = app.test_client().sign_in(VIEWER)
    assert as_viewer.send("/account/sessions/end").status_code == 303
    assert other.get("/account").status_code == 302
    assert as_viewer.get("/account").status_code == 200


@only_sqlite
def test_nobody_ends_somebody_elses_session_from_their_own_account(app, as_viewer, as_manager):
    row = UserSession.get(UserSession.user == user("manager@example.org"))
    as_viewer.send("/account", session=row.id)
    assert as_manager.get("/account").status_code == 200


@only_sqlite
def test_an_administrator_ends_one_session_of_a_person(app, as_admin, as_viewer):
    row = UserSession.get(UserSession.user == user(VIEWER))
    other = app.test_client().sign_in(VIEWER)
    path = f"/people/{user(VIEWER).id}/sessions/{row.id}/end"
    assert as_admin.send(path).status_code == 303
    assert as_viewer.get("/account").status_code == 302
    assert other.get("/account").status_code == 200


@only_sqlite
def test_an_administrator_who_changes_the_own_password_stays_signed_in(as_admin):
    me = user("admin@example.org")
    form = {"name": me.name, "email": me.email, "role": "admin", "active": "y", "version": "1"}
    answer = as_admin.send(f"/people/{me.id}", password=PASSKEY, **form)
    assert answer.status_code == 303
    assert as_admin.get("/people").status_code == 200


# ---- It is really you ---------------------------------------------------------------------


def let_time_pass(minutes=11):
    UserSession.update(confirmed_at=clock.now() - timedelta(minutes=minutes)).execute()


@only_sqlite
def test_a_sensitive_page_asks_who_it_is_and_returns(as_viewer):
    let_time_pass()
    asked = as_viewer.get("/account/email")
    assert asked.location == "/account/confirm?next=/account/email"
    answer = as_viewer.send(asked.location, proof=PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/account/email")
    assert as_viewer.get("/account/email").status_code == 200


@only_sqlite
def test_it_holds_for_ten_minutes(as_viewer):
    let_time_pass(9)
    assert as_viewer.get("/account/email").status_code == 200


@only_sqlite
def test_what_was_typed_is_sent_again_after_the_proof(as_admin):
    let_time_pass()
    form = {"name": "Ines <b>", "email": "ines@example.org", "role": "viewer"}
    asked = as_admin.send("/people/new", **form)
    assert asked.status_code == 403
    assert "Confirm that it is you" in asked.text
    assert "Ines &lt;b&gt;</textarea>" in asked.text
    proof = {"proof": PASSWORD, "proof_next": "/people/new", "proof_again": "1"}
    answer = as_admin.send("/account/confirm", **form, **proof)
    assert (answer.status_code, answer.location) == (307, "/people/new")
    assert as_admin.send("/people/new", **form, **proof).status_code == 303
    assert mails("invitation")[0].to_address == "ines@example.org"


@only_sqlite
def test_a_wrong_proof_keeps_what_was_typed(as_admin):
    let_time_pass()
    form = {"name": "Ines", "proof": "wrong", "proof_next": "/people/new", "proof_again": "1"}
    answer = as_admin.send("/account/confirm", **form)
    assert answer.status_code == 422
    assert "Ines</textarea>" in answer.text


@only_sqlite
def test_the_proof_gives_the_session_a_new_id(as_viewer):
    with as_viewer.session_transaction() as cookie:
        before = cookie["sid"]
    as_viewer.send("/account/confirm?next=/account", proof=PASSWORD)
    with as_viewer.session_transaction() as cookie:
        assert cookie["sid"] != before


@only_sqlite
def test_a_code_proves_it_too(app, as_viewer):
    set_up(app, as_viewer, VIEWER)
    let_time_pass()
    answer = as_viewer.send("/account/confirm?next=/account/email", proof=code(app, VIEWER))
    assert answer.status_code == 303


@only_sqlite
@pytest.mark.parametrize("target", ["//evil.example", "/\\evil.example", "https://evil.example"])
@pytest.mark.parametrize("again", [{}, {"proof_again": "1"}])
def test_the_proof_never_leads_to_another_site(as_viewer, target, again):
    answer = as_viewer.send("/account/confirm", proof=PASSWORD, proof_next=target, **again)
    assert (answer.status_code, answer.location) == (303, "/account")


@only_sqlite
def test_guessing_the_proof_is_stopped_in_this_session_alone(app, as_viewer):
    other = app.test_client().sign_in(VIEWER)
    for _ in range(10):
        as_viewer.send("/account/confirm", proof="wrong one")
    assert as_viewer.send("/account/confirm", proof=PASSWORD).status_code == 429
    assert other.send("/account/confirm", proof=PASSWORD).status_code == 303


@only_sqlite
@pytest.mark.parametrize(
    "path",
    [
        "/account/calendar",
        "/account/recovery-codes",
        "/account/second-factor/remove",
        "/people/new",
        "/people/1",
        "/people/1/sessions/end",
        "/people/1/second-factor/remove",
        "/settings/sign-in",
        "/settings/api/new",
    ],
)
def test_sensitive_changes_ask_first(as_admin, path):
    let_time_pass()
    answer = as_admin.send(path)
    assert answer.status_code == 403
    assert "Confirm that it is you" in answer.text


@only_sqlite
def test_what_happened_to_an_account_is_on_record_without_addresses(app, client, as_viewer):
    client.send(forgotten(app, client, VIEWER), password=PASSKEY)
    actions = {entry.action for entry in AuditEntry.select()}
    assert {"user.reset_asked", "user.password_reset"} <= actions
    assert not any(VIEWER in entry.detail for entry in AuditEntry.select())


@only_sqlite
def test_an_address_that_an_administrator_changes_ends_links_in_the_old_mailbox(
    app, client, as_admin
):
    link = forgotten(app, client, VIEWER)
    person = user(VIEWER)
    form = {"name": person.name, "role": "viewer", "active": "y", "version": "1"}
    answer = as_admin.send(f"/people/{person.id}", email="v@example.org", **form)
    assert answer.status_code == 303
    assert client.get(link).status_code == 404
