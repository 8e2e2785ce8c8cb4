"""Who takes part: the two sides, sponsors and executives as a case climbs, and the mediator."""

from collections.abc import Collection, Mapping

from app.api import (
    AccountRow,
    ContactRow,
    Partner,
    executives,
    grants_of,
    line_managers,
    now,
    partner_contacts,
    partner_staff,
    staff_accounts,
)
from plugins.conflicts.log import ref_of
from plugins.conflicts.models import Case, Participant
from plugins.conflicts.rules.guards import Missing
from plugins.conflicts.rules.neutrality import Stakes, against_address, against_staff, chain_of
from plugins.conflicts.rules.state import HOST, MEDIATOR, PARTNER

OBSERVERS = ("alerted", "candidate")  # see number, stage and clocks; who may do less comes first
ACTING = ("admin", "manager")  # roles of ours that act in cases; viewers read patterns alone


def participants(case_id: int) -> list[Participant]:
    """Everybody who takes part now, in the order in which they came."""
    return list(
        Participant.select()
        .where(Participant.case == case_id, Participant.left.is_null())
        .order_by(Participant.id)
    )


def everybody(case_id: int) -> dict[int, Participant]:
    """Everybody who ever took part, by number: the log and texts name some who left."""
    rows = Participant.select().where(Participant.case == case_id)
    return {row.id: row for row in rows}


def add_account(case: Case, account: AccountRow, role: str) -> Participant:
    """Let one of ours take part; who was told already takes the greater part."""
    return _add(case, HOST, role, name=account.name, user=account.id, email=account.email)


def add_contact(case: Case, contact: ContactRow, role: str) -> Participant:
    """Let one of the partner's contacts take part."""
    return _add(
        case,
        PARTNER,
        role,
        name=contact.name,
        user=contact.user_id,
        contact=contact.id,
        email=contact.email,
    )


def _add(case: Case, side: str, role: str, *, name: str, **who: object) -> Participant:
    key = "contact" if side == PARTNER else "user"
    found = Participant.get_or_none(
        Participant.case == case.id,
        getattr(Participant, key) == who[key],
        Participant.left.is_null(),
    )
    if found is None:
        return Participant.create(case=case, side=side, role=role, name=name, **who)
    if found.role == "alerted" and role != "alerted":
        Participant.update(role=role).where(Participant.id == found.id).execute()
        found.role = role
    return found


def gone(case: Case) -> list[Participant]:
    """Those of both sides who take part and are not there any more: their accounts are closed,
    their contacts removed."""
    ours = {row.id for row in staff_accounts() if row.role in ACTING}
    theirs = {row.id for row in partner_contacts(case.partner_id)}
    return [
        part
        for part in participants(case.id)
        if (part.side == HOST and part.user not in ours)
        or (part.side == PARTNER and part.contact not in theirs)
    ]


def deserted(case: Case) -> list[str]:
    """The sides of which nobody who takes part is there any more."""
    away = {part.id for part in gone(case)}
    left = {
        part.side
        for part in participants(case.id)
        if part.role not in OBSERVERS and part.id not in away
    }
    return [side for side in (HOST, PARTNER) if side not in left]


def first_respondent(
    partner: Partner, avoided: int | None, accounts: Mapping[int, AccountRow]
) -> AccountRow | None:
    """Who of these accounts answers for us: the owner; where the case is about the owner, the line
    manager of that person, else one of the executives."""
    owner = partner.owner_id
    if avoided is None and owner in accounts and accounts[owner].role in ACTING:
        return accounts[owner]
    left_out = {avoided} if avoided is not None else set()
    bosses = list(line_managers([avoided]).values()) if avoided is not None else []
    for user_id in (*bosses, *sorted(executives()), *sorted(accounts)):
        account = accounts.get(user_id)
        if account and user_id not in left_out and account.role in ACTING:
            return account
    return None


