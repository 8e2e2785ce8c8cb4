"""Records to measure with: partners × 12 KPIs × months, with targets, scores and totals."""

import random
from itertools import islice

from app.core import clock
from app.core.accounts import services
from app.core.db import atomic, execute_many
from app.core.kpis import rollups
from app.core.kpis.models import Kpi, Revision, Target, Value
from app.core.partners.models import Partner
from app.core.partners.services import name_key
from app.core.periods import Kind, Period

KPIS = 12
WORDS = ("Nord", "Süd", "Café", "Licht", "Verlag", "Logistik", "Müller", "Hafen", "Berg", "Textil")


def fill(partners: int, months: int, password: str) -> None:
    """Fill an empty database; deterministic."""
    dice = random.Random(2013)
    services.found_organisation(name="Bench", currency="EUR", timezone="Europe/Berlin", locale="en")
    admin = services.add_person(
        name="Admin", email="admin@example.org", role="admin", password=password, cheap=True
    )
    names = [f"{dice.choice(WORDS)} {dice.choice(WORDS)} {n}" for n in range(partners)]
    now = clock.now()
    with atomic():
        for start in range(0, partners, 500):
            Partner.insert_many(
                {
                    "code": f"P{n}",
                    "name": names[n],
                    "name_key": name_key(names[n], f"P{n}"),
                    "type": "supplier",
                    "status": "active",
                    "currency": "EUR",
                    "owner": admin.id,
                    "created_at": now,
                }
                for n in range(start, min(start + 500, partners))
            ).execute()
        for n in range(KPIS):
            Kpi.create(
                code=f"K{n}",
                name=f"Measure {n}",
                category="operational",
                value_type="number",
                unit="pieces",
                direction="higher",
                nature="flow",
                aggregation="sum",
                frequency="monthly",
            )
    periods = [Period(Kind.MONTH, 2020 + m // 12, m % 12 + 1).key for m in range(months)]
    rows = (
        (partner, kpi, period, dice.randrange(50, 150) * 1_000_000)
        for partner in range(1, partners + 1)
        for kpi in range(1, KPIS + 1)
        for period in periods
    )
    number = 0
    while chunk := list(islice(rows, 100_000)):
        with atomic():
            ids = range(number + 1, number + len(chunk) + 1)
            _insert(
                Revision,
                ("id", "partner", "kpi", "period", "value", "n", "state", "note", "reason"),
                [(i, *row, 1, "approved", "", "") for i, row in zip(ids, chunk, strict=True)],
            )
            _insert(
                Value,
                ("partner", "kpi", "period", "value", "revision", "locked"),
                [(*row, i, False) for i, row in zip(ids, chunk, strict=True)],
            )
            _insert(
                Target,
                ("partner", "kpi", "period", "target", "n", "weight", "critical"),
                [(*row[:3], 100_000_000, 1, 1_000_000, False) for row in chunk],
            )
        number += len(chunk)
    with atomic():
        rollups.rebuild_all()


def _insert(model: type, names: tuple[str, ...], rows: list[tuple]) -> None:
    meta = model._meta
    fields = [meta.fields[name] for name in names]
    given = {field.name for field in fields}
    rest = [
        f
        for f in meta.sorted_fields
        if f.name not in given and not f.null and f.default is not None
    ]
    defaults = tuple(f.default() if callable(f.default) else f.default for f in rest)
    columns = ", ".join(f'"{f.column_name}"' for f in (*fields, *rest))
    marks = ", ".join("?" for _ in (*fields, *rest))
    execute_many(
        f'INSERT INTO "{meta.table_name}" ({columns}) VALUES ({marks})',
        [row + defaults for row in rows],
    )
