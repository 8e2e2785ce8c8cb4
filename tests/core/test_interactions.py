"""Interactions: when both sides spoke, about what, and who took part."""

import pytest

from app.core.models import AuditEntry
from app.core.partners.models import Contact, Interaction, InteractionContact

FORM = {
    "version": 1,
    "at": "2026-03-02T14:30",
    "channel": "call",
    "direction": "in",
    "matter": "finance",
    "summary": "They ask for sixty days",
    "others": "Their accountant",
}


@pytest.fixture
def path(partner):
    return f"/partners/{partner.id}/interactions"


@pytest.fixture
def ida(partner):
    return Contact.create(partner=partner, side="partner", name="Ida Holm")


def test_an_interaction_stands_in_the_list_with_who_took_part(as_manager, partner, path, ida):
    answer = as_manager.send(f"{path}/new", **(FORM | {"contacts": [ida.id]}))
    assert answer.status_code == 303
    page = as_manager.get(path).text
    for text in ("They ask for sixty days", "Ida Holm, Their accountant", "2 Mar 2026, 14:30"):
        assert text in page
    assert Interaction.get().at.hour == 13  # Berlin in winter is an hour ahead


def test_the_partners_page_shows_the_last_touch(as_manager, partner, path):
    as_manager.send(f"{path}/new", **FORM)
    as_manager.send(f"{path}/new", **(FORM | {"at": "2026-01-05T09:00"}))
    assert "Last touch 2 Mar 2026" in as_manager.get(f"/partners/{partner.id}").text


def test_the_list_is_narrowed_to_a_matter(as_manager, partner, path):
    as_manager.send(f"{path}/new", **FORM)
    as_manager.send(f"{path}/new", **(FORM | {"matter": "legal", "summary": "The new contract"}))
    page = as_manager.get(f"{path}?matter=legal").text
    assert "The new contract" in page
    assert "sixty days" not in page


def test_the_list_comes_page_by_page(as_manager, partner, path):
    for number in range(27):
        Interaction.create(
            partner=partner,
            at=f"2026-01-{number + 1:02} 10:00:00",
            channel="email",
            direction="out",
            summary=f"Talk {number:02}",
        )
    first, second = as_manager.get(path).text, as_manager.get(f"{path}?page=2").text
    assert "Talk 26" in first
    assert "Talk 01" not in first
    assert "Talk 01" in second


@pytest.mark.parametrize(
    "change",
    [
        {"at": ""},
        {"at": "0001-01-01T00:00"},
        {"at": "9999-12-31T23:59"},
        {"at": "2999-01-01T00:00"},
        {"channel": "pigeon"},
        {"direction": "up"},
        {"matter": "weather"},
        {"summary": " "},
        {"summary": "x" * 5001},
        {"others": "x" * 501},
        {"contacts": ["99999999999999999999"]},
        {"contacts": ["x"]},
    ],
)
def test_an_invalid_interaction_is_refused(as_manager, partner, path, change):
    assert as_manager.send(f"{path}/new", **(FORM | change)).status_code == 422
    assert not Interaction.select().exists()


def test_another_partners_contact_took_no_part(as_manager, path, other_partner):
    stranger = Contact.create(partner=other_partner, side="partner", name="Fremd")
    answer = as_manager.send(f"{path}/new", **(FORM | {"contacts": [stranger.id]}))
    assert answer.status_code == 422


def test_a_stale_edit_shows_both_versions(as_manager, partner, path):
    as_manager.send(f"{path}/new", **FORM)
    talk = f"{path}/{Interaction.get().id}"
    assert as_manager.send(talk, **(FORM | {"summary": "Ninety days"})).status_code == 303
    stale = as_manager.send(talk, **(FORM | {"summary": "Thirty days"}))
    assert stale.status_code == 422
    assert "Ninety days" in stale.text
    assert "Thirty days" in stale.text


def test_a_removed_interaction_leaves_only_its_trace(as_manager, partner, path, ida):
    as_manager.send(f"{path}/new", **(FORM | {"contacts": [ida.id]}))
    talk = f"{path}/{Interaction.get().id}"
    assert as_manager.get(f"{talk}/remove").status_code == 405
    assert as_manager.send(f"{talk}/remove").status_code == 303
    assert not Interaction.select().exists()
    assert not InteractionContact.select().exists()
    entry = AuditEntry.get(AuditEntry.action == "interaction.removed")
    assert "sixty" not in entry.detail


def test_a_retired_contact_stays_named(as_manager, partner, path, ida):
    as_manager.send(f"{path}/new", **(FORM | {"contacts": [ida.id]}))
    as_manager.send(f"/partners/{partner.id}/contacts/{ida.id}/remove")
    talk = f"{path}/{Interaction.get().id}"
    assert as_manager.send(talk, **(FORM | {"contacts": [ida.id]})).status_code == 303
    assert "Ida Holm" in as_manager.get(path).text


def test_only_who_may_edit_the_partner_writes_and_contacts_never_read(
    as_manager, as_viewer, as_contact, partner, other_partner, path
):
    strange = f"/partners/{other_partner.id}/interactions"
    assert as_manager.get(strange).status_code == 200
    assert as_manager.send(f"{strange}/new", **FORM).status_code == 403
    assert as_viewer.get(path).status_code == 200
    assert as_viewer.send(f"{path}/new", **FORM).status_code == 403
    assert as_contact.get(path).status_code == 404


def test_an_interaction_with_another_partner_is_not_found(as_admin, partner, path, other_partner):
    as_admin.send(f"{path}/new", **FORM)
    talk = f"/partners/{other_partner.id}/interactions/{Interaction.get().id}"
    assert as_admin.get(talk).status_code == 404
    assert as_admin.send(talk, **FORM).status_code == 404
    assert as_admin.send(f"{talk}/remove").status_code == 404
