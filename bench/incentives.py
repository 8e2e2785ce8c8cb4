"""`make bench`: what evaluating all tiers of a programme costs, and simulating it, by size."""

import argparse
import gc
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from app.api import Viewer
from app.core import clock
from app.core.accounts.models import User
from app.core.db import atomic, database
from app.core.kpis.models import Value
from app.security import CORE_PERMISSIONS
from app.serve import COLLECTED_AFTER
from app.testing import make_app
from bench import records
from plugins.incentives.programmes import publishing, queries, services
from plugins.incentives.programmes.definition import (
    Band,
    Definition,
    Group,
    Measures,
    Operator,
    Requirement,
    Reward,
    RewardKind,
    Span,
    Tier,
    Window,
)
from plugins.incentives.programmes.models import Programme
from plugins.incentives.simulation.queries import Supposed, simulate
from plugins.incentives.standing import evaluating
from plugins.incentives.standing.models import Enrolment, Evaluation, columns
from plugins.incentives.standing.state import Phase, State

MONTHS = 24
YEAR, QUARTERS, EACH = Window(), Window(Span.QUARTERS, 4), Window(Span.QUARTERS, 2, each=True)
REVIEW = datetime.fromisoformat("2022-01-20T03:00")
NIGHT = datetime.fromisoformat("2022-01-21T03:00")


def asks(
    key: str, measures: Measures, mark: float, window: Window | None = None, of: str = ""
) -> Requirement:
    """A requirement of at least this mark; of a streak or fact, of at most."""
    most = measures in (Measures.STREAK, Measures.FACT)
    operator = Operator.AT_MOST if most else Operator.AT_LEAST
    return Requirement(key, measures, operator, round(mark * 1_000_000), of, window)


# One requirement of every kind, and a commission by the month.
LADDER = Definition(
    tiers=(
        Tier("member", "Member"),
        Tier(
            "silver",
            "Silver",
            requirement=Group(
                "g1",
                parts=(
                    asks("r1", Measures.SCORECARD, 0.9, EACH),
                    asks("r2", Measures.STREAK, 9, of="K1"),
                ),
            ),
        ),
        Tier(
            "gold",
            "Gold",
            requirement=Group(
                "g2",
                parts=(
                    asks("r3", Measures.SCORECARD, 0.95, QUARTERS),
                    asks("r4", Measures.KPI_VALUE, 1200, YEAR, of="K0"),
                    asks("r5", Measures.ATTAINMENT, 0.95, YEAR, of="K2"),
                    asks("r6", Measures.FACT, 0, of="kpi.late_reports"),
                ),
            ),
        ),
    ),
    rewards=(
        Reward(
            "commission",
            RewardKind.MARGINAL,
            "Commission",
            tiers=("silver", "gold"),
            base="K0",
            bands=(Band(0, 10_000), Band(10_000, 20_000)),
        ),
    ),
)


OTHER = replace(LADDER, tiers=(*LADDER.tiers[:2], replace(LADDER.tiers[2], requirement=None)))
WHAT_IF = (Supposed(1, -10), Supposed(3, 15))


def main() -> None:
    """Measure a desk of each size, each with a database of its own, and print what each took."""
    parser = argparse.ArgumentParser(prog="python -m bench.incentives", description=__doc__)
    parser.add_argument("--partners", type=int, nargs="+", default=[1000])
    sizes = parser.parse_args().partners
    if len(sizes) == 1:
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder), sizes[0])
        return
    for partners in sizes:  # a process for each: none inherits what another has read
        command = [sys.executable, "-m", "bench.incentives", "--partners", str(partners)]
        subprocess.run(command, check=True)


def measure(folder: Path, partners: int) -> None:
    """One desk of so many partners, with 24 months of 12 KPIs; memory is kept as a server does."""
    gc.set_threshold(*COLLECTED_AFTER)
    app = make_app(folder)
    with app.app_context(), database.connection_context(), app.test_request_context():
        records.fill(partners, MONTHS, "bench password")
        programme = published()
        enrol(programme.id, partners)
        print(f"{partners:,} partners, {Value.select().count():,} figures", flush=True)
        print(f"{'':<40}{'s':>8}{'s CPU':>8}{'ms CPU each':>13}")
        with clock.frozen(REVIEW):
            told("a review: every partner moves", partners, evaluate)
        decided = Evaluation.select().count()
        with clock.frozen(NIGHT):
            told("a night: nothing changes", partners, evaluate)
            assert Evaluation.select().count() == decided
            simulated = partial(simulate, admin(), programme, LADDER)
            today = NIGHT.date()
            told("other rules, simulated", partners, lambda: simulated(OTHER, today))
            told("2 KPIs supposed, simulated", partners, lambda: simulated(LADDER, today, WHAT_IF))
        tiers = Counter(row[0] for row in Enrolment.select(Enrolment.held).tuples())
        print(f"{decided:,} decisions; {dict(tiers)}", flush=True)


def told(what: str, partners: int, act: Callable[[], object]) -> None:
    """Do something once, and say how long it took."""
    began, spent = time.perf_counter(), time.process_time()
    act()
    took, cpu = time.perf_counter() - began, time.process_time() - spent
    print(f"{what:<40}{took:>8.2f}{cpu:>8.2f}{1000 * cpu / partners:>13.2f}", flush=True)


def evaluate() -> None:
    """What the worker does of a night: so many at once, until everybody was seen."""
    today = clock.now().date()
    while Enrolment.select().where(Enrolment.checked != today).exists():
        evaluating.evaluate_due()


def published() -> Programme:
    """The programme, in force for long."""
    made = services.create(name="Bench", description="", currency="EUR", definition=LADDER)
    draft = queries.draft(made)
    assert draft is not None
    publishing.publish_since(queries.programme_or_404(made), draft, date(2020, 1, 1))
    return queries.programme_or_404(made)


def enrol(programme_id: int, partners: int) -> None:
    """Everybody at the lowest tier, before the review."""
    begun = date(2022, 1, 1)
    place = columns(State(Phase.ACTIVE, "member", date(2021, 1, 1), begun))
    place |= {"programme": programme_id, "enrolled_at": REVIEW, "checked": begun}
    with atomic():
        for first in range(1, partners + 1, 500):
            ids = range(first, min(first + 500, partners + 1))
            Enrolment.insert_many([place | {"partner": id_} for id_ in ids]).execute()


def admin() -> Viewer:
    """Who sees every partner."""
    one = User.get(User.role == "admin")
    return Viewer(one.id, one.name, one.email, one.role, frozenset(CORE_PERMISSIONS[one.role]))


if __name__ == "__main__":
    main()
