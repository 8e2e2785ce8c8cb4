"""Two entries of one partner become one: both histories kept, nothing counted twice."""

import pytest

from app.core.accounts import services as accounts
from app.core.accounts.models import User
from app.core.kpis import imports, rollups, services
from app.core.kpis.models import (
    KpiTotal,
    Revision,
    Score,
    Target,
    TargetDecision,
    TargetRevision,
    Value,
)
from app.core.kpis.services import KpiDraft, TargetFigures, ValueRow
from app.core.kpis.value_models import DeclaredMiss
from app.core.partners.fields import queries as field_queries
from app.core.partners.fields import services as fields
from app.core.partners.fields.services import Draft
from app.core.partners.merge import queries as merging
from app.core.partners.merge import tables
from app.core.partners.merge.services import Choices, MergeRefusal, merge
from app.core.partners.models import Contact, Partner, PartnerProfile, PartnerTag, PartnerTeam
from app.testing import PASSWORD, add_partner
from tests.core.kpi_support import (
    TODAY,
    audited,
    bring_in,
    desk,
    kpi,
    other_partner,
    partner,
    period,
    source,
    units,
    viewer,
)

__all__ = ["desk", "other_partner", "partner"]
MAY, JUNE = period("2025-05"), period("2025-06")


def report(partner, kpi, at, value):
    services.record_kpi_values(
        [ValueRow(partner.id, kpi.id, at.key, units(value))], source="test", by=None
    )


def aim(partner, kpi, at, target):
    admin = viewer("admin@example.org")
    figures = TargetFigures(target=units(target))
    services.set_target(
        partner.id, kpi.id, at, figures, by=admin, n=0, agreed="Agreed on the phone."
    )


def join(kept, gone, *, facts=(), clashes=(), by="admin@example.org", versions=None):
    choices = Choices(frozenset(facts), frozenset(clashes))
    merge(kept.id, gone.id, choices, by=viewer(by), versions=versions)


def rows_of(table, partner):
    return table.select().where(table.partner == partner.id).count()


def test_every_table_that_names_a_partner_has_a_way():
    assert [ref for ref in tables.references() if not ref.way] == []


def test_tables_with_a_partner_in_their_key_are_not_merely_moved():
    ways = {ref.table: ref.way for ref in tables.references()}
    expected = {"partner_tag": "united", "value": "chosen", "revision": "numbered"}
    assert expected.items() <= ways.items()
    assert {"moved", ""} & {ways[name] for name in expected} == set()


def test_figures_targets_and_histories_move(partner, other_partner):
    rev = kpi()
    aim(other_partner, rev, MAY, 100)
    report(other_partner, rev, MAY, 90)
    join(partner, other_partner)
    tables_ = (Value, Target, TargetRevision, Revision)
    assert [rows_of(table, partner) for table in tables_] == [1, 1, 1, 1]
    assert [rows_of(table, other_partner) for table in (*tables_, Score)] == [0] * 5


@pytest.mark.parametrize(("taken", "stays"), [((), 80), (("gone",), 90)])
def test_where_both_have_a_figure_one_stays_and_the_other_is_superseded(
    partner, other_partner, taken, stays
):
    rev = kpi()
    report(partner, rev, MAY, 70)
    report(partner, rev, MAY, 80)
    report(other_partner, rev, MAY, 90)
    join(partner, other_partner, clashes=[f"value:{rev.id}:{MAY.key}"] if taken else [])
    value = Value.get(Value.partner == partner)
    assert value.value == units(stays)
    rows = Revision.select().where(Revision.partner == partner).order_by(Revision.n)
    assert [(row.n, row.state) for row in rows] == [
        (1, "superseded"),
        (2, "superseded"),
        (3, "approved"),
    ]
    assert rows[-1].id == value.revision_id


def test_a_locked_figure_stays_whatever_was_chosen(partner, other_partner):
    rev = kpi()
    report(partner, rev, MAY, 80)
    report(other_partner, rev, MAY, 90)
    Value.update(locked=True).where(Value.partner == partner).execute()
    join(partner, other_partner, clashes=[f"value:{rev.id}:{MAY.key}"])
    assert Value.get(Value.partner == partner).value == units(80)


def test_the_chosen_target_has_the_latest_number(partner, other_partner):
    rev = kpi()
    aim(partner, rev, MAY, 100)
    aim(other_partner, rev, MAY, 120)
    join(partner, other_partner, clashes=[f"target:{rev.id}:{MAY.key}"])
    target = Target.get(Target.partner == partner)
    assert (target.target, target.n) == (units(120), 2)
    assert rows_of(TargetRevision, partner) == 2


