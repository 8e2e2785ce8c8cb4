"""The plugin's settings: from which scorecard on each tier begins."""

from wtforms.validators import InputRequired, NumberRange, ValidationError

from app.api import WholeNumberField, translations
from plugins.incentives.ledger.forms import MoneySettings

_ = translations("incentives").gettext
lazy_gettext = translations("incentives").lazy_gettext

HIGHEST = 150  # per cent: a scorecard counts no attainment beyond it


class SettingsForm(MoneySettings):
    """The ladder's thresholds, as scorecard in whole per cent, each above the one before."""

    member = WholeNumberField(
        lazy_gettext("Member from"),
        description=lazy_gettext("Scorecard in per cent; 0 makes every judged partner a member."),
        default=0,
        validators=[InputRequired(), NumberRange(0, HIGHEST)],
    )
    silver = WholeNumberField(
        lazy_gettext("Silver from"),
        description=lazy_gettext("Scorecard in per cent."),
        default=90,
        validators=[InputRequired(), NumberRange(0, HIGHEST)],
    )
    gold = WholeNumberField(
        lazy_gettext("Gold from"),
        description=lazy_gettext("Scorecard in per cent, at most 150."),
        default=105,
        validators=[InputRequired(), NumberRange(0, HIGHEST)],
    )

    def validate_silver(self, field: WholeNumberField) -> None:
        _check_above(field, self.member)

    def validate_gold(self, field: WholeNumberField) -> None:
        _check_above(field, self.silver)


def _check_above(field: WholeNumberField, lower: WholeNumberField) -> None:
    if field.data is not None and lower.data is not None and field.data <= lower.data:
        raise ValidationError(_("Give more than the %(low)s %% of the tier below.", low=lower.data))
