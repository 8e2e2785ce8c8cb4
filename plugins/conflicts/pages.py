"""What a case's page shows to one reader: one builder for the desk, the portal and a guest."""

from dataclasses import dataclass
from typing import Any

from app.api import (
    Partner,
    grants_of,
    organisation,
    translations,
)
from plugins.conflicts import (
    access,
    case_forms,
    doings,
    facts,
    log,
    people,
    raising,
    sayings,
    words,
)
from plugins.conflicts.facts import Standing
from plugins.conflicts.rules.confidentiality import GLASS
from plugins.conflicts.rules.state import HOST, MEDIATOR, PARTNER, SIDES, STAGES, State
from plugins.conflicts.rules.turns import turn

_ = translations("conflicts").gettext


@dataclass(frozen=True, slots=True)
class TrackStep:
    """One step of the way, and whether it lies behind, here or ahead."""

    label: str
    there: str


def context(seat: access.Seat, failed: doings.Failed | None = None) -> dict[str, Any]:
    """Everything that the page needs; of somebody who sees the outline, the outline alone."""
    bad = failed or doings.Failed()
    found = facts.standing(seat.case, log.read(seat.case.id))
    actor = seat.actor()
    names = {HOST: organisation().name, PARTNER: _partner_name(seat), MEDIATOR: _("Mediator")}
    outline = {
        "case": seat.case,
        "seat": seat,
        "state": found.state,
        "clocks": list(found.clocks.values()),
        "nearest": facts.nearest(found.clocks),
        "words": words,
        "failed": bad,
        "names": names,
        "stages": [(n, words.stage_name(n)) for n in STAGES],
        "standing": seat.status(found.state.status),
        "outcome": found.state.outcome if seat.full else "",
        "turn": turn(found.state, done=found.facts.tasks_settled)
        if seat.full
        else turn(found.state) & {"admin"},
        "track": track(found.state) if seat.full else [],
        "mediator_form": doings.mediator_form_of(found, actor.admin, bad),
        "vacancies": raising.vacancies(seat),
    }
    if not seat.full:
        outline |= _candidate_part(seat, found, bad) | _glass_part(seat, bad)
        return outline
    texts = sayings.readable_texts(seat)
    taking = people.everybody(seat.case.id)
    acts = doings.acts(found, seat, bad, texts) if seat.takes_part else []
    first = doings.first(found.state, actor.side, found.facts)
    course = sayings.course(found, texts, taking, names)
    return outline | {
        "texts": texts,
        "people": people.participants(seat.case.id),
        "gone": {part.id for part in people.gone(seat.case)},
        "everybody": taking,
        "positions": {side: texts.get(found.state.position(side)) for side in SIDES},
        "restatements": {side: found.state.restatement(side) for side in SIDES},
        "statement": texts.get(found.state.statement),
        "whys": sayings.whys(found, texts),
        "offers": sayings.offers(found, texts),
        "steps": sayings.steps(found, taking, seat),
        "signatures": sayings.signatures(found, taking),
        "notes": [text for text in texts.values() if text.kind == "note"],
        "course": course,
        "records": doings.records(found, course),
        "now": sorted(
            (act for act in acts if act.action in first), key=lambda act: first.index(act.action)
        ),
        "later": [act for act in acts if act.action not in first],
        "issue_missing": doings.issue_missing(found, seat),
        "plan_rows": bad.plan or doings.plan_rows(found, seat),
        "plan_open": found.state.is_open and found.state.step == "agree" and seat.side in SIDES,
        "note_form": bad.note or doings.note_form(seat, found.state),
        "glass": grants_of(log.ref_of(seat.case.id), "glass"),
        "candidate": taking.get(found.state.candidate.id) if found.state.candidate else None,
        "glass_form": None,
        "broken": seat.reader.right == GLASS,
    }


def track(state: State) -> list[TrackStep]:
    """The steps from the core issue to the end of the case; of one that ended otherwise than
    resolved, those that lie behind it, and how it ended."""
    steps = ["identify", "explore", "agree"]
    if state.status == "closed" and state.outcome != "resolved":
        behind = steps.index(state.step) if state.step in steps else int(state.issue_confirmed)
        past = [TrackStep(str(words.STEPS[step]), "past") for step in steps[:behind]]
        return [*past, TrackStep(str(words.OUTCOMES[state.outcome]), "now")]
    if state.step in ("appoint", "route") and state.status in ("open", "paused"):
        steps.insert(0, state.step)
    ends = ("agreed", "resolved", "closed")
    labels = [words.STEPS[step] for step in steps] + [words.STATUSES[end] for end in ends]
    at = len(steps) + ends.index(state.status) if state.status in ends else steps.index(state.step)
    return [
        TrackStep(str(label), "past" if n < at else "now" if n == at else "ahead")
        for n, label in enumerate(labels)
    ]


def _partner_name(seat: access.Seat) -> str:
    """The partner's name for those who take part; the outline tells it to nobody."""
    if not seat.full and seat.side != PARTNER:
        return _("Partner")
    return str(Partner.select(Partner.name).where(Partner.id == seat.case.partner_id).scalar())


def _candidate_part(seat: access.Seat, found: Standing, bad: doings.Failed) -> dict[str, Any]:
    """What somebody who is to mediate can do before both sides have consented."""
    if not seat.is_candidate:
        return {"now": []}
    return {
        "now": [
            act
            for act in doings.acts(found, seat, bad, {})
            if act.action in ("declare", "step_down")
        ]
    }


def _glass_part(seat: access.Seat, bad: doings.Failed) -> dict[str, Any]:
    if not seat.may_look:
        return {"glass_form": None}
    return {"glass_form": bad.glass or case_forms.BreakGlassForm(formdata=None)}
