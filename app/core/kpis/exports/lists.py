"""The columns of the KPI pages' lists as files; numbers leave exact and unrounded."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from flask import g
from flask_babel import gettext as _

from app.core.kpis import queries
from app.core.kpis.labels import kpi_word
from app.core.kpis.presentation import period_code, source
from app.core.kpis.rules import Reading, roll_up
from app.core.periods import Period
from app.tables import Cell, Column, amount, exact

EVERYTHING = 100_000  # rows of one list at most; nobody reads on


def catalogue(totals: Mapping[int, list[Any]], period: Any) -> list[Column]:
    """KPI definitions with the portfolio's total of a period, one per currency."""
    label = period_code(period)

    def total(kpi: Any) -> Cell:
        rows = [row for row in totals.get(kpi.id, ()) if row.value is not None]
        if len(rows) > 1:  # currencies are never added up
            return "; ".join(f"{exact(row.value):f} {row.currency}" for row in rows)
        return rows[0].value if rows else None

    return [
        Column(_("Code"), lambda kpi: kpi.code),
        Column(_("Name"), lambda kpi: kpi.name),
        Column(_("Category"), lambda kpi: kpi_word("category", kpi.category)),
        Column(_("Value type"), lambda kpi: kpi_word("value_type", kpi.value_type)),
        Column(_("Unit"), lambda kpi: kpi.unit),
        Column(_("Good"), lambda kpi: kpi_word("direction", kpi.direction)),
        Column(_("Rolls up as"), lambda kpi: kpi_word("aggregation", kpi.aggregation)),
        Column(_("Reported"), lambda kpi: kpi_word("frequency", kpi.frequency)),
        Column(_("By"), lambda kpi: kpi_word("submitter", kpi.submitter)),
        Column(_("Description"), lambda kpi: kpi.description),
        Column(_("All partners, %(period)s", period=label), total),
    ]


def scorecard(partner: Any) -> list[Column]:
    """A partner's KPIs in one period: actual, target, attainment, status."""
    return [
        Column(_("Partner"), lambda _row: partner.code),
        Column(_("KPI"), lambda row: row.kpi.code),
        Column(_("Name"), lambda row: row.kpi.name),
        Column(_("Unit"), lambda row: _unit(row.kpi, partner.currency)),
        Column(_("Value"), lambda row: _shown(row.kpi, row.result.actual)),
        Column(_("Target"), lambda row: _shown(row.kpi, row.result.target)),
        Column(_("Threshold"), lambda row: _shown(row.kpi, row.result.threshold)),
        Column(_("Lower bound"), lambda row: row.result.band and row.result.band[0]),
        Column(_("Upper bound"), lambda row: row.result.band and row.result.band[1]),
        Column(_("Attainment"), lambda row: row.result.attainment),
        Column(_("Status"), lambda row: row.result.status and row.result.status.value),
        Column(_("Periods reported"), lambda row: row.result.reported),
        Column(_("Periods expected"), lambda row: row.result.expected),
    ]


def targets() -> list[Column]:
    """A partner's targets, from rows of KPI, period and the latest revision."""

    def part(name: str) -> Any:
        return lambda row: amount(getattr(row[2].figures, name))

    return [
        Column(_("KPI"), lambda row: row[0].code),
        Column(_("Name"), lambda row: row[0].name),
        Column(_("Period"), lambda row: period_code(row[1])),
        Column(_("State"), lambda row: row[2].state),
        Column(_("Revision"), lambda row: row[2].n),
        Column(_("Target"), part("target")),
        Column(_("Threshold"), part("threshold")),
        Column(_("Lower bound"), part("band_lo")),
        Column(_("Upper bound"), part("band_hi")),
        Column(_("Baseline"), part("baseline")),
        Column(_("Weight"), part("weight")),
        Column(_("Critical"), lambda row: bool(row[2].figures.critical)),
        Column(_("Accepted"), lambda row: row[2].accepted_at),
    ]


