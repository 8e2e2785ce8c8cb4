"""Definitions of KPIs: evidence, source, and the versions that each save leaves."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.core.kpis import queries, services
from app.core.kpis.exports import folder
from app.core.kpis.models import KpiVersion
from app.core.kpis.services import KpiDraft, KpiRefusal
from tests.core.kpi_support import bring_in, desk, source, viewer

__all__ = ["desk"]

DRAFT = KpiDraft("REV", "Revenue", "revenue", "money", "higher", "flow", "sum", "monthly")
HEADER = "code,name,category,value_type,direction,nature,aggregation,frequency"
ROW = "REV,Revenue,revenue,money,higher,flow,sum,monthly"


@pytest.fixture
def admin(desk: Flask) -> Any:
    return viewer("admin@example.org")


def versions(kpi_id: int) -> list[tuple[Any, ...]]:
    rows = KpiVersion.select(KpiVersion.n, KpiVersion.name, KpiVersion.note)
    return list(rows.where(KpiVersion.kpi == kpi_id).order_by(KpiVersion.n).tuples())


def test_each_save_leaves_a_version_with_its_note(admin: Any) -> None:
    kpi_id = services.save_kpi(DRAFT, by=admin)
    turnover = replace(DRAFT, name="Turnover")
    services.save_kpi(turnover, by=admin, kpi_id=kpi_id, version=1, note="As the board says it")
    assert versions(kpi_id) == [(1, "Revenue", ""), (2, "Turnover", "As the board says it")]


def test_a_refused_save_leaves_no_version(admin: Any) -> None:
    kpi_id = services.save_kpi(DRAFT, by=admin)
    with pytest.raises(KpiRefusal):
        services.save_kpi(replace(DRAFT, name="X"), by=admin, kpi_id=kpi_id, version=7)
    assert len(versions(kpi_id)) == 1


@pytest.mark.parametrize(
    ("draft", "note", "field"),
    [
        (replace(DRAFT, data_source="x" * 301), "", "data_source"),
        (DRAFT, "x" * 301, "note"),
    ],
)
def test_texts_have_a_limit(admin: Any, draft: KpiDraft, note: str, field: str) -> None:
    with pytest.raises(KpiRefusal) as refusal:
        services.save_kpi(draft, by=admin, note=note)
    assert refusal.value.field == field


def test_an_import_sets_evidence_and_source_and_leaves_a_version(desk: Flask) -> None:
    text = f"{HEADER},evidence_required,data_source\n{ROW},yes,Ledger\n"
    bring_in(source("kpis", text))
    row = queries.definition_by_code("REV")
    assert row is not None
    assert (row.evidence_required, row.data_source) == (True, "Ledger")
    assert versions(row.id) == [(1, "Revenue", "kpis.csv")]


def test_a_file_without_these_columns_leaves_them_as_they_are(desk: Flask) -> None:
    bring_in(source("kpis", f"{HEADER},evidence_required,data_source\n{ROW},yes,Ledger\n"))
    bring_in(source("kpis", f"{HEADER}\n{ROW.replace('Revenue', 'Turnover')}\n"))
    row = queries.definition_by_code("REV")
    assert row is not None
    assert (row.name, row.evidence_required, row.data_source) == ("Turnover", True, "Ledger")


def test_an_export_carries_them(admin: Any, tmp_path: Path) -> None:
    services.save_kpi(replace(DRAFT, evidence_required=True, data_source="Ledger"), by=admin)
    folder.write(tmp_path)
    assert "10,yes,Ledger" in (tmp_path / "kpis.csv").read_text()
