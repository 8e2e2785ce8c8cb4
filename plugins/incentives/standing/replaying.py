"""A stored decision once more: from what it rested on, and against what is known today."""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

import msgspec

from app.api import Calendar
from plugins.incentives.programmes.definition import Definition, Requirement
from plugins.incentives.programmes.queries import definition_of
from plugins.incentives.standing import evidence, readings, state
from plugins.incentives.standing.cases import Act, Case
from plugins.incentives.standing.evaluate import Eligibility, eligible
from plugins.incentives.standing.evidence import UNKNOWN, Reading
from plugins.incentives.standing.machine import enrol, step
from plugins.incentives.standing.models import Evaluation
from plugins.incentives.standing.state import Event, Outcome, State

_SAID = "·" * 20  # a reason was given then; its words are no part of what decides


class Basis(NamedTuple):
    """What a decision rested on, read from its row."""

    definition: Definition
    inputs: dict[str, Reading]
    found: Eligibility
    before: State | None
    after: State


def basis(row: Evaluation) -> Basis:
    """What a stored decision rested on and came to."""
    return Basis(
        definition_of(row.programme_version),
        evidence.loads(row.inputs),
        msgspec.json.decode(row.findings, type=Eligibility),
        state.loads(row.before) if row.before else None,
        state.loads(row.after),
    )


def replay(row: Evaluation, old: Basis | None = None) -> tuple[Eligibility, Outcome]:
    """The decision once more, from its inputs alone: the same findings and the same outcome."""
    old = old or basis(row)
    calendar = Calendar(row.fiscal_start)
    event = Event(row.event)
    missed = event is Event.DECLARE or bool(old.before and old.before.declared)
    found = eligible(old.definition, old.inputs, missed=missed)
    if old.before is None:
        kind = old.definition.eligible[0] if old.definition.eligible else ""
        began = enrol(
            old.definition, partner_type=kind, status="", today=row.as_of, calendar=calendar
        )
        return found, began
    given: dict[str, Any] = msgspec.json.decode(row.act) if row.act else {}
    expires = given.get("expires")
    act = Act(_SAID, given.get("tier", ""), date.fromisoformat(expires) if expires else None)
    case = Case(found, old.definition, row.as_of, calendar, act)
    return found, step(old.before, event, case)


class Differs(NamedTuple):
    """A measure that says something else today than when it was decided on."""

    measure: str
    then: Reading
    now: Reading


def changed_since(row: Evaluation, partner_id: int, old: Basis | None = None) -> list[Differs]:
    """What was restated or reported since, of the periods that the decision looked at.

    The same windows are asked, as of the day of the decision: a month that has closed since is no
    change of what was known then.
    """
    old = old or basis(row)
    asked = readings.of_tiers(old.definition)
    today = readings.gather([partner_id], asked, row.as_of)[partner_id]
    keys = evidence.differing(old.inputs, today, [evidence.measure(one) for one in asked])
    return [Differs(key, old.inputs.get(key, UNKNOWN), today.get(key, UNKNOWN)) for key in keys]


def requirements_of(definition: Definition, measures: Iterable[str]) -> list[Requirement]:
    """What tiers ask of these measures, each question once."""
    wanted = set(measures)
    found = {}
    for one in readings.of_tiers(definition):
        key = evidence.measure(one)
        if key in wanted:
            found[key, one.operator, one.threshold] = one
    return list(found.values())
