"""What people are told in the app, and how often they want it by e-mail."""

import pytest
from flask_babel import lazy_gettext

from app.core.accounts.models import User
from app.core.db import atomic
from app.core.messages import events, sending, services
from app.core.messages.models import Mail, Notification

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
EVENT = "reminders"


@pytest.fixture
def event(monkeypatch):
    """An event that anybody can be told of, at once unless they choose otherwise."""
    monkeypatch.setattr(events, "EVENTS", dict(events.EVENTS))
    monkeypatch.setattr(services, "EVENTS", events.EVENTS)
    services.register_event("tests.happened", lazy_gettext("Something happened"))
    return "tests.happened"


def person(role="manager"):
    return User.get(User.email == f"{role}@example.org")


def tell(app, event, *people, **values):
    with app.app_context(), atomic():
        services.notify(
            event,
            [one.id for one in people],
            **({"title": "It happened", "ref": "", "url": "/account"} | values),
        )


def test_a_notification_stands_under_the_bell_until_it_is_read(app, event, as_manager):
    tell(app, event, person())
    assert "Notifications, 1 unread" in as_manager.get("/home").text
    page = as_manager.get("/notifications").text
    assert "It happened" in page
    row = Notification.get()
    answer = as_manager.send(f"/notifications/{row.id}/open")
    assert (answer.status_code, answer.location) == (303, "/account")
    assert "unread" not in as_manager.get("/account").text


def test_it_comes_by_e_mail_at_once_unless_somebody_chose_otherwise(app, event):
    services.choose(person("viewer").id, "viewer", {event: "off"})
    services.choose(person("admin").id, "admin", {event: "daily"})
    tell(app, event, person(), person("viewer"), person("admin"))
    assert Notification.select().count() == 3
    assert [mail.to_address for mail in Mail.select()] == ["manager@example.org"]
    with app.app_context():
        sending.send_due()
    folder = app.extensions["entente"].config.data / "mail"
    assert len(list(folder.glob("*.eml"))) == 1


def test_the_same_key_is_told_once_and_nobody_hears_of_their_own_act(app, event):
    tell(app, event, person(), person("admin"), key="once", by=person("admin").id)
    tell(app, event, person(), person("admin"), key="once", by=person("admin").id)
    assert [row.user_id for row in Notification.select()] == [person().id]


def test_each_reads_it_in_their_own_language(app, event):
    User.update(locale="de").where(User.id == person().id).execute()
    tell(app, event, person(), person("admin"), title=lazy_gettext("Notifications"))
    titles = {row.user_id: row.title for row in Notification.select()}
    assert titles[person("admin").id] == "Notifications"
    assert titles[person().id] == "Benachrichtigungen"
