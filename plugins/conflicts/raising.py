"""Raising a case, and bringing colleagues into it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.api import (
    AccountRow,
    ContactRow,
    Partner,
    Viewer,
    atomic,
    audit,
    lock,
    now,
    once_key,
    partner_contacts,
    send_link,
    settle_suggestion,
    staff_accounts,
)
from plugins.conflicts import access, drafts, facts, log, people, services, telling
from plugins.conflicts.models import Case, Participant
from plugins.conflicts.rules.acts import missing
from plugins.conflicts.rules.confidentiality import GLASS
from plugins.conflicts.rules.guards import Actor, Facts, Missing
from plugins.conflicts.rules.machine import apply
from plugins.conflicts.rules.state import HOST, PARTNER, SIDES, Event, State
from plugins.conflicts.services import Refused


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody raises."""

    title: str
    text: str
    aim: str
    category: str
    severity: str
    respondents: tuple[int, ...] = ()  # contacts, where our side raises it
    avoid_manager: bool = False  # where a contact raises it: not to whoever looks after them
    payout_period: str = ""
    suggestion: int = 0  # the one that it answers
    draft: int = 0  # the author's own, which it takes the place of
    once: str = ""  # the word of the form; empty: no form


def raise_case(partner_id: int, report: Report, by: Viewer) -> Case:
    """Open a case with the reporter's position; the other side is told.

    What was sent before gives the case that it raised. Raises Refused, and Refusal where somebody
    has answered the suggestion meanwhile.
    """
    partner = Partner.get_by_id(partner_id)
    side = HOST if by.is_staff else PARTNER
    avoided = partner.owner_id if report.avoid_manager and side == PARTNER else None
    accounts = {row.id: row for row in staff_accounts()}
    contacts = {row.id: row for row in partner_contacts(partner_id)}
    answering = people.first_respondent(partner, avoided, accounts)
    theirs = [contacts[id_] for id_ in report.respondents if id_ in contacts]
    with atomic():
        lock(f"conflicts-raise:{by.user_id}")
        if found := raised_already(report, by):
            return found
        case = Case.create(
            partner=partner_id,
            title=report.title.strip(),
            category=report.category,
            severity=report.severity,
            reporter=side,
            avoided=avoided,
            payout_period=report.payout_period,
            raised_at=now(),
            once=_key(report, by),
        )
        mine = _reporter(case, side, by, accounts, contacts)
        if side == HOST:
            for contact in theirs:
                people.add_contact(case, contact, "respondent")
        if answering and answering.id != by.user_id:
            people.add_account(case, answering, "respondent")
        detail = {
            "text": bool(report.text.strip()),
            "category": report.category,
            "severity": report.severity,
            "respondents": len(theirs) if side == HOST else int(answering is not None),
        }
        reasons = missing(State(), Actor(side, reporter=True), "submit", detail, Facts())
        if reasons:
            raise Refused(reasons)
        written = log.write(case, "position", report.text, side=side, author=mine, aim=report.aim)
        detail |= {**log.detail_of(written), "days": facts.present_days()}
        who = f"contact:{by.contact_id}" if side == PARTNER else f"user:{by.user_id}"
        event: Event = log.add(case.id, side, who, "submit", detail, now())
        services.project(case, apply(State(), event))
        if report.suggestion:
            settle_suggestion(report.suggestion, log.ref_of(case.id), by=by)
        if report.draft:
            drafts.raised(report.draft, log.ref_of(case.id), by)
        audit("conflicts.case_changed", log.ref_of(case.id), {"field": "submit"})
        telling.tell_moved(case, by.user_id, f"conflicts:{case.id}:1")
        if side == HOST:
            for contact in theirs:
                if contact.user_id is None:
                    telling.link(telling.STATEMENT, case, contact.id, by)
    return case


def raised_already(report: Report, by: Viewer) -> Case | None:
    """The case that this very form has raised, if it was sent before."""
    found: Case | None = Case.get_or_none(Case.once == _key(report, by)) if report.once else None
    return found


