"""The list of partners, a partner's page, and editing."""

import pytest

from app.core.accounts.models import User
from app.core.kpis.models import KpiTotal
from app.core.models import AuditEntry
from app.core.partners.models import Contact, Partner, PartnerTag, PartnerTeam
from app.testing import add_partner
from tests.core.desk import Desk, last_month

FORM = {
    "name": "Café Müller & Söhne",
    "code": "cms-1",
    "type": "reseller",
    "currency": "eur",
    "start_date": "2024-02-29",
    "tags": "retail, süd ,retail",
    "version": "1",
}


def form_of(partner, **changes):
    owner = partner.owner_id or 0
    return FORM | {"code": partner.code, "name": partner.name, "owner": owner} | changes


def test_a_manager_adds_a_partner_as_a_prospect(as_manager):
    manager = User.get(User.email == "manager@example.org")
    assert as_manager.send("/partners/new", owner=manager.id, **FORM).status_code == 303
    partner = Partner.get(Partner.code == "CMS-1")
    assert (partner.name, partner.status, partner.currency) == (FORM["name"], "prospect", "EUR")
    tags = {row.tag for row in PartnerTag.select().where(PartnerTag.partner == partner)}
    assert tags == {"retail", "süd"}
    assert AuditEntry.select().where(AuditEntry.action == "partner.created").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"name": " "},
        {"code": "a b"},
        {"code": ""},
        {"currency": "XYZ"},
        {"type": "friend"},
        {"start_date": "2024-02-30"},
        {"website": "javascript:alert(1)"},
        {"selection_score": "101"},
        {"name": "x" * 201},
    ],
)
def test_an_invalid_partner_is_refused_and_nothing_is_written(as_admin, change):
    answer = as_admin.send("/partners/new", **(FORM | {"owner": 0} | change))
    assert answer.status_code == 422
    assert "Please check what you entered" in answer.text
    assert not Partner.select().exists()


def test_a_taken_code_is_said_beside_the_field(as_admin, partner):
    answer = as_admin.send("/partners/new", **(FORM | {"code": "nord", "owner": 0}))
    assert answer.status_code == 422
    assert "Another partner has this code." in answer.text


@pytest.mark.parametrize("words", ["muller", "MÜLLER", "cafe mul", "cms", "söhne"])
def test_search_folds_accents_and_case(as_viewer, app, words):
    add_partner("CMS-1", "Café Müller & Söhne")
    add_partner("SUED", "Südwind Verlag")
    page = as_viewer.get("/partners", query_string={"q": words}).text
    assert "Café Müller &amp; Söhne" in page
    assert "Südwind Verlag" not in page


@pytest.mark.parametrize("words", ["%", "_", "100%", "'; DROP TABLE partner; --", "\\"])
def test_search_takes_every_sign_literally(as_viewer, app, words):
    add_partner("NORD", "Nordlicht Logistik")
    page = as_viewer.get("/partners", query_string={"q": words})
    assert page.status_code == 200
    assert "Nordlicht" not in page.text


def test_filters_sort_and_pages_are_in_the_query(as_viewer, app):
    for number in range(60):
        add_partner(f"P{number:02}", f"Partner {number:02}", status="active")
    add_partner("OLD", "Alter Partner", status="ended")
    first = as_viewer.get("/partners", query_string={"status": "active"}).text
    assert "Partner 49" in first
    assert "Partner 50" not in first
    assert "1–50 of 60" in first
    assert "Alter Partner" not in first
    last = as_viewer.get("/partners", query_string={"status": "active", "page": "2"}).text
    assert "Partner 59" in last
    backwards = as_viewer.get("/partners", query_string={"sort": "-name"}).text
    assert backwards.index("Partner 59") < backwards.index("Partner 58")


@pytest.mark.parametrize("nonsense", ["?sort=password", "?page=-3", "?page=x", "?status=king"])
def test_a_nonsensical_address_shows_the_list(as_viewer, partner, nonsense):
    assert "Nordlicht" in as_viewer.get(f"/partners{nonsense}").text


def test_the_fragment_is_the_list_alone(as_viewer, partner):
    answer = as_viewer.get("/partners", headers={"HX-Request-Type": "partial"})
    assert answer.text.lstrip().startswith('<div id="partner-list"')
    assert "<html" not in answer.text
    assert "HX-Request-Type" in answer.headers["Vary"]


