"""The search of the whole desk: what staff may see, by any words, accents and case aside."""

from datetime import timedelta

import pytest

from app.core import clock
from app.core.contract import Viewer
from app.core.db import database
from app.core.partners.models import Contact
from app.core.search.queries import search
from app.core.tasks.services import create_task
from app.testing import add_partner
from tests.core.desk import Desk, counted_queries, staff

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def stocked(app, partner):
    """A partner, a person, a KPI and a task that share a word."""
    Desk(app).kpi("REG", "Régate entries")
    Contact.create(partner=partner, side="partner", name="Régine Regatta", email="r@x.example")
    add_partner("REGA", "Regatta Verein")
    with app.app_context():
        due = clock.today("Europe/Berlin") + timedelta(days=9)
        create_task(
            partner_id=partner.id,
            title="Book the regatta",
            side="host",
            responsible="",
            due=due,
            visibility="internal",
            by=staff(),
        )
    return partner


def test_one_search_finds_partners_people_kpis_and_tasks(as_viewer, stocked):
    page = as_viewer.get("/search?q=regat").text
    for title in ("Regatta Verein", "Régine Regatta", "Régate entries", "Book the regatta"):
        assert title in page


def test_a_fragment_is_the_list_alone(as_viewer, stocked):
    page = as_viewer.get("/search?q=regatta", headers={"HX-Request-Type": "partial"}).text
    assert page.lstrip().startswith("<div")
    assert "Regatta Verein" in page


def test_too_few_letters_ask_for_more_and_odd_ones_are_answered(as_viewer, stocked):
    assert "at least two letters" in as_viewer.get("/search?q=r").text
    assert "Nothing found" in as_viewer.get("/search?q=%25%25").text
    for odd in ("%E2%80%AE%E2%80%AE", "a" * 5000, "'%22--"):
        assert as_viewer.get(f"/search?q={odd}").status_code == 200


def test_hostile_words_are_shown_as_words(as_viewer, stocked):
    page = as_viewer.get("/search?q=<script>alert(1)</script>").text
    assert "<script>alert(1)" not in page


def test_contacts_have_no_part_in_it(as_contact):
    assert as_contact.get("/search?q=regatta").status_code in (403, 404)


def test_the_number_of_queries_does_not_grow_with_the_hits(app, stocked):
    viewer: Viewer = staff()

    def count():
        with app.test_request_context(), counted_queries() as seen:
            search(viewer, "regatta")
        return len(seen)

    before = count()
    for n in range(5):
        add_partner(f"REG{n}", f"Regatta {n}")
    assert count() == before
    assert not database.is_closed()
