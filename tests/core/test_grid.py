"""The grid: many figures typed, checked, kept as drafts and submitted at once."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest

from app.core import clock
from app.core.accounts.models import User
from app.core.kpis.grid.drafts import sweep_drafts
from app.core.kpis.grid.models import KpiDraft
from app.core.kpis.models import Revision, Value
from app.core.models import AuditEntry
from app.core.quantities import MILLION
from tests.core.desk import CALENDAR, Desk, counted_queries

JUNE, MAY = CALENDAR.parse("2013-06"), CALENDAR.parse("2013-05")
SHOWN = "period=2013-06&count=6"


@pytest.fixture
def desk(app):
    return Desk(app)


@pytest.fixture
def kpi(desk, partner):
    """A monthly KPI that the partner has targets for."""
    found = desk.kpi("REV", "Revenue")
    desk.target(partner, found, JUNE, 100)
    desk.target(partner, found, MAY, 90)
    return found


@pytest.fixture
def own_kpi(desk, partner):
    """A KPI that the partner's side reports."""
    found = desk.kpi("NPS", "Recommendation", submitter="partner")
    desk.target(partner, found, JUNE, 50)
    return found


def url(partner):
    return f"/partners/{partner.id}/kpis/grid?{SHOWN}"


def cell(partner, kpi, period=JUNE, seen=0):
    return f"{partner.id}.{kpi}.{period.key}.{seen}"


def inputs(page):
    """The cells of a page's grid: name and text."""
    found = re.findall(r'<input name="(\d+\.\d+\.\d+\.\d+)" value="([^"]*)"', page.text)
    return {name: unescape(text) for name, text in found}


def states(**where):
    return sorted(r.state for r in Revision.select())


def test_the_grid_shows_each_period_with_its_figure_and_state(as_manager, desk, partner, kpi):
    desk.value(partner, kpi, MAY, 80)
    waiting = desk.submit(partner, kpi, JUNE, 95)
    page = as_manager.get(url(partner))
    found = inputs(page)
    assert len(found) == 6
    assert found[cell(partner, kpi, JUNE, waiting)] == "95"
    assert "80" in found.values()
    assert "awaits approval" in page.text
    assert "target ≥ 100" in unescape(page.text)
    assert "≥ 90" in unescape(page.text)


def test_several_figures_are_submitted_in_one_go(as_manager, partner, kpi):
    form = {cell(partner, kpi): "1,431.5", cell(partner, kpi, MAY): "80", "note": "From the ledger"}
    answer = as_manager.send(url(partner), do="submit", **form)
    assert answer.status_code == 303
    found = {r.period: (r.value, r.note, r.state) for r in Revision.select()}
    assert found == {
        JUNE.key: (1431_500_000, "From the ledger", "submitted"),
        MAY.key: (80 * MILLION, "From the ledger", "submitted"),
    }
    assert not KpiDraft.select().exists()
    assert "2 figures are submitted" in as_manager.get(url(partner)).text


def test_one_bad_cell_holds_all_back_and_everything_stays(as_manager, partner, kpi):
    form = {cell(partner, kpi): "12x", cell(partner, kpi, MAY): "80", "note": "As told"}
    answer = as_manager.send(url(partner), do="submit", **form)
    assert answer.status_code == 422
    assert inputs(answer)[cell(partner, kpi)] == "12x"
    assert inputs(answer)[cell(partner, kpi, MAY)] == "80"
    assert 'value="As told"' in answer.text
    assert "is not a number" in answer.text
    assert f'href="#cell-{partner.id}-{kpi}-{JUNE.key}"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert not Revision.select().exists()
    assert KpiDraft.select().count() == 2


def test_the_good_ones_are_submitted_by_choice(as_manager, partner, kpi):
    form = {cell(partner, kpi): "12x", cell(partner, kpi, MAY): "80"}
    assert "Submit the good one" in as_manager.send(url(partner), do="submit", **form).text
    assert as_manager.send(url(partner), do="good", **form).status_code == 303
    assert [r.period for r in Revision.select()] == [MAY.key]
    assert [d.text for d in KpiDraft.select()] == ["12x"]
    assert "is not a number" in as_manager.get(url(partner)).text


