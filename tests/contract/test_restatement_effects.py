"""kpi_restatement_effects: what plugins add to the list of what a correction changes."""

import pytest

from app.core.contract import Effect
from app.core.results import Junk, check

GOOD = Effect("Tier", "Silver", "Gold", "/x/incentives")


@pytest.mark.parametrize("answer", [None, [], [GOOD]])
def test_effects_are_taken(answer):
    assert list(check("hello", "kpi_restatement_effects", answer, {})) == list(answer or [])


@pytest.mark.parametrize(
    "answer",
    [
        "Gold",
        ["Gold"],
        [Effect(" ", "a", "b")],
        [Effect("Tier", "a", "b", "https://example.org")],
        [Effect("Tier", "a", "b", "//example.org")],
        [Effect("Tier", "a", "b", "javascript:alert(1)")],
    ],
)
def test_junk_is_refused(answer):
    with pytest.raises(Junk):
        check("hello", "kpi_restatement_effects", answer, {})
