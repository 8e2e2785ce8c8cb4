"""What a definition's codes stand for just now; read once per page."""

from typing import NamedTuple

from app.api import FactKind, KpiRow, fact_kinds, kpis
from plugins.incentives.programmes.glossary import COMPARABLE, Glossary
from plugins.incentives.programmes.models import Programme


def glossary(programme: Programme) -> Glossary:
    """The KPIs, those out of use too, and the facts that a programme's conditions may name."""
    return glossary_in(programme.currency)


def glossary_in(currency: str) -> Glossary:
    """The same for a programme that there is not yet."""
    by_code = {kpi.code: kpi for kpi in kpis(active_only=False).values()}
    return Glossary(by_code, fact_kinds(), currency)


class Choices(NamedTuple):
    """What a condition can be about: KPIs in use, and facts whose values can be compared."""

    kpis: list[KpiRow]
    facts: list[FactKind]


def choices(glossary: Glossary) -> Choices:
    """What a form offers."""
    active = [kpi for kpi in glossary.kpis.values() if kpi.active]
    known = [kind for kind in glossary.facts.values() if kind.unit in COMPARABLE]  # type: ignore[attr-defined]
    return Choices(active, known)  # type: ignore[arg-type]
