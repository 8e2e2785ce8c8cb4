"""Who may do what: sessions, permissions, CSRF and the headers of every answer."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import (
    Flask,
    Response,
    abort,
    current_app,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from app import previews
from app.config import Config
from app.core import audit, clock
from app.core.accounts import queries
from app.core.accounts.models import UserSession
from app.core.accounts.queries import ABSOLUTE
from app.core.contract import Viewer
from app.core.db import atomic, connect
from app.sessions import digest

View = TypeVar("View", bound=Callable[..., Any])

_VIEW_STAFF = {"account.own", "files.read", "home.view", "partners.view", "kpis.view"}
_VIEW_STAFF |= {"tasks.view", "documents.view"}
_MANAGE = _VIEW_STAFF | {"partners.edit", "kpis.submit", "kpis.approve", "targets.edit"}
_MANAGE |= {"tasks.edit", "documents.edit"}
CORE_PERMISSIONS: dict[str, set[str]] = {
    "viewer": _VIEW_STAFF,
    "manager": _MANAGE,
    "admin": _MANAGE
    | {
        "partners.admin",
        "kpis.define",
        "kpis.lock",
        "imports.run",
        "people.manage",
        "plugins.manage",
        "settings.manage",
        "audit.read",
        "api.manage",
        "mails.manage",
        "jobs.manage",
    },
    # Files are asked of their owner: a guest reads those of what was opened to them, and no other.
    "guest": {"account.own", "files.read", "guest.view"},
    "contact": {"account.own", "files.read", "portal.view", "portal.submit"},
}

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
HOST = re.compile(
    r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?)(:[0-9]{1,5})?"
)
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_SEEN_EVERY = timedelta(minutes=5)
CONFIRMED_FOR = timedelta(minutes=10)  # how long a person counts as known after proving it
_MOST_CARRIED = 100_000  # letters of a form that are kept while its author proves who they are

csrf = CSRFProtect()


class HostCheck:
    """Answers 400 where the Host header is no host name, before an address is built of it."""

    def __init__(self, inner: Callable[..., Any]) -> None:
        self.inner = inner

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Pass the request on, or refuse it."""
        if HOST.fullmatch(environ.get("HTTP_HOST", "localhost")[:300]):
            return self.inner(environ, start_response)
        headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        start_response("400 Bad Request", headers)
        return [b"The Host header is not a host name.\n"]


def requires(permission: str) -> Callable[[View], View]:
    """Declare the permission that a view asks for; stands directly above the function."""

    def mark(view: View) -> View:
        view.entente_permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def public(reason: str, *, anonymous: bool = False, traced: bool = False) -> Callable[[View], View]:
    """Declare a view that anybody may open, and why.

    `anonymous` views know of no session and leave no trace of who asked: no cookie, log line or
    row. What they take by POST must prove itself, since there is no CSRF token; other sites are
    refused all the same. `traced` ones, which a secret opens, still tell the log what was refused.
    """

    def mark(view: View) -> View:
        view.entente_public = reason  # type: ignore[attr-defined]
        view.entente_anonymous = anonymous  # type: ignore[attr-defined]
        view.entente_traceless = anonymous and not traced  # type: ignore[attr-defined]
        return view

    return mark


def bearer(scope: str) -> Callable[[View], View]:
    """Declare a view that a token with this scope opens; cookies and sessions mean nothing to it.

    Its blueprint checks the token. Without cookies there is nothing that another site could use.
    """

    def mark(view: View) -> View:
        view.entente_scope = scope  # type: ignore[attr-defined]
        return public(f"a token with the scope {scope} is checked", anonymous=True, traced=True)(
            view
        )

    return mark


def confirm_identity(*, on_open: bool = False) -> Callable[[View], View]:
    """Declare a sensitive change: whoever makes it has proven who they are within ten minutes.

    The others are asked for their password or a code first and come back to what they sent. With
    `on_open` the page itself asks, because it shows a secret.
    """

    def mark(view: View) -> View:
        view.entente_identity = True  # type: ignore[attr-defined]
        view.entente_identity_on_open = on_open  # type: ignore[attr-defined]
        return view

    return mark


def before_second_factor(view: View) -> View:
    """Declare a view that also serves people whose role requires a second factor to set up."""
    view.entente_before_second_factor = True  # type: ignore[attr-defined]
    return view


def init_security(app: Flask, config: Config) -> None:
    """Set cookies, CSRF, the gate before each request and the headers after it."""
    use_keys(app, config)
    app.config.update(
        SESSION_COOKIE_NAME="__Host-entente" if config.https else "entente",
        SESSION_COOKIE_SECURE=config.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=ABSOLUTE,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # our own Origin check does not depend on a Referer
        WTF_CSRF_CHECK_DEFAULT=False,  # checked in the gate, after the origin
        MAX_CONTENT_LENGTH=(config.file_mb + 4) * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        MAX_FORM_PARTS=5_000,
    )
    csrf.init_app(app)
    if config.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=config.proxies, x_proto=config.proxies, x_host=config.proxies
        )
    app.wsgi_app = HostCheck(app.wsgi_app)  # type: ignore[method-assign]
    app.before_request(load_viewer)
    app.before_request(refuse_foreign_origin)
    app.before_request(refuse_in_preview)
    app.after_request(note_refusal)
    app.after_request(set_headers)