def test_totals_and_scorecards_are_those_of_one_partner(partner, other_partner):
    rev, money = kpi(), kpi("MONEY", value_type="money")
    for one, figures in ((partner, (80, 70)), (other_partner, (90, 60))):
        for at, figure in zip((MAY, JUNE), figures, strict=True):
            aim(one, rev, at, 100)
            report(one, rev, at, figure)
    report(other_partner, money, MAY, 5)
    join(partner, other_partner, clashes=[f"value:{rev.id}:{MAY.key}"])
    month = KpiTotal.get(KpiTotal.period == MAY.key, KpiTotal.kpi == rev)
    assert (month.value, month.reported) == (90, 1)
    scores = sorted(Score.select().dicts(), key=lambda row: row["period"])
    rollups.rebuild_all()
    assert sorted(Score.select().dicts(), key=lambda row: row["period"]) == scores
    assert {row["partner"] for row in scores} == {partner.id}


def test_amounts_in_another_currency_are_not_merged(partner):
    gone = add_partner("USA", "Overseas", currency="USD")
    report(gone, kpi("MONEY", value_type="money"), MAY, 5)
    with pytest.raises(MergeRefusal, match="never converted"):
        join(partner, gone)


def test_chosen_facts_win_and_the_others_stay(partner, other_partner):
    Partner.update(website="https://sued.example", legal_name="Süd Ltd").where(
        Partner.id == other_partner.id
    ).execute()
    join(partner, other_partner, facts=["website", "owner", "code", "status"])
    kept = Partner.get_by_id(partner.id)
    assert (kept.website, kept.legal_name, kept.code) == ("https://sued.example", "", "NORD")
    assert kept.owner_id == other_partner.owner_id


def test_tags_and_team_unite_and_profiles_line_up(partner, other_partner):
    admin = User.get(User.role == "admin")
    for one in (partner, other_partner):
        PartnerTag.insert_many([{"partner": one, "tag": t} for t in ("a", one.code)]).execute()
        PartnerTeam.insert(partner=one, user=admin).execute()
        PartnerProfile.create(partner=one, n=1, goals=f"goals of {one.code}")
    join(partner, other_partner, facts=["profile"])
    tags = PartnerTag.select(PartnerTag.tag).where(PartnerTag.partner == partner).tuples()
    assert {row[0] for row in tags} == {"a", "NORD", "SUED"}
    assert rows_of(PartnerTeam, partner) == 1
    goals = PartnerProfile.select().where(PartnerProfile.partner == partner)
    ordered = goals.order_by(PartnerProfile.n)
    assert [(p.n, p.goals) for p in ordered] == [(1, "goals of NORD"), (2, "goals of SUED")]


def test_custom_values_follow_and_the_chosen_one_wins(partner, other_partner):
    one, two, three = (fields.define(Draft(key, key, "text")) for key in ("a", "b", "c"))
    both = [one, two, three]
    fields.save_values(partner.id, {one.id: "mine", two.id: "mine"}, both)
    theirs = {one.id: "theirs", two.id: "theirs", three.id: "theirs"}
    fields.save_values(other_partner.id, theirs, both)
    join(partner, other_partner, facts=["field:b"])
    found = field_queries.values([partner.id, other_partner.id], both)
    assert found == {partner.id: {one.id: "mine", two.id: "theirs", three.id: "theirs"}}


def test_contacts_follow_and_each_side_keeps_one_primary(partner, other_partner):
    for one in (partner, other_partner):
        for side in ("host", "partner"):
            mail = f"{side}@{one.code}.example.org".lower()
            Contact.create(partner=one, side=side, name=side, email=mail, is_primary=True)
    Contact.create(partner=other_partner, side="host", name="Again", email="HOST@nord.example.org")
    join(partner, other_partner)
    people = Contact.select().where(Contact.partner == partner)
    primary = [person for person in people if person.is_primary]
    assert sorted(person.email.split("@")[1] for person in primary) == ["nord.example.org"] * 2
    assert [person.name for person in people if not person.active] == ["Again"]
    assert len(people) == 5


def test_a_merge_into_a_merge_leads_to_the_last(partner, other_partner):
    third = add_partner("THIRD", "Third")
    join(other_partner, third)
    join(partner, other_partner)
    assert {p.merged_into_id for p in Partner.select().where(Partner.id != partner.id)} == {
        partner.id
    }


@pytest.mark.parametrize("case", ["self", "gone", "manager", "stale"])
def test_a_merge_that_makes_no_sense_is_refused(partner, other_partner, case):
    third = add_partner("THIRD", "Third")
    join(other_partner, third)
    before = len(audited())
    attempts = {
        "self": lambda: join(partner, partner),
        "gone": lambda: join(partner, third),
        "manager": lambda: join(partner, other_partner, by="manager@example.org"),
        "stale": lambda: join(partner, other_partner, versions=(99, 1)),
    }
    with pytest.raises(MergeRefusal):
        attempts[case]()
    assert len(audited()) == before


def test_an_import_of_the_old_code_goes_to_the_kept_partner_and_says_so(partner, other_partner):
    rev = kpi()
    join(partner, other_partner)
    files = [
        source("values", "partner_code,kpi_code,period,value\nSUED,REV,2025-05,90\n"),
    ]
    plan = imports.read(files, TODAY)
    assert plan.errors == []
    assert any("SUED was merged into NORD" in warning for warning in plan.warnings)
    bring_in(*files)
    assert Value.get(Value.kpi == rev).partner_id == partner.id


