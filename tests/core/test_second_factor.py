"""The second factor: set up, asked for at sign-in, used once, required per role, lost."""

import threading
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from app.core import clock
from app.core.accounts import rules, second_factor, totp
from app.core.accounts.models import RecoveryCode, SecondFactor, UserSession
from app.core.db import connect, database
from app.core.models import AuditEntry
from app.testing import PASSWORD
from tests.core.account_support import code, mails, require_factor, set_up, user

ADMIN = "admin@example.org"
VIEWER = "viewer@example.org"
only_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def half_signed_in(app, email=VIEWER):
    """A browser in which the password was right and the code is awaited."""
    browser = app.test_client()
    answer = browser.send("/login", email=email, password=PASSWORD)
    assert answer.location.startswith("/login/code"), answer.location
    return browser


@only_sqlite
def test_setting_it_up_shows_ten_recovery_codes_once(app, as_viewer):
    codes = set_up(app, as_viewer, VIEWER)
    assert len(set(codes)) == second_factor.RECOVERY_CODES
    page = as_viewer.get("/account").text
    assert "An authenticator app, since" in page
    assert not any(each in page for each in codes)
    assert [mail.to_address for mail in mails("second_factor_set")] == [VIEWER]


@only_sqlite
def test_the_picture_to_scan_names_the_organisation_and_the_person(app, as_viewer):
    page = as_viewer.get("/account/second-factor").text
    assert 'src="data:image/svg+xml' in page
    row = SecondFactor.get()
    secret = totp.secret(app.secret_key, row.user_id, row.pending_salt)
    assert " ".join(secret[i : i + 4] for i in range(0, 32, 4)) in page


@only_sqlite
def test_a_wrong_code_sets_nothing_up(app, as_viewer):
    as_viewer.get("/account/second-factor")
    answer = as_viewer.send("/account/second-factor", code="000000")
    assert answer.status_code == 422
    assert "This code is not right" in answer.text
    assert SecondFactor.get().salt == ""


def test_the_database_holds_no_secret_that_makes_codes(app, as_viewer):
    codes = set_up(app, as_viewer, VIEWER)
    row = SecondFactor.get()
    now = clock.now().replace(tzinfo=UTC)
    assert pyotp.TOTP(pyotp.random_base32()).at(now)  # the library computes at all
    assert row.salt not in totp.secret(app.secret_key, row.user_id, row.salt)
    stored = {each.code_hash for each in RecoveryCode.select()}
    assert len(stored) == 10
    assert not stored & set(codes)


def test_signing_in_asks_for_the_code_and_then_lets_in(app, as_viewer):
    set_up(app, as_viewer, VIEWER)
    browser = half_signed_in(app)
    answer = browser.send("/login/code?next=/partners", code=code(app, VIEWER))
    assert (answer.status_code, answer.location) == (303, "/partners")
    assert browser.get("/partners").status_code == 200


@only_sqlite
@pytest.mark.parametrize("path", ["/home", "/account", "/partners", "/account/second-factor"])
def test_a_right_password_alone_opens_nothing(app, as_viewer, path):
    set_up(app, as_viewer, VIEWER)
    browser = half_signed_in(app)
    assert browser.get(path).location.startswith("/login?next=")


@only_sqlite
def test_the_half_session_passes_after_ten_minutes(app, as_viewer):
    set_up(app, as_viewer, VIEWER)
    browser = half_signed_in(app)
    UserSession.update(created_at=clock.now() - timedelta(minutes=11)).where(
        UserSession.waiting
    ).execute()
    assert browser.get("/login/code").location == "/login"


@only_sqlite
def test_the_half_session_cannot_be_made_a_whole_one(app, as_viewer):
    set_up(app, as_viewer, VIEWER)
    browser = half_signed_in(app)
    with browser.session_transaction() as cookie:
        cookie["sid"] = cookie["half"]
    assert browser.get("/home").status_code == 302


def test_a_code_works_once(app, as_viewer):
    set_up(app, as_viewer, VIEWER)
    shown = code(app, VIEWER)
    assert half_signed_in(app).send("/login/code", code=shown).status_code == 303
    again = half_signed_in(app).send("/login/code", code=shown)
    assert again.status_code == 422
    assert "was used already" in again.text


@only_sqlite
@pytest.mark.parametrize(("steps", "right"), [(-2, False), (1, True), (2, False)])
def test_a_clock_may_be_off_by_half_a_minute(app, as_viewer, steps, right):
    with clock.frozen(datetime(2026, 3, 2, 12, 0, 10)):
        set_up(app, as_viewer, VIEWER)
    with clock.frozen(datetime(2026, 3, 2, 12, 10, 10)):
        found = second_factor.matches(
            user(VIEWER).id, code(app, VIEWER, steps=steps), keys=[app.secret_key]
        )
    assert found is right


def test_an_older_code_is_dead_once_a_newer_one_was_used(app, as_viewer):
    set_up(app, as_viewer, VIEWER)
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        older, newer = code(app, VIEWER), code(app, VIEWER, steps=1)
        person = user(VIEWER).id
        assert second_factor.matches(person, newer, keys=[app.secret_key])
        assert not second_factor.matches(person, older, keys=[app.secret_key])


