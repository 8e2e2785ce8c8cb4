"""Merging one partner into another: both histories are kept, one row stands for both.

The gone partner's row stays, names the kept one and is read by nobody as a partner any more.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from app.core import audit, clock, events
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.kpis import rollups, sql
from app.core.kpis.known import known
from app.core.kpis.services.recording import recompute
from app.core.kpis.totals import Change, Figure, add_to_totals
from app.core.partners.fields.queries import definitions
from app.core.partners.fields.rules import COLUMN
from app.core.partners.merge import queries, tables
from app.core.partners.merge.queries import Clash
from app.core.partners.models import Partner
from app.core.partners.services import name_key
from app.core.refusals import Refusal


class MergeRefusal(Refusal):
    """Two partners that are not merged as asked; nothing was changed."""


class Choices(NamedTuple):
    """What wins: the names of facts and clashes that are taken from the gone partner."""

    facts: frozenset[str] = frozenset()
    clashes: frozenset[str] = frozenset()


def merge(
    kept_id: int,
    gone_id: int,
    choices: Choices,
    *,
    by: Viewer,
    versions: tuple[int, int] | None = None,
) -> None:
    """Let a partner's records be another's, in one transaction. Raises MergeRefusal.

    `versions` are those of the kept and the gone partner that the preview showed. Figures that
    are not chosen stay as superseded revisions. Scorecards and totals follow at once; plugins are
    told by `partners_merged`.
    """
    if not by.can("partners.admin"):
        raise MergeRefusal("Only an administrator can merge partners.")
    with atomic():
        sql.lock_partners([kept_id, gone_id])
        kept, gone = (Partner.get_or_none(Partner.id == id_) for id_ in (kept_id, gone_id))
        _check(kept, gone, versions)
        clashes = queries.clashes(kept_id, gone_id)
        won = {table: _won(clashes, table, choices) for table in tables.CHOSEN}
        before = _figures(kept_id), _figures(gone_id)
        for reference in tables.references():
            _move(reference, kept_id, gone_id, choices, won)
        _settle_figures(kept_id)
        _follow(kept, gone, choices, before)
        counts = {"facts": sorted(choices.facts), "clashes": len(clashes)}
        audit.record("partner.merged", f"partner:{kept_id}", {"gone": gone_id, **counts})
        audit.record("partner.merged_away", f"partner:{gone_id}", {"kept": kept_id})
        events.emit("partners_merged", kept=kept_id, gone=gone_id)


def _check(kept: Partner | None, gone: Partner | None, versions: tuple[int, int] | None) -> None:
    if kept is None or gone is None or kept.id == gone.id:
        raise MergeRefusal("Choose two different partners.")
    if kept.merged_into_id or gone.merged_into_id:
        raise MergeRefusal("One of them has been merged already.")
    if versions is not None and versions != (kept.version, gone.version):
        raise MergeRefusal("Somebody has changed one of them meanwhile: look again.")
    if kept.currency != gone.currency and queries.has_money(gone.id):
        raise MergeRefusal(
            "%(gone)s has amounts in %(theirs)s, %(kept)s is kept in %(mine)s, and amounts are"
            " never converted: merge the other way round, or change a currency first.",
            gone=gone.code,
            kept=kept.code,
            theirs=gone.currency,
            mine=kept.currency,
        )
    unknown = [ref.table for ref in tables.references() if not ref.way]
    if unknown:
        raise MergeRefusal("Merging does not know these tables: %(names)s.", names=unknown)


def _won(clashes: list[Clash], table: str, choices: Choices) -> set[tuple[int, int]]:
    """KPI and period of the clashes in which the gone partner's row stays current."""
    return {
        clash.place
        for clash in clashes
        if clash.table == table
        and (clash.locked or ("gone" if clash.name in choices.clashes else "kept")) == "gone"
    }


def _move(
    reference: tables.Reference,
    kept: int,
    gone: int,
    choices: Choices,
    won: Mapping[str, set[tuple[int, int]]],
) -> None:
    if reference.way == "chosen":
        tables.move_chosen(reference, kept, gone, won[reference.table])
    elif reference.way == "numbered":
        last = {"target_revision": won["target"], "revision": won["value"]}
        chosen = last.get(reference.table, _profile(choices))
        before = tables.move_numbered(reference, kept, gone, chosen)
        if reference.table == "target_revision":
            _renumber_targets(kept, gone, before, chosen)
    elif reference.way == "own":
        _OWN[reference.table](kept, gone, choices)
    else:
        tables.move(reference, kept, gone)


