"""Why a write on KPIs was refused, in words for whoever asked for it."""

from collections.abc import Sequence

from app.core.refusals import Refusal


class KpiRefusal(Refusal):
    """A write that cannot be done as asked; `field` names the form field at fault, if one is."""

    def __init__(self, message: str, field: str = "", **params: object) -> None:
        super().__init__(message, **params)
        self.field = field


class StaleVersion(KpiRefusal):
    """Somebody saved the same record while this form was open."""


class StaleTargets(StaleVersion):
    """Some targets of several have a later revision: `keys` are their partner, KPI and period."""

    def __init__(self, message: str, keys: Sequence[tuple[int, int, int]]) -> None:
        super().__init__(message)
        self.keys = tuple(keys)
