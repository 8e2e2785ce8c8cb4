"""The draft editor, as forms without JavaScript and as parts of a page."""

import io
import json

import pytest

from plugins.incentives.programmes import services
from plugins.incentives.programmes.definition import (
    Band,
    Group,
    Measures,
    Mode,
    Operator,
    Requirement,
    RewardKind,
    Span,
    Window,
    dumps,
)
from plugins.incentives.tests.programmes.support import asks, programme
from tests.core.desk import Desk

PART = {"HX-Request": "true", "HX-Request-Type": "partial"}
FIGURE = {
    "subject": "rev",
    "operator": ">=",
    "threshold": "1,500.5",
    "span": "months",
    "n": "6",
    "each": "each",
}

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def kpi(app):
    return Desk(app).kpi("REV", "Revenue", value_type="money")


def path(made, tail=""):
    return f"/x/incentives/programmes/{made.id}/draft{tail}"


def gold(definition):
    return definition.tiers[1].requirement


# ---- Tiers


def test_a_tier_is_added_on_top(edit, says):
    assert edit("tiers", name="Platinum", colour="platinum", benefits="All").status_code == 303
    assert [tier.key for tier in says().tiers] == ["member", "gold", "platinum"]


def test_a_tier_without_a_name_is_refused_and_what_was_typed_stays(edit, says):
    answer = edit("tiers", name=" ", colour="rose", benefits="Named first")
    assert answer.status_code == 422
    assert "Named first" in answer.text
    assert len(says().tiers) == 2


def test_a_colour_is_one_of_the_palette(edit):
    assert edit("tiers", name="X", colour="#f00").status_code == 422


def test_a_tier_moves_and_goes(edit, says):
    assert edit("tiers/gold/down").status_code == 303
    assert [tier.key for tier in says().tiers] == ["gold", "member"]
    assert edit("tiers/gold/remove").status_code == 303
    assert [tier.key for tier in says().tiers] == ["member"]


def test_the_last_tier_cannot_go(edit):
    edit("tiers/gold/remove")
    answer = edit("tiers/member/remove")
    assert answer.status_code == 422
    assert "at least one tier" in answer.text


# ---- Conditions


def test_a_condition_is_added_in_the_readers_numbers_and_read_back(edit, says, kpi, as_admin, made):
    answer = edit("tier/gold/conditions?measures=kpi_value", **FIGURE)
    assert answer.status_code == 303, answer.text
    assert gold(says()).parts[1] == Requirement(
        "r2",
        Measures.KPI_VALUE,
        Operator.AT_LEAST,
        1_500_500_000,
        "REV",
        Window(Span.MONTHS, 6, True),
    )
    page = as_admin.get(path(made)).text
    assert "Revenue of at least €1,500.50 in each of the last 6 closed months" in page


@pytest.mark.parametrize(
    ("measures", "form", "requirement"),
    [
        (
            "scorecard",
            {"operator": ">=", "threshold": "90", "span": "quarters", "n": "2", "each": "whole"},
            asks("r2", window=Window(Span.QUARTERS, 2)),
        ),
        (
            "attainment",
            FIGURE | {"threshold": "95.5%", "span": "last_year", "n": ""},
            Requirement(
                "r2",
                Measures.ATTAINMENT,
                Operator.AT_LEAST,
                955_000,
                "REV",
                Window(Span.LAST_YEAR, 0),
            ),
        ),
        (
            "streak",
            {"subject": "Revenue (REV)", "threshold": "2"},
            Requirement("r2", Measures.STREAK, Operator.AT_MOST, 2_000_000, "REV"),
        ),
    ],
)
def test_each_kind_has_its_own_fields(edit, says, kpi, measures, form, requirement):
    answer = edit(f"tier/gold/conditions?measures={measures}", **form)
    assert answer.status_code == 303, answer.text
    assert gold(says()).parts[1] == requirement


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "Nothing"},
        {"subject": ""},
        {"threshold": "many"},
        {"threshold": "1e999"},
        {"threshold": "NaN"},
        {"threshold": "9" * 39},
        {"n": "0"},
        {"n": "37"},
        {"n": "1" * 30},
        {"span": "weeks"},
        {"operator": "=="},
        {"each": "never"},
    ],
)
def test_a_condition_that_makes_no_sense_is_refused_with_what_was_typed(edit, says, kpi, changes):
    answer = edit("tier/gold/conditions?measures=kpi_value", **(FIGURE | changes))
    assert answer.status_code == 422
    assert 'value="1,500.5"' in answer.text or "threshold" in changes
    assert len(gold(says()).parts) == 1


def test_a_level_is_given_by_its_word(app, edit, says):
    Desk(app).kpi("TRUST", "Trust", value_type="ordinal", labels="low\nhigh", aggregation="last")
    form = FIGURE | {"subject": "TRUST", "threshold": "High"}
    assert edit("tier/gold/conditions?measures=kpi_value", **form).status_code == 303
    assert gold(says()).parts[1].threshold == 1_000_000
    answer = edit("tier/gold/conditions/r2", **(form | {"threshold": "huge"}))
    assert "low, high" in answer.text


