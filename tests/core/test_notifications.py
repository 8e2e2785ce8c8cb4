"""What people are told in the app, and how often they want it by e-mail."""

from datetime import timedelta

import pytest
from flask_babel import lazy_gettext

from app.core import clock
from app.core.accounts.models import User
from app.core.db import atomic
from app.core.messages import events, sending, services, sparing
from app.core.messages.models import Mail, Notification
from tests.core.desk import counted_queries

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
    with app.app_context():
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


def test_what_happens_over_and_over_fills_no_mailbox(app, event):
    for _ in range(sparing.MOST_AN_HOUR + 3):
        tell(app, event, person())
    tell(app, event, person("admin"))
    to = [mail.to_address for mail in Mail.select().order_by(Mail.id)]
    assert to == ["manager@example.org"] * sparing.MOST_AN_HOUR + ["admin@example.org"]
    assert Notification.select().where(Notification.digest == "daily").count() == 3
    Mail.update(created_at=clock.now() - timedelta(hours=2)).execute()
    tell(app, event, person())
    assert Mail.select().count() == sparing.MOST_AN_HOUR + 2


def test_each_reads_it_in_their_own_language(app, event):
    User.update(locale="de").where(User.id == person().id).execute()
    tell(app, event, person(), person("admin"), title=lazy_gettext("Notifications"))
    titles = {row.user_id: row.title for row in Notification.select()}
    assert titles[person("admin").id] == "Notifications"
    assert titles[person().id] == "Benachrichtigungen"


def test_the_bell_costs_no_query_and_the_list_as_many_for_one_as_for_thirty(app, event, as_manager):
    def queries(path):
        with counted_queries() as seen:
            assert as_manager.get(path).status_code == 200
        return len(seen)

    few, home = queries("/notifications"), queries("/account/notifications")
    for n in range(30):
        tell(app, event, person(), title=f"Thing {n}", ref=f"user:{person().id}")
    assert queries("/account/notifications") == home
    assert queries("/notifications") <= few + 1  # refs are asked in one batch


def test_what_can_no_longer_be_seen_is_not_shown(app, event, as_manager):
    tell(app, event, person(), title="A secret", text="of somebody else", ref="partner:99999")
    page = as_manager.get("/notifications").text
    assert "A secret" not in page
    assert "of somebody else" not in page
    assert "About something that you can no longer see" in page


def test_nobody_opens_or_reads_anothers_notification(app, event, as_manager, as_viewer):
    tell(app, event, person(), url="https://elsewhere.example/")
    row = Notification.get()
    assert row.url == ""  # only paths of this site
    for action in ("open", "read"):
        assert as_viewer.send(f"/notifications/{row.id}/{action}").status_code == 404
        assert as_viewer.get(f"/notifications/{row.id}/{action}").status_code == 405
    as_viewer.send("/notifications/read")
    assert Notification.get().read_at is None
    assert as_manager.send("/notifications/read").status_code == 303
    assert Notification.get().read_at is not None
