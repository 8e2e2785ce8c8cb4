"""The HTTP API: tokens, figures in and out, and its description held against what it does."""

import json
from datetime import timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from app.core import clock
from app.core.accounts.models import User
from app.core.http_api import rules, services
from app.core.http_api.models import ApiToken
from app.core.http_api.openapi import document
from app.core.kpis.models import Revision, Value
from app.core.models import AuditEntry
from app.core.partners.models import Contact, Partner
from app.core.quantities import MILLION
from tests.core.desk import Desk, last_month, staff

MONTH = f"{last_month().year}-{last_month().n:02}"
READ, WRITE = "read", "values.write"


class Program:
    """A program with a token."""

    def __init__(self, app: Any, secret: str) -> None:
        self.client, self.secret = app.test_client(), secret

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1{path}", headers=self.headers())

    def send(self, *rows: dict[str, Any], key: str = "", **more: Any) -> Any:
        headers = self.headers() | ({"Idempotency-Key": key} if key else {})
        body = {"values": list(rows)} | more
        return self.client.post("/api/v1/values", json=body, headers=headers)

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}


def program(app: Any, email: str = "admin@example.org", *scopes: str, **changes: Any) -> Program:
    with app.app_context():
        user = User.get(User.email == email)
        found = {"name": "Nightly", "user_id": user.id, "expires_at": None} | changes
        _id, secret = services.issue(scopes=scopes or (READ, WRITE), by=staff(), **found)
    return Program(app, secret)


@pytest.fixture
def desk(app: Any) -> Desk:
    return Desk(app)


@pytest.fixture
def admin(app: Any) -> Program:
    return program(app)


def row(partner: Partner, value: Any = "12.5", **changes: Any) -> dict[str, Any]:
    return {"partner": partner.code, "kpi": "REV", "period": MONTH, "value": value} | changes


def account_of(partner: Partner) -> str:
    """The address with which a partner's contact signs in."""
    return str(Contact.get(Contact.partner == partner, Contact.user.is_null(False)).user.email)


def matches(answer: Any, schema: str) -> None:
    whole = document("http://localhost")
    Draft202012Validator(
        {"$ref": f"#/components/schemas/{schema}", "components": whole["components"]}
    ).validate(answer.get_json())


# ---- Who gets in


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer wrong", "Basic YTpi", f"Bearer {'x' * 999}"]
)
def test_without_a_living_token_nothing_opens(app, header):
    answer = app.test_client().get("/api/v1/partners", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    matches(answer, "Problem")


def test_a_session_cookie_opens_nothing(as_admin):
    assert as_admin.get("/api/v1/partners").status_code == 401


def test_a_token_lacks_what_it_was_not_given(app, desk, partner):
    desk.kpi()
    reader = program(app, "admin@example.org", READ)
    assert reader.send(row(partner)).status_code == 403
    assert not Value.select().exists()


@pytest.mark.parametrize(
    "change",
    [{"revoked_at": clock.now()}, {"expires_at": clock.now() - timedelta(seconds=1)}],
)
def test_a_token_that_is_over_opens_nothing(app, admin, change):
    ApiToken.update(**change).execute()
    assert admin.get("/partners").status_code == 401


def test_a_token_ends_with_its_persons_access(app, admin):
    User.update(active=False).where(User.email == "admin@example.org").execute()
    assert admin.get("/partners").status_code == 401


def test_only_the_hash_of_a_token_is_kept(app, admin):
    token = ApiToken.get()
    assert admin.secret not in json.dumps(token.__data__, default=str)
    assert token.token_hash == services.hashed(admin.secret)


# ---- Reading


def test_partners_values_and_scorecards_are_as_described(app, desk, admin, partner):
    desk.judge(partner, desk.kpi(), last_month(), 90)
    found = admin.get("/partners").get_json()
    assert [p["code"] for p in found["partners"]] == [partner.code]
    matches(admin.get(f"/partners/{partner.code}"), "Partner")
    values = admin.get(f"/values?partner={partner.code}&kpi=REV&from=2020-01").get_json()["values"]
    assert [(v["period"], v["value"], v["revision"]) for v in values] == [(MONTH, "90", 1)]
    card = admin.get(f"/scorecards?partner={partner.code}&period={MONTH}")
    matches(card, "Scorecard")
    assert card.get_json()["kpis"]["REV"]["attainment"] == 0.9


def test_an_ordinal_is_read_and_sent_by_its_label(app, desk, admin, partner):
    desk.kpi("REV", value_type="ordinal", labels="Low\nMedium\nHigh", aggregation="last")
    assert admin.send(row(partner, "High")).status_code == 200
    assert admin.get("/values").get_json()["values"][0]["value"] == "High"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/partners/NOBODY", 404),
        ("/scorecards?partner=NOBODY", 404),
        ("/values?from=soon", 422),
        ("/partners?status=happy", 422),
        ("/nothing", 404),
    ],
)
def test_what_cannot_be_answered_is_a_described_problem(admin, path, status):
    answer = admin.get(path)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    matches(answer, "Problem")


