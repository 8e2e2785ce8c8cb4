"""What somebody takes away: the settlement as PDF, and the case as far as they may read it."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import Response, abort
from flask_babel import format_date, format_datetime

from app.api import Partner, TaskRow, atomic, audit, grants_of, organisation, pdf, translations
from plugins.conflicts import access, facts, log, people, sayings, words
from plugins.conflicts.facts import Standing
from plugins.conflicts.models import Participant, PlanStep, Text
from plugins.conflicts.rules.state import HOST, MEDIATOR, PARTNER, SIDES

_ = translations("conflicts").gettext


class Taken(NamedTuple):
    """A case as its reader takes it away."""

    seat: access.Seat
    found: Standing
    texts: Mapping[int, Text]  # those that the reader may read
    taking: Mapping[int, Participant]
    names: Mapping[str, str]  # of the sides


def _taken(case_id: int) -> Taken:
    """The case for whoever asks; 404 for those who see no more than its outline."""
    seat = access.seat_or_404(case_id)
    found = facts.standing(seat.case, log.read(case_id))
    if not seat.full:
        abort(404)
    partner = str(Partner.select(Partner.name).where(Partner.id == seat.case.partner_id).scalar())
    names = {HOST: organisation().name, PARTNER: partner, MEDIATOR: _("Mediator")}
    return Taken(seat, found, sayings.readable_texts(seat), people.everybody(case_id), names)


def settlement(case_id: int) -> Any:
    """What both sides agreed on: the problem, the terms, the steps, the signatures."""
    taken = _taken(case_id)
    if not taken.found.state.accepted or not taken.found.state.plan:
        abort(404)
    data = _sheet(taken, _("Settlement %(number)s", number=taken.seat.case.number))
    return pdf(
        "conflicts/settlement.typ", data | _agreed(taken), f"settlement-{taken.seat.case.number}"
    )


def record(case_id: int) -> Any:
    """The whole case to be read on paper: what was said, tried, agreed and done, by whom."""
    taken = _taken(case_id)
    case, found = taken.seat.case, taken.found
    told = sayings.course(found, taken.texts, taken.taking, taken.names)
    data = _sheet(taken, _("Case %(number)s", number=case.number)) | {
        "about": " · ".join(
            str(word)
            for word in (
                words.CATEGORIES[case.category],
                words.SEVERITIES[case.severity],
                words.stage_name(found.state.stage),
                words.OUTCOMES[found.state.outcome]
                if found.state.outcome
                else words.STATUSES[found.state.status],
            )
        ),
        "sides": [_side(taken, side) for side in SIDES],
        "whys": sayings.whys(found, taken.texts),
        "offers": [
            {
                "head": f"{taken.names[offer.side]} · {format_datetime(offer.at)}",
                "text": offer.text.body,
            }
            for offer in reversed(sayings.offers(found, taken.texts))
        ],
        "notes": [
            {"head": _note_head(taken, text), "text": text.body}
            for text in taken.texts.values()
            if text.kind == "note"
        ],
        "people": [
            f"{part.name} ({taken.names[part.side]})"
            for part in taken.taking.values()
            if part.role not in people.OBSERVERS
        ],
        "looks": [
            f"{look.name} · {format_datetime(look.granted_at)}: {look.reason}"
            for look in grants_of(log.ref_of(case.id), "glass")
        ],
        "course": [
            {
                "at": format_datetime(line.at),
                "text": f"{line.name} {line.label}".strip(),
                "said": line.text,
            }
            for line in reversed(told)
        ],
    }
    data["heads"] |= {
        "offers": _("Proposals"),
        "notes": _("Notes"),
        "people": _("Who takes part"),
        "looks": _("Administrators who looked without taking part"),
        "course": _("What happened"),
        "aim": _("What they would like:"),
    }
    agreed = _agreed(taken) if found.state.plan else {"steps": []}
    _note_export(case_id)
    return pdf("conflicts/record.typ", data | agreed, f"case-{case.number}")


def _sheet(taken: Taken, title: str) -> dict[str, Any]:
    """What both documents begin with."""
    case, state, names = taken.seat.case, taken.found.state, taken.names
    statement, terms = taken.texts.get(state.statement), taken.texts.get(state.accepted)
    return {
        "title": title,
        "running": case.number,
        "foot": _(
            "Confidential between %(host)s and %(partner)s",
            host=names[HOST],
            partner=names[PARTNER],
        ),
        "subtitle": f"{names[HOST]} · {names[PARTNER]}",
        "case_title": case.title,
        "heads": {
            "problem": _("The problem that both sides share"),
            "causes": _("Root causes"),
            "terms": _("What was agreed"),
            "steps": _("Steps"),
            "signatures": _("Signatures"),
        },
        "problem": statement.body if statement else "",
        "causes": [str(words.CAUSES[cause]) for cause in state.causes],
        "terms": terms.body if terms else "",
    }


def _agreed(taken: Taken) -> dict[str, Any]:
    """The steps of the plan, as far as they are done, and who signed."""
    found, names = taken.found, taken.names
    signed = sayings.signatures(found, taken.taking)
    return {
        "columns": [_("What"), _("Who"), _("Due by"), _("State")],
        "steps": [
            {
                "what": step.what,
                "who": f"{taken.taking[step.participant_id].name} ({names.get(step.side, '')})",
                "by": format_date(step.due),
                "state": str(words.TASKS[task.state]) if (task := _task(found, step)) else "",
            }
            for step in found.steps
        ],
        "signatures": [
            {
                "who": one.name,
                "side": _("on behalf of %(partner)s", partner=names[PARTNER])
                if one.on_behalf
                else names[side],
                "at": format_datetime(one.at),
            }
            for side, one in signed.items()
        ],
        "unsigned": [
            _("Not signed yet by %(side)s", side=names[side])
            for side in SIDES
            if side not in signed
        ],
        "hash_label": _("Both sides signed the text with this fingerprint (SHA-256):"),
        "hash": found.state.plan,
    }


def _task(found: Standing, step: PlanStep) -> TaskRow | None:
    return found.tasks.get(step.task) if step.task else None


def _side(taken: Taken, side: str) -> dict[str, str]:
    """A side's position, what it would like, and how the other understood it."""
    state, texts = taken.found.state, taken.texts
    said = texts.get(state.position(side))
    there = PARTNER if side == HOST else HOST
    back = state.restatement(there)
    heard = texts.get(back.text) if back and said and back.of == said.id else None
    return {
        "name": taken.names[side],
        "text": said.body if said else _("Has not stated a position yet."),
        "aim": said.aim if said else "",
        "heard_by": ""
        if heard is None or back is None
        else _("Understood by %(side)s, confirmed:", side=taken.names[there])
        if back.confirmed
        else _("%(side)s understood, to be confirmed:", side=taken.names[there]),
        "heard": heard.body if heard else "",
    }


