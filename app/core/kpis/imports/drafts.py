"""Imports on their way: what somebody brought is kept, matched, checked, shown and then applied.

Nothing of it travels through forms, and all of it survives a restart. Reading long tables is a
job, so that nobody waits and nothing is held up (domain specification §2, Import).
"""

import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from app.core import clock, events
from app.core.accounts import queries as accounts
from app.core.accounts.models import User
from app.core.db import atomic, upsert
from app.core.kpis.imports import applying, previews
from app.core.kpis.imports import mapping as mappings
from app.core.kpis.imports.cells import said
from app.core.kpis.imports.matching import Table, tables_in, tables_of
from app.core.kpis.imports.models import ImportDraft, ImportDraftFile, ImportMapping
from app.core.kpis.imports.problems import Problem, Problems
from app.core.kpis.imports.tables import Source
from app.core.kpis.refusals import KpiRefusal

SMALL = 200_000  # bytes that are read while the browser waits
MOST_TABLES = 20
MOST_PROBLEMS = 20_000
KEPT = timedelta(days=7)
BUSY = ("queued", "checking", "applying")


def init_imports() -> None:
    """Register the jobs of imports."""
    events.register("imports.check", check, slow=True)
    events.register("imports.apply", apply, slow=True)
    events.register("imports.sweep", sweep, every=3600)


def create(
    files: Sequence[tuple[str, bytes]], source: str, by: User, kind: str = ""
) -> tuple[int, list[Problem]]:
    """Keep files as a new draft; returns its id, or 0 and why they are no tables.

    A table whose headings are our own needs no matching; `kind` says of what else it is. The
    draft is checked at once where nothing has to be matched.
    """
    problems = Problems(most=50)
    found = [
        table
        for n, (name, content) in enumerate(files)
        for table in tables_in(n, name, content, source, kind, problems)
    ]
    if problems.found or not found:
        return 0, problems.found
    with atomic():
        draft = ImportDraft.create(by=by, source=source[:80])
        for n, (name, content) in enumerate(files):
            ImportDraftFile.insert(
                draft=draft, n=n, name=name[:200], content=zlib.compress(content, 1)
            ).execute()
        _store(draft.id, found)
    if all(table.mapping is None for table in found):
        start(draft.id)
    return int(draft.id), []


def match(draft: ImportDraft, found: Sequence[Table]) -> None:
    """Say what the columns mean; remembered for the next table of this source that looks alike."""
    with atomic():
        idle = ImportDraft.update(state="matching").where(
            ImportDraft.id == draft.id, ImportDraft.state << ("matching", "ready")
        )
        if not idle.execute():
            return  # it is being read or applied by now: what it says stays
        _store(draft.id, found)
        for table in found:
            if table.mapping and not table.skipped:
                upsert(
                    ImportMapping,
                    [
                        {
                            "source": draft.source,
                            "signature": mappings.signature(table.header),
                            "mapping": table.mapping.as_json(),
                            "at": clock.now(),
                        }
                    ],
                )


def start(draft_id: int) -> None:
    """Check a draft: at once where it is short, else as a job."""
    _run(draft_id, "imports.check", "matching", partial(check, draft_id=draft_id))


def start_applying(draft_id: int, *, good_only: bool) -> None:
    """Apply a draft whose preview has been seen: at once where it is short, else as a job."""
    payload = {"good_only": good_only}
    run = partial(apply, draft_id=draft_id, good_only=good_only)
    _run(draft_id, "imports.apply", "ready", run, **payload)


def _run(draft_id: int, job: str, state: str, run: Callable[[], None], **payload: Any) -> None:
    short = _size(draft_id) <= SMALL
    with atomic():
        # Only one of two clicks finds the draft as it was.
        taken = (
            ImportDraft.update(state="queued", read=0, message="")
            .where(ImportDraft.id == draft_id, ImportDraft.state.in_((state, "ready")))
            .execute()
        )
        if not taken:
            return
        if not short:
            events.enqueue(job, {"draft_id": draft_id, **payload}, max_attempts=3)
            return
    run()


def check(draft_id: int) -> None:
    """Read a draft's tables and keep what would become of each row."""
    draft = _taken(draft_id, "checking")
    if draft is None:
        return
    with _in_hand(draft, "checking", "matching"):
        previews.keep(draft, _read(draft))


