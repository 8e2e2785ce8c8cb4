"""Answers of people who are known: found by their token or account, saved on the way, complete."""

import json
from dataclasses import dataclass
from typing import Any

from app.api import Partner, Viewer, atomic, kept, link_allowed, lock, now
from plugins.surveys import followups, people, surveys
from plugins.surveys.mailing import token_hash
from plugins.surveys.models import Invitation, Response, SurveyVersion, Token, Wave
from plugins.surveys.rules import definition as rules
from plugins.surveys.rules import questions
from plugins.surveys.rules.definition import Definition


class Closed(Exception):
    """The wave takes no answers, or this person has answered."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one person is asked, with what they have answered so far."""

    invitation: Invitation
    wave: Wave
    definition: Definition
    answers: dict[str, Any]
    complete: bool
    about: str  # the partner, where one of ours answers about it


def by_token(token: str) -> Sheet | None:
    """The sheet that a token opens; None where there is none such, or links are not allowed."""
    found = Token.get_or_none(Token.token_hash == token_hash(token[:100]))
    return sheet_of(found.invitation_id) if found and link_allowed(people.LINK) else None


def by_invitation(invitation_id: int, viewer: Viewer) -> Sheet | None:
    """The sheet of somebody who is signed in; None where it is not theirs."""
    found = Invitation.get_or_none(Invitation.id == invitation_id, mine(viewer))
    if found is None:
        return None
    sheet = sheet_of(found.id)
    return None if sheet.wave.mode == "anonymous" else sheet


def open_for(viewer: Viewer) -> list[tuple[Invitation, Wave, bool]]:
    """What somebody is asked just now by name, with whether they have begun."""
    found = _open_for(viewer)
    begun = dict(_answers([row.id for row in found])) if found else {}
    return [(row, row.wave, row.id in begun) for row in found if not begun.get(row.id)]


@kept
def _open_for(viewer: Viewer) -> Any:
    return (
        Invitation.select(Invitation, Wave)
        .join(Wave)
        .where(mine(viewer), Wave.state == "open", Wave.mode != "anonymous")
        .order_by(Wave.closes_on, Invitation.id)
        .limit(50)
    )


@kept
def _answers(invitation_ids: Any) -> Any:
    rows = Response.select(Response.invitation, Response.complete)
    return rows.where(Response.invitation.in_(invitation_ids)).tuples()


def anonymous_for(viewer: Viewer) -> list[Wave]:
    """The open anonymous waves that asked somebody; whether they have answered nobody knows."""
    asked = Invitation.select(Invitation.wave).where(mine(viewer))
    rows = Wave.select().where(Wave.id.in_(asked), Wave.state == "open", Wave.mode == "anonymous")
    return list(rows.order_by(Wave.closes_on, Wave.id).limit(20))


def given_by(viewer: Viewer) -> list[Invitation]:
    """What somebody has answered by name, the latest first."""
    rows = (
        Invitation.select(Invitation, Wave)
        .join(Wave)
        .join_from(Invitation, Response, on=(Response.invitation == Invitation.id))
        .where(mine(viewer), Response.complete)
        .order_by(Response.saved_at.desc())
        .limit(50)
    )
    return list(rows)


def save(sheet: Sheet, form: questions.Form) -> dict[str, str]:
    """Keep what somebody has answered so far; returns what does not fit. Raises: `Closed`."""
    answers, faults = questions.read(sheet.definition, form, partial=True)
    _write(sheet, answers, complete=False)
    return faults


def send(sheet: Sheet, form: questions.Form) -> dict[str, str]:
    """Answer to the end; returns what is wrong, and keeps what is not. Raises: `Closed`."""
    answers, faults = questions.read(sheet.definition, form)
    _write(sheet, answers, complete=not faults)
    return faults


def _write(sheet: Sheet, answers: dict[str, Any], *, complete: bool) -> None:
    with atomic():
        lock(f"surveys.invitation:{sheet.invitation.id}")
        wave = Wave.get_by_id(sheet.wave.id)
        response = Response.get_or_none(Response.invitation == sheet.invitation.id)
        if wave.state != "open" or (response is not None and response.complete):
            raise Closed
        surveys.lock_version(wave.survey_version_id)
        values = {"answers": json.dumps(answers), "complete": complete, "saved_at": now()}
        if response is None:
            response = Response.create(invitation=sheet.invitation, wave=wave, **values)
        else:
            Response.update(**values).where(Response.id == response.id).execute()
        if complete:
            low = questions.low(sheet.definition, answers)
            if low:
                followups.begin(response, wave, sheet.invitation, low)


def sheet_of(invitation_id: int) -> Sheet:
    """What an invited person is asked."""
    invitation = Invitation.get_by_id(invitation_id)
    wave = Wave.get_by_id(invitation.wave_id)
    version = SurveyVersion.get_by_id(wave.survey_version_id)
    response = Response.get_or_none(Response.invitation == invitation.id)
    about = ""
    if invitation.side == "host" and invitation.partner_id:
        about = Partner.get_by_id(invitation.partner_id).name
    return Sheet(
        invitation,
        wave,
        rules.loads(version.definition),
        json.loads(response.answers) if response else {},
        bool(response and response.complete),
        about,
    )


def locale_of(sheet: Sheet) -> str:
    """The language in which an invited person is written to; empty where none is known."""
    invitation = sheet.invitation
    found = people.reached(
        [invitation.contact] if invitation.contact else [],
        [invitation.user] if invitation.user else [],
    )
    person = found.get(invitation.person)
    return person.locale if person else ""


def mine(viewer: Viewer) -> Any:
    """The condition that an invitation is somebody's own."""
    if viewer.contact_id is not None:
        return Invitation.contact == viewer.contact_id
    return (Invitation.user == viewer.user_id) & Invitation.contact.is_null()
