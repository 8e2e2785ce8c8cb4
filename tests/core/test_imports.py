"""Imports of sound files: what they write, what they leave alone, what they say."""

import json
from typing import Any

import pytest
from flask import Flask

from app.core import audit_check
from app.core.accounts.models import User
from app.core.contract import Viewer
from app.core.kpis import imports, queries, rollups, services
from app.core.kpis.models import Import, Kpi, Revision, Score, Target, Value
from app.core.models import AuditEntry
from app.core.partners.models import Contact, Partner, PartnerTag
from app.testing import add_partner
from tests.core.desk import Desk
from tests.core.kpi_support import (
    TODAY,
    airlines,
    audited,
    bring_in,
    desk,
    kpi,
    last_detail,
    partner,
    period,
    ratio,
    source,
    sources,
    states,
    told,
    units,
    viewer,
)

__all__ = ["desk", "partner", "told"]

JAN = period("2025-01")
VALUES = "partner_code,kpi_code,period,value,numerator,denominator,note\n"
TARGETS = "partner_code,kpi_code,period,baseline,target,threshold,weight,critical\n"
PARTNERS = "code,name,type,status,start_date,currency,contact_name,contact_email,tags\n"
KPIS = "code,name,category,value_type,unit,direction,nature,aggregation,frequency\n"


def figure(at: str = "2025-01") -> tuple[int | None, int | None, int | None]:
    row = Value.get(Value.period == period(at).key)
    return row.value, row.num, row.den


def test_the_airlines_come_in_whole(desk: Flask, told: Any) -> None:
    report = bring_in(*airlines())
    assert (report.partners, report.kpis, report.targets, report.values) == (16, 6, 576, 1110)
    assert (Value.select().count(), Target.select().count()) == (1110, 576)
    assert [(event, len(ids)) for event, ids in told] == [("kpis_approved", 1110)]


def test_the_same_files_again_change_nothing(desk: Flask, told: Any) -> None:
    bring_in(*airlines())
    before = (Import.select().count(), AuditEntry.select().count(), Revision.select().count())
    report = bring_in(*airlines())
    assert report == imports.Report(unchanged=1708)
    after = (Import.select().count(), AuditEntry.select().count(), Revision.select().count())
    assert after == before
    assert len(told) == 1


def test_an_import_leaves_one_audit_row_with_the_hash_of_its_rows(desk: Flask) -> None:
    bring_in(*airlines())
    assert audited().count("import.applied") == 1
    assert len(last_detail()["sha256"]) == 64
    assert last_detail()["values"] == 1110
    assert list(audit_check.verify()) == []


def test_an_import_names_the_guards_that_nobody_checked(desk: Flask) -> None:
    report = bring_in(*airlines())
    assert len(report.unchecked) == 16
    assert report.unchecked[0] == "9E: owner, primary contact (host), goals, strengths, audience"
    assert json.loads(Import.get().unchecked) == list(report.unchecked)


def test_a_dry_run_writes_nothing(desk: Flask) -> None:
    plan = imports.read(airlines(), TODAY)
    assert plan.counts == {
        "partners": 16,
        "kpis": 6,
        "targets": 576,
        "values": 1110,
        "restated": 0,
        "unchanged": 0,
    }
    assert Partner.select().count() == Value.select().count() == Import.select().count() == 0


def test_a_partner_gets_its_contact_and_tags(desk: Flask) -> None:
    bring_in(
        source(
            "partners",
            PARTNERS + "as,Alaska,supplier,active,2012-01-31,usd,,kim@as.example.org, a;b ;a\n",
        )
    )
    row = Partner.get(Partner.code == "AS")
    contact = Contact.get(Contact.partner == row)
    assert (row.name, row.status, row.currency, row.start_date.isoformat()) == (
        *("Alaska", "active", "USD"),
        "2012-01-31",
    )
    assert (contact.name, contact.email, contact.is_primary) == ("kim", "kim@as.example.org", True)
    assert sorted(tag.tag for tag in PartnerTag.select()) == ["a", "b"]


def test_a_partner_that_differs_is_changed(desk: Flask, partner: Partner) -> None:
    report = bring_in(source("partners", PARTNERS + "NORD,Nordlicht,reseller,suspended,,EUR,,,\n"))
    row = Partner.get_by_id(partner.id)
    assert (report.partners, row.name, row.type, row.status, row.version) == (
        *(1, "Nordlicht", "reseller", "suspended"),
        2,
    )


