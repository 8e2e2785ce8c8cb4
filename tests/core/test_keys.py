"""The installation's key is replaced: what the former one made goes on while it is kept."""

from dataclasses import replace

import pyotp
import pytest

from app import keys
from app.core.accounts import factor_keys, totp
from app.core.accounts.models import SecondFactor
from app.core.calendar import services as calendar
from app.core.http_api import services as tokens
from app.core.messages import unsubscribing
from app.core.partners.models import Contact
from app.security import secret_keys, use_keys
from app.testing import PASSWORD, SECRET
from tests.core.account_support import forgotten, set_up, user
from tests.core.desk import Desk, staff
from tests.core.test_links import MONTH, send

ADMIN = "admin@example.org"
VIEWER = "viewer@example.org"
NEW = "another key altogether"
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def rotate(app, *, kept: bool = True):
    """What a restart with a new key does, the former one kept as a fallback or not."""
    made = app.extensions["entente"]
    config = replace(made.config, secret_key=NEW, former_keys=(SECRET,) if kept else ())
    app.extensions["entente"] = replace(made, config=config)
    use_keys(app, config)


@pytest.mark.parametrize(("kept", "status"), [(True, 200), (False, 302)])
def test_a_session_outlives_its_key_only_as_a_fallback(app, as_viewer, kept, status):
    rotate(app, kept=kept)
    assert as_viewer.get("/home").status_code == status


@pytest.mark.parametrize(("kept", "status"), [(True, 303), (False, 403)])
def test_a_form_that_was_open_is_taken_only_under_a_fallback(app, as_viewer, kept, status):
    token = as_viewer.token()
    rotate(app, kept=kept)
    form = {"csrf_token": token, "locale": "de"}
    assert as_viewer.post("/account/language", data=form).status_code == status
    assert (user(VIEWER).locale == "de") is kept


def test_what_is_signed_after_the_change_bears_the_new_key(app, client):
    rotate(app)
    client.sign_in(VIEWER)
    with app.app_context():
        former, newest = secret_keys()
        signer = app.session_interface.get_signing_serializer(app)
        assert (former, newest) == (SECRET, NEW)
    cookie = client.get_cookie("entente").value
    app.config["SECRET_KEY_FALLBACKS"] = []
    assert app.session_interface.get_signing_serializer(app).loads(cookie)["sid"]
    assert signer.loads(cookie)["sid"]


@pytest.mark.parametrize(("kept", "status"), [(True, 200), (False, 410)])
def test_a_link_for_one_task_opens_only_under_a_fallback(
    app, client, as_manager, partner, kept, status
):
    Desk(app).target(partner, Desk(app).kpi(submitter="partner"), MONTH)
    contact = Contact.create(
        partner=partner, side="partner", name="Ines Falk", email="ines@nordlicht.example"
    )
    path = send(as_manager, partner, contact)
    rotate(app, kept=kept)
    assert client.get(path).status_code == status


@pytest.mark.parametrize(("kept", "status"), [(True, 200), (False, 404)])
def test_a_digest_is_ended_by_an_old_mail_only_under_a_fallback(app, client, kept, status):
    with app.test_request_context():
        url = unsubscribing.unsubscribe_url(user(VIEWER).id, "daily")
    rotate(app, kept=kept)
    assert client.get(f"/unsubscribe/{url.rpartition('/')[2]}").status_code == status


def shown(key: str, email: str = VIEWER, *, pending: bool = False) -> str:
    """The code that a person's app shows now, whose secret was made of a key."""
    row = SecondFactor.get(SecondFactor.user == user(email))
    salt = row.pending_salt if pending else row.salt
    return pyotp.TOTP(totp.secret(key, row.user_id, salt)).now()


def half(app):
    browser = app.test_client()
    browser.send("/login", email=VIEWER, password=PASSWORD)
    return browser


@pytest.mark.parametrize(("kept", "status"), [(True, 303), (False, 422)])
def test_an_authenticator_app_goes_on_only_under_a_fallback(app, as_viewer, kept, status):
    set_up(app, as_viewer, VIEWER)
    rotate(app, kept=kept)
    assert half(app).send("/login/code", code=shown(SECRET)).status_code == status


def test_a_code_under_the_new_key_is_wrong_where_the_app_was_set_up_under_the_former(
    app, as_viewer
):
    set_up(app, as_viewer, VIEWER)
    rotate(app)
    assert half(app).send("/login/code", code=shown(NEW)).status_code == 422


def test_without_its_key_the_app_is_explained_and_a_recovery_code_lets_in(app, as_viewer):
    recovery = set_up(app, as_viewer, VIEWER)[0]
    rotate(app, kept=False)
    browser = half(app)
    assert "The key of this server was replaced" in browser.get("/login/code").text
    assert browser.send("/login/code", code=recovery).status_code == 303
    assert "no longer work" in browser.get("/account").text


def test_the_account_page_asks_to_scan_again_and_that_moves_to_the_new_key(app, as_viewer):
    set_up(app, as_viewer, VIEWER)
    assert "scan it again" not in as_viewer.get("/account").text
    rotate(app)
    assert "scan it again" in as_viewer.get("/account").text
    as_viewer.get("/account/second-factor")
    again = as_viewer.send("/account/second-factor", code=shown(NEW, pending=True))
    assert again.status_code == 200
    assert SecondFactor.get().key_id == keys.fingerprint(NEW)
    assert "scan it again" not in as_viewer.get("/account").text


def test_a_set_up_that_was_begun_under_the_former_key_is_completed(app, as_viewer):
    as_viewer.get("/account/second-factor")
    started = shown(SECRET, pending=True)
    rotate(app)
    assert as_viewer.send("/account/second-factor", code=started).status_code == 200
    assert SecondFactor.get().key_id == keys.fingerprint(SECRET)


def test_an_administrator_sees_who_depends_on_a_former_key(app, as_admin, as_viewer):
    set_up(app, as_viewer, VIEWER)
    assert "former key" not in as_admin.get("/settings/sign-in").text
    rotate(app)
    page = as_admin.get("/settings/sign-in").text
    assert "Second factors of a former key" in page
    assert ">Viewer</a>" in page
    assert "Codes work for as long" in page


def test_a_factor_of_before_keys_were_told_apart_is_named_at_its_next_code(app, as_viewer):
    set_up(app, as_viewer, VIEWER)
    SecondFactor.update(key_id="").execute()
    rotate(app)
    assert half(app).send("/login/code", code=shown(SECRET)).status_code == 303
    assert factor_keys.counts() == {keys.fingerprint(SECRET): 1}


def test_what_needs_no_key_outlives_it(app, client, as_viewer):
    with app.test_request_context():
        feed = calendar.make(user(VIEWER).id)
    reset = forgotten(app, client, VIEWER)
    _id, secret = tokens.issue(
        name="Report", scopes=["read"], user_id=user(ADMIN).id, expires_at=None, by=staff()
    )
    rotate(app, kept=False)
    stranger = app.test_client()
    assert stranger.get(feed.split("8000")[1]).status_code == 200
    assert stranger.get(reset).status_code == 200
    bearer = {"Authorization": f"Bearer {secret}"}
    assert stranger.get("/api/v1/partners", headers=bearer).status_code == 200
