"""Taking an import back as a whole, while nothing later depends on it.

What stood before stands again; figures that the import brought stay in the history as undone.
Partners and KPIs that it created go, unless anything else refers to them.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from flask_babel import gettext as _
from peewee import ForeignKeyField, IntegrityError

from app.core import audit, clock, events
from app.core.accounts.models import User
from app.core.db import Model, atomic, database
from app.core.kpis import known, rollups, sql
from app.core.kpis.imports import journal as journals
from app.core.kpis.imports.journal import Journal, Key
from app.core.kpis.imports.models import ImportJournal
from app.core.kpis.models import Import, Kpi
from app.core.kpis.refusals import KpiRefusal
from app.core.kpis.services import derived
from app.core.kpis.services.formulas import work_out
from app.core.kpis.services.targets import tell
from app.core.kpis.services.versions import keep_version
from app.core.kpis.totals import Change, Figure, move_currency
from app.core.partners.models import Partner
from app.core.periods import Calendar, Period

MOST_NAMED = 50
_KEYS = ("partner_id", "kpi_id", "period")


class UndoRefused(KpiRefusal):
    """An import cannot be undone; `reasons` name what depends on it."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__("Something later depends on this import, so it stays.")
        self.reasons = list(reasons)[:MOST_NAMED]


def undo(import_id: int, by: User) -> None:
    """Take an import back in one transaction, and tell who listens.

    Raises UndoRefused, and then nothing is changed, where anything that it wrote has been changed,
    approved anew or referred to since; KpiRefusal where it is undone already or too old to be.
    """
    try:
        with atomic():
            record = Import.get_by_id(import_id)
            kept = ImportJournal.get_or_none(ImportJournal.record == import_id)
            if record.undone_at is not None:
                raise KpiRefusal("This import has been undone already.")
            if kept is None:
                raise KpiRefusal("This import is from before imports could be undone.")
            # Whoever comes second finds it done.
            Import.update(undone_at=clock.now(), undone_by=by).where(
                Import.id == import_id, Import.undone_at.is_null()
            ).execute()
            _undo(import_id, journals.unpack(kept.content), by)
            audit.record("import.undone", f"import:{import_id}", actor=f"user:{by.id}")
    except IntegrityError as error:
        raise UndoRefused([_("Records of a plugin refer to what this import created.")]) from error


def _undo(import_id: int, journal: Journal, by: User) -> None:
    names = _Names()
    added = _added(import_id)
    confirmed = _confirmed(journal)
    keys = [*added, *confirmed]
    target_keys = [_key(text) for text in journal.after.get("target", {})]
    partners = [int(text) for text in journal.after.get("partner", {})]
    sql.lock_partners({*partners, *(key[0] for key in (*keys, *target_keys))})
    reasons = [*_changed_since(journal, target_keys, names)]
    reasons += _superseded(added | confirmed, names)
    if reasons:
        raise UndoRefused(reasons)
    _drop_derived(journal)
    _restore_kpis(journal, by)
    told = _restore_figures(journal, added, confirmed)
    _restore_targets(journal, target_keys)
    _restore_partners(journal)
    touched = [(key[0], key[2]) for key in (*keys, *target_keys)]
    _rescore(touched)
    for model, ids in ((Partner, journal.partners), (Kpi, journal.kpis)):
        reasons += _referring(model, ids, names)
    if reasons:
        raise UndoRefused(reasons)
    _remove(journal)
    gone_partners, gone_kpis = set(journal.partners), set(journal.kpis)
    ids = [id_ for id_, key in told if key[0] not in gone_partners and key[1] not in gone_kpis]
    if ids:
        events.emit("kpis_restated", value_ids=sorted(ids))


def _added(import_id: int) -> dict[Key, int]:
    """The revisions that the import added, by what they are about."""
    found = sql.rows(
        "SELECT partner_id, kpi_id, period, id FROM revision WHERE source = ?",
        f"import:{import_id}",
    )
    return {(row[0], row[1], row[2]): row[3] for row in found}