def _renumber_targets(
    kept: int,
    gone: int,
    before: Mapping[tuple[Any, ...], Mapping[int, tuple[int, int]]],
    from_gone: set[tuple[Any, ...]],
) -> None:
    """Targets and decisions name their revision by its number: they follow the new ones."""
    numbers = dict(sql.rows("SELECT id, n FROM target_revision WHERE partner_id = ?", kept))
    now = {
        (owner, *place, n): numbers[id_]
        for place, own in before.items()
        for id_, (owner, n) in own.items()
    }
    decisions = sql.rows(
        "SELECT id, partner_id, kpi_id, period, n FROM target_decision WHERE partner_id IN (?, ?)",
        kept,
        gone,
    )
    sql.run_many(
        "UPDATE target_decision SET partner_id = ?, n = ? WHERE id = ?",
        [(kept, now.get(key, key[-1]), id_) for id_, *rest in decisions if (key := tuple(rest))],
    )
    current = sql.rows("SELECT kpi_id, period, n FROM target WHERE partner_id = ?", kept)
    sides = {place: {owner for owner, _n in own.values()} for place, own in before.items()}
    moved = []
    for kpi_id, period, n in current:
        place = (kpi_id, period)
        both = len(sides.get(place, ())) == 2
        side = (
            (gone if place in from_gone else kept)
            if both
            else next(iter(sides.get(place, ())), kept)
        )
        after = now.get((side, *place, n), n)
        if after != n:
            moved.append((after, kept, *place))
    sql.run_many(
        "UPDATE target SET n = ? WHERE partner_id = ? AND kpi_id = ? AND period = ?", moved
    )


def _profile(choices: Choices) -> set[Any]:
    return {()} if "profile" in choices.facts else set()


def _contacts(kept: int, gone: int, _choices: Choices) -> None:
    """People follow with their accounts; each side keeps the primary contact that it has."""
    sql.run(
        "UPDATE contact SET is_primary = ? WHERE partner_id = ? AND is_primary AND side IN"
        " (SELECT side FROM contact WHERE partner_id = ? AND is_primary)",
        False,
        gone,
        kept,
    )
    # The same person twice: the second entry rests, unless somebody signs in with it.
    sql.run(
        "UPDATE contact SET active = ?, is_primary = ? WHERE partner_id = ? AND user_id IS NULL"
        " AND email <> '' AND EXISTS (SELECT 1 FROM contact k WHERE k.partner_id = ? AND k.active"
        " AND k.side = contact.side AND LOWER(k.email) = LOWER(contact.email))",
        False,
        False,
        gone,
        kept,
    )
    sql.run("UPDATE contact SET partner_id = ? WHERE partner_id = ?", kept, gone)


def _custom(kept: int, gone: int, choices: Choices) -> None:
    """A field that both have filled keeps the chosen value."""
    for field in definitions(retired=True):
        if COLUMN + field.key in choices.facts:
            sql.run(
                "DELETE FROM custom_value WHERE field_id = ? AND partner_id = ? AND EXISTS"
                " (SELECT 1 FROM custom_value g WHERE g.field_id = ? AND g.partner_id = ?)",
                field.id,
                kept,
                field.id,
                gone,
            )
    sql.run(
        "DELETE FROM custom_value WHERE partner_id = ? AND field_id IN"
        " (SELECT field_id FROM custom_value WHERE partner_id = ?)",
        gone,
        kept,
    )
    sql.run("UPDATE custom_value SET partner_id = ? WHERE partner_id = ?", kept, gone)


def _scores(kept: int, gone: int, _choices: Choices) -> None:
    sql.run("DELETE FROM score WHERE partner_id IN (?, ?)", kept, gone)


def _chain(kept: int, gone: int, _choices: Choices) -> None:
    """Partners that were merged into the gone one lead to the kept one."""
    sql.run("UPDATE partner SET merged_into_id = ? WHERE merged_into_id = ?", kept, gone)


