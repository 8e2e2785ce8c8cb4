"""Reading KPIs: the catalogue, a partner's scorecard, and where a figure comes from."""

import pytest

from app.core.kpis.models import Kpi
from app.core.periods import Calendar
from app.testing import add_partner
from tests.core.desk import Desk, counted_queries

JUNE, MAY = Calendar().parse("2013-06"), Calendar().parse("2013-05")
DEFINITION = {
    "name": "Brand alignment",
    "code": "brand",
    "category": "brand",
    "value_type": "number",
    "unit": "points",
    "direction": "higher",
    "nature": "flow",
    "aggregation": "sum",
    "frequency": "monthly",
    "submitter": "host",
    "due_days": "10",
    "active": "y",
    "labels": "",
    "description": "",
    "version": "1",
}
READING = ("/partners/{p}/kpis", "/partners/{p}/kpis/{k}", "/partners/{p}/kpis/{k}/explain")


@pytest.fixture
def desk(app):
    return Desk(app)


@pytest.fixture
def revenue(desk, partner):
    """A KPI with a figure short of its target in June."""
    kpi_id = desk.kpi("REV", "Revenue", unit="visits")
    desk.judge(partner, kpi_id, JUNE, 90)
    return kpi_id


def test_the_catalogue_shows_the_portfolios_total_of_the_period(as_viewer, desk, revenue):
    desk.value(add_partner("WEST", "Westwind"), revenue, JUNE, 1410)
    page = as_viewer.get("/kpis")
    assert "June 2013" in page.text
    assert "1,500\N{NO-BREAK SPACE}visits" in page.text
    assert "2 values" in page.text


def test_the_catalogue_is_searched_without_accents(as_viewer, desk):
    desk.kpi("SAT", "Señor satisfaction")
    desk.kpi("REV", "Revenue")
    page = as_viewer.get("/kpis?q=senor")
    assert "Señor satisfaction" in page.text
    assert 'class="cell-main">Revenue' not in page.text


def test_a_chip_narrows_the_catalogue_to_a_category(as_viewer, desk):
    desk.kpi("REV", "Revenue")
    desk.kpi("CAC", "Acquisition cost", category="cost")
    page = as_viewer.get("/kpis?category=cost")
    assert "Acquisition cost" in page.text
    assert 'class="cell-main">Revenue' not in page.text


def test_a_part_of_the_catalogue_is_answered_alone(as_viewer, desk):
    desk.kpi()
    page = as_viewer.get("/kpis", headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert page.text.lstrip().startswith('<div id="catalogue"')


def test_an_empty_catalogue_says_what_comes_next(as_admin):
    page = as_admin.get("/kpis")
    assert "No KPIs yet" in page.text
    assert "/kpis/new" in page.text


def test_an_administrator_defines_a_kpi(as_admin):
    assert as_admin.send("/kpis/new", **DEFINITION).status_code == 303
    kpi = Kpi.get(Kpi.code == "BRAND")
    assert (kpi.name, kpi.unit, kpi.due_days, kpi.active) == ("Brand alignment", "points", 10, True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": " "}, "1 to 200 characters"),
        ({"code": "a b"}, "letters without accents"),
        ({"due_days": "-1"}, "from 0 to 365"),
        ({"frequency": "milestone"}, "Choose one of those offered"),
        ({"value_type": "ratio"}, "sums of its two parts"),
        ({"value_type": "percent"}, "Percentages cannot be added up"),
        ({"value_type": "ordinal", "aggregation": "last"}, "two to twenty different levels"),
        ({"value_type": "ordinal", "labels": "Low\nHigh"}, "the last one counts"),
        ({"labels": "Low\nHigh"}, "Only a KPI of levels"),
        ({"nature": "stock"}, "not summed up"),
    ],
)
def test_a_definition_whose_parts_do_not_fit_comes_back_with_the_reason(as_admin, change, said):
    answer = as_admin.send("/kpis/new", **(DEFINITION | change))
    assert answer.status_code == 422
    assert said in answer.text
    assert not Kpi.select().exists()


def test_a_taken_code_is_said_beside_its_field(as_admin, desk):
    desk.kpi("BRAND")
    answer = as_admin.send("/kpis/new", **DEFINITION)
    assert answer.status_code == 422
    assert "Another KPI has this code." in answer.text


def test_a_changed_definition_keeps_its_id(as_admin, desk):
    kpi_id = desk.kpi("BRAND")
    assert as_admin.send(f"/kpis/{kpi_id}/edit", **DEFINITION).status_code == 303
    assert Kpi.get_by_id(kpi_id).name == "Brand alignment"


def test_a_stale_definition_shows_what_stands_now(as_admin, desk):
    kpi_id = desk.kpi("BRAND", "Saved by another")
    answer = as_admin.send(f"/kpis/{kpi_id}/edit", **(DEFINITION | {"version": "0"}))
    assert answer.status_code == 422
    assert "What stands now" in answer.text
    assert "Saved by another" in answer.text
    assert 'value="Brand alignment"' in answer.text


