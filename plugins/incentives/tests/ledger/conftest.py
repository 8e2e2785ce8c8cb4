"""What the ledger's tests start from."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from app.core.partners.models import Partner
from plugins.incentives.ledger.models import LedgerEntry
from plugins.incentives.tests.ledger.ledger_support import (
    Tiers,
    accrue,
    marginal,
    programme,
    quarter,
)
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


@pytest.fixture
def run(app: Flask) -> Callable[..., Any]:
    """Call a service as a job would, between two requests."""

    def call(service: Callable[..., Any], *given: Any, **named: Any) -> Any:
        with app.app_context():
            return service(*given, **named)

    return call


@pytest.fixture
def accrued(desk: Desk, kpi: int, partner: Partner, run: Any) -> int:
    """A line of 1,060.00 EUR for the first quarter that can be approved; its id."""
    programme(marginal())
    quarter(desk, partner, kpi, 18_000)
    run(accrue, partner, Tiers({partner.id: "gold"}))
    return int(LedgerEntry.get().id)
