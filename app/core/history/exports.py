"""The audit log as a file: for reading as CSV or XLSX, for checking elsewhere as JSON lines.

Rows are read and sent so many at a time: a file of any length needs the same memory.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from flask import Response, g, stream_with_context
from flask_babel import gettext as _

from app import tables
from app.core import audit, refs
from app.core.audit import Break, Tally, link_hash
from app.core.audit_check import broken_texts, kept_texts
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.history import queries
from app.core.history.queries import Filters, Line

NAME = "audit-log"


def table(filters: Filters, kind: str) -> Response:
    """The rows in words, one line for each, oldest first."""
    viewer = g.viewer
    rows = (line for part in queries.every(filters) for line in queries.lines(part, viewer))
    _note(filters, kind)
    return tables.download(rows, _columns(), NAME, kind)


def json_lines(filters: Filters) -> Response:
    """The rows as they are stored, with hashes, commitments, texts and salts."""
    _note(filters, "jsonl")
    name = f"{NAME}-{g.organisation.today().isoformat()}.jsonl"
    answer = Response(stream_with_context(_lines(filters, g.viewer)), mimetype="application/jsonl")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _note(filters: Filters, kind: str) -> None:
    """An export is an act of its own: who took which period away."""
    since, until = (day.isoformat() if day else "" for day in (filters.since, filters.until))
    detail = {"format": kind, "since": since, "until": until, "action": filters.action}
    with atomic():
        audit.record("audit.exported", "audit", detail)


def _lines(filters: Filters, viewer: Viewer) -> Iterator[str]:
    for rows in queries.every(filters):
        pointed = {row["ref"] for row in rows}
        secret = queries.hidden(pointed, refs.visible(sorted(pointed), viewer))
        texts = kept_texts(row["id"] for row in rows if row["ref"] not in secret)
        for row in rows:
            if row["ref"] in secret:  # as if it were erased: the chain can be checked all the same
                marks = json.loads(row["detail"]).get("commitments", {})
                texts[row["id"]] = dict.fromkeys(marks, (None, None, None))
        yield "".join(f"{_json(row, texts.get(row['id'], {}))}\n" for row in rows)


def _json(row: dict[str, Any], texts: Mapping[str, tuple[Any, Any, Any]]) -> str:
    stored = {key: value for key, value in row.items() if key != "id"}
    stored["at"] = row["at"].isoformat()
    stored["texts"] = {
        field: {"before": before, "after": after, "salt": salt}
        for field, (before, after, salt) in sorted(texts.items())
    }
    return json.dumps(stored, ensure_ascii=False, sort_keys=True)


def _columns() -> list[tables.Column]:
    return [
        tables.Column(_("When (UTC)"), lambda line: line.at),
        tables.Column(_("Who"), lambda line: line.who.title),
        tables.Column(_("What"), lambda line: line.what),
        tables.Column(_("Object"), lambda line: line.about.title if line.about else line.ref),
        tables.Column(_("Reference"), lambda line: line.ref),
        tables.Column(_("Changes"), _told),
        tables.Column(_("From where"), lambda line: line.where),
    ]


def _told(line: Line) -> str:
    return "; ".join(
        _("%(field)s: erased", field=each.label)
        if each.erased
        else f"{each.label}: {each.before} → {each.after}"
        for each in line.differences
    )


def verify_lines(lines: Iterable[str], tally: Tally) -> Iterator[Break]:
    """Check an export without the database: every hash, every text, and that no row is left out.

    A period begins in the middle of chains: of each, the first row is taken as it stands. Raises
    ValueError where a line is no row of an export.
    """
    tips: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
            texts, stored = row.pop("texts"), row.pop("hash")
            row["at"] = datetime.fromisoformat(row["at"])
            chain, seq = row["chain"], row["seq"]
            right = link_hash(row) == stored
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"line {number} is no row of an audit export") from error
        tally.rows += 1
        last_seq, last_hash = tips.get(chain, (seq - 1, row["prev_hash"]))
        if seq != last_seq + 1:
            yield Break(chain, seq, f"row {last_seq + 1} is missing")
        elif row["prev_hash"] != last_hash:
            yield Break(chain, seq, "does not follow the row before it")
        if not right:
            yield Break(chain, seq, "was changed after it was written")
        kept = {field: (t["before"], t["after"], t["salt"]) for field, t in texts.items()}
        for problem in broken_texts(row["detail"], kept, tally):
            yield Break(chain, seq, problem)
        tips[chain] = (seq, stored)
