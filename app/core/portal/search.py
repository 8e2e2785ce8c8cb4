"""Search within the portal: KPIs, documents, tasks, news and people of the own partnership."""

from typing import Any

from flask import url_for

from app.core.contract import Viewer
from app.core.documents import queries as documents
from app.core.kpis import queries as kpi_queries
from app.core.kpis.grid import queries as grid
from app.core.messages import announcement_queries as announcements
from app.core.partners import queries as partners
from app.core.partners.models import Partner
from app.core.search.found import LOOKED_THROUGH, MOST, Found, Section, fitting, of_plugins
from app.core.tasks.models import Task
from app.core.tasks.queries import visible


def search(viewer: Viewer, partner: Partner, text: str) -> list[Section]:
    """What of the own partnership has all words of a text, in any order, accents and case aside."""
    fits = fitting(text)
    known = grid.measured(partner.id)
    kpis = [
        Found(kpi.name, kpi.description, url_for("portal.kpi", kpi_id=kpi.id))
        for kpi in kpi_queries.definitions().values()
        if kpi.id in known and fits(kpi.name, kpi.code, kpi.description)
    ]
    titles: Any = (
        Task.select(Task.id, Task.title)
        .join(Partner)
        .where(visible(viewer))
        .order_by(Task.id.desc())
        .limit(LOOKED_THROUGH)
        .tuples()
    )
    tasks = [
        Found(title, "", url_for("portal.task", task_id=id_))
        for id_, title in titles
        if fits(title)
    ]
    rows, _count = documents.listing(viewer, partner.id, text, size=MOST)
    files = [
        Found(row.title, row.file_name, url_for("portal.document", document_id=row.id))
        for row in rows
    ]
    news = [
        Found(row.subject, "", url_for("messages.news", announcement_id=row.id))
        for row in announcements.news(viewer)
        if fits(row.subject, row.text)
    ]
    people = [
        Found(one.name, one.email, url_for("portal.index", _anchor="people"))
        for one in partners.contacts(partner.id)
        if fits(one.name, one.email, one.title, one.department)
    ]
    sections = [
        Section("kpis", kpis[:MOST]),
        Section("tasks", tasks[:MOST]),
        Section("documents", files[:MOST]),
        Section("news", news[:MOST]),
        Section("people", people[:MOST]),
        *of_plugins(viewer, text),
    ]
    return [section for section in sections if section.hits]
