"""One change to many partners: planned, shown, applied whole or not at all, and undone."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from app.core import audit, clock
from app.core.accounts.queries import staff
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.kpis import sql
from app.core.partners import queries, rules
from app.core.partners.bulk.changes import TAG, property_of
from app.core.partners.fields.queries import definitions
from app.core.partners.fields.rules import COLUMN, FieldRefusal, parse, text_of
from app.core.partners.list_models import BulkChange
from app.core.partners.models import TYPES, Contact, Partner, PartnerProfile
from app.core.refusals import Refusal

MOST = 1_000  # partners at once
UNDO_FOR = timedelta(hours=24)
MIN_REASON = 10
# Steps that can be taken for many at once; those of an exit are taken one by one.
EVENTS = ("qualify", "decline", "activate", "suspend", "resume")


class BulkRefusal(Refusal):
    """A change that is not made for any partner."""


class Change(NamedTuple):
    """One partner of a change: what stands and what would stand, or why it cannot be."""

    partner_id: int
    code: str
    name: str
    before: Any = None
    after: Any = None
    refused: str = ""  # "edit", "step" or the guards that are not met, separated by blanks


class Plan(NamedTuple):
    """What a change would do."""

    action: str  # owner, type, add_tag, remove_tag, step, field:key
    value: str
    name: str
    changes: list[Change]
    unchanged: int
    refused: list[Change]

    @property
    def possible(self) -> bool:
        """Whether the change can be made as it is."""
        return bool(self.changes) and not self.refused


class Undone(NamedTuple):
    """How many partners were set back, and how many had been changed since."""

    reverted: int
    kept: int


def plan(viewer: Viewer, ids: Sequence[int], action: str, value: str) -> Plan:
    """What a change would do to each of these partners; writes nothing. Raises BulkRefusal.

    A partner that the viewer cannot see is treated as if it did not exist.
    """
    if not ids:
        raise BulkRefusal("Select at least one partner.")
    if len(ids) > MOST:
        raise BulkRefusal("At most %(most)s partners at once.", most=MOST)
    name, target = _target(viewer, action, value)
    partners = named(viewer, ids)
    mine = _editable(viewer, list(partners))
    before = property_of(name).read(list(partners))
    found = Plan(action, value, name, [], 0, [])
    wanted = _after_step(viewer, value, list(partners)) if action == "step" else {}
    unchanged = 0
    for id_, (code, label) in partners.items():
        after, refused = wanted.get(id_, (target, ""))
        change = Change(id_, code, label, before[id_], after, refused)
        if id_ not in mine:
            found.refused.append(change._replace(refused="edit"))
        elif refused:
            found.refused.append(change)
        elif before[id_] == after:
            unchanged += 1
        else:
            found.changes.append(change)
    return found._replace(unchanged=unchanged)


def apply(
    viewer: Viewer, ids: Sequence[int], action: str, value: str, reason: str = ""
) -> BulkChange:
    """Make a change for all of these partners, or raise BulkRefusal and write nothing."""
    with atomic():
        sql.lock_partners(ids)
        ready = plan(viewer, ids, action, value)
        if ready.refused:
            raise BulkRefusal(
                "%(count)s partners cannot be changed so: nothing was changed.",
                count=len(ready.refused),
            )
        if not ready.changes:
            raise BulkRefusal("Nothing would change.")
        if needs_reason(action, value) and len(reason.strip()) < MIN_REASON:
            raise BulkRefusal("Give a reason of at least 10 characters.")
        property_of(ready.name).write({c.partner_id: c.after for c in ready.changes})
        kept = [(c.partner_id, c.before, c.after) for c in ready.changes]
        row = BulkChange.create(by=viewer.user_id, action=ready.name, rows=json.dumps(kept))
        _record(ready.name, kept, {"bulk": row.id, "event": value if action == "step" else ""})
    return row


def undo(viewer: Viewer, row: BulkChange) -> Undone:
    """Set back what one made, for the partners where nothing changed since. Raises BulkRefusal."""
    with atomic():
        changed = (
            BulkChange.update(undone_at=clock.now())
            .where(BulkChange.id == row.id, BulkChange.undone_at.is_null())
            .execute()
        )
        if not changed or not may_undo(viewer, row):
            raise BulkRefusal("This can no longer be undone.")
        kept: list[list[Any]] = json.loads(row.rows)
        sql.lock_partners(id_ for id_, _before, _after in kept)
        readable = named(viewer, [id_ for id_, _before, _after in kept])
        target = property_of(row.action)
        present = target.read(list(readable))
        back = [
            (i, after, before) for i, before, after in kept if i in readable and present[i] == after
        ]
        target.write({id_: before for id_, _after, before in back})
        _record(row.action, back, {"bulk": row.id, "undo": True})
    return Undone(len(back), len(kept) - len(back))


def may_undo(viewer: Viewer, row: BulkChange) -> bool:
    """Whether somebody may set a change back: who made it, for a day."""
    mine = bool(row.by_id == viewer.user_id)
    return mine and row.undone_at is None and clock.now() - row.at < UNDO_FOR


def needs_reason(action: str, value: str) -> bool:
    """Whether a reason has to be given."""
    return action == "step" and any(t.event == value and t.reason for t in rules.TRANSITIONS)


def _target(viewer: Viewer, action: str, value: str) -> tuple[str, Any]:
    """The property that an action sets, and what it sets it to. Raises BulkRefusal."""
    if action == "owner":
        offered = {str(user.id): user.id for user in staff()}
        if viewer.can("partners.admin"):
            offered["0"] = None  # a manager would lose partners out of sight
        if value not in offered:
            raise BulkRefusal("Choose an owner.")
        return "owner", offered[value]
    if action == "type":
        if value not in TYPES:
            raise BulkRefusal("Choose a type.")
        return "type", value
    if action in ("add_tag", "remove_tag"):
        tag = value.strip()
        if not tag or len(tag) > 60 or "," in tag:
            raise BulkRefusal("Give one tag of at most %(most)s characters.", most=60)
        return TAG + tag, action == "add_tag"
    if action == "step":
        if value not in EVENTS:
            raise BulkRefusal("Choose a step.")
        return "status", ""
    field = next((f for f in definitions() if f.column == action), None)
    if field is None:
        raise BulkRefusal("Choose what to change.")
    try:
        return COLUMN + field.key, text_of(parse(field, value))
    except FieldRefusal as refusal:
        raise BulkRefusal(refusal.message, **refusal.params) from refusal


def named(viewer: Viewer, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Code and name of those of these partners that somebody may see, by id."""
    found: dict[int, tuple[str, str]] = {}
    for chunk in sql.chunks(ids):
        rows = Partner.select(Partner.id, Partner.code, Partner.name).where(
            Partner.id.in_(chunk), queries.readable(viewer)
        )
        found |= {id_: (code, name) for id_, code, name in rows.order_by(Partner.name_key).tuples()}
    return found


