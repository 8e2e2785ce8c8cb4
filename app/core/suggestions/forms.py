"""The form by which a suggestion is turned down."""

from collections.abc import Iterable

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import Length

from app.core.form_fields import strip
from app.core.suggestions.queries import Shown


class DismissForm(FlaskForm):
    """Why a suggestion is turned down, if there is something to say."""

    reason = StringField(lazy_gettext("Why not"), filters=[strip], validators=[Length(max=1000)])


def forms_of(rows: Iterable[Shown]) -> dict[int, DismissForm]:
    """An empty form to turn each of these down, by the suggestion's id."""
    return {row.id: DismissForm(formdata=None, prefix=f"s{row.id}-") for row in rows}
