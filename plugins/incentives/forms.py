"""The plugin's settings."""

from wtforms.validators import InputRequired, NumberRange

from app.api import WholeNumberField, translations
from plugins.incentives.ledger.forms import MoneySettings

lazy_gettext = translations("incentives").lazy_gettext


class SettingsForm(MoneySettings):
    """What this organisation wants otherwise: of money, and of reviews."""

    resolve_days = WholeNumberField(
        lazy_gettext("Working days to find figures that a review waits for"),
        description=lazy_gettext("The task is due so many working days after the review."),
        default=7,
        validators=[InputRequired(), NumberRange(1, 90)],
    )
