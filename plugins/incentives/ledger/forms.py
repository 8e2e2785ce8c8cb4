"""The forms of ledger and payouts."""

import re
from fractions import Fraction

from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    Field,
    Form,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, ValidationError

from app.api import (
    OnceField,
    Refusal,
    WholeNumberField,
    currency_exponent,
    organisation,
    row_id,
    strip,
    translations,
)
from plugins.incentives.ledger.decisions import LIMIT
from plugins.incentives.ledger.refusals import LedgerRefusal

_ = translations("incentives").gettext
lazy_gettext = translations("incentives").lazy_gettext

_AMOUNT = re.compile(r"([+\-\N{MINUS SIGN}]?)(\d{1,13})(?:[.,](\d{1,4}))?")


def minor_units(text: str, currency: str) -> int:
    """What somebody wrote in major units, with a point or a comma, as minor units.

    Raises LedgerRefusal for what is no amount, or has more decimals than the currency.
    """
    found = _AMOUNT.fullmatch(text.strip())
    places = currency_exponent(currency)
    if found is None or len(found[3] or "") > places:
        raise LedgerRefusal(
            "Give an amount such as -12.50, with at most %(places)s decimals.",
            field="amount",
            places=places,
        )
    value = Fraction(f"{found[2]}.{found[3] or 0}") * 10**places
    if value > LIMIT:
        raise LedgerRefusal("This amount is too large.", field="amount")
    return -int(value) if found[1] in ("-", "\N{MINUS SIGN}") else int(value)


class MoneySettings(Form):
    """What may be approved and paid, in whole units of a currency."""

    approve_limit = WholeNumberField(
        lazy_gettext("Managers approve ledger lines up to"),
        description=lazy_gettext(
            "In whole units of the line’s currency; administrators approve any. 0: only they do."
        ),
        default=1000,
        validators=[InputRequired(), NumberRange(0, 10**9)],
    )
    payout_minimum = WholeNumberField(
        lazy_gettext("Smallest payout"),
        description=lazy_gettext("In whole units of its currency; what is less waits."),
        default=25,
        validators=[InputRequired(), NumberRange(0, 10**6)],
    )


class ReasonForm(FlaskForm):
    """A reason that has to be given."""

    reason = StringField(
        lazy_gettext("Reason"),
        filters=[strip],
        validators=[DataRequired(), Length(max=500)],
    )


def chosen(_form: Form, field: Field) -> None:
    """At least one, each a row that could exist."""
    if not field.data or None in field.data:
        raise ValidationError(_("Choose at least one line."))


class DecideForm(FlaskForm):
    """The lines that are decided on together."""

    ids = SelectMultipleField(
        lazy_gettext("Lines"), coerce=row_id, validate_choice=False, validators=[chosen]
    )
    reason = StringField(
        lazy_gettext("Reason"),
        description=lazy_gettext("Needed to reject, and to approve what you wrote yourself."),
        filters=[strip],
        validators=[Length(max=500)],
    )


class ManualForm(FlaskForm):
    """A line that is written by hand."""

    partner = SelectField(lazy_gettext("Partner"), coerce=int)
    programme = SelectField(lazy_gettext("Programme"), coerce=int)
    amount = StringField(
        lazy_gettext("Amount"),
        description=lazy_gettext(
            "In the programme’s currency; with a minus it takes from the partner."
        ),
        validators=[DataRequired(), Length(max=20)],
    )
    period = StringField(
        lazy_gettext("For the period"),
        description=lazy_gettext("Such as 2026-07, 2026-Q3 or 2026."),
        validators=[DataRequired(), Length(max=20)],
    )
    reason = TextAreaField(
        lazy_gettext("Reason"),
        description=lazy_gettext("Whoever approves it reads this, and it stays with the line."),
        validators=[DataRequired(), Length(max=500)],
    )
    token = OnceField()

    def validate_period(self, field: StringField) -> None:
        """A period of the organisation's calendar."""
        try:
            organisation().calendar.parse(field.data or "")
        except Refusal as refusal:
            raise ValidationError(_(refusal.message, **refusal.params)) from refusal


class PayoutForm(FlaskForm):
    """A step of a payout: as of which version, and why one's own is approved."""

    version = WholeNumberField(validators=[NumberRange(0, 10**9)], default=0)
    reason = StringField(
        lazy_gettext("Reason"),
        filters=[strip],
        validators=[Length(max=500)],
    )


class ConfirmForm(FlaskForm):
    """That some lines of a payout were paid."""

    ids = SelectMultipleField(
        lazy_gettext("Lines"), coerce=row_id, validate_choice=False, validators=[chosen]
    )
    reference = StringField(
        lazy_gettext("Reference of the payment"),
        description=lazy_gettext("As it stands on the bank’s statement."),
        filters=[strip],
        validators=[DataRequired(), Length(max=120)],
    )
    paid_on = DateField(lazy_gettext("Paid on"), validators=[DataRequired()])

    def validate_paid_on(self, field: DateField) -> None:
        """A year that somebody can have meant: money is taken back for so long after it."""
        if field.data and field.data.year < 1900:
            raise ValidationError(_("Give a year from 1900 to 2999."))
