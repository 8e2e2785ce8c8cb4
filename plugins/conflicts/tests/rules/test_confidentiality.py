"""Who may read which text, for every reader and paper."""

from hypothesis import given
from hypothesis import strategies as st

from plugins.conflicts.rules import confidentiality
from plugins.conflicts.rules.confidentiality import Paper, Reader, may_read

PAPERS = st.builds(
    Paper,
    st.sampled_from(confidentiality.LEVELS),
    st.sampled_from(("host", "partner", "mediator")),
    st.integers(1, 4),
    st.frozensets(st.integers(1, 4)),
)
READERS = st.builds(
    Reader,
    st.sampled_from(("full", "glass", "outline", "")),
    st.sampled_from(("host", "partner", "mediator", "")),
    st.integers(1, 4),
)


@given(READERS, PAPERS)
def test_nobody_reads_above_their_level(reader, paper):
    if not may_read(reader, paper):
        return
    assert reader.right in ("full", "glass")
    if reader.right == "glass":
        assert paper.level == "parties"
    elif paper.author != reader.participant:
        across = {"host": "partner", "partner": "host"}.get(reader.side)
        assert paper.level != "mediator_only"
        assert not (paper.level in ("own_side", "caucus") and paper.side == across)
        assert not (paper.level == "own_side" and reader.side == "mediator")
        assert paper.level != "named" or reader.participant in paper.named
