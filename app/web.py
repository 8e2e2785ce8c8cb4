"""Pages and fragments: one URL, one context builder, two renderings."""

import hashlib
import logging
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

import flask
import peewee
from babel import Locale
from flask import (
    Flask,
    Response,
    abort,
    current_app,
    flash,
    g,
    has_request_context,
    make_response,
    redirect,
    request,
)
from flask import url_for as flask_url_for
from flask_babel import Babel, get_babel, get_locale, get_translations
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from htmx_flask import Htmx
from htmx_flask.requests import HtmxAwareRequest
from jinja2 import StrictUndefined
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter, ValidationError

from app.core.accounts import queries
from app.core.db import database
from app.core.form_fields import init_forms
from app.core.ids import MAX_ID
from app.core.settings import colours

log = logging.getLogger(__name__)

# Our languages, and how each writes dates and numbers: a new one is an entry here and a catalogue.
LOCALES = {"en": "en_GB", "de": "de_DE"}
VARY = ("HX-Request-Type", "HX-History-Restore-Request")


class EntenteRequest(HtmxAwareRequest):
    """A request that knows whether htmx asks for a part of a page."""

    @property
    def partial(self) -> bool:
        """Whether a fragment is wanted; going Back in history wants the whole page."""
        return self.headers.get("HX-Request-Type") == "partial"


class RowId(BaseConverter):
    """A row's id in a path: a whole number that every database can hold."""

    regex = r"\d{1,19}"

    def to_python(self, value: str) -> int:
        number = int(value)
        if number > MAX_ID:
            raise ValidationError
        return number

    def to_url(self, value: Any) -> str:
        return str(int(value))


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: where it stands, and the links around it."""

    number: int
    size: int
    total: int
    capped: bool = False  # the count stopped early: "1,000+"

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def has_next(self) -> bool:
        return self.capped or self.number * self.size < self.total

    @property
    def first(self) -> int:
        return (self.number - 1) * self.size + 1 if self.total else 0

    @property
    def last(self) -> int:
        end = self.number * self.size
        return end if self.capped else min(end, self.total)

    @property
    def previous_url(self) -> str:
        return self._url(self.number - 1)

    @property
    def next_url(self) -> str:
        return self._url(self.number + 1)

    @property
    def total_label(self) -> str:
        return f"{self.total}+" if self.capped else str(self.total)

    def _url(self, number: int) -> str:
        return same_page(page=number)


def same_page(**changes: Any) -> str:
    """This page's address with some of its query changed; None or nothing takes a key away.

    Built from the path: the keys that somebody types must not become arguments of `url_for`.
    """
    kept: dict[str, Any] = {key: request.args.getlist(key) for key in request.args} | changes
    query = urlencode({key: value for key, value in kept.items() if value}, doseq=True)
    return request.path + (f"?{query}" if query else "")


def page_number() -> int:
    """The page that the address asks for; nonsense is page 1."""
    text = request.args.get("page", "1")
    return max(1, min(int(text), 1_000_000)) if text.isdecimal() and len(text) < 8 else 1


def init_web(app: Flask) -> None:
    """Set up requests, templates, languages and error pages."""
    Htmx(app)
    init_forms()
    app.request_class = EntenteRequest
    app.url_map.converters["int"] = RowId
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.autoescape = True  # whatever a template's name ends with
    app.jinja_env.filters["error_text"] = error_text
    Babel(app, locale_selector=choose_locale, timezone_selector=choose_timezone)
    app.jinja_env.globals.update(
        _=translate, gettext=translate, ngettext=translate_many, same_page=same_page
    )
    app.context_processor(page_context)
    app.before_request(refuse_nul)
    app.after_request(vary)
    app.teardown_request(roll_back)
    app.register_error_handler(CSRFError, csrf_failed)
    app.register_error_handler(Exception, fail)


def use_translations(app: Flask, folders: Iterable[Path]) -> None:
    """Read the catalogues of these folders; where two have a string, the later one holds."""
    with app.app_context():
        get_babel().translation_directories = [str(folder) for folder in folders]


def translate(message: str, **variables: Any) -> Markup:
    """A template's `_()`: each string is looked up once per language, not once per use.

    The message is markup of ours, so what is put into it is escaped; a literal % is written %%.
    """
    text = _texts().get(message)
    if text is None:
        text = _texts()[message] = Markup(get_translations().ugettext(message))  # noqa: S704
    return text % variables if variables or "%" in text else text


def translate_many(one: str, many: str, num: int, **variables: Any) -> Markup:
    """A template's `ngettext()`; `%(num)s` stands for the number."""
    text = Markup(get_translations().ungettext(one, many, num))  # noqa: S704
    return text % ({"num": num} | variables)


def _texts() -> dict[str, Markup]:
    """The strings of the reader's language that templates have used so far."""
    found: dict[str, Markup] | None = g.get("texts")
    if found is None:
        catalogue = get_translations()
        if not hasattr(catalogue, "entente_texts"):
            catalogue.entente_texts = {}
        found = g.texts = catalogue.entente_texts
    return found


