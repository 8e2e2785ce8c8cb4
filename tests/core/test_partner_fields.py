"""Custom fields: what they hold, who defines them, where they are shown and searched."""

from datetime import date

import pytest

from app.core.partners.fields import queries, services
from app.core.partners.fields.rules import Field, FieldRefusal, joined, parse, stored, text_of
from app.core.partners.fields.services import Draft
from app.core.partners.list_models import CustomField, CustomValue
from app.core.partners.models import Partner
from tests.core.test_partners import form_of


def field(kind="text", **changes):
    values = {"id": 1, "key": "x", "label": "X", "help": "", "kind": kind, "required": False}
    choices = ("North", "South") if kind in ("choice", "choices") else ()
    rest = {"choices": choices, "visibility": "internal", "retired": False}
    return Field(**values | rest | changes)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", " contract 7 ", "contract 7"),
        ("long_text", "a\nb", "a\nb"),
        ("number", "-1.5", -1_500_000),
        ("date", "2026-02-28", date(2026, 2, 28)),
        ("yes_no", "Yes", True),
        ("yes_no", "0", False),
        ("choice", "north", "North"),
        ("choices", "south; North", ("North", "South")),
        ("choices", "South\nSouth", ("South",)),
        ("link", "https://example.org/x?y=1", "https://example.org/x?y=1"),
        ("email", "kim@example.org", "kim@example.org"),
        ("number", "", None),
    ],
)
def test_a_text_is_parsed_by_kind_and_written_back_the_same(kind, text, value):
    one = field(kind)
    assert parse(one, text) == value
    assert parse(one, text_of(value)) == value
    assert joined(one, [row.text for row in stored(one, value)]) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("text", "x" * 301),
        ("number", "NaN"),
        ("number", "1e999"),
        ("number", "9" * 39),
        ("date", "2026-02-30"),
        ("date", "9999-01-01"),
        ("date", "20260228"),
        ("yes_no", "perhaps"),
        ("choice", "West"),
        ("choices", "North; West"),
        ("link", "javascript:alert(1)"),
        ("link", "https://"),
        ("link", "http://[bad"),
        ("email", "kim"),
        ("email", "a@b.c, d@e.f"),
    ],
)
def test_a_text_that_a_field_cannot_hold_is_refused(kind, text):
    with pytest.raises(FieldRefusal):
        parse(field(kind), text)


def test_a_required_field_refuses_an_empty_text():
    with pytest.raises(FieldRefusal):
        parse(field(required=True), " ")


def form(**changes):
    plain = {"label": "Region manager", "key": "region_manager", "kind": "text"}
    return plain | {"visibility": "internal", "version": 1} | changes


def test_an_administrator_adds_a_field_that_every_partner_has(as_admin, partner):
    assert as_admin.send("/partners/fields/new", **form()).status_code == 303
    page = as_admin.get(f"/partners/{partner.id}/edit").text
    assert 'name="field_region_manager"' in page


@pytest.mark.parametrize(
    "change",
    [
        {"key": "Region"},
        {"key": "1x"},
        {"label": ""},
        {"kind": "colour"},
        {"kind": "choice", "choices": "one"},
        {"kind": "choice", "choices": "one\nONE"},
        {"kind": "choice", "choices": "one; two\nthree"},
        {"visibility": "public"},
    ],
)
def test_a_field_that_makes_no_sense_is_refused(as_admin, change):
    assert as_admin.send("/partners/fields/new", **form(**change)).status_code == 422
    assert not CustomField.select().exists()


def test_a_key_is_taken_once(as_admin):
    as_admin.send("/partners/fields/new", **form())
    again = as_admin.send("/partners/fields/new", **form(label="Other"))
    assert again.status_code == 422
    assert "Another field has this key." in again.text


def test_managers_do_not_define_fields(as_manager):
    assert as_manager.get("/partners/fields").status_code == 403
    assert as_manager.send("/partners/fields/new", **form()).status_code == 403


