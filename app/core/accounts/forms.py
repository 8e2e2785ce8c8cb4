"""Forms of signing in, people and the first run."""

from collections.abc import Iterable, Sequence
from typing import Any
from zoneinfo import available_timezones

from babel.dates import get_month_names
from flask_babel import get_locale, lazy_gettext
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    PasswordField,
    SelectField,
    StringField,
)
from wtforms.validators import DataRequired, Email, Length, Optional, ValidationError

from app.core.accounts.labels import DEPARTMENT_LABELS, ROLE_LABELS
from app.core.accounts.models import STAFF_ROLES
from app.core.accounts.passwords import MAXIMUM, weakness
from app.core.form_fields import VersionField, check_currency, options, strip, upper
from app.web import language_names

WEAKNESSES = {
    "short": lazy_gettext("Use at least 8 characters; 15 or more are better."),
    "long": lazy_gettext("Use at most 200 characters."),
    "common": lazy_gettext("This password is one of the most used; choose another."),
    "own": lazy_gettext("Do not use the name or the e-mail address as the password."),
}


def person_id(value: object) -> int | None:
    """What a list of people sends: an id, or nothing for nobody."""
    text = str(value or "")
    if not text or text == "None":
        return None
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else -1


class LoginForm(FlaskForm):
    """E-mail and password."""

    email = EmailField(
        lazy_gettext("E-mail"), filters=[strip], validators=[DataRequired(), Length(max=254)]
    )
    password = PasswordField(
        lazy_gettext("Password"), validators=[DataRequired(), Length(max=MAXIMUM)]
    )


class CodeForm(FlaskForm):
    """The code of an authenticator app, or a recovery code."""

    code = StringField(
        lazy_gettext("Code"), filters=[strip], validators=[DataRequired(), Length(max=60)]
    )


class ProofForm(FlaskForm):
    """That it is really you: the password, or a code where a second factor is set up."""

    proof = PasswordField(
        lazy_gettext("Password"), validators=[DataRequired(), Length(max=MAXIMUM)]
    )


class PasswordMixin:
    """Refuses weak passwords, knowing the person's own name and address."""

    own: tuple[str, ...] = ()

    def validate_password(self, field: PasswordField) -> None:
        if not field.data:
            return
        own = [str(self[name].data or "") for name in ("email", "name") if name in self]  # type: ignore[index,operator]
        problem = weakness(field.data, *own, *self.own)
        if problem:
            raise ValidationError(WEAKNESSES[problem])


