"""Writes about partners: one transaction, one audit row each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from peewee import IntegrityError

from app.core import audit, events
from app.core.accounts import invitations
from app.core.accounts.models import Invitation
from app.core.accounts.queries import current_settings
from app.core.accounts.services import close_account
from app.core.audit import Change, Ref
from app.core.contract import Viewer
from app.core.db import Model, atomic
from app.core.kpis import totals
from app.core.partners import queries, rules
from app.core.partners.fields.queries import definitions
from app.core.partners.fields.rules import COLUMN, Parsed
from app.core.partners.fields.services import save_values
from app.core.partners.models import (
    Contact,
    Partner,
    PartnerProfile,
    PartnerRegion,
    PartnerTag,
    PartnerTeam,
)
from app.core.refusals import Refusal

MIN_WAIVER = 10


class StaleEdit(Exception):
    """Somebody saved the record while this form was open; `current` is what stands now."""

    def __init__(self, current: Any) -> None:
        super().__init__("changed meanwhile")
        self.current = current


class StepRefused(Refusal):
    """A step of the partnership's life that is not possible; `guards` are those unmet."""

    def __init__(self, message: str, guards: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.guards = guards


@dataclass(frozen=True, slots=True)
class Filing:
    """What a partner is filed under, and the staff who work on it beside its owner."""

    tags: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    team: tuple[int, ...] = ()


def create(
    values: Mapping[str, Any],
    filing: Filing,
    viewer: Viewer,
    custom: Mapping[int, Parsed] | None = None,
) -> Partner:
    """Add a partner; raises IntegrityError where the code is taken.

    `custom` are the values of custom fields by field id.
    """
    with atomic():
        partner = Partner.create(
            **values, name_key=name_key(values["name"], values["code"]), created_by=viewer.user_id
        )
        changes = _differences({}, values)
        changes += _file(partner.id, filing)
        changes += save_custom(partner.id, custom or {})
        fields = sorted({*values, *(change.field for change in changes)})
        audit.record(
            "partner.created", f"partner:{partner.id}", {"fields": fields}, changes=changes
        )
    return partner


def change(
    partner: Partner,
    values: Mapping[str, Any],
    filing: Filing,
    version: int,
    custom: Mapping[int, Parsed] | None = None,
) -> Partner:
    """Save an edit; raises StaleEdit where another was faster, IntegrityError for a taken code."""
    with atomic():
        changed = (
            Partner.update(
                **values,
                name_key=name_key(values["name"], values["code"]),
                version=Partner.version + 1,
            )
            .where(Partner.id == partner.id, Partner.version == version)
            .execute()
        )
        if not changed:
            raise StaleEdit(Partner.get_by_id(partner.id))
        if partner.currency != values["currency"]:
            totals.move_currency(partner.id, partner.currency, values["currency"])
        changes = _differences({name: getattr(partner, name) for name in values}, values)
        changes += _file(partner.id, filing)
        changes += save_custom(partner.id, custom or {})
        fields = sorted(change.field for change in changes)
        audit.record(
            "partner.changed", f"partner:{partner.id}", {"fields": fields}, changes=changes
        )
    return Partner.get_by_id(partner.id)


def save_custom(partner_id: int, values: Mapping[int, Parsed]) -> list[Change]:
    """Write values of custom fields by field id, inside the caller's transaction.

    Returns what changed, the fields as `field:key`.
    """
    if not values:
        return []
    changed = save_values(partner_id, values, definitions(retired=True))
    return [Change(COLUMN + key, before, after) for key, before, after in changed]


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """The facts that differ; the owner is a person, whose name may change."""
    return [
        Change("owner", *(Ref(f"user:{id_}") if id_ else None for id_ in change[1:]))
        if change.field == "owner_id"
        else change
        for change in audit.differences(before, after)
        if change.before or change.after
    ]


def step(partner: Partner, event: str, reason: str, *, waive: bool, viewer: Viewer) -> Partner:
    """Move a partnership along its state table.

    Raises StepRefused naming every unmet guard. Guards can be waived with a reason: by the
    partner manager for `qualify`, else by an administrator.
    """
    admin = viewer.can("partners.admin")
    with atomic():
        # Read again inside the transaction: another step may just have been taken.
        partner = Partner.get_by_id(partner.id)
        row = rules.transition(partner.status, event)
        if row is None:
            raise StepRefused("This step is not possible now.")
        if row.role == "admin" and not admin:
            raise StepRefused("Only an administrator can take this step: ask one.")
        people = queries.contacts(partner.id)
        missing = rules.unmet(row, queries.facts(partner, people, queries.profile(partner.id)))
        may_waive = admin or event == "qualify"
        if missing and not (waive and may_waive):
            raise StepRefused("Something is missing before this step.", missing)
        if (row.reason or missing) and len(reason.strip()) < MIN_WAIVER:
            raise StepRefused("Give a reason of at least 10 characters.", missing)
        old, partner.status = partner.status, row.target
        if row.target == "ended":
            partner.end_date = current_settings().today()
        partner.version += 1
        partner.save()
        audit.record(
            "partner.status",
            f"partner:{partner.id}",
            {"event": event, "from": old, "to": row.target, "waived": list(missing)},
            changes=[
                Change("status", old, row.target),
                Change("reason", None, reason.strip() or None),
            ],
        )
        events.emit("partner_status_changed", partner=partner.id, old=old, new=row.target)
    return partner


def save_contact(
    partner_id: int, values: Mapping[str, Any], contact: Contact | None = None, version: int = 0
) -> Contact:
    """Add or change a contact; a new primary contact takes the place of the old one.

    Raises StaleEdit where somebody has saved the contact since `version`.
    """
    with atomic():
        before: dict[str, Any] = {}
        if contact is not None:
            before = {name: getattr(contact, name) for name in values}
            mine = Contact.update(version=Contact.version + 1).where(
                Contact.id == contact.id, Contact.version == version, Contact.active
            )
            if not mine.execute():
                raise StaleEdit(Contact.get_by_id(contact.id))
        if values["is_primary"]:
            Contact.update(is_primary=False).where(
                Contact.partner == partner_id, Contact.side == values["side"], Contact.is_primary
            ).execute()
        if contact is None:
            contact = Contact.create(partner=partner_id, **values)
            action = "contact.added"
        else:
            if values["email"] != contact.email or values["side"] != "partner":
                invitations.revoke(Invitation.contact_id == contact.id)  # it went elsewhere
            for name, value in values.items():
                setattr(contact, name, value)
            contact.version = version + 1
            contact.save()
            action = "contact.changed"
        changes = [c for c in audit.differences(before, values) if c.before or c.after]
        audit.record(action, f"contact:{contact.id}", {"partner": partner_id}, changes=changes)
    return contact


def remove_contact(contact: Contact) -> None:
    """Retire a contact; an account that they had can no longer reach the portal."""
    with atomic():
        Contact.update(active=False, is_primary=False).where(Contact.id == contact.id).execute()
        if contact.side == "partner" and contact.user_id:
            close_account(contact.user_id)
        invitations.revoke(Invitation.contact_id == contact.id)
        audit.record("contact.removed", f"contact:{contact.id}", {"partner": contact.partner_id})


def save_profile(partner: Partner, values: Mapping[str, Any], n: int, viewer: Viewer) -> None:
    """Add a version of the profile; raises StaleEdit where another was saved meanwhile."""
    try:
        with atomic():
            current = queries.profile(partner.id)
            if (current.n if current else 0) != n:
                raise StaleEdit(current)
            PartnerProfile.create(partner=partner.id, n=n + 1, saved_by=viewer.user_id, **values)
            # The versions hold the texts and are compared word by word: no second copy here.
            fields = [k for k, v in values.items() if (getattr(current, k) if current else "") != v]
            detail = {"n": n + 1, "fields": fields}
            audit.record("profile.saved", f"partner:{partner.id}", detail)
    except IntegrityError as error:  # two were saved at the same moment
        raise StaleEdit(queries.profile(partner.id)) from error


def name_key(name: str, code: str) -> str:
    """What a search looks through: name and code, folded."""
    return f"{rules.fold(name)} {rules.fold(code)}"[:500]


def _file(partner_id: int, filing: Filing) -> list[Change]:
    """Write what a partner is filed under; returns what changed."""
    changes = []
    for table, column, words in (
        (PartnerTag, "tag", filing.tags),
        (PartnerRegion, "region", filing.regions),
    ):
        wanted = {word.strip()[:60] for word in words if word.strip()}
        before = _replace(table, partner_id, column, wanted)
        changes.append(Change(f"{column}s", sorted(before), sorted(wanted)))
    before = _replace(PartnerTeam, partner_id, "user", set(filing.team))
    people = ([Ref(f"user:{id_}") for id_ in sorted(ids)] for ids in (before, set(filing.team)))
    changes.append(Change("team", *people))
    return [change for change in changes if change.before != change.after]


def _replace(table: type[Model], partner_id: int, column: str, wanted: set[Any]) -> set[Any]:
    """Make a partner's rows of one table those that are wanted; returns what was there."""
    fields: Any = table
    here = fields.partner == partner_id
    before = {value for (value,) in table.select(getattr(fields, column)).where(here).tuples()}
    gone = [value for value in before if value not in wanted]
    if gone:
        table.delete().where(here, getattr(fields, column).in_(gone)).execute()
    if wanted:
        rows = [{"partner": partner_id, column: value} for value in sorted(wanted)]
        table.insert_many(rows).on_conflict_ignore().execute()
    return before
