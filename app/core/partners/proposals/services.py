"""The only writer of proposals: they are made, withdrawn, and decided field by field."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from app.core import audit, clock
from app.core.contract import Viewer
from app.core.db import atomic, lock
from app.core.partners import profile_words
from app.core.partners import queries as partners
from app.core.partners import services as records
from app.core.partners.models import Partner
from app.core.partners.proposals import rules, telling, values
from app.core.partners.proposals.models import Proposal, ProposalField
from app.core.partners.services import Filing, StaleEdit
from app.core.refusals import Refusal

MOST_OPEN = 40  # proposals of one partner that wait at a time


class ProposalRefused(Refusal):
    """What cannot be proposed, withdrawn or decided, and why."""


class ChangedMeanwhile(ProposalRefused):
    """A value is no longer the one that whoever decides has seen."""


class Decision(NamedTuple):
    """What becomes of one field; `seen` is the mark of the value that stood in its form."""

    accept: bool
    reason: str
    seen: str


def propose(
    kind: str,
    wanted: Mapping[str, str],
    *,
    note: str = "",
    contact_id: int | None = None,
    by: Viewer,
) -> int:
    """Propose values for fields of the own organisation; returns the proposal's id.

    Only what differs is proposed; an earlier open proposal of the same field is replaced. Raises
    ProposalRefused where nothing differs or too much waits.
    """
    with atomic():
        partner = Partner.get_by_id(by.partner_id)
        lock(f"proposals:{partner.id}")
        row = Proposal(
            partner=partner, kind=kind, contact=contact_id, note=note, made_by=by.user_id
        )
        fields = rules.changed(values.current(row), wanted)
        if not fields:
            raise ProposalRefused("This says what stands already: there is nothing to propose.")
        if _waiting(partner.id) >= MOST_OPEN:
            raise ProposalRefused("Too many proposals wait: withdraw some, or await the answers.")
        if kind != "contact_added":
            _replace(partner.id, kind, contact_id, [field.field for field in fields])
        row.save(force_insert=True)
        ProposalField.insert_many(
            [
                {"proposal": row.id, "field": field, "before": before, "after": after}
                for field, before, after in fields
            ]
        ).execute()
        names = [field.field for field in fields]
        audit.record(
            "proposal.made",
            f"partner:{partner.id}",
            {"proposal": row.id, "kind": kind, "fields": names},
        )
        telling.made(row, partner, by)
    return int(row.id)


def withdraw(proposal_id: int, *, by: Viewer) -> None:
    """Take back what waits of a proposal. Raises ProposalRefused where nothing does."""
    with atomic():
        row = Proposal.get_by_id(proposal_id)
        lock(f"proposals:{row.partner_id}")
        open_ = (ProposalField.proposal == proposal_id) & (ProposalField.state == "open")
        if not _settle(open_, "withdrawn", by=by):
            raise ProposalRefused("This has been decided already.")
        audit.record("proposal.withdrawn", f"partner:{row.partner_id}", {"proposal": proposal_id})


def decide(proposal_id: int, decisions: Mapping[int, Decision], *, by: Viewer) -> None:
    """Accept or decline open fields of a proposal, by field id; what is accepted is written.

    Raises ChangedMeanwhile where a value that would be overwritten is not the one that was seen,
    and ProposalRefused for what cannot be done.
    """
    with atomic():
        row = (
            Proposal.select(Proposal, Partner).join(Partner).where(Proposal.id == proposal_id).get()
        )
        lock(f"proposals:{row.partner_id}")
        open_ = {
            field.id: field
            for field in ProposalField.select().where(
                ProposalField.proposal == proposal_id, ProposalField.state == "open"
            )
        }
        if not decisions or decisions.keys() - open_.keys():
            raise ProposalRefused("This has been decided already.")
        accepted = {
            open_[id_].field: open_[id_].after for id_, one in decisions.items() if one.accept
        }
        _check(row, open_, decisions, accepted)
        if accepted:
            try:
                _write(row, accepted, by)
            except StaleEdit as error:
                raise _changed() from error
        for id_, one in decisions.items():
            state = "accepted" if one.accept else "declined"
            _settle(ProposalField.id == id_, state, one.reason.strip(), by=by)
        declined = sorted(open_[id_].field for id_, one in decisions.items() if not one.accept)
        audit.record(
            "proposal.decided",
            f"partner:{row.partner_id}",
            {"proposal": proposal_id, "accepted": sorted(accepted), "declined": declined},
        )
        telling.decided(row, {open_[id_].field: one for id_, one in decisions.items()}, by)


def _changed() -> ChangedMeanwhile:
    return ChangedMeanwhile("Something was changed meanwhile: look at it, then decide.")


def _check(
    row: Proposal,
    open_: Mapping[int, ProposalField],
    decisions: Mapping[int, Decision],
    accepted: Mapping[str, str],
) -> None:
    if any(not one.accept and not one.reason.strip() for one in decisions.values()):
        raise ProposalRefused("Say why you decline: the partner reads it.")
    if not accepted:
        return
    stands = values.current(row)
    if any(
        one.accept and rules.mark(stands.get(open_[id_].field, "")) != one.seen
        for id_, one in decisions.items()
    ):
        raise _changed()
    if row.contact_id and not row.contact.active:
        raise ProposalRefused("This person is no longer a contact: decline, and say so.")
    if row.kind != "contact_added":
        return
    left_open = [field.field for id_, field in open_.items() if id_ not in decisions]
    fault = rules.incomplete_person(accepted, left_open)
    if fault == "open":
        raise ProposalRefused("A person is added whole: decide on every line.")
    if fault == "name":
        raise ProposalRefused("Nobody is added without a name: accept it, or decline every line.")


def _write(row: Proposal, accepted: Mapping[str, str], by: Viewer) -> None:
    """Let the ordinary services write what was accepted: they keep its history."""
    if row.kind == "facts":
        _write_facts(row.partner_id, accepted)
    elif row.kind == "profile":
        stands = partners.profile(row.partner_id)
        texts = profile_words.columns(stands)
        if "goals" in accepted:
            whole = rules.with_own_goals(texts["goals"], accepted["goals"])
            accepted = {**accepted, "goals": whole}
        records.save_profile(row.partner, {**texts, **accepted}, stands.n if stands else 0, by)
    elif row.kind == "contact_left":
        records.remove_contact(row.contact)
    elif row.kind == "contact_changed":
        columns = values.person_columns({**values.person(row.contact), **accepted})
        side = {"side": row.contact.side}
        records.save_contact(row.partner_id, columns | side, row.contact, row.contact.version)
    else:
        columns = values.person_columns({**values.person(None), "level": "operational", **accepted})
        person = records.save_contact(row.partner_id, columns | {"side": "partner"})
        Proposal.update(contact=person.id).where(Proposal.id == row.id).execute()


_KEPT = ("name", "code", "currency", "legal_name", "website")  # `change` asks for the first three


def _write_facts(partner_id: int, accepted: Mapping[str, str]) -> None:
    partner = Partner.get_by_id(partner_id)
    regions = accepted.get("regions", ", ".join(partners.regions_of(partner_id)))
    filing = Filing(
        tags=tuple(partners.tags_of([partner_id]).get(partner_id, ())),
        regions=tuple(regions.split(",")),
        team=tuple(user.id for user in partners.team(partner_id)),
    )
    columns = {name: accepted.get(name, getattr(partner, name)) for name in _KEPT}
    records.change(partner, columns, filing, partner.version)


def _waiting(partner_id: int) -> int:
    count: int = (
        Proposal.select(Proposal.id)
        .join(ProposalField, on=(ProposalField.proposal == Proposal.id))
        .where(Proposal.partner == partner_id, ProposalField.state == "open")
        .distinct()
        .count()
    )
    return count


def _replace(partner_id: int, kind: str, contact_id: int | None, fields: Sequence[str]) -> None:
    same = Proposal.select(Proposal.id).where(
        Proposal.partner == partner_id,
        Proposal.kind == kind,
        Proposal.contact == contact_id if contact_id else Proposal.contact.is_null(),
    )
    _settle(
        ProposalField.proposal.in_(same)
        & ProposalField.field.in_(fields)
        & (ProposalField.state == "open"),
        "replaced",
    )


def _settle(where: object, state: str, reason: str = "", *, by: Viewer | None = None) -> int:
    columns = {
        "state": state,
        "reason": reason[:1000],
        "decided_at": clock.now(),
        "decided_by": by.user_id if by else None,
    }
    changed: int = ProposalField.update(columns).where(where).execute()
    return changed
