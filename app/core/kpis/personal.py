"""What figures hold on a person: those that they reported, and their comments."""

from flask_babel import gettext as _

from app.core.contract import PersonalRows, Subject
from app.core.kpis.models import Kpi, Revision
from app.core.kpis.value_models import ValueComment
from app.core.partners.models import Partner


def export(subject: Subject) -> list[PersonalRows]:
    """Reported figures and comments, with their texts."""
    figures = (
        Revision.select(Revision, Partner, Kpi)
        .join(Partner)
        .switch(Revision)
        .join(Kpi)
        .where(Revision.submitted_by == subject.user_id)
        .order_by(Revision.id)
    )
    comments = ValueComment.select().where(ValueComment.written_by == subject.user_id)
    return [
        PersonalRows(
            _("Figures that they reported"),
            [
                {
                    "partner": row.partner.name,
                    "kpi": row.kpi.name,
                    "at": str(row.submitted_at),
                    "note": row.note,
                    "reason": row.reason,
                }
                for row in figures
            ],
        ),
        PersonalRows(
            _("Comments"),
            [{"at": row.written_at.isoformat(), "text": row.text} for row in comments],
        ),
    ]


def erase(_subject: Subject) -> None:
    """Figures and comments stay with their ids; who wrote them is told by the account alone."""