def our_executives(case: Case) -> list[AccountRow]:
    """Our executives who may act in cases, else the administrators; never whom the reporter asked
    to leave out."""
    able = [row for row in staff_accounts() if row.role in ACTING and row.id != case.avoided]
    ranks = executives()
    found = [row for row in able if row.id in ranks]
    return found or [row for row in able if row.role == "admin"]


def their_executives(case: Case) -> list[ContactRow]:
    """The executives among the partner's contacts."""
    ranks = executives(case.partner_id)
    return [row for row in partner_contacts(case.partner_id) if row.user_id in ranks]


def add_sponsors(case: Case) -> None:
    """One executive of each side takes part from stage 2 on, in the caller's transaction."""
    taking = participants(case.id)
    ours = {part.user for part in taking if part.side == HOST and part.role not in OBSERVERS}
    bosses = our_executives(case)
    if bosses and not ours & {row.id for row in bosses}:
        add_account(case, bosses[0], "sponsor")
    contacts = their_executives(case)
    present = {
        part.contact for part in taking if part.side == PARTNER and part.role not in OBSERVERS
    }
    if contacts and not present & {row.id for row in contacts}:
        add_contact(case, contacts[0], "sponsor")


def alert_executives(case: Case, side: str = "") -> set[int]:
    """Executives, of both sides or of one, may see number, stage and clocks; their accounts."""
    told: set[int] = set()
    if side in ("", HOST):
        ours = our_executives(case)
        for account in ours:
            add_account(case, account, "alerted")
        told |= {row.id for row in ours}
    if side in ("", PARTNER):
        contacts = their_executives(case)
        for contact in contacts:
            add_contact(case, contact, "alerted")
        told |= {row.user_id for row in contacts if row.user_id}
    return told


def accounts_of(case_id: int, sides: Collection[str]) -> set[int]:
    """The accounts of those who take part for these sides."""
    taking = [
        part for part in participants(case_id) if part.side in sides and part.role not in OBSERVERS
    ]
    found = {part.user for part in taking if part.user}
    new = {part.contact for part in taking if part.contact and not part.user}
    if new:  # contacts who were given an account since they came in
        partner_id = Case.select(Case.partner).where(Case.id == case_id).scalar()
        found |= {row.user_id for row in partner_contacts(partner_id) if row.id in new}
    guests = {part.grant for part in taking if part.grant and not part.user}
    if guests:  # who came in by an invitation has an account by now, or hears of nothing yet
        opened = grants_of(ref_of(case_id))
        found |= {row.user_id for row in opened if row.id in guests and row.user_id}
    return found - {None}


def stakes(case: Case) -> Stakes:
    """Who has a stake in a case, for the neutrality of a mediator."""
    taking = [part for part in participants(case.id) if part.side != MEDIATOR]
    reporters = frozenset(part.user for part in taking if part.user and part.role == "reporter")
    others = frozenset(
        part.user for part in taking if part.user and part.role not in ("reporter", *OBSERVERS)
    )
    accounts = staff_accounts()
    managers: Mapping[int, int] = line_managers([row.id for row in accounts])
    owner = Partner.select(Partner.owner).where(Partner.id == case.partner_id).scalar()
    return Stakes(
        reporters=reporters,
        respondents=others,
        managers=chain_of(reporters | others, managers),
        owner=frozenset({owner} if owner else ()),
        team=frozenset(partner_staff(case.partner_id)),
        avoided=frozenset({case.avoided} if case.avoided else ()),
        staff_emails=frozenset(row.email.lower() for row in accounts),
        contact_emails=frozenset(
            row.email.lower() for row in partner_contacts(case.partner_id) if row.email
        ),
    )


def objections_to(case: Case, candidate: Participant) -> tuple[Missing, ...]:
    """What speaks against a candidate's neutrality now."""
    if candidate.internal:
        return against_staff(candidate.user or 0, stakes(case))
    return against_address(candidate.email, stakes(case))


def leave(participant: Participant) -> None:
    """Somebody no longer takes part; what they said stays."""
    Participant.update(left=now()).where(Participant.id == participant.id).execute()