def _editable(viewer: Viewer, ids: Sequence[int]) -> set[int]:
    if not viewer.can("partners.edit"):
        return set()
    found: set[int] = set()
    for chunk in sql.chunks(ids):
        rows = Partner.select(Partner.id).where(Partner.id.in_(chunk), queries.editable_by(viewer))
        found |= {row[0] for row in rows.tuples()}
    return found


def _after_step(viewer: Viewer, event: str, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Where a step leads for each partner, or what stands against it; four queries."""
    admin = viewer.can("partners.admin")
    people: dict[int, list[Contact]] = {}
    profiles: dict[int, PartnerProfile] = {}
    found: dict[int, tuple[str, str]] = {}
    for chunk in sql.chunks(ids):
        for contact in Contact.select().where(Contact.partner.in_(chunk), Contact.active):
            people.setdefault(contact.partner_id, []).append(contact)
        for text in (
            PartnerProfile.select()
            .where(PartnerProfile.partner.in_(chunk))
            .order_by(PartnerProfile.n)
        ):
            profiles[text.partner_id] = text
        for partner in Partner.select().where(Partner.id.in_(chunk)):
            step = rules.transition(partner.status, event)
            if step is None or (step.role == "admin" and not admin):
                found[partner.id] = ("", "step" if step is None else "admin")
                continue
            facts = queries.facts(partner, people.get(partner.id, []), profiles.get(partner.id))
            found[partner.id] = (step.target, " ".join(rules.unmet(step, facts)))
    return found


def _record(name: str, rows: Sequence[Sequence[Any]], detail: Mapping[str, Any]) -> None:
    """An audit row for each partner; of texts it holds the field's name only."""
    words = {key: value for key, value in detail.items() if value}
    for id_, before, after in rows:
        states = {"from": before, "to": after} if name in ("owner", "type", "status") else {}
        field = "tags" if name.startswith(TAG) else name
        change = audit.Change(field, *(_told(name, value) for value in (before, after)))
        audit.record(
            "partner.status" if name == "status" else "partner.changed",
            f"partner:{id_}",
            {"fields": [field], **states, **words},
            changes=[change],
        )


def _told(name: str, value: Any) -> Any:
    """A value as the history shows it: the owner as a person, a tag by its word."""
    if name == "owner":
        return audit.Ref(f"user:{value}") if value else None
    if name.startswith(TAG):
        return name.removeprefix(TAG) if value else None
    return value
