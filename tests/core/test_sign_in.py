"""Signing in and out, throttling, sessions, and what strangers learn."""

from datetime import timedelta

import pytest
from argon2 import extract_parameters

from app.core import clock
from app.core.accounts import passwords
from app.core.accounts.models import SignInFailure, User, UserSession
from app.core.accounts.passwords import weakness
from app.testing import PASSWORD


def test_the_right_password_signs_in_and_returns_to_the_page_asked_for(client):
    asked = client.get("/partners?q=nord")
    assert asked.status_code == 302
    assert asked.location.endswith("/login?next=/partners?q%3Dnord")
    answer = client.send(asked.location, email="ADMIN@example.org ", password=PASSWORD)
    assert answer.status_code == 303
    assert answer.location == "/partners?q=nord"


@pytest.mark.parametrize("email", ["admin@example.org", "nobody@example.org"])
def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client, email):
    answer = client.send("/login", email=email, password="wrong password")
    assert answer.status_code == 422
    assert "The e-mail or the password is not right." in answer.text


def test_a_disabled_person_cannot_sign_in(client):
    User.update(active=False).where(User.email == "viewer@example.org").execute()
    assert client.send("/login", email="viewer@example.org", password=PASSWORD).status_code == 422


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil.example", "https://evil.example", "/\tx", "javascript:alert(1)"],
)
def test_sign_in_never_leads_to_another_site(client, target):
    answer = client.post(
        "/login",
        query_string={"next": target},
        data={"email": "admin@example.org", "password": PASSWORD, "csrf_token": client.token()},
    )
    assert answer.status_code == 303
    assert answer.location == "/"


def test_guessing_is_slowed_for_this_network_but_not_for_others(client):
    for _ in range(10):
        client.send("/login", email="admin@example.org", password="wrong password")
    blocked = client.send("/login", email="admin@example.org", password=PASSWORD)
    assert blocked.status_code == 429
    token = client.token()
    elsewhere = client.post(
        "/login",
        data={"email": "admin@example.org", "password": PASSWORD, "csrf_token": token},
        environ_overrides={"REMOTE_ADDR": "198.51.100.7"},
    )
    assert elsewhere.status_code == 303


def test_the_pause_ends_by_itself(client):
    for _ in range(10):
        client.send("/login", email="admin@example.org", password="wrong password")
    SignInFailure.update(at=clock.now() - timedelta(minutes=16)).execute()
    assert client.send("/login", email="admin@example.org", password=PASSWORD).status_code == 303


def test_signing_out_ends_the_session_on_the_server(as_admin):
    cookie = as_admin.get_cookie("entente").value
    assert as_admin.send("/logout").status_code == 303
    as_admin.set_cookie("entente", cookie)
    assert as_admin.get("/people").status_code == 302


def test_an_idle_session_ends(as_admin):
    UserSession.update(seen_at=clock.now() - timedelta(days=4)).execute()
    assert as_admin.get("/people").status_code == 302


def test_signing_in_replaces_the_csrf_token(client):
    before = client.token()
    client.sign_in("admin@example.org")
    assert client.post("/theme", data={"theme": "dark", "csrf_token": before}).status_code == 403


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}]
)
def test_another_site_cannot_make_a_browser_write(as_admin, headers):
    form = {"theme": "dark", "csrf_token": as_admin.token()}
    assert as_admin.post("/theme", data=form, headers=headers).status_code == 403


def test_a_form_without_a_token_is_refused(as_admin):
    answer = as_admin.post("/theme", data={"theme": "dark"})
    assert answer.status_code == 403
    assert "This form has expired" in answer.text


def test_the_theme_is_remembered(as_viewer):
    assert as_viewer.send("/theme", theme="dark").status_code == 303
    assert 'data-theme="dark"' in as_viewer.get("/account").text


def test_one_of_my_sessions_ends_when_i_say_so(app, as_viewer):
    other = app.test_client().sign_in("viewer@example.org")
    row = UserSession.select().order_by(UserSession.id.desc()).first()
    as_viewer.send("/account", session=row.id)
    assert other.get("/account").status_code == 302
    assert as_viewer.get("/account").status_code == 200


def test_every_answer_carries_the_strict_headers(client):
    headers = client.get("/login").headers
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"


def test_health_is_told_without_an_account(client):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json["status"] == "ok"


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("short", "short"),
        ("x" * 201, "long"),
        ("password1", "common"),
        ("ada.lindqvist", "own"),
        ("correct horse battery", None),
    ],
)
def test_weak_passwords_are_refused(password, problem):
    assert weakness(password, "Ada.Lindqvist", "ada.lindqvist@example.org") == problem


def test_the_first_unknown_address_costs_no_hash_more_than_a_known_one(monkeypatch):
    known = passwords.hash_password(PASSWORD)
    passwords._decoy.cache_clear()
    monkeypatch.setattr(passwords.PasswordHasher, "hash", None)  # would fail: a hash more is time
    assert not passwords.matches(None, PASSWORD)
    assert extract_parameters(passwords._decoy(False)) == extract_parameters(known)
