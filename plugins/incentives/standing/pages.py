"""What the pages about tiers show, for host and partner alike."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from flask import url_for

from app.api import Calendar, Period, TaskRow, Viewer, kpis, organisation, visible_refs
from plugins.incentives.programmes.definition import Measures, Requirement
from plugins.incentives.programmes.names import glossary
from plugins.incentives.programmes.queries import Running, read, running
from plugins.incentives.standing import (
    evaluating,
    queries,
    questions,
    replaying,
    story,
    tenures,
    words,
)
from plugins.incentives.standing.evaluate import eligible, evaluate
from plugins.incentives.standing.lines import Explained, Line, Teller
from plugins.incentives.standing.models import Appeal, Enrolment, Evaluation
from plugins.incentives.standing.queries import Decision
from plugins.incentives.standing.replaying import Basis
from plugins.incentives.standing.state import PROPOSED, Effect, Event, Phase, loads

DECISIONS_SHOWN = 20


class Place(NamedTuple):
    """One programme as one partner stands in it, ready to be shown."""

    row: Enrolment
    programme: Running
    since: date  # of the tier that counts, by hand or not
    story: story.Story
    phase: Any
    tone: str
    decisions: list[tuple[Decision, list[str]]]
    appeals: list[Appeal]
    question: tuple[TaskRow, str] | None
    declare_from: date | None

    @property
    def waits_for_override(self) -> bool:
        """Whether an override is asked for and not in force."""
        return bool(self.row.override_tier) and not self.row.override_in_force

    @property
    def waits(self) -> bool:
        """Whether a promotion or demotion is proposed."""
        return self.row.place.phase in PROPOSED

    def tier(self, key: str) -> str:
        """A tier's name."""
        return words.tier(self.programme.definition, key)


def explained(viewer: Viewer, partner_id: int) -> Explained | None:
    """Where core explains the figures of a partner; nowhere for whoever comes by a mere link."""
    if not (viewer.can("kpis.view") or viewer.can("portal.view")):
        return None
    calendar = organisation().calendar
    # A partner has pages of the KPIs that it is measured by, which a programme's need not be.
    refs = [] if viewer.is_staff else [f"kpi:{id_}" for id_ in kpis(active_only=False)]
    own = visible_refs(refs, viewer) if refs else {}

    def link(one: Requirement, kpi_id: int | None, periods: Sequence[int]) -> str:
        if one.measures is Measures.SCORECARD:
            last = calendar.label(Period.from_key(periods[-1])) if periods else None
            if viewer.is_staff:
                # Of one period its scorecard, of several the page on which each can be chosen.
                single = "kpis.explain_score" if len(periods) == 1 else "kpis.partner_scorecard"
                return url_for(single, partner_id=partner_id, period=last)
            return url_for("portal.score", period=last)
        if kpi_id is None:
            return ""
        if viewer.is_staff:
            return url_for("kpis.show", partner_id=partner_id, kpi_id=kpi_id)
        found = own.get(f"kpi:{kpi_id}")
        return found.url if found else ""

    return link


def places(viewer: Viewer, partner_id: int | None) -> list[Place]:
    """A partner's places in the programmes that run, as the figures stand now."""
    rows = queries.enrolments_of(viewer, partner_id)
    if not rows:
        return []
    found = {one.programme.id: one for one in running()}
    rows = [row for row in rows if row.programme_id in found]
    ids = [row.id for row in rows]
    decided = queries.decisions(viewer, ids, DECISIONS_SHOWN * max(len(ids), 1))
    asked = queries.appeals_of([one.id for one in decided])
    waiting, since = questions.questions_of(ids), tenures.held_since(ids)
    link = explained(viewer, rows[0].partner_id) if rows else None
    return [
        _place(
            row,
            found[row.programme_id],
            since.get(row.id, row.since),
            [one for one in decided if one.enrolment == row.id][:DECISIONS_SHOWN],
            [one for one in asked if one.enrolment == row.id],
            waiting.get(row.id),
            link,
        )
        for row in rows
    ]


def _place(
    row: Enrolment,
    programme: Running,
    since: date,
    decided: Sequence[Decision],
    appeals: list[Appeal],
    question: tuple[TaskRow, str] | None,
    link: Explained | None,
) -> Place:
    today, calendar = organisation().today(), organisation().calendar
    state, definition = row.place, programme.definition
    known = evaluating.evidence_of([row], definition, today)[row.partner_id]
    found = eligible(definition, known, missed=state.declared is not None)
    teller = Teller(known, glossary(programme.programme), calendar, state.next_review, link)
    declare_from = None
    if state.unknown_since and state.phase in (Phase.ACTIVE, Phase.GRACE):
        declare_from = date.fromordinal(state.unknown_since.toordinal() + definition.grace_days)
    return Place(
        row,
        programme,
        since,
        story.tell(definition, state, found, teller),
        words.PHASES[state.phase],
        words.PHASE_TONES[state.phase],
        [(one, words.said(one.outcome, read(one.definition), loads(one.after))) for one in decided],
        appeals,
        question,
        declare_from if declare_from and declare_from <= today else None,
    )


class Told(NamedTuple):
    """A decision with its explanation, as host and partner read it."""

    row: Evaluation
    enrolment: Enrolment
    programme: str
    event: Any
    outcome: list[str]
    icon: str
    before: str
    after: str
    steps: list[story.Step]
    changed: list[tuple[Line, Line]]
    reason: str
    appeals: list[Appeal]
    replayed: bool

    @property
    def may_appeal(self) -> bool:
        """Whether no appeal waits for an answer."""
        return not any(one.state == "open" for one in self.appeals)


def decision(viewer: Viewer, evaluation_id: int) -> Told:
    """A decision, what it rested on, and what changed since; 404 where it may not be seen."""
    row, enrolment = queries.decision_or_404(viewer, evaluation_id)
    old = replaying.basis(row)
    found, outcome = replaying.replay(row, old)
    programme = row.programme_version.programme
    known = glossary(programme)
    link = explained(viewer, enrolment.partner_id)
    teller = Teller(old.inputs, known, Calendar(row.fiscal_start), None, link)
    effect = Effect(row.outcome.split()[-1])
    return Told(
        row,
        enrolment,
        programme.name,
        words.EVENTS[Event(row.event)],
        words.said(row.outcome, old.definition, old.after),
        words.icon(effect),
        words.tier(old.definition, old.before.held) if old.before else "",
        words.tier(old.definition, old.after.held),
        story.lines(old.definition, old.found, teller),
        _changed(row, enrolment.partner_id, old, teller),
        queries.reason_of(row.id),
        queries.appeals_of([row.id]),
        replayed=found == old.found and outcome.state == old.after,
    )


def _changed(
    row: Evaluation, partner_id: int, old: Basis, teller: Teller
) -> list[tuple[Line, Line]]:
    """What says something else since: the requirement then, and now."""
    found = replaying.changed_since(row, partner_id, old)
    today = {one.measure: one.now for one in found}
    after = replace(teller, evidence={**old.inputs, **today})
    return [
        (
            teller.line(one, evaluate(one, teller.evidence)),
            after.line(one, evaluate(one, after.evidence)),
        )
        for one in replaying.requirements_of(old.definition, today)
    ]
