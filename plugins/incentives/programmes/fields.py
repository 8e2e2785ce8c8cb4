"""Fields that read shares and sums of money as people write them."""

from typing import Any

from wtforms.validators import ValidationError

from app.api import MILLION, QuantityField, currency_exponent, translations
from plugins.incentives.programmes.words import PERCENT

_ = translations("incentives").gettext


class ShareField(QuantityField):
    """A share of 1 that is written as per cent, with or without the sign; data in millionths."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.read_as(PERCENT)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read a bare number as per cent: 90 is 90 %."""
        typed = valuelist[0].strip() if valuelist else ""
        super().process_formdata([f"{typed}%"] if typed and "%" not in typed else valuelist)


class AmountField(QuantityField):
    """A sum in a currency; `minor` is what it comes to in minor units."""

    currency = ""

    def minor(self) -> int | None:
        """The sum in the currency's minor units; None where none was given."""
        if self.data is None:
            return None
        return int(self.data * 10 ** currency_exponent(self.currency) // MILLION)

    def show(self, minor: int | None) -> None:
        """Fill in a stored sum."""
        places = 10 ** currency_exponent(self.currency)
        self.data = None if minor is None else minor * MILLION // places

    def post_validate(self, _form: Any, validation_stopped: bool) -> None:
        """Refuse what is below zero, or finer than the currency's smallest unit."""
        if self.data is None or validation_stopped:
            return
        if self.data < 0:
            raise ValidationError(_("Give an amount of 0 or more."))
        if self.data * 10 ** currency_exponent(self.currency) % MILLION:
            raise ValidationError(_("This is finer than the currency’s smallest unit."))
        if self.data > 10**9 * MILLION:
            raise ValidationError(_("This is more than can be kept."))
