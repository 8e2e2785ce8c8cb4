"""Pages of definitions: formulas, versions, the library; and derived and ordinal KPIs on screen."""

import pytest

from app.core.kpis.models import Kpi, Value
from app.core.periods import Calendar
from tests.core.desk import Desk

MAY = Calendar().parse("2013-05")
DEFINITION = {
    "name": "Return",
    "code": "ROI",
    "category": "financial",
    "value_type": "ratio",
    "unit": "%",
    "direction": "higher",
    "nature": "flow",
    "aggregation": "ratio",
    "frequency": "monthly",
    "submitter": "host",
    "due_days": "10",
    "active": "y",
    "formula": "(GP - COST) / COST",
}


@pytest.fixture
def desk(app):
    return Desk(app)


@pytest.fixture
def roi(desk, as_admin):
    """Gross profit, cost, and the return that is worked out from them."""
    parts = desk.kpi("GP", "Gross profit"), desk.kpi("COST", "Cost")
    assert as_admin.send("/kpis/new", **DEFINITION).status_code == 303
    return (*parts, Kpi.get(Kpi.code == "ROI").id)


def page_of(client, partner, kpi_id, rest=""):
    return client.get(f"/partners/{partner.id}/kpis/{kpi_id}{rest}").text


def test_k5_figures_entered_on_pages_come_to_a_return_of_50_percent(as_manager, partner, roi):
    for kpi_id, value in zip(roi, ("150000", "100000"), strict=False):
        answer = as_manager.send(
            f"/partners/{partner.id}/kpis/{kpi_id}/values",
            **{
                "value-period": "2013-05",
                "value-value": value,
                "value-approval": "Checked",
            },
        )
        assert answer.status_code == 303
    text = page_of(as_manager, partner, roi[2], "/explain?period=2013-05")
    assert "50%" in text
    assert "Gross profit" in text


def test_each_input_leads_to_its_own_explanation(as_viewer, desk, partner, roi):
    desk.value(partner, roi[0], MAY, 150)
    desk.value(partner, roi[1], MAY, 100)
    text = page_of(as_viewer, partner, roi[2], "/explain?period=2013-05")
    assert f"/partners/{partner.id}/kpis/{roi[0]}/explain?period=2013-05" in text


def test_what_is_missing_is_named(as_viewer, desk, partner, roi):
    desk.value(partner, roi[0], MAY, 150)
    text = page_of(as_viewer, partner, roi[2], "/explain?period=2013-05")
    assert "this is missing or incomplete: Cost of May 2013" in text


def test_a_division_by_zero_is_named(as_viewer, desk, partner, roi):
    desk.value(partner, roi[0], MAY, 150)
    desk.value(partner, roi[1], MAY, 0)
    text = page_of(as_viewer, partner, roi[2], "/explain?period=2013-05")
    assert "“COST” comes to zero" in text


def test_a_derived_kpi_offers_no_form_for_values_but_one_for_targets(as_manager, partner, roi):
    text = page_of(as_manager, partner, roi[2])
    assert 'id="set-target"' in text
    assert "worked out by a formula" in text
    assert "value-approval" not in text


def test_a_derived_figure_is_refused_by_hand(as_manager, partner, roi):
    answer = as_manager.send(
        f"/partners/{partner.id}/kpis/{roi[2]}/values",
        **{"value-period": "2013-05", "value-num": "1", "value-den": "2"},
    )
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("(GP - COST / COST", "At character"),
        ("GP / NOBODY", "At character 6: no KPI has the code “NOBODY”."),
        ("GP ** 2", "At character 4"),
        ("ROI / GP", "cannot be worked out from itself"),
    ],
)
def test_a_wrong_formula_comes_back_with_its_place(as_admin, desk, formula, said):
    desk.kpi("GP", "Gross profit")
    desk.kpi("COST", "Cost")
    answer = as_admin.send("/kpis/new", **(DEFINITION | {"formula": formula}))
    assert (answer.status_code, said in answer.text) == (422, True)


def test_the_versions_of_a_definition_show_their_differences(as_admin, as_viewer, roi):
    change = DEFINITION | {"name": "Return on cost", "version": "1", "note": "Clearer"}
    assert as_admin.send(f"/kpis/{roi[2]}/edit", **change).status_code == 303
    text = as_viewer.get(f"/kpis/{roi[2]}/versions").text
    for shown in ("Version 2", "Clearer", "Return on cost", "Version 1"):
        assert shown in text


