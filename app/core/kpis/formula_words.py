"""A derived figure taken apart: its formula with each input's figure, or why it is not known."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _

from app.core.kpis import queries
from app.core.kpis.known import known, neighbour
from app.core.kpis.presentation import period_label
from app.core.kpis.rules.formula import Input, Outcome, pieces
from app.core.kpis.services.derived import outcome
from app.core.periods import Period

_SIGNS = {"*": "×", "/": "÷", "-": "−"}


@dataclass(frozen=True, slots=True)
class Part:
    """One input of a formula: which KPI in which period, and its figure where it is known."""

    kpi: Any
    period: Period
    figure: Fraction | None


@dataclass(frozen=True, slots=True)
class Worked:
    """A formula with its inputs in the order of the text; `why` says why there is no figure."""

    pieces: tuple[str | Part, ...]
    parts: tuple[Part, ...]  # each once
    why: str


def worked_out(partner_id: int, kpi: Any, period: Period) -> Worked | None:
    """The formula of a KPI in use with its inputs as they stand now."""
    all_known = known()
    derivation = next((d for d in all_known.derivations if d.kpi_id == kpi.id), None)
    if derivation is None:
        return None
    found, figures = outcome(derivation, partner_id, period.key, all_known)
    definitions = queries.definitions(active_only=False)
    before = neighbour(all_known.calendar, period, -1)
    parts = {
        needed: Part(
            definitions[derivation.sources[needed]],
            before if needed.prior and before else period,
            figure,
        )
        for needed, figure in figures.items()
    }
    return Worked(
        tuple(
            parts[piece] if isinstance(piece, Input) else _SIGNS.get(piece, piece)
            for piece in pieces(derivation.formula)
        ),
        tuple(parts.values()),
        _why(found, parts),
    )


def _why(found: Outcome, parts: dict[Input, Part]) -> str:
    if found.missing:
        names = [
            _("%(kpi)s of %(period)s", kpi=part.kpi.name, period=period_label(part.period))
            for part in (parts[needed] for needed in found.missing)
        ]
        return str(
            _("Not known, because this is missing or incomplete: %(what)s.", what=", ".join(names))
        )
    if found.zero:
        return str(_("Not known, because “%(divisor)s” comes to zero.", divisor=found.zero))
    return ""
