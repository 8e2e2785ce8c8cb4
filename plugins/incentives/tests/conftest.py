"""What the tests of this plugin start from."""

import pytest
from flask import Flask

from tests.core.desk import Desk


@pytest.fixture
def desk(app: Flask) -> Desk:
    """A short way to figures and targets."""
    return Desk(app)


@pytest.fixture
def kpi(desk: Desk) -> int:
    """A monthly KPI."""
    return desk.kpi()
