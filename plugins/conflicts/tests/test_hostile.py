"""Whoever would bend a case to their side: each is refused, and the case stands as before."""

import json
import time
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest

from app.api import Viewer
from app.core.accounts.models import User
from app.core.partners.models import Contact
from app.core.transfer.bundle import DOCUMENT
from plugins.conflicts import access, people, queries, services
from plugins.conflicts.contributions import outline_of
from plugins.conflicts.models import Case, CaseEvent, Participant
from plugins.conflicts.rules.neutrality import against_staff
from plugins.conflicts.services import Refused
from plugins.conflicts.tests.conftest import Story
from plugins.conflicts.tests.test_mediation import propose

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def avoided(story: Story) -> Story:
    """A case about the owner of the partnership, who has become an administrator since."""
    story.raise_by_contact(avoid_manager="y")
    User.update(role="admin").where(User.email == "manager@example.org").execute()
    return story


def test_an_administrator_whom_the_case_is_about_decides_nothing_in_it(avoided: Story) -> None:
    me = User.get(User.email == "manager@example.org")
    who = Viewer(me.id, me.name, me.email, "admin", frozenset({"conflicts.act"}))
    with avoided.host.application.test_request_context():
        for action in ("refer", "propose_mediator"):
            with pytest.raises(Refused, match="leads around you"):
                services.act(avoided.id, action, who)


def test_whom_the_case_is_about_does_not_mediate_in_it(avoided: Story, as_admin: Any) -> None:
    with avoided.host.application.app_context():
        case = avoided.row
        case.partner.owner = User.get(User.email == "viewer@example.org")
        case.partner.save()
        stakes = people.stakes(case)
        found = against_staff(case.avoided, stakes)
    assert "This person has a stake in the case." in [one.message for one in found]


def test_one_of_staff_who_may_only_read_by_now_takes_part_in_nothing(story: Story) -> None:
    story.raise_by_host()
    me = User.get(User.email == "manager@example.org")
    who = Viewer(me.id, me.name, me.email, "viewer", frozenset({"conflicts.view"}))
    with story.host.application.app_context():
        assert access.seat(story.row, who) is None
        assert queries.listing(who) == []


def test_who_was_told_of_a_time_can_still_be_asked_to_mediate(
    story: Story, as_admin: Any, as_viewer: Any
) -> None:
    story.exchanged().host_does("escalate")
    told = User.get(User.email == "viewer@example.org")
    User.update(role="manager").where(User.id == told.id).execute()
    part = {"case": story.id, "side": "host", "user": told.id, "name": told.name}
    Participant.create(role="alerted", **part)
    assert propose(as_admin, story, internal=str(told.id)).status_code == 303
    who = Viewer(told.id, told.name, told.email, "manager", frozenset({"conflicts.act"}))
    with story.host.application.app_context():
        found = access.seat(story.row, who)
        assert found is not None
        assert found.is_candidate


def test_who_may_only_read_is_not_proposed_as_mediator(story: Story, as_admin: Any) -> None:
    story.exchanged().host_does("escalate")
    reader = User.get(User.email == "viewer@example.org")
    choices = as_admin.get(f"/x/conflicts/{story.id}").text.split('name="internal"')[1]
    assert "Viewer" not in choices.split("</select>")[0]
    answer = propose(as_admin, story, internal=str(reader.id))
    assert answer.status_code == 422
    assert "This person may only read" in answer.text
    assert story.state.candidate is None


def test_nobody_is_brought_in_twice(story: Story) -> None:
    story.raise_by_host()
    lines = CaseEvent.select().count()
    me = User.get(User.email == "manager@example.org")
    answer = story.host.send(f"/x/conflicts/{story.id}/people", person=str(me.id))
    assert answer.status_code == 422
    assert "takes part already" in answer.text
    assert CaseEvent.select().count() == lines


