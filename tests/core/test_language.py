"""Every visible string can be translated: a pseudo-language marks each, pages show no other."""

import calendar
import gettext
import json
import re
from html.parser import HTMLParser
from itertools import pairwise

import flask_babel
import pytest

from app.core import clock
from app.core.partners.models import Partner
from app.core.settings.holiday_calendar import public_holidays
from tests.core.access_world import make_world

MARK = "⟦"
SILENT = {"script", "style", "title", "code", "time", "kbd", "samp", "textarea", "option"}
# What pages show that nobody translates: figures, codes, dates, names of people and things.
DATA = re.compile(
    r"^[\W\d_]*$|^(Entente|Harbour & Hill|English)\b|^https://$|^\w+\.csv$|^US\$[\d,.]+$|^#[0-9a-f]{6}$"
)


class Pseudo(gettext.NullTranslations):
    """A language in which each string stands in brackets."""

    def gettext(self, message):
        return f"⟦{message}⟧"

    def ngettext(self, one, many, n):
        return f"⟦{one if n == 1 else many}⟧"

    def pgettext(self, context, message):
        return self.gettext(message)

    def npgettext(self, context, one, many, n):
        return self.ngettext(one, many, n)

    ugettext, ungettext, upgettext, unpgettext = gettext, ngettext, pgettext, npgettext


class Words(HTMLParser):
    """The texts of a page, and the attributes that are read aloud."""

    def __init__(self):
        super().__init__()
        self.inside, self.found = [], []

    def handle_starttag(self, tag, attributes):
        if tag not in ("meta", "link", "img", "input", "br", "use", "path", "circle", "hr"):
            self.inside.append(tag)
        for name, value in attributes:
            if name in ("aria-label", "placeholder", "title", "alt") and value:
                self.found.append(value)

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, text):
        if text.strip() and not SILENT & set(self.inside):
            self.found.append(" ".join(text.split()))


@pytest.fixture
def pseudo(monkeypatch):
    """Speak the pseudo-language."""
    monkeypatch.setattr(flask_babel.Domain, "get_translations", lambda self: Pseudo())


PAGES = (
    "/login",
    "/home",
    "/partners",
    "/partners/new",
    "/partners/{id}",
    "/partners/{id}/edit",
    "/partners/{id}/tasks",
    "/partners/{id}/tasks/new",
    "/tasks/1",
    "/work",
    "/suggestions",
    "/suggestions?state=answered",
    "/partners/{id}/documents",
    "/partners/{id}/documents/new",
    "/documents/1",
    "/documents/1/edit",
    "/tasks/1/edit",
    "/partners/{id}/merge",
    "/partners/{id}/merge?other=DELTA",
    "/partners/fields",
    "/partners/fields/new",
    "/partners/fields/1",
    "/partners/views",
    "/partners/bulk?id=1&id=2",
    "/partners/bulk?id=1&id=2&action=type&value:type=content",
    "/partners/{id}/profile",
    "/partners/{id}/contacts/new",
    "/partners/{id}/steps/suspend",
    "/partners/{id}/kpis",
    "/kpis",
    "/kpis/new",
    "/approvals",
    "/approvals/own",
    "/import",
    "/people",
    "/people/new",
    "/account",
    "/admin/plugins",
    "/settings",
    "/settings/appearance",
    "/settings/calendar",
    "/settings/business-time",
    "/settings/approvals",
    "/x/incentives",
    "/partners/{id}/profile",
    "/partners/{id}/profile/history",
    "/partners/{id}/goals/new",
    "/partners/{id}/interactions",
    "/partners/{id}/interactions/new",
    "/partners/{id}/timeline",
    "/nothing-here",
)


