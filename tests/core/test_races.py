"""Two people at once: whoever comes second meets what the first one left, on each database."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from app.core.db import atomic, database
from app.core.kpis import services, sql
from app.core.kpis.models import Revision, TargetRevision
from app.core.kpis.refusals import KpiRefusal
from app.core.kpis.services import TargetFigures
from app.core.quantities import MILLION
from tests.core.desk import Desk, last_month, staff

SOON = 0.4  # seconds in which somebody who does not wait would be done


def meanwhile(app: Any, second: Callable[[], Any], first: Callable[[], Any]) -> list[Exception]:
    """What the second person is refused, who begins while the first one holds the partners."""
    refused: list[Exception] = []

    def run() -> None:
        with app.app_context(), database.connection_context():
            try:
                second()
            except KpiRefusal as refusal:
                refused.append(refusal)

    thread = threading.Thread(target=run)
    with app.app_context(), atomic():
        sql.lock_partners([1, 2])
        thread.start()
        time.sleep(SOON)
        first()
    thread.join(10)
    return refused


def test_a_figure_does_not_go_to_a_partner_that_is_being_merged(app, partner, other_partner):
    desk, by = Desk(app), staff()
    kpi = desk.kpi()
    refused = meanwhile(
        app,
        lambda: services.submit_value(partner.id, kpi, last_month(), by=by, value=MILLION),
        lambda: desk.merge(other_partner, partner),
    )
    assert [refusal.message for refusal in refused] == [
        "This partner was merged into another meanwhile: report it there."
    ]
    assert not Revision.select().exists()


def test_a_target_does_not_go_to_a_partner_that_is_being_merged(app, partner, other_partner):
    desk, by = Desk(app), staff()
    kpi = desk.kpi()
    figures = TargetFigures(target=MILLION)
    refused = meanwhile(
        app,
        lambda: services.set_target(
            partner.id, kpi, last_month(), figures, by=by, n=0, agreed="On the phone"
        ),
        lambda: desk.merge(other_partner, partner),
    )
    assert len(refused) == 1
    assert not TargetRevision.select().exists()


@pytest.mark.parametrize("how", ["return", "withdraw"])
def test_a_figure_is_approved_or_given_back_and_never_both(app, partner, how):
    desk, by = Desk(app), staff()
    kpi = desk.kpi()
    waiting = desk.submit(partner, kpi, last_month(), 5)
    second = {
        "return": lambda: services.return_value(waiting, "Not the final figure", by=by),
        "withdraw": lambda: services.withdraw_value(waiting, by=by),
    }[how]
    approve = lambda: services.approve([waiting], by=by, reason="Nobody else is here")  # noqa: E731
    assert len(meanwhile(app, second, approve)) == 1
    assert Revision.get_by_id(waiting).state == "approved"
