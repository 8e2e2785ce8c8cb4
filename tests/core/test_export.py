"""Exports: the same desk again after an import, and nothing that a spreadsheet would run."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.core.accounts import services as accounts
from app.core.accounts.models import User
from app.core.db import database
from app.core.kpis import demo, imports, library
from app.core.kpis.exports import folder as export
from app.core.kpis.models import KpiTotal, Revision, Score
from app.core.kpis.value_models import Evidence, ValueComment
from app.core.partners.models import Partner
from tests.core.kpi_support import (
    TODAY,
    airlines,
    bring_in,
    desk,
    kpi,
    partner,
    ratio,
    source,
)

__all__ = ["desk", "partner"]


def figures() -> list[list[tuple[Any, ...]]]:
    """Every stored scorecard and total, by codes instead of ids."""
    return [
        [tuple(row) for row in database.execute_sql(statement).fetchall()]
        for statement in (
            "SELECT p.code, s.period, s.score, s.coverage, s.decides, s.green, s.amber, s.red,"
            " s.grey FROM score s JOIN partner p ON p.id = s.partner_id ORDER BY 1, 2",
            "SELECT k.code, t.period, t.currency, t.value * 1000000 + t.value_rest,"
            " t.num * 1000000 + t.num_rest, t.den * 1000000 + t.den_rest, t.reported"
            " FROM kpi_total t JOIN kpi k ON k.id = t.kpi_id"
            " WHERE t.reported > 0 ORDER BY 1, 2, 3",
        )
    ]


def empty_the_desk() -> None:
    """Take all partners and KPIs out, as if the desk had just been founded."""
    for table in (
        *("evidence", "value_comment", "revision_impact", "unlocking", "declared_miss"),
        *(
            "target_decision",
            "benchmark",
            "value",
            "revision",
            "target",
            "target_revision",
            "score",
            "kpi_total",
            "kpi",
        ),
        *("interaction_contact", "interaction", "partner_goal", "partner_region"),
        *("contact", "partner_tag", "partner_profile", "partner"),
    ):
        database.execute_sql(f'DELETE FROM "{table}"')


def sample(today: date) -> None:
    """The sample desk."""
    library.install()
    contacts = {
        code: accounts.add_person(name=name, email=email, role="contact", password=None, cheap=True)
        for code, name, email in demo.PORTAL_CONTACTS
    }
    demo.load(today, User.get(User.role == "manager"), contacts)


def files_of(folder: Path) -> list[imports.Source]:
    return [source(kind, (folder / f"{kind}.csv").read_bytes()) for kind in imports.KINDS]


def test_an_export_imported_into_an_empty_desk_gives_the_same_figures(
    desk: Flask, tmp_path: Path
) -> None:
    bring_in(*airlines())
    sample(TODAY)
    before = figures()
    export.write(tmp_path)
    empty_the_desk()
    bring_in(*files_of(tmp_path))
    assert figures() == before
    assert Score.select().count() > 300
    assert KpiTotal.select().count() > 100


def test_an_export_of_an_import_is_the_same_export(desk: Flask, tmp_path: Path) -> None:
    sample(TODAY)
    export.write(tmp_path / "first")
    empty_the_desk()
    bring_in(*files_of(tmp_path / "first"))
    export.write(tmp_path / "second")
    for kind in imports.KINDS:
        first, second = ((tmp_path / f / f"{kind}.csv").read_text() for f in ("first", "second"))
        assert second == first


def test_an_export_brought_in_again_changes_nothing(desk: Flask, tmp_path: Path) -> None:
    bring_in(*airlines())
    sample(TODAY)
    export.write(tmp_path)
    report = bring_in(*files_of(tmp_path))
    assert (report.import_id, report.restated) == (None, 0)


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1+1", "@SUM(A1)", "'quoted", "＝1+1", "＋1", "－1", "＠x", "\t=1"],
)
def test_what_looks_like_a_formula_is_made_text(text: str) -> None:
    assert export.safe(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-5", "-0.25", "5", "-12.5%", "", "a=b", "2013-01", "EV"])
def test_what_is_no_formula_stays(text: str) -> None:
    assert export.safe(text) == text


def test_a_name_like_a_formula_survives_the_round_trip(
    desk: Flask, partner: Partner, tmp_path: Path
) -> None:
    Partner.update(name="=1+1").execute()
    export.write(tmp_path)
    assert "'=1+1" in (tmp_path / "partners.csv").read_text()
    Partner.update(name="other").execute()
    bring_in(source("partners", (tmp_path / "partners.csv").read_bytes()))
    assert Partner.get().name == "=1+1"


@pytest.mark.parametrize("number", ["3", "-3", "1.5", "0.000001", "-2.25"])
def test_large_percentages_survive_the_round_trip(
    desk: Flask, partner: Partner, tmp_path: Path, number: str
) -> None:
    kpi(value_type="percent", aggregation="last")
    written = f"{float(number) * 100:.4f}%"
    text = f"partner_code,kpi_code,period,value\nNORD,REV,2025-01,{written}\n"
    bring_in(source("values", text))
    export.write(tmp_path)
    values = source("values", (tmp_path / "values.csv").read_bytes())
    assert bring_in(values).unchanged == 1


def test_the_sample_desk_speaks_of_each_partner_by_name(desk: Flask) -> None:
    sample(TODAY)
    names = {row.id: row.name for row in Partner.select()}
    statements = (
        "SELECT partner_id, goals FROM partner_profile",
        "SELECT partner_id, strengths FROM partner_profile",
        "SELECT partner_id, audiences FROM partner_profile WHERE audiences <> ''",
        "SELECT partner_id, challenges FROM partner_profile",
        "SELECT partner_id, statement FROM partner_goal",
        "SELECT partner_id, summary FROM interaction",
        "SELECT partner_id, title FROM contact",
        "SELECT partner_id, note FROM revision WHERE note <> ''",
    )
    for statement in statements:
        for partner_id, text in database.execute_sql(statement).fetchall():
            assert names[partner_id] in text


def test_the_sample_desk_has_something_for_every_page(desk: Flask) -> None:
    from app.core.kpis import queries
    from tests.core.kpi_support import CALENDAR, viewer

    sample(TODAY)
    admin = viewer("admin@example.org")
    latest = queries.latest_period_with_values()
    assert latest is not None
    counts = queries.status_counts(latest, admin)
    assert counts.partners == 6
    assert min(counts.green, counts.amber, counts.red, counts.grey) > 0
    assert queries.pending_count(admin) == 4
    assert len(queries.overdue(admin, CALENDAR, TODAY)) == 5  # one of them was given back
    assert Revision.select().where(Revision.state == "returned").count() == 1
    restated = Revision.select().where(Revision.state == "submitted", Revision.reason != "")
    assert restated.count() == 1
    assert Evidence.select().count() == 1
    assert ValueComment.select().count() == 3


def test_the_library_is_installed_once(desk: Flask) -> None:
    assert library.install() == len(library.LIBRARY)
    assert library.install() == 0


def test_parts_of_the_library_can_be_had(desk: Flask) -> None:
    wanted = {entry.code for entry in library.LIBRARY if entry.category == "operational"}
    assert library.install({"operational"}) == len(wanted)


def test_ratios_are_written_as_their_parts(desk: Flask, partner: Partner, tmp_path: Path) -> None:
    ratio()
    text = "partner_code,kpi_code,period,numerator,denominator\nNORD,RATE,2025-01,-0.5,3\n"
    bring_in(source("values", text))
    export.write(tmp_path)
    assert (tmp_path / "values.csv").read_text().splitlines()[1] == "NORD,RATE,2025-01,,-0.5,3,"
