"""Which parts of a whole may not be seen where the whole may."""

import pytest

from app.core.suppression import hidden_cells

K = 5


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ({"Fin": 8, "Mkt": 7, "Legal": 2, "Ops": 5, "IT": 1}, {"IT", "Legal", "Ops"}),
        ({"a": 5, "b": 1}, {"a", "b"}),
        ({"a": 12, "b": 9, "c": 4}, {"b", "c"}),
        ({"a": 6, "b": 7}, set()),
        ({"a": 12, "b": 9, "c": 2, "d": 2}, {"b", "c", "d"}),
        ({"a": 12, "b": 7, "c": 7, "d": 4}, {"b", "c", "d"}),
        ({"a": 12, "b": 9, "c": 0}, {"b", "c"}),
    ],
)
def test_the_next_smallest_are_hidden_with_a_small_group(counts, hidden):
    """[S2]"""
    assert hidden_cells(counts, K) == hidden


def test_what_is_hidden_already_counts_among_the_hidden():
    assert hidden_cells({"a": 9, "b": 8, "c": 7}, K, {"a"}) == {"a", "c"}
