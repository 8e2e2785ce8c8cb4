"""Periods and the organisation's calendar: ISO weeks, calendar months, fiscal longer periods.

Source: domain specification §0, Calendars. A fiscal quarter, half or year always keeps the year
in which its fiscal year ends; only its label may show the starting year.
"""

import re
from dataclasses import dataclass
from datetime import date

from app.core import period_arithmetic as arithmetic
from app.core.period_arithmetic import (
    FIRST_YEAR,
    LAST_YEAR,
    MOST_IN_YEAR,
    Kind,
    Period,
    PeriodError,
    add_months,
)

__all__ = ["FIRST_YEAR", "LAST_YEAR", "Calendar", "Kind", "Period", "PeriodError", "add_months"]

_LONGEST = 40
_BY_LETTER = {"W": Kind.WEEK, "": Kind.MONTH, "Q": Kind.QUARTER, "H": Kind.HALF, None: Kind.YEAR}
_WRITTEN = re.compile(r"(FY)?([0-9]{4})(?:-([WQH]?)([0-9]{1,2}))?")


@dataclass(frozen=True, slots=True)
class Calendar:
    """When fiscal years start, and whether they are called after the year they end or start in."""

    fiscal_year_start_month: int = 1
    year_label: str = "ending"  # or "starting"

    def __post_init__(self) -> None:
        if not 1 <= self.fiscal_year_start_month <= 12:
            raise ValueError("The fiscal year starts in a month from 1 to 12")
        if self.year_label not in ("ending", "starting"):
            raise ValueError("Fiscal years are labelled by their ending or their starting year")

    def parse(self, text: str) -> Period:
        """The period that somebody wrote: 2013-W05, 2013-01, 2013-Q1, 2013-H1, 2013.

        Where the fiscal year does not start in January, quarters, halves and years are fiscal
        and need their prefix (FY2013-Q1); weeks and months stay calendar.
        """
        match = _WRITTEN.fullmatch(text.strip().upper()) if len(text) <= _LONGEST else None
        if match is None:
            raise PeriodError(
                "“%(text)s” is not a period: write it like %(examples)s.",
                text=text[:_LONGEST],
                examples=self._examples(),
            )
        written, kind, n = match[0], _BY_LETTER[match[3]], int(match[4] or 0)
        if kind is not Kind.YEAR and not 1 <= n <= MOST_IN_YEAR[kind]:
            raise PeriodError(
                "“%(text)s” does not exist: the last number runs from 1 to %(most)s.",
                text=written,
                most=MOST_IN_YEAR[kind],
            )
        prefixed = match[1] is not None
        year = int(match[2]) + (prefixed and self.year_label == "starting")
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise PeriodError(
                "“%(text)s” is out of range: years run from %(first)s to %(last)s.",
                text=written,
                first=FIRST_YEAR,
                last=LAST_YEAR,
            )
        period = Period(kind, year, n)
        if prefixed != self._is_fiscal(kind):
            raise self._misplaced_prefix(written, period, int(match[2]))
        arithmetic.check_week(period)
        if written != self.label(period):
            raise PeriodError(
                "“%(text)s” is written %(label)s.", text=written, label=self.label(period)
            )
        return period

    def label(self, period: Period) -> str:
        """The period as people write it, which `parse` reads back."""
        kind, year, n = period.kind, period.year, period.n
        if kind is Kind.WEEK:
            return f"{year:04}-W{n:02}"
        if kind is Kind.MONTH:
            return f"{year:04}-{n:02}"
        if self.fiscal_year_start_month != 1:
            stem = f"FY{year - (self.year_label == 'starting'):04}"
        else:
            stem = f"{year:04}"
        if kind is Kind.YEAR:
            return stem
        return f"{stem}-{'Q' if kind is Kind.QUARTER else 'H'}{n}"

    def start(self, period: Period) -> date:
        """Its first day."""
        return arithmetic.bounds(self.fiscal_year_start_month, period)[0]

    def end(self, period: Period) -> date:
        """Its last day."""
        return arithmetic.bounds(self.fiscal_year_start_month, period)[1]

    def containing(self, day: date, kind: Kind) -> Period:
        """The period of a kind in which a day lies."""
        if kind is Kind.WEEK:
            return arithmetic.nth(kind, (day.toordinal() - 1) // 7)
        month = day.year * 12 + day.month - 1
        return arithmetic.of_month(self.fiscal_year_start_month, month, kind)

    def shift(self, period: Period, n: int) -> Period:
        """The period of the same kind that lies n later, or earlier for a negative n."""
        return arithmetic.nth(period.kind, arithmetic.ordinal_of(period) + n)

    def between(self, first: Period, last: Period) -> list[Period]:
        """Every period from the first to the last, both included; they are of one kind."""
        if first.kind is not last.kind:
            raise ValueError("Periods of different kinds are not in one row")
        ordinals = range(arithmetic.ordinal_of(first), arithmetic.ordinal_of(last) + 1)
        return [arithmetic.nth(first.kind, ordinal) for ordinal in ordinals]

    def coarser(self, period: Period) -> tuple[Period, ...]:
        """Every longer period that it rolls up to, shortest first.

        A week belongs to the month of its Thursday, and with it to that month's longer periods.
        """
        return arithmetic.coarser(self.fiscal_year_start_month, period)

    def subperiods(self, period: Period, kind: Kind) -> tuple[Period, ...]:
        """The periods of a finer kind that roll up to it, in order; of its own kind, itself."""
        return arithmetic.subperiods(self.fiscal_year_start_month, period, kind)

    def describe(self, day: date) -> str:
        """Where a day lies in the fiscal year, like FY2026-Q4-P11-H2 (P: month of that year)."""
        year, quarter, half = (
            self.containing(day, kind) for kind in (Kind.YEAR, Kind.QUARTER, Kind.HALF)
        )
        month = (day.month - self.fiscal_year_start_month) % 12 + 1
        return f"{self.label(year)}-Q{quarter.n}-P{month:02}-H{half.n}"

    def _is_fiscal(self, kind: Kind) -> bool:
        return self.fiscal_year_start_month != 1 and kind not in (Kind.WEEK, Kind.MONTH)

    def _examples(self) -> str:
        prefix = "" if self.fiscal_year_start_month == 1 else "FY"
        return f"2013-W05, 2013-01, {prefix}2013-Q1, {prefix}2013-H1, {prefix}2013"

    def _misplaced_prefix(self, written: str, period: Period, year: int) -> PeriodError:
        if written.startswith("FY"):
            return PeriodError(
                "“%(text)s” is not fiscal here: write %(label)s.",
                text=written,
                label=Calendar().label(Period(period.kind, year, period.n)),
            )
        first_day = Calendar().start(period)
        fiscal = self.containing(first_day, period.kind)
        if self.start(fiscal) != first_day:
            return PeriodError(
                "“%(text)s” has no fiscal counterpart: the fiscal year starts in month"
                " %(month)s, and its periods are written like %(examples)s.",
                text=written,
                month=self.fiscal_year_start_month,
                examples=self._examples(),
            )
        return PeriodError(
            "“%(text)s” is ambiguous, since the fiscal year starts in month %(month)s: for"
            " %(first)s to %(last)s write %(label)s.",
            text=written,
            month=self.fiscal_year_start_month,
            first=first_day,
            last=self.end(fiscal),
            label=self.label(fiscal),
        )
