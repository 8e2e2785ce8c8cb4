"""What plugins know of time: the organisation's business hours and holidays."""

from datetime import date, datetime

import pytest

from app import api
from app.core.accounts.models import HolidayChange, Organisation

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def germany(app):
    Organisation.update(holiday_country="DE", timezone="UTC").execute()
    HolidayChange.create(day=date(2026, 12, 24), closed=True, name="Christmas Eve")
    with app.app_context():
        yield


def test_business_hours_leave_out_nights_weekends_and_days_off(germany):
    wednesday = datetime(2026, 12, 23, 16)
    assert api.business_time(wednesday, 2) == datetime(2026, 12, 28, 10)
    assert api.business_hours_between(wednesday, datetime(2026, 12, 28, 10)) == 2
    assert api.business_hours_between(wednesday, datetime(2026, 12, 1)) == 0


def test_working_days_leave_out_days_off(germany):
    assert api.business_day(date(2026, 12, 23), 1) == date(2026, 12, 28)
    assert api.business_day(date(2026, 12, 28), -1) == date(2026, 12, 23)


def test_holidays_have_their_names(germany):
    found = api.holidays(2026)
    assert found[date(2026, 12, 24)] == "Christmas Eve"
    assert found[date(2026, 10, 3)] == "German Unity Day"
    assert date(2026, 12, 23) not in found
