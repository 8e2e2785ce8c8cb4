"""The sample desk's benchmarks: made up, and saying so."""

from datetime import date, timedelta

from app.core.analysis.services import BenchmarkDraft, add_benchmark
from app.core.kpis.models import Kpi
from app.core.quantities import MILLION

FIGURES = {"NPS": 41 * MILLION, "CTR": 28_000, "ON_TIME": 940_000}


def load(today: date) -> None:
    """Add a published figure to a few KPIs of the library, where they are in use."""
    for kpi in Kpi.select().where(Kpi.code.in_(list(FIGURES)), Kpi.active).order_by(Kpi.code):
        draft = BenchmarkDraft(
            source="Sample trade report (made up)",
            value=FIGURES[kpi.code],
            valid_from=today - timedelta(days=730),
        )
        add_benchmark(kpi.id, draft)