def is_partial() -> bool:
    """Whether the present request asks for a part of a page."""
    return cast("EntenteRequest", request).partial


def render(
    template: str, fragment: str | None = None, /, status: int = 200, **context: Any
) -> Response:
    """A page, or the fragment that the page includes when htmx asks for a part of it."""
    chosen = fragment if fragment and is_partial() else template
    return make_response(flask.render_template(chosen, **context), status)


def saved(message: str, url: str) -> Any:
    """A write is done: say so and go to the page that shows it (303)."""
    flash(message, "success")
    if request.headers.get("HX-Request") == "true":
        return Response("", 200, {"HX-Redirect": url})
    return redirect(url, 303)


def language_names() -> list[tuple[str, str]]:
    """Our languages, each with its name in itself."""
    names = ((code, Locale.parse(tag).get_language_name() or code) for code, tag in LOCALES.items())
    return [(code, name[:1].upper() + name[1:]) for code, name in names]


def choose_locale() -> str:
    """The person's language, else the organisation's; on the first run the browser's if ours."""
    viewer, settings = g.get("viewer"), g.get("organisation")
    if viewer or settings:
        return LOCALES.get(viewer.locale if viewer else settings.locale, "en_GB")
    if not has_request_context():
        return _stored_locale()
    return LOCALES.get(request.accept_languages.best_match(LOCALES, "en") or "en", "en_GB")


def _stored_locale() -> str:
    """The organisation's language for jobs and commands, which serve no request."""
    settings = None if database.is_closed() else queries.settings()
    return LOCALES.get(settings.locale if settings else "en", "en_GB")


def choose_timezone() -> str:
    """The organisation's time zone."""
    settings = g.get("organisation")
    return settings.timezone if settings else "UTC"


def page_context() -> dict[str, Any]:
    """What the shells of all pages use."""
    viewer = g.get("viewer")
    return {
        "viewer": viewer,
        "organisation": g.get("organisation"),
        "unread": g.get("unread", 0),
        "preview": g.get("preview"),
        "theme": viewer.theme if viewer else "system",
        "has_second_factor": g.get("has_second_factor", False),
        "locale": get_locale(),
        "colour_rules": colours.RULES,
        "safe_mode": current_app.extensions["entente"].config.plugins_safe_mode,
        "navigation": [] if is_partial() else navigation(),
    }


@dataclass(frozen=True, slots=True)
class NavLink:
    """An entry of the main navigation as the shell draws it."""

    label: str
    url: str
    icon: str
    active: bool


_STAFF_NAVIGATION: tuple[tuple[str, str, str, Callable[[], str]], ...] = (
    ("home.index", "home", "home.view", lambda: _("Home")),
    ("home.work", "checklist", "home.view", lambda: _("My work")),
    ("partners.index", "users-group", "partners.view", lambda: _("Partners")),
    ("kpis.catalogue", "target-arrow", "kpis.view", lambda: _("KPIs")),
    ("kpis.approvals", "checks", "kpis.approve", lambda: _("Approvals")),
    ("messages.announcements", "speakerphone", "partners.edit", lambda: _("Announcements")),
    ("imports.index", "file-import", "imports.run", lambda: _("Import")),
    ("accounts.people", "users", "people.manage", lambda: _("People")),
    ("plugins.index", "puzzle", "plugins.manage", lambda: _("Plugins")),
    ("settings.index", "settings", "settings.manage", lambda: _("Settings")),
)
_PORTAL_NAVIGATION: tuple[tuple[str, str, str, Callable[[], str]], ...] = (
    ("portal.index", "home", "portal.view", lambda: _("Home")),
    ("messages.all_news", "speakerphone", "portal.view", lambda: _("News")),
    ("portal.documents", "file-text", "portal.view", lambda: _("Documents")),
    ("portal.organisation", "building", "portal.view", lambda: _("Profile")),
)
_GUEST_NAVIGATION = (("grants.index", "home", "guest.view", lambda: _("Home")),)
_PLUGIN_POSITION = 5  # after the daily pages, before the administrators'


def navigation() -> list[NavLink]:
    """The main navigation of the person who looks: core's entries and the plugins'."""
    viewer = g.get("viewer")
    if viewer is None:
        return []
    core = _STAFF_NAVIGATION if viewer.is_staff else _PORTAL_NAVIGATION + _GUEST_NAVIGATION
    links = [
        _nav_link(label(), endpoint, icon)
        for endpoint, icon, permission, label in core
        if viewer.can(permission)
    ]
    if not viewer.is_staff:
        return _nearest(links)
    host = current_app.extensions["entente"].host
    plugins = [
        _nav_link(str(item.label), item.endpoint, item.icon)
        for item in host.collect("nav_items", viewer=viewer)
        if viewer.can(item.permission)
    ]
    daily = sum(1 for entry in _STAFF_NAVIGATION[:_PLUGIN_POSITION] if viewer.can(entry[2]))
    return links[:daily] + plugins + links[daily:]