def _key(report: Report, by: Viewer) -> str | None:
    if not report.once:
        return None
    return once_key("case", by, report.once, report.title, report.text)


def bring_in(case_id: int, who: Viewer, person: int, side: str = "") -> str:
    """Let somebody take part, of one's own side if none is named; returns the name. Raises
    Refused."""
    with atomic():
        seat = services.held_seat(case_id, who)
        able = {one.side: dict(one.people) for one in vacancies(seat)}
        wanted = side or seat.side
        if wanted not in able:
            raise Refused([Missing("Only those who take part bring in others of their own side.")])
        found = {row.id: row for row in _colleagues(seat.case, wanted)}.get(person)
        if found is None:
            raise Refused([Missing("Choose somebody of that side.")])
        if person not in able[wanted]:
            raise Refused([Missing("This person takes part already.")])
        if isinstance(found, ContactRow):
            people.add_contact(seat.case, found, "respondent")
        else:
            people.add_account(seat.case, found, "respondent")
        log.add(case_id, seat.actor().side, seat.who, "join", {"side": wanted}, now())
        count = len(log.read(case_id))
        telling.tell_moved(seat.case, who.user_id, f"conflicts:{case_id}:{count}")
        audit("conflicts.case_changed", log.ref_of(case_id), {"field": "participants"})
    return found.name


class Vacancy(NamedTuple):
    """A side into which somebody can be brought: whom, and whether nobody of it is there."""

    side: str
    people: Sequence[tuple[int, str]]
    deserted: bool


def vacancies(seat: access.Seat) -> list[Vacancy]:
    """Into which sides somebody may bring people: their own; ours into the partner's too where all
    of its people in the case are gone, and administrators into ours where all of them are, so that
    no case waits for ever for somebody who has left."""
    if seat.case.status == "closed" or seat.reader.right == GLASS:
        return []
    mine = [seat.side] if seat.takes_part and seat.side in SIDES else []
    if not mine and not seat.actor().admin:
        return []
    gone = people.deserted(seat.case)
    sides = mine or [HOST for side in gone if side == HOST]
    if mine == [HOST] and PARTNER in gone:
        sides = [PARTNER, HOST]
    return [Vacancy(side, colleagues(seat.case, side), side in gone) for side in sides]


def colleagues(case: Case, side: str) -> list[tuple[int, str]]:
    """Who of one side could still be brought in: ids and names."""
    # Who is to mediate is no colleague any more; who was merely told can still be brought in.
    taking = people.participants(case.id)
    present = {
        part.contact if side == PARTNER else part.user for part in taking if part.role != "alerted"
    }
    return [(row.id, row.name) for row in _colleagues(case, side) if row.id not in present]


def _colleagues(case: Case, side: str) -> list[ContactRow] | list[AccountRow]:
    if side == PARTNER:
        return partner_contacts(case.partner_id)
    return [row for row in staff_accounts() if row.role in people.ACTING and row.id != case.avoided]


def ask_by_link(case_id: int, who: Viewer, participant_id: int) -> str:
    """Mail one of the partner's people a link to state their side without an account."""
    with atomic():
        seat = services.held_seat(case_id, who)
        part = Participant.get_or_none(
            Participant.id == participant_id,
            Participant.case == case_id,
            Participant.side == PARTNER,
            Participant.left.is_null(),
        )
        if not seat.takes_part or seat.side != HOST or part is None:
            raise Refused([Missing("Links are sent to the partner’s people who take part.")])
        send_link(telling.STATEMENT, log.ref_of(case_id), part.contact, by=who)
    return str(part.name)


def _reporter(
    case: Case,
    side: str,
    by: Viewer,
    accounts: dict[int, AccountRow],
    contacts: dict[int, ContactRow],
) -> Participant:
    if side == HOST:
        return people.add_account(case, accounts[by.user_id], "reporter")
    return people.add_contact(case, contacts[by.contact_id or 0], "reporter")
