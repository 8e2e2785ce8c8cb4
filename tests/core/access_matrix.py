"""Every route and method, and what each kind of person meets there, from the URL map itself.

What is expected follows from what a route declares and from the objects that its address names. A
route for which that is not the whole truth stands in one of the two small tables below, with why.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any, NamedTuple

from flask import Flask

from app.core.db import database

ACTORS = (
    *("anonymous", "half signed in", "viewer", "manager", "manager of others", "admin"),
    *("contact", "contact of others", "guest"),
)
UNKNOWN = ("anonymous", "half signed in")
OUTSIDERS = ("manager of others", "contact of others")  # for whom this partner is another's
METHODS = ("GET", "POST")

# What an argument of an address stands for: an object of this partner, of one person, or of all.
PARTNERS, OWN, EVERYBODYS = "of this partner", "of one person", "of everybody"


class Found(NamedTuple):
    """A value for an argument, and whose it is."""

    value: Any
    whose: str = EVERYBODYS
    owner: str = ""  # the actor whose it is, where it is one person's


@dataclass(frozen=True)
class Call:
    """One request to a route, and what it declares."""

    endpoint: str
    method: str
    path: str
    permission: str
    public: bool
    scope: str
    about: frozenset[str]  # PARTNERS, OWN, EVERYBODYS
    owner: str

    @property
    def key(self) -> str:
        """How a failure names it."""
        return f"{self.method} {self.endpoint}"


# Routes that no permission guards: what whoever asks meets there, and why that is right.
PUBLIC: dict[str, tuple[dict[str, set[int]], str]] = {
    "accounts.start": ({"GET": {302}}, "only sends on"),
    "accounts.login": ({"GET": {200, 302}, "POST": {422, 302}}, "the way in"),
    "accounts.code": ({"GET": {200, 302}, "POST": {422, 302}}, "the second step of the way in"),
    "accounts.logout": ({"POST": {303}}, "ends nobody's session but one's own"),
    "accounts.theme": ({"POST": {422}}, "keeps a preference; an empty one is refused"),
    "accounts.forgot": ({"GET": {200}, "POST": {422}}, "an empty address is refused"),
    "accounts.setup": ({"GET": {404}, "POST": {404}}, "closed since the first run"),
    "accounts.accept": ({"GET": {404}, "POST": {404}}, "nothing without the secret of the mail"),
    "accounts.reset": ({"GET": {404}, "POST": {404}}, "nothing without the secret of the mail"),
    "accounts.confirm_email": (
        {"GET": {404}, "POST": {404}},
        "nothing without the secret of the mail",
    ),
    "accounts.stop_email": ({"POST": {404}}, "nothing without the secret of the mail"),
    "links.open_link": ({"GET": {410}, "POST": {410}}, "nothing without the secret of the mail"),
    "surveys_public.answer": (
        {"GET": {410}, "POST": {410}},
        "nothing without the secret of the mail",
    ),
    "surveys_public.anonymous": (
        {"GET": {404}, "POST": {404}},
        "nothing without an anonymous wave; no session is known",
    ),
    "calendar.feed": ({"GET": {404}}, "nothing without the secret of the address"),
    "portal.end_preview": ({"POST": {404}}, "nobody here previews anything"),
    "links.done": ({"GET": {200}}, "thanks, and says nothing else"),
    "messages.unsubscribe": (
        {"GET": {404}, "POST": {404}},
        "nothing without the signature of the mail",
    ),
    "brand.stylesheet": ({"GET": {200}}, "colours of the sign-in page"),
    "brand.sample": ({"GET": {200}}, "colours of the settings' preview"),
    "brand.logo": ({"GET": {404}}, "the sample desk has no logo"),
    "health.healthz": ({"GET": {200}}, "says whether the desk lives"),
}

# Who meets something else than permission and objects say: statuses, and why.
_AUTHORS = ({"manager of others": 404}, "an announcement is its author's and the administrators'")
_PORTAL_OF_A_PLUGIN = (
    dict.fromkeys(("viewer", "manager", "manager of others", "admin"), 404),
    "the host keeps staff out of plugins' portal pages before any permission",
)
_ALL_MONEY = (
    {"manager of others": 0},
    "managers see the money of every partner, and decide on own",
)
_WAVES = (
    {"manager of others": 403},
    "a wave is run by whoever planned it, and by administrators",
)
_NOTES = (
    {"manager of others": 403},
    "a note is changed by its author and by whoever looks after the partner; others read it",
)
_NO_CALENDAR = ({"guest": 404}, "nothing is ever due for a guest")
_NO_STAFF = dict.fromkeys(("viewer", "manager", "manager of others", "admin"), 404)
_NO_SEAT = {"manager of others": 404}  # whoever has no part in a case finds no case
_OUTSIDE = {**_NO_SEAT, "admin": 404}  # of a case of others an administrator has the outline alone
_CASES = "a case exists for those who take part in it"
EXCEPTIONS: dict[str, tuple[dict[str, int], str]] = {
    "GET conflicts.case": (_NO_SEAT, _CASES),
    "POST conflicts.act": (_NO_SEAT, _CASES),
    "POST conflicts.bring_in": (_NO_SEAT, _CASES),
    "POST conflicts.ask_by_link": (_NO_SEAT, _CASES),
    "POST conflicts.plan": (_OUTSIDE, _CASES),
    "POST conflicts.note": (_OUTSIDE, _CASES),
    "GET conflicts.export": (_OUTSIDE, _CASES),
    "GET conflicts.record": (_OUTSIDE, _CASES),
    "GET conflicts.settlement": (_OUTSIDE, _CASES),
    "POST conflicts.discard": (_OUTSIDE, "a draft is its author's alone"),
    "POST conflicts_portal.discard": (
        {**_NO_STAFF, "contact of others": 404},
        "a draft is its author's alone",
    ),
    "GET conflicts_portal.index": (_NO_STAFF, "staff have pages of their own"),
    "GET conflicts_portal.new": (_NO_STAFF, "staff have pages of their own"),
    "POST conflicts_portal.new": (_NO_STAFF, "staff have pages of their own"),
    **{
        f"{method} conflicts_portal.{name}": ({**_NO_STAFF, "guest": 404}, _CASES)
        for method, name in (
            *(("GET", "case"), ("POST", "act"), ("POST", "plan"), ("POST", "note")),
            *(("POST", "bring_in"), ("GET", "export"), ("GET", "record")),
        )
    },
    "GET conflicts_portal.settlement": ({**_NO_STAFF, "guest": 404, "contact": 404}, _CASES),
    **{
        f"GET files.{name}": (
            {"guest": 404},
            "a guest reads files of what was opened to them alone",
        )
        for name in ("download", "preview")
    },
    "POST accounts.absence": (
        {"contact": 404, "contact of others": 404, "guest": 404},
        "only staff have deputies",
    ),
    "POST tasks.act": (
        {"viewer": 403, "manager of others": 403},
        "whoever is responsible for a task acts on it, so reading alone lets nobody through",
    ),
    "GET messages.announcement": _AUTHORS,
    "POST messages.call_back": _AUTHORS,
    "GET incentives_portal.index": _PORTAL_OF_A_PLUGIN,
    "GET incentives_portal.programme": _PORTAL_OF_A_PLUGIN,
    "GET incentives_portal.recognitions": _PORTAL_OF_A_PLUGIN,
    "GET incentives_portal.certificate": _PORTAL_OF_A_PLUGIN,
    "GET incentives_portal.own_statement": _PORTAL_OF_A_PLUGIN,
    "GET incentives_portal.own_entry": _PORTAL_OF_A_PLUGIN,
    "GET incentives.entry": _ALL_MONEY,
    "GET incentives.partner_statement": _ALL_MONEY,
    "GET incentives_portal.decision": _PORTAL_OF_A_PLUGIN,
    "POST incentives_portal.appeal": _PORTAL_OF_A_PLUGIN,
    "GET surveys_portal.index": _PORTAL_OF_A_PLUGIN,
    "GET surveys_portal.answer": _PORTAL_OF_A_PLUGIN,
    "POST surveys_portal.answer": _PORTAL_OF_A_PLUGIN,
    "GET surveys_portal.given": _PORTAL_OF_A_PLUGIN,
    "GET surveys_portal.results": _PORTAL_OF_A_PLUGIN,
    **{
        f"POST surveys.{act}": _WAVES
        for act in ("launch", "drop", "remind", "close", "publish", "outcome", "stop_repeating")
    },
    "GET surveys.change_plan": _WAVES,
    "POST surveys.change_plan": _WAVES,
    "GET surveys.text_themes": _WAVES,
    "POST surveys.text_themes": _WAVES,
    "POST surveys.note": _NOTES,
    "POST surveys.remove_note": _NOTES,
    "POST surveys.follow_up": (
        {"manager of others": 403},
        "following up is for whoever looks after the partner",
    ),
    "POST surveys.conflict": (
        {"manager of others": 403},
        "suggesting is for whoever looks after the partner",
    ),
    "GET calendar.account": _NO_CALENDAR,
    "POST calendar.make": _NO_CALENDAR,
    "POST calendar.end": _NO_CALENDAR,
    "POST home.sample": ({"admin": 404}, "only an empty desk can be filled"),
}

# Routes whose form, not address, names an object of this partner.
FORMS_OF_THIS_PARTNER = {"portal.withdraw"}


@dataclass
class World:
    """The sample desk with one of everything, and a browser for each kind of person."""

    app: Flask
    browsers: dict[str, Any]
    cookies: dict[str, str]
    tokens: dict[str, str]
    arguments: dict[str, Found]
    queries: dict[str, dict[str, Any]]  # what an address must name behind its question mark
    forms: dict[str, dict[str, Any]]  # what a form must name to be about something
    snapshot: Connection

    def roles(self) -> dict[str, str]:
        """The role of each kind of person who is signed in."""
        return {actor: actor.removesuffix(" of others") for actor in ACTORS if actor not in UNKNOWN}

    def calls(self) -> list[Call]:
        """Each route with each method that it takes, at an address of a real record."""
        calls = []
        adapter = self.app.url_map.bind("localhost")
        for rule in sorted(self.app.url_map.iter_rules(), key=lambda r: (r.rule, r.endpoint)):
            view = self.app.view_functions[rule.endpoint]
            named = {name: self.argument(rule.endpoint, name) for name in rule.arguments}
            values = {name: found.value for name, found in named.items()}
            # What the map does not know becomes the query of the address.
            path = adapter.build(rule.endpoint, values | self.queries.get(rule.endpoint, {}))
            whose = {found.whose for found in named.values()}
            if rule.endpoint in FORMS_OF_THIS_PARTNER:
                whose.add(PARTNERS)
            calls += [
                Call(
                    rule.endpoint,
                    method,
                    path,
                    getattr(view, "entente_permission", ""),
                    hasattr(view, "entente_public"),
                    getattr(view, "entente_scope", ""),
                    frozenset(whose),
                    next((value.owner for value in named.values() if value.owner), ""),
                )
                for method in METHODS
                if method in (rule.methods or ())
            ]
        return calls

    def argument(self, endpoint: str, name: str) -> Found:
        """The value of an argument: its own for an endpoint or blueprint, else by its name."""
        blueprint = endpoint.partition(".")[0]
        for key in (f"{endpoint} {name}", f"{blueprint} {name}", name):
            if key in self.arguments:
                return self.arguments[key]
        raise AssertionError(f"{endpoint}: name a record for the argument {name!r}")

    def send(self, actor: str, call: Call) -> int:
        """The status with which somebody's request is answered; the browser forgets it."""
        browser = self.browsers[actor]
        browser.set_cookie("entente", self.cookies[actor])
        if call.method == "GET":
            return int(browser.get(call.path, buffered=True).status_code)
        form = {"csrf_token": self.tokens[actor]} | self.forms.get(call.endpoint, {})
        return int(browser.post(call.path, data=form, buffered=True).status_code)

    def pages(self, actor: str) -> Iterator[tuple[str, Any]]:
        """Each page behind a permission that answers this person, by its endpoint."""
        browser = self.browsers[actor]
        for call in self.calls():
            if call.method == "GET" and call.permission:
                browser.set_cookie("entente", self.cookies[actor])
                answer = browser.get(call.path, buffered=True)
                if answer.status_code == 200 and answer.mimetype == "text/html":
                    yield call.endpoint, answer

    def take_back(self) -> None:
        """Let everything be as it was when the world was made."""
        self.snapshot.backup(database.connection())