def test_a_refusal_of_the_service_takes_all_back_and_is_told(as_admin, desk, partner, kpi):
    level = desk.kpi("RATE", "Rate", value_type="ratio", unit="%", aggregation="ratio")
    desk.target(partner, level, JUNE, 1)
    form = {cell(partner, level): "3/-4", cell(partner, kpi): "80"}
    answer = as_admin.send(url(partner), do="submit", **form)
    assert answer.status_code == 422
    assert "never negative" in answer.text
    assert not Revision.select().exists()


def test_an_approved_figure_changes_with_one_reason_for_all(as_manager, desk, partner, kpi):
    for period in (MAY, JUNE):
        desk.value(partner, kpi, period, 80)
    names = inputs(as_manager.get(url(partner)))
    form = {name: "81" for name, text in names.items() if text == "80"}
    refused = as_manager.send(url(partner), do="submit", **form)
    assert refused.status_code == 422
    assert "Say why: 2 approved figures change." in refused.text
    assert "grid-reason needed" in refused.text
    answer = as_manager.send(url(partner), do="submit", reason="Late invoices", **form)
    assert answer.status_code == 303
    waiting = Revision.select().where(Revision.state == "submitted")
    assert [r.reason for r in waiting] == ["Late invoices"] * 2


def test_what_nobody_touched_is_not_submitted(as_manager, desk, partner, kpi):
    desk.value(partner, kpi, MAY, 80)
    names = inputs(as_manager.get(url(partner)))
    answer = as_manager.send(url(partner), do="submit", **names)
    assert answer.status_code == 422
    assert "there is nothing to submit" in answer.text
    assert as_manager.send(url(partner), do="check", **names).status_code == 200
    assert Revision.select().count() == 1


def test_the_same_figure_written_otherwise_is_no_change(as_manager, desk, partner, kpi):
    desk.value(partner, kpi, MAY, 80)
    name = next(n for n, text in inputs(as_manager.get(url(partner))).items() if text == "80")
    assert as_manager.send(url(partner), do="submit", **{name: "80.0"}).status_code == 422
    assert not KpiDraft.select().exists()


def test_a_figure_is_not_deleted_by_emptying_its_cell(as_manager, desk, partner, kpi):
    desk.value(partner, kpi, MAY, 80)
    name = next(n for n, text in inputs(as_manager.get(url(partner))).items() if text == "80")
    answer = as_manager.send(url(partner), do="submit", **{name: ""})
    assert answer.status_code == 422
    assert "never deleted" in answer.text
    assert Value.get().value == 80 * MILLION


def test_what_changed_since_the_page_was_opened_is_shown_before_it_is_replaced(
    as_manager, desk, partner, kpi
):
    form = {cell(partner, kpi): "90"}
    desk.submit(partner, kpi, JUNE, 70)
    answer = as_manager.send(url(partner), do="submit", **form)
    assert answer.status_code == 422
    assert "Changed meanwhile: it is now 70." in answer.text
    again = {n: t for n, t in inputs(answer).items() if t == "90"}
    assert as_manager.send(url(partner), do="submit", **again).status_code == 303
    assert [r.value for r in Revision.select().where(Revision.state == "submitted")] == [
        90 * MILLION
    ]


def test_an_untouched_cell_never_takes_back_what_somebody_else_entered(
    as_manager, desk, partner, kpi
):
    desk.submit(partner, kpi, JUNE, 60)
    names = inputs(as_manager.get(url(partner)))
    desk.submit(partner, kpi, JUNE, 70)
    form = names | {cell(partner, kpi, MAY): "80"}
    assert as_manager.send(url(partner), do="submit", **form).status_code == 303
    waiting = Revision.select().where(Revision.state == "submitted")
    assert sorted(r.value for r in waiting) == [70 * MILLION, 80 * MILLION]


