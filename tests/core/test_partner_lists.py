"""The partner list: filters in the address, columns, saved views, files."""

import csv
import io

import pytest

from app.core import clock
from app.core.accounts.models import User
from app.core.partners.fields import services as fields
from app.core.partners.fields.rules import parse
from app.core.partners.fields.services import Draft
from app.core.partners.list_models import DefaultView, SavedView
from app.core.partners.lists.filters import Filters, from_query
from app.core.partners.models import Partner, PartnerRegion, PartnerTag
from app.testing import add_partner
from tests.core.desk import Desk, counted_queries, last_month


def define(kind, key="x", **changes):
    return fields.define(Draft(key, f"Field {key}", kind, **changes))


def give(partner, field, text):
    fields.save_values(partner.id, {field.id: parse(field, text)}, [field])


@pytest.mark.parametrize(
    ("kind", "mine", "other", "query"),
    [
        ("choice", "North", "South", "field.x=North"),
        ("choices", "North; South", "South", "field.x=North"),
        ("yes_no", "yes", "no", "field.x=yes"),
        ("number", "10", "10.5", "field.x.to=10"),
        ("number", "11", "10.5", "field.x.from=10.6&field.x.to=11"),
        ("date", "2026-03-01", "2026-04-01", "field.x.to=2026-03-31"),
        ("text", "Über uns", "Unter uns", "field.x=uber"),
    ],
)
def test_the_list_is_filtered_by_a_custom_field(
    as_viewer, partner, other_partner, kind, mine, other, query
):
    field = define(kind, choices="North\nSouth")
    give(partner, field, mine)
    give(other_partner, field, other)
    page = as_viewer.get(f"/partners?{query}").text
    assert partner.name in page
    assert other_partner.name not in page
    assert "Clear filters" in page


def test_the_list_is_filtered_by_owner_and_by_nobody(as_viewer, partner, other_partner):
    lonely = add_partner("SOLO", "Solo Verlag")
    page = as_viewer.get(f"/partners?owner={partner.owner_id}").text
    assert partner.name in page
    assert other_partner.name not in page
    assert lonely.name in as_viewer.get("/partners?owner=0").text


def test_the_list_is_filtered_by_region_and_maturity(as_viewer, partner, other_partner):
    PartnerRegion.insert(partner=partner, region="Baltics").execute()
    Partner.update(maturity="strategic").where(Partner.id == other_partner.id).execute()
    page = as_viewer.get("/partners?region=Baltics&col=regions").text
    assert partner.name in page
    assert other_partner.name not in page
    mature = as_viewer.get("/partners?maturity=strategic&col=maturity&download=csv").text
    assert mature.splitlines()[1:] == ["SUED,Südwind Verlag,active,strategic"]


@pytest.mark.parametrize(
    ("card", "found"), [("missed", "NORD"), ("met", "SUED"), ("none", "SOLO"), ("unreported", "")]
)
def test_the_list_is_filtered_by_what_the_scorecard_says(
    app, as_viewer, partner, other_partner, card, found
):
    desk, month = Desk(app), last_month(2)
    add_partner("SOLO", "Solo Verlag")
    kpi = desk.kpi()
    desk.judge(partner, kpi, month, 10)
    desk.judge(other_partner, kpi, month, 120)
    page = as_viewer.get(f"/partners?card={card}&download=csv").text
    assert [line.split(",")[0] for line in page.splitlines()[1:]] == ([found] if found else [])


@pytest.mark.parametrize(
    "query",
    [
        "owner=99999999999999999999",
        "owner=-1",
        "card=king",
        "col=password&col=field:nothing",
        "field.x.from=1e999",
        "field.x.from=NaN",
        "field.x=%25",
        "view=999999999999999999999",
        "view=0",
    ],
)
def test_a_nonsensical_filter_is_passed_over(as_viewer, partner, query):
    define("number")
    assert "Nordlicht" in as_viewer.get(f"/partners?{query}").text


def test_columns_are_chosen_in_the_address(as_viewer, partner):
    field = define("number", "seats")
    give(partner, field, "1234.5")
    page = as_viewer.get("/partners?col=field:seats&col=currency").text
    assert "1,234.5" in page
    assert "EUR" in page
    assert 'data-label="Since"' not in page


def test_an_address_survives_being_kept():
    query = "q=a%26b&status=active&owner=3&mine=1&sort=-score&col=type"
    filters = from_query(query, [])
    assert filters == from_query(filters.query, [])
    assert filters == Filters(
        q="a&b", statuses=("active",), owner="3", mine=True, sort="-score", columns=("type",)
    )


