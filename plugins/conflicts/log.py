"""A case's log: lines are added and read, nothing else; what it leads to is the rules' to say."""

import hashlib
import json
import secrets
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from app.api import add_to_chain, kept, now
from plugins.conflicts.models import Case, CaseEvent, Participant, Text, TextReader
from plugins.conflicts.rules.state import Event

REF = "conflicts_case"
LONGEST = 5000  # letters of a text


class UnreadableLog(ValueError):
    """The log of a case cannot be read; nothing is known of the case then but its number."""

    def __init__(self, case_id: int) -> None:
        super().__init__(f"the log of case C-{case_id} cannot be read")
        self.case_id = case_id


def ref_of(case_id: int) -> str:
    """How other records point at a case."""
    return f"{REF}:{case_id}"


def read(case_id: int) -> list[Event]:
    """The log of a case, the first line first. Raises UnreadableLog."""
    found = read_many([case_id])
    if case_id not in found:
        raise UnreadableLog(case_id)
    return found[case_id]


def read_many(case_ids: Collection[int]) -> dict[int, list[Event]]:
    """The logs of several cases, in one query; without those that cannot be read."""
    chains = {ref_of(id_): id_ for id_ in case_ids}
    found: dict[int, list[Event]] = {id_: [] for id_ in case_ids}
    for row in _events(list(chains)) if chains else ():
        id_ = chains[row.chain]
        try:
            detail = json.loads(row.detail)
        except ValueError:
            found.pop(id_, None)
            continue
        if id_ in found:
            found[id_].append(Event(row.seq, row.at, row.side, row.action, detail, row.who))
    return found


@kept
def _events(chains: Any) -> Any:
    rows = CaseEvent.select().where(CaseEvent.chain.in_(chains))
    return rows.order_by(CaseEvent.chain, CaseEvent.seq)


def length(case_id: int) -> int:
    """How many lines the log of a case has."""
    return int(CaseEvent.select().where(CaseEvent.chain == ref_of(case_id)).count())


def lines(case_id: int) -> list[dict[str, Any]]:
    """The log with its hashes, so that it can be verified elsewhere.

    Without the numbers of the rows, which no hash covers: a gap would tell of lines elsewhere.
    """
    rows = (
        CaseEvent.select().where(CaseEvent.chain == ref_of(case_id)).order_by(CaseEvent.seq).dicts()
    )
    return [{**row, "at": row["at"].isoformat()} for row in rows if row.pop("id")]


def add(
    case_id: int, side: str, who: str, action: str, detail: Mapping[str, Any], at: datetime
) -> Event:
    """Add a line, in the caller's transaction."""
    _link(ref_of(case_id), side, who, action, detail, at)
    return Event(0, at, side, action, detail, who)


def _link(
    chain: str, side: str, who: str, action: str, detail: Mapping[str, Any], at: datetime
) -> None:
    text = json.dumps(detail, sort_keys=True, separators=(",", ":"))
    values = {"at": at, "side": side, "who": who, "action": action, "detail": text}
    add_to_chain(CaseEvent, chain, values)


def write(
    case: Case,
    kind: str,
    body: str,
    *,
    side: str,
    author: Participant | None,
    level: str = "parties",
    aim: str = "",
    file: int | None = None,
    readers: tuple[int, ...] = (),
) -> Text:
    """Keep a text, in the caller's transaction; the log takes its number and `mark`.

    What is not for both parties has a number of its own kind, so that no gap in the numbers of the
    others tells that there is one.
    """
    made = Text.create(
        id=None if level == "parties" else -1 - secrets.randbelow(2**31 - 1),
        case=case,
        kind=kind,
        level=level,
        side=side,
        author=author,
        body=body.strip()[:LONGEST],
        aim=aim.strip()[:LONGEST],
        file=file,
        salt=secrets.token_hex(16),
    )
    if readers:
        TextReader.insert_many([{"text": made.id, "participant": id_} for id_ in readers]).execute()
    return made


def note(text: Text, who: str) -> None:
    """Prove a note below the level of both parties: in a chain of its own, which tells nobody."""
    detail = {"text": text.id, "mark": mark(text)}
    _link(f"conflicts_note:{text.id}", text.side, who, "note", detail, now())


def mark(text: Text) -> str:
    """SHA-256 of a text's salt and words: it binds them, and tells nothing once they are erased."""
    content = json.dumps([text.salt, text.body, text.aim], ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def detail_of(text: Text) -> dict[str, Any]:
    """What the log keeps of a text."""
    return {"text": text.id, "mark": mark(text)}
