"""Formulas as they are saved: checked against every other KPI, and worked out at once or by a job.

Source: domain specification §2, Derived.
"""

from collections.abc import Mapping
from typing import Any

from app.core import events
from app.core.db import lock
from app.core.kpis import sql
from app.core.kpis.known import definition, known
from app.core.kpis.refusals import KpiRefusal
from app.core.kpis.rules import derivation
from app.core.kpis.rules.derivation import Source
from app.core.kpis.rules.formula import FormulaError, parse, rename
from app.core.kpis.services.recording import recompute
from app.core.kpis.services.versions import keep_version

AT_ONCE = 2_000  # input figures that are worked out while somebody waits
PARTNERS_AT_ONCE = 50  # of a job: its transaction stays short
JOB = "kpis.derive"


def sources() -> dict[str, Source]:
    """Every KPI as formulas read it, by code."""
    rows = sql.rows(
        "SELECT code, direction, aggregation, frequency, value_type, labels, formula FROM kpi"
    )
    return {row[0]: Source(definition(*row[1:6]), row[6]) for row in rows}


def check_formulas(changed: Mapping[str, Any], everything: dict[str, Source]) -> None:
    """Refuse a change after which some formula could no longer be worked out.

    `changed` are drafts by code, `everything` is what stands, without codes that go; both are
    looked at together. Raises KpiRefusal, whose field is "formula" where it is the draft's own.
    """
    together = everything | {code: source_of(draft) for code, draft in changed.items()}
    for code in [*changed, *(code for code in together if code not in changed)]:
        source = together[code]
        if not source.formula:
            continue
        if code not in changed and not any(n.code in changed for n in parse(source.formula).inputs):
            continue
        try:
            derivation.check(code, together)
        except FormulaError as error:
            if code in changed:
                raise KpiRefusal(error.message, field="formula", **error.params) from error
            raise KpiRefusal(
                "The formula of %(code)s reads this KPI and could no longer be worked out.",
                code=code,
            ) from error


def source_of(draft: Any) -> Source:
    """A draft as formulas would read it."""
    rule = definition(
        draft.direction, draft.aggregation, draft.frequency, draft.value_type, draft.labels
    )
    return Source(rule, draft.formula)


def hold_formulas() -> None:
    """Let nobody else save a formula before this transaction ends: two could make a circle."""
    lock("kpi.formulas")


def rename_in_formulas(old: str, new: str, *, by: int | None) -> None:
    """Write a KPI's new code into the formulas that read it, each in a new version."""
    for id_, text in sql.rows("SELECT id, formula FROM kpi WHERE formula <> ''"):
        if any(needed.code == old for needed in parse(text).inputs):
            sql.run(
                "UPDATE kpi SET formula = ?, version = version + 1 WHERE id = ?",
                rename(text, old, new),
                id_,
            )
            keep_version(id_, by=by, note=f"{old} → {new}")


def work_out(kpi_id: int) -> bool:
    """Bring a derived KPI's figures up to its formula, in the caller's transaction.

    Where there are many figures a job does it, and True says so.
    """
    all_known = known()
    found = next((d for d in all_known.derivations if d.kpi_id == kpi_id), None)
    if found is None:
        return False
    read = [*found.sources.values(), kpi_id]
    partner_ids = [
        row[0]
        for row in sql.rows(
            f"SELECT DISTINCT partner_id FROM value WHERE kpi_id IN ({sql.marks(len(read))})", *read
        )
    ]
    rows = sql.rows(f"SELECT COUNT(*) FROM value WHERE kpi_id IN ({sql.marks(len(read))})", *read)
    if rows[0][0] > AT_ONCE:
        events.enqueue(JOB, {"kpi_id": kpi_id, "after": 0})
        return True
    recompute(found, partner_ids, all_known)
    return False


def derive(kpi_id: int, after: int) -> None:
    """Work out a derived KPI for the next partners, and leave the rest to the next job."""
    all_known = known()
    found = next((d for d in all_known.derivations if d.kpi_id == kpi_id), None)
    if found is None:
        return
    partner_ids = [
        row[0]
        for row in sql.rows(
            "SELECT id FROM partner WHERE id > ? ORDER BY id LIMIT ?", after, PARTNERS_AT_ONCE
        )
    ]
    if not partner_ids:
        return
    recompute(found, partner_ids, all_known)
    events.enqueue(JOB, {"kpi_id": kpi_id, "after": partner_ids[-1]})


events.register(JOB, derive)
