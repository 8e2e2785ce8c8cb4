"""The cells of one row of an import: each that cannot be used is named."""

from flask_babel import gettext as _

from app.core import quantities
from app.core.kpis.imports.problems import Problems
from app.core.kpis.imports.tables import Row
from app.core.kpis.services.definitions import CODE
from app.core.quantities import MILLION
from app.core.refusals import Refusal

MOST_BARE = 3 * MILLION // 2  # a percentage above this is asked about: 12 may mean 12 %


class Cells:
    """The cells of one row; a cell that cannot be used becomes a problem, and the row unusable."""

    __slots__ = ("cells", "problems", "row", "sound")

    def __init__(self, row: Row, problems: Problems) -> None:
        self.row, self.cells, self.problems, self.sound = row, row.cells, problems, True

    def fault(self, column: str, expected: str, value: str | None = None) -> None:
        """Name what is wrong in a column, and what is expected."""
        self.sound = False
        shown = self.cells.get(column, "") if value is None else value
        self.problems.add(self.row.source.title, self.row.number, column, shown, expected)

    def refused(self, refusal: Refusal, column: str) -> None:
        """Name what a rule refused."""
        self.fault(column, said(refusal))

    def text(self, column: str, longest: int, *, needed: bool = False) -> str:
        """The text of a column."""
        text = self.cells.get(column, "")
        if needed and not text:
            self.fault(column, _("a text: this cell is empty"))
        elif len(text) > longest:
            self.fault(column, _("at most %(most)s characters", most=longest))
        return text

    def code(self, column: str) -> str:
        """A partner's or KPI's code, in capitals."""
        text = self.cells.get(column, "").upper()
        if not CODE.fullmatch(text):
            self.fault(
                column,
                _("a code of up to 32 letters, digits, dots, hyphens and underscores"),
            )
        return text

    def choice(self, column: str, choices: tuple[str, ...]) -> str:
        """One of a few words."""
        text = self.cells.get(column, "").casefold()
        if text not in choices:
            self.fault(column, _("one of %(choices)s", choices=", ".join(choices)))
        return text

    def number(self, column: str, *, percent: bool, percentage: bool) -> int | None:
        """A quantity in millionths; None where the cell is empty or wrong."""
        text = self.cells.get(column, "")
        if not text:
            return None
        try:
            found = quantities.parse(text, decimal_comma=self.row.decimal_comma, percent=percent)
        except Refusal as refusal:
            self.refused(refusal, column)
            return None
        if percentage and abs(found) > MOST_BARE and "%" not in text:
            self.fault(
                column,
                _("a percentage as %(percent)s or as a fraction of 1 such as 0.12", percent="12%"),
            )
            return None
        return found


def said(refusal: Refusal) -> str:
    """A refusal in the reader's language."""
    return _(refusal.message, **refusal.params) if refusal.params else _(refusal.message)
