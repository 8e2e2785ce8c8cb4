"""What staff tell the contacts of several partners at once."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.core import clock
from app.core.messages import announcing
from app.core.messages.models import Announcement, Mail, Notification
from app.core.partners.models import Contact, Partner, PartnerTag

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
LETTER = {"subject": "A new price list", "text": "Dear all,\n\nit holds from May.", "to": "mine"}


def write(browser: Any, **changes: Any) -> Any:
    """Look at it, then send what was looked at."""
    letter = LETTER | {"step": "send"} | changes
    looked_at = browser.send("/announcements/new", **letter)
    found = re.search(r'name="seen" value="(\w+)"', looked_at.text)
    return browser.send("/announcements/new", **letter, seen=found[1]) if found else looked_at


def send(app: Flask, later: timedelta = timedelta(minutes=6)) -> None:
    with app.app_context(), clock.frozen(clock.now() + later):
        announcing.send_due()


def test_it_reaches_each_contact_alone_after_a_while(
    app: Flask, as_manager: Any, as_contact: Any, as_other_contact: Any, partner: Partner
) -> None:
    Contact.create(partner=partner, side="partner", name="Jule", email="jule@nordlicht.example")
    preview = as_manager.send("/announcements/new", **LETTER)
    assert preview.status_code == 200
    assert "To 2 contacts" in preview.text
    assert Announcement.select().count() == 0
    assert write(as_manager).status_code == 303
    send(app, timedelta(minutes=4))
    assert Mail.select().count() == 0
    send(app)
    send(app)
    addresses = sorted(mail.to_address for mail in Mail.select())
    assert addresses == ["contact@nordlicht.example", "jule@nordlicht.example"]
    assert Notification.select().count() == 1
    made = Announcement.get()
    page = as_contact.get(f"/portal/news/{made.id}")
    assert "it holds from May." in page.text
    listed = as_contact.get("/portal/news").text
    assert "A new price list" in listed
    assert listed.count('aria-current="page"') == 1
    assert "A new price list" in as_contact.get("/notifications").text
    # Contacts of other partners are strangers.
    assert as_other_contact.get(f"/portal/news/{made.id}").status_code == 404
    assert "A new price list" not in as_other_contact.get("/portal/news").text
    assert "A new price list" not in as_other_contact.get("/notifications").text


def test_it_can_be_called_back_until_it_leaves(
    app: Flask, as_manager: Any, as_contact: Any, as_viewer: Any
) -> None:
    write(as_manager)
    made = Announcement.get()
    assert as_viewer.send(f"/announcements/{made.id}/call-back").status_code == 403
    assert as_manager.send(f"/announcements/{made.id}/call-back").status_code == 303
    send(app)
    assert Mail.select().count() == 0
    assert as_contact.get(f"/portal/news/{made.id}").status_code == 404
    write(as_manager, subject="Another")
    send(app)
    later = Announcement.get(Announcement.subject == "Another")
    assert as_manager.send(f"/announcements/{later.id}/call-back").status_code == 409


def test_nobody_writes_to_partners_of_others(
    app: Flask,
    as_manager: Any,
    as_admin: Any,
    as_contact: Any,
    as_other_contact: Any,
    other_partner: Partner,
    partner: Partner,
) -> None:
    assert write(as_manager, to="chosen", partners=other_partner.id).status_code == 422
    assert write(as_manager, to="all").status_code == 422
    assert write(as_admin, to="all").status_code == 303
    PartnerTag.insert(partner=partner, tag="retail").execute()
    PartnerTag.insert(partner=other_partner, tag="retail").execute()
    assert write(as_manager, to="tag", tag="retail").status_code == 303
    made = Announcement.get(Announcement.by != Announcement.get().by_id)
    from app.core.messages.announcement_queries import partners_of

    assert [row[0] for row in partners_of(made.id)] == [partner.id]
    # And an announcement of somebody else is not theirs to read.
    admins = Announcement.get()
    assert as_manager.get(f"/announcements/{admins.id}").status_code == 404
    assert as_admin.get(f"/announcements/{made.id}").status_code == 200


def test_what_changed_since_it_was_looked_at_is_looked_at_again(
    app: Flask, as_manager: Any, as_contact: Any, partner: Partner
) -> None:
    looked_at = as_manager.send("/announcements/new", **LETTER).text
    seen = re.search(r'name="seen" value="(\w+)"', looked_at)
    assert seen
    Contact.create(partner=partner, side="partner", name="Jule", email="jule@nordlicht.example")
    again = as_manager.send("/announcements/new", **LETTER, step="send", seen=seen[1])
    assert "Send to 2 contacts" in again.text
    assert Announcement.select().count() == 0


def test_what_is_missing_comes_back_with_what_was_typed(
    app: Flask, as_manager: Any, partner: Partner
) -> None:
    answer = write(as_manager, subject="", text="Dear all")
    assert answer.status_code == 422
    assert "Dear all" in answer.text
    nobody = write(as_manager)
    assert nobody.status_code == 422
    assert "Nobody would get it" in nobody.text