def test_causes_that_change_are_agreed_to_anew(story: Story) -> None:
    story.exchanged()
    story.host_does("restate", text="We changed it.", about=story.state.position("partner"))
    story.contact_does("restate", text="You wait.", about=story.state.position("host"))
    story.contact_does("confirm_restatement", about=story.state.restatement("host").text)
    story.host_does("confirm_restatement", about=story.state.restatement("partner").text)
    story.host_does("propose_statement", text="Nobody owns the template.")
    story.contact_does("accept_statement", about=story.state.statement)
    story.host_does("name_causes", causes=["unclear_role"]).host_does("confirm_issue")
    story.contact_does("name_causes", causes=["values"]).contact_does("confirm_issue")
    assert not story.state.issue_confirmed
    assert story.host_does("confirm_issue").state.issue_confirmed


def test_a_statement_that_is_not_there_is_not_accepted(story: Story) -> None:
    story.exchanged()
    assert story.try_contact("accept_statement", about="0").status_code == 422


@pytest.mark.parametrize(
    ("disputed", "paid", "stops"),
    [
        ("2026-Q3", "2026-08", True),
        ("2026-Q3", "2026-Q3", True),
        ("2026-Q3", "2026-10", False),
        ("2026-08", "2026-Q3", False),
        ("2026", "2026-Q3", True),
    ],
)
def test_a_payout_in_dispute_is_in_dispute_by_its_months_too(
    story: Story, disputed: str, paid: str, stops: bool
) -> None:
    story.raise_by_host(payout_period=disputed)
    with story.host.application.app_context():
        assert bool(queries.disputed(story.partner.id, paid)) is stops


def test_a_contact_of_another_partner_finds_no_case(story: Story, as_other_contact: Any) -> None:
    story.signed()
    place = f"/portal/x/conflicts/{story.id}"
    for tail in ("", "/settlement.pdf", "/export.json"):
        assert as_other_contact.get(place + tail).status_code == 404
    before = CaseEvent.select().count()
    for tail in ("acts/sign", "acts/reopen", "acts/propose_mediator", "plan", "notes", "people"):
        assert as_other_contact.send(f"{place}/{tail}").status_code == 404
    assert CaseEvent.select().count() == before


def test_a_contact_who_may_not_sign_binds_nobody(story: Story) -> None:
    Contact.update(can_sign=False).where(Contact.side == "partner").execute()
    story.understood().host_does("propose", text="You own the template.")
    assert story.try_contact("accept", about=story.state.proposal).status_code == 422
    assert story.state.accepted == 0


@pytest.mark.parametrize(
    "action", ["submit", "appoint", "plan", "close", "note", "propose_mediator"]
)
def test_an_act_that_has_no_button_is_nobodys(story: Story, as_admin: Any, action: str) -> None:
    story.exchanged()
    assert story.try_contact(action).status_code == 404
    path = f"/x/conflicts/{story.id}/acts/{action}"
    assert as_admin.send(path).status_code == 404


def test_a_plan_is_signed_once_by_each_side(story: Story) -> None:
    story.planned().host_does("sign", about=story.state.plan)
    assert story.try_host("sign", about=story.state.plan).status_code == 422
    assert story.state.signed_by == frozenset({"host"})
    assert Case.get_by_id(story.id).status == "open"


def test_a_partnership_that_is_exported_tells_nothing_of_cases_of_others(
    story: Story, as_admin: Any
) -> None:
    story.raise_by_contact(avoid_manager="y", category="people")

    def cases(browser: Any) -> Any:
        with browser.get(f"/partners/{story.partner.id}/export") as answer:
            exported = BytesIO(answer.data)
        with ZipFile(exported) as file:
            return json.loads(file.read(DOCUMENT))["plugins"]["conflicts"]["cases"]

    assert cases(story.host) == []
    [told] = cases(as_admin)
    assert told["category"] == "people"


def test_an_administrator_who_takes_no_part_exports_the_stage_alone(
    story: Story, as_admin: Any
) -> None:
    story.raise_by_contact()
    with story.host.application.app_context():
        me = User.get(User.email == "admin@example.org")
        who = Viewer(me.id, me.name, me.email, "admin", frozenset({"conflicts.act"}))
        assert outline_of(story.partner.id, who) == {"cases": [{"status": "open", "stage": 1}]}


def test_a_pause_of_a_thousand_years_is_refused_at_once(story: Story) -> None:
    story.exchanged()
    start = time.process_time()
    assert story.try_host("ask_pause", until="2999-12-31").status_code == 422
    assert time.process_time() - start < 1