def test_an_explanation_names_the_version_that_a_figure_was_read_under(
    as_admin, desk, partner, roi
):
    desk.value(partner, roi[0], MAY, 150)
    draft = DEFINITION | {
        "name": "Gross profit of ours",
        "code": "GP",
        "formula": "",
        "value_type": "number",
        "aggregation": "sum",
        "unit": "",
        "category": "revenue",
        "version": "1",
    }
    assert as_admin.send(f"/kpis/{roi[0]}/edit", **draft).status_code == 303
    text = page_of(as_admin, partner, roi[0], "/explain?period=2013-05")
    assert "read under version 1" in text


def test_versions_of_nothing_are_not_found(as_admin):
    assert as_admin.get("/kpis/999/versions").status_code == 404


def test_a_category_of_the_library_comes_with_what_its_formulas_read(as_admin):
    assert as_admin.send("/kpis/library", category=["retention"]).status_code == 303
    codes = {row[0] for row in Kpi.select(Kpi.code).where(Kpi.active).tuples()}
    assert {"CLV", "ARPA", "GROSS_MARGIN", "REVENUE", "DIRECT_COST", "NEW_CUSTOMERS"} <= codes
    assert "NPS" not in codes


def test_switching_a_category_off_retires_what_nobody_uses(as_admin, desk, partner):
    as_admin.send("/kpis/library", category=["satisfaction", "operational"])
    nps = Kpi.get(Kpi.code == "NPS")
    desk.value(partner, nps.id, Calendar().parse("2013-Q2"), 40)
    as_admin.send("/kpis/library", category=["operational"])
    states = dict(Kpi.select(Kpi.code, Kpi.active).tuples())
    assert (states["NPS"], states["CSAT"], states["ON_TIME"]) == (True, False, True)
    assert "has figures" in as_admin.get("/kpis/library").text


def test_a_category_switched_on_again_is_back_as_it_was(as_admin):
    as_admin.send("/kpis/library", category=["satisfaction"])
    as_admin.send("/kpis/library", category=["operational"])
    as_admin.send("/kpis/library", category=["satisfaction", "operational"])
    nps = Kpi.get(Kpi.code == "NPS")
    assert (nps.active, nps.version) == (True, 3)


def test_an_unknown_category_is_refused(as_admin):
    assert as_admin.send("/kpis/library", category=["luck"]).status_code == 422


def test_only_administrators_choose_from_the_library(as_manager):
    assert as_manager.get("/kpis/library").status_code == 403
    assert as_manager.send("/kpis/library", category=["cost"]).status_code == 403


@pytest.fixture
def alignment(desk):
    return desk.kpi(
        "ALIGN",
        "Brand alignment",
        value_type="ordinal",
        nature="stock",
        aggregation="last",
        labels="Low\nMedium\nHigh",
    )


def test_of_three_levels_medium_reaches_half_of_high(as_manager, partner, alignment):
    where = f"/partners/{partner.id}/kpis/{alignment}"
    target = {
        "target-period": "2013-05",
        "target-target": "2000000",
        "target-weight": "1",
        "target-agreed": "By mail",
    }
    assert as_manager.send(f"{where}/targets", **target, **{"target-n": "0"}).status_code == 303
    value = {"value-period": "2013-05", "value-value": "1000000", "value-approval": "Asked"}
    assert as_manager.send(f"{where}/values", **value).status_code == 303
    text = page_of(as_manager, partner, alignment, "/explain?period=2013-05")
    for shown in ("Medium", "High", "50%"):
        assert shown in text


def test_a_level_is_named_everywhere_and_never_a_rank(as_manager, desk, partner, alignment):
    figures = {"target": 2}
    desk.judge(partner, alignment, MAY, 1, **figures)
    for rest in ("", "?period=2013-05"):
        text = page_of(as_manager, partner, alignment, rest)
        assert "Medium" in text
    card = as_manager.get(f"/partners/{partner.id}/kpis?period=2013-05").text
    assert "Medium" in card
    assert Value.get(Value.kpi == alignment).value == 1_000_000


def test_a_quarter_of_levels_takes_the_last_one(as_manager, desk, partner, alignment):
    desk.value(partner, alignment, Calendar().parse("2013-04"), 2)
    desk.value(partner, alignment, MAY, 0)
    text = page_of(as_manager, partner, alignment, "/explain?period=2013-Q2")
    assert "The last approved figure." in text
    assert "Low" in text


def test_a_level_that_does_not_exist_is_refused(as_manager, partner, alignment):
    value = {"value-period": "2013-05", "value-value": "7000000"}
    answer = as_manager.send(f"/partners/{partner.id}/kpis/{alignment}/values", **value)
    assert answer.status_code == 422


def test_a_critical_kpi_is_marked_on_the_scorecard(as_viewer, desk, partner):
    kpi_id = desk.kpi("UP", "Uptime")
    desk.judge(partner, kpi_id, MAY, 10, critical=True)
    text = as_viewer.get(f"/partners/{partner.id}/kpis?period=2013-05").text
    assert "Critical</span>" in text
