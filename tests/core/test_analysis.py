"""Partnerships beside their peers, published figures and one another, through the application."""

import re
from datetime import date
from typing import Any

import pytest

from app.core.analysis.models import Benchmark
from app.core.kpis.models import Kpi
from app.core.models import AuditEntry
from app.core.partners.models import Partner
from app.core.quantities import MILLION
from app.testing import add_partner
from tests.core.desk import Desk, counted_queries, last_month

SHARE = {"value_type": "percent", "unit": "%", "aggregation": "last", "nature": "stock"}
RANKS = {"value_type": "ordinal", "labels": "Low\nMedium\nHigh", "aggregation": "last"}


@pytest.fixture
def desk(app: Any) -> Desk:
    return Desk(app)


def words(page: Any) -> str:
    """What a reader sees, in order."""
    text = re.sub(r"<(script|style|svg).*?</\1>", " ", page.get_data(as_text=True), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def value(desk: Desk, partner: Partner, kpi_id: int, millionths: int) -> None:
    from app.core.kpis import services
    from app.core.kpis.services import ValueRow

    with desk.app.app_context():
        row = ValueRow(partner.id, kpi_id, last_month().key, millionths)
        services.record_kpi_values([row], source="test", by=None)


@pytest.fixture
def brief(desk: Desk) -> tuple[Partner, Partner]:
    """Partnership A vs. Partnership B, as the customer's table has them [K7]."""
    a, b = add_partner("A", "Partnership A"), add_partner("B", "Partnership B")
    for code, name, pair in (
        ("ENGAGEMENT", "Engagement Rate", (0.12, 0.08)),
        ("GROWTH", "Revenue Growth", (0.25, 0.15)),
        ("RETENTION", "Customer Retention", (0.90, 0.75)),
    ):
        kpi_id = desk.kpi(code, name, **SHARE)
        for partner, figure in zip((a, b), pair, strict=True):
            value(desk, partner, kpi_id, round(figure * MILLION))
    kpi_id = desk.kpi("BRAND", "Brand Alignment", **RANKS)
    value(desk, a, kpi_id, 2 * MILLION)
    value(desk, b, kpi_id, 1 * MILLION)
    return a, b


def address(*partners: Partner, **more: Any) -> str:
    query = "&".join(f"partner={p.id}" for p in partners)
    extra = "".join(f"&{key}={value}" for key, value in more.items())
    return f"/compare?{query}&period={last_month().year}-{last_month().n:02}{extra}"


def test_the_briefs_table_stands_on_screen_and_a_is_ahead_in_all_four(as_manager, brief):
    text = words(as_manager.get(address(*brief)))
    for row in (
        "Engagement Rate Higher is better 12% 8% Partnership A",
        "Revenue Growth Higher is better 25% 15% Partnership A",
        "Customer Retention Higher is better 90% 75% Partnership A",
        "Brand Alignment Higher is better High Medium Partnership A",
        "Metrics ahead 4 of 4 0 of 4",
    ):
        assert row in text


def test_nobody_wins_overall_until_weights_are_stated(as_manager, brief):
    assert "By the stated weights" not in words(as_manager.get(address(*brief)))
    kpi_id = Kpi.get(Kpi.code == "BRAND").id
    text = words(as_manager.get(address(*brief, **{f"w-{kpi_id}": 3})))
    assert "By the stated weights 100% 0% Partnership A" in text


def test_figures_of_different_currencies_have_no_winner(as_manager, desk):
    a, b = add_partner("A", "Partnership A"), add_partner("B", "Partnership B", currency="USD")
    kpi_id = desk.kpi("MONEY", "Sales", value_type="money")
    value(desk, a, kpi_id, 5 * MILLION)
    value(desk, b, kpi_id, 7 * MILLION)
    assert "Different currencies" in words(as_manager.get(address(a, b)))


def test_an_unreported_figure_is_no_loss(as_manager, desk):
    a, b = add_partner("A", "Partnership A"), add_partner("B", "Partnership B")
    value(desk, a, desk.kpi(), 0)
    text = words(as_manager.get(address(a, b)))
    assert "Too few figures" in text
    assert "Metrics ahead 0 of 0 0 of 0" in text


@pytest.mark.parametrize(
    "query",
    ["", "?partner=x", "?partner=99999999999999999999", "?partner=1&w-1=-5", "?q=%25&period=2013"],
)
def test_nonsense_in_the_address_is_left_out(as_manager, query):
    assert as_manager.get(f"/compare{query}").status_code == 200


def test_a_sixth_partner_is_not_taken(as_manager, desk):
    partners = [add_partner(f"P{n}", f"Partner number {n}") for n in range(6)]
    text = words(as_manager.get(address(*partners)))
    assert "Five is the most" in text
    assert "Partner number 5" not in text


def test_five_partners_cost_few_queries(as_manager, desk):
    partners = [add_partner(f"P{n}", f"Partner {n}") for n in range(5)]
    kpi_id = desk.kpi()
    for partner in partners:
        desk.judge(partner, kpi_id, last_month(), 90)
    as_manager.get(address(*partners))
    with counted_queries() as seen:
        as_manager.get(address(*partners))
    assert len(seen) <= 27  # five for each partner, whatever it is measured by


def beside_page(client: Any, partner: Partner, kpi_id: int) -> str:
    period = f"{last_month().year}-{last_month().n:02}"
    return words(client.get(f"/partners/{partner.id}/kpis/{kpi_id}/beside?period={period}"))


def peers(desk: Desk, kpi_id: int, *figures: int, **changes: Any) -> None:
    for n, figure in enumerate(figures):
        other = add_partner(f"PEER{n}", f"Peer number {n}", **changes)
        value(desk, other, kpi_id, figure * MILLION)


def test_the_percentile_among_peers_is_shown_and_their_names_are_not(as_viewer, desk, partner):
    kpi_id = desk.kpi()
    value(desk, partner, kpi_id, 80 * MILLION)
    peers(desk, kpi_id, 60, 70, 80, 90)
    text = beside_page(as_viewer, partner, kpi_id)
    assert "percentile 60 among 4 others" in text  # [K6]
    assert "Peer number" not in text


def test_two_peers_are_too_few_to_be_shown(as_viewer, desk, partner):
    kpi_id = desk.kpi()
    value(desk, partner, kpi_id, 80 * MILLION)
    peers(desk, kpi_id, 60, 70)
    assert "at least 3 others are needed, 2 reported" in beside_page(as_viewer, partner, kpi_id)


def test_a_contact_sees_a_percentile_from_five_peers_on(as_contact, desk, partner):
    kpi_id = desk.kpi(submitter="partner")
    desk.judge(partner, kpi_id, last_month(), 80)
    peers(desk, kpi_id, 60, 70, 80, 90)
    assert "percentile" not in words(as_contact.get(f"/portal/kpis/{kpi_id}"))
    value(desk, add_partner("FIFTH", "Fifth peer"), kpi_id, 10 * MILLION)
    text = words(as_contact.get(f"/portal/kpis/{kpi_id}"))
    assert "percentile 67 among 5 others" in text
    assert "Fifth peer" not in text


def test_past_partnerships_are_met_at_the_same_age(as_viewer, desk, partner):
    kpi_id = desk.kpi()
    began = date(last_month().year - 1, last_month().n, 1)
    Partner.update(start_date=began).where(Partner.id == partner.id).execute()
    value(desk, partner, kpi_id, 80 * MILLION)
    peers(desk, kpi_id, 60, 70, 75, status="ended", start_date=began)
    assert "percentile 88 among 3 others" in beside_page(as_viewer, partner, kpi_id)
    Partner.update(start_date=date(2001, 1, 1)).where(Partner.status == "ended").execute()
    assert "0 had run 12 months" in beside_page(as_viewer, partner, kpi_id)


def test_a_published_figure_tells_how_far_ahead(as_admin, as_viewer, desk, partner):
    kpi_id = desk.kpi()
    value(desk, partner, kpi_id, 12 * MILLION)
    answer = as_admin.send(f"/kpis/{kpi_id}/benchmarks/new", source="Trade report", value="10")
    assert answer.status_code == 303
    text = beside_page(as_viewer, partner, kpi_id)
    assert "Trade report 10 · 20% ahead potential to scale" in text  # [K6]


def test_a_published_figure_that_no_longer_holds_is_left_out(as_viewer, desk, partner):
    kpi_id = desk.kpi()
    value(desk, partner, kpi_id, 12 * MILLION)
    Benchmark.create(kpi=kpi_id, source="Old report", value=MILLION, valid_to=date(2001, 1, 1))
    assert "Old report" not in beside_page(as_viewer, partner, kpi_id)


def test_a_stranger_learns_nothing_from_beside(as_contact, desk, other_partner):
    kpi_id = desk.kpi()
    assert as_contact.get(f"/partners/{other_partner.id}/kpis/{kpi_id}/beside").status_code == 404


def test_only_those_who_define_kpis_keep_benchmarks(as_manager, desk):
    kpi_id = desk.kpi()
    answer = as_manager.send(f"/kpis/{kpi_id}/benchmarks/new", source="Me", value="1")
    assert answer.status_code == 403
    assert not Benchmark.select().exists()


@pytest.mark.parametrize(
    ("field", "text", "says"),
    [
        ("value", "many", "not a number"),
        ("value", "1e999", "has an exponent"),
        ("source", "", "This is missing."),
        ("url", "javascript:alert(1)", "http"),
        ("valid_to", "1999-01-01", "before the beginning"),
        ("valid_from", "0001-01-01", "1900"),
    ],
)
def test_a_bad_benchmark_comes_back_with_what_was_typed(as_admin, desk, field, text, says):
    kpi_id = desk.kpi()
    form = {"source": "Report", "value": "7", "valid_from": "2020-01-01"} | {field: text}
    answer = as_admin.send(f"/kpis/{kpi_id}/benchmarks/new", **form)
    assert answer.status_code == 422
    assert says in words(answer)
    assert not Benchmark.select().exists()


def test_a_stale_benchmark_shows_both_versions(as_admin, desk):
    kpi_id = desk.kpi()
    row = Benchmark.create(kpi=kpi_id, source="Theirs", value=5 * MILLION, version=2)
    form = {"source": "Mine", "value": "7", "version": "1"}
    answer = as_admin.send(f"/kpis/{kpi_id}/benchmarks/{row.id}", **form)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "Theirs" in page
    assert 'value="Mine"' in page


def test_a_removed_benchmark_is_shown_nowhere_and_leaves_a_trace(as_admin, desk):
    kpi_id = desk.kpi()
    row = Benchmark.create(kpi=kpi_id, source="Report", value=5 * MILLION)
    assert as_admin.send(f"/kpis/{kpi_id}/benchmarks/{row.id}/remove").status_code == 303
    assert "Report" not in words(as_admin.get(f"/kpis/{kpi_id}/benchmarks"))
    assert AuditEntry.select().where(AuditEntry.action == "benchmark.removed").count() == 1


def test_the_matrix_holds_whoever_has_both_figures(as_viewer, desk, partner, other_partner):
    relationship = desk.kpi("RELATIONSHIP", "Relationship index", category="relationship")
    kpi_id = desk.kpi()
    desk.judge(partner, kpi_id, last_month(), 90)
    desk.judge(other_partner, kpi_id, last_month(), 110)
    value(desk, partner, relationship, 72 * MILLION)
    page = as_viewer.get("/home").get_data(as_text=True)
    assert "Attainment and relationship" in page
    assert f"<title>{partner.name}: 90%, 72</title>" in page
    assert "One partner is left out" in page
