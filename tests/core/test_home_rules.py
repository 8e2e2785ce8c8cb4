"""What stands first on the home page, and how its pictures are laid out."""

from datetime import date

import pytest

from app.core.contract import PartnerRef
from app.core.home.rules import (
    KINDS,
    Line,
    bars,
    movers,
    next_due,
    ranked,
    stacked,
    strip,
    top,
)
from app.core.periods import Calendar, Kind

NORD = PartnerRef(1, "NORD", "Nordlicht", "active")
SUED = PartnerRef(2, "SUED", "Südwind", "active")


def test_values_overdue_come_before_red_kpis_and_approvals() -> None:
    lines = [
        Line("contact", NORD),
        Line("approvals", count=3),
        Line("missed", NORD, 2),
        Line("critical", SUED, 1),
        Line("overdue", NORD, 1, since=date(2026, 5, 10)),
        Line("onboarding", SUED),
    ]
    kinds = [line.kind for line in ranked(lines)]
    assert kinds == ["overdue", "critical", "approvals", "missed", "onboarding", "contact"]


def test_the_longest_overdue_comes_first() -> None:
    late = Line("overdue", NORD, 9, since=date(2026, 5, 10))
    later = Line("overdue", SUED, 1, since=date(2026, 4, 10))
    assert ranked([late, later]) == [later, late]


def test_the_partner_that_misses_most_comes_first() -> None:
    assert ranked([Line("missed", NORD, 1), Line("missed", SUED, 4)])[0].partner == SUED


def test_many_lines_of_one_kind_do_not_hide_the_other_kinds() -> None:
    late = [Line("overdue", NORD, since=date(2026, 5, day)) for day in range(1, 20)]
    shown = top([*late, Line("approvals", count=1), Line("contact", SUED)], 5)
    assert [line.kind for line in shown] == ["overdue"] * 3 + ["approvals", "contact"]


def test_of_more_kinds_than_fit_the_worst_are_shown() -> None:
    lines = [Line(kind) for kind in reversed(KINDS)]
    assert [line.kind for line in top(lines, 3)] == ["overdue", "critical", "late_task"]


def test_a_short_list_is_shown_whole() -> None:
    lines = [Line("missed", NORD, 1), Line("missed", SUED, 4)]
    assert top(lines, 10) == ranked(lines)


def test_every_kind_of_line_has_a_tone() -> None:
    assert Line("overdue").tone == "bad"
    assert Line("ready").tone == "good"


@pytest.mark.parametrize(
    ("today", "due"),
    [
        (date(2026, 11, 5), date(2026, 11, 10)),  # October's figures
        (date(2026, 11, 10), date(2026, 11, 10)),  # the day itself still counts
        (date(2026, 11, 11), date(2026, 12, 10)),  # November's
    ],
)
def test_the_next_due_date_is_that_of_the_period_just_ended_or_of_this_one(
    today: date, due: date
) -> None:
    assert next_due([(Kind.MONTH, 10)], today, Calendar()) == due


def test_without_kpis_nothing_is_due() -> None:
    assert next_due([], date(2026, 11, 5), Calendar()) is None


def test_dots_on_the_same_score_stand_on_top_of_each_other() -> None:
    drawn = strip([(1, "A", "A", 950_000), (2, "B", "B", 950_000), (3, "C", "C", 1_050_000)])
    assert drawn is not None
    assert [(dot.code, dot.lane) for dot in drawn.dots] == [("A", 0), ("B", 1), ("C", 0)]


def test_no_dot_leaves_the_picture() -> None:
    scores = [0, 300_000, 999_999, 1_000_000, 1_500_000]
    drawn = strip([(at, str(at), str(at), score) for at, score in enumerate(scores)])
    assert drawn is not None
    assert all(0 < dot.x < 100 for dot in drawn.dots)


def test_the_target_stands_between_those_below_and_those_above() -> None:
    drawn = strip([(1, "A", "A", 999_999), (2, "B", "B", 1_000_001)])
    assert drawn is not None
    assert drawn.dots[0].x <= drawn.target_x <= drawn.dots[1].x


def test_a_picture_of_nobody_is_not_drawn() -> None:
    assert strip([]) is None


def test_a_histogram_shows_the_tenths_in_between_as_empty() -> None:
    assert [(bar.percent, bar.count) for bar in bars({8: 2, 10: 4})] == [(80, 2), (90, 0), (100, 4)]


def test_the_highest_column_fills_the_height() -> None:
    assert [bar.height for bar in bars({8: 2, 9: 4})] == [50, 100]


def test_movers_are_the_largest_steps_either_way_the_best_first() -> None:
    now = {1: 900_000, 2: 1_100_000, 3: 1_000_000, 4: 1_000_000}
    before = {1: 1_000_000, 2: 1_050_000, 3: 999_999, 5: 1}
    assert movers(now, before) == [(2, 50_000), (1, -100_000)]


def test_a_stacked_bar_leaves_out_what_nobody_is_in() -> None:
    parts = stacked([("green", 3), ("amber", 0), ("red", 1)])
    assert [(part.key, part.x, part.width) for part in parts] == [
        ("green", 0, 75),
        ("red", 75, 25),
    ]
