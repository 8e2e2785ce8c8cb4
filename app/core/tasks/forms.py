"""The forms of tasks: what is to be done, and each step of the state table."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    MultipleFileField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from app.core.form_fields import VersionField, options, strip
from app.core.ids import row_id
from app.core.partners import labels


class TaskForm(FlaskForm):
    """What one side has to do, who sees to it, and by when."""

    version = VersionField(default=1)
    title = StringField(
        lazy_gettext("What is to be done"),
        filters=[strip],
        validators=[DataRequired(), Length(max=200)],
    )
    description = TextAreaField(
        lazy_gettext("Description"), filters=[strip], validators=[Length(max=5000)]
    )
    side = SelectField(lazy_gettext("Whose task"), choices=[])
    responsible = SelectField(lazy_gettext("Responsible"), choices=[])
    due = DateField(lazy_gettext("Due"), validators=[InputRequired()])
    visibility = SelectField(
        lazy_gettext("Who sees it"),
        description=lazy_gettext("A task of the partner’s is always shared."),
        choices=options(labels.VISIBILITIES),
        default="internal",
    )

    def offer(
        self,
        people: tuple[Sequence[tuple[int, str]], Sequence[tuple[int, str]]],
        partner_name: str,
        host_name: str,
    ) -> None:
        """The two sides, and who of each may be responsible."""
        self.side.choices = options({"host": host_name, "partner": partner_name})
        staff, contacts = people
        self.responsible.choices = options(
            [
                ("", _("Our owner, or their primary contact")),
                *((f"user:{id_}", f"{name} ({host_name})") for id_, name in staff),
                *((f"contact:{id_}", f"{name} ({partner_name})") for id_, name in contacts),
            ]
        )

    def validate_due(self, field: DateField) -> None:
        if field.data and not 1900 <= field.data.year <= 2999:
            raise ValidationError(_("Give a year from 1900 to 2999."))

    def values(self) -> dict[str, Any]:
        """The columns of `task` as they were entered, but for who is responsible."""
        names = ("title", "description", "side", "due", "visibility")
        return {name: self[name].data or "" for name in names}


class StepForm(FlaskForm):
    """A step of a task: why, or what shows that it is done."""

    version = VersionField(default=-1)
    text = TextAreaField(filters=[strip], validators=[Length(max=2000)])
    files = MultipleFileField(
        lazy_gettext("Files"),
        description=lazy_gettext("Up to five: PDF, Office, text or pictures."),
    )
    kept = SelectMultipleField(
        lazy_gettext("Attached"), coerce=row_id, choices=[], validate_choice=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.refused_files: list[str] = []
        super().__init__(*args, **kwargs)

    def validate_files(self, field: MultipleFileField) -> None:
        """What is wrong with the files, as it was found when they were stored."""
        if field and self.refused_files:
            raise ValidationError(" ".join(self.refused_files))

    def validate_kept(self, field: SelectMultipleField) -> None:
        """Each a row that could exist."""
        if None in (field.data or ()):
            raise ValidationError(_("A file is no longer there: attach it again."))
