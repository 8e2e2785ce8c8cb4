"""The only writer of KPIs: each write is one transaction with its audit row, roll-up and event."""

from app.core.files.rules import FileRefusal
from app.core.kpis.figures import TargetFigures, TargetTerms
from app.core.kpis.refusals import KpiRefusal, StaleTargets, StaleVersion
from app.core.kpis.services.agreement import (
    TargetDraft,
    accept_targets,
    accept_targets_on_behalf,
    propose_targets,
    reject_target,
    set_target,
    undo_acceptance,
    withdraw_target,
)
from app.core.kpis.services.batches import Outcome, submit_values
from app.core.kpis.services.comments import add_comment
from app.core.kpis.services.decisions import approve, return_value
from app.core.kpis.services.definitions import KpiDraft, save_kpi
from app.core.kpis.services.evidence import store_evidence
from app.core.kpis.services.four_eyes import may_approve_own
from app.core.kpis.services.locking import lock_due, lock_value, unlock_value
from app.core.kpis.services.misses import declare_missed, undo_missed
from app.core.kpis.services.recording import ValueRow, record_kpi_values
from app.core.kpis.services.values import (
    Submission,
    submit_value,
    withdraw_value,
)

__all__ = [
    "FileRefusal",
    "KpiDraft",
    "KpiRefusal",
    "Outcome",
    "StaleTargets",
    "StaleVersion",
    "Submission",
    "TargetDraft",
    "TargetFigures",
    "TargetTerms",
    "ValueRow",
    "accept_targets",
    "accept_targets_on_behalf",
    "add_comment",
    "approve",
    "declare_missed",
    "lock_due",
    "lock_value",
    "may_approve_own",
    "propose_targets",
    "record_kpi_values",
    "reject_target",
    "return_value",
    "save_kpi",
    "set_target",
    "store_evidence",
    "submit_value",
    "submit_values",
    "undo_acceptance",
    "undo_missed",
    "unlock_value",
    "withdraw_target",
    "withdraw_value",
]