def use_keys(app: Flask, config: Config) -> None:
    """Sign cookies and forms with the newest key, and believe those that a former one signed."""
    app.secret_key = config.secret_key
    app.config["SECRET_KEY_FALLBACKS"] = list(config.former_keys)
    # Flask-WTF knows of no fallbacks, but hands a list on to the signer.
    app.config["WTF_CSRF_SECRET_KEY"] = [*reversed(config.former_keys), config.secret_key]


def init_gate(app: Flask) -> None:
    """Check permissions last of all that runs before a view: after the plugin host's gate."""
    app.before_request(check_permission)


def load_viewer() -> None:
    """Connect, and learn in one query who asks, for which organisation, without which plugins."""
    g.viewer, g.organisation, g.plugins_off = None, None, frozenset()
    g.unread, g.preview = 0, None
    g.confirmed_at, g.has_second_factor = None, False
    if request.endpoint == "health.healthz":
        return  # says itself whether the database answers
    connect()
    anonymous = getattr(
        current_app.view_functions.get(request.endpoint or ""), "entente_anonymous", False
    )
    if anonymous:
        g.csrf_token = ""  # a page that bears one would set a cookie
    token = "" if anonymous else session.get("sid", "")
    state = queries.request_state(digest(token) if token else "")
    if state is None:
        return
    g.organisation, g.plugins_off, person = state
    load_person(person)


def load_person(person: queries.SignedIn | None) -> None:
    """Set who asks: whoever is signed in, or the contact whose portal they preview."""
    view = current_app.view_functions.get(request.endpoint or "")
    if person is None or getattr(view, "entente_anonymous", False):
        return
    if person.role == "contact" and person.partner_id is None:
        return  # no longer anybody's contact
    viewer = Viewer(
        user_id=person.user_id,
        name=person.name,
        email=person.email,
        role=person.role,
        permissions=current_app.extensions["entente"].host.permissions.get(
            person.role, frozenset()
        ),
        partner_id=person.partner_id,
        contact_id=person.contact_id,
        can_sign=person.can_sign,
        locale=person.locale or g.organisation.locale,
        theme=person.theme,
        session_id=person.session_id,
    )
    if previewed(viewer, person):
        return
    g.viewer, g.unread = viewer, person.unread
    g.confirmed_at, g.has_second_factor = person.confirmed_at, person.has_second_factor
    now = clock.now()
    if now - person.seen_at > _SEEN_EVERY:
        with atomic():
            UserSession.update(seen_at=now).where(UserSession.id == person.session_id).execute()


def previewed(staff: Viewer, person: queries.SignedIn) -> bool:
    """Let staff who preview the portal see with the contact's eyes; whether they do."""
    contact_id = previews.asked_for()
    if contact_id is None:
        return False
    required = staff.role in g.organisation.second_factor_roles.split()
    if required and not person.has_second_factor:
        return False
    rights = current_app.extensions["entente"].host.permissions.get("contact", frozenset())
    found = previews.as_seen(staff, contact_id, rights, g.organisation.locale)
    if found is None:
        session.pop("preview")
        return False
    g.preview, g.viewer = found
    g.has_second_factor = True  # theirs was asked for; the contact's account is not touched
    return True


def refuse_in_preview() -> Any:
    """Refuse everything that could write while somebody previews, but for the way out."""
    if request.method in _SAFE_METHODS or request.endpoint in (None, "portal.end_preview"):
        return None
    view = current_app.view_functions[request.endpoint]
    if hasattr(view, "entente_scope") or previews.asked_for() is None:
        return None  # a program's token, or no preview
    if g.preview:  # an anonymous view does not know who asks, and keeps no trace
        with atomic():
            audit.record("access.refused", f"endpoint:{request.endpoint}"[:80])
    context = {
        "code": 403,
        "title": _("This is a preview"),
        "text": _("Nothing is sent from here. End the preview to work as yourself."),
        "reference": "",
    }
    return Response(render_template("errors/error.html", **context), 403)


def refuse_foreign_origin() -> None:
    """Refuse unsafe requests that another site made a browser send, then check the CSRF token."""
    if request.method in _SAFE_METHODS or request.endpoint is None:
        return
    if hasattr(current_app.view_functions[request.endpoint], "entente_scope"):
        return  # a token, not a cookie
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    foreign = origin is not None and _site(origin) != request.host
    if site not in (None, "same-origin", "none") or foreign:
        abort(403, "cross-site")
    if not getattr(current_app.view_functions[request.endpoint], "entente_anonymous", False):
        csrf.protect()