def test_going_back_gets_the_whole_page(as_viewer, partner):
    answer = as_viewer.get("/partners", headers={"HX-History-Restore-Request": "true"})
    assert "<html" in answer.text


def test_the_page_shows_the_partner(as_viewer, partner):
    page = as_viewer.get(f"/partners/{partner.id}")
    assert page.status_code == 200
    assert "Nordlicht Logistik" in page.text


def test_a_partner_that_is_not_there_is_not_found(as_viewer):
    assert as_viewer.get("/partners/4711").status_code == 404


def test_a_viewer_may_not_edit(as_viewer, partner):
    assert as_viewer.get(f"/partners/{partner.id}/edit").status_code == 403


def test_a_manager_edits_only_own_partners(as_manager, partner, other_partner):
    assert as_manager.get(f"/partners/{partner.id}/edit").status_code == 200
    assert as_manager.get(f"/partners/{other_partner.id}/edit").status_code == 403
    PartnerTeam.insert(partner=other_partner, user=User.get(User.role == "manager")).execute()
    assert as_manager.get(f"/partners/{other_partner.id}/edit").status_code == 200


def test_an_edit_is_saved(as_manager, partner):
    form = form_of(partner, name="Nordlicht Neu", website="https://nordlicht.example")
    assert as_manager.send(f"/partners/{partner.id}/edit", **form).status_code == 303
    assert Partner.get_by_id(partner.id).name == "Nordlicht Neu"


def test_extra_fields_of_a_form_are_ignored(as_manager, partner):
    form = form_of(partner, status="ended", id="99")
    as_manager.send(f"/partners/{partner.id}/edit", **form)
    assert Partner.get_by_id(partner.id).status == "active"


def test_a_stale_edit_shows_both_versions_and_writes_nothing(as_manager, partner):
    Partner.update(name="Von anderen geändert", version=2).execute()
    form = form_of(partner, name="Von mir geändert")
    answer = as_manager.send(f"/partners/{partner.id}/edit", **form)
    assert answer.status_code == 422
    assert "Von anderen geändert" in answer.text
    assert "Von mir geändert" in answer.text
    assert Partner.get_by_id(partner.id).name == "Von anderen geändert"


def test_names_are_escaped_wherever_they_stand(as_admin, app):
    evil = add_partner("EVIL", "<script>alert(1)</script>")
    for path in ("/partners", f"/partners/{evil.id}", f"/partners/{evil.id}/edit"):
        assert "<script>alert" not in as_admin.get(path).text


def contact_form(**changes):
    return {
        "name": "Ole Nielsen",
        "side": "partner",
        "email": "ole@nordlicht.example",
        "level": "operational",
        "matters": ["finance", "legal"],
        "is_primary": "y",
    } | changes


def test_a_new_primary_contact_takes_the_place_of_the_old(as_manager, partner):
    path = f"/partners/{partner.id}/contacts/new"
    as_manager.send(path, **contact_form())
    as_manager.send(path, **contact_form(name="Ida Holm"))
    as_manager.send(path, **contact_form(name="Marek", side="host"))
    primary = Contact.select().where(Contact.is_primary).order_by(Contact.side)
    assert [(c.side, c.name) for c in primary] == [("host", "Marek"), ("partner", "Ida Holm")]


def test_a_contact_of_another_partner_is_not_found(as_admin, partner, other_partner):
    stranger = Contact.create(partner=other_partner, side="partner", name="Fremd")
    assert as_admin.get(f"/partners/{partner.id}/contacts/{stranger.id}").status_code == 404
    removal = as_admin.send(f"/partners/{partner.id}/contacts/{stranger.id}/remove")
    assert removal.status_code == 404
    assert Contact.get_by_id(stranger.id).active


def test_a_removed_contact_can_no_longer_reach_the_portal(as_contact, as_admin, partner):
    person = Contact.get(Contact.partner == partner)
    assert as_contact.get("/portal").status_code == 200
    as_admin.send(f"/partners/{partner.id}/contacts/{person.id}/remove")
    assert as_contact.get("/portal").status_code == 302


def test_a_new_currency_takes_the_money_totals_along(app, as_admin, partner):
    desk, month = Desk(app), last_month(2)
    desk.value(partner, desk.kpi(value_type="money"), month, 100)
    as_admin.send(f"/partners/{partner.id}/edit", **form_of(partner, currency="USD"))
    rows = KpiTotal.select().where(KpiTotal.period == month.key, KpiTotal.reported > 0)
    assert [(row.currency, row.value) for row in rows] == [("USD", 100)]
