"""What stands against publishing a definition, and what is only said."""

import pytest

from app.api import MILLION, Kind
from plugins.incentives.programmes.checks import check
from plugins.incentives.programmes.definition import (
    Band,
    Definition,
    Group,
    Measures,
    Mode,
    Operator,
    Reward,
    RewardKind,
    Span,
    Tier,
    Window,
)
from plugins.incentives.programmes.editing import Owner
from plugins.incentives.programmes.starts import full
from plugins.incentives.tests.programmes.support import (
    GLOSSARY,
    YEAR,
    asks,
    bonus,
    fact,
    kpi,
    programme,
)

GOOD = asks()


def found(definition, glossary=GLOSSARY):
    return [str(problem) for problem in check(definition, glossary)]


def paid(kind, **changes):
    values = {"base": "REVENUE", "rate": 50_000, "bands": (Band(0, 50_000),)}
    return Reward("r", kind, "Pay", **(values | changes))


def test_a_sound_programme_has_no_problems():
    gold = (GOOD, kpi("r2", "REVENUE", 500_000), fact("r3", "csat", 1))
    rewards = (bonus(), paid(RewardKind.MARGINAL, floor=0, cap=10))
    assert found(programme(*gold, rewards=rewards)) == []


@pytest.mark.parametrize(
    ("definition", "says"),
    [
        (Definition(tiers=(Tier("a", "A", requirement=GOOD),)), "asks for something"),
        (programme(), "Gold asks for nothing"),
        (Definition(tiers=(Tier("a", "A"), Tier("b", "a", requirement=GOOD))), "are called “a”"),
        (Definition(tiers=(Tier("a", " "),)), "has no name"),
        (programme(GOOD, GOOD), "same key"),
        (programme(asks(per_cent=151)), "up to 150 %"),
        (programme(asks(per_cent=0)), "up to 150 %"),
        (programme(kpi("r1", "NONE", 1)), "no KPI “NONE”"),
        (programme(kpi("r1", "OLD", 1)), "out of use"),
        (programme(kpi("r1", "LEADS", 1, None)), "over which periods"),
        (programme(kpi("r1", "LEADS", 1, Window(Span.MONTHS, 0))), "1 to 36"),
        (programme(kpi("r1", "LEADS", 1, Window(Span.QUARTERS, 13))), "1 to 12"),
        (programme(kpi("r1", "AUDIT", 1, Window(Span.MONTHS, 12, True))), "less often"),
        (programme(kpi("r1", "CHURN", 0)), "does not roll up"),
        (programme(kpi("r1", "TRUST", 3)), "one of the levels"),
        (programme(kpi("r1", "LEADS", 0, measures=Measures.ATTAINMENT)), "above 0 %"),
        (programme(kpi("r1", "LEADS", -1, None, measures=Measures.STREAK)), "whole number"),
        (programme(fact("r1", "tier.since", 1)), "is no number"),
        (programme(Group("g2")), "no conditions"),
        (programme(GOOD, mode=Mode.POINTS), "how many points"),
        (
            Definition(
                tiers=(
                    Tier("a", "A"),
                    Tier("b", "B", requirement=Group("g", Mode.POINTS, (asks(points=2),), 3)),
                )
            ),
            "3 points are needed, but all conditions together give 2",
        ),
        (programme(GOOD, rewards=(bonus(amount=0),)), "give an amount"),
        (programme(GOOD, rewards=(bonus(tiers=("x",)),)), "a tier that there is not"),
        (programme(GOOD, rewards=(bonus("a"), bonus("b", name="A"))), "Two rewards"),
        (programme(GOOD, rewards=(bonus(period=Kind.WEEK),)), "months, quarters"),
        (programme(GOOD, rewards=(paid(RewardKind.PERCENT, rate=0),)), "up to 100 %"),
        (programme(GOOD, rewards=(paid(RewardKind.PERCENT, base=""),)), "choose the KPI"),
        (programme(GOOD, rewards=(paid(RewardKind.PERCENT, base="LEADS"),)), "no amount of money"),
        (programme(GOOD, rewards=(paid(RewardKind.PERCENT, floor=2, cap=1),)), "the least is more"),
        (programme(GOOD, rewards=(paid(RewardKind.MARGINAL, bands=()),)), "give the bands"),
        (programme(GOOD, rewards=(paid(RewardKind.MARGINAL, bands=(Band(5, 1),)),)), "starts at 0"),
        (
            programme(
                GOOD, rewards=(paid(RewardKind.RETROACTIVE, bands=(Band(0, 1), Band(0, 2))),)
            ),
            "above the one before",
        ),
        (programme(GOOD, rewards=(Reward("r", RewardKind.AWARD, "Cup"),)), "say what it gives"),
    ],
)
def test_what_contradicts_itself_is_an_error(definition, says):
    problems = check(definition, GLOSSARY)
    assert [str(one) for one in problems if says in str(one) and one.error], found(definition)


