"""Partners from files and back: regions, maturity, custom fields. Undone, they are as before."""

from pathlib import Path
from typing import Any

import pytest

from app.core.accounts.models import User
from app.core.kpis import imports
from app.core.kpis.exports import folder as exporting
from app.core.kpis.imports import undo
from app.core.partners.fields.queries import definitions, values
from app.core.partners.list_models import CustomField
from app.core.partners.models import Partner, PartnerRegion
from tests.core.kpi_support import TODAY, bring_in, desk, partner, source, sources

__all__ = ["desk", "partner"]
HEAD = "code,name,type,status,currency,legal_name,website,maturity,regions,"


@pytest.fixture
def fields(desk: Any) -> None:
    """A custom field of each storage."""
    for position, (key, kind, choices) in enumerate(
        (
            ("contract", "text", ""),
            ("shops", "number", ""),
            ("renewal", "date", ""),
            ("dpa", "yes_no", ""),
            ("channels", "choices", "Retail\nOnline"),
        )
    ):
        CustomField.create(
            key=key, label=key.title(), kind=kind, choices=choices, position=position
        )


FILE = (
    HEAD
    + "field:contract,field:shops,field:renewal,field:dpa,field:channels\n"
    + "AS,Alpen Sport,reseller,active,EUR,Alpen Sport AG,https://as.example.org,strategic,"
    + "South;North,HH-7,140.5,2027-03-31,yes,online;Retail\n"
)


def held(code: str) -> dict[str, Any]:
    """What a partner has in its custom fields, by key."""
    own = values([Partner.get(Partner.code == code).id], definitions())
    found = next(iter(own.values()), {})
    return {field.key: found.get(field.id) for field in definitions()}


def test_every_column_of_a_partner_comes_in(fields):
    bring_in(source("partners", FILE))
    row = Partner.get(Partner.code == "AS")
    assert (row.legal_name, row.maturity) == ("Alpen Sport AG", "strategic")
    regions = PartnerRegion.select(PartnerRegion.region).where(PartnerRegion.partner == row)
    assert {region.region for region in regions} == {"North", "South"}
    found = held("AS")
    assert (found["contract"], found["shops"], found["dpa"]) == ("HH-7", 140_500_000, True)
    assert set(found["channels"]) == {"Online", "Retail"}


def test_what_is_written_out_is_read_back_as_it_is(fields, tmp_path: Path):
    bring_in(source("partners", FILE))
    exporting.write(tmp_path)
    plan = imports.read([source("partners", (tmp_path / "partners.csv").read_text())], TODAY)
    assert plan.errors == []
    assert plan.counts["partners"] == 0


def test_a_changed_field_is_a_change_and_an_absent_column_is_none(fields):
    bring_in(source("partners", FILE))
    bring_in(
        source(
            "partners",
            "code,name,type,status,currency,field:shops\nAS,Alpen Sport,reseller,active,EUR,150\n",
        )
    )
    assert held("AS")["shops"] == 150_000_000
    assert held("AS")["contract"] == "HH-7"


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("field:shops", "many"),
        ("field:renewal", "soon"),
        ("field:dpa", "perhaps"),
        ("field:channels", "Pigeon"),
        ("maturity", "adult"),
        ("website", "javascript:alert(1)"),
        ("regions", "x" * 61),
        ("legal_name", "x" * 201),
    ],
)
def test_a_cell_that_does_not_fit_is_named(fields, column, cell):
    text = f"code,name,type,status,currency,{column}\nAS,Alpen Sport,reseller,active,EUR,{cell}\n"
    plan = imports.read(sources(partners=text), TODAY)
    assert [(problem.row, problem.column) for problem in plan.errors] == [(2, column)]


def test_an_unknown_field_is_an_unknown_column(fields):
    text = "code,name,type,status,currency,field:colour\nAS,Alpen Sport,reseller,active,EUR,red\n"
    plan = imports.read(sources(partners=text), TODAY)
    assert plan.errors[0].column == "field:colour"


def test_undoing_gives_regions_and_fields_back(fields):
    bring_in(source("partners", FILE))
    before = held("AS")
    report = bring_in(source("partners", FILE.replace("140.5", "7").replace("South;North", "East")))
    assert held("AS") != before
    undo.undo(report.import_id, User.get(User.role == "admin"))
    assert held("AS") == before
    assert {row.region for row in PartnerRegion.select()} == {"North", "South"}
