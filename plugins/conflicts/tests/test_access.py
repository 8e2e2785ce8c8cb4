"""Who sees which case and which word of it, by every way there is."""

import json
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.api import now
from app.core.accounts import services as accounts
from app.core.accounts.models import User
from app.core.audit import AuditEntry
from app.core.messages.models import Mail, Notification
from app.core.models import AuditChange
from app.core.partners.models import Contact, Partner
from app.core.refs import visible
from app.testing import PASSWORD
from plugins.conflicts import access, people
from plugins.conflicts.contributions import outline_of
from plugins.conflicts.models import Case, CaseEvent, Participant, Text, TextReader
from plugins.conflicts.rules.confidentiality import LEVELS, Paper, Reader, may_read
from plugins.conflicts.tests.conftest import Story
from tests.core.desk import staff

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
SECRET = "They would settle for half of it"


def note(story: Story, browser: Any, place: str, level: str, **more: Any) -> Any:
    form = {"note-text": SECRET, "note-level": level} | {f"note-{k}": v for k, v in more.items()}
    return browser.send(f"{place}/{story.id}/notes", **form)


def person(role: str, email: str, **changes: Any) -> User:
    made = accounts.add_person(name=email, email=email, role=role, password=PASSWORD, cheap=True)
    if changes:
        User.update(**changes).where(User.id == made.id).execute()
    return made


# ---- the case


@on_sqlite
def test_strangers_find_no_case(
    app: Flask, story: Story, as_viewer: Any, as_other_contact: Any, partner: Partner
) -> None:
    story.raise_by_host()
    person("manager", "third@example.org")
    third = app.test_client().sign_in("third@example.org")  # type: ignore[attr-defined]
    assert third.get(f"/x/conflicts/{story.id}").status_code == 404
    assert as_viewer.get(f"/x/conflicts/{story.id}").status_code == 403
    assert as_other_contact.get(f"/portal/x/conflicts/{story.id}").status_code == 404
    for path in ("/x/conflicts", f"/x/conflicts/partners/{partner.id}"):
        assert f"C-{story.id}" not in third.get(path).text
    assert f"C-{story.id}" not in as_other_contact.get("/portal/x/conflicts").text


@on_sqlite
def test_another_contact_of_the_same_partner_takes_no_part(
    app: Flask, story: Story, partner: Partner
) -> None:
    story.raise_by_host()
    user = person("contact", "second@nordlicht.example")
    Contact.create(partner=partner, side="partner", name="Second", email=user.email, user=user)
    second = app.test_client().sign_in(user.email)  # type: ignore[attr-defined]
    assert second.get(f"/portal/x/conflicts/{story.id}").status_code == 404


@on_sqlite
def test_an_administrator_who_takes_no_part_sees_number_stage_and_clocks(
    story: Story, as_admin: Any
) -> None:
    story.exchanged()
    page = as_admin.get(f"/x/conflicts/{story.id}").text
    assert f"C-{story.id}" in page
    assert "Time for “Open communication”" in page
    for words in ("Figures come late", "Three months", "Your template", "Nordlicht"):
        assert words not in page
    listed = as_admin.get("/x/conflicts").text
    assert f"C-{story.id}" in listed
    assert "Figures come late" not in listed
    for path in ("export.json", "settlement.pdf", "record.pdf"):
        assert as_admin.get(f"/x/conflicts/{story.id}/{path}").status_code == 404


@on_sqlite
def test_the_outline_tells_neither_how_far_both_have_come_nor_how_it_ended(
    story: Story, as_admin: Any
) -> None:
    told = ("Find the core issue", "Explore", "Agreed", "Resolved", "turn of", "Your turn")
    story.signed()
    for _n in range(2):
        for path in (f"/x/conflicts/{story.id}", "/x/conflicts"):
            page = as_admin.get(path).text
            assert f"C-{story.id}" in page
            for words in told:
                assert words not in page, (path, words)
        Case.update(status="closed", outcome="resolved", closed_at=now()).execute()
    assert "Concluded" in as_admin.get("/x/conflicts").text


@on_sqlite
def test_an_administrator_who_takes_no_part_cannot_act_for_a_side(
    story: Story, as_admin: Any
) -> None:
    story.exchanged()
    answer = as_admin.send(
        f"/x/conflicts/{story.id}/acts/propose_statement",
        **{"propose_statement-text": "It is nothing."},
    )
    assert answer.status_code == 422
    assert not story.state.statement
    assert note(story, as_admin, "/x/conflicts", "parties").status_code == 404
    assert as_admin.send(f"/x/conflicts/{story.id}/plan").status_code == 404


@on_sqlite
def test_a_preview_of_the_portal_shows_no_case(story: Story, as_manager: Any) -> None:
    story.exchanged()
    contact = Contact.get(Contact.partner == story.partner, Contact.side == "partner")
    note(story, story.contact, "/portal/x/conflicts", "own_side")
    as_manager.send(f"/portal/preview/{contact.id}")
    assert "Preview" in as_manager.get("/portal").text
    assert as_manager.get(f"/portal/x/conflicts/{story.id}").status_code == 404
    assert f"C-{story.id}" not in as_manager.get("/portal/x/conflicts").text


# ---- notes


