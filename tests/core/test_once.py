"""A form has a word of its own, by which what it does is known when it is sent again."""

from flask import Flask
from flask_babel import Babel
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict

from app.core.contract import Viewer
from app.core.once import OnceField, once_key

WHO = Viewer(1, "Ada", "ada@example.org", "manager", frozenset())


class Form(FlaskForm):
    once = OnceField()


def word(**sent: str) -> str:
    """The word of a form that was sent like this, or is shown for the first time."""
    app = Flask(__name__)
    Babel(app)  # once an application has been made, forms speak the reader's language
    with app.test_request_context():
        found = Form(MultiDict(sent) if sent else None, meta={"csrf": False}).once.data
    assert isinstance(found, str)
    return found


def test_each_form_that_is_shown_has_another_word():
    assert len({word(), word()}) == 2


def test_a_form_that_is_sent_keeps_its_word():
    assert word(once="mine") == "mine"


def test_forms_without_a_word_are_never_the_same():
    assert len({word(once=""), word(once=""), word(other="x"), word(other="x")}) == 4


def test_a_key_is_of_one_deed_one_person_and_one_word():
    other = Viewer(2, "Bo", "bo@example.org", "manager", frozenset())
    keys = [
        once_key("case", WHO, "a"),
        once_key("case", WHO, "b"),
        once_key("case", other, "a"),
        once_key("line", WHO, "a"),
        once_key("case", WHO, "a", "said"),
    ]
    assert len(set(keys)) == 5
    assert once_key("case", WHO, "a") == keys[0]