def test_checking_keeps_drafts_that_come_back_on_the_next_visit(as_manager, partner, kpi):
    answer = as_manager.send(url(partner), do="check", **{cell(partner, kpi): "1,431"})
    assert answer.status_code == 200
    assert "One figure can be submitted." in answer.text
    page = as_manager.get(url(partner))
    assert inputs(page)[cell(partner, kpi)] == "1,431"
    assert "draft: 1,431" in page.text
    assert "nobody else sees it" in page.text
    assert not Revision.select().exists()


def test_a_script_keeps_drafts_while_somebody_types(as_manager, partner, kpi):
    assert as_manager.send("/kpis/drafts", **{cell(partner, kpi): "90"}).status_code == 204
    assert inputs(as_manager.get(url(partner)))[cell(partner, kpi)] == "90"
    assert as_manager.send("/kpis/drafts", **{cell(partner, kpi): ""}).status_code == 204
    assert not KpiDraft.select().exists()


def test_a_draft_says_what_has_changed_since(as_manager, desk, partner, kpi):
    as_manager.send("/kpis/drafts", **{cell(partner, kpi): "90"})
    waiting = desk.submit(partner, kpi, JUNE, 70)
    page = as_manager.get(url(partner))
    assert "Changed meanwhile: it is now 70." in page.text
    assert inputs(page)[cell(partner, kpi, JUNE, waiting)] == "90"


def test_nobody_sees_the_drafts_of_others(as_manager, as_admin, as_viewer, partner, kpi):
    as_manager.send("/kpis/drafts", **{cell(partner, kpi): "98765"})
    assert "98765" in as_manager.get(url(partner)).text
    for browser in (as_admin, as_viewer):
        assert "98765" not in browser.get(url(partner)).text
        assert "98765" not in browser.get(f"/kpis/{kpi}/grid?{SHOWN}").text


def test_drafts_in_other_periods_are_told_of(as_manager, partner, kpi):
    as_manager.send("/kpis/drafts", **{cell(partner, kpi): "90"})
    page = as_manager.get(f"/partners/{partner.id}/kpis/grid?period=2012-06&count=6")
    assert "One more draft of yours lies in a period that is not shown" in page.text
    assert "period=2013-06" in page.text


def test_drafts_are_discarded(as_manager, as_admin, partner, kpi):
    for browser in (as_manager, as_admin):
        browser.send("/kpis/drafts", **{cell(partner, kpi): "90"})
    assert as_manager.send(url(partner), do="discard").status_code == 303
    assert [d.user.email for d in KpiDraft.select()] == ["admin@example.org"]


def test_drafts_are_swept_after_ninety_days(as_manager, partner, kpi):
    as_manager.send("/kpis/drafts", **{cell(partner, kpi): "90", cell(partner, kpi, MAY): "80"})
    old = clock.now() - timedelta(days=91)
    KpiDraft.update(updated_at=old).where(KpiDraft.period == MAY.key).execute()
    sweep_drafts()
    assert [d.period for d in KpiDraft.select()] == [JUNE.key]


def test_own_figures_count_at_once_with_a_reason(as_admin, partner, kpi):
    form = {cell(partner, kpi): "90", cell(partner, kpi, MAY): "80"}
    answer = as_admin.send(url(partner), do="submit", approval="Nobody else is here", **form)
    assert answer.status_code == 303
    assert Value.select().count() == 2
    assert not any(r.four_eyes for r in Revision.select())


