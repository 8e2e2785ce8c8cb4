"""The sample desk's anonymous wave shows what small groups look like."""

from datetime import timedelta

import pytest

from app.core import clock
from plugins.surveys import demo_departments
from plugins.surveys.models import BallotKey, Code, SpentCode, Wave


@pytest.fixture
def departments(ground):
    """The wave of departments."""
    survey = ground.survey("departments")
    opened = clock.today("Europe/Berlin") - timedelta(100)
    with ground.app.app_context():
        demo_departments.load(survey, opened, ground.admin.user_id)
    return Wave.get()


def test_small_groups_are_named_as_not_shown(as_admin, departments):
    page = as_admin.get(f"/x/surveys/waves/{departments.id}/results").text
    shown = [name for name in ("Sales · 8 answers", "Marketing · 7 answers") if name in page]
    assert shown == ["Sales · 8 answers", "Marketing · 7 answers"]
    assert "Not shown: Everybody else, Operations." in page
    assert "Operations ·" not in page


def test_nothing_is_left_that_a_closed_wave_would_not_have(departments):
    assert not any(model.select().exists() for model in (BallotKey, Code, SpentCode))
    assert departments.swept
