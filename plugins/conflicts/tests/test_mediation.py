"""Stage 2 and 3: who may mediate, what a guest sees, caucuses, and the ways out."""

import re
import secrets
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from app.core import clock
from app.core.accounts import services as accounts
from app.core.accounts.models import User
from app.core.documents.models import Document, DocumentVersion
from app.core.files.models import StoredFile
from app.core.files.owners import OWNERS
from app.core.grants.models import Grant
from app.core.messages.models import Mail, Notification
from app.core.partners.models import Contact
from app.testing import PASSWORD
from plugins.conflicts.models import Participant, Text
from plugins.conflicts.tests.conftest import Story

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
SECRET = "They would settle for half of it"
OUTSIDE = {"name": "Noor", "email": "noor@mediators.example", "organisation": "Mediators"}


def propose(admin: Any, story: Story, **form: Any) -> Any:
    fields = {"internal": "0", "name": "", "email": "", "until": ""} | form
    return admin.send(f"/x/conflicts/{story.id}/mediator", **fields)


def until() -> str:
    return (clock.today("Europe/Berlin") + timedelta(days=60)).isoformat()


@pytest.fixture
def climbed(story: Story) -> Story:
    """A case at stage 2, without a mediator."""
    return story.exchanged().host_does("escalate")


@pytest.fixture
def guest(app: Flask) -> Any:
    """A browser of somebody from outside who has a guest's account already."""
    accounts.add_person(
        name="Noor", email=OUTSIDE["email"], role="guest", password=PASSWORD, cheap=True
    )
    return app.test_client().sign_in(OUTSIDE["email"])  # type: ignore[attr-defined]


@pytest.fixture
def mediated(climbed: Story, as_admin: Any, guest: Any) -> tuple[Story, Any]:
    """A case with its mediator, and the mediator's browser."""
    assert propose(as_admin, climbed, **OUTSIDE, until=until()).status_code == 303
    number = climbed.state.candidate.id
    climbed.host_does("consent", about=number).contact_does("consent", about=number)
    answer = guest.send(f"/portal/x/conflicts/{climbed.id}/acts/declare")
    assert answer.status_code == 303
    return climbed, guest


def test_an_executive_of_ours_becomes_the_sponsor(climbed: Story, as_admin: Any) -> None:
    assert climbed.row.stage == 2
    sponsor = Participant.get(Participant.case == climbed.id, Participant.role == "sponsor")
    assert sponsor.name == "Admin"
    assert "Three months" in as_admin.get(f"/x/conflicts/{climbed.id}").text


@on_sqlite
def test_whoever_has_a_stake_is_refused_with_the_reason(climbed: Story, as_admin: Any) -> None:
    manager = User.get(User.email == "manager@example.org")
    page = propose(as_admin, climbed, internal=str(manager.id))
    assert page.status_code == 422
    assert "This person raised the case." in page.text
    assert "This person owns the partnership." in page.text
    assert climbed.state.candidate is None


@on_sqlite
def test_an_employee_of_the_partner_is_refused(climbed: Story, as_admin: Any) -> None:
    form = OUTSIDE | {"email": "other@nordlicht.example", "until": until()}
    page = propose(as_admin, climbed, **form)
    assert page.status_code == 422
    assert "belongs to the partner’s organisation" in page.text
    assert not Grant.select().exists()


@on_sqlite
@pytest.mark.parametrize(
    "form", [{}, {"name": "Noor"}, {"internal": "1", **OUTSIDE}, OUTSIDE | {"until": "0001-01-01"}]
)
def test_half_a_proposal_is_refused(climbed: Story, as_admin: Any, form: Any) -> None:
    assert propose(as_admin, climbed, **form).status_code == 422


@on_sqlite
def test_only_an_administrator_proposes(climbed: Story) -> None:
    assert propose(climbed.host, climbed, **OUTSIDE, until=until()).status_code == 403


@on_sqlite
def test_a_guest_is_asked_in_with_the_number_alone(climbed: Story, as_admin: Any) -> None:
    propose(as_admin, climbed, **OUTSIDE, until=until())
    mail = Mail.get(Mail.to_address == OUTSIDE["email"])
    assert "Figures" not in mail.content + mail.subject


@on_sqlite
def test_a_candidate_sees_the_number_and_the_declaration(
    climbed: Story, as_admin: Any, guest: Any
) -> None:
    propose(as_admin, climbed, **OUTSIDE, until=until())
    page = guest.get(f"/portal/x/conflicts/{climbed.id}").text
    assert "You are proposed as mediator" in page
    assert "Three months" not in page
    assert f"C-{climbed.id}" in guest.get("/guest").text


@on_sqlite
def test_a_guest_sees_this_case_and_nothing_else(mediated: Any, as_admin: Any) -> None:
    story, guest = mediated
    assert "Three months" in guest.get(f"/portal/x/conflicts/{story.id}").text
    assert story.state.mediator is not None
    other = Story(story.host, story.contact, story.partner).raise_by_host()
    assert guest.get(f"/portal/x/conflicts/{other.id}").status_code == 404
    for path in ("/portal/x/conflicts", "/portal", "/home", f"/x/conflicts/{story.id}"):
        assert guest.get(path).status_code == 404, path


