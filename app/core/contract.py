"""The values that cross a hook: frozen, checked by the host, never a loose dict."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from flask import Blueprint

from app.core.periods import Period

API_VERSION = 1
FACT_UNITS = ("number", "percent", "count", "yes_no", "date", "text")
TONES = ("neutral", "good", "warning", "bad", "accent")


@dataclass(frozen=True, slots=True)
class PluginInfo:
    """What a plugin says of itself, as `PLUGIN` in its `plugin.py`.

    `name` is the folder's name, `api` the major version of `app.api` it was written for, `order`
    its place among other plugins (lower first, then by name), `publishes` its module `hookspecs`,
    where it has hooks of its own that other plugins may answer.
    """

    name: str
    title: Any  # text, perhaps lazily translated
    version: str
    api: int = API_VERSION
    description: Any = ""
    order: int = 100
    publishes: ModuleType | None = None


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person on whose behalf a page is made: staff, or a partner's contact."""

    user_id: int
    name: str
    email: str
    role: str
    permissions: frozenset[str]
    partner_id: int | None = None
    contact_id: int | None = None
    can_sign: bool = False
    locale: str = "en"
    theme: str = "system"
    session_id: int | None = None

    @property
    def is_staff(self) -> bool:
        """Whether this person belongs to the host organisation."""
        return self.role not in ("contact", "guest")

    def can(self, permission: str) -> bool:
        """Whether this person's role holds a permission."""
        return permission in self.permissions


@dataclass(frozen=True, slots=True)
class Link:
    """What a ref ("kind:id") points at: its title in the reader's language, and where it is shown.

    `url` is a path of this site, or empty where there is no page of it for this reader.
    """

    title: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Objection:
    """Why something may not go on: the answer to a published hook `<plugin>_…_objections`.

    `reason` is one sentence for everybody who may see what is asked about; what only some may know
    stands behind `ref`, an object of the objecting plugin, shown through `visible_refs` alone.
    `source` is that plugin's title, filled in by the host.
    """

    reason: Any  # text, perhaps lazily translated; text once it was asked for
    ref: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """A person whose data are written out or erased: an account, contacts, or both.

    `alias` is what stands in the person's place afterwards ("Person 7"). While an erasure that
    had to wait runs, names, addresses and phones are gone already and empty: go by the ids.
    """

    alias: str
    user_id: int | None = None
    contact_ids: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonalFile:
    """A file that belongs to what is held on a person: its name there, and where it lies."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class PersonalRows:
    """What one part holds on a person: a title in words, and rows that JSON can hold.

    `confidential` are keys of the rows under which staff wrote for each other: they are left out
    of what a contact or guest downloads without anybody looking, and stay in what staff hand out.
    """

    title: str
    rows: Sequence[Mapping[str, Any]]
    files: Sequence[PersonalFile] = ()
    confidential: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class PartnerRef:
    """A partner as hooks see it."""

    id: int
    code: str
    name: str
    status: str


@dataclass(frozen=True, slots=True)
class Blueprints:
    """A plugin's routes: `staff` at `/x/<plugin>`, `portal` at `/portal/x/<plugin>`, `public` at
    `/public/x/<plugin>`, with the endpoints `<plugin>`, `<plugin>_portal`, `<plugin>_public`."""

    staff: Blueprint | None = None
    portal: Blueprint | None = None
    public: Blueprint | None = None


@dataclass(frozen=True, slots=True)
class Permission:
    """A right that a plugin's views ask for, and the roles that hold it."""

    key: str
    label: Any
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScheduledJob:
    """Work that the worker runs every so many seconds, once in the whole installation.

    It is one transaction, which on SQLite keeps everybody else from writing. A `slow` one makes its
    own, a short one for each thing that it looks at; where it is broken off it begins anew.

    `label` says on the page of the jobs what it does; without one the key stands there.
    """

    key: str
    run: Callable[[], None]
    every: int
    slow: bool = False
    label: Any = ""


@dataclass(frozen=True, slots=True)
class NotificationEvent:
    """Something that people of these roles may be told of, and choose e-mails about.

    `default` is how often e-mails come to those who have not chosen: "at_once", "daily", "weekly"
    or "off".
    """

    key: str
    label: Any
    default: str = "at_once"
    roles: tuple[str, ...] = ("admin", "manager")


@dataclass(frozen=True, slots=True)
class LinkPurpose:
    """Something that a contact may do through a link, without an account.

    `label` is the button in the e-mail, `invitation` the sentence above it. `view` is called with
    the `OpenLink` for GET and POST alike, as whose viewer `permissions` hold, and answers with a
    page. A POST is one transaction that holds the link, so that of two at the same moment the
    second meets what the first has left; once the task is complete it calls
    `app.api.finish_link`. Links work for `days`; `allowed` is what holds until an administrator
    decides.

    Without a `view` the plugin opens addresses of its own, for as long as it sees fit – as where
    thousands go out at once; it asks `app.api.link_allowed` when it sends and when it opens them.
    """

    key: str
    label: Any
    invitation: Any
    view: Callable[[Any], Any] | None = None
    permissions: tuple[str, ...] = ()
    days: int = 14
    allowed: bool = True


