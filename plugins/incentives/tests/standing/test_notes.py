"""Notes beside a tier, and what becomes of them when a person is erased."""

import io
import json
import zipfile

import pytest

from app.core.accounts.models import User
from app.core.models import AuditEntry
from app.core.personal import queries, services
from plugins.incentives.standing.models import Note

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def path(partner, tail="/notes"):
    return f"/x/incentives/partners/{partner.id}{tail}"


def test_a_note_is_written_and_told_in_the_partners_history(as_manager, partner):
    assert as_manager.send(path(partner), text="Silver was promised").status_code == 303
    assert "Silver was promised" in as_manager.get(path(partner, "")).text
    assert "Note on the tier added" in as_manager.get(f"/history/partner:{partner.id}").text
    assert "promised" not in AuditEntry.get(AuditEntry.action == "incentives.note_added").detail


def test_an_empty_or_endless_note_is_refused(as_manager, partner):
    for text in ("", " ", "x" * 1001):
        assert as_manager.send(path(partner), text=text).status_code == 422
    assert not Note.select().exists()


def test_notes_are_for_those_who_may_change_the_partner(
    as_viewer, as_manager, as_contact, partner, other_partner
):
    assert as_viewer.send(path(partner), text="x").status_code == 403
    assert as_manager.send(path(other_partner), text="x").status_code == 403
    assert as_contact.send(path(partner), text="x").status_code == 404
    assert not Note.select().exists()


def test_personal_data_has_the_notes_of_their_author(app, as_manager, partner):
    as_manager.send(path(partner), text="Silver was promised")
    with app.test_request_context():
        file = io.BytesIO()
        services.write(queries.by_email("manager@example.org"), file)
    held = json.loads(zipfile.ZipFile(file).read("personal-data.json"))["held"]
    assert "Silver was promised" in str([p for p in held if p["title"] == "Notes on tiers"])


def test_erase_personal_data_keeps_the_note_without_its_author(app, as_manager, partner):
    as_manager.send(path(partner), text="Ask Viewer, viewer@example.org")
    with app.test_request_context():
        services.erase(queries.by_email("manager@example.org"))
        services.erase(queries.by_email("viewer@example.org"))
    viewer = User.get(User.name == Note.get().text.split(",")[0].removeprefix("Ask "))
    assert Note.get().by is None
    assert Note.get().text == f"Ask {viewer.name}, {viewer.name}"
