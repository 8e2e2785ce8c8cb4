"""Drafts of cases: kept as far as they go, seen by their authors alone, raised or discarded."""

from typing import Any

import pytest
from flask import Flask

from app.api import Subject, SuggestionDraft, suggest
from app.core.accounts import services as accounts
from app.core.accounts.models import User
from app.core.messages.models import Notification
from app.core.partners.models import Contact, Partner
from app.core.suggestions.models import StoredSuggestion
from app.testing import PASSWORD
from plugins.conflicts import access, personal
from plugins.conflicts.models import Case, CaseEvent, Draft
from plugins.conflicts.tests.conftest import REPORT, Story

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
HALF = {"title": "Figures come late", "text": "Three months", "category": "brand", "keep": "1"}


def keep(story: Story, **form: Any) -> Draft:
    """Keep a draft of ours."""
    answer = story.host.send(f"/x/conflicts/partners/{story.partner.id}/new", **(HALF | form))
    assert answer.status_code == 303
    return Draft.select().order_by(Draft.id.desc()).get()


def test_a_draft_is_kept_as_far_as_it_goes_and_gone_on_with(story: Story) -> None:
    draft = keep(story, text="", severity="high")
    assert not Case.select().exists()
    page = story.host.get("/x/conflicts").text
    path = f"/x/conflicts/partners/{story.partner.id}/new?draft={draft.id}"
    assert path in page
    form = story.host.get(path).text
    assert 'value="Figures come late"' in form
    assert '<option selected value="high">' in form


@on_sqlite
def test_keeping_a_draft_again_changes_the_same_one(story: Story) -> None:
    draft = keep(story)
    path = f"/x/conflicts/partners/{story.partner.id}/new?draft={draft.id}"
    assert story.host.send(path, **(HALF | {"text": "Four months"})).status_code == 303
    assert [row.text for row in Draft.select()] == ["Four months"]


@on_sqlite
def test_nobody_hears_of_a_draft(story: Story) -> None:
    keep(story)
    assert not CaseEvent.select().exists()
    assert not Notification.select().exists()


@on_sqlite
def test_a_draft_is_its_authors_alone(
    app: Flask, story: Story, as_admin: Any, as_other_contact: Any
) -> None:
    ours = keep(story)
    assert story.contact.send("/portal/x/conflicts/new", **HALF).status_code == 303
    theirs = Draft.select().order_by(Draft.id.desc()).get()
    user = accounts.add_person(
        name="Second", email="s@nordlicht.example", role="contact", password=PASSWORD, cheap=True
    )
    Contact.create(
        partner=story.partner, side="partner", name="Second", email=user.email, user=user.id
    )
    second = app.test_client().sign_in(user.email)  # type: ignore[attr-defined]
    new = f"/x/conflicts/partners/{story.partner.id}/new?draft="
    for browser in (as_admin, story.host):
        assert browser.get(f"{new}{theirs.id}").status_code == 404
    assert as_admin.get(f"{new}{ours.id}").status_code == 404
    for browser in (second, as_other_contact):
        assert browser.get(f"/portal/x/conflicts/new?draft={theirs.id}").status_code == 404
        answer = browser.send(f"/portal/x/conflicts/drafts/{theirs.id}/discard")
        assert answer.status_code == 404
        assert "Figures come late" not in browser.get("/portal/x/conflicts").text
    for path in ("/x/conflicts", f"/x/conflicts/partners/{story.partner.id}"):
        assert "Figures come late" not in as_admin.get(path).text
    assert Draft.select().count() == 2


@on_sqlite
def test_raising_a_draft_takes_it_away(story: Story) -> None:
    story.contact.send("/portal/x/conflicts/new", **HALF)
    draft = Draft.get()
    assert f"draft={draft.id}" in story.contact.get("/portal/x/conflicts").text
    path = f"/portal/x/conflicts/new?draft={draft.id}"
    assert "Three months" in story.contact.get(path).text
    assert story.contact.send(path, **REPORT).status_code == 303
    assert Case.select().count() == 1
    assert not Draft.select().exists()


@pytest.fixture
def suggested(story: Story) -> StoredSuggestion:
    """What somebody suggested about the partner."""
    with story.host.application.app_context():
        assert suggest("conflicts.case", SuggestionDraft(story.partner.id, "Answers fell"))
    return StoredSuggestion.get()


def begun(story: Story, suggested: StoredSuggestion) -> Draft:
    """A draft that began with a suggestion."""
    path = f"/x/conflicts/partners/{story.partner.id}/new?suggestion={suggested.id}"
    assert story.host.send(path, **HALF).status_code == 303
    return Draft.get()