def test_no_match_offers_to_clear_the_filters(as_viewer, partner):
    page = as_viewer.get("/partners?status=ended&q=zzz").text
    assert "No partner matches" in page
    assert "Clear filters" in page


def save(browser, **changes):
    form = {"name": "Active ones", "query": "status=active&nonsense=1&col=type"} | changes
    return browser.send("/partners/views", **form)


def test_a_view_keeps_filters_order_and_columns(as_viewer, partner):
    answer = save(as_viewer)
    assert answer.status_code == 303
    view = SavedView.get()
    assert view.query == "status=active&col=type"
    page = as_viewer.get(f"/partners?view={view.id}&{view.query}").text
    assert "Active ones" in page


def test_a_private_view_is_nobody_elses(as_viewer, as_admin):
    save(as_viewer)
    view = SavedView.get()
    assert "Active ones" not in as_admin.get("/partners/views").text
    assert as_admin.send(f"/partners/views/{view.id}", name="Mine").status_code == 404
    assert as_admin.send("/partners/views/default", view=view.id).status_code == 404


def test_viewers_do_not_share_views(as_viewer):
    assert save(as_viewer, shared="1").status_code == 422
    assert not SavedView.select().exists()


def test_managers_share_views_and_others_cannot_change_them(as_manager, as_viewer):
    save(as_manager, shared="1")
    view = SavedView.get()
    assert "Active ones" in as_viewer.get("/partners/views").text
    assert as_viewer.send(f"/partners/views/{view.id}", delete="1").status_code == 404


def test_the_list_opens_with_the_default_view(as_viewer, partner):
    save(as_viewer, default="1")
    answer = as_viewer.get("/partners")
    assert answer.status_code == 302
    assert "status=active" in answer.location
    assert as_viewer.get("/partners?view=all").status_code == 200


def test_a_view_is_renamed_and_deleted(as_viewer):
    save(as_viewer, default="1")
    view = SavedView.get()
    as_viewer.send(f"/partners/views/{view.id}", name="Renamed")
    assert SavedView.get().name == "Renamed"
    as_viewer.send(f"/partners/views/{view.id}", delete="1")
    assert not SavedView.select().exists()
    assert not DefaultView.select().exists()
    assert as_viewer.get("/partners").status_code == 200


@pytest.mark.parametrize("name", ["", "x" * 61])
def test_a_view_needs_a_name(as_viewer, name):
    assert save(as_viewer, name=name).status_code == 422


def test_the_list_leaves_as_a_file_as_it_is_filtered(as_viewer, partner, other_partner):
    field = define("text", "note")
    give(partner, field, "=1+1")
    PartnerTag.insert(partner=partner, tag="audio").execute()
    answer = as_viewer.get("/partners?q=nord&col=tags&col=field:note&download=csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows == [
        {
            "code": "NORD",
            "name": "Nordlicht Logistik",
            "status": "active",
            "tags": "audio",
            "field:note": "'=1+1",
        }
    ]


def test_the_list_leaves_as_a_spreadsheet(as_viewer, partner):
    answer = as_viewer.get("/partners?download=xlsx")
    assert answer.data.startswith(b"PK")


def test_a_longer_list_costs_no_more_queries(app, as_viewer, partner):
    field = define("text", "note")
    give(partner, field, "x")
    path = "/partners?col=field:note&col=tags&col=score"
    as_viewer.get(path)
    with counted_queries() as few:
        as_viewer.get(path)
    for number in range(40):
        one = add_partner(f"P{number}", f"Partner {number}", owner=User.get(User.role == "admin"))
        give(one, field, "y")
    with counted_queries() as many:
        as_viewer.get(path)
    assert len(many) == len(few)


def test_an_owner_who_is_out_today_is_said_to_be(as_viewer, partner, other_partner):
    today = clock.today("Europe/Berlin")
    User.update(absent_from=today, absent_until=today).where(User.id == partner.owner_id).execute()
    with counted_queries() as with_somebody_out:
        page = as_viewer.get("/partners").text
    User.update(absent_until=None, absent_from=None).execute()
    with counted_queries() as with_nobody_out:
        as_viewer.get("/partners")
    assert page.count('<span class="away">out until') == 1
    assert len(with_somebody_out) == len(with_nobody_out)
