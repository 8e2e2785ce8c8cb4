"""Somebody who took part is gone – erased, their account closed, their contact removed, the partner
merged: pages and acts of their cases answer, and no case waits for ever for who has left."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.core.accounts import services as accounts
from app.core.accounts.models import User
from app.core.partners import services as partners
from app.core.partners.models import Contact, Partner
from app.core.personal import queries as personal
from app.core.personal import services as erasing
from app.testing import PASSWORD
from plugins.conflicts import clockwork, forms
from plugins.conflicts.models import Participant
from plugins.conflicts.rules.acts import RULES
from plugins.conflicts.tests.conftest import Story, problems
from tests.core.desk import Desk

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def the_contact() -> Contact:
    return Contact.get(Contact.email == "contact@nordlicht.example")


def the_manager() -> User:
    return User.get(User.email == "manager@example.org")


def erase_contact(_story: Story) -> None:
    erasing.erase(personal.of_contact(the_contact()))


def remove_contact(_story: Story) -> None:
    partners.remove_contact(the_contact())


def erase_manager(_story: Story) -> None:
    erasing.erase(personal.by_user(the_manager().id))


def close_manager(_story: Story) -> None:
    accounts.close_account(the_manager().id)


def merge(story: Story) -> None:
    kept = Partner.get(Partner.id != story.partner.id)
    Desk(story.host.application).merge(kept, story.partner)


def colleague(app: Flask, name: str = "second@example.org") -> tuple[User, Any]:
    made = accounts.add_person(
        name="Second", email=name, role="manager", password=PASSWORD, cheap=True
    )
    return made, app.test_client().sign_in(name)  # type: ignore[attr-defined]


def walk(browser: Any, place: str, story: Story, partner: Partner) -> dict[str, int]:
    """The status of every page of the case, of where it is listed, and of every act."""
    here = f"{place}/{story.id}"
    pages = [here, place, f"{here}/settlement.pdf", f"{here}/record.pdf", f"{here}/export.json"]
    pages += ["/x/conflicts/patterns"]
    pages += [f"/x/conflicts/partners/{partner.id}{more}" for more in ("", "/new")]
    pages += [f"/partners/{partner.id}/timeline", "/home", "/work", "/notifications", "/portal"]
    found = {path: browser.get(path, follow_redirects=True).status_code for path in pages}
    side = "host" if place == "/x/conflicts" else "partner"
    for action in RULES:
        with story.host.application.test_request_context():
            form = forms.FORMS.get(action, forms.EmptyForm)(formdata=None, prefix=f"{action}-")
            form.fill(action, story.state, side)
        said = {f"{action}-text": "Words", f"{action}-about": form.about.data}
        found[action] = browser.send(f"{here}/acts/{action}", **said).status_code
    given = {"person": "1", "reason": "Need", "internal": "0"} | story.plan_form()
    for path in ("plan", "notes", "people", "link", "mediator", "glass"):
        found[path] = browser.send(f"{here}/{path}", **given).status_code
    return found


@pytest.mark.parametrize("step", ["understood", "signed"])
@pytest.mark.parametrize(
    "gone", [erase_contact, remove_contact, erase_manager, merge], ids=lambda one: one.__name__
)
def test_every_page_and_act_answers(
    app: Flask,
    story: Story,
    as_admin: Any,
    as_other_contact: Any,
    gone: Callable[[Story], None],
    step: str,
) -> None:
    getattr(story, step)()
    second, browser = colleague(app)
    story.host.send(f"/x/conflicts/{story.id}/people", person=str(second.id))
    with app.app_context():
        gone(story)
        clockwork.tick()
    for one, place in (
        (as_admin, "/x/conflicts"),
        (browser, "/x/conflicts"),
        (story.contact, "/portal/x/conflicts"),
    ):
        found = walk(one, place, story, story.partner)
        assert not {path for path, status in found.items() if status >= 500}
    assert browser.get(f"/x/conflicts/{story.id}").status_code == 200


def test_ours_name_a_contact_in_the_place_of_one_who_was_removed(
    story: Story, partner: Partner
) -> None:
    story.exchanged()
    made = Contact.create(partner=partner, side="partner", name="Next", email="next@n.example")
    here = f"/x/conflicts/{story.id}"
    refused = story.host.send(f"{here}/people", person=str(made.id), side="partner")
    assert refused.status_code == 422  # the contact is still there, and brings in whom they like
    with story.host.application.app_context():
        remove_contact(story)
    page = story.host.get(here).text
    assert "Nobody of Nordlicht" in page
    assert page.count("not there any more") == 1
    answer = story.host.send(f"{here}/people", person=str(made.id), side="partner")
    assert answer.status_code == 303, problems(answer.text)
    assert Participant.get(Participant.contact == made.id).side == "partner"
    assert "Nobody of Nordlicht" not in story.host.get(here).text


def test_an_administrator_names_one_of_ours_where_all_have_left(
    app: Flask, story: Story, as_admin: Any
) -> None:
    story.exchanged()
    second, browser = colleague(app)
    here = f"/x/conflicts/{story.id}"
    assert as_admin.send(f"{here}/people", person=str(second.id), side="host").status_code == 422
    with app.app_context():
        close_manager(story)
    page = as_admin.get(here).text
    assert "Nobody of Harbour &amp; Hill" in page
    assert "Figures come late" not in page
    answer = as_admin.send(f"{here}/people", person=str(second.id), side="host")
    assert answer.status_code == 303, problems(answer.text)
    assert "Three months" in browser.get(here).text
    assert "Three months" not in as_admin.get(here).text


def test_nobody_brings_people_into_the_other_side_that_is_there(story: Story) -> None:
    story.exchanged()
    for side in ("host", "mediator", "nobody"):
        answer = story.contact.send(
            f"/portal/x/conflicts/{story.id}/people", person=str(the_manager().id), side=side
        )
        assert answer.status_code == 422, side


def test_a_plan_that_names_somebody_who_left_says_so_when_it_is_signed(
    app: Flask, story: Story
) -> None:
    second, _browser = colleague(app)
    story.accepted()
    story.host.send(f"/x/conflicts/{story.id}/people", person=str(second.id))
    part = Participant.get(Participant.user == second.id)
    form = story.plan_form() | {"plan-1-who": str(part.id)}
    assert story.host.send(f"/x/conflicts/{story.id}/plan", **form).status_code == 303
    story.host_does("sign", about=story.state.plan)
    with app.app_context():
        accounts.close_account(second.id)
    answer = story.try_contact("sign", about=story.state.plan)
    assert answer.status_code == 422
    assert "Second, who is responsible for a step, is not there any more" in answer.text
    assert story.state.status == "open"
