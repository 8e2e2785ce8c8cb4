"""Derived KPIs in the running application: inputs are entered, derived figures follow."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from flask import Flask

from app.core.accounts.models import User
from app.core.kpis import queries, services
from app.core.kpis.models import Kpi, KpiTotal, KpiVersion, Revision, Score, Value
from app.core.kpis.services import KpiDraft, KpiRefusal, TargetFigures, ValueRow, formulas
from app.core.partners.models import Partner
from app.testing import add_partner
from tests.core.desk import counted_queries
from tests.core.kpi_support import (
    CALENDAR,
    bring_in,
    desk,
    kpi,
    partner,
    period,
    sources,
    told,
    units,
    viewer,
)

__all__ = ["desk", "partner", "told"]

APRIL, MAY, JUNE = period("2025-04"), period("2025-05"), period("2025-06")
QUARTER = period("2025-Q2")


@pytest.fixture
def admin(desk: Flask) -> Any:
    return viewer("admin@example.org")


def draft(code: str, formula: str, **changes: Any) -> KpiDraft:
    fields = {
        "name": code.title(),
        "category": "financial",
        "value_type": "ratio",
        "direction": "higher",
        "nature": "flow",
        "aggregation": "ratio",
        "frequency": "monthly",
    } | changes
    return KpiDraft(code=code, formula=formula, **fields)


def derive(admin: Any, code: str, formula: str, **changes: Any) -> int:
    return services.save_kpi(draft(code, formula, **changes), by=admin)


def number(admin: Any, code: str, formula: str) -> int:
    return derive(admin, code, formula, value_type="number", aggregation="sum")


def enter(partner: Partner, at: Any = MAY, **figures: float) -> None:
    ids = dict(Kpi.select(Kpi.code, Kpi.id).tuples())
    rows = [ValueRow(partner.id, ids[c], at.key, units(v)) for c, v in figures.items()]
    services.record_kpi_values(rows, source="test", by=None)


def reading(partner: Partner, kpi_id: int, at: Any = MAY) -> Fraction | None:
    row = Value.get_or_none(Value.partner == partner, Value.kpi == kpi_id, Value.period == at.key)
    if row is None:
        return None
    return Fraction(row.num, row.den) if row.den else Fraction(row.value, 1_000_000)


@pytest.mark.parametrize(
    ("formula", "entered", "expected"),
    [
        ("(GP - COST) / COST", {"GP": 150_000, "COST": 100_000}, "1/2"),
        ("COST / FRESH", {"COST": 24_000, "FRESH": 60}, "400"),
        ("(OPEN + FRESH - CLOSE) / OPEN", {"OPEN": 1000, "FRESH": 300, "CLOSE": 1150}, "3/20"),
        ("(CLOSE - FRESH) / OPEN", {"OPEN": 1000, "FRESH": 300, "CLOSE": 1150}, "17/20"),
        ("ARPA * MARGIN / CHURN", {"ARPA": 50, "MARGIN": 0.8, "CHURN": 0.05}, "800"),
    ],
)
def test_k5_inputs_are_entered_and_the_derived_figure_is_read(
    admin: Any, partner: Partner, formula: str, entered: dict[str, float], expected: str
) -> None:
    for code in entered:
        kpi(code)
    derived = derive(admin, "D", formula)
    enter(partner, **entered)
    assert reading(partner, derived) == Fraction(expected)


def test_k5_growth_reads_the_period_before(admin: Any, partner: Partner) -> None:
    kpi("REV")
    growth = derive(admin, "G", "(REV - prior(REV)) / abs(prior(REV))")
    enter(partner, APRIL, REV=-20_000)
    enter(partner, MAY, REV=10_000)
    assert reading(partner, growth) == Fraction(3, 2)


def test_a_correction_of_the_period_before_moves_the_growth_after_it(
    admin: Any, partner: Partner
) -> None:
    kpi("REV")
    growth = derive(admin, "G", "(REV - prior(REV)) / abs(prior(REV))")
    enter(partner, APRIL, REV=100)
    enter(partner, MAY, REV=150)
    enter(partner, APRIL, REV=120)
    assert reading(partner, growth) == Fraction(1, 4)


def test_an_approval_moves_what_hangs_on_it(admin: Any, partner: Partner) -> None:
    revenue = kpi("REV")
    double = number(admin, "D", "REV * 2")
    waiting = services.submit_value(partner.id, revenue.id, MAY, by=admin, value=units(7))
    before = reading(partner, double)
    services.approve([waiting], by=admin, reason="Checked with the ledger.")
    assert (before, reading(partner, double)) == (None, 14)


def test_a_derived_kpi_follows_another_one(admin: Any, partner: Partner) -> None:
    kpi("A")
    number(admin, "Z", "A + 1")
    last = number(admin, "B", "Z * 2")
    enter(partner, A=4)
    assert reading(partner, last) == 10


def test_a_division_by_zero_is_no_figure(admin: Any, partner: Partner) -> None:
    kpi("A")
    kpi("B")
    derived = derive(admin, "D", "A / B")
    enter(partner, A=4, B=0)
    assert reading(partner, derived) is None


def test_a_figure_that_is_no_longer_known_goes_and_leaves_a_revision(
    admin: Any, partner: Partner, told: Any
) -> None:
    kpi("A")
    kpi("B")
    derived = derive(admin, "D", "A / B")
    enter(partner, A=4, B=2)
    enter(partner, B=0)
    rows = Revision.select().where(Revision.kpi == derived).order_by(Revision.n)
    assert [(r.n, r.state, r.value) for r in rows] == [
        (1, "superseded", None),
        (2, "unknown", None),
    ]
    assert reading(partner, derived) is None
    assert told[-1] == ("kpis_restated", sorted([told[-1][1][0], rows[1].id]))


def test_scorecard_and_totals_follow_the_derived_figure(admin: Any, partner: Partner) -> None:
    kpi("A")
    kpi("B")
    derived = derive(admin, "D", "A / B")
    figures = TargetFigures(target=units(1))
    services.set_target(partner.id, derived, MAY, figures, by=admin, n=0, agreed="On the phone")

    def stands() -> tuple[Any, ...]:
        score = Score.get(Score.partner == partner, Score.period == MAY.key)
        total = KpiTotal.get(KpiTotal.kpi == derived, KpiTotal.period == MAY.key)
        return score.green, score.grey, total.reported, total.num

    enter(partner, A=4, B=2)
    known = stands()
    enter(partner, B=0)
    assert (known, stands()) == ((1, 0, 1, 4), (0, 1, 0, 0))


def test_a_quarter_of_a_ratio_is_the_ratio_of_the_sums(admin: Any, partner: Partner) -> None:
    kpi("A")
    kpi("B")
    derived = derive(admin, "D", "A / B")
    for at, a, b in ((APRIL, 4, 8), (MAY, 2, 10), (JUNE, 1, 4)):
        enter(partner, at, A=a, B=b)
    today = CALENDAR.end(period("2025-12"))
    card = queries.scorecard(partner.id, QUARTER, CALENDAR, today)
    assert next(r for r in card.rows if r.kpi.id == derived).result.actual == Fraction(7, 22)


def test_finer_inputs_count_once_their_period_is_complete(admin: Any, partner: Partner) -> None:
    kpi("REV")
    derived = derive(
        admin, "Q", "REV * 2", value_type="number", aggregation="sum", frequency="quarterly"
    )
    enter(partner, APRIL, REV=1)
    enter(partner, MAY, REV=2)
    incomplete = reading(partner, derived, QUARTER)
    enter(partner, JUNE, REV=3)
    assert (incomplete, reading(partner, derived, QUARTER)) == (None, 12)


def test_a_new_formula_works_out_what_is_there(admin: Any, partner: Partner) -> None:
    kpi("A")
    enter(partner, A=4)
    derived = number(admin, "D", "A * 2")
    assert reading(partner, derived) == 8


def test_a_changed_formula_restates_every_figure(admin: Any, partner: Partner) -> None:
    kpi("A")
    derived = number(admin, "D", "A * 2")
    enter(partner, A=4)
    changed = replace(draft("D", "A * 3", value_type="number", aggregation="sum"))
    services.save_kpi(changed, by=admin, kpi_id=derived, version=1)
    assert reading(partner, derived) == 12


def test_many_figures_are_worked_out_by_a_job(
    desk: Flask, admin: Any, partner: Partner, monkeypatch: Any
) -> None:
    monkeypatch.setattr(formulas, "AT_ONCE", 0)
    monkeypatch.setattr(formulas, "PARTNERS_AT_ONCE", 1)
    other = add_partner("ZWEI", "Zwei", owner=User.get(User.role == "admin"))
    kpi("A")
    enter(partner, A=4)
    enter(other, A=5)
    derived = number(admin, "D", "A * 2")
    before = reading(partner, derived)
    after = 0
    while after < other.id:  # as the jobs follow each other
        formulas.derive(derived, after)
        after = Partner.select(Partner.id).where(Partner.id > after).order_by(Partner.id).get().id
    assert (before, reading(partner, derived), reading(other, derived)) == (None, 8, 10)


@pytest.mark.parametrize(
    "write",
    [
        lambda p, k, by: services.submit_value(p.id, k, MAY, by=by, value=1),
        lambda p, k, by: services.record_kpi_values(
            [ValueRow(p.id, k, MAY.key, 1)], source="survey:1", by=None
        ),
    ],
    ids=["submit", "record"],
)
def test_nobody_writes_a_derived_figure_by_hand(admin: Any, partner: Partner, write: Any) -> None:
    kpi("A")
    derived = number(admin, "D", "A * 2")
    with pytest.raises(KpiRefusal):
        write(partner, derived, admin)


@pytest.mark.parametrize(
    "formula", ["A +", "NOBODY * 2", "D * 2", "prior(D)", "A ** 2", "WORDS + 1", "YEARLY"]
)
def test_a_formula_that_cannot_be_worked_out_is_refused(admin: Any, formula: str) -> None:
    kpi("A")
    kpi("YEARLY", frequency="yearly")
    kpi("WORDS", value_type="ordinal", aggregation="last", labels="Low\nHigh")
    with pytest.raises(KpiRefusal) as refusal:
        number(admin, "D", formula)
    assert refusal.value.field == "formula"


def test_a_circle_is_refused_where_it_closes(admin: Any) -> None:
    kpi("A")
    first = number(admin, "D", "A * 2")
    number(admin, "E", "D * 2")
    circular = draft("D", "E * 2", value_type="number", aggregation="sum")
    with pytest.raises(KpiRefusal) as refusal:
        services.save_kpi(circular, by=admin, kpi_id=first, version=1)
    assert refusal.value.field == "formula"


def test_a_reported_kpi_with_figures_becomes_no_derived_one(admin: Any, partner: Partner) -> None:
    kpi("A")
    plain = services.save_kpi(draft("D", "", value_type="number", aggregation="sum"), by=admin)
    enter(partner, D=1)
    changed = draft("D", "A * 2", value_type="number", aggregation="sum")
    with pytest.raises(KpiRefusal) as refusal:
        services.save_kpi(changed, by=admin, kpi_id=plain, version=1)
    assert refusal.value.field == "formula"


def test_an_input_that_a_formula_reads_is_not_made_coarser(admin: Any) -> None:
    plain = draft("A", "", value_type="number", aggregation="sum")
    read = services.save_kpi(plain, by=admin)
    number(admin, "D", "A * 2")
    with pytest.raises(KpiRefusal):
        services.save_kpi(replace(plain, frequency="yearly"), by=admin, kpi_id=read, version=1)


def test_a_new_code_is_written_into_the_formulas_that_read_it(admin: Any, partner: Partner) -> None:
    plain = draft("A", "", value_type="number", aggregation="sum")
    read = services.save_kpi(plain, by=admin)
    derived = number(admin, "D", "A * 2")
    services.save_kpi(replace(plain, code="A-1"), by=admin, kpi_id=read, version=1)
    assert Kpi.get_by_id(derived).formula == "[A-1] * 2"
    assert KpiVersion.select().where(KpiVersion.kpi == derived).count() == 2
    enter(partner, **{"A-1": 4})
    assert reading(partner, derived) == 8


def test_a_locked_derived_figure_stays(admin: Any, partner: Partner) -> None:
    kpi("A")
    derived = number(admin, "D", "A * 2")
    enter(partner, A=4)
    Value.update(locked=True).where(Value.kpi == derived).execute()
    enter(partner, A=5)
    assert reading(partner, derived) == 8


def test_a_derived_kpi_out_of_use_is_no_longer_worked_out(admin: Any, partner: Partner) -> None:
    kpi("A")
    derived = number(admin, "D", "A * 2")
    Kpi.update(active=False).where(Kpi.id == derived).execute()
    enter(partner, A=4)
    assert reading(partner, derived) is None


def test_recording_asks_as_few_questions_for_many_figures_as_for_few(
    admin: Any, partner: Partner
) -> None:
    revenue = kpi("A")
    number(admin, "D", "A + prior(A)")

    def asked(year: int) -> int:
        months = [period(f"{year}-{month:02}") for month in range(1, 12 if year > 2020 else 3)]
        rows = [ValueRow(partner.id, revenue.id, month.key, units(5)) for month in months]
        with counted_queries() as seen:
            services.record_kpi_values(rows, source="test", by=None)
        return len([q for q in seen if q.startswith("SELECT")])

    assert asked(2022) == asked(2019)


def test_a_desk_without_derived_kpis_asks_nothing_more(partner: Partner) -> None:
    revenue = kpi("A")
    row = ValueRow(partner.id, revenue.id, MAY.key, units(5))
    with counted_queries() as seen:
        services.record_kpi_values([row], source="test", by=None)
    assert len([q for q in seen if " FROM value" in q and "SELECT" in q]) == 2  # standing, scores


def test_an_import_is_followed_by_its_derived_figures(admin: Any, partner: Partner) -> None:
    kpi("A")
    derived = number(admin, "D", "A * 2")
    bring_in(*sources(values="partner_code,kpi_code,period,value\nNORD,A,2025-05,4\n"))
    assert reading(partner, derived) == 8