def test_columns_that_a_file_lacks_are_left_alone(desk: Flask, partner: Partner) -> None:
    PartnerTag.insert(partner=partner, tag="logistics").execute()
    text = "code,name,type,status,currency\nNORD,Nordlicht Logistik,supplier,active,EUR\n"
    assert bring_in(source("partners", text)).unchanged == 1
    assert PartnerTag.select().count() == 1


def test_the_first_import_is_remembered(desk: Flask, partner: Partner) -> None:
    kpi()
    bring_in(source("values", VALUES + "NORD,REV,2025-01,5,,,\n"))
    assert Partner.get_by_id(partner.id).first_import_at is not None


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff" + VALUES + "NORD,REV,2025-01,1.5,,,\n",
        VALUES.replace("\n", "\r\n") + "NORD,REV,2025-01,1.5,,,\r\n",
        VALUES.replace(",", ";") + "NORD;REV;2025-01;1,5;;;\n",
        VALUES.replace(",", ";") + "NORD;REV;2025-01;1.5;;;\n",
        VALUES.replace(",", "\t") + "NORD\tREV\t2025-01\t1.5\t\t\t\n",
        "value,period,kpi_code,partner_code\n1.5,2025-01,REV,NORD\n",
        "VALUE, Period ,KPI_code,Partner_Code\n1.5,2025-01,rev,nord\n",
        VALUES + '"NORD","REV","2025-01","1.5",,,"two\nlines"\n',
        VALUES + "\n,,,,,,\nNORD,REV,2025-01, 1.50 ,,,\n",
        VALUES + "NORD,REV,2025-01,1.5,,,,,\n",
        VALUES + "NORD,REV,2025-01,1.5,,,",
        VALUES + "NORD,REV,2025-01,+1.500000,,,-3 against plan\n",
    ],
    ids=[
        *("byte order mark", "Windows line ends", "semicolons", "semicolons and points", "tabs"),
        *("another order", "another case", "quotes", "empty rows", "empty cells at the end"),
        *("no last line end", "signs"),
    ],
)
def test_a_file_is_read_however_it_was_written(desk: Flask, partner: Partner, content: str) -> None:
    kpi()
    bring_in(source("values", content))
    assert figure() == (units(1.5), None, None)


@pytest.mark.parametrize(
    ("text", "millionths"),
    [("12%", 120_000), ("0.12", 120_000), ("150%", 1_500_000), ("-5%", -50_000)],
)
def test_percentages_are_fractions(
    desk: Flask, partner: Partner, text: str, millionths: int
) -> None:
    kpi(value_type="percent", aggregation="last")
    bring_in(source("values", VALUES + f"NORD,REV,2025-01,{text},,,\n"))
    assert figure() == (millionths, None, None)


def test_ratios_keep_their_parts(desk: Flask, partner: Partner) -> None:
    ratio()
    bring_in(source("values", VALUES + "NORD,RATE,2025-01,,1,3,\n"))
    assert figure() == (None, units(1), units(3))


def test_ordinals_are_read_by_their_labels(desk: Flask, partner: Partner) -> None:
    kpi(value_type="ordinal", aggregation="last", labels="Low\nMedium\nHigh")
    bring_in(
        *sources(
            targets=TARGETS + "NORD,REV,2025-01,,High,,1,no\n",
            values=VALUES + "NORD,REV,2025-01,medium,,,\n",
        )
    )
    assert figure() == (units(1), None, None)
    row = queries.scorecards([partner.id], [JAN])[partner.id, JAN.key]
    assert row.score == 500_000


def test_a_target_counts_as_accepted(desk: Flask, partner: Partner) -> None:
    kpi()
    bring_in(source("targets", TARGETS + "NORD,REV,2025-01,80,100,90,30,yes\n"))
    row = Target.get()
    found = (row.baseline, row.target, row.threshold, row.weight, row.critical, row.n)
    assert found == (units(80), units(100), units(90), units(30), True, 1)


def test_a_band_has_columns_of_its_own(desk: Flask, partner: Partner) -> None:
    kpi(direction="band")
    text = "partner_code,kpi_code,period,band_lo,band_hi,threshold\nNORD,REV,2025-01,30,40,5\n"
    bring_in(source("targets", text))
    row = Target.get()
    assert (row.band_lo, row.band_hi, row.threshold) == (units(30), units(40), units(5))


