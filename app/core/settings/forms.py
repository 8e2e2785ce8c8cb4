"""The forms of the settings pages, one for each section."""

from datetime import time
from typing import Any, ClassVar
from zoneinfo import available_timezones

from babel.dates import get_day_names
from flask_babel import get_locale, lazy_gettext
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, DateField, RadioField, SelectField, StringField, TimeField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from app.core.accounts.forms import month_names
from app.core.accounts.labels import ROLE_LABELS
from app.core.accounts.models import ROLES
from app.core.accounts.queries import Settings
from app.core.form_fields import (
    CheckboxListField,
    VersionField,
    check_currency,
    options,
    strip,
    upper,
)
from app.core.settings import colours
from app.core.settings.holiday_calendar import (
    FIRST_YEAR,
    LAST_YEAR,
    country_names,
    subdivision_names,
)
from app.web import language_names


class SectionForm(FlaskForm):
    """Some of the settings, filled from them and read back as them."""

    names: ClassVar[tuple[str, ...]] = ()  # fields that are settings of the same name
    version = VersionField(default=1)

    def values(self) -> dict[str, Any]:
        """The settings that the valid form asks for."""
        return {name: self[name].data for name in self.names}

    @classmethod
    def filled(cls, settings: Settings) -> "SectionForm":
        """The form as it stands for these settings, or as it was submitted."""
        return cls(obj=settings)