def test_decisions_follow_the_numbers_of_their_revisions(partner, other_partner):
    rev = kpi()
    aim(partner, rev, MAY, 100)
    aim(other_partner, rev, MAY, 120)
    for one in (partner, other_partner):
        place = {"kpi": rev, "period": MAY.key, "n": 1, "side": "host"}
        TargetDecision.create(partner=one, **place, action="accepted", reason=one.code)
    join(partner, other_partner)
    rows = TargetDecision.select().where(TargetDecision.partner == partner)
    decided = {row.reason: row.n for row in rows if row.reason in ("NORD", "SUED")}
    assert decided == {"SUED": 1, "NORD": 2}
    states = TargetRevision.select(TargetRevision.n, TargetRevision.state)
    assert sorted(states.tuples()) == [(1, "superseded"), (2, "accepted")]
    assert Target.get(Target.partner == partner).n == 2


def test_derived_figures_follow_the_chosen_ones(partner, other_partner):
    sales, visits = kpi("SALES"), kpi("VISITS")
    draft = {"code": "PER_VISIT", "name": "Sales per visit", "formula": "SALES / VISITS"}
    rest = {"category": "revenue", "value_type": "number", "direction": "higher"}
    rest |= {"nature": "flow", "aggregation": "last", "frequency": "monthly"}
    per_visit = services.save_kpi(KpiDraft(**draft | rest), by=viewer("admin@example.org"))
    for one, sold in ((partner, 100), (other_partner, 300)):
        report(one, sales, MAY, sold)
        report(one, visits, MAY, 10)
    clashes = [clash.kpi_id for clash in merging.clashes(partner.id, other_partner.id)]
    assert clashes == [sales.id]
    join(partner, other_partner, clashes=[f"value:{sales.id}:{MAY.key}"])
    derived = Value.get(Value.partner == partner, Value.kpi == per_visit)
    assert derived.value == units(30)
    total = KpiTotal.get(KpiTotal.period == MAY.key, KpiTotal.kpi == per_visit)
    assert total.reported == 1


def test_one_declaration_of_a_miss_stands(partner, other_partner):
    rev, admin = kpi(), User.get(User.role == "admin")
    for one in (partner, other_partner):
        DeclaredMiss.create(
            partner=one, kpi=rev, period=MAY.key, reason="No answer.", declared_by=admin
        )
    join(partner, other_partner)
    rows = DeclaredMiss.select().where(DeclaredMiss.partner == partner)
    assert sorted(row.withdrawn_at is None for row in rows) == [False, True]


# ---- in the browser


@pytest.fixture
def twins(app):
    """Two entries of one partner, the second with a contact who signs in."""
    kept, gone = add_partner("KEPT", "Kept Ltd"), add_partner("GONE", "Gone Ltd")
    user = accounts.add_person(
        name="Kim", email="kim@gone.example.org", role="contact", password=PASSWORD, cheap=True
    )
    Contact.create(partner=gone, side="partner", name="Kim", email=user.email, user=user)
    return kept, gone


def test_the_preview_shows_both_and_asks_for_the_code(as_admin, twins):
    kept, gone = twins
    path = f"/partners/{kept.id}/merge"
    page = as_admin.get(f"{path}?other=gone").text
    assert "Kept Ltd" in page
    assert "kim@gone.example.org" in page
    refused = as_admin.send(path, other="GONE", confirm="KEPT", kept_version=1, gone_version=1)
    assert refused.status_code == 422
    assert Partner.get_by_id(gone.id).merged_into_id is None


def test_the_old_address_and_code_lead_to_the_kept_partner(app, as_admin, as_viewer, twins):
    kept, gone = twins
    form = {"other": "GONE", "confirm": "gone", "kept_version": 1, "gone_version": 1}
    answer = as_admin.send(f"/partners/{kept.id}/merge", name="gone", **form)
    assert answer.status_code == 303
    assert Partner.get_by_id(kept.id).name == "Gone Ltd"
    old = as_viewer.get(f"/partners/{gone.id}/kpis?period=2025-05")
    assert old.location == f"/partners/{kept.id}/kpis?period=2025-05"
    page = as_viewer.get("/partners?q=gone&download=csv").text
    assert [line.split(",")[0] for line in page.splitlines()[1:]] == ["KEPT"]
    contact = app.test_client().sign_in("kim@gone.example.org")
    assert "Gone Ltd" in contact.get("/portal").text
    assert as_admin.send(f"/partners/{gone.id}/edit", name="x").location == f"/partners/{kept.id}"


@pytest.mark.parametrize("code", ["NOBODY", "KEPT", "%", "x" * 999])
def test_another_partner_has_to_be_named(as_admin, twins, code):
    answer = as_admin.get(f"/partners/{twins[0].id}/merge", query_string={"other": code})
    assert answer.status_code == 422


def test_only_administrators_merge(as_manager, twins):
    assert as_manager.get(f"/partners/{twins[0].id}/merge?other=GONE").status_code == 403
