"""Reads of the audit trail for people: who did what when, and what each field was before."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask import g
from peewee import SQL, Expression, fn

from app.core import refs
from app.core.accounts.models import User
from app.core.audit import FROM, canonical
from app.core.audit_check import kept_texts
from app.core.contract import Link, Viewer
from app.core.history import values, words
from app.core.host import current_host
from app.core.models import AuditChange, AuditEntry
from app.core.partners.models import Contact, Partner

PER_PAGE = 50
COUNTED = 1000  # a list that is longer says "1,000+"
AT_ONCE = 500  # rows of an export that are read at a time
# What only administrators read, whatever object it names.
PRIVATE = (
    *("access.refused", "session.started", "session.ended", "session.refused"),
    *("session.code_refused", "session.proof_refused"),
)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which rows are wanted; what is empty does not restrict."""

    refs: tuple[str, ...] = ()
    action: str = ""
    actor: str = ""
    since: date | None = None
    until: date | None = None
    text: str = ""
    private: bool = False  # refusals and sign-ins too


class Difference(NamedTuple):
    """A field before and after, in words; erased and withheld ones say nothing more."""

    label: str
    before: str
    after: str
    erased: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the trail in its reader's words."""

    id: int
    at: datetime
    what: str
    who: Link
    where: str  # the address; empty where there is none or it was erased
    about: Link | None  # the object, where the reader may see it
    ref: str
    differences: list[Difference] = field(default_factory=list)


def condition(filters: Filters) -> Expression:
    """The rows that filters ask for."""
    wanted: Expression = SQL("1 = 1")
    if filters.refs:
        wanted &= AuditEntry.ref.in_(list(filters.refs))
    if filters.action:
        wanted &= AuditEntry.action == filters.action
    if filters.actor:
        wanted &= AuditEntry.actor == filters.actor
    if not filters.private:
        wanted &= AuditEntry.action.not_in(PRIVATE)
    if filters.since:
        wanted &= AuditEntry.at >= _midnight(filters.since)
    if filters.until:
        wanted &= AuditEntry.at < _midnight(filters.until + timedelta(days=1))
    if filters.text:
        wanted &= (
            AuditEntry.ref.contains(filters.text)
            | AuditEntry.action.contains(filters.text)
            | (AuditEntry.id.in_(_texts_with(filters)) & _of_core())
        )
    return wanted


def _texts_with(filters: Filters) -> Any:
    """The rows in whose texts the words stand; addresses are searched by those who see them."""
    inner = canonical(filters.text)[1:-1]  # as it stands inside the JSON of a text
    found = AuditChange.before.contains(inner) | AuditChange.after.contains(inner)
    if not filters.private:
        found &= AuditChange.field != FROM
    return AuditChange.select(AuditChange.entry).where(found)


def _of_core() -> Expression:
    """Rows about objects that are no plugin's: who may see a plugin's texts, it alone says.

    Words that find a row tell what stands in it, whether it is shown or not.
    """
    found: Expression = SQL("1 = 1")
    for plugin in current_host().registered:
        found &= ~AuditEntry.ref.startswith(f"{plugin}_")
    return found


def _midnight(day: date) -> datetime:
    """The moment at which a day of the organisation begins, naive UTC."""
    zone = ZoneInfo(g.organisation.timezone)
    local = datetime.combine(day, time(), zone)
    return local.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)


def page(filters: Filters, number: int, viewer: Viewer) -> tuple[list[Line], int, bool]:
    """One page of the trail, the latest first; how many rows there are, and whether more."""
    wanted = condition(filters)
    rows = list(_rows(wanted).paginate(number, PER_PAGE).dicts())
    some = AuditEntry.select(AuditEntry.id).where(wanted).limit(COUNTED + 1)
    count = some.count()
    return lines(rows, viewer), min(count, COUNTED), count > COUNTED


