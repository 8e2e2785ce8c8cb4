"""What some columns mean: which words, links and lists a file from elsewhere may hold there.

A column's type and length are checked for every cell. What is checked here would pass that, and
break a page or lead its reader astray later.
"""

import json
import re
from collections.abc import Callable, Collection
from datetime import date
from functools import partial
from typing import Any
from zoneinfo import available_timezones

from app.core.contract import Effect
from app.core.documents.models import KINDS as DOCUMENT_KINDS
from app.core.kpis.models import TARGET_STATES
from app.core.money import MoneyError, exponent
from app.core.partners import models as partners
from app.core.partners import profiles
from app.core.partners.fields import rules as fields
from app.core.period_arithmetic import Period
from app.core.periods import PeriodError
from app.core.tasks.models import STATES as TASK_STATES
from app.web import LOCALES

SIDES = partners.SIDES
FIRST_YEAR, LAST_YEAR = 1900, 2999
EMAIL = re.compile(r"[^@\s\0,;<>()\"]{1,64}@[^@\s\0,;<>()\"]{1,189}")
_CODE = re.compile(r"[A-Z0-9][A-Z0-9._-]{0,31}")
_EFFECT = set(Effect.__dataclass_fields__)
_KINDS = {"side": ("", *profiles.SIDES), "kind": ("", *profiles.KINDS)}

ALLOWED: dict[tuple[str, str], Collection[str]] = {
    ("partner", "type"): partners.TYPES,
    ("partner", "status"): partners.STATUSES,
    ("partner", "maturity"): ("", *partners.MATURITIES),
    ("contact", "side"): SIDES,
    ("contact", "level"): ("operational", "executive"),
    ("interaction", "channel"): partners.CHANNELS,
    ("interaction", "direction"): partners.DIRECTIONS,
    ("interaction", "matter"): ("", *partners.MATTERS),
    ("partner_goal", "side"): partners.GOAL_SIDES,
    ("partner_goal", "horizon"): partners.HORIZONS,
    ("partner_goal", "compatibility"): partners.COMPATIBILITIES,
    ("partner_goal", "status"): partners.GOAL_STATUSES,
    ("partner_goal", "visibility"): partners.VISIBILITIES,
    ("revision", "state"): (
        "submitted",
        "returned",
        "approved",
        "superseded",
        "withdrawn",
        "unknown",
    ),
    ("target_revision", "state"): TARGET_STATES,
    ("target_decision", "side"): SIDES,
    ("target_decision", "action"): (
        *("drafted", "proposed", "accepted", "rejected", "undone", "withdrawn"),
    ),
    ("value_comment", "visibility"): partners.VISIBILITIES,
    ("task", "side"): SIDES,
    ("task", "state"): TASK_STATES,
    ("task", "visibility"): partners.VISIBILITIES,
    ("task", "ref"): ("",),
    ("task_step", "side"): SIDES,
    ("task_step", "action"): (
        *("created", "changed", "start", "finish", "record", "verify", "refuse", "undo"),
        *("waive", "cancel", "reopen", "settled"),
    ),
    ("document", "kind"): DOCUMENT_KINDS,
    ("document", "visibility"): partners.VISIBILITIES,
    ("document", "side"): SIDES,
    ("document_version", "side"): SIDES,
    ("custom_field", "kind"): fields.KINDS,
    ("custom_field", "visibility"): partners.VISIBILITIES,
}


def fits(table: str, column: str, value: Any) -> bool:
    """Whether a cell of the right type says something that its column can mean."""
    allowed = ALLOWED.get((table, column))
    if allowed is not None:
        return value in allowed
    if column == "period":
        return _is_period(value)
    check = _CHECKS.get((table, column))
    return check is None or check(value)


def is_near(day: date) -> bool:
    """Whether a day lies where pages and calendars reach."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


def is_text(value: str) -> bool:
    """Whether databases and pages can hold a text: no NUL, no half of a character."""
    return "\0" not in value and value.encode("utf-8", "replace") == value.encode(
        "utf-8", "surrogatepass"
    )


def _is_period(value: int) -> bool:
    try:
        return FIRST_YEAR <= Period.from_key(value).year <= LAST_YEAR
    except (PeriodError, ValueError):
        return False


def _is_currency(value: str) -> bool:
    try:
        exponent(value)
    except MoneyError:
        return False
    return True


def _is_link(value: str) -> bool:
    return not value or value.startswith(("http://", "https://"))


def _are_matters(value: str) -> bool:
    return set(value.split()) <= set(partners.MATTERS)


def _list(value: str) -> list[Any] | None:
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list) else None


def _is_part(columns: Collection[str], value: str) -> bool:
    """Whether a part of a profile is a list as `profiles.stored` writes it."""
    rows = _list(value) if value else []
    return rows is not None and all(
        isinstance(row, dict)
        and row.keys() == set(columns)
        and all(isinstance(text, str) and is_text(text) for text in row.values())
        and all(row[name] in words for name, words in _KINDS.items() if name in row)
        for row in rows
    )


def _are_effects(value: str) -> bool:
    """Whether effects of a restatement are as `keep_effects` writes them, with links to here."""
    rows = _list(value)
    return rows is not None and all(
        isinstance(row, dict)
        and row.keys() == _EFFECT
        and all(isinstance(text, str) and is_text(text) for text in row.values())
        and (not row["link"] or re.match(r"/(?![/\\])", row["link"]) is not None)
        for row in rows
    )


_CHECKS: dict[tuple[str, str], Callable[[Any], bool]] = {
    ("partner", "code"): lambda value: _CODE.fullmatch(value) is not None,
    ("partner", "name"): lambda value: bool(value.strip()),
    ("partner", "currency"): _is_currency,
    ("partner", "website"): _is_link,
    ("partner", "timezone"): lambda value: not value or value in available_timezones(),
    ("partner", "locale"): lambda value: not value or value in LOCALES,
    ("contact", "locale"): lambda value: not value or value in LOCALES,
    ("partner", "matters"): _are_matters,
    ("contact", "matters"): _are_matters,
    ("contact", "email"): lambda value: not value or EMAIL.fullmatch(value) is not None,
    ("revision_impact", "effects"): _are_effects,
    ("custom_field", "key"): lambda value: fields.KEY.fullmatch(value) is not None,
    **{
        ("partner_profile", part): partial(_is_part, columns)
        for part, columns in profiles.LISTS.items()
    },
}
