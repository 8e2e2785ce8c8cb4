"""The migrations make the tables that the models describe, on both databases."""

import pytest
from playhouse.schema_diff import diff_models

from app.core import audit_check
from app.core.chains import ChainedModel
from app.core.db import AppendOnlyError, AppendOnlyModel, Model, database
from app.core.kpis.models import Value
from app.core.models import AuditEntry

BASES = (AppendOnlyModel, ChainedModel)


def tables():
    """Every table of core whose models are loaded, which the application has seen to."""
    waiting = [Model]
    while waiting:
        for found in waiting.pop().__subclasses__():
            waiting.append(found)
            if found.__module__.startswith("app.core.") and found not in BASES:
                yield found


def test_migrated_tables_equal_the_models(app):
    assert not str(diff_models(database.obj, list(tables())))


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry"],
)
def test_the_database_refuses_to_change_an_append_only_table(app, statement):
    with database.atomic() as transaction:
        with pytest.raises(Exception, match="append-only"):
            database.execute_sql(statement)
        transaction.rollback()


def test_models_refuse_too(app):
    with pytest.raises(AppendOnlyError):
        AuditEntry.update(actor="x")
    with pytest.raises(AppendOnlyError):
        AuditEntry.delete()


def test_the_audit_chain_verifies_and_a_forged_row_is_found(app):
    assert AuditEntry.select().count() > 2
    assert list(audit_check.verify()) == []
    last = AuditEntry.select().order_by(AuditEntry.id.desc()).get()
    AuditEntry.insert(
        chain=last.chain,
        seq=last.seq + 1,
        at=last.at,
        actor="system",
        action="forged.row",
        ref="user:1",
        detail="{}",
        prev_hash=last.hash,
        hash="0" * 64,
    ).execute()
    problems = [found.problem for found in audit_check.verify()]
    assert problems == ["was changed after it was written"]


def test_a_composite_key_cannot_be_saved_by_mistake(app):
    with pytest.raises(TypeError, match="upsert"):
        Value(partner=1, kpi=1, period=2201301).save()
