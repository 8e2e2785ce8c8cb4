"""The HTTP API, version 1: JSON in and out, a token in the Authorization header."""

import hashlib
import json
from typing import Any

from flask import Blueprint, Response, current_app, g, jsonify, make_response, request
from flask_babel import gettext as _
from peewee import IntegrityError
from werkzeug.exceptions import HTTPException

from app.core import audit
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.http_api import queries, rules, services
from app.core.http_api.openapi import document
from app.core.kpis.exports.scorecard import as_json
from app.core.kpis.queries import latest_period_of, scorecard
from app.core.partners.models import STATUSES
from app.core.periods import Period, PeriodError
from app.core.refusals import Refusal
from app.security import bearer
from app.web import page_number

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


@blueprint.before_request
def admit() -> Any:
    """Let the token's person in, within the token's scopes; else say why not."""
    scheme, _blank, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret or len(secret) > 200:
        return _challenge(_("Send a token: Authorization: Bearer ent_…"))
    if g.organisation is None:
        return problem(503, _("This desk has not been set up yet."))
    found = queries.owner(services.hashed(secret.strip()))
    if found is None:
        return _challenge(_("This token is not known here, or is over."))
    token, person, partner_id, contact_id = found
    g.api_token = token
    g.viewer = Viewer(
        user_id=person.id,
        name=person.name,
        email=person.email,
        role=person.role,
        permissions=current_app.extensions["entente"].host.permissions.get(
            person.role, frozenset()
        ),
        partner_id=partner_id,
        contact_id=contact_id,
        locale=person.locale or g.organisation.locale,
    )
    scope = getattr(current_app.view_functions[request.endpoint or ""], "entente_scope", "")
    if scope not in token.scopes.split():
        with atomic():
            audit.record("access.refused", f"api_token:{token.id}", {"scope": scope})
        return problem(403, _("This token is not meant for that: it lacks %(scope)s.", scope=scope))
    services.note_use(token)
    return None


@blueprint.get("/openapi.json")
@bearer("read")
def openapi() -> Any:
    """The description of this API (OpenAPI 3.1)."""
    return document(request.host_url.rstrip("/"))


@blueprint.get("/partners")
@bearer("read")
def partners() -> Any:
    """The partners that the token may see."""
    status = request.args.get("status", "")
    if status and status not in STATUSES:
        return problem(422, _("Choose one of %(choices)s.", choices=", ".join(STATUSES)), "status")
    text = request.args.get("q", "")[:100].strip()
    found = queries.partners(g.viewer, text, status, page_number())
    return _page("partners", [queries.partner_json(row) for row in found])


@blueprint.get("/partners/<code>")
@bearer("read")
def partner(code: str) -> Any:
    """One partner by its code."""
    found = queries.partner_by_code(g.viewer, code[:40])
    return problem(404, _("No such partner.")) if found is None else queries.partner_json(found)


@blueprint.get("/values")
@bearer("read")
def values() -> Any:
    """Approved figures."""
    first, last = _period("from"), _period("to")
    found = queries.values(
        g.viewer,
        partner=request.args.get("partner", "")[:40],
        kpi=request.args.get("kpi", "")[:40],
        first=first,
        last=last,
        page=page_number(),
        calendar=g.organisation.calendar,
    )
    return _page("values", found)


@blueprint.post("/values")
@bearer("values.write")
def send_values() -> Any:
    """Send figures; each row is answered, and a repeated request counts once."""
    if not request.is_json:
        return problem(415, _("Send JSON: Content-Type: application/json."))
    text = request.get_data()
    found = rules.body(text)
    cells, wanted = rules.rows(found), rules.on_error(found)
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > rules.LONGEST_KEY or not key.isprintable():
        return problem(422, _("A key has at most %(most)s characters.", most=rules.LONGEST_KEY))
    request_hash = hashlib.sha256(text).hexdigest()
    if key and (answered := _replayed(key, request_hash)) is not None:
        return answered
    try:
        with atomic():
            answer = services.send_values(
                cells, good_rows=wanted == "good_rows", token_id=g.api_token.id, by=g.viewer
            )
            status = 422 if answer["errors"] and not answer["written"] else 200
            if key:
                services.keep_answer(g.api_token.id, key, request_hash, status, answer)
    except IntegrityError:
        # The same key, or the same figures, were written by another request at this moment.
        answered = _replayed(key, request_hash) if key else None
        return answered or problem(409, _("Somebody has written the same meanwhile: try again."))
    return answer, status


@blueprint.get("/scorecards")
@bearer("read")
def scorecards() -> Any:
    """A partner's scorecard of one period, unrounded."""
    found = queries.partner_by_code(g.viewer, request.args.get("partner", "")[:40])
    if found is None:
        return problem(404, _("No such partner."), "partner")
    calendar, today = g.organisation.calendar, g.organisation.today()
    period = _period("period") or latest_period_of(found.id)
    if period is None:
        return problem(404, _("This partner has no figures yet."), "period")
    return as_json(found.code, scorecard(found.id, period, calendar, today), calendar)


@blueprint.errorhandler(Refusal)
def refused(refusal: Refusal) -> Any:
    """What cannot be read is named."""
    words = _(refusal.message, **refusal.params) if refusal.params else _(refusal.message)
    return problem(422, words, refusal.field)


@blueprint.errorhandler(HTTPException)
def failed(error: HTTPException) -> Any:
    """Other refusals as JSON too."""
    return problem(error.code or 500, error.name)


def problem(status: int, detail: str, field: str = "") -> Response:
    """An error as RFC 9457 has it."""
    found: dict[str, Any] = {"status": status, "title": _TITLES.get(status, "Error")}
    found |= {"detail": detail} | ({"field": field} if field else {})
    answer = make_response(jsonify(found))
    answer.status_code, answer.mimetype = status, "application/problem+json"
    return answer


_TITLES = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    503: "Service Unavailable",
}


def _challenge(detail: str) -> Response:
    answer = problem(401, detail)
    answer.headers["WWW-Authenticate"] = 'Bearer realm="Entente"'
    return answer


def _page(name: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    """A page of a list; the next one's number where there is more."""
    more = len(found) > queries.PAGE
    return {name: found[: queries.PAGE], "next_page": page_number() + 1 if more else None}


def _period(argument: str) -> Period | None:
    text = request.args.get(argument, "")
    if not text:
        return None
    try:
        period: Period = g.organisation.calendar.parse(text)
    except PeriodError as error:
        raise rules.BadRequest(error.message, field=argument, **error.params) from error
    return period


def _replayed(key: str, request_hash: str) -> Any:
    """The kept answer of a request with this key; a different request may not reuse it."""
    kept = queries.kept_answer(g.api_token.id, key)
    if kept is None:
        return None
    if kept.request_hash != request_hash:
        return problem(422, _("This Idempotency-Key belongs to another request."))
    answer = current_app.json.response(json.loads(kept.answer))
    answer.status_code = kept.status
    answer.headers["Idempotent-Replayed"] = "true"
    return answer
