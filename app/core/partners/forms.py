"""Forms of partners, their contacts, their profile and their steps."""

from typing import Any
from zoneinfo import available_timezones

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
    URLField,
)
from wtforms.validators import (
    URL,
    DataRequired,
    Email,
    Length,
    NumberRange,
    Optional,
    Regexp,
    ValidationError,
)

from app.core.form_fields import (
    CheckboxListField,
    VersionField,
    WholeNumberField,
    check_currency,
    options,
    strip,
    upper,
)
from app.core.partners import labels
from app.core.partners.services import Filing
from app.web import language_names

MOST_REGIONS = 20


class PartnerForm(FlaskForm):
    """The partner's own facts."""

    version = VersionField(default=1)
    name = StringField(
        lazy_gettext("Name"), filters=[strip], validators=[DataRequired(), Length(max=200)]
    )
    code = StringField(
        lazy_gettext("Code"),
        description=lazy_gettext("A short mark for imports and reports, such as AS or ACME-DE."),
        filters=[strip, upper],
        validators=[
            DataRequired(),
            Length(max=32),
            Regexp(
                r"^[A-Z0-9][A-Z0-9._-]*$",
                message=lazy_gettext("Letters, digits, dot, dash and underscore only."),
            ),
        ],
    )
    legal_name = StringField(
        lazy_gettext("Legal name"), filters=[strip], validators=[Length(max=200)]
    )
    type = SelectField(lazy_gettext("Type"), choices=options(labels.TYPES))
    currency = StringField(
        lazy_gettext("Currency"), filters=[strip, upper], validators=[DataRequired()]
    )
    owner = SelectField(lazy_gettext("Owner"), coerce=int, default=0)
    start_date = DateField(lazy_gettext("Partner since"), validators=[Optional()])
    website = URLField(
        lazy_gettext("Website"),
        filters=[strip],
        validators=[
            Optional(),
            Length(max=300),
            URL(message=lazy_gettext("Give the whole address, such as https://example.org.")),
            Regexp(r"^https?://", message=lazy_gettext("Only http and https addresses.")),
        ],
    )
    selection_score = WholeNumberField(
        lazy_gettext("Selection score"),
        description=lazy_gettext("0 to 100; leave empty while it is not known."),
        validators=[Optional(), NumberRange(0, 100)],
    )
    maturity = SelectField(
        lazy_gettext("Maturity"), choices=options({"": "–"} | labels.MATURITIES), default=""
    )
    timezone = SelectField(
        lazy_gettext("Time zone"), default="", description=lazy_gettext("Where the partner is.")
    )
    locale = SelectField(
        lazy_gettext("Language"),
        default="",
        description=lazy_gettext("In which its contacts are written to."),
    )
    matters = CheckboxListField(
        lazy_gettext("Matters in use"),
        description=lazy_gettext(
            "Each needs a contact on both sides. Leave all empty to use those that anybody has."
        ),
        choices=options(labels.MATTERS),
    )
    team = CheckboxListField(
        lazy_gettext("Team"),
        description=lazy_gettext("They may change this partner as its owner may."),
        coerce=int,
    )
    regions = StringField(
        lazy_gettext("Regions"),
        description=lazy_gettext("Separated by commas, at most twenty."),
        validators=[Length(max=500)],
    )
    tags = StringField(
        lazy_gettext("Tags"),
        description=lazy_gettext("Separated by commas."),
        validators=[Length(max=500)],
    )

    def validate_currency(self, field: StringField) -> None:
        check_currency(field)

    def validate_start_date(self, field: DateField) -> None:
        if field.data and not 1900 <= field.data.year <= 2999:
            raise ValidationError(_("Give a year from 1900 to 2999."))

    def values(self) -> dict[str, Any]:
        """The columns of `partner` as they were entered."""
        plain = ("name", "code", "type", "currency", "start_date", "selection_score")
        return {name: self[name].data for name in plain} | {
            "legal_name": self.legal_name.data or "",
            "website": self.website.data or "",
            "owner_id": self.owner.data or None,
            "maturity": self.maturity.data or "",
            "timezone": self.timezone.data or "",
            "locale": self.locale.data or "",
            "matters": " ".join(self.matters.data or ()),
        }

    def filing(self) -> "Filing":
        """What the partner is filed under, and who works on it."""
        return Filing(
            tags=tuple((self.tags.data or "").split(",")),
            regions=tuple((self.regions.data or "").split(",")),
            team=tuple(self.team.data or ()),
        )

    def validate_regions(self, field: StringField) -> None:
        words = [word.strip() for word in (field.data or "").split(",")]
        if len(words) > MOST_REGIONS or any(len(word) > 60 for word in words):
            raise ValidationError(_("Give at most twenty regions of at most 60 letters each."))

    def offer(self, owners: list[tuple[int, Any]], staff: list[tuple[int, str]]) -> None:
        """The choices that depend on the installation: people and time zones."""
        self.owner.choices = options(owners)
        self.team.choices = options(staff)
        zones = sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
        self.timezone.choices = options([("", _("The organisation’s")), *((z, z) for z in zones)])
        self.locale.choices = options([("", _("The organisation’s")), *language_names()])


class ContactForm(FlaskForm):
    """A person to reach."""

    version = VersionField(default=1)
    side = SelectField(lazy_gettext("Side"), choices=options(labels.SIDES))
    name = StringField(
        lazy_gettext("Name"), filters=[strip], validators=[DataRequired(), Length(max=200)]
    )
    email = EmailField(
        lazy_gettext("E-mail"), filters=[strip], validators=[Optional(), Length(max=254), Email()]
    )
    title = StringField(lazy_gettext("Title"), filters=[strip], validators=[Length(max=120)])
    department = StringField(
        lazy_gettext("Department"), filters=[strip], validators=[Length(max=60)]
    )
    locale = SelectField(lazy_gettext("Language"), default="")
    level = SelectField(lazy_gettext("Level"), choices=options(labels.LEVELS))
    matters = CheckboxListField(lazy_gettext("To be reached for"), choices=options(labels.MATTERS))
    is_primary = BooleanField(
        lazy_gettext("Primary contact of this side"),
        description=lazy_gettext("Takes the place of the present one."),
    )
    can_sign = BooleanField(lazy_gettext("May sign for the organisation"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.locale.choices = options([("", _("As its organisation")), *language_names()])

    def values(self) -> dict[str, Any]:
        """The columns of `contact` as they were entered."""
        return {
            "side": self.side.data,
            "name": self.name.data,
            "email": (self.email.data or "").lower(),
            "title": self.title.data or "",
            "department": self.department.data or "",
            "locale": self.locale.data or "",
            "level": self.level.data,
            "matters": " ".join(self.matters.data or ()),
            "is_primary": self.is_primary.data,
            "can_sign": self.can_sign.data,
        }


class StepForm(FlaskForm):
    """A step of the partnership's life, with its reason where one is asked for."""

    event = HiddenField()
    reason = TextAreaField(lazy_gettext("Reason"), filters=[strip], validators=[Length(max=1000)])
    waive = BooleanField(lazy_gettext("Go on although this is missing; the reason is kept"))
