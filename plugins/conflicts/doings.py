"""What somebody can do in a case now: the first things open, everything else folded away."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from app.api import options, staff_accounts, translations
from plugins.conflicts import access, case_forms, facts, forms, people, sayings, words
from plugins.conflicts.facts import Standing
from plugins.conflicts.models import Text
from plugins.conflicts.rules.acts import missing, possible
from plugins.conflicts.rules.confidentiality import levels_for
from plugins.conflicts.rules.guards import Facts
from plugins.conflicts.rules.state import BOTH, MEDIATOR, PARTNER, SIDES, State, other

_ = translations("conflicts").gettext

EMPTY_ROWS = 3  # of a plan's form; more come with the next look at it


@dataclass(frozen=True, slots=True)
class Act:
    """Something that the reader can do: its form, and why not yet where something is missing."""

    action: str
    label: str
    heading: str
    form: forms.ActForm
    why_not: Sequence[Any] = ()
    about: str = ""  # the words that the act is about


@dataclass
class Failed:
    """What was sent and refused: its form as it was typed, or the reasons."""

    action: str = ""
    form: Any = None
    reasons: Sequence[Any] = field(default_factory=tuple)
    plan: Any = None
    note: Any = None
    mediator: Any = None
    glass: Any = None


def acts(found: Standing, seat: access.Seat, bad: Failed, texts: Mapping[int, Text]) -> list[Act]:
    """Everything that this person may think of now, but for what has a form of its own."""
    actor = seat.actor()
    found_acts = []
    for action in possible(found.state, actor, found.facts):
        if action not in words.ACTS:
            continue
        if action == bad.action and bad.form is not None:
            form = bad.form
        else:
            kind: Any = forms.FORMS.get(action, forms.EmptyForm)
            form = kind(formdata=None, prefix=f"{action}-")
            form.fill(action, found.state, actor.side)
        found_acts.append(
            Act(
                action,
                str(words.ACTS[action][0]),
                str(words.ACTS[action][1]),
                form,
                bad.reasons if action == bad.action else _why_not(found, actor, action),
                _about(found.state, actor.side, action, texts),
            )
        )
    return found_acts


def _about(state: State, side: str, action: str, texts: Mapping[int, Text]) -> str:
    """The words of the other side that an act answers to, to be read beside its button."""
    restated = state.restatement(other(side)) if side in SIDES else None
    text = {
        "restate": state.position(other(side)) if side in SIDES else 0,
        "confirm_restatement": restated.text if restated else 0,
        "accept_statement": state.statement,
        "accept": state.proposal,
        "accept_for": state.proposal,
    }.get(action, 0)
    return str(texts[text].body) if text in texts else ""


def _why_not(found: Standing, actor: Any, action: str) -> Sequence[Any]:
    """What is missing of an act whose guards look at more than its own words."""
    if action in ("accept", "sign"):
        detail = {"about": found.state.proposal, "hash": found.state.plan}
        return missing(found.state, actor, action, detail, found.facts)
    if action in ("confirm_issue", "complete"):
        return missing(found.state, actor, action, {}, found.facts)
    return ()


def first(state: State, side: str, known: Facts) -> tuple[str, ...]:
    """What the reader is asked for now; everything else stands folded away below."""
    if side == MEDIATOR:
        return ("declare", "propose", "impasse") if state.step == "explore" else ("declare",)
    always = ["agree_pause"] if state.pause_by and state.pause_by != side else []
    if state.withdrawn_at:
        always.append("keep")
    if state.recorded and side == PARTNER:
        always.append("undo")
    if state.status != "open":
        return (
            *always,
            "resume",
            *(("complete",) if known.tasks_settled else ()),
            "confirm_complete",
            "not_complete",
            "broken",
            "agree_close",
        )
    return (*always, *_FIRST[state.step](state, side))


def _first_identify(state: State, side: str) -> tuple[str, ...]:
    there = other(side)
    if not state.position(side):
        return ("acknowledge", "position")
    restated = state.restatement(there)
    chosen: list[str] = ["acknowledge"]
    if restated and not restated.confirmed and restated.of == state.position(side):
        chosen += ["confirm_restatement", "correct_restatement"]
    mine = state.restatement(side)
    if state.position(there) and (mine is None or mine.of != state.position(there)):
        chosen.append("restate")
    if len(chosen) > 1 or not state.heard:
        return tuple(chosen)
    if not state.statement:
        return ("propose_statement",)
    if side not in state.statement_by:
        return ("accept_statement", "propose_statement")
    if not state.causes:
        return ("name_causes",)
    return ("confirm_issue",) if state.statement_by == BOTH else ()


def _first_explore(state: State, side: str) -> tuple[str, ...]:
    if state.proposal and state.proposal_side == side:
        return ()
    return ("accept", "propose")


_FIRST: dict[str, Callable[[State, str], tuple[str, ...]]] = {
    "identify": _first_identify,
    "explore": _first_explore,
    "agree": lambda _s, _side: ("sign",),
    "appoint": lambda _s, _side: ("consent", "veto"),
    "route": lambda s, side: ("agree_route", "propose_route") if s.route_by != side else (),
}


class Record(NamedTuple):
    """What was recorded on the partner's behalf, and until when the partner may undo it."""

    line: sayings.Line
    until: datetime


