"""Why a write on KPIs was refused, in words for whoever asked for it."""

from collections.abc import Sequence

from app.core.refusals import Refusal


class KpiRefusal(Refusal):
    """A write that cannot be done as asked."""


class StaleVersion(KpiRefusal):
    """Somebody saved the same record while this form was open."""


class StaleTargets(StaleVersion):
    """Some targets of several have a later revision: `keys` are their partner, KPI and period."""

    def __init__(self, message: str, keys: Sequence[tuple[int, int, int]]) -> None:
        super().__init__(message)
        self.keys = tuple(keys)