def _confirmed(journal: Journal) -> dict[Key, int]:
    """The waiting submissions that the import approved because it said the same."""
    waiting = {
        row["id"]: journals.key_of(row)
        for row in journal.before.get("revision", ())
        if row["state"] == "submitted"
    }
    found: dict[Key, int] = {}
    for chunk in sql.chunks(waiting):
        for (id_,) in sql.rows(
            f"SELECT id FROM revision WHERE state = 'approved' AND id IN ({sql.marks(len(chunk))})",
            *chunk,
        ):
            found[waiting[id_]] = id_
    return found


def _changed_since(journal: Journal, target_keys: Sequence[Key], names: "_Names") -> Iterator[str]:
    """What somebody has changed of what the import wrote."""
    partners = [int(text) for text in journal.after.get("partner", {})]
    kpis = [int(text) for text in journal.after.get("kpi", {})]
    now = journals.digests(
        journals.partner_rows(partners)
        | journals.kpi_rows(kpis)
        | journals.target_rows(target_keys)
    )
    for table, then in journal.after.items():
        current = now.get(table, {})
        for owner in sorted({*then, *current}):
            if then.get(owner) != current.get(owner):
                yield names.changed(table, owner)


def _superseded(written: dict[Key, int], names: "_Names") -> Iterator[str]:
    """Figures that another has replaced or waits to, and locked ones."""
    values = {journals.key_of(row): row for row in journals.keyed("value", list(written))}
    later: dict[Key, int] = {}
    for row in journals.keyed("revision", list(written)):
        key = journals.key_of(row)
        later[key] = max(later.get(key, 0), row["id"] if row["state"] != "superseded" else 0)
    for key, id_ in written.items():
        value = values.get(key)
        if value is None or value["revision_id"] != id_:
            yield _("%(what)s: a later figure stands", what=names.figure(key))
        elif value["locked"]:
            yield _("%(what)s: the figure is locked", what=names.figure(key))
        elif later.get(key, 0) > id_:
            yield _("%(what)s: a later figure waits or was returned", what=names.figure(key))


def _restore_figures(
    journal: Journal, added: dict[Key, int], confirmed: dict[Key, int]
) -> list[tuple[int, Key]]:
    """Let the former figures count again; returns the revisions to tell of."""
    written = added | confirmed
    if not written:
        return []
    before = {journals.key_of(row): row for row in journal.before.get("value", ())}
    now = {journals.key_of(row): row for row in journals.keyed("value", list(written))}
    sql.run_many(
        "DELETE FROM value WHERE partner_id = ? AND kpi_id = ? AND period = ?", list(written)
    )
    journals.put_back("value", [before[key] for key in written if key in before])
    journals.reset(
        "revision",
        [row for row in journal.before.get("revision", ()) if journals.key_of(row) in written],
    )
    for chunk in sql.chunks(added.values()):
        sql.run(
            f"UPDATE revision SET state = 'undone' WHERE id IN ({sql.marks(len(chunk))})", *chunk
        )
    all_known = known.known()
    changes = [Change(*key, _figure(now.get(key)), _figure(before.get(key))) for key in written]
    following = derived.follow(changes, all_known)
    rollups.apply(changes, all_known=all_known)
    rollups.apply([one.change for one in following], all_known=all_known)
    told = [
        (before[key]["revision_id"] if key in before else id_, key) for key, id_ in written.items()
    ]
    return told + [(one.revision_id, one.change[:3]) for one in following]


def _figure(row: dict[str, Any] | None) -> Figure | None:
    return None if row is None else Figure(row["value"], row["num"], row["den"])


