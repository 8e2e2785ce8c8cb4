"""The history of a definition: each version with what it changed, by whom and why."""

from typing import Any, NamedTuple

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from peewee import JOIN

from app.core.accounts.models import User
from app.core.kpis.blueprint import blueprint
from app.core.kpis.labels import WORDS, kpi_word
from app.core.kpis.models import KpiVersion
from app.core.kpis.scorecard_views import kpi_or_404
from app.core.kpis.services.versions import FIELDS
from app.security import requires
from app.web import Page, page_number, render

PER_PAGE = 50
_NAMES = {
    "code": lazy_gettext("Code"),
    "name": lazy_gettext("Name"),
    "description": lazy_gettext("What it means"),
    "category": lazy_gettext("Category"),
    "value_type": lazy_gettext("Kind of figure"),
    "unit": lazy_gettext("Unit"),
    "direction": lazy_gettext("Which figures are good"),
    "nature": lazy_gettext("Nature"),
    "aggregation": lazy_gettext("Rolled up to longer periods as"),
    "frequency": lazy_gettext("Reported"),
    "labels": lazy_gettext("Levels"),
    "submitter": lazy_gettext("Who reports it"),
    "due_days": lazy_gettext("Due days after the period's end"),
    "active": lazy_gettext("In use"),
    "evidence_required": lazy_gettext("Evidence required"),
    "data_source": lazy_gettext("Data source"),
    "formula": lazy_gettext("Formula"),
}


class Difference(NamedTuple):
    """One field of a definition before and after a save; the first version has no before."""

    name: str
    old: str | None
    new: str


class Version(NamedTuple):
    """One save of a definition."""

    n: int
    saved_by: str | None
    saved_at: Any
    note: str
    differences: tuple[Difference, ...]


@blueprint.get("/kpis/<int:kpi_id>/versions")
@requires("kpis.view")
def versions(kpi_id: int) -> Any:
    """Every version of a definition, the newest first, each with its differences."""
    kpi = kpi_or_404(kpi_id)
    number = page_number()
    rows = list(
        KpiVersion.select(KpiVersion, User.name.alias("by"))
        .join(User, JOIN.LEFT_OUTER, on=(KpiVersion.saved_by == User.id))
        .where(KpiVersion.kpi == kpi_id)
        .order_by(KpiVersion.n.desc())
        .paginate(number, PER_PAGE)
        .limit(PER_PAGE + 1)  # the one before the last, to tell what that one changed
        .objects()
    )
    total = KpiVersion.select().where(KpiVersion.kpi == kpi_id).count()
    before: list[Any] = [*rows[1:], None]
    return render(
        "kpis/versions.html",
        kpi=kpi,
        versions=[_version(*pair) for pair in list(zip(rows, before, strict=True))[:PER_PAGE]],
        page=Page(number, PER_PAGE, total),
    )


def _version(row: Any, before: Any) -> Version:
    differences = tuple(
        Difference(
            str(_NAMES[field]),
            _shown(field, getattr(before, field)) if before else None,
            _shown(field, getattr(row, field)),
        )
        for field in FIELDS
        if (getattr(row, field) != getattr(before, field) if before else getattr(row, field))
    )
    note = str(_("From the KPI library")) if row.note == "library" else row.note
    return Version(row.n, row.by, row.saved_at, note, differences)


def _shown(field: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if field in WORDS:
        return kpi_word(field, value)
    if field == "labels":
        return " < ".join(value.splitlines()) or "–"
    return str(value) or "–"