@on_sqlite
def test_a_mediator_from_outside_hears_of_the_case(mediated: Any) -> None:
    story, _guest = mediated
    story.host_does("restate", text="We changed it.", about=story.state.position("partner"))
    user = User.get(User.email == OUTSIDE["email"])
    told = [row.title for row in Notification.select().where(Notification.user == user)]
    assert f"C-{story.id}: something happened in this case" in told


@on_sqlite
def test_a_mediator_who_steps_down_sees_nothing_any_more(mediated: Any) -> None:
    story, guest = mediated
    assert guest.send(f"/portal/x/conflicts/{story.id}/acts/step_down").status_code == 303
    assert guest.get(f"/portal/x/conflicts/{story.id}").status_code == 404
    assert story.state.candidate is None
    assert not Grant.select().where(Grant.revoked_at.is_null()).exists()


@on_sqlite
def test_whom_a_side_turns_down_loses_the_way_in(climbed: Story, as_admin: Any, guest: Any) -> None:
    propose(as_admin, climbed, **OUTSIDE, until=until())
    climbed.contact_does("veto", about=climbed.state.candidate.id, text="We know each other.")
    assert guest.get(f"/portal/x/conflicts/{climbed.id}").status_code == 404
    assert climbed.state.vetoes == 1


@on_sqlite
def test_a_caucus_note_is_found_by_nobody_else(mediated: Any, as_admin: Any) -> None:
    story, guest = mediated
    answer = story.contact.send(
        f"/portal/x/conflicts/{story.id}/notes", **{"note-text": SECRET, "note-level": "caucus"}
    )
    assert answer.status_code == 303
    assert SECRET in guest.get(f"/portal/x/conflicts/{story.id}").text
    for browser in (story.host, as_admin):
        for path in ("", "/export.json"):
            page = browser.get(f"/x/conflicts/{story.id}{path}").get_data(as_text=True)
            assert SECRET not in page
    assert "note" not in re.findall(
        r'"action": "(\w+)"', story.host.get(f"/x/conflicts/{story.id}/export.json").text
    )


@on_sqlite
def test_a_colleague_reads_a_caucus_note_once_they_take_part(app: Flask, mediated: Any) -> None:
    story, _guest = mediated
    place = f"/portal/x/conflicts/{story.id}"
    story.contact.send(f"{place}/notes", **{"note-text": SECRET, "note-level": "caucus"})
    name, email = "Second", "second@nordlicht.example"
    user = accounts.add_person(name=name, email=email, role="contact", password=PASSWORD)
    second = Contact.create(
        partner=story.partner, side="partner", name=name, email=email, user=user
    )
    browser = app.test_client().sign_in(email)  # type: ignore[attr-defined]
    assert browser.get(place).status_code == browser.get(f"{place}/export.json").status_code == 404
    for path in ("/portal", "/portal/x/conflicts", "/notifications"):
        assert SECRET not in browser.get(path).text, path
    story.contact.send(f"{place}/people", person=str(second.id))
    assert SECRET in browser.get(place).text
    assert SECRET in browser.get(f"{place}/export.json").text


def hand_over(browser: Any, place: str, level: str, **form: Any) -> int:
    """Keep a note with a file; the file's number."""
    answer = browser.post(
        f"{place}/notes",
        data={
            "csrf_token": browser.token(),
            "note-text": "See the file",
            "note-level": level,
            "note-file": (BytesIO(b"What we would settle for"), "offer.txt"),
            **form,
        },
        content_type="multipart/form-data",
    )
    assert answer.status_code == 303, answer.text
    return int(Text.select(Text.file).order_by(Text.file.desc()).limit(1).scalar())


@on_sqlite
def test_a_guest_downloads_the_files_that_are_open_to_the_mediator(mediated: Any) -> None:
    story, guest = mediated
    place = f"/portal/x/conflicts/{story.id}"
    for level in ("parties", "caucus"):
        file = hand_over(story.contact, place, level)
        with guest.get(f"/files/{file}") as answer:
            assert answer.data == b"What we would settle for"
    own = hand_over(guest, place, "mediator_only")
    with guest.get(f"/files/{own}") as answer:
        assert answer.status_code == 200
    assert story.host.get(f"/files/{own}").status_code == 404


@on_sqlite
def test_a_guest_downloads_no_other_file(app: Flask, mediated: Any, partner: Any) -> None:
    story, guest = mediated
    closed = [hand_over(story.host, f"/x/conflicts/{story.id}", "own_side")]
    other = Story(story.host, story.contact, story.partner).raise_by_host()
    closed.append(hand_over(story.host, f"/x/conflicts/{other.id}", "parties"))
    for kind in sorted(OWNERS):  # whatever else may hold one, held or not
        made = StoredFile.create(
            key=secrets.token_hex(16),
            owner=kind,
            name="a.txt",
            content_type="text/plain",
            size=1,
            sha256="0" * 64,
        )
        closed.append(made.id)
    document = Document.create(
        partner=partner, title="Terms", title_key="terms", visibility="shared"
    )
    held = StoredFile.select().where(StoredFile.owner == "document").get()
    DocumentVersion.create(document=document, n=1, file=held.id, side="host")
    for file in closed:
        assert guest.get(f"/files/{file}").status_code == 404, file
        assert guest.get(f"/files/{file}/preview").status_code == 404, file