def names_in_records() -> set[str]:
    """The words of every record, which stay as they were entered."""
    from app.core.accounts.models import Invitation, User
    from app.core.analysis.models import Benchmark
    from app.core.documents.models import Document, DocumentVersion
    from app.core.files.models import StoredFile
    from app.core.grants.models import Grant
    from app.core.http_api.models import ApiToken
    from app.core.kpis.models import Kpi, Revision
    from app.core.kpis.value_models import ValueComment
    from app.core.messages.models import Announcement, Mail, Notification
    from app.core.models import AuditChange, Job
    from app.core.partners.list_models import CustomField, CustomValue, SavedView
    from app.core.partners.models import (
        Contact,
        Interaction,
        PartnerGoal,
        PartnerProfile,
        PartnerRegion,
        PartnerTag,
    )
    from app.core.partners.profiles import LISTS
    from app.core.partners.proposals.models import Proposal, ProposalField
    from app.core.suggestions.models import StoredSuggestion
    from app.core.tasks.models import Task, TaskStep
    from plugins.conflicts.models import Case, Participant, PlanStep, Text
    from plugins.conflicts.sayings import differences
    from plugins.incentives.models import Appeal, Note, Programme, ProgrammeVersion, Reason
    from plugins.incentives.programmes.definition import loads
    from plugins.incentives.rewards.models import Grant as Benefit
    from plugins.incentives.rewards.models import Recognition
    from plugins.surveys.demo_answers import SAID
    from plugins.surveys.models import FollowUp, Survey, SurveyVersion, Theme, Wave
    from plugins.surveys.models import Note as SurveyNote
    from plugins.surveys.rules import definition as surveys
    from plugins.surveys.words import LOCALES, NPS_NOTICE

    # Babel and the holidays library name these in the reader's language.
    texts = {*calendar.day_name, *public_holidays("DE", "", clock.today("UTC").year).values()}
    models = (Contact, Interaction, Partner, PartnerGoal, PartnerProfile, PartnerRegion, PartnerTag)
    texts |= set("SMARTD")  # the marks of what makes a target SMART
    texts |= {label for kpi in Kpi.select() for label in kpi.labels.splitlines()}
    models += (CustomField, CustomValue, SavedView, Revision, StoredFile, ValueComment)
    models += (Announcement, Document, DocumentVersion, Notification, Task, TaskStep)
    models += (ApiToken, Grant, Invitation, Job, Mail, Proposal, ProposalField)
    models += (StoredSuggestion, Appeal, Note, Programme, ProgrammeVersion, Reason)
    models += (Benefit, Recognition)
    models += (Case, Participant, PlanStep, Text)
    models += (FollowUp, SurveyNote, Survey, Theme, Wave)
    for model in (User, Kpi, Benchmark, *models):
        for row in model.select().dicts():
            texts |= {str(value) for value in row.values() if value}
    for row in ProgrammeVersion.select():
        texts |= {
            text for tier in loads(row.definition).tiers for text in (tier.name, tier.benefits)
        }
    texts |= {NPS_NOTICE, *LOCALES.values()}  # trademarks and languages have names of their own
    texts |= {text for said in SAID.values() for text, _themes in said}
    texts |= {theme.strip() for row in SurveyNote.select() for theme in row.themes.split(",")}
    for version in SurveyVersion.select():  # written in several languages by who made the survey
        asked = surveys.loads(version.definition)
        texts |= {text for _place, said in surveys.texts_of(asked) for text in said.values()}
    for row in Announcement.select():
        texts |= {" ".join(row.text.split())}
        texts |= {" ".join(part.split()) for part in row.text.split("\n\n")}
    texts |= {" ".join(row.text.split()) for row in Recognition.select()}
    offers = [row.body for row in Text.select().where(Text.kind == "proposal").order_by(Text.id)]
    for before, after in pairwise(offers):  # shown word by word
        texts |= {" ".join(part.split()) for _kind, part in differences(before, after)}
    for row in AuditChange.select():  # the history tells them as they were entered
        for side in (row.before, row.after):
            told = json.loads(side) if side else None
            if isinstance(told, str):
                texts |= {told, " ".join(told.split())}
    for row in ProgrammeVersion.select():  # what its authors wrote
        definition = loads(row.definition)
        written = {definition.aims, *(one.name for one in definition.rewards)}
        written |= {one.benefit for one in definition.rewards}
        written |= {text for tier in definition.tiers for text in (tier.name, tier.benefits)}
        texts |= written | {f"– {text}" for text in written}
    for profile in PartnerProfile.select():
        texts |= {text for part in LISTS for row in profile.rows(part) for text in row.values()}
    return texts


on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
# Files and pages that are no text of ours.
NOT_OURS = ("api.", "files.", "health.", "transfer.export", "settings.logo", "settings.colours")


def untranslated(page: str, known: set[str]) -> list[str]:
    """The texts of a page that no catalogue has a part in."""
    words = Words()
    words.feed(page)
    return [
        text
        for text in words.found
        if MARK not in text
        and "⟧" not in text
        and not DATA.match(text)
        and text not in known
        and not any(part.strip() and part.strip() in known for part in re.split(r"[·,:–]", text))
        and not re.fullmatch(r"[\w.%+\-–−≥≤/ ]*\d[\w.%+\-–−≥≤/ ,:·]*", text)
    ]


@on_sqlite  # pages say the same on both
@pytest.mark.parametrize("path", PAGES)
def test_each_string_of_a_page_is_translatable(sample_app, pseudo, path):
    browser = sample_app.test_client()
    if path != "/login":
        browser.sign_in("admin@example.org")
    page = browser.get(path.format(id=Partner.get().id))
    assert not untranslated(page.text, names_in_records())


@on_sqlite
@pytest.mark.parametrize("actor", ["admin", "contact"])
def test_every_page_that_answers_is_translatable(sample_app, pseudo, actor):
    world = make_world(sample_app)
    known = names_in_records()
    found = {
        endpoint: texts
        for endpoint, answer in world.pages(actor)
        if not endpoint.startswith(NOT_OURS)
        and endpoint != "messages.mail"  # shows what was written, in its reader's language
        and (texts := untranslated(answer.text, known))
    }
    assert not found, "\n".join(f"{k}: {v}" for k, v in found.items())