@only_sqlite
def test_guessing_codes_is_stopped_and_the_right_one_refused_too(app, as_viewer):
    set_up(app, as_viewer, VIEWER)
    browser = half_signed_in(app)
    for _ in range(5):
        assert browser.send("/login/code", code="123456").status_code == 422
    assert browser.send("/login/code", code=code(app, VIEWER)).status_code == 429


@only_sqlite
def test_guesses_of_a_stranger_do_not_keep_the_owner_out_of_a_known_browser(app, as_viewer):
    set_up(app, as_viewer, VIEWER)
    stranger = half_signed_in(app)
    for _ in range(6):
        stranger.send("/login/code", code="123456")
    as_viewer.send("/logout")
    as_viewer.send("/login", email=VIEWER, password=PASSWORD)
    assert as_viewer.send("/login/code", code=code(app, VIEWER)).status_code == 303


def test_a_recovery_code_signs_in_once_and_is_told_of(app, as_viewer):
    first = set_up(app, as_viewer, VIEWER)[0]
    assert half_signed_in(app).send("/login/code", code=first.upper()).status_code == 303
    assert half_signed_in(app).send("/login/code", code=first).status_code == 422
    assert len(mails("recovery_code_used")) == 1


@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_a_code_that_is_used_twice_at_the_same_moment_works_once(app, as_viewer, kind):
    recovery = set_up(app, as_viewer, VIEWER)
    person = user(VIEWER)
    shown = code(app, VIEWER) if kind == "app" else recovery[0]
    start, outcomes = threading.Barrier(4), []

    def run():
        with app.app_context():
            connect()
            start.wait()
            try:
                outcomes.append(second_factor.matches(person.id, shown, keys=[app.secret_key]))
            finally:
                database.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == [False, False, False, True]


@only_sqlite
def test_new_recovery_codes_end_the_former_ones(app, as_viewer):
    old = set_up(app, as_viewer, VIEWER)
    assert as_viewer.send("/account/recovery-codes").status_code == 200
    assert half_signed_in(app).send("/login/code", code=old[0]).status_code == 422


@only_sqlite
def test_a_role_that_requires_it_is_led_to_set_it_up_and_nothing_else_works(app, as_viewer):
    require_factor("viewer")
    assert as_viewer.get("/home").location == "/account/second-factor"
    assert as_viewer.send("/account/language", locale="de").location == "/account/second-factor"
    assert as_viewer.get("/account/second-factor").status_code == 200
    set_up(app, as_viewer, VIEWER)
    assert as_viewer.get("/home").status_code == 200


@only_sqlite
def test_other_roles_are_left_alone(app, as_manager):
    require_factor("viewer admin")
    assert as_manager.get("/home").status_code == 200


@only_sqlite
def test_a_required_factor_cannot_be_taken_off_by_its_owner(app, as_viewer):
    set_up(app, as_viewer, VIEWER)
    require_factor("viewer")
    assert as_viewer.send("/account/second-factor/remove").status_code == 403


@only_sqlite
def test_its_owner_takes_it_off_where_it_is_not_required(app, as_viewer):
    set_up(app, as_viewer, VIEWER)
    assert as_viewer.send("/account/second-factor/remove").status_code == 303
    app.test_client().sign_in(VIEWER)


def test_an_administrator_removes_a_lost_one_and_the_person_is_told(app, as_admin, as_viewer):
    set_up(app, as_viewer, VIEWER)
    person = user(VIEWER).id
    assert as_admin.send(f"/people/{person}/second-factor/remove").status_code == 303
    assert as_viewer.get("/account").status_code == 302
    assert [mail.to_address for mail in mails("second_factor_removed")] == [VIEWER]
    entry = AuditEntry.get(AuditEntry.action == "user.second_factor_removed")
    assert (entry.ref, entry.actor) == (f"user:{person}", f"user:{user(ADMIN).id}")


@only_sqlite
def test_other_staff_cannot_remove_it(app, as_manager):
    assert as_manager.send(f"/people/{user(VIEWER).id}/second-factor/remove").status_code == 403


@only_sqlite
def test_setting_it_up_ends_the_other_sessions_and_gives_this_one_a_new_id(app, as_viewer):
    other = app.test_client().sign_in(VIEWER)
    with as_viewer.session_transaction() as cookie:
        before = cookie["sid"]
    set_up(app, as_viewer, VIEWER)
    with as_viewer.session_transaction() as cookie:
        assert cookie["sid"] != before
    assert other.get("/account").status_code == 302
    assert as_viewer.get("/account").status_code == 200


@only_sqlite
def test_no_secret_and_no_code_is_in_the_audit_trail(app, as_viewer):
    codes = set_up(app, as_viewer, VIEWER)
    row = SecondFactor.get()
    secret = totp.secret(app.secret_key, row.user_id, row.salt)
    for entry in AuditEntry.select():
        assert secret not in entry.detail
        assert not any(each in entry.detail for each in codes)


def test_what_people_type_around_a_code_does_not_matter():
    assert rules.plain_code(" 123 456\t") == "123456"
    assert rules.plain_code("ABCD-efgh–2345-67ij") == "abcdefgh234567ij"
