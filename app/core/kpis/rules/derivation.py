"""How derived KPIs hang together: what each reads, in which order they follow, what is refused.

Source: domain specification §2, Derived.
"""

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from app.core.kpis.rules.figures import Aggregation, Definition, ValueType
from app.core.kpis.rules.formula import Formula, FormulaError, Input, parse


class Source(NamedTuple):
    """A KPI as formulas read it; one that is reported has no formula."""

    definition: Definition
    formula: str = ""


def check(code: str, sources: Mapping[str, Source]) -> None:
    """Refuse the formula of this KPI where it cannot be worked out; raises FormulaError.

    `sources` are all KPIs by code, this one among them as it is about to be.
    """
    own = sources[code]
    formula = parse(own.formula)
    for needed in formula.inputs:
        _check_input(code, own.definition, formula, needed, sources)
    _check_figure(own.definition, formula)
    circle = cycle({code_: source.formula for code_, source in sources.items()})
    if code in circle:
        raise FormulaError(
            "At character %(at)s: this goes round in a circle: %(circle)s.",
            at=_at(formula, circle[(circle.index(code) + 1) % len(circle)]),
            circle=" → ".join([*circle, circle[0]]),
        )


def cycle(formulas: Mapping[str, str]) -> list[str]:
    """Codes that read each other in a circle; empty where there is none."""
    try:
        order(formulas)
    except CycleError as error:
        found: list[str] = error.args[1]
        return list(reversed(found[1:]))
    return []


def order(formulas: Mapping[str, str]) -> list[str]:
    """The codes of derived KPIs, each after those that it reads; raises CycleError."""
    graph = {
        code: {needed.code for needed in parse(text).inputs}
        for code, text in sorted(formulas.items())
        if text
    }
    return [code for code in TopologicalSorter(graph).static_order() if code in graph]


def _check_input(
    code: str,
    definition: Definition,
    formula: Formula,
    needed: Input,
    sources: Mapping[str, Source],
) -> None:
    at = _at(formula, needed.code)
    if needed.code == code:
        raise FormulaError("At character %(at)s: a KPI cannot be worked out from itself.", at=at)
    if needed.code not in sources:
        raise FormulaError(
            "At character %(at)s: no KPI has the code “%(code)s”.", at=at, code=needed.code
        )
    read = sources[needed.code].definition
    if read.value_type is ValueType.ORDINAL:
        raise FormulaError(
            "At character %(at)s: %(code)s has levels, which are no numbers to reckon with.",
            at=at,
            code=needed.code,
        )
    if read.frequency.rank > definition.frequency.rank:
        raise FormulaError(
            "At character %(at)s: %(code)s is reported less often than this KPI.",
            at=at,
            code=needed.code,
        )
    if read.frequency is not definition.frequency and not _rolls_up(read):
        raise FormulaError(
            "At character %(at)s: %(code)s is reported more often, and percentages without their"
            " parts do not roll up.",
            at=at,
            code=needed.code,
        )


def _rolls_up(definition: Definition) -> bool:
    return definition.value_type is not ValueType.PERCENT or definition.aggregation not in (
        Aggregation.SUM,
        Aggregation.MEAN,
    )


def _check_figure(definition: Definition, formula: Formula) -> None:
    if definition.value_type is ValueType.ORDINAL:
        raise FormulaError("Levels cannot be worked out by a formula.", at=1)
    by_parts = definition.aggregation is Aggregation.RATIO
    if (by_parts or definition.value_type is ValueType.RATIO) and not formula.divides:
        raise FormulaError(
            "A ratio keeps two parts, so its formula ends in a division: write (…) / (…), or"
            " choose another kind of figure and roll-up.",
            at=1,
        )


def _at(formula: Formula, code: str) -> int:
    return formula.places.get(code, 0) + 1