@on_sqlite
def test_a_mediator_who_has_left_downloads_nothing_any_more(mediated: Any) -> None:
    story, guest = mediated
    file = hand_over(story.contact, f"/portal/x/conflicts/{story.id}", "parties")
    guest.send(f"/portal/x/conflicts/{story.id}/acts/step_down")
    assert guest.get(f"/files/{file}").status_code == 404


@on_sqlite
def test_a_mediators_own_note_is_for_the_mediator_alone(mediated: Any) -> None:
    story, guest = mediated
    form = {"note-text": SECRET, "note-level": "mediator_only"}
    assert guest.send(f"/portal/x/conflicts/{story.id}/notes", **form).status_code == 303
    assert SECRET in guest.get(f"/portal/x/conflicts/{story.id}").text
    assert SECRET not in story.host.get(f"/x/conflicts/{story.id}").text
    assert SECRET not in story.contact.get(f"/portal/x/conflicts/{story.id}").text


@on_sqlite
def test_a_mediators_caucus_names_its_side(mediated: Any) -> None:
    story, guest = mediated
    form = {"note-text": SECRET, "note-level": "caucus"}
    path = f"/portal/x/conflicts/{story.id}/notes"
    assert guest.send(path, **form).status_code == 422
    assert guest.send(path, **form, **{"note-side": "host"}).status_code == 303
    assert SECRET in story.host.get(f"/x/conflicts/{story.id}").text
    assert SECRET not in story.contact.get(f"/portal/x/conflicts/{story.id}").text


@on_sqlite
def test_an_internal_facilitator_needs_both_consents_and_signs(
    app: Flask, climbed: Story, as_admin: Any
) -> None:
    accounts.add_person(
        name="Fair", email="fair@example.org", role="manager", password=PASSWORD, cheap=True
    )
    fair = app.test_client().sign_in("fair@example.org")  # type: ignore[attr-defined]
    user = User.get(User.email == "fair@example.org")
    assert propose(as_admin, climbed, internal=str(user.id)).status_code == 303
    page = climbed.contact.get(f"/portal/x/conflicts/{climbed.id}").text
    assert "Internal facilitator" in page
    number = climbed.state.candidate.id
    climbed.host_does("consent", about=number)
    assert fair.send(f"/x/conflicts/{climbed.id}/acts/declare").status_code == 303
    assert climbed.state.mediator is None
    assert "Three months" not in fair.get(f"/x/conflicts/{climbed.id}").text
    climbed.contact_does("consent", about=number)
    assert climbed.state.mediator is not None
    assert "Three months" in fair.get(f"/x/conflicts/{climbed.id}").text


@on_sqlite
def test_a_candidate_who_came_to_have_a_stake_is_not_appointed(
    app: Flask, climbed: Story, as_admin: Any
) -> None:
    user = accounts.add_person(
        name="Fair", email="fair@example.org", role="manager", password=PASSWORD, cheap=True
    )
    fair = app.test_client().sign_in("fair@example.org")  # type: ignore[attr-defined]
    propose(as_admin, climbed, internal=str(user.id))
    number = climbed.state.candidate.id
    climbed.host_does("consent", about=number)
    fair.send(f"/x/conflicts/{climbed.id}/acts/declare")
    climbed.partner.owner = user
    climbed.partner.save()
    climbed.contact_does("consent", about=number)
    assert climbed.state.mediator is None


@on_sqlite
def test_impasse_leads_to_a_route_that_executives_choose(mediated: Any, as_admin: Any) -> None:
    story, guest = mediated
    path = f"/portal/x/conflicts/{story.id}/acts"
    assert guest.send(f"{path}/impasse", **{"impasse-text": "No way."}).status_code == 303
    story.host_does("escalate")
    assert story.row.stage == 3
    refused = story.try_host("propose_route", route="coach")
    assert "executive" in refused.text
    place = f"/x/conflicts/{story.id}/acts/propose_route"
    assert as_admin.send(place, **{"propose_route-route": "coach"}).status_code == 303
    story.contact_does("agree_route", about="coach")
    assert story.state.step == "explore" or story.state.route == "coach"


@on_sqlite
def test_a_case_is_referred_with_a_document(climbed: Story, as_admin: Any) -> None:
    climbed.host_does("decline_mediation").contact_does("escalate")
    path = f"/x/conflicts/{climbed.id}/acts/refer"
    bare = as_admin.send(path, **{"refer-outcome": "terminated"})
    assert bare.status_code == 422
    assert "Attach the document" in bare.text
    data = {
        "csrf_token": as_admin.token(),
        "refer-outcome": "terminated",
        "refer-document": (BytesIO(b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"), "end.pdf"),
    }
    done = as_admin.post(path, data=data, content_type="multipart/form-data")
    assert done.status_code == 303, done.text
    assert climbed.row.outcome == "terminated"
