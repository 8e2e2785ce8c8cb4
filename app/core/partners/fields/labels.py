"""The words of custom fields, and a value as a reader sees it."""

from datetime import date
from decimal import Decimal

from flask_babel import format_date, format_decimal, lazy_gettext
from flask_babel import gettext as _

from app.core.partners.fields.rules import Parsed
from app.core.quantities import to_text

KINDS = {
    "text": lazy_gettext("Text"),
    "long_text": lazy_gettext("Long text"),
    "number": lazy_gettext("Number"),
    "date": lazy_gettext("Date"),
    "yes_no": lazy_gettext("Yes or no"),
    "choice": lazy_gettext("One of several choices"),
    "choices": lazy_gettext("Any of several choices"),
    "link": lazy_gettext("Link"),
    "email": lazy_gettext("E-mail address"),
}
VISIBILITY = {
    "internal": lazy_gettext("Staff only"),
    "shared": lazy_gettext("Staff and the partner"),
}


def value_text(value: Parsed) -> str:
    """A value in the reader's language; nothing where it is unknown."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if isinstance(value, int):
        return number_text(value)
    if isinstance(value, date):
        return str(format_date(value, "medium"))
    return ", ".join(value) if isinstance(value, tuple) else value


def number_text(millionths: int) -> str:
    """A number with the separators of the reader's language, exactly."""
    return str(format_decimal(Decimal(to_text(millionths)), format="#,##0.######"))