def _note_head(taken: Taken, text: Text) -> str:
    author = taken.taking.get(text.author_id)
    words_ = (author.name if author else "", format_datetime(text.at), words.LEVELS[text.level])
    return " · ".join(str(word) for word in words_ if word)


def _note_export(case_id: int) -> None:
    with atomic():
        audit("conflicts.case_exported", log.ref_of(case_id))


def whole(case_id: int) -> Response:
    """The case with its log and every text that this person may read, as JSON."""
    seat, found, texts, taking, _names = _taken(case_id)
    data = {
        "number": seat.case.number,
        "title": seat.case.title,
        "category": seat.case.category,
        "severity": seat.case.severity,
        "status": found.state.status,
        "stage": found.state.stage,
        "outcome": found.state.outcome,
        "participants": [
            {"name": part.name, "side": part.side, "role": part.role} for part in taking.values()
        ],
        "texts": [
            {
                "number": text.id,
                "kind": text.kind,
                "level": text.level,
                "side": text.side,
                "by": taking[text.author_id].name if text.author_id in taking else "",
                "at": text.at.isoformat(),
                "text": text.body,
                "aim": text.aim,
                "salt": text.salt,
            }
            for text in texts.values()
        ],
        "steps": [
            {
                "n": step.n,
                "what": step.what,
                "by": taking[step.participant_id].name,
                "due": step.due.isoformat(),
                "task": _task_of(found, step),
            }
            for step in found.steps
        ],
        "looked": [
            {"name": look.name, "at": look.granted_at.isoformat(), "reason": look.reason}
            for look in grants_of(log.ref_of(case_id), "glass")
        ],
        "log": log.lines(case_id),
    }
    _note_export(case_id)
    answer = Response(json.dumps(data, ensure_ascii=False, indent=1), mimetype="application/json")
    name = f"{seat.case.number}.json"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _task_of(found: Standing, step: PlanStep) -> dict[str, Any] | None:
    """How far a step has come: nothing before both have signed."""
    task = _task(found, step)
    if task is None:
        return None
    return {
        "state": task.state,
        "due": task.due.isoformat(),
        "missed_times": task.missed_times,
        "responsible": task.responsible,
    }
