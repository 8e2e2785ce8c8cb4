"""What our side records on the partner's behalf: marked, told, and undone by the partner."""

import re
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from app.core import clock
from app.core.messages.models import Mail, Notification
from app.core.partners.models import Contact, Partner
from app.core.tasks.models import Task
from plugins.conflicts.tests.conftest import Story, problems
from plugins.conflicts.tests.test_clockwork import told
from plugins.conflicts.tests.test_joining_in import link_of

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
HOW = "Ines said so by phone."
THEIRS = "contact@nordlicht.example"


@pytest.fixture
def silent(partner: Partner) -> Contact:
    """A contact who has an address and no account."""
    return Contact.create(
        partner=partner, side="partner", name="Silent", email="silent@nordlicht.example"
    )


def proposed(story: Story) -> Story:
    return story.understood().host_does("propose", text="You own the template.")


def signed_for(story: Story) -> Story:
    """A plan that our side signed, and recorded the partner's signature under."""
    story.planned().host_does("sign", about=story.state.plan)
    return story.host_does("sign_for", about=story.state.plan, text=HOW)


def test_a_signature_for_the_partner_counts_and_is_marked_for_both(story: Story) -> None:
    signed_for(story)
    assert story.row.status == "agreed"
    assert Task.select().where(Task.ref == f"conflicts_case:{story.id}").count() == 2
    for page in (
        story.host.get(f"/x/conflicts/{story.id}").text,
        story.contact.get(f"/portal/x/conflicts/{story.id}").text,
    ):
        assert HOW in page
        assert "On behalf" in page
        assert "signed the plan on the partner" in page


def test_the_partner_undoes_it_and_the_plan_waits_for_its_signature(story: Story) -> None:
    signed_for(story)
    story.contact_does("undo", about=story.state.recorded[-1].text, text="We said no such thing.")
    assert (story.row.status, story.state.signed_by) == ("open", frozenset({"host"}))
    tasks = Task.select(Task.state).where(Task.ref == f"conflicts_case:{story.id}").tuples()
    assert {state for (state,) in tasks} == {"cancelled"}
    page = story.host.get(f"/x/conflicts/{story.id}").text
    assert "We said no such thing." in page
    assert "has not signed yet" in page
    story.contact_does("sign", about=story.state.plan)
    assert story.row.status == "agreed"


@on_sqlite
def test_how_the_partner_said_so_is_needed(story: Story) -> None:
    proposed(story)
    answer = story.try_host("accept_for", about=story.state.proposal, text=" ")
    assert answer.status_code == 422
    assert story.state.step == "explore"


@on_sqlite
def test_the_partners_people_are_told_once_that_they_may_undo_it(story: Story) -> None:
    proposed(story)
    before = len(told(THEIRS, "conflicts.moved"))
    story.host_does("accept_for", about=story.state.proposal, text=HOW)
    assert len(told(THEIRS, "conflicts.moved")) == before
    (title,) = told(THEIRS, "conflicts.recorded")
    assert title.startswith(f"C-{story.id}: something was recorded on your behalf")
    row = Notification.get(Notification.event == "conflicts.recorded")
    assert row.url == f"/portal/x/conflicts/{story.id}"
    assert HOW not in row.title + row.text


@on_sqlite
def test_a_contact_does_not_record_anything_for_its_own_side(story: Story) -> None:
    proposed(story)
    answer = story.try_contact("accept_for", about=story.state.proposal, text=HOW)
    assert answer.status_code == 422
    assert "Only our side" in problems(answer.text)


@on_sqlite
def test_our_side_does_not_undo_what_it_recorded(story: Story) -> None:
    proposed(story).host_does("accept_for", about=story.state.proposal, text=HOW)
    answer = story.try_host("undo", about=story.state.recorded[-1].text)
    assert answer.status_code == 422
    assert story.state.step == "agree"


@on_sqlite
def test_after_the_tenth_business_day_it_stands(story: Story) -> None:
    with clock.frozen(datetime(2026, 3, 2, 8)):
        proposed(story).host_does("accept_for", about=story.state.proposal, text=HOW)
    for day, shown in ((13, True), (17, False)):
        with clock.frozen(datetime(2026, 3, day, 9)):
            page = story.contact.get(f"/portal/x/conflicts/{story.id}").text
            assert ("Undo it" in page) is shown
    with clock.frozen(datetime(2026, 3, 17, 9)):
        answer = story.try_contact("undo", about=story.state.recorded[-1].text)
        assert answer.status_code == 422
        assert "are over" in problems(answer.text)


@on_sqlite
def test_a_contact_without_an_account_undoes_it_by_a_link(
    app: Flask, story: Story, silent: Contact
) -> None:
    story.raise_by_host(respondents=[str(silent.id)])
    story.host_does("acknowledge_for", text=HOW)
    mail = Mail.select().where(Mail.to_address == silent.email).order_by(Mail.id.desc()).get()
    assert "Figures come late" not in mail.subject + mail.content
    assert HOW not in mail.content
    path, browser = link_of(silent), app.test_client()
    page = browser.get(path).text
    assert HOW in page
    form = dict(re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', page))
    assert browser.post(path, data=form | {"undo-text": "Not I."}).status_code == 303
    assert not story.state.acknowledged
    assert browser.get(path).status_code == 410


@on_sqlite
def test_a_link_that_comes_too_late_undoes_nothing(
    app: Flask, story: Story, silent: Contact
) -> None:
    story.raise_by_host(respondents=[str(silent.id)])
    story.host_does("acknowledge_for", text=HOW)
    path = link_of(silent)
    with clock.frozen(clock.now() + timedelta(days=20)):
        assert "nothing to undo any more" in app.test_client().get(path).text


def test_every_act_with_words_is_kept_and_told(story: Story) -> None:
    story.exchanged().host_does("restate", text="Wrong.", about=story.state.position("partner"))
    about = story.state.restatement("host").text
    story.contact_does("correct_restatement", about=about, text="No: it is about trust.")
    assert "No: it is about trust." in story.host.get(f"/x/conflicts/{story.id}").text


@on_sqlite
def test_the_document_of_a_referral_is_led_to(story: Story, as_admin: Any) -> None:
    story.exchanged().host_does("escalate").host_does("decline_mediation").host_does("escalate")
    form = {
        "refer-outcome": "referred",
        "refer-text": "To the agreement.",
        "refer-document": (BytesIO(b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"), "end.pdf"),
    }
    answer = as_admin.send(f"/x/conflicts/{story.id}/acts/refer", **form)
    assert answer.status_code == 303, problems(answer.text)
    page = story.contact.get(f"/portal/x/conflicts/{story.id}").text
    found = re.search(r'href="(/files/\d+[^"]*)"', page)
    assert found
    with story.contact.get(found[1]) as file:
        assert file.data.startswith(b"%PDF")