def make(kind="text", key="contract", **changes):
    return services.define(Draft(key, key.title(), kind, **changes))


def test_a_stale_definition_shows_what_stands(as_admin, app):
    made = make()
    CustomField.update(label="By another", version=2).execute()
    answer = as_admin.send(f"/partners/fields/{made.id}", **form(label="Mine"))
    assert answer.status_code == 422
    assert "By another" in answer.text
    assert "Mine" in answer.text


def test_a_choice_in_use_cannot_be_taken_away(as_admin, partner):
    made = make("choice", choices="North\nSouth")
    services.save_values(partner.id, {made.id: "South"}, [made])
    answer = as_admin.send(f"/partners/fields/{made.id}", **form(choices="North\nEast"))
    assert answer.status_code == 422
    assert "South" in answer.text


def test_fields_are_moved_and_retired_and_come_back(as_admin, app):
    first, second = make(key="one"), make(key="two")
    as_admin.send(f"/partners/fields/{second.id}/move", to="up")
    assert [f.key for f in queries.definitions()] == ["two", "one"]
    as_admin.send(f"/partners/fields/{first.id}/retire")
    assert [f.key for f in queries.definitions()] == ["two"]
    as_admin.send(f"/partners/fields/{first.id}/retire")
    assert len(queries.definitions()) == 2


def test_values_are_typed_on_the_form_and_kept_when_refused(as_manager, partner):
    made = make("number", "seats", required=True)
    path = f"/partners/{partner.id}/edit"
    refused = as_manager.send(path, **form_of(partner, field_seats="many"))
    assert refused.status_code == 422
    assert 'value="many"' in refused.text
    assert as_manager.send(path, **form_of(partner)).status_code == 422
    assert as_manager.send(path, **form_of(partner, field_seats="1200.5")).status_code == 303
    assert queries.values([partner.id], [made]) == {partner.id: {made.id: 1_200_500_000}}
    assert "1,200.5" in as_manager.get(f"/partners/{partner.id}").text
    assert 'value="1200.5"' in as_manager.get(path).text


def test_several_choices_are_rows_and_an_emptied_field_has_none(as_manager, partner):
    make("choices", "channels", choices="Online\nRetail")
    path = f"/partners/{partner.id}/edit"
    as_manager.send(path, **form_of(partner, field_channels=["Online", "Retail"]))
    assert CustomValue.select().count() == 2
    as_manager.send(path, **form_of(partner, version=2))
    assert CustomValue.select().count() == 0


def test_text_search_finds_what_stands_in_a_field(as_viewer, partner, other_partner):
    made = make("long_text", "notes")
    services.save_values(partner.id, {made.id: "Ansprechpartner Jörg in Kiel"}, [made])
    page = as_viewer.get("/partners", query_string={"q": "JORG"}).text
    assert partner.name in page
    assert other_partner.name not in page


def test_contacts_see_shared_fields_only_and_their_own(as_contact, partner, other_partner):
    shared, internal = make(key="open", visibility="shared"), make(key="secret")
    for one, word in ((partner, "nord"), (other_partner, "sued")):
        values = {shared.id: f"shared {word}", internal.id: f"internal {word}"}
        services.save_values(one.id, values, [shared, internal])
    page = as_contact.get("/portal").text
    assert "shared nord" in page
    assert "internal nord" not in page
    assert "shared sued" not in page


def test_markup_in_a_value_is_escaped(as_admin, partner):
    made = make()
    services.save_values(partner.id, {made.id: "<script>alert(1)</script>"}, [made])
    paths = (f"/partners/{partner.id}", "/partners?col=field:contract", "/partners?q=script")
    for path in paths:
        assert "<script>alert" not in as_admin.get(path).text


def test_extra_values_of_unknown_fields_are_ignored(as_manager, partner):
    as_manager.send(f"/partners/{partner.id}/edit", **form_of(partner, field_nothing="x"))
    assert not CustomValue.select().exists()
    assert Partner.get_by_id(partner.id).version == 2
