"""What a token may be good for, and how a request's rows become rows of an import."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext

from app.core.refusals import Refusal

SCOPES = {
    "read": lazy_gettext("Read partners, values and scorecards"),
    "values.write": lazy_gettext("Send values"),
}
MOST_ROWS = 5_000  # of one request
LONGEST_KEY = 100
KEPT = timedelta(days=7)  # how long an idempotency key is remembered
PREFIX = "ent_"
_COLUMNS = {
    "partner": "partner_code",
    "kpi": "kpi_code",
    "period": "period",
    "value": "value",
    "numerator": "numerator",
    "denominator": "denominator",
    "note": "note",
}


class BadRequest(Refusal):
    """A request that is not what the document describes; `field` is a place in its body."""


def is_alive(now: datetime, expires_at: datetime | None, revoked_at: datetime | None) -> bool:
    """Whether a token still opens anything."""
    return revoked_at is None and (expires_at is None or now < expires_at)


def body(text: bytes) -> dict[str, Any]:
    """The JSON object in a body; numbers stay as they were written, so that none is rounded."""
    try:
        found = json.loads(text, parse_float=str, parse_int=str, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BadRequest("The body is not JSON: %(reason)s", reason=str(error)[:200]) from error
    if not isinstance(found, dict):
        raise BadRequest("The body is not a JSON object.")
    return found


def rows(found: Mapping[str, Any]) -> list[dict[str, str]]:
    """The cells of each row as a file of values would have them.

    Raises BadRequest where the request as a whole is not usable; what is wrong within a row is
    found when the row is read.
    """
    unknown = sorted(set(found) - {"values", "on_error"})
    if unknown:
        raise BadRequest("“%(name)s” is not known here.", field=unknown[0], name=unknown[0][:50])
    listed = found.get("values")
    if not isinstance(listed, list) or not listed:
        raise BadRequest("Give a list of values.", field="values")
    if len(listed) > MOST_ROWS:
        raise BadRequest("At most %(most)s values in one request.", field="values", most=MOST_ROWS)
    return [_cells(number, row) for number, row in enumerate(listed)]


def on_error(found: Mapping[str, Any]) -> str:
    """What becomes of the good rows where others are wrong: "nothing" or "good_rows"."""
    wanted = found.get("on_error", "nothing")
    if wanted not in ("nothing", "good_rows"):
        raise BadRequest("on_error is “nothing” or “good_rows”.", field="on_error")
    return str(wanted)


def _cells(number: int, row: Any) -> dict[str, str]:
    place = f"values[{number}]"
    if not isinstance(row, dict):
        raise BadRequest("Each value is a JSON object.", field=place)
    cells = dict.fromkeys(_COLUMNS.values(), "")
    for name, given in row.items():
        if name not in _COLUMNS:
            raise BadRequest(
                "“%(name)s” is not known here.", field=f"{place}.{name[:50]}", name=name[:50]
            )
        if given is not None and not isinstance(given, str):
            raise BadRequest("A text or a number is expected.", field=f"{place}.{name}")
        cells[_COLUMNS[name]] = (given or "").strip()
    return cells


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is not a number")
