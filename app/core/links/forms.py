"""Forms of links: one to send, and what an administrator allows."""

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange

from app.core.contract import LinkPurpose
from app.core.form_fields import WholeNumberField, strip
from app.core.links.services import MOST_DAYS


class SendForm(FlaskForm):
    """To whom a link goes, for what, and with which words."""

    contact = SelectField(lazy_gettext("To"), coerce=int)
    message = TextAreaField(
        lazy_gettext("A few words"),
        description=lazy_gettext("They stand in the e-mail, above the button."),
        filters=[strip],
        validators=[Length(max=1000)],
    )


class RuleForm(FlaskForm):
    """Whether links of one purpose are allowed, and how long they work."""

    allowed = BooleanField(lazy_gettext("Allowed"))
    days = WholeNumberField(
        lazy_gettext("Days"), validators=[InputRequired(), NumberRange(1, MOST_DAYS)]
    )

    def __init__(self, *args: Any, purpose: LinkPurpose, **kwargs: Any) -> None:
        super().__init__(*args, prefix=f"{purpose.key}-", **kwargs)
        if purpose.view is None:  # its plugin knows how long
            del self.days
