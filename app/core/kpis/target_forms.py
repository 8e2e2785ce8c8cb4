"""Forms about agreeing on targets, beside the figures themselves."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from app.core.form_fields import options, strip
from app.core.kpis.fields import PeriodField, QuantityField
from app.core.kpis.figures import TargetTerms

_LONG = [Length(max=1000)]


def _goal(text: Any) -> int | None:
    text = str(text or "")
    return int(text) if text.isdecimal() and len(text) < 10 else None


class TermsForm(FlaskForm):
    """What stands beside a target's figures, and the ways past what is missing."""

    goal = SelectField(
        lazy_gettext("Goal"),
        description=lazy_gettext("Which of the partnership’s goals this target serves."),
        coerce=_goal,
    )
    justification = StringField(
        lazy_gettext("Why it can be reached"),
        description=lazy_gettext(
            "Needed where the target is more than half away from the baseline, or that is 0."
        ),
        filters=[strip],
        validators=_LONG,
    )
    data_source = StringField(
        lazy_gettext("Where the figures come from"),
        description=lazy_gettext("For example a ledger or a web shop. Empty: as the KPI says."),
        filters=[strip],
        validators=[Length(max=300)],
    )
    access_host = BooleanField(
        lazy_gettext("We can reach this source"),
        description=lazy_gettext("The partner confirms the same by accepting the target."),
    )
    waiver = StringField(
        lazy_gettext("Why it counts although something is missing"),
        description=lazy_gettext("Only where the list is not complete. Both sides can read it."),
        filters=[strip],
        validators=_LONG,
    )

    def offer(self, goals: dict[int, str]) -> "TermsForm":
        """Let these goals be chosen."""
        self.goal.choices = options([("", _("None")), *goals.items()])
        return self

    def terms(self) -> TargetTerms:
        """The terms as services take them."""
        return TargetTerms(
            self.goal.data,
            self.justification.data or "",
            self.data_source.data or "",
            bool(self.access_host.data),
        )


class BulkForm(FlaskForm):
    """Which targets to set together, and by which rule."""

    first = PeriodField(lazy_gettext("From"), validators=[InputRequired()])
    last = PeriodField(lazy_gettext("To"), validators=[InputRequired()])
    method = RadioField(
        lazy_gettext("How"),
        choices=options(
            {
                "flat": lazy_gettext("The same figure in each period"),
                "growth": lazy_gettext("Growing from the figure, compounded"),
                "seasonal": lazy_gettext("Like last year’s actual figures, changed by a share"),
                "even": lazy_gettext("The figure is a total: split evenly"),
                "shape": lazy_gettext("The figure is a total: split like last year"),
            }
        ),
        default="flat",
    )
    rate = QuantityField(
        lazy_gettext("Growth in per cent"),
        description=lazy_gettext("For growing targets and for those like last year: 5 is 5%."),
    )
    every = SelectField(
        lazy_gettext("Growth is"),
        choices=options({"period": lazy_gettext("per period"), "year": lazy_gettext("per year")}),
        default="period",
    )
    places = SelectField(
        lazy_gettext("Round to"),
        choices=options(
            {
                "0": lazy_gettext("whole numbers"),
                "2": lazy_gettext("two decimals"),
                "6": lazy_gettext("no rounding"),
            }
        ),
        default="0",
    )

    def validate_last(self, field: Any) -> None:
        """The end is not before the beginning."""
        if self.first.data and field.data and field.data.kind is not self.first.data.kind:
            raise ValidationError(_("Give two periods of one kind, such as 2026-01 and 2026-12."))
        if self.first.data and field.data and field.data.key < self.first.data.key:
            raise ValidationError(_("The end lies before the beginning."))

    def validate_rate(self, field: Any) -> None:
        """A growth that some figure could follow."""
        if self.method.data in ("growth", "seasonal") and field.data is None:
            raise ValidationError(_("Give the growth; 0 for none."))
        if field.data is not None and not -100_000_000 <= field.data <= 1_000_000_000:
            raise ValidationError(_("A growth lies between -100 and 1,000 per cent."))


class AgreedForm(FlaskForm):
    """How the partner agreed, where a manager records it."""

    agreed = StringField(
        lazy_gettext("How the partner agreed"),
        description=lazy_gettext("For example “e-mail of 3 May”. The partner sees it."),
        filters=[strip],
        validators=[DataRequired(), *_LONG],
    )


class AcceptForm(FlaskForm):
    """The proposals that a partner accepts."""

    ids = SelectMultipleField(
        lazy_gettext("Targets"), coerce=lambda text: _goal(text), validate_choice=False
    )

    def validate_ids(self, field: SelectMultipleField) -> None:
        """At least one, each a row that could exist."""
        if not field.data or None in field.data:
            raise ValidationError(_("Choose at least one target."))


class RejectForm(FlaskForm):
    """Why a partner does not accept a target."""

    reason = StringField(
        lazy_gettext("What would have to change"),
        filters=[strip],
        validators=[DataRequired(), *_LONG],
    )


class UndoForm(FlaskForm):
    """Why a partner undoes what was accepted on its behalf."""

    reason = StringField(lazy_gettext("Why (optional)"), filters=[strip], validators=_LONG)
