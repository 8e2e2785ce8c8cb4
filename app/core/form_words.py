"""What forms say about a field that cannot be taken, in this house's words and languages.

WTForms asks for its own sentences by their English text; those that speak of fields and values are
said here as the rest of the desk speaks. What is not listed is said as WTForms does.
"""

from typing import Any

from flask_babel import lazy_gettext

_HOUSE = {
    "Field must be at least %(min)d character long.": lazy_gettext(
        "Too short: write at least %(min)d characters."
    ),
    "Field cannot be longer than %(max)d character.": lazy_gettext(
        "Too long: write at most %(max)d characters."
    ),
    "Field must be exactly %(max)d character long.": lazy_gettext(
        "Write exactly %(max)d characters."
    ),
    "Field must be between %(min)d and %(max)d characters long.": lazy_gettext(
        "Write between %(min)d and %(max)d characters."
    ),
    "Number must be at least %(min)s.": lazy_gettext("Give a number of at least %(min)s."),
    "Number must be at most %(max)s.": lazy_gettext("Give a number of at most %(max)s."),
    "Number must be between %(min)s and %(max)s.": lazy_gettext(
        "Give a number from %(min)s to %(max)s."
    ),
    "Not a valid integer value.": lazy_gettext("Give a whole number."),
    "Not a valid date value.": lazy_gettext("Give a date."),
    "Not a valid datetime value.": lazy_gettext("Give a date and a time."),
    "Not a valid time value.": lazy_gettext("Give a time, such as 09:30."),
    "Invalid email address.": lazy_gettext("Give an e-mail address, such as ines@example.org."),
    "This field is required.": lazy_gettext("This is missing."),
    "Not a valid choice.": lazy_gettext("Choose one of those offered."),
    "Invalid Choice: could not coerce.": lazy_gettext("Choose one of those offered."),
    "Invalid choice(s): one or more data inputs could not be coerced.": lazy_gettext(
        "Choose from those offered."
    ),
    "'%(value)s' is not a valid choice for this field.": lazy_gettext(
        "“%(value)s” is not offered here."
    ),
}


class HouseWords:
    """The translations that WTForms asks, which fills in the numbers itself."""

    def __init__(self, own: Any) -> None:
        self.own = own

    def gettext(self, message: str) -> str:
        """A sentence, with its places for numbers left open."""
        return str(_HOUSE[message]) if message in _HOUSE else str(self.own.gettext(message))

    def ngettext(self, one: str, many: str, count: int) -> str:
        """A sentence about a number; ours read alike for one and many."""
        return str(_HOUSE[one]) if one in _HOUSE else str(self.own.ngettext(one, many, count))
