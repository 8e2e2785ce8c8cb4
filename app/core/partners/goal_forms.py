"""The form of a goal."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from app.core.form_fields import VersionField, options, strip
from app.core.partners import labels


class GoalForm(FlaskForm):
    """What one side or both want to reach, and what came of it."""

    version = VersionField(default=1)
    statement = StringField(
        lazy_gettext("Goal"),
        description=lazy_gettext("One sentence that both sides would read in the same way."),
        filters=[strip],
        validators=[DataRequired(), Length(max=500)],
    )
    side = SelectField(lazy_gettext("Whose goal"), choices=options(labels.GOAL_SIDES))
    horizon = SelectField(lazy_gettext("Horizon"), choices=options(labels.HORIZONS))
    outcomes = TextAreaField(
        lazy_gettext("Expected outcomes"),
        description=lazy_gettext("By what one will see that it is reached."),
        filters=[strip],
        validators=[Length(max=5000)],
    )
    compatibility = SelectField(
        lazy_gettext("With the other side’s goals"), choices=options(labels.COMPATIBILITIES)
    )
    compatibility_note = StringField(
        lazy_gettext("Why"), filters=[strip], validators=[Length(max=1000)]
    )
    visibility = SelectField(lazy_gettext("Who sees it"), choices=options(labels.VISIBILITIES))
    status = SelectField(lazy_gettext("Status"), choices=options(labels.GOAL_STATUSES))
    result = TextAreaField(
        lazy_gettext("What came of it"),
        description=lazy_gettext("Asked for once a goal is achieved or dropped."),
        filters=[strip],
        validators=[Length(max=5000)],
    )

    def validate_compatibility_note(self, field: StringField) -> None:
        if self.compatibility.data in ("tension", "conflict") and not field.data:
            raise ValidationError(_("Say what stands in the way."))

    def validate_result(self, field: TextAreaField) -> None:
        if self.status.data in ("achieved", "dropped") and not field.data:
            raise ValidationError(_("Say what came of it."))

    def values(self) -> dict[str, Any]:
        """The columns of `partner_goal` as they were entered."""
        return {
            name: field.data or ""
            for name, field in self._fields.items()
            if name not in ("version", "csrf_token")
        }