class NewPasswordForm(PasswordMixin, FlaskForm):
    """A new password for a person whom the form knows."""

    password = PasswordField(
        lazy_gettext("New password"),
        description=lazy_gettext("At least 8 characters; 15 or more are better."),
        validators=[DataRequired()],
    )

    def __init__(self, *args: object, own: tuple[str, ...] = (), **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.own = own


class ResetForm(NewPasswordForm):
    """The same for an account that may have other ways in: whether they end too."""

    others = BooleanField(
        lazy_gettext("Somebody else may have used my account: end what opens without a password")
    )

    def offer(self, held: Sequence[str]) -> None:
        """Say what goes on otherwise; nothing is asked where there is nothing."""
        if not held:
            del self.others
            return
        self.others.description = _("Otherwise these go on: %(list)s.", list=", ".join(held))

    @property
    def ends_others(self) -> bool:
        """Whether they end."""
        return "others" in self and bool(self.others.data)


class OwnPasswordForm(ResetForm):
    """The same by the person, who knows the present one."""

    present = PasswordField(
        lazy_gettext("Present password"), validators=[DataRequired(), Length(max=MAXIMUM)]
    )


class AcceptForm(NewPasswordForm):
    """Coming in by an invitation."""

    name = StringField(
        lazy_gettext("Your name"), filters=[strip], validators=[DataRequired(), Length(max=200)]
    )
    password = PasswordField(
        lazy_gettext("Choose a password"),
        description=lazy_gettext("At least 8 characters; 15 or more are better."),
        validators=[DataRequired()],
    )


class AddressForm(FlaskForm):
    """One e-mail address."""

    email = EmailField(
        lazy_gettext("E-mail"),
        filters=[strip],
        validators=[DataRequired(), Length(max=254), Email()],
    )


class AbsenceForm(FlaskForm):
    """When somebody is out, and who stands in."""

    absent_from = DateField(lazy_gettext("Out from"), validators=[Optional()])
    absent_until = DateField(
        lazy_gettext("Out until"),
        description=lazy_gettext("The last day; empty while it is not known."),
        validators=[Optional()],
    )
    deputy = SelectField(lazy_gettext("Deputy"), coerce=person_id)

    def offer(self, people: Iterable[tuple[int, str]]) -> None:
        """Let these people be chosen."""
        self.deputy.choices = options([("", _("Nobody")), *people])


class PersonForm(PasswordMixin, FlaskForm):
    """Somebody of the host organisation."""

    name = StringField(
        lazy_gettext("Name"), filters=[strip], validators=[DataRequired(), Length(max=200)]
    )
    email = EmailField(
        lazy_gettext("E-mail"),
        filters=[strip],
        validators=[DataRequired(), Length(max=254), Email()],
    )
    role = SelectField(
        lazy_gettext("Role"),
        choices=options((role, ROLE_LABELS[role]) for role in STAFF_ROLES),
        default="viewer",
    )
    password = PasswordField(
        lazy_gettext("Password"),
        description=lazy_gettext(
            "Leave empty to send an invitation, with which they choose their own. One that you set"
            " is told to the person by another way than e-mail."
        ),
        validators=[Optional()],
    )


class PersonEditForm(PersonForm, AbsenceForm):
    """A person who has an account already; the password is optional."""

    version = VersionField(default=1)
    password = PasswordField(
        lazy_gettext("New password"),
        description=lazy_gettext(
            "Leave empty to keep the present one. Changing it signs the person out."
        ),
        validators=[Optional()],
    )
    active = BooleanField(
        lazy_gettext("May sign in"),
        description=lazy_gettext("Taking this away ends every session at once."),
    )
    department = SelectField(
        lazy_gettext("Department"), choices=options([("", "–"), *DEPARTMENT_LABELS.items()])
    )
    line_manager = SelectField(lazy_gettext("Line manager"), coerce=person_id)
    is_executive = BooleanField(
        lazy_gettext("Executive"),
        description=lazy_gettext("Is told when something is escalated to the executives."),
    )

    def offer(self, people: Iterable[tuple[int, str]]) -> None:
        """Let these people be chosen as line manager and deputy."""
        people = list(people)
        super().offer(people)
        self.line_manager.choices = options([("", _("Nobody")), *people])

    def place(self) -> dict[str, Any]:
        """Who the person is among staff, as `services.check_place` takes it."""
        return {name: self[name].data for name in PLACE}


PLACE = (
    "department",
    "is_executive",
    "line_manager",
    "absent_from",
    "absent_until",
    "deputy",
)


class LanguageForm(FlaskForm):
    """The language in which somebody reads the desk; empty follows the organisation's."""

    locale = SelectField(lazy_gettext("Language"), coerce=str)

    def __init__(self, *args: object, organisation: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        names = dict(language_names())
        own = _("As the organisation (%(language)s)", language=names.get(organisation, ""))
        self.locale.choices = options([("", own), *names.items()])


class SetupForm(PasswordMixin, FlaskForm):
    """The first run: the organisation and its first administrator."""

    code = StringField(
        lazy_gettext("Set-up code"),
        description=lazy_gettext("Printed where the server was started."),
        filters=[strip],
        validators=[DataRequired(), Length(max=100)],
    )
    organisation = StringField(
        lazy_gettext("Name of your organisation"),
        filters=[strip],
        validators=[DataRequired(), Length(max=200)],
    )
    currency = StringField(
        lazy_gettext("Currency"),
        description=lazy_gettext("Three letters, such as EUR, USD or JPY."),
        default="EUR",
        filters=[strip, upper],
        validators=[DataRequired(), Length(min=3, max=3)],
    )
    timezone = SelectField(lazy_gettext("Time zone"), default="Europe/Berlin")
    fiscal_year_start_month = SelectField(
        lazy_gettext("The fiscal year begins in"), coerce=int, default=1
    )
    locale = SelectField(lazy_gettext("Language"), default="en")
    name = StringField(
        lazy_gettext("Your name"), filters=[strip], validators=[DataRequired(), Length(max=200)]
    )
    email = EmailField(
        lazy_gettext("Your e-mail"),
        filters=[strip],
        validators=[DataRequired(), Length(max=254), Email()],
    )
    password = PasswordField(
        lazy_gettext("Password"),
        description=lazy_gettext("At least 8 characters; 15 or more are better."),
        validators=[DataRequired()],
    )
    sample = BooleanField(
        lazy_gettext("Add sample partners"),
        description=lazy_gettext("Six made-up partners with a year of figures, to look around."),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
        self.timezone.choices = options((zone, zone) for zone in zones)
        self.fiscal_year_start_month.choices = options(enumerate(month_names(), start=1))
        self.locale.choices = options(language_names())

    def validate_currency(self, field: StringField) -> None:
        check_currency(field)


def month_names() -> list[str]:
    """The months' names in the reader's language, January first."""
    names = get_month_names("wide", locale=get_locale() or "en")
    return [names[month] for month in range(1, 13)]