class OrganisationForm(SectionForm):
    """Who we are, and where and in which language."""

    names = ("name", "locale", "timezone")
    name = StringField(
        lazy_gettext("Name of your organisation"),
        filters=[strip],
        validators=[DataRequired(), Length(max=200)],
    )
    locale = SelectField(
        lazy_gettext("Language"),
        description=lazy_gettext(
            "Of the sign-in page, of imports, and of everybody who has chosen no other."
        ),
    )
    timezone = SelectField(
        lazy_gettext("Time zone"),
        description=lazy_gettext("Where your days begin and end: due dates, “today”, clock times."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.locale.choices = options(language_names())
        self.timezone.choices = options((zone, zone) for zone in time_zones())


class AppearanceForm(SectionForm):
    """The logo and the colour."""

    primary_colour = StringField(
        lazy_gettext("Colour"),
        description=lazy_gettext(
            "As #rrggbb, such as #1f4e9a. Empty for Entente’s own. Shades that can be read in both"
            " themes are chosen by themselves."
        ),
        filters=[strip],
        validators=[Optional(), Length(max=7)],
    )
    logo_file = FileField(
        lazy_gettext("New logo"),
        description=lazy_gettext(
            "PNG, JPEG or WebP, up to 2 MB. A transparent ground is best; on dark pages the logo"
            " stands on a light plate."
        ),
    )
    remove_logo = BooleanField(lazy_gettext("Remove the logo"))

    def validate_primary_colour(self, field: StringField) -> None:
        if field.data and colours.normal(field.data) is None:
            raise ValidationError(_("Write a colour as # and six digits from 0 to f."))

    def values(self) -> dict[str, Any]:
        """The colour; the logo is a file, which the view reads."""
        return {"primary_colour": colours.normal(self.primary_colour.data or "") or ""}


class CalendarForm(SectionForm):
    """Money and the fiscal year."""

    names = ("currency", "fiscal_year_start_month", "fiscal_year_label")
    currency = StringField(
        lazy_gettext("Currency"),
        description=lazy_gettext(
            "Three letters, such as EUR, USD or JPY. New partners begin with it; those that are"
            " here keep theirs."
        ),
        filters=[strip, upper],
        validators=[DataRequired(), Length(min=3, max=3)],
    )
    fiscal_year_start_month = SelectField(lazy_gettext("The fiscal year begins in"), coerce=int)
    fiscal_year_label = RadioField(
        lazy_gettext("It is called after"),
        choices=options(
            {
                "ending": lazy_gettext("the year in which it ends"),
                "starting": lazy_gettext("the year in which it begins"),
            }
        ),
        description=lazy_gettext("Only the name changes: no figure moves to another period."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fiscal_year_start_month.choices = options(enumerate(month_names(), start=1))

    def validate_currency(self, field: StringField) -> None:
        check_currency(field)


class BusinessForm(SectionForm):
    """When somebody is there: weekdays, hours and whose holidays."""

    names = ("holiday_country", "holiday_subdivision")
    weekdays = CheckboxListField(lazy_gettext("Working days"))
    opens = TimeField(lazy_gettext("From"), validators=[InputRequired()])
    closes = TimeField(
        lazy_gettext("To"),
        description=lazy_gettext("A business day is as long as the time between."),
        validators=[InputRequired()],
    )
    holiday_country = SelectField(lazy_gettext("Public holidays of"))
    holiday_subdivision = SelectField(
        lazy_gettext("Region"),
        description=lazy_gettext("After another country was chosen, its regions are offered here."),
        validate_choice=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = get_day_names("wide", locale=get_locale() or "en")
        self.weekdays.choices = options((str(day), names[day - 1]) for day in range(1, 8))
        countries = [("", _("None")), *country_names(get_locale())]
        self.holiday_country.choices = options(countries)
        regions = subdivision_names(self.holiday_country.data or "")
        if self.holiday_subdivision.data not in dict(regions):
            self.holiday_subdivision.data = ""
        self.holiday_subdivision.choices = options([("", _("The whole country")), *regions])

    @classmethod
    def filled(cls, settings: Settings) -> "BusinessForm":
        return cls(
            obj=settings,
            weekdays=list(settings.working_days),
            opens=time(*divmod(settings.opens_at, 60)),
            closes=time(*divmod(settings.closes_at, 60)),
        )

    def validate_weekdays(self, field: CheckboxListField) -> None:
        if not field.data:
            raise ValidationError(_("Choose at least one day."))

    def validate_closes(self, field: TimeField) -> None:
        if field.data and self.opens.data and field.data <= self.opens.data:
            raise ValidationError(_("Business hours end after they begin."))

    def values(self) -> dict[str, Any]:
        """The settings, with weekdays as digits and times as minutes."""
        return super().values() | {
            "working_days": "".join(sorted(self.weekdays.data)),
            "opens_at": self.opens.data.hour * 60 + self.opens.data.minute,
            "closes_at": self.closes.data.hour * 60 + self.closes.data.minute,
        }


class ApprovalsForm(SectionForm):
    """Who may approve figures."""

    names = ("four_eyes_required",)
    four_eyes_required = BooleanField(
        lazy_gettext("Somebody else approves: nobody approves a figure that they submitted"),
        description=lazy_gettext(
            "Without it, people may approve their own figures with a reason; such approvals are"
            " marked “not four eyes”."
        ),
    )


class SignInForm(SectionForm):
    """What signing in asks for."""

    roles = CheckboxListField(
        lazy_gettext("Require a second factor of"),
        description=lazy_gettext(
            "A code of an app on the phone, besides the password. Whoever has none is led to set it"
            " up at their next page, and nothing else works until then."
        ),
        choices=options(ROLE_LABELS.items()),
        validators=[Optional()],
    )

    def values(self) -> dict[str, Any]:
        return {"second_factor_roles": " ".join(r for r in ROLES if r in (self.roles.data or ()))}

    @classmethod
    def filled(cls, settings: Settings) -> "SectionForm":
        return cls(
            data={"version": settings.version, "roles": settings.second_factor_roles.split()}
        )


class DayForm(FlaskForm):
    """An own day off."""

    day = DateField(lazy_gettext("Day"), validators=[InputRequired()])
    name = StringField(
        lazy_gettext("What it is"), filters=[strip], validators=[DataRequired(), Length(max=100)]
    )

    def validate_day(self, field: DateField) -> None:
        if field.data and not FIRST_YEAR <= field.data.year <= LAST_YEAR:
            raise ValidationError(
                _("Years run from %(first)s to %(last)s.", first=FIRST_YEAR, last=LAST_YEAR)
            )


def time_zones() -> list[str]:
    """The time zones that are places, and UTC."""
    return sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
