"""Broken glass: an administrator in need looks into a case of others, and both sides hear of it."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.core import clock
from app.core.accounts.models import User
from app.core.audit import AuditEntry
from app.core.grants.models import Grant
from app.core.links.services import set_rule
from app.core.messages.models import Mail, Notification
from app.core.partners.models import Contact, Partner
from plugins.conflicts import log, telling
from plugins.conflicts.models import Participant
from plugins.conflicts.tests.conftest import Story
from plugins.conflicts.tests.test_access import SECRET, note
from plugins.conflicts.tests.test_joining_in import link_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
REASON = "An auditor asks."


def look(story: Story, admin: Any, reason: str = REASON) -> Any:
    return admin.send(f"/x/conflicts/{story.id}/glass", reason=reason)


def test_broken_glass_shows_what_both_see_and_is_shown_to_both(story: Story, as_admin: Any) -> None:
    story.exchanged()
    note(story, story.host, "/x/conflicts", "own_side")
    answer = look(story, as_admin)
    assert answer.status_code == 303
    page = as_admin.get(f"/x/conflicts/{story.id}").text
    assert "Your template changed twice." in page
    assert SECRET not in page
    assert SECRET not in as_admin.get(f"/x/conflicts/{story.id}/export.json").text
    for browser, path in ((story.host, "/x/conflicts"), (story.contact, "/portal/x/conflicts")):
        assert REASON in browser.get(f"{path}/{story.id}").text
    assert AuditEntry.select().where(AuditEntry.action == "glass.broken").exists()


def test_the_glass_closes_after_an_hour(story: Story, as_admin: Any) -> None:
    story.exchanged()
    look(story, as_admin)
    Grant.update(until=clock.now() - timedelta(minutes=1)).execute()
    assert "Your template" not in as_admin.get(f"/x/conflicts/{story.id}").text


def test_whoever_broke_the_glass_only_looks(story: Story, as_admin: Any) -> None:
    story.exchanged()
    look(story, as_admin)
    answer = as_admin.send(f"/x/conflicts/{story.id}/acts/escalate")
    assert answer.status_code == 422
    assert story.state.stage == 1


def test_the_glass_is_not_broken_without_a_reason(story: Story, as_admin: Any) -> None:
    story.exchanged()
    answer = look(story, as_admin, " ")
    assert answer.status_code == 422
    assert not Grant.select().exists()


# ---- who is told


def told_of_it(story: Story) -> set[str]:
    """The addresses of whoever was told in the app."""
    rows = Notification.select().where(Notification.event == telling.GLASS)
    return {User.get_by_id(row.user_id).email for row in rows}


def test_both_sides_are_told_and_the_mail_has_the_number_alone(story: Story, as_admin: Any) -> None:
    story.exchanged()
    look(story, as_admin)
    contact = Contact.get(Contact.partner == story.partner, Contact.side == "partner")
    assert told_of_it(story) == {"manager@example.org", contact.email}
    mails = list(Mail.select().where(Mail.kind == telling.GLASS))
    assert {mail.to_address for mail in mails} == told_of_it(story)
    for mail in mails:
        assert f"C-{story.id}: an administrator looked" in mail.subject
        for words in (REASON, "Figures come late", "Admin,", story.partner.name):
            assert words not in mail.subject + mail.content


def test_whoever_looks_twice_is_told_of_twice(story: Story, as_admin: Any) -> None:
    story.exchanged()
    look(story, as_admin)
    Grant.update(until=clock.now() - timedelta(minutes=1)).execute()
    look(story, as_admin)
    assert Notification.select().where(Notification.event == telling.GLASS).count() == 4


def test_the_case_own_log_keeps_that_somebody_looked(story: Story, as_admin: Any) -> None:
    story.exchanged()
    look(story, as_admin)
    grant = Grant.get()
    line = log.read(story.id)[-1]
    assert (line.action, line.detail, line.who) == (
        "glass",
        {"grant": grant.id},
        f"user:{grant.user_id}",
    )
    assert (
        "looked into the case without taking part"
        in story.contact.get(f"/portal/x/conflicts/{story.id}").text
    )


def test_nobody_looks_where_telling_fails(
    story: Story, as_admin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.exchanged()

    def broken(*_given: object) -> None:
        raise LookupError("no mail")

    monkeypatch.setattr(telling, "tell_glass", broken)
    story.host.application.config["PROPAGATE_EXCEPTIONS"] = False
    assert look(story, as_admin).status_code == 500
    assert not Grant.select().exists()
    assert "Your template" not in as_admin.get(f"/x/conflicts/{story.id}").text


def test_who_has_no_account_reads_by_a_link_who_looked(
    story: Story, as_admin: Any, partner: Partner
) -> None:
    silent = Contact.create(
        partner=partner, side="partner", name="Silent", email="silent@nordlicht.example"
    )
    story.raise_by_host(respondents=[str(silent.id)])
    Mail.delete().execute()
    look(story, as_admin)
    answer = story.host.application.test_client().get(link_of(silent))
    assert answer.status_code == 200
    assert REASON in answer.text
    assert "Admin" in answer.text
    assert f"C-{story.id}" in answer.text


def test_who_has_no_account_is_told_where_links_are_not_allowed_either(
    story: Story, as_admin: Any, partner: Partner
) -> None:
    silent = Contact.create(
        partner=partner, side="partner", name="Silent", email="silent@nordlicht.example"
    )
    story.raise_by_host(respondents=[str(silent.id)])
    set_rule(telling.LOOKED, allowed=False, days=14)
    look(story, as_admin)
    mail = Mail.get(Mail.to_address == silent.email, Mail.kind == telling.GLASS)
    assert mail.subject == f"C-{story.id}: an administrator looked into this case"
    assert REASON not in mail.content


# ---- who may look


def test_an_administrator_who_was_told_of_a_time_can_look_in_need(
    story: Story, as_admin: Any
) -> None:
    story.exchanged()
    me = User.get(User.email == "admin@example.org")
    Participant.create(case=story.id, side="host", role="alerted", user=me.id, name=me.name)
    assert look(story, as_admin).status_code == 303
    assert "Your template" in as_admin.get(f"/x/conflicts/{story.id}").text


def test_who_is_to_mediate_does_not_look_beforehand(story: Story, as_admin: Any) -> None:
    story.exchanged()
    me = User.get(User.email == "admin@example.org")
    part = {"case": story.id, "side": "mediator", "user": me.id, "name": me.name}
    Participant.create(role="candidate", **part)
    assert "Break the glass" not in as_admin.get(f"/x/conflicts/{story.id}").text
    assert look(story, as_admin).status_code == 404


def test_only_administrators_look(story: Story, app: Flask, as_viewer: Any) -> None:
    story.exchanged()
    assert look(story, story.host).status_code == 403
    assert look(story, as_viewer).status_code == 403
    assert story.contact.send(f"/x/conflicts/{story.id}/glass").status_code in (403, 404)