def test_locked_derived_and_evidenced_figures_cannot_be_entered(as_manager, desk, partner, kpi):
    desk.value(partner, kpi, MAY, 80)
    Value.update(locked=True).execute()
    proven = desk.kpi("AUDIT", "Audited", evidence_required=True)
    derived = desk.kpi("TWICE", "Twice", formula="REV * 2")
    for other in (proven, derived):
        desk.target(partner, other, JUNE, 5)
    page = as_manager.get(url(partner))
    assert {name.split(".")[1] for name in inputs(page)} == {str(kpi)}
    assert len(inputs(page)) == 5
    assert "worked out by a formula" in page.text
    assert "asks for evidence" in page.text
    form = {cell(partner, kpi, MAY): "81", cell(partner, proven): "5", cell(partner, derived): "5"}
    before = Revision.select().count()
    answer = as_manager.send(url(partner), do="submit", **form)
    assert answer.status_code == 422
    assert "can no longer be entered here: 81" in answer.text
    assert Revision.select().count() == before


def test_a_returned_figure_says_why_and_an_overdue_one_that_it_is(as_manager, desk, partner, kpi):
    desk.give_back(desk.submit(partner, kpi, JUNE, 90), "Wrong month")
    page = as_manager.get(url(partner))
    assert "returned: Wrong month" in page.text
    assert "overdue" in page.text


def test_levels_are_typed_by_their_words_and_ratios_as_parts(as_manager, desk, partner):
    level = desk.kpi("BRAND", "Brand", value_type="ordinal", aggregation="last", labels="Low\nHigh")
    rate = desk.kpi("ONTIME", "On time", value_type="ratio", unit="%", aggregation="ratio")
    form = {cell(partner, level): "high", cell(partner, rate): "431/450"}
    answer = as_manager.send(url(partner) + "&kpis=all", do="submit", **form)
    assert answer.status_code == 303
    found = {r.kpi_id: (r.value, r.num, r.den) for r in Revision.select()}
    assert found == {level: (MILLION, None, None), rate: (None, 431 * MILLION, 450 * MILLION)}


def test_the_columns_follow_the_address(as_manager, desk, partner, kpi):
    quarterly = desk.kpi("QTR", "Quarterly one", frequency="quarterly")
    desk.target(partner, quarterly, CALENDAR.parse("2013-Q2"), 5)
    for count in (6, 12, 24):
        page = as_manager.get(f"/partners/{partner.id}/kpis/grid?period=2013-06&count={count}")
        assert len(inputs(page)) == count
    page = as_manager.get(f"/partners/{partner.id}/kpis/grid?period=2013-Q2")
    assert "Quarterly one" in page.text
    assert "Revenue" not in page.text
    assert as_manager.get(f"/partners/{partner.id}/kpis/grid?period=2999-12").status_code == 200
    assert as_manager.get(f"/partners/{partner.id}/kpis/grid?period=1900-01").status_code == 200
    assert as_manager.get(f"/partners/{partner.id}/kpis/grid?period=x").status_code == 404


def test_one_kpi_of_every_partner_that_a_manager_may_enter(
    as_manager, as_admin, partner, other_partner, kpi
):
    path = f"/kpis/{kpi}/grid?{SHOWN}"
    assert {name.split(".")[0] for name in inputs(as_manager.get(path))} == {str(partner.id)}
    both = {str(partner.id), str(other_partner.id)}
    assert {name.split(".")[0] for name in inputs(as_admin.get(path))} == both
    form = {cell(partner, kpi): "90", cell(other_partner, kpi): "91"}
    refused = as_manager.send(path, do="submit", **form)
    assert refused.status_code == 422
    assert "not part of this grid" in refused.text
    assert not Revision.select().exists()
    assert as_admin.send(path, do="submit", **form).status_code == 303
    assert Revision.select().count() == 2


def test_those_who_only_read_see_figures_and_no_form(as_viewer, desk, partner, kpi):
    desk.value(partner, kpi, MAY, 80)
    for path in (url(partner), f"/kpis/{kpi}/grid?{SHOWN}"):
        page = as_viewer.get(path)
        assert page.status_code == 200
        assert not inputs(page)
        assert "Submit all" not in page.text
        assert "80" in page.text


