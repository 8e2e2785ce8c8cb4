"""What our side records for the partner, with how it said so, and the partner may undo: pure.

Source: domain specification §0, On behalf. Never restatements, nor what both say of the problem,
nor consent to a mediator: nobody feels understood by proxy.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from plugins.conflicts.rules.guards import Actor, Facts, Guard, Missing
from plugins.conflicts.rules.records import key
from plugins.conflicts.rules.state import PARTNER, State


def of_partner(guard: Guard) -> Guard:
    """The guard as it would look at the partner's own act."""

    def looked(s: State, a: Actor, d: Mapping[str, Any], f: Facts) -> list[Missing]:
        return guard(s, replace(a, side=PARTNER), d, f)

    return looked


def evidence(_s: State, _a: Actor, d: Mapping[str, Any], _f: Facts) -> list[Missing]:
    """How the partner said so."""
    return [] if d.get("text") else [Missing("Say how the partner said so, and who did.")]


def not_undone(action: str) -> Guard:
    """The partner has not undone the same before."""

    def looked(s: State, _a: Actor, _d: Mapping[str, Any], _f: Facts) -> list[Missing]:
        if key(s, action) in s.undone:
            return [Missing("The partner undid this once: it is for them to say.")]
        return []

    return looked


def same_record(s: State, _a: Actor, d: Mapping[str, Any], _f: Facts) -> list[Missing]:
    """The latest record, as it was read."""
    if d.get("about") != s.recorded[-1].text:
        return [Missing("Something else was recorded on your behalf meanwhile: read it first.")]
    return []


def in_time(_s: State, _a: Actor, _d: Mapping[str, Any], f: Facts) -> list[Missing]:
    """Within ten business days."""
    if f.undo_over:
        return [Missing("The ten business days in which this could be undone are over.")]
    return []