def _restore_targets(journal: Journal, keys: Sequence[Key]) -> None:
    """Targets and their revisions as they were: those of the import are gone."""
    if not keys:
        return
    for table in journals.TARGET_TABLES:
        sql.run_many(
            f"DELETE FROM {table} WHERE partner_id = ? AND kpi_id = ? AND period = ?", keys
        )
        journals.put_back(table, journal.before.get(table, ()))
    tell({key[0] for key in keys} - set(journal.partners))


def _drop_derived(journal: Journal) -> None:
    """Forget the figures of KPIs that only the import lets a formula work out."""
    plain = {row["id"] for row in journal.before.get("kpi", ()) if not row["formula"]}
    for chunk in sql.chunks(plain | set(journal.kpis)):
        rows = journals.raw(
            "SELECT v.* FROM value v JOIN revision r ON r.id = v.revision_id"
            f" WHERE r.source = ? AND v.kpi_id IN ({sql.marks(len(chunk))})",
            derived.SOURCE,
            *chunk,
        )
        keys = [journals.key_of(row) for row in rows]
        sql.run_many("DELETE FROM value WHERE partner_id = ? AND kpi_id = ? AND period = ?", keys)
        sql.run_many(
            "UPDATE revision SET state = 'undone' WHERE id = ?",
            [(row["revision_id"],) for row in rows],
        )
        changes = [Change(*key, _figure(row), None) for key, row in zip(keys, rows, strict=True)]
        rollups.apply(changes)
    # What is about to go must not be worked out once more.
    for chunk in sql.chunks(journal.kpis):
        sql.run(f"UPDATE kpi SET formula = '' WHERE id IN ({sql.marks(len(chunk))})", *chunk)


def _restore_kpis(journal: Journal, by: User) -> None:
    """Definitions as they were, each in a new version; what a formula says follows."""
    for row in journal.before.get("kpi", ()):
        version, formula = sql.rows("SELECT version, formula FROM kpi WHERE id = ?", row["id"])[0]
        journals.reset("kpi", [row | {"version": version + 1}])
        keep_version(row["id"], by=by.id, note=_("Import undone"))
        if row["formula"] and row["formula"] != formula:
            work_out(row["id"])


def _restore_partners(journal: Journal) -> None:
    rows = journal.before.get("partner", ())
    for row in rows:
        currency, version, first = sql.rows(
            "SELECT currency, version, first_import_at FROM partner WHERE id = ?", row["id"]
        )[0]
        if currency != row["currency"]:
            move_currency(row["id"], currency, row["currency"])
        journals.reset("partner", [row | {"version": version + 1, "first_import_at": first}])
    ids = [row["id"] for row in rows]
    for table in journals.WORD_TABLES:
        for chunk in sql.chunks(ids):
            sql.run(f"DELETE FROM {table} WHERE partner_id IN ({sql.marks(len(chunk))})", *chunk)
        journals.put_back(table, journal.before.get(table, ()))
    contacts = journal.before.get("contact", ())
    journals.reset("contact", contacts)
    kept = {row["id"] for row in contacts}
    for chunk in sql.chunks(ids):
        for (id_,) in sql.rows(
            f"SELECT id FROM contact WHERE partner_id IN ({sql.marks(len(chunk))})", *chunk
        ):
            if id_ not in kept:
                sql.run("DELETE FROM contact WHERE id = ?", id_)
    for chunk in sql.chunks(journal.firsts):
        sql.run(
            f"UPDATE partner SET first_import_at = NULL WHERE id IN ({sql.marks(len(chunk))})",
            *chunk,
        )


def _rescore(touched: Iterable[tuple[int, int]]) -> None:
    """Scorecards anew, those without any target left are gone."""
    places = set(touched)
    calendar = known.calendar()
    sql.run_many(
        "DELETE FROM score WHERE partner_id = ? AND period = ?",
        sorted({(id_, part) for id_, period in places for part in _line(calendar, period)}),
    )
    rollups.apply([], sorted(places))


def _line(calendar: Calendar, period: int) -> list[int]:
    return [part.key for part in known.lineage(calendar, period)]