def test_a_manager_only_reads_another_managers_grid(as_manager, desk, other_partner, kpi):
    desk.target(other_partner, kpi, JUNE, 5)
    assert not inputs(as_manager.get(url(other_partner)))
    form = {cell(other_partner, kpi): "90"}
    assert as_manager.send(url(other_partner), do="submit", **form).status_code == 403
    assert as_manager.send("/kpis/drafts", **form).status_code == 204
    assert not KpiDraft.select().exists()
    assert not Revision.select().exists()


def test_strangers_viewers_and_contacts_write_nothing(client, as_viewer, as_contact, partner, kpi):
    form = {cell(partner, kpi): "90", "do": "submit"}
    for path in (url(partner), f"/kpis/{kpi}/grid", "/kpis/drafts"):
        assert client.send(path, **form).status_code == 302
        assert as_viewer.send(path, **form).status_code == 403
        assert as_contact.send(path, **form).status_code == 404
    assert as_contact.get(url(partner)).status_code == 404
    assert not Revision.select().exists()
    assert not KpiDraft.select().exists()


def test_a_contact_reports_the_own_sides_figures_of_the_own_partner(
    as_contact, as_other_contact, partner, other_partner, kpi, own_kpi
):
    path = f"/portal/grid?{SHOWN}"
    page = as_contact.get(path)
    assert {tuple(name.split(".")[:2]) for name in inputs(page)} == {
        (str(partner.id), str(own_kpi))
    }
    assert not inputs(as_other_contact.get(path))
    assert "Nothing is asked of you" in as_other_contact.get(path).text
    assert "Approve them yourself" not in page.text
    answer = as_contact.send(path, do="submit", approval="Me", **{cell(partner, own_kpi): "40"})
    assert answer.status_code == 303
    assert states() == ["submitted"]


@pytest.mark.parametrize("do", ["submit", "good", "check"])
def test_a_contact_reaches_no_figure_of_others(as_other_contact, partner, kpi, own_kpi, do):
    for name in (cell(partner, kpi), cell(partner, own_kpi)):
        answer = as_other_contact.send(f"/portal/grid?{SHOWN}", do=do, **{name: "40"})
        assert answer.status_code == 422
        assert as_other_contact.send("/portal/grid/drafts", **{name: "40"}).status_code == 204
    assert not Revision.select().exists()
    assert not KpiDraft.select().exists()


def test_a_contact_does_not_report_what_the_host_reports(as_contact, partner, kpi, own_kpi):
    form = {cell(partner, kpi): "40"}
    assert as_contact.send(f"/portal/grid?{SHOWN}", do="submit", **form).status_code == 422
    assert as_contact.send("/portal/grid/drafts", **form).status_code == 204
    assert not Revision.select().exists()
    assert not KpiDraft.select().exists()


@pytest.mark.parametrize(
    "text", ["9" * 300, "x" * 100_000, "🎉", "<script>alert(1)</script>", "1e999", "=1+1", "'--"]
)
def test_a_cell_full_of_nonsense_is_refused_and_kept(as_manager, partner, kpi, text):
    answer = as_manager.send(url(partner), do="submit", **{cell(partner, kpi): text})
    assert answer.status_code == 422
    assert inputs(answer)[cell(partner, kpi)] == text
    assert "<script>alert" not in answer.text
    assert not Revision.select().exists()


@pytest.mark.parametrize(
    "name",
    ["{p}.{k}.9999999.0", "{p}.{k}.0000000.0", "{p}.999999999999999999.{d}.0", "0.0.{d}.0"],
)
def test_names_of_cells_that_no_grid_has_do_nothing(as_manager, partner, kpi, name):
    made = name.format(p=partner.id, k=kpi, d=JUNE.key)
    assert as_manager.send(url(partner), do="submit", **{made: "5"}).status_code == 422
    assert as_manager.send("/kpis/drafts", **{made: "5"}).status_code == 204
    assert not Revision.select().exists()
    assert not KpiDraft.select().exists()