def test_a_target_that_differs_is_a_new_revision(desk: Flask, partner: Partner) -> None:
    kpi()
    for target in (100, 110):
        bring_in(source("targets", TARGETS + f"NORD,REV,2025-01,,{target},,1,no\n"))
    assert (Target.get().n, Target.get().target) == (2, units(110))


def test_a_figure_that_differs_restates_with_its_note(
    desk: Flask, partner: Partner, told: Any
) -> None:
    revenue = kpi()
    bring_in(source("values", VALUES + "NORD,REV,2025-01,5,,,\n"))
    report = bring_in(source("values", VALUES + "NORD,REV,2025-01,6,,,A late invoice\n"))
    assert (report.values, report.restated) == (1, 1)
    assert states(partner, revenue) == [(1, "superseded"), (2, "approved")]
    assert Revision.get(Revision.n == 2).reason == "A late invoice"
    assert [event for event, _ in told] == ["kpis_approved", "kpis_restated"]


def test_a_restatement_without_a_note_names_its_file(desk: Flask, partner: Partner) -> None:
    kpi()
    bring_in(source("values", VALUES + "NORD,REV,2025-01,5,,,\n"))
    bring_in(source("values", VALUES + "NORD,REV,2025-01,6,,,\n", "ledger-2025.csv"))
    assert Revision.get(Revision.n == 2).reason == "ledger-2025.csv"


def waiting(partner: Partner, revenue: Kpi, value: float) -> int:
    manager: Viewer = viewer("manager@example.org")
    return services.submit_value(partner.id, revenue.id, JAN, by=manager, value=units(value))


def test_the_same_figure_that_waits_is_approved(desk: Flask, partner: Partner, told: Any) -> None:
    revenue = kpi()
    revision = waiting(partner, revenue, 5)
    plan = imports.read([source("values", VALUES + "NORD,REV,2025-01,5,,,\n")], TODAY)
    assert len(plan.warnings) == 1
    imports.apply(plan, User.get(User.role == "admin"))
    assert states(partner, revenue) == [(1, "approved")]
    assert told == [("kpis_approved", [revision])]


def test_another_figure_takes_the_place_of_one_that_waits(desk: Flask, partner: Partner) -> None:
    revenue = kpi()
    waiting(partner, revenue, 5)
    bring_in(source("values", VALUES + "NORD,REV,2025-01,6,,,\n"))
    assert states(partner, revenue) == [(1, "superseded"), (2, "approved")]


def test_a_locked_figure_is_a_row_error(desk: Flask, partner: Partner) -> None:
    kpi()
    bring_in(source("values", VALUES + "NORD,REV,2025-01,5,,,\n"))
    Value.update(locked=True).execute()
    plan = imports.read([source("values", VALUES + "NORD,REV,2025-01,6,,,\n")], TODAY)
    assert [(p.row, p.column, p.value) for p in plan.errors] == [(2, "period", "2025-01")]


def test_a_locked_figure_that_stays_the_same_is_none(desk: Flask, partner: Partner) -> None:
    kpi()
    bring_in(source("values", VALUES + "NORD,REV,2025-01,5,,,\n"))
    Value.update(locked=True).execute()
    assert bring_in(source("values", VALUES + "NORD,REV,2025-01,5,,,\n")).unchanged == 1


def test_a_figure_locked_since_the_reading_stops_everything(desk: Flask, partner: Partner) -> None:
    kpi()
    bring_in(source("values", VALUES + "NORD,REV,2025-01,5,,,\n"))
    plan = imports.read(
        [source("values", VALUES + "NORD,REV,2025-01,6,,,\nNORD,REV,2025-02,6,,,\n")], TODAY
    )
    Value.update(locked=True).execute()
    with pytest.raises(services.KpiRefusal):
        imports.apply(plan, User.get(User.role == "admin"))
    assert Value.select().count() == 1


def test_a_plan_with_errors_is_never_applied(desk: Flask, partner: Partner) -> None:
    kpi()
    text = VALUES + "NORD,REV,2025-01,5,,,\nNORD,REV,2025-02,six,,,\n"
    plan = imports.read([source("values", text)], TODAY)
    with pytest.raises(ValueError, match="errors"):
        imports.apply(plan, User.get(User.role == "admin"))
    assert Value.select().count() == 0


