"""Goals of partnerships that a programme serves: who chooses them, and who reads which."""

from typing import Any

import pytest
from flask import Flask

from app.api import Viewer
from app.core.models import AuditEntry
from app.core.partners.goal_queries import find_goals
from app.core.partners.models import Partner, PartnerGoal
from plugins.incentives.programmes import aims
from plugins.incentives.programmes.models import Aim
from plugins.incentives.tests.standing.support import enrol, publish
from tests.core.desk import counted_queries, staff

REACH, QUIET, OTHER = "Open two shops in Kiel", "Cut the freight bill", "Win Denmark back"


def goal(partner: Partner, statement: str, **changes: Any) -> int:
    values = {"side": "mutual", "horizon": "long", "visibility": "shared"} | changes
    return int(PartnerGoal.create(partner=partner, statement=statement, **values).id)


@pytest.fixture
def running(app: Flask, partner: Partner) -> int:
    """A programme in which a partner takes part."""
    made = publish(app)
    enrol(app, made, partner, "2026-01-15")
    return made


@pytest.fixture
def goals(app: Flask, partner: Partner, other_partner: Partner) -> list[int]:
    """One that the partner reads, one that it does not, and another partner's."""
    with app.app_context():
        return [
            goal(partner, REACH),
            goal(partner, QUIET, visibility="internal"),
            goal(other_partner, OTHER),
        ]


def path(programme: int, tail: str = "") -> str:
    return f"/x/incentives/programmes/{programme}/goals{tail}"


def serve(as_admin: Any, programme: int, *ids: int) -> None:
    for id_ in ids:
        assert as_admin.send(path(programme, f"/{id_}/add")).status_code == 303


def test_an_administrator_chooses_goals_and_takes_them_back(
    as_admin: Any, running: int, goals: list[int]
) -> None:
    serve(as_admin, running, goals[0])
    assert REACH in as_admin.get(f"/x/incentives/programmes/{running}").text
    assert as_admin.send(path(running, f"/{goals[0]}/remove")).status_code == 303
    assert REACH not in as_admin.get(f"/x/incentives/programmes/{running}").text
    told = AuditEntry.select().where(AuditEntry.action.startswith("incentives.programme_goal"))
    assert told.count() == 2


def test_choosing_a_goal_twice_serves_it_once(
    as_admin: Any, running: int, goals: list[int]
) -> None:
    serve(as_admin, running, goals[0], goals[0])
    assert Aim.select().count() == 1


def test_a_search_finds_words_of_the_goal_and_of_the_partner(
    as_admin: Any, running: int, goals: list[int], partner: Partner
) -> None:
    page = as_admin.get(path(running, "?words=kiel shops")).text
    assert REACH in page
    assert QUIET not in page
    page = as_admin.get(path(running, f"?words={partner.name} freight")).text
    assert QUIET in page
    assert OTHER not in page
    assert "No such goal" in as_admin.get(path(running, "?words=%25")).text


def test_goals_that_are_done_are_not_offered_and_those_served_stay(
    app: Flask, as_admin: Any, running: int, goals: list[int]
) -> None:
    serve(as_admin, running, goals[0])
    with app.app_context():
        PartnerGoal.update(status="achieved").execute()
    page = as_admin.get(path(running)).text
    assert "Achieved" in page
    assert REACH in page
    assert OTHER not in page


def test_the_partner_reads_its_own_shared_goals_alone(
    as_admin: Any, as_contact: Any, running: int, goals: list[int]
) -> None:
    serve(as_admin, running, *goals)
    page = as_contact.get("/portal/x/incentives/programme").text
    assert REACH in page
    assert QUIET not in page
    assert OTHER not in page


def test_only_administrators_choose(
    as_manager: Any, as_viewer: Any, as_contact: Any, running: int, goals: list[int]
) -> None:
    for who, status in ((as_manager, 403), (as_viewer, 403), (as_contact, 404)):
        assert who.get(path(running)).status_code == status
        assert who.send(path(running, f"/{goals[0]}/add")).status_code == status


def test_goals_and_programmes_that_do_not_exist_are_not_found(
    as_admin: Any, running: int, goals: list[int]
) -> None:
    assert as_admin.send(path(running, "/999999/add")).status_code == 404
    assert as_admin.send(path(999999, f"/{goals[0]}/add")).status_code == 404
    assert as_admin.get(path(running, f"/{goals[0]}/add")).status_code == 405


def test_a_programme_serves_so_many_goals_at_most(
    as_admin: Any, running: int, goals: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aims, "MOST", 1)
    serve(as_admin, running, goals[0])
    answer = as_admin.send(path(running, f"/{goals[1]}/add"))
    assert answer.status_code == 422
    assert "serves 1 goals at most" in answer.text


def test_goals_of_partners_that_one_may_not_see_are_not_found(
    app: Flask, goals: list[int], partner: Partner
) -> None:
    contact = Viewer(1, "Mara", "mara@example.org", "contact", frozenset(), partner.id)
    with app.app_context():
        assert [one.statement for one in find_goals(contact)] == [REACH]
        assert {one.id for one in find_goals(staff(), ids=goals)} == set(goals)


def test_however_many_goals_are_served_the_page_asks_as_often(
    app: Flask, as_admin: Any, running: int, partner: Partner
) -> None:
    def asked() -> int:
        with counted_queries() as seen:
            as_admin.get(f"/x/incentives/programmes/{running}")
        return len(seen)

    with app.app_context():
        ids = [goal(partner, f"Goal {n}") for n in range(6)]
    serve(as_admin, running, *ids[:2])
    few = asked()
    serve(as_admin, running, *ids[2:])
    assert asked() == few
