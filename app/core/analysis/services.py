"""Published figures: written by those who define KPIs."""

from dataclasses import asdict, dataclass
from datetime import date

from app.core import audit
from app.core.analysis.models import Benchmark
from app.core.db import atomic


class StaleBenchmark(Exception):
    """Somebody saved the same benchmark while a form was open."""


@dataclass(frozen=True, slots=True)
class BenchmarkDraft:
    """A published figure as somebody wrote it; `value` in millionths."""

    source: str
    value: int
    currency: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    url: str = ""


def add_benchmark(kpi_id: int, draft: BenchmarkDraft) -> int:
    """Keep a published figure; returns its id."""
    with atomic():
        added = Benchmark.create(kpi=kpi_id, **asdict(draft))
        audit.record("benchmark.added", f"kpi:{kpi_id}", {"benchmark": added.id})
    return int(added.id)


def change_benchmark(benchmark_id: int, kpi_id: int, draft: BenchmarkDraft, version: int) -> None:
    """Change a published figure; StaleBenchmark where somebody has saved it since."""
    with atomic():
        changed = (
            Benchmark.update(**asdict(draft), version=Benchmark.version + 1)
            .where(Benchmark.id == benchmark_id, Benchmark.version == version, Benchmark.active)
            .execute()
        )
        if not changed:
            raise StaleBenchmark
        audit.record("benchmark.changed", f"kpi:{kpi_id}", {"benchmark": benchmark_id})


def remove_benchmark(benchmark_id: int, kpi_id: int) -> None:
    """Take a published figure out of use; the row stays."""
    with atomic():
        gone = (
            Benchmark.update(active=False)
            .where(Benchmark.id == benchmark_id, Benchmark.active)
            .execute()
        )
        if gone:
            audit.record("benchmark.removed", f"kpi:{kpi_id}", {"benchmark": benchmark_id})
