"""One mail in the morning, at 8 where the reader is, and the way out of it."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from app.core import clock
from app.core.accounts.models import User
from app.core.db import atomic
from app.core.messages import digests, rules, services, unsubscribing
from app.core.messages.models import Mail, Notification
from app.core.messages.rendering import content_of
from app.core.partners.models import Partner
from tests.core.desk import Desk, last_month
from tests.core.mail_server import configured, mail_server

BERLIN = ZoneInfo("Europe/Berlin")
ON_ONE = pytest.mark.parametrize("database_kind", ["sqlite"])
TUESDAY = datetime(2026, 3, 31, 7, 0)  # UTC: 9 in Berlin


@pytest.mark.parametrize(
    ("frequency", "local", "expected"),
    [
        ("daily", datetime(2026, 3, 28, 7, 59), None),
        ("daily", datetime(2026, 3, 28, 8, 0), datetime(2026, 3, 28, 8, 0)),
        ("daily", datetime(2026, 3, 29, 8, 5), datetime(2026, 3, 29, 8, 0)),  # summer time began
        ("daily", datetime(2026, 10, 25, 8, 0), datetime(2026, 10, 25, 8, 0)),  # and ended
        ("daily", datetime(2026, 3, 29, 23, 59), datetime(2026, 3, 29, 8, 0)),
        ("daily", datetime(2026, 3, 29, 2, 30), None),  # an hour that does not exist
        ("weekly", datetime(2026, 3, 30, 8, 0), datetime(2026, 3, 30, 8, 0)),  # a Monday
        ("weekly", datetime(2026, 3, 30, 7, 0), None),
        ("weekly", datetime(2026, 3, 31, 7, 0), datetime(2026, 3, 30, 8, 0)),  # made up for
        ("weekly", datetime(2026, 3, 31, 8, 0), None),
    ],
)
def test_a_digest_is_due_at_eight_where_the_reader_is(frequency, local, expected):
    found = rules.slot(frequency, local.replace(tzinfo=BERLIN))
    assert (found.replace(tzinfo=None) if found else None) == expected


@pytest.fixture
def manager(app: Flask) -> User:
    return User.get(User.email == "manager@example.org")


def tell(app: Flask, person: User, title: str = "It happened", **values: Any) -> None:
    with app.app_context(), atomic():
        services.notify("kpis.approved", [person.id], title=title, ref="", url="/home", **values)


def make(app: Flask, at: datetime = TUESDAY) -> None:
    with app.app_context(), clock.frozen(at):
        digests.send_digests()


def test_what_happened_comes_in_one_mail_once(app: Flask, manager: User) -> None:
    tell(app, manager, "One")
    tell(app, manager, "Two")
    assert Mail.select().count() == 0
    make(app, TUESDAY.replace(hour=5))  # 7 in Berlin
    assert Mail.select().count() == 0
    make(app)
    make(app)
    [mail] = Mail.select()
    titles = [item.title for section in content_of(mail).sections for item in section.items]
    assert titles == ["One", "Two"]
    assert (mail.to_address, mail.digest) == ("manager@example.org", "daily")
    make(app, TUESDAY + timedelta(days=1))
    assert Mail.select().count() == 1  # nothing to tell: no mail


@ON_ONE
def test_made_up_people_get_none_from_a_real_server(app: Flask, manager: User) -> None:
    tell(app, manager)
    with mail_server() as (post, url):
        configured(app, url)
        make(app)
        assert post.taken == []
    assert Mail.select().count() == 0


@ON_ONE
def test_what_was_read_meanwhile_is_not_told_again(app: Flask, manager: User) -> None:
    tell(app, manager)
    with app.app_context():
        services.mark_read(manager.id)
    make(app)
    assert Mail.select().count() == 0
    assert Notification.get().digest == ""


@ON_ONE
def test_what_is_due_is_reminded_of_in_the_same_mail_in_ones_language(
    app: Flask, manager: User, partner: Partner, other_partner: Partner, as_contact: Any
) -> None:
    desk = Desk(app)
    kpi = desk.kpi(submitter="partner")
    for each in (partner, other_partner):
        desk.target(each, kpi, last_month(2))
    User.update(locale="de").where(User.email == "contact@nordlicht.example").execute()
    now = clock.now().replace(hour=9)
    Partner.update(timezone="Pacific/Auckland").where(Partner.id == other_partner.id).execute()
    make(app, now)
    by_address = {mail.to_address: mail for mail in Mail.select()}
    mine = content_of(by_address["contact@nordlicht.example"])
    assert mine.sections[0].heading == "Was auf Sie wartet"
    assert [item.title.startswith("Revenue, ") for item in mine.sections[0].items] == [True]
    assert mine.sections[0].items[0].url.startswith("http://127.0.0.1:8000/portal/kpis/")
    # The manager owns the first partner only and hears of no other.
    managers = content_of(by_address["manager@example.org"])
    told = [item.title for section in managers.sections for item in section.items]
    assert any("Nordlicht Logistik" in title for title in told)
    assert not any("Südwind" in title for title in told)
    assert "contact@suedwind.example" not in by_address


@ON_ONE
def test_a_digest_is_ended_by_one_click_without_an_account(
    app: Flask, manager: User, client: Any
) -> None:
    with app.app_context():
        url = unsubscribing.unsubscribe_url(manager.id, "daily")
    path = url.removeprefix("http://127.0.0.1:8000")
    page = client.get(path)
    assert page.status_code == 200
    assert "No more daily summary?" in page.text
    tell(app, manager)
    assert Notification.get().digest == "daily"
    # As a mail program does it: no cookie, no token of ours (RFC 8058).
    answer = app.test_client().post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert Notification.get().digest == ""
    tell(app, manager)
    assert Notification.select().where(Notification.digest != "").count() == 0
    make(app)
    assert Mail.select().count() == 0


@ON_ONE
def test_a_forged_or_old_link_ends_nothing(
    app: Flask, manager: User, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        token = unsubscribing.unsubscribe_url(manager.id, "daily").rpartition("/")[2]
    forged = token[:-2] + ("aa" if token[-2:] != "aa" else "bb")
    for wrong in (forged, "x", "a" * 400, token.replace(".", "", 1)):
        assert client.post(f"/unsubscribe/{wrong}").status_code == 404
    monkeypatch.setattr(unsubscribing, "VALID", -1)
    assert client.post(f"/unsubscribe/{token}").status_code == 404
    tell(app, manager)
    assert Notification.get().digest == "daily"


@ON_ONE
def test_a_digest_says_how_to_end_it_and_other_mails_do_not(app: Flask, manager: User) -> None:
    from app.core.messages import sending

    tell(app, manager)
    make(app)
    with app.app_context():
        services.queue_mail("a@b.example", kind="test", subject="One", paragraphs=["x"])
        sending.send_due()
    folder = app.extensions["entente"].config.data / "mail"
    texts = sorted(file.read_text() for file in folder.iterdir())
    with_header = [
        text for text in texts if "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in text
    ]
    assert len(texts) == 2
    assert len(with_header) == 1
    assert "manager@example.org" in with_header[0]


@ON_ONE
def test_a_person_chooses_by_event_on_a_page(app: Flask, as_manager: Any, manager: User) -> None:
    page = as_manager.get("/account/notifications").text
    assert "A figure waits for approval" in page
    assert "Targets are proposed to us" not in page  # contacts' alone
    with app.app_context():
        mine = [one for one in services.all_events().values() if "manager" in one.roles]
    fields = {f"event_{one.key.replace('.', '_')}": "off" for one in mine}
    assert as_manager.send("/account/notifications", **fields).status_code == 303
    tell(app, manager)
    make(app)
    assert Mail.select().count() == 0
    wrong = fields | {"event_reminders": "at_once"}
    assert as_manager.send("/account/notifications", **wrong).status_code == 422
