"""Undoing a whole import: what stood before stands again, unless something later depends on it."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.accounts.models import User
from app.core.db import database
from app.core.kpis import imports, rollups, services
from app.core.kpis.exports import folder
from app.core.kpis.imports.undo import UndoRefused, undo
from app.core.kpis.models import Import, Kpi, KpiTotal, Revision, Score, Target, Value
from app.core.kpis.refusals import KpiRefusal
from app.core.models import AuditEntry
from app.core.partners.models import Contact, Partner
from tests.core.kpi_support import (
    bring_in,
    desk,
    kpi,
    partner,
    period,
    source,
    sources,
    states,
    told,
    units,
    viewer,
)

__all__ = ["desk", "partner", "told"]

KPIS = "code,name,category,value_type,unit,direction,nature,aggregation,frequency\n"
PARTNERS = "code,name,type,status,start_date,currency,contact_name,contact_email,tags\n"
TARGETS = "partner_code,kpi_code,period,target,threshold,weight\n"
VALUES = "partner_code,kpi_code,period,value,note\n"
TABLES = (Partner, Contact, Kpi, Target, Value, Score, KpiTotal)


def exported(folder_: Path) -> str:
    return "\n".join(path.read_text() for path in folder.write(folder_))


def admin() -> User:
    return User.get(User.role == "admin")


def stored() -> dict[str, Any]:
    """Everything that counts, without what only moves on, such as versions."""
    moved = {"version", "first_import_at"}
    return {
        table.__name__: sorted(
            str(sorted((name, value) for name, value in row.items() if name not in moved))
            for row in table.select().dicts()
            if not (table is KpiTotal and not row["reported"])
        )
        for table in TABLES
    }


def test_what_an_import_created_is_gone(desk: Flask, tmp_path: Path) -> None:
    before, tables = exported(tmp_path / "a"), stored()
    report = bring_in(
        *sources(
            partners=PARTNERS + "EAST,Ost,supplier,active,2012-01-01,EUR,Kim,k@o.example.org,a;b\n",
            kpis=KPIS + "LEADS,Leads,acquisition,number,,higher,flow,sum,monthly\n",
            targets=TARGETS + "EAST,LEADS,2025-01,10,8,1\n",
            values=VALUES + "EAST,LEADS,2025-01,9,\n",
        )
    )
    assert report.import_id
    undo(report.import_id, admin())
    assert exported(tmp_path / "b") == before
    assert stored() == tables
    assert not Revision.select().exists()


def test_what_an_import_changed_is_as_before(desk: Flask, partner: Partner, tmp_path: Path) -> None:
    kpi("MONEY", value_type="money")
    bring_in(
        *sources(
            values=VALUES + "NORD,MONEY,2025-01,5,first\nNORD,MONEY,2025-02,6,\n",
            targets=TARGETS + "NORD,MONEY,2025-01,10,8,1\n",
        )
    )
    before, tables = exported(tmp_path / "a"), stored()
    report = bring_in(
        *sources(
            partners=PARTNERS
            + "NORD,New name,referral,active,2012-01-01,USD,Kim,k@n.example.org,x\n",
            kpis=KPIS + "MONEY,Money,revenue,money,,higher,flow,sum,monthly\n",
            targets=TARGETS + "NORD,MONEY,2025-01,20,8,1\nNORD,MONEY,2025-03,20,8,1\n",
            values=VALUES + "NORD,MONEY,2025-01,7,\nNORD,MONEY,2025-03,8,\n",
        )
    )
    undo(report.import_id or 0, admin())
    assert exported(tmp_path / "b") == before
    assert stored() == tables


def test_the_figures_of_an_undone_import_stay_in_the_history(desk: Flask, partner: Partner) -> None:
    of = kpi()
    bring_in(source("values", VALUES + "NORD,REV,2025-01,5,\n"))
    report = bring_in(source("values", VALUES + "NORD,REV,2025-01,6,\n"))
    undo(report.import_id or 0, admin())
    assert states(partner, of) == [(1, "approved"), (2, "undone")]
    assert Value.get().value == units(5)
    bring_in(source("values", VALUES + "NORD,REV,2025-01,7,\n"))
    assert states(partner, of) == [(1, "superseded"), (2, "undone"), (3, "approved")]


def test_a_submission_that_an_import_confirmed_waits_again(desk: Flask, partner: Partner) -> None:
    of = kpi()
    services.submit_value(
        partner.id, of.id, period("2025-01"), by=viewer("manager@example.org"), value=units(5)
    )
    report = bring_in(source("values", VALUES + "NORD,REV,2025-01,5,\n"))
    undo(report.import_id or 0, admin())
    assert states(partner, of) == [(1, "submitted")]
    assert not Value.select().exists()


def test_what_formulas_worked_out_of_an_import_is_as_before(
    desk: Flask, partner: Partner, tmp_path: Path
) -> None:
    kpi("REV")
    kpi("COST")
    kpis = KPIS.strip() + ",formula\n"
    derived = "GAIN,Gain,revenue,number,,higher,flow,sum,monthly,REV - COST\n"
    lines = "NORD,REV,2025-01,5,\nNORD,COST,2025-01,2,\n"
    bring_in(*sources(kpis=kpis + derived, values=VALUES + lines))
    tables = stored()
    changed = lines.replace(",5,", ",9,") + "EAST,REV,2025-01,5,\nEAST,COST,2025-01,1,\n"
    report = bring_in(
        *sources(
            partners=PARTNERS + "EAST,Ost,supplier,active,,EUR,,,\n",
            kpis=kpis
            + derived.replace("REV - COST", "COST - REV")
            + derived.replace("GAIN", "OTHER").replace("REV - COST", "2 * REV"),
            values=VALUES + changed,
        )
    )
    gain = Value.get(Value.kpi == Kpi.get(Kpi.code == "GAIN"), Value.partner == partner)
    assert gain.value == units(-7)
    undo(report.import_id or 0, admin())
    gain = Value.get(Value.kpi == Kpi.get(Kpi.code == "GAIN"), Value.partner == partner)
    assert gain.value == units(3)
    now = stored()
    assert now.pop("Value") != tables.pop("Value")  # the derived figure has a new revision
    assert now == tables
    assert not Partner.select().where(Partner.code == "EAST").exists()
    assert not Kpi.select().where(Kpi.code == "OTHER").exists()


def test_an_undo_is_audited_and_told(desk: Flask, partner: Partner, told: Any) -> None:
    kpi()
    report = bring_in(source("values", VALUES + "NORD,REV,2025-01,5,\n"))
    undo(report.import_id or 0, admin())
    assert told[-1] == ("kpis_restated", [Revision.get().id])
    assert AuditEntry.select().order_by(AuditEntry.id.desc()).get().action == "import.undone"
    assert Import.get().undone_by == admin()


def test_an_import_is_undone_once(desk: Flask, partner: Partner) -> None:
    kpi()
    report = bring_in(source("values", VALUES + "NORD,REV,2025-01,5,\n"))
    undo(report.import_id or 0, admin())
    with pytest.raises(KpiRefusal, match="already"):
        undo(report.import_id or 0, admin())


def later_figure(partner: Partner, of: Kpi) -> None:
    bring_in(source("values", VALUES + "NORD,REV,2025-01,6,\n"))


def waiting_figure(partner: Partner, of: Kpi) -> None:
    services.submit_value(
        partner.id,
        of.id,
        period("2025-01"),
        by=viewer("manager@example.org"),
        value=units(9),
        reason="corrected",
    )


def lock(partner: Partner, of: Kpi) -> None:
    Value.update(locked=True).execute()


def later_target(partner: Partner, of: Kpi) -> None:
    bring_in(source("targets", TARGETS + "NORD,REV,2025-01,30,8,1\n"))


def partner_saved(partner: Partner, of: Kpi) -> None:
    Partner.update(name="Renamed").where(Partner.code == "EAST").execute()


def contact_added(partner: Partner, of: Kpi) -> None:
    east = Partner.get(Partner.code == "EAST")
    Contact.create(partner=east, side="host", name="Ida", email="ida@example.org")


def kpi_saved(partner: Partner, of: Kpi) -> None:
    Kpi.update(name="Renamed").where(Kpi.code == "LEADS").execute()


def figure_of_new_partner(partner: Partner, of: Kpi) -> None:
    bring_in(source("values", VALUES + "EAST,REV,2025-05,6,\n"))


@pytest.mark.parametrize(
    ("later", "said"),
    [
        (later_figure, "NORD · REV · 2025-01: a later figure stands"),
        (waiting_figure, "NORD · REV · 2025-01: a later figure waits or was returned"),
        (lock, "NORD · REV · 2025-01: the figure is locked"),
        (later_target, "NORD · REV · 2025-01: the target was changed"),
        (partner_saved, "EAST: the partner was changed"),
        (contact_added, "EAST: a contact was changed"),
        (kpi_saved, "LEADS: the KPI was changed"),
        (figure_of_new_partner, "EAST: 1 other figures"),
    ],
)
def test_what_depends_on_an_import_keeps_it(
    desk: Flask, partner: Partner, later: Any, said: str
) -> None:
    of = kpi()
    report = bring_in(
        *sources(
            partners=PARTNERS + "EAST,Ostwind,supplier,active,,EUR,,,\n",
            kpis=KPIS + "LEADS,Leads,acquisition,number,,higher,flow,sum,monthly\n",
            targets=TARGETS + "NORD,REV,2025-01,10,8,1\n",
            values=VALUES + "NORD,REV,2025-01,5,\n",
        )
    )
    later(partner, of)
    tables = stored()
    with pytest.raises(UndoRefused) as refused:
        undo(report.import_id or 0, admin())
    assert said in refused.value.reasons
    assert stored() == tables
    assert Import.get_by_id(report.import_id).undone_at is None


CELLS = st.tuples(
    st.sampled_from(["NORD", "EAST"]),
    st.sampled_from(["REV", "COST"]),
    st.sampled_from(["2025-01", "2025-02", "2025-07"]),
)
FIGURES = st.dictionaries(CELLS, st.integers(-50, 50), max_size=8)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(first=FIGURES, second=FIGURES, first_targets=FIGURES, second_targets=FIGURES)
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_undo_restores_and_import_is_idempotent(
    desk: Flask, tmp_path: Path, first: Any, second: Any, first_targets: Any, second_targets: Any
) -> None:
    def files(values: Any, targets: Any) -> list[imports.Source]:
        lines = "".join(f"{','.join(key)},{value},\n" for key, value in values.items())
        goals = "".join(f"{','.join(key)},{value},,1\n" for key, value in targets.items())
        return sources(
            partners=PARTNERS
            + "NORD,Nord,supplier,active,,EUR,,,\nEAST,Ost,supplier,active,,USD,,,\n",
            kpis=KPIS
            + "REV,Revenue,revenue,money,,higher,flow,sum,monthly\n"
            + "COST,Cost,cost,number,,lower,flow,sum,monthly\n",
            targets=TARGETS + (goals or "NORD,REV,2025-12,1,,1\n"),
            values=VALUES + (lines or "NORD,REV,2025-12,1,\n"),
        )

    with database.atomic() as everything:
        bring_in(*files(first, first_targets))
        before, tables = exported(tmp_path), stored()
        report = bring_in(*files(second, second_targets))
        after = exported(tmp_path)
        assert bring_in(*files(second, second_targets)).import_id is None
        assert exported(tmp_path) == after
        if report.import_id:
            undo(report.import_id, admin())
        assert exported(tmp_path) == before
        assert stored() == tables
        rollups.rebuild_all()
        assert stored() == tables
        everything.rollback()