def measured() -> list[Column]:
    """A measurement plan: a row for each KPI of each goal."""

    def of_kpi(value: Callable[[Any], Cell]) -> Callable[[Any], Cell]:
        return lambda row: value(row[1]) if row[1] else None

    return [
        Column(_("Goal"), lambda row: row[0].statement if row[0] else None),
        Column(_("KPI"), of_kpi(lambda kpi: kpi.code)),
        Column(_("Name"), of_kpi(lambda kpi: kpi.name)),
        Column(_("Measurement frequency"), of_kpi(lambda k: kpi_word("frequency", k.frequency))),
        Column(_("Reported by"), of_kpi(lambda kpi: kpi_word("submitter", kpi.submitter))),
    ]


def history(kpi: Any) -> list[Column]:
    """Every reported figure of a KPI of a partner, with who stands behind it."""
    return [
        Column(_("Period"), lambda row: _period(row.period)),
        Column(_("Revision"), lambda row: row.n),
        Column(_("State"), lambda row: kpi_word("state", row.state)),
        Column(_("Value"), lambda row: _figure(kpi, row)),
        Column(_("Numerator"), lambda row: amount(row.num)),
        Column(_("Denominator"), lambda row: amount(row.den)),
        Column(_("Submitted by"), lambda row: row.submitted_name),
        Column(_("Submitted"), lambda row: row.submitted_at),
        Column(_("Source"), lambda row: source(row.source)),
        Column(_("Decided by"), lambda row: row.decided_name),
        Column(_("Decided"), lambda row: row.decided_at),
        Column(_("Four eyes"), lambda row: row.four_eyes if row.decided_at else None),
        Column(_("Note"), lambda row: row.note),
        Column(_("Reason"), lambda row: row.reason),
        Column(_("Decision"), lambda row: row.decision),
    ]


def waiting() -> list[Column]:
    """Submissions that wait for approval, as `queries.pending` finds them."""
    kpis = queries.definitions(active_only=False)
    return [
        Column(_("Partner"), lambda row: row.partner_code),
        Column(_("Partner’s name"), lambda row: row.partner_name),
        Column(_("KPI"), lambda row: row.kpi_code),
        Column(_("KPI’s name"), lambda row: row.kpi_name),
        Column(_("Period"), lambda row: _period(row.period)),
        Column(_("Value"), lambda row: _figure(kpis[row.kpi_id], row)),
        Column(_("Numerator"), lambda row: amount(row.num)),
        Column(_("Denominator"), lambda row: amount(row.den)),
        Column(_("Submitted by"), lambda row: row.submitted_name),
        Column(_("Submitted"), lambda row: row.submitted_at),
        Column(_("Note"), lambda row: row.note),
        Column(_("Reason"), lambda row: row.reason),
    ]


def overdue() -> list[Column]:
    """Figures that should have been reported by now, as `queries.overdue` finds them."""
    return [
        Column(_("Partner"), lambda row: row.partner_code),
        Column(_("Partner’s name"), lambda row: row.partner_name),
        Column(_("KPI"), lambda row: row.kpi_code),
        Column(_("KPI’s name"), lambda row: row.kpi_name),
        Column(_("Period"), lambda row: _period(row.period)),
        Column(_("Due"), lambda row: row.due),
    ]


def _period(key: int) -> str:
    return str(g.organisation.calendar.label(Period.from_key(key)))


def _figure(kpi: Any, row: Any) -> Cell:
    reading = Reading(row.period, row.value, row.num, row.den)
    return _shown(kpi, roll_up(kpi.definition, [reading], [], subperiod_count=1).actual)


def _shown(kpi: Any, value: Fraction | None) -> Cell:
    """The number itself, an ordinal's label."""
    if value is None or kpi.value_type != "ordinal":
        return value
    labels = kpi.label_list
    rank = int(value)
    return labels[rank] if value == rank and 0 <= rank < len(labels) else value


def _unit(kpi: Any, currency: str) -> str:
    return currency if kpi.value_type == "money" else str(kpi.unit)
