"""The columns of core in which people write freely, and so may name somebody."""

from app.core.accounts.models import UserSession
from app.core.analysis.models import Benchmark
from app.core.documents.models import Document, DocumentVersion
from app.core.files.models import StoredFile
from app.core.http_api.models import ApiAnswer, ApiToken
from app.core.kpis.grid.models import KpiDraft
from app.core.kpis.imports.models import (
    ImportDraft,
    ImportDraftFile,
    ImportDraftRow,
)
from app.core.kpis.models import (
    Import,
    Kpi,
    KpiVersion,
    Revision,
    TargetDecision,
    TargetRevision,
)
from app.core.kpis.value_models import (
    DeclaredMiss,
    RevisionImpact,
    Unlocking,
    ValueComment,
)
from app.core.messages.models import Announcement, Mail, Notification
from app.core.models import Job, PluginFault
from app.core.partners import profiles
from app.core.partners.list_models import BulkChange, CustomField, CustomValue, SavedView
from app.core.partners.models import Interaction, Partner, PartnerGoal, PartnerProfile
from app.core.partners.proposals.models import Proposal, ProposalField
from app.core.personal.registry import register_texts
from app.core.suggestions.models import StoredSuggestion
from app.core.tasks.models import Task, TaskStep


def register_core_texts() -> None:
    """Name them, once at boot."""
    register_texts(
        *(getattr(PartnerProfile, part) for part in (*profiles.LISTS, *profiles.TEXTS)),
        *(Partner.name, Partner.legal_name, Partner.name_key, Partner.website),
        *(Interaction.others, Interaction.summary),
        *(PartnerGoal.statement, PartnerGoal.outcomes),
        *(PartnerGoal.compatibility_note, PartnerGoal.result),
        *(Proposal.note, ProposalField.before, ProposalField.after, ProposalField.reason),
        *(Kpi.name, Kpi.description, Kpi.data_source),
        *(KpiVersion.name, KpiVersion.description, KpiVersion.data_source, KpiVersion.note),
        *(Revision.note, Revision.reason, Revision.decision),
        *(TargetRevision.justification, TargetRevision.data_source, TargetRevision.waiver),
        *(TargetDecision.reason, Unlocking.reason, DeclaredMiss.reason),
        *(ValueComment.text, RevisionImpact.effects, Benchmark.source),
        *(Import.files, Import.applied, ImportDraft.tables, ImportDraft.message),
        *(ImportDraftFile.name, ImportDraftRow.about, ImportDraftRow.change),
        *(ImportDraftRow.value, KpiDraft.text, StoredFile.name, BulkChange.rows),
        *(CustomValue.text, CustomValue.text_key, SavedView.name, SavedView.query),
        *(
            PluginFault.message,
            CustomField.help,
            ApiToken.name,
            ApiAnswer.answer,
            UserSession.browser,
        ),
        *(Document.title, Document.title_key, Document.withdrawal, DocumentVersion.note),
        *(Task.title, Task.description, TaskStep.text),
        *(StoredSuggestion.title, StoredSuggestion.text, StoredSuggestion.reason),
        *(Document.title, Document.title_key, Document.withdrawal, DocumentVersion.note),
        *(Mail.subject, Mail.content, Notification.title, Notification.text),
        *(Announcement.subject, Announcement.text, Job.payload, Job.error),
    )
