"""Patterns: what closed cases tell together. Nothing is told of fewer than five, nor by partner."""

from collections import Counter
from contextlib import suppress
from typing import Any

from plugins.conflicts import facts, log, words
from plugins.conflicts.models import Case
from plugins.conflicts.rules import metrics
from plugins.conflicts.rules.machine import apply
from plugins.conflicts.rules.state import CATEGORIES, CAUSES, STAGES, State

READ_AT_ONCE = 500


def context() -> dict[str, Any]:
    """What the page shows."""
    cases = ended()
    causes: Counter[str] = Counter(cause for case in cases for cause in case.causes)
    by_category = metrics.of_parts(
        {key: [case for case in cases if case.category == key] for key in CATEGORIES},
        *(metrics.resolution, metrics.escalation, metrics.recurrence),
    )
    by_stage = metrics.of_parts(
        {stage: [case for case in cases if case.stage == stage] for stage in STAGES},
        *(metrics.resolution, metrics.recurrence),
    )
    shown = metrics.told({cause: causes[cause] for cause in CAUSES})
    outcomes = metrics.told({key: sum(c.outcome == key for c in cases) for key in words.OUTCOMES})
    return {
        "fewest": metrics.FEWEST,
        "count": len(cases) if len(cases) >= metrics.FEWEST else None,
        "resolution": metrics.guarded(
            metrics.resolution(cases), hidden=None in (outcomes["resolved"], outcomes["unresolved"])
        ),
        "escalation": metrics.guarded(metrics.escalation(cases)),
        "recurrence": metrics.guarded(
            metrics.recurrence(cases), hidden=outcomes["resolved"] is None
        ),
        "by_category": [
            (str(words.CATEGORIES[category]), *rates) for category, rates in by_category.items()
        ],
        "by_stage": [(words.stage_name(stage), *rates) for stage, rates in by_stage.items()],
        "stages": [words.stage_name(stage) for stage in STAGES],
        "matrix": [
            (str(words.CATEGORIES[category]), list(cells.values()))
            for category, cells in metrics.by_category_and_stage(cases, CATEGORIES).items()
        ],
        "causes": [
            (str(words.CAUSES[cause]), count) for cause, count in shown.items() if count != 0
        ],
        "outcomes": [(str(words.OUTCOMES[key]), n) for key, n in outcomes.items() if n != 0],
        "medians": [
            (words.stage_name(stage), hours)
            for stage, (_, hours) in metrics.stage_medians(cases).items()
        ],
    }


def ended() -> list[metrics.Ended]:
    """The closed cases as the metrics take them."""
    rows = list(Case.select().where(Case.status == "closed").order_by(Case.id))
    found = []
    hours = facts.hours() if rows else None
    for at in range(0, len(rows), READ_AT_ONCE):
        part = rows[at : at + READ_AT_ONCE]
        logs = log.read_many([case.id for case in part])
        for case in part:
            found.append(
                metrics.Ended(
                    case.partner_id,
                    case.outcome,
                    case.stage,
                    case.category,
                    tuple(case.causes.split()),
                    case.raised_at,
                    case.closed_at,
                    case.reopened,
                    _spent(logs.get(case.id, ()), hours),
                )
            )
    return found


def _spent(events: Any, hours: Any) -> tuple[tuple[int, float], ...]:
    """The business hours that a case was open in each stage that it went through."""
    spent: dict[int, float] = {}
    state, since = State(), None
    with suppress(*facts.UNREADABLE):  # a log that cannot be read tells nothing from there on
        for event in events:
            if state.status == "open" and since is not None:
                spent[state.stage] = spent.get(state.stage, 0.0) + hours.between(since, event.at)
            state, since = apply(state, event), event.at
    return tuple(spent.items())