def test_a_condition_is_changed_moved_and_removed(edit, says, kpi, as_admin, made):
    edit("tier/gold/conditions?measures=kpi_value", **FIGURE)
    assert "1500.5" in as_admin.get(path(made, "/tier/gold/conditions/r2")).text
    edit("tier/gold/conditions/r2", **(FIGURE | {"threshold": "2000"}))
    assert gold(says()).parts[1].threshold == 2_000_000_000
    edit("tier/gold/conditions/r2/up")
    assert [part.key for part in gold(says()).parts] == ["r2", "r1"]
    edit("tier/gold/conditions/r2/remove")
    assert [part.key for part in gold(says()).parts] == ["r1"]


def test_groups_are_made_switched_and_counted_by_points(edit, says):
    edit("tier/gold/conditions/r1/group")
    assert gold(says()).parts[0].mode is Mode.ANY
    edit("tier/gold/groups/g1/points")
    assert (gold(says()).mode, gold(says()).needed) == (Mode.POINTS, 1)
    edit("tier/gold/groups/g1", needed="5")
    assert gold(says()).needed == 5
    assert edit("tier/gold/groups/g1", needed="0").status_code == 422
    edit("tier/gold/groups/g2/dissolve")
    assert [part.key for part in gold(says()).parts] == ["r1"]


def test_what_is_entered_is_read_back_at_once(edit, kpi):
    said = edit("words?measures=kpi_value", **FIGURE).text
    assert "Revenue of at least €1,500.50 in each of the last 6 closed months" in said
    assert "In EUR" in said
    assert "As soon as all is there" in edit("words?measures=kpi_value", subject="x").text


# ---- Rewards


def test_a_reward_of_bands_is_added_in_the_programmes_currency(edit, says, kpi):
    form = {
        "name": "Commission",
        "period": "quarterly",
        "tiers": ["gold"],
        "base": "REV",
        "bands-0-start": "0",
        "bands-0-rate": "5",
        "bands-1-start": "10,000.50",
        "bands-1-rate": "7.5%",
        "bands-2-start": "",
        "bands-2-rate": "",
        "floor": "",
        "cap": "99",
        "hold_days": "30",
        "clawback_days": "180",
    }
    answer = edit("rewards?kind=marginal", **form)
    assert answer.status_code == 303, answer.text
    (reward,) = says().rewards
    assert reward.bands == (Band(0, 50_000), Band(1_000_050, 75_000))
    assert (reward.key, reward.tiers, reward.cap, reward.floor) == (
        "commission",
        ("gold",),
        9900,
        None,
    )


@pytest.mark.parametrize(
    ("kind", "form", "says_so"),
    [
        ("bonus", {"amount": "1.005"}, "smallest unit"),
        ("bonus", {"amount": "-1"}, "0 or more"),
        ("bonus", {"amount": "9" * 18}, "too large"),
        ("percent", {"rate": "101"}, "100%"),
        ("percent", {"rate": "5", "floor": "2", "cap": "1"}, "below the least"),
        ("marginal", {"bands-0-start": "5", "bands-0-rate": "5"}, "starts at 0"),
        ("marginal", {"bands-0-start": "0"}, "both a start and a rate"),
        ("award", {"benefit": " "}, "required"),
    ],
)
def test_a_reward_that_makes_no_sense_is_refused(edit, says, kpi, kind, form, says_so):
    common = {"name": "R", "period": "quarterly", "base": "REV", "hold_days": "0"}
    answer = edit(f"rewards?kind={kind}", **(common | {"clawback_days": "0"} | form))
    assert answer.status_code == 422
    assert says_so in answer.text
    assert not says().rewards


def test_further_rows_for_bands_are_asked_for_without_losing_what_was_typed(edit, says, kpi):
    form = {"name": "R", "bands-0-start": "0", "bands-0-rate": "5", "add": "bands"}
    answer = edit("rewards?kind=marginal", **form)
    assert (answer.status_code, "bands-4-start" in answer.text) == (200, True)
    assert not says().rewards


def test_a_reward_is_changed_moved_and_removed(edit, says):
    for name in ("One", "Two"):
        form = {"name": name, "period": "yearly", "benefit": "A cup"}
        assert edit("rewards?kind=award", **form).status_code == 303
    edit("rewards/one", name="Cup", period="yearly", benefit="A large cup")
    assert says().rewards[0].benefit == "A large cup"
    assert says().rewards[0].kind is RewardKind.AWARD
    edit("rewards/two/up")
    assert [reward.key for reward in says().rewards] == ["two", "one"]
    edit("rewards/two/remove")
    assert [reward.key for reward in says().rewards] == ["one"]