def test_a_file_may_refer_to_rows_of_another(desk: Flask) -> None:
    report = bring_in(
        *reversed(
            sources(
                partners=PARTNERS + "AS,Alaska,supplier,active,,USD,,,\n",
                kpis=KPIS + "REV,Revenue,revenue,money,,higher,flow,sum,monthly\n",
                values=VALUES + "AS,REV,2025-01,5,,,\n",
            )
        )
    )
    assert (report.partners, report.kpis, report.values) == (1, 1, 1)


def test_a_definition_in_use_keeps_its_meaning(desk: Flask, partner: Partner) -> None:
    kpi()
    bring_in(source("values", VALUES + "NORD,REV,2025-01,5,,,\n"))
    row = "REV,Rev,revenue,number,,lower,flow,sum,monthly\n"
    plan = imports.read([source("kpis", KPIS + row)], TODAY)
    assert [(p.row, p.column, p.value) for p in plan.errors] == [(2, "direction", "lower")]


def test_a_definition_is_renamed(desk: Flask, partner: Partner) -> None:
    kpi()
    bring_in(source("values", VALUES + "NORD,REV,2025-01,5,,,\n"))
    row = "REV,Turnover,revenue,number,EUR,higher,flow,sum,monthly\n"
    assert bring_in(source("kpis", KPIS + row)).kpis == 1
    assert (Kpi.get().name, Kpi.get().unit) == ("Turnover", "EUR")


def test_values_of_months_to_come_are_mentioned(desk: Flask, partner: Partner) -> None:
    kpi()
    plan = imports.read([source("values", VALUES + "NORD,REV,2026-04,5,,,\n")], TODAY)
    assert len(plan.warnings) == 1


def test_scorecards_follow_targets_and_values_at_once(desk: Flask) -> None:
    bring_in(*airlines())
    # 16 carriers × (12 months + 4 quarters + 2 halves + the year)
    assert Score.select().count() == 16 * 19


def test_figures_are_marked_as_seen_by_two_eyes_only(desk: Flask, partner: Partner) -> None:
    kpi()
    bring_in(source("values", VALUES + "NORD,REV,2025-01,5,,,\n"))
    row = Revision.get()
    assert (row.four_eyes, row.source) == (False, f"import:{Import.get().id}")


def test_scorecards_computed_ahead_are_those_computed_afterwards(
    desk: Flask, partner: Partner
) -> None:
    for code in ("REV", "LEADS"):
        kpi(code)
    rows = [f"NORD,{code},2025-{month:02}" for code in ("REV", "LEADS") for month in (1, 2, 11)]
    targets = TARGETS + "".join(f"{row},,100,90,1,no\n" for row in rows)
    values = VALUES + "".join(f"{row},{80 + 5 * n},,,\n" for n, row in enumerate(rows))
    bring_in(*sources(targets=targets, values=values))
    ahead = sorted(Score.select().tuples())
    rollups.rebuild_all()
    assert sorted(Score.select().tuples()) == ahead


def test_scorecards_computed_ahead_are_dropped_where_a_figure_came_in_between(
    desk: Flask, partner: Partner
) -> None:
    revenue, leads = kpi(), kpi("LEADS")
    target = TARGETS + "NORD,REV,2025-01,,100,,1,no\nNORD,LEADS,2025-01,,100,,1,no\n"
    bring_in(source("targets", target))
    staged = rollups.stage([], [(JAN.key, units(100), None, None, partner.id, revenue.id)])
    row = services.ValueRow(partner.id, leads.id, JAN.key, units(50))
    services.record_kpi_values([row], source="test", by=None)
    assert rollups.holding(staged) == []


def test_a_partner_merged_between_reading_and_writing_is_not_written_to(
    desk: Flask, partner: Partner
) -> None:
    kpi()
    gone = add_partner("SUED", "Südwind Verlag")
    plan = imports.read([source("values", VALUES + "SUED,REV,2025-01,5,,,\n")], TODAY)
    Desk(desk).merge(partner, gone)
    with pytest.raises(services.KpiRefusal, match="merged meanwhile"):
        imports.apply(plan, User.get(User.role == "admin"))
    assert Value.select().count() == 0
