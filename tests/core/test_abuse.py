"""What an attacker found once stays closed."""

import io
from datetime import timedelta

import pytest

from app.core import clock
from app.core.accounts.models import User
from app.core.models import AuditEntry
from app.testing import PASSWORD
from tests.core.desk import CALENDAR, Desk, last_month


@pytest.mark.parametrize(
    "query",
    ["_anchor=x", "endpoint=x", "_scheme=x", "_method=POST", "_external=1", "partner_id=7"],
)
def test_keys_of_an_address_never_become_arguments(as_admin, partner, query):
    for path in ("/home", "/partners", f"/partners/{partner.id}", "/kpis", "/x/incentives"):
        answer = as_admin.get(f"{path}?{query}")
        assert answer.status_code == 200, path
        assert "http://localhost" not in answer.text


@pytest.mark.parametrize("host", ["a..b", ".", "x" * 64, "evil.example/path", "a b", "[zz"])
def test_a_host_that_is_none_is_answered_400(client, host):
    answer = client.get("/login", headers={"Host": host})
    assert answer.status_code == 400
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("header", ["Origin", "Referer"])
def test_a_malformed_address_in_a_header_is_foreign(client, header):
    answer = client.post("/people/new", headers={header: "http://["}, data={"csrf_token": "x"})
    assert answer.status_code == 403


def test_a_figure_for_a_time_to_come_is_refused(app, as_admin, partner):
    kpi = Desk(app).kpi()
    path = f"/partners/{partner.id}/kpis/{kpi}/values"
    form = {"value-period": "2999-12", "value-value": "5"}
    answer = as_admin.send(path, **form)
    assert answer.status_code == 422
    assert "This period has not begun yet." in answer.text


def test_an_imported_figure_of_the_future_moves_no_page_there(app, as_viewer, partner):
    desk = Desk(app)
    kpi = desk.kpi()
    desk.value(partner, kpi, last_month(), 5)
    desk.value(partner, kpi, CALENDAR.parse("2999-12"), 5)
    assert "2999" not in as_viewer.get("/home").text


@pytest.mark.parametrize("period", ["1900-01", "1900", "1900-Q1", "1900-H1", "2999-12", "2999"])
def test_pages_reach_to_the_edges_of_the_calendar(as_viewer, partner, period):
    for path in ("/home", f"/partners/{partner.id}", f"/partners/{partner.id}/kpis"):
        assert as_viewer.get(f"{path}?period={period}").status_code == 200


@pytest.mark.parametrize("digits", ["9" * 400, "9" * 19, "-" + "9" * 30])
def test_a_number_without_end_is_a_message(as_admin, digits):
    form = {"name": "A", "code": "A", "type": "other", "currency": "EUR", "owner": "0"}
    answer = as_admin.send("/partners/new", selection_score=digits, **form)
    assert answer.status_code == 422
    assert "Give a whole number of at most 15 digits." in answer.text
    form = {"approve_limit": "0", "payout_minimum": "0"}
    settings = form | {"resolve_days": digits, "settings_version": "0"}
    assert as_admin.send("/admin/plugins/incentives/settings", **settings).status_code == 422


def test_a_stale_form_cannot_undo_a_disabled_account(as_admin):
    viewer = User.get(User.email == "viewer@example.org")
    form = {"name": viewer.name, "email": viewer.email, "role": "viewer", "version": "1"}
    assert as_admin.send(f"/people/{viewer.id}", **form).status_code == 303
    answer = as_admin.send(f"/people/{viewer.id}", active="y", **form)
    assert answer.status_code == 422
    assert not User.get_by_id(viewer.id).active


def test_signing_in_and_out_leaves_a_trace(as_viewer):
    as_viewer.send("/logout")
    viewer = User.get(User.email == "viewer@example.org")
    actions = [row.action for row in AuditEntry.select().order_by(AuditEntry.id)]
    assert actions[-2:] == ["session.started", "session.ended"]
    assert AuditEntry.select().order_by(AuditEntry.id.desc()).get().ref == f"user:{viewer.id}"


def test_strangers_guesses_do_not_hold_up_a_browser_that_is_known(app, as_admin):
    as_admin.send("/logout")
    stranger = app.test_client()
    for _ in range(10):
        stranger.send("/login", email="admin@example.org", password="wrong password")
    blocked = stranger.send("/login", email="admin@example.org", password=PASSWORD)
    assert blocked.status_code == 429
    assert as_admin.send("/login", email="admin@example.org", password=PASSWORD).status_code == 303


def test_a_null_sign_is_refused_wherever_it_hides(as_admin):
    token = as_admin.token()
    data = {"csrf_token": token, "theme": ["dark", "a\0b"]}
    assert as_admin.post("/theme", data=data).status_code == 400
    assert as_admin.post("/theme", data={"csrf_token": token, "a\0": "x"}).status_code == 400


def test_the_moment_of_a_session_is_not_written_on_every_page(as_viewer):
    from app.core.accounts.models import UserSession

    before = UserSession.get().seen_at
    as_viewer.get("/partners")
    assert UserSession.get().seen_at == before
    UserSession.update(seen_at=clock.now() - timedelta(hours=1)).execute()
    as_viewer.get("/partners")
    assert clock.now() - UserSession.get().seen_at < timedelta(minutes=1)


@pytest.mark.parametrize("name", ["name", "primary_colour", "version", "timezone"])
@pytest.mark.parametrize("path", ["/settings", "/settings/appearance", "/partners/new"])
def test_a_file_in_the_place_of_a_text_breaks_nothing(as_admin, path, name):
    form = {"csrf_token": as_admin.token(), name: (io.BytesIO(b"x"), "x.png")}
    assert as_admin.post(path, data=form).status_code in (303, 409, 422)


@pytest.mark.parametrize("body", ["[1]", "7", '{"name": 7}', '{"name": {"a": []}}', "no JSON"])
def test_json_in_the_place_of_a_form_breaks_nothing(as_admin, body):
    headers = {"X-CSRFToken": as_admin.token(), "Content-Type": "application/json"}
    answer = as_admin.post("/partners/new", data=body, headers=headers)
    assert answer.status_code == 422


@pytest.mark.parametrize("field", ["target-period", "target-target", "target-weight"])
def test_blanks_are_no_figure_and_no_period(app, as_admin, partner, field):
    kpi = Desk(app).kpi()
    form = {"target-period": "2026-01", "target-target": "5", "target-weight": "1"}
    given = form | {"target-n": "0", "target-agreed": "on the phone", field: " "}
    answer = as_admin.send(f"/partners/{partner.id}/kpis/{kpi}/targets", **given)
    assert answer.status_code == 422
    answer = as_admin.send(f"/partners/{partner.id}/kpis/{kpi}/target?period=2026-01", **given)
    assert answer.status_code == 422