def apply(draft_id: int, good_only: bool) -> None:
    """Apply a draft as its preview showed it; what has changed since is shown anew instead."""
    draft = _taken(draft_id, "applying")
    if draft is None:
        return
    with _in_hand(draft, "applying", "ready"):
        plan = _read(draft)
        if plan.fingerprint() != draft.fingerprint:
            previews.keep(draft, plan, _stale())
            return
        try:
            applying.apply(
                plan,
                draft.by,
                good_only=good_only,
                as_shown=True,
                origin=draft.source,
                begin=_finish_job,
                end=partial(_done, draft),
            )
        except applying.StalePreview:
            previews.keep(draft, _read(draft), _stale())
        except KpiRefusal as refusal:
            previews.keep(draft, _read(draft), said(refusal))


def discard(draft: ImportDraft) -> bool:
    """Forget a draft; what is being applied is taken back. False where it stands already."""
    with atomic():
        gone = ImportDraft.delete().where(ImportDraft.id == draft.id, ImportDraft.state != "done")
        return bool(gone.execute())


def sweep() -> None:
    """Forget drafts that nobody has come back to for a week."""
    ImportDraft.delete().where(ImportDraft.at < clock.now() - KEPT).execute()


def _store(draft_id: int, found: Sequence[Table]) -> None:
    rows = [
        table._asdict() | {"mapping": asdict(table.mapping) if table.mapping else None}
        for table in found[:MOST_TABLES]
    ]
    ImportDraft.update(tables=json.dumps(rows)).where(ImportDraft.id == draft_id).execute()


def _read(draft: ImportDraft) -> applying.Plan:
    contents = previews.contents_of(draft.id)
    sources = [
        Source(table.kind, table.name, contents[table.file], table.sheet, table.mapping)
        for table in tables_of(draft)
        if not table.skipped
    ]
    return applying.read(
        sources,
        accounts.current_settings().today(),
        most=MOST_PROBLEMS,
        progress=partial(_progress, draft),
    )


def _progress(draft: ImportDraft, count: int) -> None:
    """Say how far reading has come; stops it where the draft is gone."""
    told = ImportDraft.update(read=count).where(
        ImportDraft.id == draft.id, ImportDraft.state << ("checking", "applying")
    )
    if not told.execute():
        raise previews.CancelledError


def _taken(draft_id: int, state: str) -> ImportDraft | None:
    """The draft, taken in hand; None where it is gone. A job that was cut off takes it again."""
    taken = ImportDraft.update(state=state, read=0).where(
        ImportDraft.id == draft_id, ImportDraft.state << ("queued", state)
    )
    if not taken.execute():
        return None
    found: ImportDraft = ImportDraft.get_by_id(draft_id)
    return found


@contextmanager
def _in_hand(draft: ImportDraft, state: str, before: str) -> Iterator[None]:
    """Work on a draft, in the language of whoever brought it, until it is done or discarded.

    A fault leaves it as it was `before`, or in the queue where a job will try it again.
    """
    from app.web import LOCALES

    with force_locale(LOCALES.get(draft.by.locale or "en", "en_GB")):
        message = _("Something went wrong and nothing was imported. Try again, or ask your host.")
        try:
            with suppress(previews.CancelledError):
                yield
        finally:
            again = events.running() and not events.last_attempt()
            ImportDraft.update(
                state="queued" if again else before, message="" if again else message
            ).where(ImportDraft.id == draft.id, ImportDraft.state == state).execute()


def _finish_job() -> None:
    """Mark the job done in the transaction that applies; nothing where there is none."""
    if events.running():
        events.finish()


def _done(draft: ImportDraft, report: applying.Report) -> None:
    message = "" if report.import_id else _("Everything stands already: nothing was changed.")
    done = ImportDraft.update(state="done", record=report.import_id, message=message).where(
        ImportDraft.id == draft.id
    )
    if not done.execute():
        raise previews.CancelledError


def _size(draft_id: int) -> int:
    return sum(len(content) for content in previews.contents_of(draft_id).values())


def _stale() -> str:
    return str(_("Somebody has changed something since: this is what the import would do now."))
