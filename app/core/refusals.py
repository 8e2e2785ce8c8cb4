"""Input that is refused in words that its author can act on, and that a page can translate."""

from typing import Any


class Refusal(ValueError):
    """Refused input: `str()` is English, `gettext(refusal.message, **refusal.params)` any language.

    `message` is a template with `%(name)s` places, `field` the form field at fault, if one is.
    Message extraction finds it as the first argument of the subclasses (keywords `PeriodError`,
    `QuantityError`, `MoneyError`).
    """

    def __init__(self, message: str, *, field: str = "", **params: Any) -> None:
        super().__init__(message % params if params else message)
        self.message = message
        self.field = field
        self.params = params
