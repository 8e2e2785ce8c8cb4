"""Partners from a file: created or changed in their given state, with what that leaves unchecked.

Source: domain specification §2, Import.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from peewee import JOIN, fn

from app.core import clock
from app.core.accounts.models import User
from app.core.kpis.imports.rows import PartnerDraft
from app.core.kpis.totals import move_currency
from app.core.partners.fields.queries import definitions
from app.core.partners.fields.queries import values as field_values
from app.core.partners.fields.rules import Parsed
from app.core.partners.fields.services import save_values
from app.core.partners.models import Contact, Partner, PartnerProfile, PartnerRegion, PartnerTag
from app.core.partners.services import name_key

_PLAIN = ("name", "type", "status", "currency", "start_date", "legal_name", "website", "maturity")
RUNNING = ("active", "suspended", "exiting", "ended")  # states behind the guards of "activate"


class PartnerChanges(NamedTuple):
    """What a file would change: new partners, and those it differs from with the fields."""

    new: list[PartnerDraft]
    changed: list[tuple[PartnerDraft, list[str]]]
    unchanged: int
    texts: dict[tuple[str, str], str]  # code and field: what changes from what to what


def partner_changes(drafts: Iterable[PartnerDraft]) -> PartnerChanges:
    """Compare a file's partners with those that stand."""
    stored = {partner.code: partner for partner in Partner.select()}
    ids = {partner.id: partner.code for partner in stored.values()}
    tags: dict[str, set[str]] = {}
    for partner_id, tag in PartnerTag.select(PartnerTag.partner, PartnerTag.tag).tuples():
        tags.setdefault(ids[partner_id], set()).add(tag)
    regions: dict[str, set[str]] = {}
    for partner_id, region in PartnerRegion.select(
        PartnerRegion.partner, PartnerRegion.region
    ).tuples():
        regions.setdefault(ids[partner_id], set()).add(region)
    drafts = list(drafts)
    fields_of = _stored_fields(drafts, stored)
    contacts: dict[str, dict[str, str]] = {}
    for partner_id, email, name in (
        Contact.select(Contact.partner, Contact.email, Contact.name)
        .where(Contact.side == "partner")
        .tuples()
    ):
        contacts.setdefault(ids[partner_id], {})[email.casefold()] = name
    found = PartnerChanges([], [], 0, {})
    unchanged = 0
    for draft in drafts:
        partner = stored.get(draft.code)
        if partner is None:
            found.new.append(draft)
            continue
        fields: list[str] = [
            field
            for field in _PLAIN
            if field in draft.columns and getattr(partner, field) != getattr(draft, field)
        ]
        if "tags" in draft.columns and tags.get(draft.code, set()) != set(draft.tags):
            fields.append("tags")
        if "regions" in draft.columns and regions.get(draft.code, set()) != set(draft.regions):
            fields.append("regions")
        present = fields_of.get(partner.id, {})
        if any(present.get(id_) != value for id_, value in draft.fields.items()):
            fields.append("fields")
        known = contacts.get(draft.code, {}).get(draft.contact_email.casefold())
        if draft.contact_email and known is None:
            fields.append("contact")
        elif draft.contact_name and known != draft.contact_name:
            fields.append("contact_name")
        if fields:
            found.changed.append((draft, fields))
            for field in fields:
                if field in _PLAIN:
                    text = f"{field}: {getattr(partner, field)} → {getattr(draft, field)}"
                    found.texts[draft.code, field] = text
        else:
            unchanged += 1
    return found._replace(unchanged=unchanged)


def _stored_fields(
    drafts: Iterable[PartnerDraft], stored: dict[str, Partner]
) -> dict[int, dict[int, Parsed]]:
    """What stands in the custom fields that a file has, by partner id."""
    wanted = {id_ for draft in drafts for id_ in draft.fields}
    if not wanted:
        return {}
    ids = [stored[draft.code].id for draft in drafts if draft.code in stored]
    return field_values(ids, [field for field in definitions() if field.id in wanted])