def expected(world: World, actor: str, call: Call) -> Callable[[int], bool]:
    """Whether a status is what this person should meet."""
    if call.scope and call.endpoint.startswith("api."):
        return lambda status: status == 401  # a session is no token
    if call.public:
        assert call.endpoint in PUBLIC, f"{call.endpoint}: say in PUBLIC what strangers meet"
        allowed = PUBLIC[call.endpoint][0][call.method]
        return lambda status: status in allowed
    assert call.permission, f"{call.endpoint} declares nothing"
    if actor in UNKNOWN:
        return lambda status: status == 302
    refused = refusal(world, actor, call)
    if refused:
        return lambda status: status == refused
    return lambda status: status not in (401, 403, 404, 405) and status < 500


def refusal(world: World, actor: str, call: Call) -> int:
    """With what a signed-in person is refused, or 0."""
    held = world.app.extensions["entente"].host.permissions
    role = world.roles()[actor]
    hidden = 403 if role in ("viewer", "manager", "admin") else 404
    if (known := EXCEPTIONS.get(call.key, ({}, ""))[0].get(actor)) is not None:
        return known
    if call.permission not in held[role]:
        return hidden
    if OWN in call.about and actor != call.owner:
        return 404
    if PARTNERS in call.about and actor in OUTSIDERS:
        # Staff read every partner, and change their own; whatever a viewer may do is reading.
        reading = role == "manager" and call.permission in held["viewer"]
        return 0 if reading else hidden
    return 0


# What every request may leave behind: a line in the trail, that somebody was seen, a wrong try.
_TRACES = {"audit_entry", "audit_change", "user_session", "sign_in_failure"}


def everything() -> dict[str, str]:
    """A fingerprint of every table of the database but the trail."""
    cursor = database.connection().cursor()
    names = cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return {
        name: _fingerprint(cursor.execute(f'SELECT * FROM "{name}"'))
        for (name,) in names
        if name not in _TRACES
    }


def _fingerprint(rows: Iterator[Any]) -> str:
    found = hashlib.sha256()
    for row in rows:
        found.update(repr(row).encode())
    return found.hexdigest()
