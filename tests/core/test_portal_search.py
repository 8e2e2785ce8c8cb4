"""The portal's first page and its search: of the own partnership, and of nothing else."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.core import clock
from app.core.accounts.models import User
from app.core.partners.models import Contact, Partner
from app.core.tasks.services import create_task
from tests.core.desk import Desk, counted_queries, last_month, staff

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def stocked(
    app: Flask, as_contact: Any, partner: Partner, other_partner: Partner
) -> tuple[Partner, Partner]:
    """Two partnerships with a KPI, tasks and people that share a word."""
    desk = Desk(app)
    due = clock.today("Europe/Berlin") + timedelta(days=9)
    for one, code, word in ((partner, "OWN", "harvest"), (other_partner, "FOR", "foreign harvest")):
        kpi_id = desk.kpi(code, f"Sales of the {word}")
        desk.target(one, kpi_id, last_month())
        Contact.create(partner=one, side="partner", name=f"Ann {word}", email=f"{code}@x.example")
        for visibility in ("shared", "internal"):
            with app.app_context():
                create_task(
                    partner_id=one.id,
                    title=f"Plan the {word} {visibility}",
                    side="host",
                    responsible="",
                    due=due,
                    visibility=visibility,
                    by=staff(),
                )
    return partner, other_partner


def test_the_search_finds_what_is_the_own_partners(as_contact: Any, stocked: Any) -> None:
    page = as_contact.get("/portal/search?q=HARVEST").text
    for title in ("Sales of the harvest", "Plan the harvest shared", "Ann harvest"):
        assert title in page


def test_the_search_finds_nothing_of_others_and_nothing_internal(
    as_contact: Any, stocked: Any
) -> None:
    page = as_contact.get("/portal/search?q=harvest").text
    assert "foreign" not in page
    assert "internal" not in page
    assert "FOR@x.example" not in page


@pytest.mark.parametrize("text", ["", "x", "%25", "_", "%E2%80%AE", "a" * 5000])
def test_odd_words_are_answered_calmly(as_contact: Any, stocked: Any, text: str) -> None:
    assert as_contact.get(f"/portal/search?q={text}").status_code == 200


def test_a_wildcard_is_a_letter_like_others(as_contact: Any, stocked: Any) -> None:
    assert "Nothing found" in as_contact.get("/portal/search?q=%25%25").text


def test_staff_do_not_search_the_portal(as_admin: Any) -> None:
    assert as_admin.get("/portal/search?q=harvest").status_code == 403


def test_who_is_out_is_named_with_the_deputy(as_contact: Any, partner: Partner) -> None:
    manager = User.get(User.email == "manager@example.org")
    deputy = User.get(User.email == "admin@example.org")
    today = clock.today("Europe/Berlin")
    User.update(absent_from=today, absent_until=today + timedelta(days=3), deputy=deputy.id).where(
        User.id == manager.id
    ).execute()
    Contact.create(partner=partner, side="host", name="Marek", user=manager, matters="legal")
    page = as_contact.get("/portal").text
    assert f"deputy {deputy.name}" in page
    assert "out until" in page


def test_the_first_page_stands_in_the_order_of_what_matters(as_contact: Any) -> None:
    page = as_contact.get("/portal").text
    places = [page.index(f'id="{part}"') for part in ("duties", "standing", "people")]
    assert places == sorted(places)


def test_the_first_page_costs_as_many_queries_with_more_to_show(
    app: Flask, as_contact: Any, stocked: Any, partner: Partner
) -> None:
    as_contact.get("/portal")
    with counted_queries() as few:
        as_contact.get("/portal")
    due = clock.today("Europe/Berlin") + timedelta(days=9)
    for number in range(12):
        Contact.create(partner=partner, side="partner", name=f"Person {number}")
        with app.app_context():
            create_task(
                partner_id=partner.id,
                title=f"Task {number}",
                side="partner",
                responsible="",
                due=due,
                visibility="shared",
                by=staff(),
            )
    with counted_queries() as many:
        as_contact.get("/portal")
    assert len(many) == len(few)
