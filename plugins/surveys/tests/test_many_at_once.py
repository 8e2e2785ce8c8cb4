"""Many answer a real server at once, and every answer that was thanked for is there."""

from bench.surveys import measure
from tests.core.served import free_port
from tests.databases import fresh_url


def test_of_many_answers_at_once_none_is_lost(database_kind, tmp_path):
    """The small version of `python -m bench.surveys`."""
    url = fresh_url(database_kind, tmp_path)
    found = list(measure(tmp_path, url, people=40, answers=24, clients=8, port=free_port()))
    assert [(one.mode, one.invited, one.stored, one.refused) for one in found] == [
        ("anonymous", 40, 24, ()),
        ("identified", 40, 24, ()),
    ]