def _misses(kept: int, gone: int, _choices: Choices) -> None:
    """Where both have declared the same figure missed, one declaration stands."""
    sql.run(
        "UPDATE declared_miss SET withdrawn_at = ? WHERE partner_id = ? AND withdrawn_at IS NULL"
        " AND EXISTS (SELECT 1 FROM declared_miss k WHERE k.partner_id = ?"
        " AND k.withdrawn_at IS NULL AND k.kpi_id = declared_miss.kpi_id"
        " AND k.period = declared_miss.period)",
        str(clock.now()),
        gone,
        kept,
    )
    sql.run("UPDATE declared_miss SET partner_id = ? WHERE partner_id = ?", kept, gone)


def _with_revisions(_kept: int, _gone: int, _choices: Choices) -> None:
    """Decisions on targets follow with the revisions that they are about."""


_OWN = {
    "contact": _contacts,
    "custom_value": _custom,
    "declared_miss": _misses,
    "partner": _chain,
    "score": _scores,
    "target_decision": _with_revisions,
}


def _figures(partner_id: int) -> dict[tuple[int, int], Figure]:
    rows = sql.rows(
        "SELECT kpi_id, period, value, num, den FROM value WHERE partner_id = ?", partner_id
    )
    return {(kpi_id, period): Figure(*parts) for kpi_id, period, *parts in rows}


def _settle_figures(kept: int) -> None:
    """One approved revision for each figure, one waiting one at most; targets know their number."""
    sql.run(
        "UPDATE revision SET state = 'superseded' WHERE partner_id = ? AND state = 'approved'"
        " AND id NOT IN (SELECT revision_id FROM value WHERE partner_id = ?)",
        kept,
        kept,
    )
    sql.run(
        "UPDATE revision SET state = 'superseded' WHERE partner_id = ? AND state = 'submitted'"
        " AND EXISTS (SELECT 1 FROM revision r WHERE r.partner_id = revision.partner_id"
        " AND r.kpi_id = revision.kpi_id AND r.period = revision.period"
        " AND r.state = 'submitted' AND r.submitted_at > revision.submitted_at)",
        kept,
    )
    sql.run(
        "UPDATE target_revision SET state = 'superseded' WHERE partner_id = ?"
        " AND state = 'accepted' AND NOT EXISTS (SELECT 1 FROM target t"
        " WHERE t.partner_id = target_revision.partner_id AND t.kpi_id = target_revision.kpi_id"
        " AND t.period = target_revision.period AND t.n = target_revision.n)",
        kept,
    )
    sql.run(
        "UPDATE target_revision SET state = 'superseded' WHERE partner_id = ?"
        " AND state IN ('draft', 'proposed') AND EXISTS (SELECT 1 FROM target_revision r"
        " WHERE r.partner_id = target_revision.partner_id AND r.kpi_id = target_revision.kpi_id"
        " AND r.period = target_revision.period AND r.state IN ('draft', 'proposed')"
        " AND r.n > target_revision.n)",
        kept,
    )


def _follow(
    kept: Partner,
    gone: Partner,
    choices: Choices,
    before: tuple[dict[tuple[int, int], Figure], dict[tuple[int, int], Figure]],
) -> None:
    """The kept partner's facts, the gone one's end, totals and scorecards."""
    for column in queries.choosable():
        if column.name in choices.facts:
            setattr(kept, column.name, getattr(gone, column.name))
    imports = [at for at in (kept.first_import_at, gone.first_import_at) if at is not None]
    kept.first_import_at = max(imports, default=None)
    kept.name_key = name_key(kept.name, kept.code)
    kept.version += 1
    kept.save()
    gone.merged_into, gone.version = kept.id, gone.version + 1
    gone.save()
    mine, theirs = before
    after = _figures(kept.id)
    changes = [Change(gone.id, *place, figure, None) for place, figure in theirs.items()]
    changes += [
        Change(kept.id, *place, mine.get(place), figure)
        for place, figure in after.items()
        if mine.get(place) != figure
    ]
    all_known = known()
    add_to_totals(changes, all_known)
    for derivation in all_known.derivations:  # what follows from figures is nobody's choice
        recompute(derivation, [kept.id], all_known)
    periods = sql.rows("SELECT DISTINCT period FROM target WHERE partner_id = ?", kept.id)
    rollups.rebuild([kept.id], [row[0] for row in periods])