def _nearest(links: list[NavLink]) -> list[NavLink]:
    """The portal's home lies above its other pages: where somebody is, is the nearest alone."""
    here = max((link.url for link in links if link.active), key=len, default="")
    return [replace(link, active=link.url == here) for link in links]


def _nav_link(label: str, endpoint: str, icon: str) -> NavLink:
    url = flask_url_for(endpoint)
    below = endpoint != "portal.index" and request.path.startswith(f"{url}/")
    return NavLink(label, url, icon, request.path == url or below)


def error_text(errors: Any) -> str:
    """A field's messages as one line; nested ones of a form within a form too."""
    if isinstance(errors, Mapping):
        return " ".join(error_text(inner) for inner in errors.values())
    if isinstance(errors, list | tuple):
        return " ".join(error_text(inner) for inner in errors)
    return str(errors)


def refuse_nul() -> None:
    """A NUL has no place in any text, and PostgreSQL refuses it: answer 400 once, centrally."""
    if "\0" in request.path or "%00" in request.query_string.decode("latin-1"):
        abort(400)
    if request.method == "POST" and any(
        "\0" in key + value for key, value in request.form.items(multi=True)
    ):
        abort(400)


def vary(response: Response) -> Response:
    """Name the headers that choose between page and fragment."""
    response.vary.update(VARY)
    return response


def roll_back(_error: BaseException | None) -> None:
    """Leave no transaction open on the connection that this thread keeps."""
    while database.in_transaction():
        database.pop_transaction().rollback(begin=False)


def csrf_failed(_error: CSRFError) -> Any:
    """The form's token is gone or stale: explain, and keep what was typed by Back."""
    return _failure(
        403,
        _("This form has expired"),
        _("Go back, reload the page and send the form again. Nothing was saved."),
    )


def fail(error: Exception) -> Any:
    """An error page in the product's look, with a reference number that is in the log."""
    if isinstance(error, HTTPException) and error.code and error.code < 400:
        return error
    code = error.code or 500 if isinstance(error, HTTPException) else 500
    if isinstance(error, peewee.OperationalError | peewee.InterfaceError):
        code = 503
    if code >= 500 and current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    if request.path.startswith("/api/"):
        return _api_failure(code, error)
    title, text = _WORDS.get(code, _WORDS[500 if code >= 500 else 400])()
    return _failure(code, title, text, error if code >= 500 else None)


def _api_failure(code: int, error: Exception) -> Any:
    """The same for programs, as RFC 9457 has it."""
    reference = secrets.token_hex(4)
    if code >= 500:
        log.error("reference %s: the API answered %s", reference, code, exc_info=error)
    title = error.name if isinstance(error, HTTPException) else "Internal Server Error"
    body = flask.json.dumps({"status": code, "title": title, "detail": reference})
    return Response(body, code, mimetype="application/problem+json")


def _failure(code: int, title: str, text: str, error: Exception | None = None) -> Any:
    reference = secrets.token_hex(4)
    view = current_app.view_functions.get(request.endpoint or "")
    traceless = getattr(view, "entente_traceless", False)  # who mistyped is nobody's business
    log.log(
        logging.ERROR if error else logging.DEBUG if traceless else logging.INFO,
        "reference %s: %s %s answered %s",
        reference,
        request.method,
        repr(_path_without_secret())[:200],
        code,
        exc_info=error,
    )
    context = {"code": code, "title": title, "text": text, "reference": reference}
    return render("errors/error.html", "errors/_error.html", status=code, **context)


def _path_without_secret() -> str:
    """The path for the log: the secret of a link or calendar stands there by its hash."""
    token = (request.view_args or {}).get("token")
    if not token:
        return request.path
    return request.path.replace(token, "#" + hashlib.sha256(token.encode()).hexdigest()[:12])


_WORDS: dict[int, Callable[[], tuple[str, str]]] = {
    400: lambda: (_("This request cannot be read"), _("Go back and try again.")),
    403: lambda: (
        _("This is not yours to do"),
        _("Your role does not include it. Ask an administrator if it should."),
    ),
    404: lambda: (
        _("There is nothing here"),
        _("The address may be mistyped, or what it named is gone."),
    ),
    405: lambda: (_("This does not work this way"), _("Use the buttons of the page.")),
    413: lambda: (_("This is too large"), _("Send a smaller file or split it.")),
    429: lambda: (_("Too many attempts"), _("Wait a few minutes, then try again.")),
    500: lambda: (
        _("Something went wrong on our side"),
        _("Nothing was half saved. Try again; if it stays, tell whoever hosts this desk."),
    ),
    503: lambda: (_("The database cannot be reached"), _("Try again in a minute.")),
}
