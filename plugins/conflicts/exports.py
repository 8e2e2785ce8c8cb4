"""What somebody takes away: the settlement as PDF, and the case as far as they may read it."""

import json
from typing import Any

from flask import Response, abort
from flask_babel import format_date, format_datetime

from app.api import Partner, atomic, audit, organisation, pdf, translations
from plugins.conflicts import access, facts, log, people, sayings, words
from plugins.conflicts.rules.state import HOST, SIDES

_ = translations("conflicts").gettext


def settlement(case_id: int) -> Any:
    """What both sides agreed on: the problem, the terms, the steps, the signatures."""
    seat = access.seat_or_404(case_id)
    found = facts.standing(seat.case, log.read(case_id))
    texts = sayings.readable_texts(seat)
    terms = texts.get(found.state.accepted)
    if not seat.full or terms is None or not found.state.plan:
        abort(404)
    taking = people.everybody(case_id)
    partner = str(Partner.select(Partner.name).where(Partner.id == seat.case.partner_id).scalar())
    names = {HOST: organisation().name, "partner": partner}
    statement = texts.get(found.state.statement)
    signed = sayings.signatures(found, taking)
    data = {
        "title": _("Settlement %(number)s", number=seat.case.number),
        "running": seat.case.number,
        "foot": _(
            "Confidential between %(host)s and %(partner)s", host=names[HOST], partner=partner
        ),
        "subtitle": f"{names[HOST]} · {partner}",
        "case_title": seat.case.title,
        "heads": {
            "problem": _("The problem that both sides share"),
            "causes": _("Root causes"),
            "terms": _("What was agreed"),
            "steps": _("Steps"),
            "signatures": _("Signatures"),
        },
        "problem": statement.body if statement else "",
        "causes": [str(words.CAUSES[cause]) for cause in found.state.causes],
        "terms": terms.body,
        "columns": [_("What"), _("Who"), _("Due by")],
        "steps": [
            {
                "what": step.what,
                "who": f"{taking[step.participant_id].name} ({names.get(step.side, '')})",
                "by": format_date(step.due),
            }
            for step in found.steps
        ],
        "signatures": [
            {
                "who": one.name,
                "side": _("on behalf of %(partner)s", partner=partner)
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
    return pdf("conflicts/settlement.typ", data, f"settlement-{seat.case.number}")


def whole(case_id: int) -> Response:
    """The case with its log and every text that this person may read, as JSON."""
    seat = access.seat_or_404(case_id)
    if not seat.full:
        abort(404)
    texts = sayings.readable_texts(seat)
    events = log.read(case_id)
    found = facts.standing(seat.case, events)
    taking = people.everybody(case_id)
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
            }
            for step in found.steps
        ],
        "log": log.lines(case_id),
    }
    with atomic():
        audit("conflicts.case_exported", log.ref_of(case_id))
    answer = Response(json.dumps(data, ensure_ascii=False, indent=1), mimetype="application/json")
    name = f"{seat.case.number}.json"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
