"""A new password, and what opens without one: told of, and ended by whoever fears an intruder."""

import json

import pytest

from app.core.audit_check import verify
from app.core.calendar import services as calendar
from app.core.http_api import services as tokens
from app.core.models import AuditEntry
from app.testing import PASSWORD
from tests.core.account_support import PASSKEY, forgotten, mails, user
from tests.core.desk import staff

VIEWER = "viewer@example.org"
WORDS = "your calendar address, the API token “Report”"
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def feed(app):
    """The path of the viewer's calendar."""
    with app.test_request_context():
        return calendar.make(user(VIEWER).id).split(":8000")[1]


@pytest.fixture
def bearer(app):
    """A token in the viewer's name."""
    _id, secret = tokens.issue(
        name="Report", scopes=["read"], user_id=user(VIEWER).id, expires_at=None, by=staff()
    )
    return {"Authorization": f"Bearer {secret}"}


def opens(app, feed, bearer):
    stranger = app.test_client()
    return (
        stranger.get(feed).status_code,
        stranger.get("/api/v1/partners", headers=bearer).status_code,
    )


def test_a_forgotten_password_leaves_them_and_says_so(app, client, feed, bearer):
    link = forgotten(app, client, VIEWER)
    assert f"Otherwise these go on: {WORDS}." in client.get(link).text
    assert client.send(link, password=PASSKEY).status_code == 303
    assert opens(app, feed, bearer) == (200, 200)
    told = json.loads(mails("password_changed")[-1].content)["paragraphs"]
    assert f"These go on without it: {WORDS}." in told


def test_whoever_fears_an_intruder_ends_them_with_the_new_password(app, client, feed, bearer):
    link = forgotten(app, client, VIEWER)
    assert client.send(link, password=PASSKEY, others="y").status_code == 303
    assert opens(app, feed, bearer) == (404, 401)
    ended = {row.action for row in AuditEntry.select()}
    assert {"calendar.ended", "api_token.revoked"} <= ended
    assert list(verify()) == []


def test_a_weak_password_ends_nothing(app, client, feed, bearer):
    link = forgotten(app, client, VIEWER)
    answer = client.send(link, password="short", others="y")
    assert answer.status_code == 422
    assert "checked" in answer.text
    assert opens(app, feed, bearer) == (200, 200)


def test_ones_own_change_can_end_them_too(app, as_viewer, feed, bearer):
    assert WORDS in as_viewer.get("/account/password").text
    answer = as_viewer.send("/account/password", present=PASSWORD, password=PASSKEY, others="y")
    assert answer.status_code == 303
    assert opens(app, feed, bearer) == (404, 401)


def test_other_peoples_are_left_alone(app, client, feed, bearer):
    link = forgotten(app, client, "manager@example.org")
    assert "Somebody else may have used" not in client.get(link).text
    assert client.send(link, password=PASSKEY, others="y").status_code == 303
    assert opens(app, feed, bearer) == (200, 200)
