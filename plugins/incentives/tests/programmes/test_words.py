"""Conditions and rewards read back in plain words, with nothing rounded."""

import pytest

from app.api import Kind
from plugins.incentives.programmes import diff, reward_words, words
from plugins.incentives.programmes.definition import (
    Band,
    Group,
    Measures,
    Mode,
    Operator,
    Reward,
    RewardKind,
    Span,
    Window,
)
from plugins.incentives.tests.programmes.support import (
    GLOSSARY,
    asks,
    bonus,
    fact,
    kpi,
    programme,
)

MOST = {"operator": Operator.AT_MOST}
EACH = Window(Span.QUARTERS, 2, True)

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture(autouse=True)
def english(app):
    with app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("requirement", "text"),
    [
        (asks(window=EACH), "Scorecard of at least 90% in each of the last 2 closed quarters"),
        (
            asks(threshold=900_001, window=EACH),
            "Scorecard of at least 90.0001% in each of the last 2 closed quarters",
        ),
        (
            kpi("r", "REVENUE", 500_000),
            "Revenue of at least €500,000 over the last 12 closed months",
        ),
        (
            kpi("r", "LEADS", 3, Window(Span.MONTHS, 1)),
            "Leads of at least 3 in the last closed month",
        ),
        (
            kpi("r", "LEADS", 3, Window(Span.LAST_YEAR, 0)),
            "Leads of at least 3 over the last fiscal year",
        ),
        (
            kpi("r", "LEADS", 3, Window(Span.CURRENT_YEAR, 0, True), **MOST),
            "Leads of at most 3 in each closed month of this fiscal year",
        ),
        (
            kpi("r", "TRUST", 2, Window(Span.QUARTERS, 1)),
            "Trust of at least high in the last closed quarter",
        ),
        (
            kpi("r", "LEADS", 0, threshold=950_000, measures=Measures.ATTAINMENT),
            "At least 95% of the target for Leads over the last 12 closed months",
        ),
        (
            kpi("r", "LEADS", 2, None, measures=Measures.STREAK, **MOST),
            "Fewer than 3 misses in a row of Leads",
        ),
        (
            kpi("r", "LEADS", 0, None, measures=Measures.STREAK, **MOST),
            "The latest figure of Leads is no miss",
        ),
        (fact("r", "csat", 0, threshold=800_000), "CSAT: at least 80%"),
        (fact("r", "agreement.active", 1), "Active agreement: yes"),
        (fact("r", "agreement.active", 0, **MOST), "Active agreement: no"),
        (fact("r", "kpi.late_reports", 2, **MOST), "Late: at most 2"),
        (fact("r", "rhi", 2), "rhi: at least 2"),
        (kpi("r", "GONE", 5), "GONE of at least 5 over the last 12 closed months"),
    ],
)
def test_a_condition_is_a_phrase(requirement, text):
    assert words.requirement_words(requirement, GLOSSARY) == text


@pytest.mark.parametrize(
    ("reward", "text"),
    [
        (bonus(), "€500 for each quarter"),
        (
            Reward("r", RewardKind.PERCENT, "P", base="REVENUE", rate=12_500, period=Kind.YEAR),
            "1.25% of Revenue of each year",
        ),
        (
            Reward(
                "r",
                RewardKind.MARGINAL,
                "M",
                base="REVENUE",
                bands=(Band(0, 50_000), Band(1_000_050, 70_000)),
            ),
            "On Revenue of each quarter, each part at its own rate: 5% from €0; 7% from €10,000.50",
        ),
        (
            Reward("r", RewardKind.PROFIT_SHARE, "S", base="REVENUE", rate=200_000, hurdle=100_000),
            "20% of what Revenue of each quarter is above €1,000",
        ),
        (Reward("r", RewardKind.AWARD, "A", benefit="A cup"), "A cup"),
    ],
)
def test_a_reward_is_a_phrase(reward, text):
    assert reward_words.gives(reward, GLOSSARY) == text


def test_its_terms_stand_beside_it():
    reward = bonus(tiers=("gold",), cap=99_999, hold_days=1, clawback_days=0)
    notes = reward_words.terms(reward, programme(asks()), GLOSSARY)
    assert notes == ["For Gold", "At most €999.99", "Held for 1 day before it can be approved"]


def test_a_group_by_points_says_how_many():
    group = Group("g", Mode.POINTS, (asks(points=2), fact("r2", "csat", 1, points=1)), needed=2)
    assert words.tree_line(group, GLOSSARY).startswith("At least 2 points from these: Scorecard")


def changed(before, after):
    return {
        (section.change, section.title): [tuple(line) for line in section.lines]
        for section in diff.differences(before, after, GLOSSARY, GLOSSARY, {})
    }


def test_a_raised_mark_is_a_condition_before_and_after():
    was, now = programme(asks(per_cent=90)), programme(asks(per_cent=95))
    assert changed(was, now) == {
        ("changed", "Gold"): [
            (
                "Condition",
                "Scorecard of at least 90% over the last 4 closed quarters",
                "Scorecard of at least 95% over the last 4 closed quarters",
            )
        ]
    }


def test_nothing_changed_is_nothing_told():
    assert changed(programme(asks()), programme(asks())) == {}


def test_an_added_condition_is_told_once_and_a_removed_one_falls_away():
    one, two = programme(asks()), programme(asks(), fact("r2", "csat", 1))
    assert changed(one, two)["changed", "Gold"] == [("Condition", "", "CSAT: at least 100%")]
    assert changed(two, one)["changed", "Gold"] == [("Condition", "CSAT: at least 100%", "")]


def test_all_that_becomes_any_is_told():
    parts = (asks(), fact("r2", "csat", 1))
    ((label, before, after),) = changed(programme(*parts), programme(*parts, mode=Mode.ANY))[
        "changed", "Gold"
    ]
    assert (label, before[:12], after[:15]) == ("How they count", "All of these", "Any one of thes")


def test_an_alternative_to_the_only_condition_is_told_as_one():
    one = programme(asks())
    either = programme(asks(), fact("r2", "csat", 1), mode=Mode.ANY)
    assert "How they count" in [line[0] for line in changed(one, either)["changed", "Gold"]]


def test_rewards_and_rules_are_compared_too():
    was = programme(asks(), rewards=(bonus(), bonus("gone")))
    now = programme(asks(), rewards=(bonus(amount=60_000), bonus("new")))
    found = changed(was, now)
    assert found["removed", "Gone"] == []
    assert found["changed", "Bonus"] == [
        ("What it pays", "€500 for each quarter", "€600 for each quarter")
    ]
    assert ("added", "New") in found
