"""Figures of derived KPIs: they follow their inputs in the transaction that changes these.

Each is an ordinary approved figure whose source is "derived", so that scorecards, roll-ups,
explanations, events and exports read it like any other. Source: domain specification §2, Derived.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from app.core import clock
from app.core.db import is_sqlite
from app.core.kpis import sql
from app.core.kpis.figures import needs_parts
from app.core.kpis.known import Derivation, Known, lineage, neighbour, subperiods
from app.core.kpis.rules import Definition, Reading, ValueType, roll_up
from app.core.kpis.rules.formula import Input, Outcome, evaluate
from app.core.kpis.services.revisions import (
    KEY,
    NOTHING,
    REVISION,
    VALUE,
    reserve_ids,
    retire,
    standings,
)
from app.core.kpis.totals import Change, Figure
from app.core.money import round_half_away
from app.core.quantities import LIMIT, MILLION

SOURCE = "derived"
UNKNOWN = "unknown"  # the state of a revision that says: no longer known

_Place: TypeAlias = tuple[int, int]  # partner and period
_Figures: TypeAlias = dict[Input, Fraction | None]


class Derived(NamedTuple):
    """A derived figure that has just become current, or is no longer known."""

    change: Change
    revision_id: int


def follow(changed: Iterable[Change], known: Known) -> list[Derived]:
    """Work out what hangs on figures that have just been written, in the same transaction.

    The values of derived KPIs and their revisions are written here; totals, scorecards and events
    are the caller's.
    """
    if not known.derivations:
        return []
    moved: dict[int, set[_Place]] = {}
    for change in changed:
        moved.setdefault(change.kpi_id, set()).add((change.partner_id, change.period))
    written: list[Derived] = []
    for derivation in known.derivations:  # each after those that it reads
        wanted = _touched(derivation, moved, known)
        if wanted:
            found = _write(derivation, sorted(wanted), known)
            moved[derivation.kpi_id] = {(d.change.partner_id, d.change.period) for d in found}
            written += found
    return written


def foresee(changes: Sequence[Change], known: Known) -> list[Change]:
    """What would hang on figures if they were written: derived ones, each after those it reads.

    Nothing is written; locked figures stay.
    """
    if not known.derivations:
        return []
    instead: dict[tuple[int, int, int], Reading | None] = {}
    moved: dict[int, set[_Place]] = {}
    for change in changes:
        moved.setdefault(change.kpi_id, set()).add((change.partner_id, change.period))
    found: list[Change] = []
    _suppose(instead, changes)
    for derivation in known.derivations:
        places = sorted(_touched(derivation, moved, known))
        if not places:
            continue
        figures = _figures(derivation, places, known, instead)
        standing = standings([(id_, derivation.kpi_id, period) for id_, period in places])
        changed: list[Change] = []
        for partner_id, period in places:
            key = (partner_id, derivation.kpi_id, period)
            before = standing.get(key, NOTHING)
            outcome = evaluate(derivation.formula, figures[partner_id, period])
            figure = stored_figure(derivation.definition, outcome)
            if figure != before.current and not before.locked:
                changed.append(Change(*key, before.current, figure))
        _suppose(instead, changed)
        moved[derivation.kpi_id] = {(one.partner_id, one.period) for one in changed}
        found += changed
    return found


def _suppose(
    instead: dict[tuple[int, int, int], Reading | None], changes: Iterable[Change]
) -> None:
    for one in changes:
        reading = Reading(one.period, *one.new) if one.new else None
        instead[one.partner_id, one.kpi_id, one.period] = reading


def recompute(derivation: Derivation, partner_ids: Sequence[int], known: Known) -> list[Derived]:
    """Work out all figures of a derived KPI, and what hangs on them, for these partners."""
    own: set[_Place] = set()
    moved: dict[int, set[_Place]] = {}
    wanted_ids = [*derivation.sources.values(), derivation.kpi_id]
    for kpi_id, partner_id, period in _stored(wanted_ids, partner_ids):
        places = own if kpi_id == derivation.kpi_id else moved.setdefault(kpi_id, set())
        places.add((partner_id, period))
    found = _write(derivation, sorted(own | _touched(derivation, moved, known)), known)
    return found + follow([one.change for one in found], known)


def outcome(
    derivation: Derivation, partner_id: int, period: int, known: Known
) -> tuple[Outcome, Mapping[Input, Fraction | None]]:
    """What a formula comes to at this moment, and the figures that it reads."""
    figures = _figures(derivation, [(partner_id, period)], known)[partner_id, period]
    return evaluate(derivation.formula, figures), figures


def stored_figure(definition: Definition, outcome: Outcome) -> Figure | None:
    """An outcome as it is stored: exact parts where the KPI keeps them; None is unknown.

    What a millionth cannot hold is rounded, half away from zero; what is too large is not known.
    """
    if outcome.value is None:
        return None
    with_parts = needs_parts(definition) or definition.value_type is ValueType.PERCENT
    if with_parts and outcome.num is not None and outcome.den is not None:
        num, den = round_half_away(outcome.num * MILLION), round_half_away(outcome.den * MILLION)
        if den == 0 or max(abs(num), den) > LIMIT:
            return None
        return Figure(None, num, den)
    value = round_half_away(outcome.value * MILLION)
    return Figure(value) if abs(value) <= LIMIT else None


def _touched(derivation: Derivation, moved: Mapping[int, set[_Place]], known: Known) -> set[_Place]:
    """Where figures of a derived KPI change after those that it reads."""
    kind = derivation.definition.frequency
    found: set[_Place] = set()
    for needed, kpi_id in derivation.sources.items():
        for partner_id, key in moved.get(kpi_id, ()):
            for period in lineage(known.calendar, key):
                if period.kind is kind:
                    at = neighbour(known.calendar, period, 1) if needed.prior else period
                    if at is not None:
                        found.add((partner_id, at.key))
    return found


def _write(derivation: Derivation, places: Sequence[_Place], known: Known) -> list[Derived]:
    """Bring a derived KPI's figures in these places up to date; locked ones stay."""
    if not places:
        return []
    figures = _figures(derivation, places, known)
    keys = [(partner_id, derivation.kpi_id, period) for partner_id, period in places]
    standing = standings(keys)
    changed: list[tuple[tuple[int, int, int], Figure | None]] = []
    for key in keys:
        before = standing.get(key, NOTHING)
        found = evaluate(derivation.formula, figures[key[0], key[2]])
        figure = stored_figure(derivation.definition, found)
        if figure != before.current and not before.locked:
            changed.append((key, figure))
    if not changed:
        return []
    ids = reserve_ids(len(changed))
    now = clock.now()
    moment = str(now) if is_sqlite() else now
    sql.insert(
        "revision",
        REVISION,
        [
            (
                *(id_, *key, standing.get(key, NOTHING).last_n + 1),
                *("approved" if figure else UNKNOWN, *(figure or Figure()), "", "", "", SOURCE),
                *(None, moment, None, moment, True),
            )
            for id_, (key, figure) in zip(ids, changed, strict=True)
        ],
    )
    retire(standing.get(key, NOTHING).current_id for key, _ in changed)
    sql.insert(
        "value",
        VALUE,
        [
            (*key, *figure, id_, False, None)
            for id_, (key, figure) in zip(ids, changed, strict=True)
            if figure is not None
        ],
        KEY,
    )
    sql.run_many(
        "DELETE FROM value WHERE partner_id = ? AND kpi_id = ? AND period = ?",
        [key for key, figure in changed if figure is None],
    )
    return [
        Derived(Change(*key, standing.get(key, NOTHING).current, figure), id_)
        for id_, (key, figure) in zip(ids, changed, strict=True)
    ]