@on_sqlite
def test_a_note_for_the_own_side_is_found_by_nobody_else(
    story: Story, as_admin: Any, as_contact: Any
) -> None:
    story.signed()
    as_admin.send(f"/x/conflicts/{story.id}/glass", reason="An auditor asks.")
    before = story.host.get(f"/x/conflicts/{story.id}/export.json").json
    assert note(story, as_contact, "/portal/x/conflicts", "own_side").status_code == 303
    assert SECRET in as_contact.get(f"/portal/x/conflicts/{story.id}").text
    ways = [
        (story.host, f"/x/conflicts/{story.id}"),
        (story.host, f"/x/conflicts/{story.id}/export.json"),
        (story.host, f"/partners/{story.partner.id}/timeline"),
        (story.host, "/home"),
        (story.host, "/work"),
        (story.host, "/notifications"),
        (as_admin, f"/x/conflicts/{story.id}"),
        (as_admin, f"/x/conflicts/{story.id}/export.json"),
        (as_admin, "/audit"),
    ]
    for browser, path in ways:
        assert SECRET not in browser.get(path, follow_redirects=True).get_data(as_text=True), path
    assert SECRET not in json.dumps(outline_of(story.partner.id, None))
    assert story.host.get(f"/x/conflicts/{story.id}/export.json").json == before
    assert not [row for row in AuditChange.select() if SECRET in f"{row.before}{row.after}"]
    assert not [row for row in CaseEvent.select() if SECRET in row.detail]
    assert not [row for row in Notification.select() if SECRET in row.title + row.text]


@on_sqlite
def test_a_note_for_somebody_named_is_theirs_alone(story: Story) -> None:
    story.exchanged()
    theirs = next(part for part in people.participants(story.id) if part.side == "partner")
    answer = note(story, story.host, "/x/conflicts", "named", readers=[str(theirs.id)])
    assert answer.status_code == 303
    assert SECRET in story.contact.get(f"/portal/x/conflicts/{story.id}").text
    assert note(story, story.host, "/x/conflicts", "named").status_code == 422


@on_sqlite
def test_a_side_has_no_caucus_without_a_mediator(story: Story) -> None:
    story.exchanged()
    for level in ("caucus", "mediator_only", "everybody"):
        assert note(story, story.host, "/x/conflicts", level).status_code == 422


# ---- what others are told


def test_mails_and_messages_bear_the_number_alone(story: Story) -> None:
    story.signed()
    told = list(Notification.select().where(Notification.event.startswith("conflicts.")))
    mails = list(Mail.select())
    assert told
    assert mails
    for text in [row.title + row.text for row in told] + [
        row.subject + row.content for row in mails
    ]:
        for words in ("Figures come late", "template", "Three months"):
            assert words not in text


@on_sqlite
def test_the_audit_names_fields_and_no_words(story: Story) -> None:
    story.signed()
    rows = list(AuditEntry.select().where(AuditEntry.ref == f"conflicts_case:{story.id}"))
    assert rows
    assert {row.action for row in rows} == {"conflicts.case_changed"}
    for row in rows:
        assert set(json.loads(row.detail)) <= {"field", "commitments"}


def test_a_ref_tells_strangers_nothing(story: Story, manager_user: User) -> None:
    story.raise_by_host()
    ref = f"conflicts_case:{story.id}"
    with story.host.application.test_request_context():
        from app.core.contract import Viewer

        third = Viewer(999, "T", "t@example.org", "manager", frozenset({"conflicts.act"}))
        assert visible([ref], third) == {}
        admin = visible([ref], staff())
        assert ref not in admin or admin[ref].title == f"C-{story.id}"


# ---- in the query, under every role


@pytest.fixture
def papers(app: Flask, partner: Partner) -> tuple[Case, list[Text], list[Participant]]:
    """A case with a text of every level by every participant, some naming others."""
    case = Case.create(
        partner=partner,
        title="T",
        category="brand",
        severity="normal",
        status="open",
        reporter="host",
    )
    taking = [
        Participant.create(case=case, side=side, role="respondent", user=100 + n, name=f"P{n}")
        for n, side in enumerate(("host", "host", "partner", "partner", "mediator"))
    ]
    texts = []
    for level in LEVELS:
        for author in taking:
            for side in {author.side, "host", "partner"} if level == "caucus" else {author.side}:
                text = Text.create(
                    case=case, kind="note", level=level, side=side, author=author, body="x", salt=""
                )
                texts.append(text)
                if level == "named":
                    TextReader.insert(text=text, participant=taking[author.id % 5]).execute()
    return case, texts, taking


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    right=st.sampled_from(("full", "glass", "outline")),
    side=st.sampled_from(("host", "partner", "mediator", "")),
    who=st.integers(0, 4),
)
def test_no_query_returns_a_note_above_its_level(
    papers: Any, right: str, side: str, who: int
) -> None:
    case, texts, taking = papers
    reader = Reader(right, side, taking[who].id if right == "full" else 0)
    found = {
        row[0]
        for row in Text.select(Text.id)
        .where(Text.case == case.id, access.readable(reader))
        .tuples()
    }
    named: dict[int, set[int]] = {}
    for row in TextReader.select().tuples():
        named.setdefault(row[0], set()).add(row[1])
    allowed = {
        text.id
        for text in texts
        if may_read(
            reader,
            Paper(text.level, text.side, text.author_id, frozenset(named.get(text.id, ()))),
        )
    }
    assert found == allowed