def test_a_contacts_token_sees_its_own_partner_only(app, desk, as_contact, partner, other_partner):
    kpi_id = desk.kpi()
    for each in (partner, other_partner):
        desk.value(each, kpi_id, last_month(), 7)
    theirs = program(
        app, Contact.get(Contact.partner == partner, Contact.user.is_null(False)).email
    )
    assert [p["code"] for p in theirs.get("/partners").get_json()["partners"]] == [partner.code]
    assert {v["partner"] for v in theirs.get("/values").get_json()["values"]} == {partner.code}
    assert theirs.get(f"/partners/{other_partner.code}").status_code == 404
    assert theirs.get(f"/scorecards?partner={other_partner.code}").status_code == 404


# ---- Sending


def test_an_administrators_figures_count_as_an_imports_do(app, desk, admin, partner):
    kpi_id = desk.kpi()
    answer = admin.send(row(partner, 12.000001, note="from the warehouse"))
    matches(answer, "Outcomes")
    assert answer.get_json()["outcomes"][0]["outcome"] == "new"
    assert Value.get(Value.kpi == kpi_id).value == 12_000_001  # exactly as it was written
    assert Revision.get().source.startswith("api:")
    assert admin.send(row(partner, "12.000001")).get_json()["outcomes"][0]["outcome"] == "unchanged"
    assert admin.send(row(partner, 13)).get_json()["outcomes"][0]["outcome"] == "restated"
    assert AuditEntry.select().where(AuditEntry.action == "kpi_values.recorded").count() == 2


def test_a_locked_figure_is_the_rows_error(app, desk, admin, partner):
    kpi_id = desk.kpi()
    desk.value(partner, kpi_id, last_month(), 7)
    Value.update(locked=True).execute()
    answer = admin.send(row(partner, 8))
    assert answer.status_code == 422
    assert "locked" in answer.get_json()["outcomes"][0]["errors"][0]["expected"]
    assert Value.get().value == 7 * MILLION


BAD = [
    ({"partner": "NOBODY"}, "partner"),
    ({"kpi": "NONE"}, "kpi"),
    ({"period": "2013-Q9"}, "period"),
    ({"value": "many"}, "value"),
    ({"value": ""}, "value"),
    ({"value": "9" * 40}, "value"),
    ({"value": "=1+1"}, "value"),
]


@pytest.mark.parametrize(("change", "field"), BAD)
def test_each_wrong_row_is_named_and_nothing_is_written(app, desk, admin, partner, change, field):
    desk.kpi()
    answer = admin.send(row(partner), row(partner) | {"period": "2020-01"} | change)
    assert answer.status_code == 422
    matches(answer, "Outcomes")
    good, bad = answer.get_json()["outcomes"]
    assert (good["outcome"], bad["outcome"]) == ("not_written", "error")
    assert bad["errors"][0]["field"] == field
    assert not Value.select().exists()


def test_good_rows_alone_can_be_written(app, desk, admin, partner):
    desk.kpi()
    answer = admin.send(row(partner), row(partner, period="x"), on_error="good_rows")
    assert answer.status_code == 200
    assert (answer.get_json()["written"], answer.get_json()["errors"]) == (1, 1)
    assert Value.select().count() == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"values": []}',
        b'{"values": 3}',
        b'{"values": [3]}',
        b'{"values": [{"partner": {"a": 1}}]}',
        b'{"values": [{"colour": "red"}]}',
        b'{"values": [{"value": NaN}]}',
        b'{"values": [{}], "on_error": "maybe"}',
        b'{"values": [{}], "more": 1}',
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"values": [{"value": 1e999}]}',
        b'{"values": [{"partner": "A\\u0000"}]}',
    ],
)
def test_a_body_that_is_no_request_is_refused_calmly(app, desk, admin, body):
    headers = admin.headers() | {"Content-Type": "application/json"}
    answer = admin.client.post("/api/v1/values", data=body, headers=headers)
    assert answer.status_code == 422
    assert answer.mimetype in ("application/json", "application/problem+json")