def _referring(model: type[Model], ids: Sequence[int], names: "_Names") -> Iterator[str]:
    """What else refers to partners or KPIs that are to go; what goes with them is no reason."""
    ours = {"partner_tag", "contact", "revision", "value", "target", "target_revision", "score"}
    tables = set(database.get_tables())
    for other in _tables(Model):
        table = other._meta.table_name
        if table in ours | {"kpi_total"} or table not in tables:
            continue
        for field in other._meta.sorted_fields:
            if not isinstance(field, ForeignKeyField) or field.rel_model is not model:
                continue
            if field.on_delete == "CASCADE":
                continue
            for chunk in sql.chunks(ids):
                for (id_,) in sql.rows(
                    f'SELECT DISTINCT "{field.column_name}" FROM "{table}"'
                    f' WHERE "{field.column_name}" IN ({sql.marks(len(chunk))})',
                    *chunk,
                ):
                    yield _(
                        "%(what)s: there are records of “%(table)s”",
                        what=names.of(model, id_),
                        table=table,
                    )
    where = "partner_id" if model is Partner else "kpi_id"
    for chunk in sql.chunks(ids):
        for id_, count in sql.rows(
            f"SELECT {where}, COUNT(*) FROM revision WHERE state <> 'undone'"
            f" AND source <> 'derived' AND {where} IN ({sql.marks(len(chunk))}) GROUP BY {where}",
            *chunk,
        ):
            yield _("%(what)s: %(count)s other figures", what=names.of(model, id_), count=count)
        for table in ("target", "target_revision"):
            for (id_,) in sql.rows(
                f"SELECT DISTINCT {where} FROM {table} WHERE {where} IN ({sql.marks(len(chunk))})",
                *chunk,
            ):
                yield _("%(what)s: other targets", what=names.of(model, id_))


def _tables(model: type[Model]) -> Iterator[type[Model]]:
    for other in model.__subclasses__():
        yield other
        yield from _tables(other)


def _remove(journal: Journal) -> None:
    """Delete what the import created, with the figures that it brought for it."""
    for where, ids in (("partner_id", journal.partners), ("kpi_id", journal.kpis)):
        tables = ["revision", "score", "partner_tag", "contact"]
        if where == "kpi_id":
            tables = ["revision", "kpi_total"]
        for chunk in sql.chunks(ids):
            for table in tables:
                sql.run(f"DELETE FROM {table} WHERE {where} IN ({sql.marks(len(chunk))})", *chunk)
            owner = where.removesuffix("_id")
            sql.run(f"DELETE FROM {owner} WHERE id IN ({sql.marks(len(chunk))})", *chunk)


def _key(text: str) -> Key:
    partner, kpi, period = text.split(",")
    return int(partner), int(kpi), int(period)


class _Names:
    """How reasons name what they are about; read once, where there are any."""

    def __init__(self) -> None:
        self._found: dict[type[Model], dict[int, str]] = {}

    def of(self, model: type[Model], id_: int) -> str:
        if model not in self._found:
            self._found[model] = dict(model.select(model.id, model.code).tuples())
        return self._found[model].get(id_, str(id_))

    def figure(self, key: Key) -> str:
        label = known.calendar().label(Period.from_key(key[2]))
        return f"{self.of(Partner, key[0])} · {self.of(Kpi, key[1])} · {label}"

    def changed(self, table: str, owner: str) -> str:
        if table in journals.TARGET_TABLES:
            return str(_("%(what)s: the target was changed", what=self.figure(_key(owner))))
        if table == "kpi":
            return str(_("%(what)s: the KPI was changed", what=self.of(Kpi, int(owner))))
        if table == "contact":
            return str(_("%(what)s: a contact was changed", what=self.of(Partner, int(owner))))
        return str(_("%(what)s: the partner was changed", what=self.of(Partner, int(owner))))