def test_an_unknown_kind_is_not_there(edit):
    assert edit("rewards?kind=gold").status_code == 404
    assert edit("tier/gold/conditions?measures=mood").status_code == 404


# ---- The whole


def test_the_rules_are_set(edit, says):
    form = {"review": "yearly", "promotion": "review", "grace_days": "60", "notice_days": "14"}
    assert edit("rules", **form, eligible=["reseller"], aims="Grow").status_code == 303
    now = says()
    assert (now.grace_days, now.notice_days, now.one_step, now.eligible) == (
        60,
        14,
        False,
        ("reseller",),
    )
    assert edit("rules", **(form | {"grace_days": "-1"})).status_code == 422


def test_the_last_edit_is_undone_and_done_again(edit, says):
    before = says()
    edit("tiers/gold/remove")
    assert edit("undo").status_code == 303
    assert says() == before
    edit("undo")
    assert len(says().tiers) == 1


def test_an_edit_of_what_somebody_else_changed_is_refused_and_shows_both(edit, says, draft, made):
    version = draft().version
    edit("tiers/gold", name="Best", colour="gold", benefits="")
    answer = edit("tiers/gold", name="Golden", colour="gold", benefits="", version=version)
    assert answer.status_code == 422
    assert "Somebody changed this" in answer.text
    assert 'value="Golden"' in answer.text
    assert ">Best</h3>" in answer.text
    assert edit("tiers/gold/down", version=version).status_code == 422
    assert says().tiers[1].name == "Best"


def test_with_htmx_the_draft_alone_comes_back(as_admin, made, draft):
    data = {"csrf_token": as_admin.token(), "version": draft().version}
    answer = as_admin.post(path(made, "/tiers/gold/down"), data=data, headers=PART)
    assert answer.status_code == 200
    assert answer.text.startswith('<div id="draft"')
    assert "data-takes-focus" in answer.text


def test_a_draft_goes_out_and_comes_in_as_json(as_admin, edit, says, made):
    exported = as_admin.get(f"/x/incentives/programmes/{made.id}/versions/1.json")
    assert exported.text == dumps(says())
    edit("tiers/gold/remove")
    assert edit("file", file=(io.BytesIO(exported.data), "p.json")).status_code == 303
    assert len(says().tiers) == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff",
        b"[" * 100_000,
        b"x" * 1_000_001,
        b'{"tiers": [{"key": "a", "name": "A\\u0000"}]}',
        b'{"tiers": [{"key": "a", "name": "A\\nBcc: b"}]}',
        b'{"tiers": [{"key": "a", "name": " "}]}',
        b'{"tiers": [{"key": "a\\n", "name": "A"}]}',
        json.dumps({"tiers": [{"key": "a", "name": "A"}] * 2}).encode(),
        dumps(programme(asks(), asks())).encode(),
        dumps(
            programme(
                Group(
                    "g2",
                    parts=(
                        Group("g3", parts=(Group("g4", parts=(Group("g5", parts=(asks(),)),)),)),
                    ),
                )
            )
        ).encode(),
    ],
)
def test_a_file_that_is_no_programme_is_refused(edit, says, content):
    before = says()
    assert edit("file", file=(io.BytesIO(content), "p.json")).status_code == 422
    assert says() == before


def test_only_administrators_draft(as_manager, as_contact, made, draft):
    for browser, status in ((as_manager, 403), (as_contact, 404)):
        assert browser.get(path(made)).status_code == status
        assert browser.send(path(made, "/tiers/gold/remove"), version=1).status_code == status
    assert as_manager.get(f"/x/incentives/programmes/{made.id}/versions/1").status_code == 404
    assert as_manager.get(f"/x/incentives/programmes/{made.id}/versions/1.json").status_code == 404


def test_changes_are_posted(as_admin, made):
    assert as_admin.get(path(made, "/tiers/gold/remove")).status_code == 405


def test_a_new_programme_starts_from_a_template_a_copy_or_a_file(as_admin, made):
    page = "/x/incentives/programmes/new"
    form = {"name": "Second", "currency": "chf", "start": "full"}
    assert as_admin.send(page, **form).status_code == 303
    assert as_admin.send(page, **form).status_code == 422  # the name is taken
    assert (
        as_admin.send(page, **(form | {"name": "C", "start": f"copy-{made.id}"})).status_code == 303
    )
    assert as_admin.send(page, **(form | {"name": "D", "start": "file"})).status_code == 422
    assert as_admin.send(page, **(form | {"name": "E", "currency": "XQX"})).status_code == 422
    file = (io.BytesIO(dumps(programme(asks())).encode()), "p.json")
    assert (
        as_admin.send(page, **(form | {"name": "F", "start": "file", "file": file})).status_code
        == 303
    )
    assert {row.name for row in services.queries.programmes()} == {"Tiers", "Second", "C", "F"}
