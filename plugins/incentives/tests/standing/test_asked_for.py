"""A tier that was only asked for by hand: staff see that it waits, the partner nothing of it."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.api import Viewer
from app.core import clock
from app.core.messages.models import Mail
from app.core.partners.models import Contact, Partner
from plugins.incentives import references
from plugins.incentives.standing.models import Evaluation
from plugins.incentives.tests.standing.support import enrol, place

SECRET = "Their director told ours of a merger."
ANSWER = "Nobody is to know of that merger yet."
PAGES = ("/portal/x/incentives", "/portal", "/portal/x/incentives/programme", "/notifications")


@pytest.fixture
def asked(
    app: Flask, as_manager: Any, as_contact: Any, programme: int, partner: Partner
) -> Partner:
    """A partner at Bronze, with a contact, for whom Gold is asked for."""
    today = clock.now().date()
    enrol(app, programme, partner, today.isoformat())
    path = f"/x/incentives/enrolments/{place(partner).id}/override"
    last = (today + timedelta(days=30)).isoformat()
    form = {"tier": "gold", "expires": last, "reason": SECRET}
    assert as_manager.send(path, **form).status_code == 303
    return partner


def decide(as_admin: Any, partner: Partner, decision: str) -> None:
    row = place(partner)
    path = f"/x/incentives/enrolments/{row.id}/override/{decision}"
    assert as_admin.send(path, version=row.version, reason=ANSWER).status_code == 303


def decision(event: str) -> str:
    """Where the partner would read the decision of a kind."""
    return f"/portal/x/incentives/decisions/{Evaluation.get(Evaluation.event == event).id}"


def read_by(contact: Any) -> str:
    return "".join(contact.get(path).text for path in PAGES)


def test_staff_see_that_a_tier_asked_for_waits(as_manager: Any, asked: Partner) -> None:
    page = as_manager.get(f"/x/incentives/partners/{asked.id}").text
    assert "A tier by hand waits for approval" in page
    assert SECRET in page


def test_the_partner_reads_neither_tier_nor_reason_of_what_is_only_asked_for(
    as_contact: Any, asked: Partner
) -> None:
    read = read_by(as_contact)
    assert "Bronze" in read
    assert "Asked for by hand" not in read
    assert SECRET not in read
    assert not Mail.select().where(Mail.content.contains("Gold")).exists()


def test_the_partner_can_neither_open_nor_appeal_what_is_only_asked_for(
    as_contact: Any, asked: Partner
) -> None:
    path = decision("ask_override")
    assert as_contact.get(path).status_code == 404
    words = "We would like that to be looked at again."
    assert as_contact.send(f"{path}/appeal", text=words).status_code == 404


def test_a_ref_to_what_is_only_asked_for_leads_the_partner_nowhere(
    app: Flask, asked: Partner
) -> None:
    contact = Contact.get(Contact.partner == asked)
    rights = frozenset({"incentives.portal"})
    who = Viewer(contact.user_id, contact.name, contact.email, "contact", rights, asked.id)
    ref = references.evaluation_ref(Evaluation.get(Evaluation.event == "ask_override").id)
    with app.test_request_context():
        assert references.links([ref], who) == {}


def test_once_approved_the_partner_reads_what_was_asked_for_and_why(
    as_admin: Any, as_contact: Any, asked: Partner
) -> None:
    decide(as_admin, asked, "confirm")
    assert "Asked for by hand: Gold until" in as_contact.get("/portal/x/incentives").text
    assert SECRET in as_contact.get(decision("ask_override")).text


def test_what_was_declined_stays_among_staff(
    as_admin: Any, as_contact: Any, asked: Partner
) -> None:
    decide(as_admin, asked, "decline")
    read = read_by(as_contact)
    assert "Override not approved" not in read
    assert SECRET not in read
    assert ANSWER not in read
    for event in ("ask_override", "decline_override"):
        assert as_contact.get(decision(event)).status_code == 404
    page = as_admin.get(f"/x/incentives/partners/{asked.id}").text
    assert "Override not approved" in page


def test_approving_one_tier_does_not_tell_of_another_that_was_declined(
    as_admin: Any, as_manager: Any, as_contact: Any, asked: Partner
) -> None:
    declined = decision("ask_override")
    decide(as_admin, asked, "decline")
    last = (clock.now().date() + timedelta(days=30)).isoformat()
    form = {"tier": "silver", "expires": last, "reason": "They won a prize this summer."}
    as_manager.send(f"/x/incentives/enrolments/{place(asked).id}/override", **form)
    decide(as_admin, asked, "confirm")
    page = as_contact.get("/portal/x/incentives").text
    assert "Asked for by hand: Silver until" in page
    assert SECRET not in page
    assert as_contact.get(declined).status_code == 404