def _figures(
    derivation: Derivation,
    places: Sequence[_Place],
    known: Known,
    instead: Mapping[tuple[int, int, int], Reading | None] | None = None,
) -> dict[_Place, _Figures]:
    """What a formula reads in each place: one query for each KPI and some hundred partners.

    `instead` holds figures that are supposed to stand in place of the stored ones.
    """
    wanted: dict[_Place, dict[Input, tuple[int, ...]]] = {}
    for place in places:
        parts = {
            needed: _parts(needed, kpi_id, place[1], known)
            for needed, kpi_id in derivation.sources.items()
        }
        wanted[place] = parts
    readings: dict[tuple[int, int, int], Reading | None] = {}
    partner_ids = {partner_id for partner_id, _ in places}
    for kpi_id in set(derivation.sources.values()):
        periods = [
            key
            for parts in wanted.values()
            for needed, keys in parts.items()
            if derivation.sources[needed] == kpi_id
            for key in keys
        ]
        if not periods:
            continue
        for chunk in sql.chunks(partner_ids):
            for partner_id, *row in sql.rows(
                "SELECT partner_id, period, value, num, den FROM value"
                f" WHERE partner_id IN ({sql.marks(len(chunk))}) AND kpi_id = ?"
                " AND period BETWEEN ? AND ?",
                *chunk,
                kpi_id,
                min(periods),
                max(periods),
            ):
                readings[partner_id, kpi_id, row[0]] = Reading(*row)
    readings |= instead or {}
    return {
        place: {
            needed: _rolled_up(
                known.definitions[derivation.sources[needed]],
                [readings.get((place[0], derivation.sources[needed], key)) for key in keys],
            )
            for needed, keys in parts.items()
        }
        for place, parts in wanted.items()
    }


def _parts(needed: Input, kpi_id: int, key: int, known: Known) -> tuple[int, ...]:
    """The periods of an input that a period of the derived KPI reads."""
    period = lineage(known.calendar, key)[0]
    base = neighbour(known.calendar, period, -1) if needed.prior else period
    if base is None:
        return ()
    return subperiods(known.calendar, base, known.definitions[kpi_id].frequency)


def _rolled_up(definition: Definition, readings: Sequence[Reading | None]) -> Fraction | None:
    """An input's figure, known only where every part of its period is reported."""
    there = [reading for reading in readings if reading is not None]
    if not there or len(there) < len(readings):
        return None
    return roll_up(definition, there, [], subperiod_count=len(there)).actual


def _stored(kpi_ids: Sequence[int], partner_ids: Sequence[int]) -> list[tuple[int, int, int]]:
    found: list[tuple[int, int, int]] = []
    for chunk in sql.chunks(partner_ids):
        found += sql.rows(
            "SELECT kpi_id, partner_id, period FROM value"
            f" WHERE partner_id IN ({sql.marks(len(chunk))})"
            f" AND kpi_id IN ({sql.marks(len(kpi_ids))})",
            *chunk,
            *kpi_ids,
        )
    return found