@dataclass(frozen=True, slots=True)
class SuggestionDraft:
    """What `app.api.suggest` suggests about a partner: a title, and why, in words.

    `evidence` are refs, shown through `visible_refs` alone. With a `key`, the same is not suggested
    again while it waits or after it was dismissed. `source` is the plugin that suggests.
    """

    partner_id: int
    title: str
    text: str = ""
    evidence: Sequence[str] = ()
    key: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A suggestion that waits for an answer, as the `accept` of its kind gets it."""

    id: int
    kind: str
    partner_id: int
    title: str
    text: str
    evidence: tuple[str, ...]
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SuggestionKind:
    """Something that others may suggest to staff: who accepts it, and what comes of it then.

    `accept` is called with the `Suggestion` and the `Viewer` who accepts it, in one transaction,
    after their right to change the partner was checked. It makes something and returns its ref, or
    returns a `Link` to a form that does so and calls `app.api.settle_suggestion`. `permission` is
    what that person has to hold; `label` says in a word or two what it becomes.
    """

    key: str
    label: Any
    accept: Callable[[Suggestion, Viewer], str | Link]
    permission: str
    icon: str = "message-report"


@dataclass(frozen=True, slots=True)
class NavItem:
    """An entry of the main navigation, shown to those who hold `permission`."""

    label: Any
    endpoint: str
    permission: str
    icon: str = "puzzle"
    order: int = 100


@dataclass(frozen=True, slots=True)
class Panel:
    """A box whose content is fetched from a URL of the plugin, so that it can only cost itself."""

    title: Any
    endpoint: str
    values: Mapping[str, Any] = field(default_factory=dict)
    order: int = 100


@dataclass(frozen=True, slots=True)
class Badge:
    """A short mark beside a partner's name; `tone` is one of `TONES`, never colour alone."""

    label: str
    tone: str = "neutral"
    hint: str = ""
    order: int = 100


@dataclass(frozen=True, slots=True)
class Attention:
    """Something that waits for one of staff, or for a contact, with the page where it is seen to.

    `label` is the word on its button, `due` the day by which, `tone` one of `TONES`, never colour
    alone: what is "bad" stands among the first. In the portal `side` says who owes it: "partner",
    who reads it, or "host".
    """

    title: str
    endpoint: str
    values: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    label: str = ""
    due: date | None = None
    tone: str = "accent"
    side: str = "partner"


@dataclass(frozen=True, slots=True)
class Approval:
    """Something of a plugin that waits for somebody's approval, with the page where it is decided.

    `since` is the day from which it waits, `label` the word on its button.
    """

    title: str
    endpoint: str
    values: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    since: date | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that a search found: what it says, a word beside it, and its page."""

    title: str
    endpoint: str
    values: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True, slots=True)
class KpiFigure:
    """A figure of one partner's KPI in a period, in millionths: a value, or its two parts."""

    partner_id: int
    kpi_id: int
    period: Period
    value: int | None = None
    num: int | None = None
    den: int | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """One line of what a restatement changes: of what, from what, to what.

    The texts are in the reader's language; `link` is a path of this site that explains it.
    """

    label: str
    before: str
    after: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class FactKind:
    """Something that may be known of partners, and that conditions can ask for.

    `unit` says what a value is: "number", "percent" (of 1), "count" and "yes_no" (1 or 0) are
    integer millionths, "date" is an ISO date, "text" is words.
    """

    key: str
    label: Any
    unit: str = "number"


@dataclass(frozen=True, slots=True)
class Fact:
    """What is known of a partner: a value as its kind's unit says, or None where it is unknown.

    `evidence` are refs that it rests on.
    """

    value: int | str | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """Something that happened in a partnership; `at` is naive UTC, as `app.api.now` gives it.

    `endpoint` and `values` lead to where it can be seen; without an endpoint there is no link.
    `icon` is one of the icons that pages may name, `author` who did it, where somebody did.
    """

    at: datetime
    title: str
    text: str = ""
    icon: str = "point"
    endpoint: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    author: str = ""


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """Something that is due on a day, as a whole day of a calendar.

    `key` names it for good, so that calendars move an entry instead of adding another; a
    plugin's begins with its name and "-". `url` is a path of this site.
    """

    key: str
    day: date
    title: str
    text: str = ""
    url: str = ""
    category: str = ""