def check_permission() -> Any:
    """Let the request through, send it to sign in, or refuse it."""
    if request.endpoint in (None, "health.healthz"):
        return None
    if g.organisation is None and request.endpoint != "accounts.setup":
        return redirect(url_for("accounts.setup"))
    view = current_app.view_functions[request.endpoint]
    if hasattr(view, "entente_public"):
        return None
    permission = getattr(view, "entente_permission", None)
    if g.viewer is None:
        return sign_in_first()
    if permission is None or not g.viewer.can(permission):
        with atomic():
            audit.record("access.refused", f"endpoint:{request.endpoint}"[:80])
        # A contact has no business knowing which staff pages exist.
        abort(403 if g.viewer.is_staff else 404)
    if second_factor_missing() and not hasattr(view, "entente_before_second_factor"):
        return _go(url_for("accounts.set_up_factor"))
    sensitive = hasattr(view, "entente_identity") and (
        request.method not in _SAFE_METHODS or getattr(view, "entente_identity_on_open", False)
    )
    return _prove_identity() if sensitive and not reauthenticated() else None


def note_refusal(response: Response) -> Response:
    """Leave a trace where a partner's contact or a guest asked for something that is not theirs.

    Many reads say by 404 alone that a record is not there for somebody; what wrote its own row
    with a better name for the record has said it already.
    """
    if response.status_code != 404 or not request.view_args or g.get("refusal_is_noted"):
        return response
    viewer = g.get("viewer")
    view = current_app.view_functions.get(request.endpoint or "")
    if viewer is None or viewer.is_staff or not hasattr(view, "entente_permission"):
        return response
    ids = {name: value for name, value in request.view_args.items() if isinstance(value, int)}
    with atomic():
        audit.record("access.refused", f"endpoint:{request.endpoint}"[:80], ids)
    return response


def second_factor_missing() -> bool:
    """Whether the role of whoever asks requires a second factor that is not set up."""
    required = g.viewer.role in g.organisation.second_factor_roles.split()
    return required and not g.has_second_factor


def reauthenticated() -> bool:
    """Whether whoever asks has proven who they are within the last ten minutes."""
    return g.confirmed_at is not None and clock.now() - g.confirmed_at <= CONFIRMED_FOR


def _prove_identity() -> Any:
    """Ask who it is; what was sent travels along in the page and is sent again afterwards."""
    if request.method in _SAFE_METHODS:
        return _go(url_for("accounts.confirm", next=request.full_path.rstrip("?")))
    sent = [(k, v) for k, v in request.form.items(multi=True) if k not in _OWN_FIELDS]
    if request.headers.get("HX-Request") == "true" or request.files:
        return _go(url_for("accounts.confirm", next=_referring_path()))
    if sum(len(key) + len(value) for key, value in sent) > _MOST_CARRIED:
        abort(413)
    page = render_template(
        "accounts/confirm.html",
        errors=(),
        target=request.full_path.rstrip("?"),
        carried=sent,
        again=True,
    )
    return Response(page, 403)


_OWN_FIELDS = ("csrf_token", "proof", "proof_next", "proof_again")


def _go(target: str) -> Any:
    if request.headers.get("HX-Request") == "true":
        return Response("", 401, {"HX-Redirect": target})
    return redirect(target, 302 if request.method in _SAFE_METHODS else 303)


def sign_in_first() -> Any:
    """Send a stranger to the sign-in form, which returns to the page that was asked for."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else _referring_path()
    target = url_for("accounts.login", next=wanted)
    if request.headers.get("HX-Request") == "true":
        return Response("", 401, {"HX-Redirect": target})
    return redirect(target)


def secret_keys() -> list[str]:
    """The installation's keys, to sign with and to derive secrets from, under a salt.

    The oldest first and the newest, which signs, last: as signers of itsdangerous take them.
    """
    config: Config = current_app.extensions["entente"].config
    return [*reversed(config.former_keys), config.secret_key]


def local_path(target: str | None) -> str | None:
    """A redirect target if it is a path of this site, else None (OWASP ASVS 3.7.2)."""
    if not target or len(target) > 2000 or not target.startswith("/"):
        return None
    if target.startswith(("//", "/\\", "/logout")) or any(c in target for c in "\\\t\r\n\0"):
        return None
    return target


def _referring_path() -> str | None:
    if _site(request.referrer or "") != request.host:
        return None
    parts = urlsplit(request.referrer or "")
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _site(url: str) -> str:
    """The host of a URL; nothing where it is not one."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def set_headers(response: Response) -> Response:
    """The headers that every answer of the application carries."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Cache-Control", "no-store")
    if current_app.config["SESSION_COOKIE_SECURE"]:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    return response
