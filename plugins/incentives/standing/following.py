"""What tiers do when figures, or partners themselves, change: the listeners to core's events."""

from collections.abc import Sequence

from app.api import atomic, lock, revisions
from plugins.incentives.standing import evaluating, questions
from plugins.incentives.standing.models import Appeal, Enrolment, Note


def figures(value_ids: Sequence[int]) -> None:
    """Evaluate the partners of approved or restated figures, once each."""
    evaluating.evaluate_partners({row.partner_id for row in revisions(value_ids)})


def merge(kept: int, gone: int) -> None:
    """What the partner that ended had is the other's, unless that one takes part itself.

    Where both took part the kept partner's place stands; the other's history stays readable there.
    """
    with atomic():
        lock("incentives.standing")
        own = Enrolment.select(Enrolment.programme).where(Enrolment.partner == kept)
        taken = {row[0] for row in own.tuples()}
        rows = list(Enrolment.select().where(Enrolment.partner == gone))
        moving = [row.id for row in rows if row.programme_id not in taken]
        staying = [row.id for row in rows if row.programme_id in taken]
        Enrolment.update(partner=kept).where(Enrolment.id.in_(moving)).execute()
        Appeal.update(partner=kept).where(Appeal.partner == gone).execute()
        Note.update(partner=kept).where(Note.partner == gone).execute()
        questions.settle(staying, questions.merged_words())
        evaluating.evaluate_partners([kept])
