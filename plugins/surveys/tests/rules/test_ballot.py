"""A ballot proves that somebody may answer, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.surveys.rules import ballot

KEY = b"k" * 32
RANDOM = st.binary(min_size=16, max_size=16)


@given(RANDOM, st.integers(0, 200))
def test_a_ballot_is_known_by_the_key_that_signed_it(random, cell):
    made = ballot.issue(random, cell, KEY)
    assert ballot.cell_of(made, KEY) == cell
    assert ballot.cell_of(made, b"o" * 32) is None


@given(RANDOM, st.integers(0, 8), st.integers(0, 98), st.characters())
def test_a_ballot_that_was_changed_is_forged(random, cell, at, letter):
    made = ballot.issue(random, cell, KEY)
    changed = made[:at] + letter + made[at + 1 :]
    assert changed == made or ballot.cell_of(changed, KEY) is None


@pytest.mark.parametrize("text", ["", "x", "0" * 32, "00.1.ff", "\n"])
def test_nonsense_is_no_ballot(text):
    assert ballot.cell_of(text, KEY) is None


@pytest.mark.parametrize("typed", ["MFRG-GZDF", "mfrggzdf", " mfrg gzdf ", "MFRGGZDF"])
def test_a_code_is_known_however_it_was_typed(typed):
    assert ballot.code_hash(typed) == ballot.code_hash("MFRGGZDF")


def test_printed_codes_are_typed_back_alike():
    assert ballot.code_hash(ballot.code(b"\x01" * 15)) == ballot.code_hash(
        ballot.code(b"\x01" * 15).replace("-", "").lower()
    )
