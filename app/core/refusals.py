"""Input that is refused in words that its author can act on, and that a page can translate."""


class Refusal(ValueError):
    """Refused input: `str()` is English, `gettext(refusal.message, **refusal.params)` any language.

    `message` is a template with `%(name)s` places. Message extraction finds it as the first
    argument of the subclasses (keywords `PeriodError`, `QuantityError`, `MoneyError`).
    """

    def __init__(self, message: str, **params: object) -> None:
        super().__init__(message % params if params else message)
        self.message = message
        self.params = params
