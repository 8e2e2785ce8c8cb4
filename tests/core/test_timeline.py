"""The timeline: what core and the plugins know happened, the latest first."""

import io
from datetime import datetime, timedelta

import pytest

from app.core.accounts.models import User
from app.core.partners.models import Contact, Interaction
from app.core.tasks.services import create_task
from tests.core.desk import Desk, counted_queries, last_month

NOW = datetime(2026, 3, 2, 9, 0)


@pytest.fixture
def path(partner):
    return f"/partners/{partner.id}/timeline"


def talk(partner, days, text):
    return Interaction.create(
        partner=partner,
        at=NOW - timedelta(days=days),
        channel="call",
        direction="out",
        summary=text,
        created_by=User.get(User.email == "manager@example.org"),
    )


def test_it_tells_of_steps_contacts_goals_profile_and_talks(as_admin, partner, path):
    reason = {"reason": "They asked for a pause"}
    as_admin.send(f"/partners/{partner.id}/steps/suspend", **reason)
    as_admin.send(
        f"/partners/{partner.id}/contacts/new", name="Ida Holm", side="partner", level="operational"
    )
    goal = {"statement": "Twenty shops", "side": "mutual", "horizon": "long", "status": "open"}
    fits = {"compatibility": "compatible", "visibility": "internal"}
    as_admin.send(f"/partners/{partner.id}/goals/new", **goal, **fits)
    talk(partner, 3, "Sixty days")
    page = as_admin.get(path).text
    for text in ("Status: Active → Suspended", "Contact added", "Ida Holm", "Goal added"):
        assert text in page
    assert "Twenty shops" in page
    assert "Sixty days" in page
    assert "Admin" in page


def test_values_and_targets_come_in_batches(app, as_admin, partner, path):
    desk = Desk(app)
    kpi = desk.kpi()
    for n in range(1, 5):
        desk.judge(partner, kpi, last_month(n), 90)
    page = as_admin.get(path).text
    assert "4 values approved" in page
    assert "4 targets set" in page


def test_a_returned_value_is_told(app, as_admin, partner, path):
    desk = Desk(app)
    revision = desk.submit(partner, desk.kpi(), last_month(), 5)
    desk.give_back(revision, "A nought too many")
    assert "1 value returned" in as_admin.get(path).text


def test_the_latest_comes_first_and_older_ones_on_further_pages(as_viewer, partner, path):
    for days in range(40):
        talk(partner, days, f"Talk {days:02}.")
    first = as_viewer.get(path).text
    assert first.index("Talk 00.") < first.index("Talk 29.")
    assert "Talk 30." not in first
    older = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = as_viewer.get(older).text
    assert "Talk 30." in second
    assert "Talk 39." in second
    assert "Talk 29." not in second
    assert 'rel="next"' not in second


def test_what_happened_at_one_moment_is_not_taken_apart(as_viewer, partner, path):
    for number in range(35):
        talk(partner, 1, f"Talk {number:02}.")
    page = as_viewer.get(path).text
    shown = sum(f"Talk {number:02}." in page for number in range(35))
    assert shown >= 30


def test_the_box_holds_ten(as_viewer, partner, path):
    for days in range(15):
        talk(partner, days, f"Talk {days:02}.")
    box = as_viewer.get(path, headers={"HX-Request-Type": "partial"}).text
    assert "Talk 09." in box
    assert "Talk 10." not in box
    assert "The whole timeline" in box
    assert "<html" not in box


@pytest.mark.parametrize(
    "before", ["x", "9999-12-31T23:59:59+00:00", "0001-01-01", "2026-13-01", "9" * 400]
)
def test_what_is_no_moment_is_not_found(as_viewer, partner, path, before):
    assert as_viewer.get(path, query_string={"before": before}).status_code == 404


def test_contacts_never_see_it(as_contact, path):
    assert as_contact.get(path).status_code == 404


def test_of_another_partner_nothing_is_told(as_viewer, partner, other_partner, path):
    talk(other_partner, 1, "A stranger’s talk")
    Contact.create(partner=other_partner, side="host", name="Fremd")
    assert "stranger" not in as_viewer.get(path).text


def test_it_asks_as_often_for_many_as_for_few(as_viewer, partner, path):
    talk(partner, 1, "One")
    with counted_queries() as few:
        as_viewer.get(path)
    for days in range(20):
        talk(partner, days, "More")
    with counted_queries() as many:
        as_viewer.get(path)
    assert len(many) == len(few)


def test_it_tells_of_tasks_that_were_done_and_of_documents(app, as_manager, partner, path):
    with app.test_request_context():
        id_ = create_task(
            partner_id=partner.id, title="Send the signs", side="host", due=NOW.date(), by=None
        )
    as_manager.send(f"/tasks/{id_}/finish", **{"finish-version": 1})
    file = (io.BytesIO(b"x"), "plan.txt")
    form = {"title": "The plan", "visibility": "internal"}
    as_manager.send(f"/partners/{partner.id}/documents/new", file=file, **form)
    page = as_manager.get(path).text
    for text in ("Task: Done", "Send the signs", f"/tasks/{id_}", "Document added", "The plan"):
        assert text in page, text