def test_what_figures_mean_stays_once_there_are_any(as_admin, revenue):
    change = DEFINITION | {"code": "REV", "direction": "lower"}
    answer = as_admin.send(f"/kpis/{revenue}/edit", **change)
    assert answer.status_code == 422
    assert "this can no longer change" in answer.text


@pytest.mark.parametrize("browser", ["as_manager", "as_viewer"])
def test_only_administrators_define_kpis(request, browser, desk):
    kpi_id = desk.kpi()
    someone = request.getfixturevalue(browser)
    for path in ("/kpis/new", f"/kpis/{kpi_id}/edit"):
        assert someone.get(path).status_code == 403
        assert someone.send(path, **DEFINITION).status_code == 403


def test_a_missing_definition_is_not_found(as_admin):
    assert as_admin.get("/kpis/9/edit").status_code == 404


def test_the_scorecard_shows_each_kpi_with_its_reasons(as_viewer, partner, revenue):
    page = as_viewer.get(f"/partners/{partner.id}/kpis?period=2013-06")
    for shown in ("Revenue", "90\N{NO-BREAK SPACE}visits", "90%", "Just missed", "explain?period"):
        assert shown in page.text


def test_a_scorecard_below_70_percent_coverage_hides_its_number(as_viewer, desk, partner, revenue):
    desk.target(partner, desk.kpi("NPS", "Net promoter score"), JUNE)
    page = as_viewer.get(f"/partners/{partner.id}/kpis?period=2013-06")
    assert "Hidden: only 50% of the weight is reported" in page.text
    assert '<p class="score-value mb-0"><span class="muted">' in page.text


def test_an_incomplete_quarter_says_how_much_is_reported(as_viewer, desk, partner, revenue):
    desk.target(partner, revenue, MAY)
    page = as_viewer.get(f"/partners/{partner.id}/kpis?period=2013-Q2")
    assert "1 of 2 reported" in page.text


def test_the_scorecard_opens_on_the_latest_period_with_values(as_viewer, partner, revenue):
    assert "June 2013" in as_viewer.get(f"/partners/{partner.id}/kpis").text


@pytest.mark.parametrize("text", ["2013-13", "nonsense", "9" * 60, "2013-Q5", "-"])
def test_a_period_that_does_not_exist_is_not_found(as_viewer, partner, text):
    assert as_viewer.get(f"/partners/{partner.id}/kpis?period={text}").status_code == 404


def test_a_figure_opens_its_entries_and_its_computation(as_viewer, desk, partner, revenue):
    desk.judge(partner, revenue, MAY, 100)
    page = as_viewer.get(f"/partners/{partner.id}/kpis/{revenue}/explain?period=2013-Q2")
    assert "The sum of the approved figures." in page.text
    for entry in ("May 2013", "June 2013", "(190\N{NO-BREAK SPACE}visits − 200"):
        assert entry in page.text
    assert "= 95%" in page.text


def test_a_kpi_that_is_quarterly_is_explained_in_its_quarter(as_viewer, desk, partner):
    kpi_id = desk.kpi("NPS", "Net promoter score", frequency="quarterly")
    desk.judge(partner, kpi_id, Calendar().parse("2013-Q2"), 80)
    page = as_viewer.get(f"/partners/{partner.id}/kpis/{kpi_id}/explain?period=2013-06")
    assert "Q2 2013" in page.text


def test_a_kpi_page_draws_its_trend_and_names_who_stands_behind_each_value(
    as_viewer, desk, partner, revenue
):
    desk.submit(partner, revenue, Calendar().parse("2013-07"), 110)
    page = as_viewer.get(f"/partners/{partner.id}/kpis/{revenue}")
    assert '"role": "target"' in page.text
    assert "Awaits approval" in page.text
    assert "Admin" in page.text


@pytest.mark.parametrize("path", READING)
def test_every_role_of_the_staff_reads_every_partner(as_manager, other_partner, desk, path):
    kpi_id = desk.kpi()
    assert as_manager.get(path.format(p=other_partner.id, k=kpi_id)).status_code == 200


@pytest.mark.parametrize("path", READING)
def test_contacts_and_strangers_see_no_staff_page(as_contact, client, partner, desk, path):
    kpi_id = desk.kpi()
    assert as_contact.get(path.format(p=partner.id, k=kpi_id)).status_code == 404
    assert client.get(path.format(p=partner.id, k=kpi_id)).status_code == 302


@pytest.mark.parametrize("path", [*READING[1:]])
def test_what_does_not_exist_is_not_found(as_admin, partner, desk, path):
    kpi_id = desk.kpi()
    assert as_admin.get(path.format(p=99, k=kpi_id)).status_code == 404
    assert as_admin.get(path.format(p=partner.id, k=99)).status_code == 404


def test_the_scorecard_asks_as_few_questions_for_many_kpis_as_for_one(
    as_viewer, desk, partner, revenue
):
    path = f"/partners/{partner.id}/kpis?period=2013-06"
    as_viewer.get(path)
    with counted_queries() as one:
        as_viewer.get(path)
    for n in range(10):
        desk.judge(partner, desk.kpi(f"K{n}", f"KPI {n}"), JUNE, 90)
    with counted_queries() as many:
        as_viewer.get(path)
    assert len(many) == len(one) <= 12, "\n".join(many)
