"""A case whose log is damaged: everybody reads whom to tell, and nothing breaks beside it."""

from typing import Any

import pytest

from app.api import add_to_chain
from app.core import clock
from app.core.accounts.models import User
from app.core.messages.models import Notification
from app.core.partners.models import Contact, Partner
from plugins.conflicts import clockwork, log, telling
from plugins.conflicts.models import Case, CaseEvent
from plugins.conflicts.tests.conftest import Story
from plugins.conflicts.tests.test_clockwork import after
from plugins.conflicts.tests.test_joining_in import link_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

CANNOT = "This case cannot be shown"


def damage(story: Story, detail: str) -> Story:
    """Add a line to the log of a case that no act writes."""
    line = {"side": "partner", "who": "", "action": "restate", "detail": detail}
    with story.host.application.app_context():
        add_to_chain(CaseEvent, log.ref_of(story.id), {"at": clock.now(), **line})
    return story


@pytest.fixture(params=['{"text": 1}', '{"text": ', "[1]"], ids=["incomplete", "cut off", "no act"])
def damaged(request: pytest.FixtureRequest, story: Story) -> Story:
    """A case in which both have stated their sides, with a damaged log."""
    return damage(story.exchanged(), request.param)


def test_each_reader_is_told_whom_to_tell(damaged: Story, as_admin: Any) -> None:
    number = f"C-{damaged.id}"
    desk = damaged.host.get(f"/x/conflicts/{damaged.id}")
    portal = damaged.contact.get(f"/portal/x/conflicts/{damaged.id}")
    admin = as_admin.get(f"/x/conflicts/{damaged.id}")
    for answer in (desk, portal, admin):
        assert answer.status_code == 409
        assert CANNOT in answer.text
        assert number in answer.text
        assert "Figures come late" not in answer.text
    assert "mailto:admin@example.org" in desk.text
    assert "@example.org" not in portal.text.split(CANNOT)[1]
    assert f"with the number {number}" in portal.text
    assert "entente audit verify" in admin.text


def test_a_link_says_so_too(story: Story, partner: Partner) -> None:
    silent = Contact.create(
        partner=partner, side="partner", name="Silent", email="silent@nordlicht.example"
    )
    damage(story.raise_by_host(respondents=[str(silent.id)]), '{"text": ')
    answer = story.host.application.test_client().get(link_of(silent))
    assert answer.status_code == 409
    assert f"with the number C-{story.id}" in answer.text
    assert "Figures come late" not in answer.text


def test_whatever_is_sent_or_asked_for_is_answered_so_too(damaged: Story) -> None:
    here, before = f"/x/conflicts/{damaged.id}", log.length(damaged.id)
    answers = [
        damaged.try_host("propose_statement", text="Nobody owns the template."),
        damaged.host.send(f"{here}/plan"),
        damaged.host.send(f"{here}/notes", **{"note-text": "What now?", "note-level": "parties"}),
        damaged.host.get(f"{here}/settlement.pdf"),
        damaged.host.get(f"{here}/export.json"),
    ]
    assert [answer.status_code for answer in answers] == [409] * len(answers)
    assert all(CANNOT in answer.text for answer in answers)
    assert log.length(damaged.id) == before


def test_lists_patterns_and_clocks_go_on(damaged: Story) -> None:
    for path in ("/x/conflicts", "/home", f"/x/conflicts/partners/{damaged.partner.id}"):
        assert f"C-{damaged.id}" in damaged.host.get(path).text
    after(damaged, 1)
    Case.update(status="closed", outcome="resolved", closed_at=clock.now()).execute()
    assert damaged.host.get("/x/conflicts/patterns").status_code == 200


def test_administrators_hear_of_a_damaged_case_that_is_over(damaged: Story) -> None:
    Case.update(status="closed", outcome="resolved", closed_at=clock.now()).execute()
    with damaged.host.application.app_context():
        for _n in range(2):
            clockwork.look_at_what_is_over()
    rows = list(Notification.select().where(Notification.event == telling.UNREADABLE))
    assert [row.title for row in rows] == [
        f"C-{damaged.id}: the log of this case, which is over, is damaged"
    ]
    assert rows[0].user_id == User.get(User.email == "admin@example.org").id
    assert "Figures come late" not in rows[0].text


def test_nobody_is_alarmed_over_a_sound_case_that_is_over(story: Story) -> None:
    story.signed()
    Case.update(status="closed", outcome="resolved", closed_at=clock.now()).execute()
    with story.host.application.app_context():
        clockwork.look_at_what_is_over()
    assert not Notification.select().where(Notification.event == telling.UNREADABLE).exists()


def test_strangers_do_not_even_learn_that_it_is_damaged(
    damaged: Story, as_other_contact: Any
) -> None:
    assert as_other_contact.get(f"/portal/x/conflicts/{damaged.id}").status_code == 404
