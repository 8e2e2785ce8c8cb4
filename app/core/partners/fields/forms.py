"""The form that defines a custom field, and the inputs that custom fields add to a form."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    EmailField,
    Form,
    SelectField,
    StringField,
    TextAreaField,
    URLField,
)
from wtforms.fields import Field as FormField
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    Optional,
    Regexp,
    ValidationError,
)
from wtforms.widgets import DateInput

from app.core.form_fields import CheckboxListField, VersionField, options, strip
from app.core.partners.fields import labels, rules
from app.core.partners.fields.rules import Field, FieldRefusal, Parsed
from app.core.partners.fields.services import Draft

PREFIX = "field_"
AnyForm = TypeVar("AnyForm", bound=Form)


class DateTextField(StringField):
    """A date as the browser's own picker sends it; wrong text stays in the field."""

    widget = DateInput()


class DefinitionForm(FlaskForm):
    """What an administrator says of a custom field."""

    version = VersionField(default=1)
    label = StringField(
        lazy_gettext("Label"), filters=[strip], validators=[DataRequired(), Length(max=80)]
    )
    key = StringField(
        lazy_gettext("Key"),
        description=lazy_gettext(
            "Names the field in files and addresses and never changes: small letters, digits, _."
        ),
        filters=[strip],
        validators=[
            DataRequired(),
            Regexp(rf"^{rules.KEY.pattern}$", message=lazy_gettext("Such as contract_no.")),
        ],
    )
    kind = SelectField(
        lazy_gettext("Kind"),
        description=lazy_gettext("Fixed once the field is made."),
        choices=options(labels.KINDS),
    )
    choices = TextAreaField(
        lazy_gettext("Choices"),
        description=lazy_gettext("For fields with choices: one on each line."),
        validators=[Length(max=5_000)],
    )
    help = StringField(
        lazy_gettext("Help"),
        description=lazy_gettext("Stands below the field."),
        filters=[strip],
        validators=[Length(max=300)],
    )
    required = BooleanField(lazy_gettext("Must be filled in"))
    visibility = SelectField(lazy_gettext("Who sees it"), choices=options(labels.VISIBILITY))

    def draft(self) -> Draft:
        """What was entered."""
        return Draft(
            key=self.key.data or "",
            label=self.label.data or "",
            kind=self.kind.data,
            help=self.help.data or "",
            required=self.required.data,
            choices=self.choices.data or "",
            visibility=self.visibility.data,
        )


def with_custom_fields(form_class: type[AnyForm], fields: Sequence[Field]) -> type[AnyForm]:
    """The form with an input for each field; their names are `field_` and the key."""
    inputs = {PREFIX + field.key: _input(field) for field in fields}
    return type(form_class.__name__, (form_class,), inputs)


def fill(form: Form, fields: Sequence[Field], values: Mapping[int, Parsed]) -> None:
    """Show what stands, in a form that was not sent."""
    for field in fields:
        form[PREFIX + field.key].data = _shown(field, values.get(field.id))


def values_of(form: Form, fields: Sequence[Field]) -> dict[int, Parsed]:
    """What was entered, by field id, in a form that is valid."""
    return {field.id: rules.parse(field, _text(form[PREFIX + field.key])) for field in fields}


def said(refusal: FieldRefusal) -> str:
    """A refusal in the reader's language."""
    return str(_(refusal.message, **refusal.params) if refusal.params else _(refusal.message))


def _input(field: Field) -> Any:
    need: Any = InputRequired() if field.required else Optional()
    common = {"label": field.label, "description": field.help}
    bounded = [need, Length(max=rules.LONGEST.get(field.kind, 300)), _Parses(field)]
    if field.kind == "long_text":
        return TextAreaField(validators=bounded, filters=[strip], **common)
    if field.kind == "date":
        return DateTextField(validators=bounded, filters=[strip], **common)
    if field.kind == "choice":
        return SelectField(validators=[need, _Parses(field)], choices=_offered(field), **common)
    if field.kind == "yes_no":
        offered = options([("", "–"), ("yes", lazy_gettext("Yes")), ("no", lazy_gettext("No"))])
        return SelectField(validators=[need, _Parses(field)], choices=offered, **common)
    if field.kind == "choices":
        return CheckboxListField(
            validators=[_Parses(field)], choices=options((c, c) for c in field.choices), **common
        )
    plain = {"link": URLField, "email": EmailField}.get(field.kind, StringField)
    return plain(validators=bounded, filters=[strip], **common)


def _offered(field: Field) -> Any:
    return options([("", "–"), *((choice, choice) for choice in field.choices)])


def _shown(field: Field, value: Parsed) -> Any:
    if field.kind == "choices":
        return list(value) if isinstance(value, tuple) else []
    if isinstance(value, date):
        return value.isoformat()
    return rules.text_of(value)


def _text(form_field: FormField) -> str:
    data = form_field.data
    return "; ".join(data) if isinstance(data, list) else data or ""


class _Parses:
    """A validator: the text is one that the field can hold."""

    def __init__(self, field: Field) -> None:
        self.field = field

    def __call__(self, _form: Form, form_field: FormField) -> None:
        try:
            rules.parse(self.field, _text(form_field))
        except FieldRefusal as refusal:
            raise ValidationError(said(refusal)) from refusal
