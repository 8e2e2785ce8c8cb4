"""For how long things are kept, and the job that removes what is older."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from app.core import audit, clock
from app.core.db import atomic, upsert
from app.core.models import Retention

BATCH = 500  # rows of one transaction, which thus stays well under a second
LONGEST = 36_500  # days


class Rule(NamedTuple):
    """One kind of record: what it is called, and how the oldest go.

    `sweep` removes at most `limit` rows older than a moment and returns how many it found.
    """

    key: str
    label: Any
    help: Any
    default: int | None
    sweep: Callable[[datetime, int], int]


RULES: dict[str, Rule] = {}


def register(rule: Rule) -> None:
    """Let a slice's records be kept for a time that administrators choose; called at boot."""
    if RULES.setdefault(rule.key, rule) != rule:
        raise ValueError(f"two rules of retention are called {rule.key!r}")


def chosen() -> dict[str, int | None]:
    """For how many days each kind is kept; None: as long as the desk stands."""
    stored = dict(Retention.select(Retention.key, Retention.days).tuples())
    return {key: stored.get(key, rule.default) for key, rule in RULES.items()}


def change(wanted: Mapping[str, int | None]) -> None:
    """Choose how long things are kept. What is past its time goes with the next daily run."""
    with atomic():
        before = chosen()
        changes = audit.differences(before, {k: v for k, v in wanted.items() if k in RULES})
        if not changes:
            return
        upsert(Retention, [{"key": each.field, "days": each.after} for each in changes])
        audit.record(
            "retention.changed",
            "organisation:1",
            {"fields": [each.field for each in changes]},
            changes=changes,
        )


def apply() -> None:
    """Remove what is older than it is kept: a daily job, in many small transactions."""
    now = clock.now()
    for key, days in chosen().items():
        if days is None:
            continue
        before = now - timedelta(days=days)
        full = True
        while full:
            with atomic():
                full = RULES[key].sweep(before, BATCH) >= BATCH
