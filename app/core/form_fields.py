"""What the forms of every slice share."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from babel.support import Translations
from flask import request
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from flask_wtf.form import _Auto, _is_submitted
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import FieldList, FileField, Form, HiddenField, IntegerField, SelectMultipleField
from wtforms.fields import Field, SelectChoice
from wtforms.i18n import messages_path
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from app.core.form_words import HouseWords
from app.core.money import MoneyError, exponent
from app.core.refusals import Refusal


def strip(text: str | None) -> str | None:
    """Remove the blanks around what was typed."""
    return text.strip() if text else text


def upper(text: str | None) -> str | None:
    """Capitals, as codes and currencies are written."""
    return text.upper() if text else text


def blame(form: FlaskForm, refusal: Refusal) -> None:
    """Put a refusal beside the field that it names, else on top of the form."""
    text = _(refusal.message, **refusal.params)
    field = form._fields.get(refusal.field)
    if field is None:
        form.form_errors.append(text)
    else:
        field.errors = [*field.errors, text]


def sent_data(_meta: Any, form: FlaskForm, formdata: Any) -> Any:
    """What a browser sent for a form: texts, and uploads for the fields that take files only.

    Flask-WTF would also give a text field the file, or the JSON value, that somebody sends in its
    name, and every filter and validator would break on it.
    """
    if formdata is not _Auto:
        return formdata
    if not _is_submitted():
        return None
    takers = {field.name for field in form if isinstance(field, FileField)}
    files = MultiDict(item for item in request.files.items(multi=True) if item[0] in takers)
    return CombinedMultiDict((files, request.form)) if files else request.form


def init_forms() -> None:
    """Let every form, those of plugins too, read what was sent by `sent_data`.

    What WTForms says is said in our words; its file is read once per language, not once per form.
    """
    FlaskForm.Meta.wrap_formdata = sent_data
    for kind in (Form, FlaskForm):  # settings and rows of a form are plain forms
        kind.Meta.get_translations = lambda _meta, _form: _own_messages(str(get_locale()))


@cache
def _own_messages(locale: str) -> Any:
    return HouseWords(Translations.load(messages_path(), [locale], domain="wtforms"))


class VersionField(HiddenField):
    """The version of the record that a form was filled from."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = valuelist[0] if valuelist else ""
        self.data = int(text) if text.isdecimal() and len(text) < 10 else -1


class WholeNumberField(IntegerField):
    """A whole number of at most 15 digits: what is longer would only break those who compare it."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist and len(valuelist[0].strip()) > 15:
            self.data = None
            raise ValueError(_("Give a whole number of at most 15 digits."))
        super().process_formdata(valuelist)


class CheckboxListField(SelectMultipleField):
    """Several of a few choices, each with a check box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class RowsField(FieldList):
    """Repeatable rows; a row number that no form of ours writes is left out."""

    def _extract_indices(self, prefix: str, formdata: Any) -> Iterator[int]:
        for key in formdata:
            number, _dash, _rest = key.removeprefix(f"{prefix}-").partition("-")
            if key.startswith(f"{prefix}-") and number.isascii() and number.isdecimal():
                yield int(number[:4])


def options(pairs: Mapping[Any, Any] | Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """The choices of a select field from values and their labels."""
    items = pairs.items() if isinstance(pairs, Mapping) else pairs
    return [SelectChoice(value, label) for value, label in items]


def check_currency(field: Field) -> None:
    """Refuse what is not a currency of ISO 4217 that amounts are paid in."""
    try:
        exponent(field.data or "")
    except MoneyError as error:
        raise ValidationError(_("Give a currency by its three letters, such as EUR.")) from error
