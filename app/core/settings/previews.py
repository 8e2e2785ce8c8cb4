"""What settings would look like before they are saved: plain values for the pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import peewee as pw
from babel.dates import format_date, format_datetime
from flask_babel import gettext as _

from app.core import clock
from app.core.accounts.models import SecondFactor, User
from app.core.accounts.queries import Settings
from app.core.business_time import add_business_days, add_business_time, is_business_day
from app.core.kpis import formats
from app.core.partners.models import Partner, PartnerTeam
from app.core.periods import Calendar, Kind
from app.core.settings import colours, fiscal
from app.core.settings.business_calendar import built
from app.web import LOCALES

SAMPLE_AMOUNTS = (Fraction(123456, 100), Fraction(-5, 2))
RESPONSE = timedelta(hours=16)  # two business days as long as the usual ones


@dataclass(frozen=True, slots=True)
class Line:
    """One thing as it is now and as it would be."""

    label: str
    now: str
    then: str

    @property
    def changes(self) -> bool:
        """Whether it would be another."""
        return self.now != self.then


def organisation(before: Settings, after: Settings, moment: datetime) -> list[Line]:
    """How dates, times and figures read."""
    samples = (
        (_("Today"), _date),
        (_("This moment"), _moment),
        (_("A number"), lambda s, _at: formats.decimal(_tag(s), Decimal("1234567.89"))),
        (_("A share"), lambda s, _at: formats.percentage(_tag(s), Decimal("12.5"))),
        (_("An amount"), lambda s, _at: amount(s, SAMPLE_AMOUNTS[0])),
    )
    return [Line(label, show(before, moment), show(after, moment)) for label, show in samples]


def calendar(before: Settings, after: Settings, today: date) -> list[Line]:
    """How today and the borders of both fiscal years are called, and how amounts read."""
    days = {today}
    for settings in (before, after):
        year = settings.calendar.containing(today, Kind.YEAR)
        days |= {settings.calendar.start(year), settings.calendar.end(year)}
    lines = [
        Line(
            _("%(day)s, today", day=_short(after, day)) if day == today else _short(after, day),
            label(before.calendar, day),
            label(after.calendar, day),
        )
        for day in sorted(days)
    ]
    return lines + [
        Line(_("An amount"), amount(before, value), amount(after, value))
        for value in SAMPLE_AMOUNTS
    ]


def label(calendar: Calendar, day: date) -> str:
    """A day's place in the fiscal year: FY2026-Q4-P11-H2."""
    return calendar.describe(day)


def fiscal_effects(before: Settings, after: Settings) -> fiscal.Effects | None:
    """What a new start of the fiscal year would meet; None where it stays."""
    if before.fiscal_year_start_month == after.fiscal_year_start_month:
        return None
    return fiscal.effects()


def business(
    before: Settings, after: Settings, changes: Mapping[date, bool], moment: datetime
) -> list[Line]:
    """Where deadlines fall that begin now."""
    return [
        Line(name, was, then)
        for (name, was), (_name, then) in zip(
            _deadlines(before, changes, moment), _deadlines(after, changes, moment), strict=True
        )
    ]


def _deadlines(
    settings: Settings, changes: Mapping[date, bool], moment: datetime
) -> list[tuple[str, str]]:
    works = built(settings, changes)
    today = clock.local(moment, settings.timezone).date()
    hours = Fraction(settings.closes_at - settings.opens_at, 60)
    found = [
        (_("Today"), _("business day") if is_business_day(today, works) else _("day off")),
        (_("Hours of a business day"), _number(settings, hours)),
    ]
    for name, days in ((_("In 5 business days"), 5), (_("In 10 business days"), 10)):
        found.append((name, _day(settings, add_business_days(today, days, works))))
    due = add_business_time(moment, RESPONSE, works)
    found.append((_("In 16 business hours"), _moment(settings, due)))
    return found


def partners_with_one_approver() -> int:
    """How many partners have nobody but one person who could approve their figures."""
    admins = User.select().where(User.role == "admin", User.active).count()
    if admins > 1:
        return 0
    managers = User.select(User.id).where(User.role == "manager", User.active)
    teams = PartnerTeam.select(PartnerTeam.partner).where(PartnerTeam.user.in_(managers))
    return int(
        Partner.select()
        .where(pw.fn.COALESCE(Partner.owner, 0).not_in(managers), Partner.id.not_in(teams))
        .count()
    )


def without_second_factor(settings: Settings) -> dict[str, int]:
    """How many active people of each role that requires a second factor have none yet."""
    roles = settings.second_factor_roles.split()
    set_up = SecondFactor.select(SecondFactor.user).where(SecondFactor.salt != "")
    rows = (
        User.select(User.role, pw.fn.COUNT(User.id))
        .where(User.active, User.role.in_(roles), User.id.not_in(set_up))
        .group_by(User.role)
        .tuples()
    )
    counts: dict[str, int] = dict(rows) if roles else {}
    return {role: counts.get(role, 0) for role in roles}


def palette(settings: Settings) -> colours.Palette | None:
    """The shades of the organisation's colour; None for our own."""
    return colours.palette(settings.primary_colour) if settings.primary_colour else None


def amount(settings: Settings, value: Fraction) -> str:
    """An amount of money in the organisation's currency and language."""
    shown = (value.numerator, value.denominator)
    return formats.figure(_tag(settings), shown, None, "money", "", (), settings.currency, False)


def _number(settings: Settings, value: Fraction) -> str:
    return formats.decimal(_tag(settings), formats.rounded_for_eye(value, None, 2))


def _tag(settings: Settings) -> str:
    return LOCALES.get(settings.locale, "en_GB")


def _day(settings: Settings, day: date) -> str:
    return str(format_date(day, "full", locale=_tag(settings)))


def _short(settings: Settings, day: date) -> str:
    return str(format_date(day, "medium", locale=_tag(settings)))


def _date(settings: Settings, moment: datetime) -> str:
    return _day(settings, clock.local(moment, settings.timezone).date())


def _moment(settings: Settings, moment: datetime) -> str:
    local = clock.local(moment, settings.timezone)
    return str(format_datetime(local, "medium", tzinfo=local.tzinfo, locale=_tag(settings)))
