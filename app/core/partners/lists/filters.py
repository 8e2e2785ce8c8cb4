"""What the list of partners is narrowed to, ordered by and shows: read from its address."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from werkzeug.datastructures import MultiDict

from app.core.partners.fields import rules as field_rules
from app.core.partners.fields.rules import COLUMN, Field, FieldRefusal
from app.core.partners.models import MATURITIES, STATUSES, TYPES

SORTS = ("name", "-name", "score", "-score", "start", "-start")
# What the scorecard of the list's period says; each partner is in one of them at most.
CARDS = ("missed", "just_missed", "met", "unreported", "none")
COLUMNS = (
    "type",
    "maturity",
    "tags",
    "regions",
    "owner",
    "since",
    "currency",
    "selection",
    "score",
)
SHOWN_FIRST = ("owner", "since", "score")
NOBODY = "0"
PARAMETER = "field."  # before a custom field's key, in an address
LONGEST = 2_000  # of an address that is kept


class CustomFilter(NamedTuple):
    """A condition on one custom field: any of some choices, a range, or words in its text."""

    field: Field
    choices: tuple[str, ...] = ()
    low: int | date | None = None
    high: int | date | None = None
    words: str = ""

    @property
    def parameter(self) -> str:
        """The condition's name in an address."""
        return PARAMETER + self.field.key


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of partners is narrowed to, its order and its columns."""

    q: str = ""
    statuses: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    owner: str = ""  # a person's id, or NOBODY
    tag: str = ""
    region: str = ""
    maturity: str = ""
    card: str = ""
    mine: bool = False
    custom: tuple[CustomFilter, ...] = ()
    sort: str = "name"
    columns: tuple[str, ...] = SHOWN_FIRST

    @property
    def narrowed(self) -> bool:
        """Whether any partner may be left out."""
        return replace(self, sort="name", columns=SHOWN_FIRST) != Filters()

    def custom_of(self, field: Field) -> CustomFilter:
        """The condition on a field; an empty one where there is none."""
        return next((c for c in self.custom if c.field.id == field.id), CustomFilter(field))

    def pairs(self) -> list[tuple[str, str]]:
        """The address that leads to this list, as names and values; defaults are left out."""
        found = [("q", self.q)] if self.q else []
        found += [("status", status) for status in self.statuses]
        found += [("type", type_) for type_ in self.types]
        single = ("owner", "tag", "region", "maturity", "card")
        found += [(name, value) for name in single if (value := getattr(self, name))]
        if self.mine:
            found.append(("mine", "1"))
        for one in self.custom:
            found += [(one.parameter, choice) for choice in one.choices]
            if one.words:
                found.append((one.parameter, one.words))
            for end, bound in (("from", one.low), ("to", one.high)):
                if bound is not None:
                    found.append((f"{one.parameter}.{end}", field_rules.text_of(bound)))
        if self.sort != "name":
            found.append(("sort", self.sort))
        if self.columns != SHOWN_FIRST:
            found += [("col", column) for column in self.columns or ("",)]
        return found

    @property
    def query(self) -> str:
        """The part of the address after the question mark."""
        return urlencode(self.pairs())


def from_args(args: MultiDict[str, str], fields: Sequence[Field]) -> Filters:
    """What an address asks for; words that we do not know are left out."""
    sort, card = args.get("sort", "name"), args.get("card", "")
    return Filters(
        q=args.get("q", "")[:100].strip(),
        statuses=_known(args.getlist("status"), STATUSES),
        types=_known(args.getlist("type"), TYPES),
        owner=_id(args.get("owner", "")),
        tag=args.get("tag", "")[:60],
        region=args.get("region", "")[:60],
        maturity="".join(_known([args.get("maturity", "")], MATURITIES)),
        card=card if card in CARDS else "",
        mine=args.get("mine") == "1",
        custom=tuple(c for field in fields if (c := _custom(field, args)) is not None),
        sort=sort if sort in SORTS else "name",
        columns=_columns(args, fields),
    )


def from_query(query: str, fields: Sequence[Field]) -> Filters:
    """What the kept part of an address asks for."""
    return from_args(MultiDict(parse_qsl(query, keep_blank_values=True)), fields)


def without(filters: Filters, **changes: Any) -> str:
    """The address of the list with some of its conditions changed."""
    return replace(filters, **changes).query


def _known(asked: Iterable[str], words: Sequence[str]) -> tuple[str, ...]:
    wanted = set(asked)
    return tuple(word for word in words if word in wanted)


def _id(text: str) -> str:
    return str(int(text)) if text.isascii() and text.isdigit() and len(text) < 19 else ""


def _columns(args: MultiDict[str, str], fields: Sequence[Field]) -> tuple[str, ...]:
    if "col" not in args:
        return SHOWN_FIRST
    return _known(args.getlist("col"), (*COLUMNS, *(field.column for field in fields)))


def _custom(field: Field, args: MultiDict[str, str]) -> CustomFilter | None:
    name = PARAMETER + field.key
    if field.kind in ("number", "date"):
        low, high = (_bound(field, args.get(f"{name}.{end}", "")) for end in ("from", "to"))
        return CustomFilter(field, low=low, high=high) if (low, high) != (None, None) else None
    if field.kind in ("choice", "choices", "yes_no"):
        offered = ("yes", "no") if field.kind == "yes_no" else field.choices
        chosen = _known(args.getlist(name), offered)
        return CustomFilter(field, chosen) if chosen else None
    words = args.get(name, "")[:100].strip()
    return CustomFilter(field, words=words) if words else None


def _bound(field: Field, text: str) -> int | date | None:
    try:
        found = field_rules.parse(field._replace(required=False), text[:60])
    except FieldRefusal:
        return None
    return found if isinstance(found, int | date) else None


def field_of(column: str, fields: Sequence[Field]) -> Field | None:
    """The custom field that a column shows."""
    key = column.removeprefix(COLUMN)
    return next((f for f in fields if f.key == key), None) if column != key else None
