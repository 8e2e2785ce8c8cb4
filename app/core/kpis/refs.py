"""KPIs, reported figures and targets, as refs point at them."""

from collections.abc import Collection

from flask import url_for
from flask_babel import gettext as _
from peewee import fn

from app.core.contract import Link, Viewer
from app.core.kpis.models import Import, Kpi, Revision, Target, TargetRevision, Value
from app.core.kpis.presentation import period_code, period_label
from app.core.partners.access import readable
from app.core.partners.models import Partner


def kpis(ids: Collection[int], viewer: Viewer) -> dict[int, Link]:
    """Every KPI for staff; for a contact those that its own partner is measured by."""
    query = Kpi.select(Kpi.id, Kpi.name).where(Kpi.id.in_(list(ids)))
    if viewer.is_staff:
        return {id_: Link(name, url_for("kpis.total", kpi_id=id_)) for id_, name in query.tuples()}
    own = [
        fn.EXISTS(
            table.select(table.kpi).where(table.kpi == Kpi.id, table.partner == viewer.partner_id)
        )
        for table in (Target, Value)
    ]
    rows = query.where(own[0] | own[1]).tuples()
    return {id_: Link(name, url_for("portal.kpi", kpi_id=id_)) for id_, name in rows}


def imports(ids: Collection[int], viewer: Viewer) -> dict[int, Link]:
    """Imports, for those who may make some."""
    if not viewer.can("imports.run"):
        return {}
    rows = Import.select(Import.id).where(Import.id.in_(list(ids))).tuples()
    return {
        id_: Link(_("Import %(number)s", number=id_), url_for("imports.show", import_id=id_))
        for (id_,) in rows
    }


def revisions(ids: Collection[int], viewer: Viewer) -> dict[int, Link]:
    """Figures as they were reported: KPI and period, and for staff the partner."""
    rows = (
        Revision.select(Revision.id, Kpi.id, Kpi.name, Revision.period, Partner.id, Partner.name)
        .join(Kpi)
        .switch(Revision)
        .join(Partner)
        .where(Revision.id.in_(list(ids)), readable(viewer))
        .tuples()
    )
    return {
        id_: Link(
            _title(kpi, period, partner, viewer),
            url_for("kpis.show", partner_id=partner_id, kpi_id=kpi_id, period=period_code(period))
            if viewer.is_staff
            else url_for("portal.kpi", kpi_id=kpi_id),
        )
        for id_, kpi_id, kpi, period, partner_id, partner in rows
    }


def targets(ids: Collection[int], viewer: Viewer) -> dict[int, Link]:
    """Targets as they were set; a draft is the host's alone."""
    query = (
        TargetRevision.select(
            TargetRevision.id, Kpi.id, Kpi.name, TargetRevision.period, Partner.id, Partner.name
        )
        .join(Kpi)
        .switch(TargetRevision)
        .join(Partner)
        .where(TargetRevision.id.in_(list(ids)), readable(viewer))
    )
    if not viewer.is_staff:
        query = query.where(TargetRevision.state != "draft")
    return {
        id_: Link(
            _title(kpi, period, partner, viewer),
            url_for("kpis.target", partner_id=partner_id, kpi_id=kpi_id, period=period_code(period))
            if viewer.is_staff
            else url_for("portal.targets"),
        )
        for id_, kpi_id, kpi, period, partner_id, partner in query.tuples()
    }


def _title(kpi: str, period: int, partner: str, viewer: Viewer) -> str:
    words = [kpi, period_label(period)]
    return " · ".join([partner, *words] if viewer.is_staff else words)