def every(filters: Filters) -> Iterator[list[dict[str, Any]]]:
    """All rows that filters ask for, oldest first, so many at a time."""
    wanted, last = condition(filters), 0
    while rows := list(
        AuditEntry.select()
        .where(wanted, AuditEntry.id > last)
        .order_by(AuditEntry.id)
        .limit(AT_ONCE)
        .dicts()
    ):
        last = rows[-1]["id"]
        yield rows


def _rows(wanted: Expression) -> Any:
    return AuditEntry.select().where(wanted).order_by(AuditEntry.id.desc())


def lines(rows: Sequence[Mapping[str, Any]], viewer: Viewer) -> list[Line]:
    """Rows in words: a few queries for all of them together."""
    texts = kept_texts(row["id"] for row in rows)
    pointed = {row["ref"] for row in rows} | {row["actor"] for row in rows}
    for own in texts.values():
        for before, after, _salt in own.values():
            pointed |= values.refs_in(before) | values.refs_in(after)
    links = refs.visible(sorted(pointed), viewer)
    labels = values.custom_labels(name for own in texts.values() for name in own)
    secret = hidden((row["ref"] for row in rows), links)
    return [_line(row, texts.get(row["id"], {}), links, labels, secret) for row in rows]


def hidden(pointed: Iterable[str], links: Mapping[str, Link]) -> set[str]:
    """The plugins' objects among these that the reader may not see: nor their texts, then."""
    host = current_host()
    return {
        ref for ref in pointed if ref not in links and refs.owner_of(ref.partition(":")[0], host)
    }


def _line(
    row: Mapping[str, Any],
    texts: Mapping[str, tuple[Any, Any, Any]],
    links: Mapping[str, Link],
    labels: Mapping[str, str],
    secret: Collection[str],
) -> Line:
    kind = row["ref"].partition(":")[0]
    marks: Mapping[str, str] = json.loads(row["detail"]).get("commitments", {})
    found = []
    for name in marks:
        before, after, salt = texts.get(name, (None, None, None))
        if name == FROM:
            continue
        label = labels.get(name) or words.field(name)
        gone = salt is None or row["ref"] in secret
        old, new = (
            "" if gone else values.shown(kind, name, text, links) for text in (before, after)
        )
        if gone or old != new:
            found.append(Difference(label, old, new, gone))
    _before, address, _salt = texts.get(FROM, (None, None, None))
    return Line(
        id=row["id"],
        at=row["at"],
        what=words.action(row["action"]),
        who=links.get(row["actor"]) or Link(values.actor(row["actor"]), ""),
        where=json.loads(address) if address else row["address"],
        about=links.get(row["ref"]),
        ref=row["ref"],
        differences=found,
    )


def of_partner(partner_id: int) -> tuple[str, ...]:
    """The refs of which a partner's history tells: itself, those merged into it, its contacts."""
    merged = Partner.select(Partner.id).where(Partner.merged_into == partner_id)
    ids = [partner_id, *(row[0] for row in merged.tuples())]
    contacts = Contact.select(Contact.id).where(Contact.partner.in_(ids)).tuples()
    return (*(f"partner:{id_}" for id_ in ids), *(f"contact:{row[0]}" for row in contacts))


def actors() -> list[tuple[str, str]]:
    """Everybody who may have done something, by name, and the desk itself."""
    people = User.select(User.id, User.name).order_by(fn.LOWER(User.name), User.id).tuples()
    return [("system", values.actor("system")), *((f"user:{id_}", name) for id_, name in people)]


def actions(filters: Filters) -> list[tuple[str, str]]:
    """The actions to choose from, in words: of these objects those on record, else all."""
    keys: set[str] = set(words.ACTIONS)
    if filters.refs:
        wanted = condition(Filters(refs=filters.refs, private=filters.private))
        keys = {
            row[0] for row in AuditEntry.select(AuditEntry.action).where(wanted).distinct().tuples()
        }
    return sorted(((key, words.action(key)) for key in keys), key=lambda pair: pair[1].casefold())
