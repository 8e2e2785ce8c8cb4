"""What was said in a case, as far as its reader may see it: texts, proposals, plan, course."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from app.api import translations, visible_refs
from plugins.conflicts import access, words
from plugins.conflicts.facts import Standing
from plugins.conflicts.models import Participant, PlanStep, Text
from plugins.conflicts.rules.state import MEDIATOR, PARTNER, SYSTEM, Event

_ = translations("conflicts").gettext

COMPARED = 6  # proposals whose differences are worked out
MOST_PAIRS = 100_000  # of equal words: what prose of the longest text has is a tenth of it
_ICONS = {
    "submit": "message-report",
    "confirm_restatement": "check",
    "accept_statement": "check",
    "confirm_issue": "target-arrow",
    "propose": "bolt",
    "accept": "heart-handshake",
    "plan": "list-check",
    "sign": "pencil",
    "accept_for": "heart-handshake",
    "sign_for": "pencil",
    "undo": "arrow-back-up",
    "escalate": "stairs-up",
    "propose_mediator": "user-plus",
    "appoint": "user-check",
    "declare": "certificate",
    "agree_pause": "player-pause",
    "resume": "player-play",
    "confirm_complete": "checks",
    "agree_close": "circle-check",
    "close": "circle-check",
    "reopen": "refresh",
    "broken": "alert-triangle",
    "refer": "external-link",
    "glass": "eye",
}

_TOLD = ("reason", "note", "evidence", "referral")  # kinds of texts that stand in the course


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the course of a case."""

    at: datetime
    name: str
    side: str
    label: str
    icon: str
    text: str = ""
    file: int | None = None
    text_id: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """A proposal, with what changed since the one before it."""

    text: Text
    side: str
    at: datetime
    latest: bool
    accepted: bool
    changes: Sequence[tuple[str, str]] = ()


def readable_texts(seat: access.Seat) -> dict[int, Text]:
    """What was said, as far as this person may read it; in order."""
    rows = (
        Text.select()
        .where(Text.case == seat.case.id, access.readable(seat.reader))
        .order_by(Text.at, Text.id)
    )
    return {row.id: row for row in rows}


def whys(found: Standing, texts: Mapping[int, Text]) -> list[str]:
    last = [e for e in found.events if e.action == "name_causes" and e.detail.get("text")]
    text = texts.get(last[-1].detail["text"]) if last else None
    return [line.strip() for line in text.body.splitlines() if line.strip()][:5] if text else []


def offers(found: Standing, texts: Mapping[int, Text]) -> list[Offer]:
    """The proposals, the latest first; a reopened case keeps those of before."""
    made = [e for e in found.events if e.action == "propose" and e.detail.get("text") in texts]
    offers = []
    before = ""
    for number, event in enumerate(made):
        text = texts[event.detail["text"]]
        near = len(made) - number <= COMPARED
        offers.append(
            Offer(
                text,
                event.side,
                event.at,
                latest=text.id == found.state.proposal,
                accepted=text.id == found.state.accepted,
                changes=differences(before, text.body) if before and near else (),
            )
        )
        before = text.body
    return offers[::-1]


def differences(before: str, after: str) -> list[tuple[str, str]]:
    """What changed from one text to the next, as ("same" | "gone" | "new", words)."""
    # A word with the blanks before it: blanks of their own would be alike everywhere.
    old, new = (re.findall(r"\s*\S+", text) for text in (before, after))
    found: list[tuple[str, str]] = []
    for kind, start, end, first, last in _steps_between(old, new):
        if kind == "equal":
            found.append(("same", "".join(old[start:end])))
            continue
        if start != end:
            found.append(("gone", "".join(old[start:end])))
        if first != last:
            found.append(("new", "".join(new[first:last])))
    return found


def _steps_between(
    old: Sequence[str], new: Sequence[str]
) -> Sequence[tuple[str, int, int, int, int]]:
    """The steps from one list of words to the other, as `difflib` says them.

    Texts that say a few words over and over cost it seconds: of them only what is alike at both
    ends is found.
    """
    there, here = Counter(old), Counter(new)
    if sum(count * here[word] for word, count in there.items()) <= MOST_PAIRS:
        return SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    most = min(len(old), len(new))
    head = next((n for n in range(most) if old[n] != new[n]), most)
    tail = next((n for n in range(most - head) if old[-1 - n] != new[-1 - n]), most - head)
    ends = (len(old) - tail, len(new) - tail)
    return [
        ("equal", 0, head, 0, head),
        ("replace", head, ends[0], head, ends[1]),
        ("equal", ends[0], len(old), ends[1], len(new)),
    ]


def steps(
    found: Standing, taking: Mapping[int, Participant], seat: access.Seat
) -> list[tuple[PlanStep, Participant | None, Any, Any]]:
    """The plan's steps, who is responsible, and each task with its page for this reader."""
    refs = visible_refs([f"task:{step.task}" for step in found.steps if step.task], seat.viewer)
    return [
        (
            step,
            taking.get(step.participant_id),
            found.tasks.get(step.task) if step.task else None,
            refs.get(f"task:{step.task}"),
        )
        for step in found.steps
    ]


class Signature(NamedTuple):
    """A signature under the present plan."""

    name: str
    at: datetime
    on_behalf: bool  # of the partner, by one of ours


def signatures(found: Standing, taking: Mapping[int, Participant]) -> dict[str, Signature]:
    """The signatures under the present plan, by side."""
    made: dict[str, Signature] = {}
    for event in found.events:
        if event.action in ("sign", "sign_for") and event.detail.get("hash") == found.state.plan:
            behalf = event.action == "sign_for"
            side = PARTNER if behalf else event.side
            made[side] = Signature(name_of(event, taking), event.at, behalf)
    return {side: one for side, one in made.items() if side in found.state.signed_by}


def name_of(event: Event, taking: Mapping[int, Participant]) -> str:
    """The name of whoever acted, as they were called when they came into the case."""
    kind, _colon, number = event.who.partition(":")
    for part in taking.values():
        if number and str(part.contact if kind == "contact" else part.user) == number:
            return str(part.name)
        if event.side == MEDIATOR and part.side == MEDIATOR:
            return str(part.name)
    return "" if event.side == SYSTEM else _("An administrator")


def course(
    found: Standing,
    texts: Mapping[int, Text],
    taking: Mapping[int, Participant],
    names: Mapping[str, str],
) -> list[Line]:
    """What happened, the latest first."""
    lines = []
    for event in reversed(found.events):
        desk = event.side == SYSTEM
        label = (words.DESK_EVENTS if desk else words.EVENTS).get(event.action)
        label = label or words.EVENTS.get(event.action, event.action)
        text = texts.get(event.detail.get("text", 0))
        said = text if text and text.kind in _TOLD else None
        lines.append(
            Line(
                event.at,
                "" if desk else name_of(event, taking),
                names.get(event.side, ""),
                str(label),
                _ICONS.get(event.action, "clock" if desk else "message"),
                said.body if said else "",
                said.file if said else None,
                said.id if said else 0,
            )
        )
    return lines
