"""What the ledger's tests start from."""

from collections.abc import Iterator

import pytest
from flask import Flask

from app.core.partners.models import Partner
from plugins.incentives.tests.ledger.ledger_support import Tiers
from tests.core.desk import Desk


@pytest.fixture
def kpi(desk: Desk) -> int:
    """Revenue, in money."""
    return desk.kpi(value_type="money")


@pytest.fixture
def tiers(app: Flask, partner: Partner) -> Iterator[Tiers]:
    """The partner holds gold; services are called as in a job."""
    with app.app_context():
        yield Tiers({partner.id: "gold"})
