"""Coverage of matters, past collaborations, regions, team, reviews due, and two versions."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from app.core import clock
from app.core.accounts.models import User
from app.core.partners.models import (
    Contact,
    Partner,
    PartnerProfile,
    PartnerRegion,
    PartnerTeam,
)
from app.core.partners.rules import coverage
from app.testing import add_partner
from tests.core.desk import counted_queries

FIVE = ("commercial", "finance", "legal", "technical", "marketing")
FORM = {"type": "supplier", "currency": "EUR", "version": 1}


def form_of(partner, **changes):
    mine = {"name": partner.name, "code": partner.code, "owner": partner.owner_id or 0}
    return FORM | mine | changes


@pytest.mark.parametrize(
    ("host", "partner", "in_use", "share", "gaps"),
    [
        (
            FIVE,
            FIVE[:3],
            FIVE,
            Fraction(3, 5),
            [("technical", "partner"), ("marketing", "partner")],
        ),
        (FIVE, FIVE, FIVE, Fraction(1), []),
        ((), (), FIVE[:1], Fraction(0), [("commercial", "host"), ("commercial", "partner")]),
        ((), (), (), None, []),
        (FIVE, FIVE[:1], FIVE[:1], Fraction(1), []),
    ],
)
def test_coverage_counts_matters_with_a_contact_on_both_sides(host, partner, in_use, share, gaps):
    found = coverage(host, partner, in_use)  # the first case is [P1]
    assert (found.share, list(found.gaps)) == (share, gaps)


@pytest.fixture
def people(partner):
    Contact.create(partner=partner, side="host", name="Marek", matters=" ".join(FIVE))
    Contact.create(partner=partner, side="partner", name="Ida", matters=" ".join(FIVE[:3]))


def test_the_page_shows_coverage_and_a_way_to_fill_each_gap(as_manager, partner, people):
    page = as_manager.get(f"/partners/{partner.id}").text
    assert "60% covered on both sides" in page
    assert f"/partners/{partner.id}/contacts/new?side=partner&amp;matter=technical" in page


def test_the_form_for_a_gap_is_filled_in(as_manager, partner):
    path = f"/partners/{partner.id}/contacts/new?side=host&matter=legal"
    page = as_manager.get(path).text
    assert '<option selected value="host">' in page
    assert 'checked class="form-check-input" id="matters-2"' in page or (
        'value="legal"' in page and "checked" in page
    )


def test_matters_in_use_can_be_chosen(as_manager, partner, people):
    form = form_of(partner, matters=["commercial", "escalation"])
    assert as_manager.send(f"/partners/{partner.id}/edit", **form).status_code == 303
    assert "50% covered on both sides" in as_manager.get(f"/partners/{partner.id}").text


def test_a_retired_contact_covers_nothing(as_manager, partner, people):
    Contact.update(active=False).where(Contact.name == "Ida").execute()
    assert "0% covered on both sides" in as_manager.get(f"/partners/{partner.id}").text


def test_contacts_read_whom_to_reach_for_what(as_contact, partner, people):
    page = as_contact.get("/portal").text
    assert "Who to reach for what" in page
    assert "contacts/new" not in page


def test_regions_and_team_are_kept_and_the_team_may_edit(as_manager, as_admin, other_partner):
    manager = User.get(User.email == "manager@example.org")
    path = f"/partners/{other_partner.id}/edit"
    assert as_manager.get(path).status_code == 403
    form = form_of(other_partner, regions="Nordics, DACH ,Nordics", team=[manager.id])
    form |= {"maturity": "strategic", "timezone": "Europe/Oslo", "locale": "de"}
    assert as_admin.send(path, **form).status_code == 303
    regions = {row.region for row in PartnerRegion.select()}
    assert regions == {"Nordics", "DACH"}
    assert as_manager.get(path).status_code == 200
    page = as_manager.get(f"/partners/{other_partner.id}").text
    for text in ("DACH, Nordics", "Strategic", "Europe/Oslo", "Deutsch", "Manager"):
        assert text in page


def test_what_is_taken_away_goes(as_admin, partner):
    manager = User.get(User.email == "manager@example.org")
    path = f"/partners/{partner.id}/edit"
    as_admin.send(path, **form_of(partner, regions="Nordics", team=[manager.id]))
    as_admin.send(path, **form_of(partner, version=2))
    assert not PartnerRegion.select().exists()
    assert not PartnerTeam.select().exists()


@pytest.mark.parametrize(
    "change",
    [
        {"regions": "x" * 61},
        {"regions": ",".join(map(str, range(21)))},
        {"maturity": "ripe"},
        {"timezone": "Mars/Olympus"},
        {"locale": "tlh"},
        {"team": ["99999999999999999999"]},
        {"matters": ["weather"]},
    ],
)
def test_invalid_facts_are_refused(as_manager, partner, change):
    path = f"/partners/{partner.id}/edit"
    assert as_manager.send(path, **form_of(partner, **change)).status_code == 422


def test_a_contact_cannot_be_put_on_the_team(as_admin, as_contact, partner):
    contact = User.get(User.role == "contact")
    form = form_of(partner, team=[contact.id])
    assert as_admin.send(f"/partners/{partner.id}/edit", **form).status_code == 422


def test_the_list_is_narrowed_to_a_region(as_viewer, partner, other_partner):
    PartnerRegion.insert(partner=partner, region="Nordics").execute()
    page = as_viewer.get("/partners?region=Nordics").text
    assert "Nordlicht" in page
    assert "Südwind" not in page


def test_a_stale_edit_shows_both_versions_side_by_side(as_manager, partner):
    path = f"/partners/{partner.id}/edit"
    as_manager.send(path, **form_of(partner, maturity="developing", tags="a", regions="Nord"))
    stale = as_manager.send(path, **form_of(partner, maturity="strategic", tags="b"))
    assert stale.status_code == 422
    for text in ("What they saved", "What you typed", "Developing", "Strategic", "Nord"):
        assert text in stale.text
    assert 'name="version" type="hidden" value="2"' in stale.text


def test_ended_partnerships_of_the_same_type_or_region_are_named(as_viewer, partner):
    def ended(code, name, **more):
        return add_partner(code, name, status="ended", end_date=date(2024, 5, 1), **more)

    PartnerRegion.insert(partner=partner, region="Nordics").execute()
    ended("A", "Same Type")
    same_region = ended("B", "Same Region", type="content")
    PartnerRegion.insert(partner=same_region, region="Nordics").execute()
    ended("C", "Neither", type="content")
    page = as_viewer.get(f"/partners/{partner.id}").text
    assert "2 ended partnerships like this one" in page
    assert "Same Type" in page
    assert "Same Region" in page
    assert "Neither" not in page


def test_an_ended_partnership_compares_itself_with_none(as_viewer, partner):
    add_partner("A", "Same Type", status="ended")
    Partner.update(status="ended").where(Partner.id == partner.id).execute()
    assert "Past collaborations" not in as_viewer.get(f"/partners/{partner.id}").text


def due(partner, n, days):
    day = clock.today("Europe/Berlin") + timedelta(days=days)
    PartnerProfile.create(partner=partner, n=n, next_review=day)


def test_a_review_that_is_due_needs_its_manager(as_manager, partner, other_partner):
    due(partner, 1, -3)
    due(other_partner, 1, -3)
    page = as_manager.get("/home?attention=all").text
    assert "The profile of Nordlicht Logistik is to be looked at again" in page
    assert "The profile of Südwind Verlag" not in page
    assert "Review it now" in as_manager.get(f"/partners/{partner.id}").text


def test_a_newer_version_ends_the_wait(as_manager, partner):
    due(partner, 1, -3)
    due(partner, 2, 300)
    assert "is to be looked at again" not in as_manager.get("/home?attention=all").text


def test_the_partners_page_asks_as_often_for_many_records_as_for_few(as_viewer, partner):
    def many(count):
        for number in range(count):
            Contact.create(partner=partner, side="host", name=f"P{number}", matters="legal")
            add_partner(f"E{number}-{count}", f"Ended {number}", status="ended")

    many(1)
    as_viewer.get(f"/partners/{partner.id}")
    with counted_queries() as few:
        as_viewer.get(f"/partners/{partner.id}")
    many(5)
    with counted_queries() as much:
        as_viewer.get(f"/partners/{partner.id}")
    assert len(much) == len(few)


def test_a_contact_has_a_department_and_a_language(as_manager, partner):
    path = f"/partners/{partner.id}/contacts/new"
    form = {"side": "partner", "name": "Ines Falk", "level": "executive", "department": "Finance"}
    assert as_manager.send(path, **form, locale="tlh").status_code == 422
    assert as_manager.send(path, **form, locale="de").status_code == 303
    assert Contact.get(Contact.name == "Ines Falk").locale == "de"
    assert "Finance" in as_manager.get(f"/partners/{partner.id}").text