def records(found: Standing, course: Sequence[sayings.Line]) -> list[Record]:
    """What the partner may still undo, the latest first: that goes first."""
    until = facts.undone_until(found.state)
    if until is None or found.facts.undo_over:
        return []
    lines = {line.text_id: line for line in course}
    return [Record(lines[one.text], until) for one in reversed(found.state.recorded)]


def issue_missing(found: Standing, seat: access.Seat) -> Sequence[Any]:
    """What the core issue still needs, while it is looked for."""
    if not (found.state.is_open and found.state.step == "identify" and seat.side in SIDES):
        return ()
    return missing(found.state, seat.actor(), "confirm_issue", {}, found.facts)


def plan_rows(
    found: Standing, seat: access.Seat, *, sent: bool = False
) -> list[case_forms.StepForm]:
    """The rows of a plan's form: the present steps and empty ones."""
    able = {
        str(part.id): part.name
        for part in people.participants(seat.case.id)
        if part.side in SIDES and part.role not in people.OBSERVERS
    }
    choices = options({"": ""} | able)
    rows = []
    shown = min(case_forms.PLAN_ROWS, len(found.steps) + EMPTY_ROWS)
    for n in range(case_forms.PLAN_ROWS if sent else shown):
        step = found.steps[n] if n < len(found.steps) else None
        values = (
            {"what": step.what, "who": str(step.participant_id), "due": step.due} if step else {}
        )
        row = _form(case_forms.StepForm, f"plan-{n}-", values, sent=sent)
        row.who.choices = choices
        rows.append(row)
    return rows


def _form(kind: Any, prefix: str, values: Mapping[str, Any] | None = None, *, sent: bool) -> Any:
    """A form as it was sent, or with values."""
    return kind(prefix=prefix) if sent else kind(formdata=None, prefix=prefix, data=values or {})


def note_form(seat: access.Seat, state: State, *, sent: bool = False) -> case_forms.NoteForm | None:
    """The form of a note, with the levels at which this person may write."""
    if not seat.takes_part:
        return None
    form = _form(case_forms.NoteForm, "note-", sent=sent)
    levels = levels_for(seat.side, state.mediator is not None)
    form.level.choices = options({level: words.LEVELS[level] for level in levels})
    if not sent:
        form.level.data = "own_side" if seat.side in SIDES else "mediator_only"
    mine = seat.participant.id if seat.participant else 0
    form.readers.choices = options(
        (part.id, part.name)
        for part in people.participants(seat.case.id)
        if part.id != mine and part.role not in people.OBSERVERS
    )
    if seat.side != MEDIATOR:
        del form.side
    return form


def mediator_form_of(found: Standing, admin: bool, bad: Failed) -> case_forms.MediatorForm | None:
    if not (admin and found.state.is_open and found.state.step == "appoint"):
        return None
    return bad.mediator or mediator_form()


def mediator_form(*, sent: bool = False) -> case_forms.MediatorForm:
    """The form by which an administrator proposes a mediator."""
    form = case_forms.MediatorForm() if sent else case_forms.MediatorForm(formdata=None)
    ours = {row.id: row.name for row in staff_accounts() if row.role in people.ACTING or sent}
    form.internal.choices = options({0: _("Nobody of ours")} | ours)
    return form
