"""The preview of a draft: what would become of each row, kept until it is applied or forgotten."""

import json
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from app.core.db import atomic, upsert
from app.core.kpis.imports import applying, tables
from app.core.kpis.imports import mapping as mappings
from app.core.kpis.imports.changes import ERROR, OUTCOMES
from app.core.kpis.imports.matching import tables_of
from app.core.kpis.imports.models import ImportDraft, ImportDraftFile, ImportDraftRow

ROWS_AT_ONCE = 5_000
SENTENCE = 500


class CancelledError(Exception):
    """Somebody has discarded the draft while it was read."""


def keep(draft: ImportDraft, plan: applying.Plan, message: str = "") -> None:
    """What would become of each row, in the order of the files."""
    rows = sorted(_rows(plan), key=lambda row: row[:2])
    counts = dict.fromkeys(OUTCOMES, 0)
    for row in rows:
        counts[row[3]] += 1
    counts[ERROR] = plan.left_out
    with atomic():
        ImportDraftRow.delete().where(ImportDraftRow.draft == draft.id).execute()
    names = ("file", "row", "kind", "outcome", "about", "change", "column", "value", "expected")
    order = [source.title for source in plan.sources]
    for at in range(0, len(rows), ROWS_AT_ONCE):
        part = [
            {
                "draft": draft.id,
                "n": n,
                **dict(zip(names, (_order_name(order, row[0]), *row[1:]), strict=True)),
            }
            for n, row in enumerate(rows[at : at + ROWS_AT_ONCE], start=at)
        ]
        with atomic():
            if not ImportDraft.select().where(ImportDraft.id == draft.id).exists():
                raise CancelledError
            upsert(ImportDraftRow, part)
    ImportDraft.update(
        state="ready",
        read=plan.read,
        counts=json.dumps(counts),
        warnings=json.dumps(plan.warnings),
        fingerprint=plan.fingerprint(),
        whole=int(plan.whole),
        message=message[:SENTENCE],
    ).where(ImportDraft.id == draft.id).execute()


def _order_name(order: Sequence[str], at: int) -> str:
    """The name of a draft's table by its place."""
    return order[at] if 0 <= at < len(order) else ""


def _rows(plan: applying.Plan) -> Iterator[tuple[int, int, str, str, str, str, str, str, str]]:
    order = {source.title: at for at, source in enumerate(plan.sources)}
    kinds = {source.title: source.kind.removesuffix("s") for source in plan.sources}
    for key, found in plan.outcomes.items():
        file, row = plan.rows.places[key]
        if _kept(plan, key):
            yield (order[file], row, key[0], *found, "", "", "")
    for problem in dict.fromkeys(plan.errors):  # a wide row repeats what is wrong with it
        yield (
            *(order.get(problem.file, -1), problem.row, kinds.get(problem.file, ""), ERROR, "", ""),
            *(problem.column[:200], problem.value, problem.expected),
        )


def _kept(plan: applying.Plan, key: tuple[Any, ...]) -> bool:
    """Whether a row is still part of the plan: others were left out for what they refer to."""
    if key[0] == "target":
        return key[1:] in plan.rows.targets
    return key[0] != "value" or key[1:] in plan.rows.values


def left_out(draft: ImportDraft) -> Iterator[tuple[list[str], str]]:
    """The rows with faults as they were brought, with what is wrong: headings first, per table."""
    faults: dict[tuple[str, int], list[str]] = {}
    rows = ImportDraftRow.select(
        ImportDraftRow.file, ImportDraftRow.row, ImportDraftRow.column, ImportDraftRow.expected
    ).where(ImportDraftRow.draft == draft.id, ImportDraftRow.outcome == ERROR)
    for file, row, column, expected in rows.tuples():
        faults.setdefault((file, row), []).append(f"{column}: {expected}" if column else expected)
    contents = contents_of(draft.id)
    for table in tables_of(draft):
        if table.skipped or not any(file == table.title for file, _row in faults):
            continue
        head = table.mapping.header_row if table.mapping else 1
        raw = tables.raw_rows(table.name, contents[table.file], table.sheet, lambda *_a: None)
        for number, cells, _comma in raw:
            if number == head:
                yield cells, mappings.LEFT_OUT
            elif (table.title, number) in faults:
                yield cells, "; ".join(faults[table.title, number])


def contents_of(draft_id: int) -> dict[int, bytes]:
    rows = ImportDraftFile.select(ImportDraftFile.n, ImportDraftFile.content).where(
        ImportDraftFile.draft == draft_id
    )
    return {n: zlib.decompress(bytes(content)) for n, content in rows.tuples()}
