"""Search within the portal: KPIs, documents, tasks, news and people of the own partnership."""

from typing import Any, NamedTuple

from flask import url_for

from app.core.contract import Viewer
from app.core.documents import queries as documents
from app.core.kpis import queries as kpi_queries
from app.core.kpis.grid import queries as grid
from app.core.messages import announcement_queries as announcements
from app.core.partners import queries as partners
from app.core.partners.models import Partner
from app.core.partners.rules import fold
from app.core.tasks.models import Task
from app.core.tasks.queries import visible

SHORTEST = 2  # letters
MOST = 20  # of each kind
_TASKS = 500  # that are looked through, the latest first


class Hit(NamedTuple):
    """Something that was found: what it says, a word beside it, and where it stands."""

    title: str
    text: str
    url: str


class Found(NamedTuple):
    """What was found, by kind."""

    kpis: list[Hit]
    tasks: list[Hit]
    documents: list[Hit]
    news: list[Hit]
    people: list[Hit]

    @property
    def total(self) -> int:
        """How many there are in all."""
        return sum(len(hits) for hits in self)


def search(viewer: Viewer, partner: Partner, text: str) -> Found:
    """What of the own partnership has all words of a text, in any order, accents and case aside."""
    words = fold(text).split()[:8]

    def fits(*texts: str) -> bool:
        where = fold(" ".join(texts))
        return all(word in where for word in words)

    known = grid.measured(partner.id)
    kpis = [
        Hit(kpi.name, kpi.description, url_for("portal.kpi", kpi_id=kpi.id))
        for kpi in kpi_queries.definitions().values()
        if kpi.id in known and fits(kpi.name, kpi.code, kpi.description)
    ]
    titles: Any = (
        Task.select(Task.id, Task.title)
        .join(Partner)
        .where(visible(viewer))
        .order_by(Task.id.desc())
        .limit(_TASKS)
        .tuples()
    )
    tasks = [
        Hit(title, "", url_for("portal.task", task_id=id_)) for id_, title in titles if fits(title)
    ]
    rows, _count = documents.listing(viewer, partner.id, text, size=MOST)
    files = [
        Hit(row.title, row.file_name, url_for("portal.document", document_id=row.id))
        for row in rows
    ]
    news = [
        Hit(row.subject, "", url_for("messages.news", announcement_id=row.id))
        for row in announcements.news(viewer)
        if fits(row.subject, row.text)
    ]
    people = [
        Hit(one.name, one.email, url_for("portal.index", _anchor="people"))
        for one in partners.contacts(partner.id)
        if fits(one.name, one.email, one.title, one.department)
    ]
    return Found(*(hits[:MOST] for hits in (kpis, tasks, files, news, people)))