def test_raising_a_draft_answers_the_suggestion_with_which_it_began(
    story: Story, suggested: StoredSuggestion
) -> None:
    draft = begun(story, suggested)
    assert StoredSuggestion.get().state == "new"
    people = [str(Contact.get(Contact.partner == story.partner, Contact.side == "partner").id)]
    path = f"/x/conflicts/partners/{story.partner.id}/new?draft={draft.id}"
    assert story.host.send(path, **REPORT, respondents=people).status_code == 303
    found = StoredSuggestion.get()
    assert (found.state, found.made) == ("accepted", f"conflicts_case:{Case.get().id}")


@on_sqlite
def test_a_suggestion_leads_back_to_the_draft_that_began_with_it(
    story: Story, suggested: StoredSuggestion
) -> None:
    begun(story, suggested)
    path = f"/x/conflicts/partners/{story.partner.id}/new?suggestion={suggested.id}"
    assert "Three months" in story.host.get(path).text
    assert story.host.send(path, **(HALF | {"text": "Four months"})).status_code == 303
    assert [row.text for row in Draft.select()] == ["Four months"]


@on_sqlite
def test_discarding_a_draft_leaves_its_suggestion_waiting(
    story: Story, suggested: StoredSuggestion
) -> None:
    draft = begun(story, suggested)
    assert story.host.send(f"/x/conflicts/drafts/{draft.id}/discard").status_code == 303
    assert StoredSuggestion.get().state == "new"


@on_sqlite
def test_a_draft_is_raised_although_its_suggestion_was_turned_down_meanwhile(
    story: Story, suggested: StoredSuggestion
) -> None:
    draft = begun(story, suggested)
    StoredSuggestion.update(state="dismissed").execute()
    people = [str(Contact.get(Contact.partner == story.partner, Contact.side == "partner").id)]
    path = f"/x/conflicts/partners/{story.partner.id}/new?draft={draft.id}"
    assert story.host.send(path, **REPORT, respondents=people).status_code == 303
    assert StoredSuggestion.get().state == "dismissed"


@on_sqlite
def test_a_person_takes_their_drafts_along_and_others_do_not(app: Flask, story: Story) -> None:
    keep(story)
    manager = User.get(User.email == "manager@example.org")
    contact = User.get(User.email == "contact@nordlicht.example")
    with app.app_context():
        mine, theirs = (
            str([part.rows for part in personal.held(Subject("P", user.id, (), (), ()))])
            for user in (manager, contact)
        )
    assert "Three months" in mine
    assert "Three months" not in theirs


@on_sqlite
def test_erasing_a_person_takes_their_drafts_and_their_name_in_those_of_others(
    app: Flask, story: Story
) -> None:
    contact = Contact.get(Contact.partner == story.partner, Contact.side == "partner")
    keep(story, title=f"With {contact.name}", text=f"{contact.name} never answers.")
    assert story.contact.send("/portal/x/conflicts/new", **HALF).status_code == 303
    subject = Subject("Person 7", contact.user_id, (contact.id,), (contact.name,), (contact.email,))
    with app.app_context():
        personal.erase(subject)
    assert [(row.title, row.text) for row in Draft.select()] == [
        ("With Person 7", "Person 7 never answers.")
    ]


@on_sqlite
def test_drafts_go_with_a_partner_that_is_merged(
    app: Flask, story: Story, other_partner: Partner
) -> None:
    draft = keep(story)
    with app.app_context():
        access.merged(other_partner.id, story.partner.id)
    Partner.update(owner=draft.user).where(Partner.id == other_partner.id).execute()
    path = f"/x/conflicts/partners/{other_partner.id}/new?draft={draft.id}"
    assert "Three months" in story.host.get(path).text


@on_sqlite
def test_a_draft_is_discarded(story: Story) -> None:
    draft = keep(story)
    assert story.host.send(f"/x/conflicts/drafts/{draft.id}/discard").status_code == 303
    assert not Draft.select().exists()


@on_sqlite
def test_a_draft_that_is_too_long_stays_in_the_form(story: Story) -> None:
    answer = story.host.send(
        f"/x/conflicts/partners/{story.partner.id}/new", **(HALF | {"title": "x" * 201})
    )
    assert answer.status_code == 422
    assert not Draft.select().exists()


@on_sqlite
def test_nobody_keeps_more_drafts_than_can_be_found_again(story: Story, monkeypatch: Any) -> None:
    monkeypatch.setattr("plugins.conflicts.drafts.MOST", 1)
    keep(story)
    answer = story.host.send(f"/x/conflicts/partners/{story.partner.id}/new", **HALF)
    assert answer.status_code == 422
    assert Draft.select().count() == 1