def test_too_many_rows_are_refused(app, desk, admin, partner):
    desk.kpi()
    answer = admin.send(*[row(partner)] * (rules.MOST_ROWS + 1))
    assert answer.status_code == 422
    assert "5000" in answer.get_json()["detail"]


def test_a_managers_figures_wait_for_approval(app, desk, partner):
    desk.kpi()
    manager = program(app, "manager@example.org")
    assert manager.send(row(partner)).get_json()["outcomes"][0]["outcome"] == "submitted"
    assert Revision.get().state == "submitted"
    assert not Value.select().exists()


def test_a_contact_sends_what_its_own_side_reports(app, desk, as_contact, partner, other_partner):
    desk.kpi("REV", submitter="partner")
    desk.kpi("OURS")
    theirs = program(
        app, Contact.get(Contact.partner == partner, Contact.user.is_null(False)).email
    )
    answer = theirs.send(
        row(partner), row(partner, kpi="OURS"), row(other_partner), on_error="good_rows"
    )
    outcomes = [found["outcome"] for found in answer.get_json()["outcomes"]]
    assert outcomes == ["submitted", "error", "error"]
    stranger = answer.get_json()["outcomes"][2]["errors"]
    nobody = theirs.send(row(partner) | {"partner": "NOBODY"}).get_json()["outcomes"][0]["errors"]
    assert stranger[0]["expected"] == nobody[0]["expected"]  # says nothing of who exists


# ---- Once only


def test_a_repeated_request_counts_once(app, desk, admin, partner):
    desk.kpi()
    first = admin.send(row(partner), key="night-1")
    again = admin.send(row(partner), key="night-1")
    assert again.get_json() == first.get_json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Revision.select().count() == 1


def test_a_key_belongs_to_one_request(app, desk, admin, partner):
    desk.kpi()
    admin.send(row(partner), key="night-1")
    answer = admin.send(row(partner, 99), key="night-1")
    assert answer.status_code == 422
    assert Value.get().value == 12_500_000


def test_keys_of_different_tokens_do_not_meet(app, desk, admin, partner):
    desk.kpi()
    admin.send(row(partner), key="night-1")
    assert program(app).send(row(partner, 99), key="night-1").status_code == 200


# ---- The description


def test_the_description_is_valid_openapi(admin):
    validate(admin.get("/openapi.json").get_json())


def test_every_address_is_described_and_nothing_else(app):
    mounted = {
        (rule.rule.replace("<", "{").replace(">", "}"), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    paths = document("http://localhost")["paths"]
    assert mounted == {(path, method) for path, methods in paths.items() for method in methods}


# ---- Handing tokens out


def test_an_administrator_makes_a_token_that_works_and_takes_it_back(app, as_admin):
    user = User.get(User.email == "manager@example.org")
    page = as_admin.send(
        "/settings/api/new", name="Report", user=user.id, scopes=READ, days="30"
    ).get_data(as_text=True)
    secret = page.split("<code>")[1].split("</code>")[0]
    made = Program(app, secret)
    assert made.get("/partners").status_code == 200
    assert secret not in as_admin.get("/settings/api").get_data(as_text=True)
    as_admin.send(f"/settings/api/{ApiToken.get().id}/revoke")
    assert made.get("/partners").status_code == 401


def test_others_hand_out_no_tokens(as_manager):
    assert as_manager.get("/settings/api").status_code == 403
    assert as_manager.send("/settings/api/new", name="x", user=1, scopes=READ).status_code == 403


@pytest.mark.parametrize("change", [{"name": ""}, {"user": "99"}, {"scopes": "all"}, {"days": "x"}])
def test_a_token_needs_a_name_a_person_and_a_scope(as_admin, change):
    form = {"name": "Report", "user": "1", "scopes": READ, "days": "30"} | change
    assert as_admin.send("/settings/api/new", **form).status_code == 422
    assert not ApiToken.select().exists()
