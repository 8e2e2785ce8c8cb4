"""Rows' numbers in texts that somebody sent: what is none is nothing, and never an error."""

import pytest

from app.core.ids import MAX_ID, row_id
from app.core.refs import id_of


@pytest.mark.parametrize(
    ("sent", "number"),
    [("7", 7), (7, 7), ("007", 7), ("0", 0), (str(MAX_ID), MAX_ID), (MAX_ID, MAX_ID)],
)
def test_a_number_that_a_row_can_have_is_read(sent, number):
    assert row_id(sent) == number


@pytest.mark.parametrize(
    "sent",
    [None, "", " 7", "-1", -1, "7.0", "1e3", "seven", "٣", "²", "7\0", str(MAX_ID + 1), "9" * 5000],
)
def test_what_can_be_no_rows_number_is_nothing(sent):
    assert row_id(sent) is None


@pytest.mark.parametrize(
    ("ref", "number"),
    [("task:7", 7), ("task:", None), ("task:x", None), ("tasks:7", None), ("7", None), ("", None)],
)
def test_a_ref_gives_its_number_to_whoever_names_its_kind(ref, number):
    assert id_of(ref, "task") == number
