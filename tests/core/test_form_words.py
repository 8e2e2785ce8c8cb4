"""What is wrong with a field is said in this house's words, in the reader's language."""

import pytest
from flask import Flask
from flask_babel import force_locale
from flask_wtf import FlaskForm
from wtforms import DateField, Form, IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, Email, Length, NumberRange

from app.core.form_fields import options
from app.core.form_words import HouseWords


class _Form(FlaskForm):
    name = StringField(validators=[DataRequired()])
    short = StringField(validators=[Length(max=3)])
    long = StringField(validators=[Length(min=20)])
    either = StringField(validators=[Length(min=10, max=20)])
    days = IntegerField(validators=[NumberRange(0, 3660)])
    least = IntegerField(validators=[NumberRange(min=5)])
    whole = IntegerField()
    day = DateField()
    address = StringField(validators=[Email()])
    one = SelectField(choices=options({"a": "A"}))
    some = SelectMultipleField(choices=options({"a": "A"}))


TYPED = {
    "name": "",
    "short": "EURO",
    "long": "too short",
    "either": "nine long",
    "days": "4000",
    "least": "4",
    "whole": "1.5",
    "day": "tomorrow",
    "address": "ines",
    "one": "b",
    "some": "b",
}
ENGLISH = {
    "name": "This is missing.",
    "short": "Too long: write at most 3 characters.",
    "long": "Too short: write at least 20 characters.",
    "either": "Write between 10 and 20 characters.",
    "days": "Give a number from 0 to 3660.",
    "least": "Give a number of at least 5.",
    "whole": "Give a whole number.",
    "day": "Give a date.",
    "address": "Give an e-mail address, such as ines@example.org.",
    "one": "Choose one of those offered.",
    "some": "“b” is not offered here.",
}


def faults(app: Flask, language: str) -> dict[str, str]:
    with app.test_request_context(method="POST", data=TYPED), force_locale(language):
        form = _Form(meta={"csrf": False})
        assert not form.validate()
        return {field.name: field.errors[0] for field in form}


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_each_fault_is_said_in_plain_words(app: Flask) -> None:
    assert faults(app, "en") == ENGLISH


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_each_fault_is_said_in_the_readers_language(app: Flask) -> None:
    said = faults(app, "de")
    assert said["days"] == "Geben Sie eine Zahl von 0 bis 3660 an."
    assert not set(said.values()) & set(ENGLISH.values())


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_settings_and_rows_of_a_form_speak_so_too(app: Flask) -> None:
    class Settings(Form):
        days = IntegerField(validators=[NumberRange(0, 60)])

    with app.test_request_context():
        form = Settings(days=61)
        assert not form.validate()
        assert form.errors == {"days": ["Give a number from 0 to 60."]}


def test_what_has_no_words_here_is_said_as_wtforms_does() -> None:
    class Own:
        def gettext(self, message: str) -> str:
            return message.upper()

    assert HouseWords(Own()).gettext("Invalid UUID.") == "INVALID UUID."
