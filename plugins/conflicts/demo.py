"""Two cases for the sample desk: one whose solution is sought, one with a plan under way."""

from datetime import date, timedelta

from app.api import ContactRow, Partner, Viewer, organisation, partner_contacts, staff_accounts
from plugins.conflicts import log, people, raising, services, telling
from plugins.conflicts.models import Case
from plugins.conflicts.raising import Report
from plugins.conflicts.rules.machine import replay
from plugins.conflicts.rules.state import PARTNER, State
from plugins.conflicts.services import Said

EXPLORED, AGREED = "AURORA", "CEDAR"


def load() -> None:
    """Lead both cases through their steps, as both sides would."""
    for code, tell in ((EXPLORED, _explored), (AGREED, _agreed)):
        partner = Partner.get_or_none(Partner.code == code)
        if partner is None or Case.select().where(Case.partner == partner.id).exists():
            continue
        contact = next((row for row in partner_contacts(partner.id) if row.user_id), None)
        owner = next((row for row in staff_accounts() if row.id == partner.owner_id), None)
        if contact is None or owner is None:
            continue
        host = Viewer(owner.id, owner.name, owner.email, owner.role, frozenset({"conflicts.act"}))
        with telling.quietly():
            tell(partner, host, _as_viewer(contact, partner.id))


def _as_viewer(contact: ContactRow, partner_id: int) -> Viewer:
    return Viewer(
        contact.user_id or 0,
        contact.name,
        contact.email,
        "contact",
        frozenset({"conflicts.portal"}),
        partner_id=partner_id,
        contact_id=contact.id,
        can_sign=True,
    )


def _explored(partner: Partner, host: Viewer, contact: Viewer) -> None:
    name = partner.name
    case = raising.raise_case(
        partner.id,
        Report(
            title=f"Figures of {name} come late",
            text=f"For three months the figures of {name} reached us a week after the due day. Our"
            " report to the board went out with gaps.",
            aim=f"Figures of {name} by the fifth of each month.",
            category="operational",
            severity="high",
            respondents=(contact.contact_id or 0,),
        ),
        host,
    )
    _understood(
        case,
        host,
        contact,
        theirs=f"{name} had to re-enter every figure twice: the template changed in the middle of"
        " the quarter, and nobody told us.",
        wish=f"One template for {name} for the whole year.",
        problem=f"Nobody is named who keeps the template between us and {name} stable.",
        causes=["information", "unclear_role"],
    )
    services.act(
        case.id,
        "propose",
        host,
        Said(
            text=f"{name} sends the figures by the fifth. We freeze the template until summer.",
            kind="proposal",
        ),
    )
    services.act(
        case.id,
        "propose",
        contact,
        Said(
            text=f"{name} sends the figures by the eighth. We freeze the template until December,"
            " and name one person who keeps it.",
            kind="proposal",
        ),
    )


def _agreed(partner: Partner, host: Viewer, contact: Viewer) -> None:
    name = partner.name
    case = raising.raise_case(
        partner.id,
        Report(
            title=f"Who may reuse the recordings of {name}",
            text=f"{name} found its recordings in a course that nobody had asked about.",
            aim=f"{name} is asked before anything is used again.",
            category="contractual",
            severity="normal",
        ),
        contact,
    )
    _understood(
        case,
        host,
        contact,
        theirs=f"We read the agreement with {name} so that courses were included.",
        wish=f"A list of what {name} allows once and for all.",
        problem=f"The agreement with {name} does not say which uses need a question.",
        causes=["unclear_role"],
    )
    terms = f"Courses are allowed, everything else is asked of {name} first."
    services.act(case.id, "propose", contact, Said(text=terms, kind="proposal"))
    state = _state(case)
    services.act(case.id, "accept", host, Said(detail={"about": state.proposal}))
    taking = {part.side: part for part in people.participants(case.id)}
    day: date = organisation().today()
    services.draw_up_plan(
        case.id,
        host,
        [
            (
                f"List the courses that use recordings of {name}",
                taking["host"].id,
                day + timedelta(14),
            ),
            (f"Add a line to the agreement with {name}", taking[PARTNER].id, day + timedelta(30)),
        ],
    )
    for side in (host, contact):
        services.act(case.id, "sign", side, Said(detail={"hash": _state(case).plan}))


def _understood(
    case: Case,
    host: Viewer,
    contact: Viewer,
    *,
    theirs: str,
    wish: str,
    problem: str,
    causes: list[str],
) -> None:
    """From the answer to the core issue; `theirs` is what the side says that did not raise it."""
    raiser, answerer = (host, contact) if case.reporter == "host" else (contact, host)
    services.act(case.id, "position", answerer, Said(text=theirs, aim=wish, kind="position"))
    for reader, side, words in (
        (raiser, answerer, f"You see it like this: {theirs}"),
        (answerer, raiser, f"What matters to you: {case.title}."),
    ):
        of = _state(case).position(_side(side))
        services.act(
            case.id, "restate", reader, Said(text=words, kind="restatement", detail={"of": of})
        )
        found = _state(case).restatement(_side(reader))
        about = found.text if found else 0
        services.act(case.id, "confirm_restatement", side, Said(detail={"about": about}))
    services.act(case.id, "propose_statement", raiser, Said(text=problem, kind="statement"))
    services.act(
        case.id, "accept_statement", answerer, Said(detail={"about": _state(case).statement})
    )
    services.act(case.id, "name_causes", host, Said(detail={"causes": sorted(causes)}))
    for side in (host, contact):
        services.act(case.id, "confirm_issue", side)


def _side(viewer: Viewer) -> str:
    return "host" if viewer.is_staff else PARTNER


def _state(case: Case) -> State:
    return replay(log.read(case.id))
