"""When a partnership reaches a milestone."""

from datetime import date

import pytest

from plugins.surveys.rules.milestones import reached

START, END = date(2024, 2, 29), date(2026, 12, 31)


@pytest.mark.parametrize(
    ("after", "until", "found"),
    [
        (date(2024, 3, 1), date(2024, 12, 31), [(date(2024, 5, 29), "settled", 0)]),
        (date(2025, 1, 1), date(2025, 2, 28), [(date(2025, 2, 28), "anniversary", 1)]),
        (date(2025, 2, 28), date(2025, 3, 31), []),
        (date(2026, 9, 1), date(2026, 10, 2), [(date(2026, 10, 2), "renewal", 0)]),
        (
            date(2024, 5, 1),
            date(2026, 11, 1),
            [
                (date(2024, 5, 29), "settled", 0),
                (date(2025, 2, 28), "anniversary", 1),
                (date(2026, 2, 28), "anniversary", 2),
                (date(2026, 10, 2), "renewal", 0),
            ],
        ),
    ],
)
def test_a_milestone_is_reached_once(after, until, found):
    assert reached(START, END, after, until) == found


def test_a_partnership_without_dates_has_none():
    assert reached(None, None, date(2020, 1, 1), date(2030, 1, 1)) == []