def write_partners(changes: PartnerChanges, by: User) -> list[str]:
    """Apply the changes inside the caller's transaction; returns the codes that were written."""
    for draft in changes.new:
        partner = Partner.create(
            code=draft.code,
            name=draft.name,
            name_key=name_key(draft.name, draft.code),
            type=draft.type,
            status=draft.status,
            currency=draft.currency,
            start_date=draft.start_date,
            legal_name=draft.legal_name,
            website=draft.website,
            maturity=draft.maturity,
            first_import_at=clock.now(),
            created_by=by,
        )
        _set_tags(partner.id, draft.tags)
        _set_regions(partner.id, draft.regions)
        save_values(partner.id, draft.fields, definitions() if draft.fields else [])
        if draft.contact_email:
            _add_contact(partner.id, draft)
    for draft, fields in changes.changed:
        _change(draft, fields)
    return [draft.code for draft in changes.new] + [draft.code for draft, _ in changes.changed]


def missing_guards(codes: Sequence[str]) -> list[str]:
    """What running partnerships lack that `activate` would have asked for, a line for each."""
    if not codes:
        return []
    latest = PartnerProfile.alias()
    newest = latest.select(fn.MAX(latest.n)).where(latest.partner == Partner.id)
    rows = (
        Partner.select(
            Partner.id,
            Partner.code,
            Partner.owner,
            PartnerProfile.goals,
            PartnerProfile.strengths,
            PartnerProfile.audiences,
        )
        .join(
            PartnerProfile,
            JOIN.LEFT_OUTER,
            on=((PartnerProfile.partner == Partner.id) & (PartnerProfile.n == newest)),
        )
        .where(Partner.status.in_(RUNNING))
        .order_by(Partner.code)
        .tuples()
    )
    primary = set(
        Contact.select(Contact.partner, Contact.side)
        .where(Contact.is_primary, Contact.active)
        .tuples()
    )
    wanted = set(codes)
    lines: list[str] = []
    for id_, code, owner, goals, strengths, audience in rows:
        if code not in wanted:
            continue
        met = {
            "owner": owner is not None,
            "primary contact (host)": (id_, "host") in primary,
            "primary contact (partner)": (id_, "partner") in primary,
            "goals": bool(goals),
            "strengths": bool(strengths),
            "audience": bool(audience),
        }
        missing = [name for name, is_met in met.items() if not is_met]
        if missing:
            lines.append(f"{code}: {', '.join(missing)}")
    return lines


def _change(draft: PartnerDraft, fields: Sequence[str]) -> None:
    partner = Partner.get(Partner.code == draft.code)
    if "currency" in fields:
        move_currency(partner.id, partner.currency, draft.currency)
    for field in _PLAIN:
        if field in fields:
            setattr(partner, field, getattr(draft, field))
    partner.name_key = name_key(partner.name, partner.code)
    partner.version += 1
    partner.save()
    if "tags" in fields:
        PartnerTag.delete().where(PartnerTag.partner == partner.id).execute()
        _set_tags(partner.id, draft.tags)
    if "regions" in fields:
        PartnerRegion.delete().where(PartnerRegion.partner == partner.id).execute()
        _set_regions(partner.id, draft.regions)
    if "fields" in fields:
        save_values(partner.id, draft.fields, definitions())
    if "contact" in fields:
        _add_contact(partner.id, draft)
    if "contact_name" in fields:
        Contact.update(name=draft.contact_name, version=Contact.version + 1).where(
            Contact.partner == partner.id,
            Contact.side == "partner",
            fn.LOWER(Contact.email) == draft.contact_email.casefold(),
        ).execute()


def _add_contact(partner_id: int, draft: PartnerDraft) -> None:
    has_primary = (
        Contact.select()
        .where(Contact.partner == partner_id, Contact.side == "partner", Contact.is_primary)
        .exists()
    )
    Contact.create(
        partner=partner_id,
        side="partner",
        name=draft.contact_name or draft.contact_email.split("@")[0],
        email=draft.contact_email,
        is_primary=not has_primary,
    )


def _set_tags(partner_id: int, tags: Sequence[str]) -> None:
    if tags:
        PartnerTag.insert_many([{"partner": partner_id, "tag": tag} for tag in tags]).execute()


def _set_regions(partner_id: int, regions: Sequence[str]) -> None:
    if regions:
        rows = [{"partner": partner_id, "region": region} for region in regions]
        PartnerRegion.insert_many(rows).execute()
