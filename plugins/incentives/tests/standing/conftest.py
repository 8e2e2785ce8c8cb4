"""A programme and a partner that takes part in it."""

import pytest
from flask import Flask

from app.core.partners.models import Partner
from plugins.incentives.tests.standing import support


@pytest.fixture
def programme(app: Flask, kpi: int) -> int:
    """Bronze, Silver and Gold on revenue."""
    return support.publish(app)


@pytest.fixture
def enrolled(app: Flask, programme: int, partner: Partner) -> Partner:
    """A partner that has taken part since January 2026."""
    support.enrol(app, programme, partner, "2026-01-15")
    return partner
