"""The description of the API; a test holds it against the running application."""

from typing import Any

from app.core.http_api.rules import LONGEST_KEY, MOST_ROWS
from app.core.partners.models import STATUSES, TYPES

_TEXT = {"type": "string"}
_MAYBE = {"type": ["string", "null"]}
_NUMBER = {"type": ["number", "null"]}
_DECIMAL = {"type": ["string", "null"], "pattern": r"^-?\d+(\.\d{1,6})?$"}
_NEXT = {"type": ["integer", "null"], "description": "The next page's number, if there is one."}


def document(server: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the desk at an address."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Entente",
            "version": "1",
            "description": "Partners, approved figures and scorecards; figures can be sent.",
        },
        "servers": [{"url": server}],
        "security": [{"token": []}],
        "paths": _PATHS,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": _SCHEMAS,
        },
    }


def _object(required: tuple[str, ...], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(required),
        "properties": properties,
        "additionalProperties": False,
    }


def _all(**properties: Any) -> dict[str, Any]:
    return _object(tuple(properties), **properties)


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _list(name: str) -> dict[str, Any]:
    return {"type": "array", "items": _ref(name)}


def _query(name: str, description: str, **schema: Any) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "description": description,
        "schema": {"type": "string"} | schema,
    }


def _answer(description: str, schema: Any, mimetype: str = "application/json") -> dict[str, Any]:
    return {"description": description, "content": {mimetype: {"schema": schema}}}


def _problem(description: str) -> dict[str, Any]:
    return _answer(description, _ref("Problem"), "application/problem+json")


_REFUSED = {
    "401": _problem("No token, or one that is not known or over."),
    "403": _problem("The token lacks the scope."),
}
_PAGE = _query("page", "The page of the list, from 1.", type="integer", minimum=1)


def _get(
    operation: str, summary: str, answer: Any, parameters: list[Any], **more: Any
) -> dict[str, Any]:
    return {
        "operationId": operation,
        "summary": summary,
        "parameters": parameters,
        "responses": {"200": _answer("Found.", answer)} | _REFUSED | more,
    }


_MISSING = {"404": _problem("There is no such thing, or not for this token.")}
_WRONG = {"422": _problem("An argument cannot be used; `field` names it.")}

_PATHS: dict[str, Any] = {
    "/api/v1/openapi.json": {
        "get": _get("openapi", "This document", {"type": "object"}, []),
    },
    "/api/v1/partners": {
        "get": _get(
            "partners",
            "The partners that the token may see, by code",
            _all(partners=_list("Partner"), next_page=_NEXT),
            [
                _query("q", "A part of the name or code."),
                _query("status", "Only those in this state.", enum=list(STATUSES)),
                _PAGE,
            ],
            **_WRONG,
        ),
    },
    "/api/v1/partners/{code}": {
        "get": _get(
            "partner",
            "One partner",
            _ref("Partner"),
            [{"name": "code", "in": "path", "required": True, "schema": _TEXT}],
            **_MISSING,
        ),
    },
    "/api/v1/values": {
        "get": _get(
            "values",
            "Approved figures, by partner, KPI and period",
            _all(values=_list("Value"), next_page=_NEXT),
            [
                _query("partner", "Only this partner's, by code."),
                _query("kpi", "Only this KPI's, by code."),
                _query("from", "From this period on, such as 2026-01."),
                _query("to", "Up to this period of the same kind."),
                _PAGE,
            ],
            **_WRONG,
        ),
        "post": {
            "operationId": "send_values",
            "summary": "Send figures",
            "description": (
                "With an administrator's token figures count at once, as those of an import do: "
                "one that differs from what stands is a restatement, a locked one an error. With "
                "another person's token they wait for approval. Numbers may be JSON numbers or "
                "texts; both are taken exactly as written. Percentages are fractions of 1 or "
                "texts such as 12%."
            ),
            "parameters": [
                {
                    "name": "Idempotency-Key",
                    "in": "header",
                    "description": "A repeated request with the same key is answered, not repeated."
                    " Kept for seven days.",
                    "schema": {"type": "string", "maxLength": LONGEST_KEY},
                }
            ],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": _ref("Sending")}},
            },
            "responses": {
                "200": _answer("Each row's outcome.", _ref("Outcomes")),
                "409": _problem("Another request wrote the same at this moment: try again."),
                "415": _problem("The body is not JSON."),
                "422": {
                    "description": "Nothing was written: rows with errors, or no usable request.",
                    "content": {
                        "application/json": {"schema": _ref("Outcomes")},
                        "application/problem+json": {"schema": _ref("Problem")},
                    },
                },
            }
            | _REFUSED,
        },
    },
    "/api/v1/scorecards": {
        "get": _get(
            "scorecards",
            "A partner's scorecard of one period, unrounded",
            _ref("Scorecard"),
            [
                _query("partner", "The partner's code.") | {"required": True},
                _query("period", "Such as 2026-Q1; the latest with figures without it."),
            ],
            **_MISSING,
            **_WRONG,
        ),
    },
}

_SCHEMAS: dict[str, Any] = {
    "Partner": _all(
        code=_TEXT,
        name=_TEXT,
        legal_name=_TEXT,
        type={"enum": list(TYPES)},
        status={"enum": list(STATUSES)},
        currency={"type": "string", "pattern": "^[A-Z]{3}$"},
        owner=_MAYBE,
        start_date=_MAYBE,
        end_date=_MAYBE,
    ),
    "Value": _all(
        partner=_TEXT,
        kpi=_TEXT,
        period=_TEXT,
        value=_MAYBE | {"description": "An exact decimal, or an ordinal's label."},
        numerator=_DECIMAL,
        denominator=_DECIMAL,
        revision={"type": "integer"},
        approved_at=_MAYBE,
        locked={"type": "boolean"},
    ),
    "Sending": _object(
        ("values",),
        values={
            "type": "array",
            "minItems": 1,
            "maxItems": MOST_ROWS,
            "items": _object(
                ("partner", "kpi", "period"),
                partner=_TEXT,
                kpi=_TEXT,
                period=_TEXT,
                value={"type": ["string", "number", "null"]},
                numerator={"type": ["string", "number", "null"]},
                denominator={"type": ["string", "number", "null"]},
                note={"type": ["string", "null"], "maxLength": 1_000},
            ),
        },
        on_error={
            "enum": ["nothing", "good_rows"],
            "description": "Where a row is wrong: write nothing (the default), or the good rows.",
        },
    ),
    "Outcomes": _all(
        written={"type": "integer"},
        errors={"type": "integer"},
        outcomes={
            "type": "array",
            "items": _all(
                row={"type": "integer", "description": "Its place in the request, from 0."},
                outcome={
                    "enum": ["new", "restated", "unchanged", "submitted", "not_written", "error"]
                },
                errors={
                    "type": "array",
                    "items": _all(field=_TEXT, value=_TEXT, expected=_TEXT),
                },
            ),
        },
    ),
    "Scorecard": {
        "type": "object",
        "required": ["partner", "period", "kpis", "scorecard", "coverage"],
        "properties": {
            "partner": _TEXT,
            "period": _TEXT,
            "scorecard": _NUMBER,
            "coverage": _NUMBER,
            "kpis": {"type": "object", "additionalProperties": {"type": "object"}},
        },
    },
    "Problem": _object(
        ("status", "title", "detail"),
        status={"type": "integer"},
        title=_TEXT,
        detail=_TEXT,
        field=_TEXT,
    ),
}
