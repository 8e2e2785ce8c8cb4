"""Raising a case: whatever is sent twice raises one."""

import re
from typing import Any

import pytest

from app.core.partners.models import Contact
from plugins.conflicts.models import Case, CaseEvent
from plugins.conflicts.tests.conftest import REPORT, Story
from plugins.conflicts.tests.test_drafts import HALF

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
PORTAL = "/portal/x/conflicts/new"


def word(browser: Any, path: str) -> str:
    """What names the form that somebody was shown."""
    found = re.search(r'name="once"[^>]*value="([^"]+)"', browser.get(path).text)
    assert found
    return found[1]


def test_a_form_of_ours_that_is_sent_twice_raises_one_case(story: Story) -> None:
    path = f"/x/conflicts/partners/{story.partner.id}/new"
    contact = Contact.get(Contact.partner == story.partner, Contact.side == "partner")
    form = REPORT | {"respondents": str(contact.id), "once": word(story.host, path)}
    first, second = story.host.send(path, **form), story.host.send(path, **form)
    assert first.location == second.location
    assert Case.select().count() == CaseEvent.select().count() == 1


@on_sqlite
def test_another_form_or_other_words_raise_another_case(story: Story) -> None:
    form = REPORT | {"once": word(story.contact, PORTAL)}
    for sent in (form, form | {"title": "Something else"}, form | {"once": "another"}):
        assert story.contact.send(PORTAL, **sent).status_code == 303
    assert Case.select().count() == 3


@on_sqlite
def test_a_draft_that_is_raised_twice_leads_to_its_case(story: Story) -> None:
    story.contact.send(PORTAL, **HALF)
    path = re.search(rf"{PORTAL}\?draft=\d+", story.contact.get("/portal/x/conflicts").text)[0]  # type: ignore[index]
    form = REPORT | {"once": word(story.contact, path)}
    first, second = story.contact.send(path, **form), story.contact.send(path, **form)
    assert (second.status_code, second.location) == (303, first.location)
    assert Case.select().count() == 1


@on_sqlite
def test_the_word_of_somebody_elses_form_is_a_word_like_any_other(story: Story) -> None:
    story.raise_by_host(once="same").raise_by_contact(once="same")
    assert Case.select().count() == 2


@on_sqlite
def test_a_form_that_was_refused_keeps_its_word(story: Story) -> None:
    answer = story.contact.send(PORTAL, **REPORT | {"title": "", "once": "a-word-of-its-own"})
    assert answer.status_code == 422
    assert 'value="a-word-of-its-own"' in answer.text
