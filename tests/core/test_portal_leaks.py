"""Strangers stay strangers: nothing of one partner reaches another's contacts, by any way.

The pages come from the access matrix, so that a new route is looked at without being named here.
"""

import re
from collections.abc import Iterator
from contextlib import suppress

import pytest
from flask import Flask, g

from app.core.accounts.models import User
from app.core.kpis import services
from app.core.kpis.models import Revision
from app.core.kpis.services import ValueRow
from app.core.messages import digests
from app.core.messages.models import Mail, Notification
from app.core.partners.models import Contact, Interaction, Partner, PartnerGoal
from app.core.portal import queries as portal
from app.core.portal import value_links
from app.core.tasks.models import Task
from tests.core.access_matrix import World, refusal
from tests.core.access_world import make_world
from tests.core.desk import staff
from tests.core.shared_by_choice import shared_on_purpose

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
PART = {"HX-Request": "true", "HX-Request-Type": "partial"}
FIGURE = 7_654_321  # each partner's own, plus its id
CONTACTS = {"contact": "AURORA", "contact of others": "CEDAR"}
# What stands behind an address, beside the pages that are only opened.
QUERIES = ("?q=an", "?period=2013-06", "?download=csv")


@pytest.fixture
def world(sample_app: Flask) -> World:
    """The sample desk, where every partner has a figure of its own that is told of no other."""
    found = make_world(sample_app)
    kpi_id = found.arguments["portal.submit kpi_id"].value
    with sample_app.app_context():
        rows = [
            ValueRow(row.id, kpi_id, 2201301 + 5, (FIGURE + row.id) * 1_000_000)
            for row in Partner.select()
        ]
        services.record_kpi_values(rows, source="test", by=None)
    return found


def marks(own: Partner) -> dict[str, str]:
    """What tells of any other partner: names, codes, addresses, texts, figures."""
    found = {}
    for row in Partner.select().where(Partner.id != own.id):
        found |= {row.name: row.name, f"code {row.code}": rf"\b{row.code}\b"}
        number = FIGURE + row.id
        for text in (f"{number}", f"{number:,}", f"{number:,}".replace(",", ".")):
            found[text] = rf"\b{re.escape(text)}\b"
    others = Contact.partner != own.id
    for row in Contact.select().where(others, Contact.side == "partner"):
        found |= {row.name: re.escape(row.name)}
        found |= {row.email: re.escape(row.email)} if row.email else {}
    for model, column in ((Task, "title"), (PartnerGoal, "statement"), (Interaction, "summary")):
        for row in model.select().where(model.partner != own.id):
            text = getattr(row, column)
            found[text] = re.escape(text)
    return {key: re.escape(key) if key == pattern else pattern for key, pattern in found.items()}


def leaks(places: Iterator[tuple[str, str]], own: Partner) -> list[tuple[str, str]]:
    """Where something of another partner stands, and what."""
    patterns = {key: re.compile(pattern) for key, pattern in marks(own).items()}
    return [
        (place, key)
        for place, text in places
        for key, pattern in patterns.items()
        if pattern.search(text)
    ]


def answers(world: World, actor: str) -> Iterator[tuple[str, str]]:
    """Every answer to somebody of every route that is opened: whole, in part, filtered, a file."""
    browser = world.browsers[actor]
    for call in world.calls():
        if call.method != "GET" or call.scope or call.public or refusal(world, actor, call):
            continue
        joint = "&" if "?" in call.path else "?"
        ways: list[tuple[str, dict[str, str]]] = [(call.path, {}), (call.path, PART)]
        ways += [(call.path + joint + query[1:], {}) for query in QUERIES]
        for path, headers in ways:
            browser.set_cookie("entente", world.cookies[actor])
            answer = browser.get(path, headers=headers, buffered=True)
            assert answer.status_code < 500, path
            yield f"{path} {headers}", answer.data.decode("utf-8", "replace")


@pytest.mark.parametrize("actor", sorted(CONTACTS))
def test_no_answer_of_any_route_tells_a_contact_of_another_partner(
    world: World, actor: str
) -> None:
    own = Partner.get(Partner.code == CONTACTS[actor])
    seen = list(answers(world, actor))
    assert sum("/portal" in place for place, _text in seen) > 20
    assert set(leaks(iter(seen), own)) <= shared_on_purpose(place for place, _text in seen)


def test_a_guest_sees_nothing_of_other_partners(world: World) -> None:
    own = Partner.get(Partner.code == "AURORA")
    assert leaks(answers(world, "guest"), own) == []


def test_a_link_for_one_task_tells_of_no_other_partner(world: World) -> None:
    app = world.app
    own = Partner.get(Partner.code == "CEDAR")
    person = Contact.get(Contact.partner == own, Contact.user.is_null(False))
    with app.test_request_context():
        app.preprocess_request()
        by = staff()
        owed = portal.duties(by, own, g.organisation.calendar, g.organisation.today()).ours
        assert owed
        value_links.send(own, person.id, owed, "Please.", by=by)
    mail = Mail.select().order_by(Mail.id.desc()).get()
    path = re.search(r"/l/[\w.~-]+", mail.content)[0]  # type: ignore[index]
    page = app.test_client().get(path)
    assert page.status_code == 200
    assert leaks(iter([(path, page.text), ("mail", mail.content)]), own) == []


def test_no_message_tells_a_contact_of_another_partner(world: World) -> None:
    """Everything that staff can do is done once; then everybody's messages are read."""
    for call in world.calls():
        if call.method == "POST" and call.permission and call.endpoint not in ENDING:
            world.send("admin", call)
    for revision in Revision.select().where(Revision.state == "submitted"):
        with world.app.app_context(), suppress(services.KpiRefusal):  # locked, or one's own
            services.return_value(revision.id, "Look again.", by=staff())
    with world.app.app_context():
        digests.send_digests()
    told = 0
    for contact in Contact.select().where(Contact.user.is_null(False), Contact.side == "partner"):
        own = Partner.get_by_id(contact.partner_id)
        user = User.get_by_id(contact.user_id)
        notes = [
            (f"notification {row.id}", f"{row.title} {row.text} {row.url}")
            for row in Notification.select().where(Notification.user == user)
        ]
        mails = [
            (f"mail {row.id}", f"{row.subject} {row.content}")
            for row in Mail.select().where(Mail.to_address == user.email)
        ]
        told += len(notes) + len(mails)
        assert leaks(iter(notes + mails), own) == []
    assert told > 2


# What would take away whom the messages are for.
ENDING = {"personal.erase", "partners.remove_contact", "partners.merge", "accounts.logout"}