def test_a_percentage_may_be_looked_at_period_by_period():
    assert found(programme(kpi("r1", "CHURN", 0, Window(Span.MONTHS, 3, True)))) == []


def test_a_yearly_kpi_fits_a_year():
    assert found(programme(kpi("r1", "AUDIT", 1, YEAR))) == []


def test_a_fact_that_nobody_tells_of_is_only_said():
    (problem,) = check(programme(GOOD, fact("r2", "rhi", 1)), GLOSSARY)
    assert not problem.error
    assert "stays unknown and nobody meets this condition" in str(problem)
    assert problem.owner == Owner("tier", "gold")


def test_a_higher_tier_that_is_easier_is_only_said():
    tiers = (
        Tier("a", "A"),
        Tier("b", "B", requirement=asks(per_cent=100)),
        Tier("c", "C", requirement=Group("g", parts=(asks(per_cent=90),))),
    )
    (problem,) = check(Definition(tiers=tiers), GLOSSARY)
    assert (problem.error, "C asks for less than B" in str(problem)) == (False, True)


def test_at_most_is_easier_the_other_way_round():
    late = {"operator": Operator.AT_MOST}
    tiers = (
        Tier("a", "A"),
        Tier("b", "B", requirement=fact("r1", "kpi.late_reports", 0, **late)),
        Tier("c", "C", requirement=fact("r1", "kpi.late_reports", 2, **late)),
    )
    assert len(found(Definition(tiers=tiers))) == 1


def test_an_unknown_currency_is_an_error():
    assert "no currency" in found(programme(GOOD), GLOSSARY._replace(currency="XXZ"))[0]


@pytest.mark.parametrize("known", [(), ("agreement.active", "csat")])
def test_the_recommended_programme_is_sound_whatever_is_known(app, known):
    with app.test_request_context():
        start = full(known)
    facts = {key: kind for key, kind in GLOSSARY.facts.items() if key in known}
    assert [p for p in check(start.definition, GLOSSARY._replace(facts=facts)) if p.error] == []
    assert set(start.left_out) | set(known) >= {"survey.answered", "kpi.late_reports", "csat"}
    assert MILLION not in known


def points(*parts, needed=2):
    tree = Group("g", Mode.POINTS, parts, needed)
    return Definition(tiers=(Tier("a", "A"), Tier("b", "Gold", requirement=tree)))


@pytest.mark.parametrize("twin", [asks("r2", points=3), Group("g2", parts=(asks("r2"),), points=1)])
def test_the_same_condition_twice_in_a_group_of_points_is_said(twin):
    first = asks("r1", points=2) if twin.key == "r2" else Group("g1", parts=(asks("r1"),), points=2)
    [problem] = check(points(first, twin), GLOSSARY)
    assert str(problem).startswith("Gold: the same condition stands twice")
    assert not problem.error


def test_another_mark_of_the_same_figure_in_a_group_of_points_is_meant():
    low, high = kpi("r1", "REVENUE", 100, points=1), kpi("r2", "REVENUE", 200, points=1)
    assert found(points(low, high)) == []