def test_a_revision_of_something_else_shows_nothing_of_it(
    as_manager, desk, partner, other_partner, kpi
):
    foreign = desk.submit(other_partner, kpi, JUNE, 777)
    answer = as_manager.send(url(partner), do="submit", **{cell(partner, kpi, JUNE, foreign): "5"})
    assert answer.status_code == 422
    assert "777" not in answer.text


def test_ten_thousand_cells_are_too_many(as_manager, partner, kpi):
    form = {f"{partner.id}.{n}.{JUNE.key}.0": "5" for n in range(1, 10_000)}
    assert as_manager.send(url(partner), do="submit", **form).status_code == 413
    assert as_manager.send("/kpis/drafts", **form).status_code == 413


def test_a_nul_is_refused(as_manager, partner, kpi):
    answer = as_manager.send(url(partner), do="submit", **{cell(partner, kpi): "5\0"})
    assert answer.status_code == 400


def test_texts_beside_the_figures_are_bounded(as_manager, partner, kpi):
    form = {cell(partner, kpi): "5", "note": "x" * 1001}
    assert as_manager.send(url(partner), do="submit", **form).status_code == 422
    assert not Revision.select().exists()


def test_a_period_that_has_not_begun_takes_nothing(as_manager, partner, kpi):
    future = CALENDAR.parse("2999-12")
    form = {cell(partner, kpi, future): "5"}
    assert as_manager.send(url(partner), do="submit", **form).status_code == 422
    assert as_manager.send("/kpis/drafts", **form).status_code == 204
    assert not KpiDraft.select().exists()


def test_figures_that_go_together_leave_one_audit_row(as_manager, partner, kpi):
    form = {cell(partner, kpi): "90", cell(partner, kpi, MAY): "80"}
    as_manager.send(url(partner), do="submit", **form)
    row = AuditEntry.get(AuditEntry.action == "kpi_values.submitted")
    assert row.ref == f"partner:{partner.id}"
    assert json.loads(row.detail)["revisions"] == [r.id for r in Revision.select()]
    assert row.actor == f"user:{User.get(User.role == 'manager').id}"


def test_replacing_many_approved_figures_is_left_to_the_inbox(as_admin, desk, partner, kpi):
    others = [desk.kpi(f"K{n}") for n in range(5)]
    for other in others:
        for n in range(6):
            desk.value(partner, other, CALENDAR.shift(JUNE, -n), 50)
    names = inputs(as_admin.get(url(partner)))
    form = {name: "51" for name, text in names.items() if text == "50"}
    answer = as_admin.send(url(partner), do="submit", reason="Late", approval="Alone", **form)
    assert answer.status_code == 422
    assert "decide on them under Approvals" in answer.text
    assert not Revision.select().where(Revision.value == 51 * MILLION).exists()
    assert as_admin.send(url(partner), do="submit", reason="Late", **form).status_code == 303


def test_a_grid_takes_as_many_queries_whatever_its_size(as_manager, desk, partner, kpi):
    desk.value(partner, kpi, JUNE, 50)
    as_manager.get(url(partner))
    with counted_queries() as few:
        as_manager.get(url(partner))
    for n in range(8):
        other = desk.kpi(f"K{n}")
        for period in (MAY, JUNE):
            desk.judge(partner, other, period, 50)
    with counted_queries() as many:
        as_manager.get(f"/partners/{partner.id}/kpis/grid?period=2013-06&count=24")
    assert len(many) == len(few)


def test_the_grid_is_reached_from_where_figures_are_read(
    as_manager, as_contact, partner, kpi, own_kpi
):
    assert (
        f"/partners/{partner.id}/kpis/grid"
        in as_manager.get(f"/partners/{partner.id}/kpis?period=2013-06").text
    )
    assert f"/kpis/{kpi}/grid" in as_manager.get("/kpis").text
    assert "/portal/grid" in as_contact.get("/portal").text
