"""The search of the whole desk, for staff: what core and the plugins have."""

from typing import Any

from flask import url_for

from app.core.contract import Viewer
from app.core.documents import queries as documents
from app.core.documents.models import Document
from app.core.kpis import queries as kpi_queries
from app.core.partners.models import Contact, Partner
from app.core.partners.queries import readable
from app.core.search.found import LOOKED_THROUGH, MOST, Found, Section, fitting, of_plugins, words
from app.core.tasks import queries as tasks
from app.core.tasks.models import Task


def search(viewer: Viewer, text: str) -> list[Section]:
    """What somebody may see that has all words of a text; a handful of queries."""
    found = [
        Section("partners", _partners(viewer, text)),
        Section("people", _people(viewer, text)),
        Section("kpis", _kpis(text)),
        Section("tasks", _tasks(viewer, text)),
        Section("documents", _documents(viewer, text)),
        *of_plugins(viewer, text),
    ]
    return [section for section in found if section.hits]


def _partners(viewer: Viewer, text: str) -> list[Found]:
    rows = (
        Partner.select(Partner.id, Partner.name, Partner.code)
        .where(readable(viewer), *(Partner.name_key.contains(word) for word in words(text)))
        .order_by(Partner.name_key)
        .limit(MOST)
    )
    return [Found(row.name, row.code, url_for("partners.show", partner_id=row.id)) for row in rows]


def _people(viewer: Viewer, text: str) -> list[Found]:
    """Partners' contacts by name, address and title; in memory, since accents are folded."""
    fits = fitting(text)
    rows: Any = (
        Contact.select(Contact.name, Contact.email, Contact.title, Partner.id, Partner.name)
        .join(Partner)
        .where(readable(viewer), Contact.side == "partner")
        .order_by(Contact.id.desc())
        .tuples()
        .iterator()
    )
    hits = []
    for name, email, title, partner_id, partner in rows:
        if fits(name or "", email or "", title or ""):
            url = url_for("partners.show", partner_id=partner_id, _anchor="contacts")
            hits.append(Found(name, partner, url))
        if len(hits) == MOST:
            break
    return hits


def _kpis(text: str) -> list[Found]:
    fits = fitting(text)
    return [
        Found(kpi.name, kpi.code, url_for("kpis.total", kpi_id=kpi.id))
        for kpi in kpi_queries.definitions(active_only=False).values()
        if fits(kpi.name, kpi.code, kpi.description)
    ][:MOST]


def _tasks(viewer: Viewer, text: str) -> list[Found]:
    fits = fitting(text)
    rows: Any = (
        Task.select(Task.id, Task.title, Partner.name)
        .join(Partner)
        .where(tasks.visible(viewer))
        .order_by(Task.id.desc())
        .limit(LOOKED_THROUGH)
        .tuples()
    )
    return [
        Found(title, partner, url_for("tasks.show", task_id=id_))
        for id_, title, partner in rows
        if fits(title, partner)
    ][:MOST]


def _documents(viewer: Viewer, text: str) -> list[Found]:
    rows: Any = (
        Document.select(Document.id, Document.title, Partner.name)
        .join(Partner)
        .where(
            documents.visible(viewer),
            Document.withdrawn_at.is_null(),
            *(Document.title_key.contains(word) for word in words(text)),
        )
        .order_by(Document.changed_at.desc())
        .limit(MOST)
        .tuples()
    )
    return [
        Found(title, partner, url_for("documents.show", document_id=id_))
        for id_, title, partner in rows
    ]
