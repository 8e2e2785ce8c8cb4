"""The only writer of suggestions: made by core and plugins, answered by staff, or run out."""

import json
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from app.core import audit, clock, refs
from app.core.accounts.models import User
from app.core.audit import Change
from app.core.contract import Link, Suggestion, SuggestionDraft, Viewer
from app.core.db import atomic
from app.core.host import current_host
from app.core.messages.recipients import staff_of
from app.core.messages.services import notify, register_event, site_path
from app.core.partners.models import Partner
from app.core.refusals import Refusal
from app.core.results import Junk, is_path
from app.core.suggestions import kinds
from app.core.suggestions.models import StoredSuggestion

EVENT = "suggestions.made"
KEPT = timedelta(days=90)  # without an answer, a suggestion runs out
MOST_EVIDENCE = 10
LONGEST = {"title": 200, "text": 2000, "key": 200}
_AT_ONCE = 500  # suggestions that run out in one transaction

register_event(
    EVENT,
    lazy_gettext("Something is suggested about a partner of mine"),
    "daily",
    ("admin", "manager"),
    lazy_gettext("Partners"),
)


class SuggestionRefused(Refusal):
    """A suggestion that cannot be made or answered as asked."""


def suggest(kind: str, draft: SuggestionDraft) -> bool:
    """Suggest something to the staff of a partner, whoever takes such suggestions.

    `kind` is "task", or a plugin's ("conflicts.case"). False, and nothing is stored, where no
    plugin that is on takes the kind, or where the draft's key waits for an answer already or was
    dismissed. Raises Refusal for a draft that no page could show.
    """
    if kind not in kinds.every():
        return False
    live_key = f"{kind}:{draft.key}" if draft.key else None
    values: dict[str, Any] = {**_checked(draft), "kind": kind, "live_key": live_key}
    with atomic():
        made = StoredSuggestion.insert(**values, suggested_at=clock.now()).on_conflict(
            action="NOTHING", conflict_target=[StoredSuggestion.live_key]
        )
        if live_key is None:
            row = StoredSuggestion.create(**values)
        elif made.as_rowcount().execute():
            row = StoredSuggestion.get(StoredSuggestion.live_key == live_key)
        else:
            return False
        detail = {"partner": draft.partner_id, "kind": kind, "source": draft.source or "core"}
        audit.record("suggestion.made", f"suggestion:{row.id}", detail)
        _tell(row)
    return True


def accept(suggestion: Suggestion, *, by: Viewer) -> str | Link:
    """Make of it what its kind makes of it: the ref of that, or the page where somebody goes on.

    Raises Refusal, whatever the kind's own, and where somebody has answered it meanwhile.
    """
    kind = kinds.of(by).get(suggestion.kind)
    if kind is None:
        raise SuggestionRefused("This suggestion is not yours to accept.")
    with atomic():
        _check_open(suggestion.id)
        made = kind.accept(suggestion, by)
        if isinstance(made, str):
            settle_suggestion(suggestion.id, made, by=by)
        elif not (isinstance(made, Link) and is_path(made.url)):
            raise Junk(
                f"{kind.key}: accept answered neither a ref nor a Link to a page of this site"
            )
    return made


def settle_suggestion(suggestion_id: int, ref: str, *, by: Viewer) -> None:
    """Mark a suggestion as accepted, within the transaction that made `ref` of it.

    For kinds whose `accept` leads to a form. Raises Refusal where it was answered meanwhile.
    """
    with atomic():
        _close(suggestion_id, "accepted", by, made=refs.check(ref), live_key=None)
        audit.record("suggestion.accepted", f"suggestion:{suggestion_id}", {"made": ref})


def dismiss(suggestion: Suggestion, reason: str, *, by: Viewer) -> None:
    """Turn a suggestion down, with or without a reason; its key is not suggested again.

    Raises Refusal where somebody has answered it meanwhile.
    """
    reason = reason.strip()[:1000]
    with atomic():
        _close(suggestion.id, "dismissed", by, reason=reason)
        changes = [Change("reason", None, reason)] if reason else []
        audit.record("suggestion.dismissed", f"suggestion:{suggestion.id}", changes=changes)


def expire() -> None:
    """End what nobody has answered in 90 days: a daily job."""
    now = clock.now()
    old = StoredSuggestion.select(StoredSuggestion.id).where(
        StoredSuggestion.state == "new", StoredSuggestion.suggested_at < now - KEPT
    )
    with atomic():
        for (id_,) in list(old.limit(_AT_ONCE).tuples()):
            _close(id_, "expired", None, live_key=None)
            audit.record("suggestion.expired", f"suggestion:{id_}", actor="system")


def _close(suggestion_id: int, state: str, by: Viewer | None, **values: Any) -> None:
    """Write the answer if there is none yet: of two at once, the second is refused."""
    closed = StoredSuggestion.update(
        state=state, decided_at=clock.now(), decided_by=by.user_id if by else None, **values
    ).where(StoredSuggestion.id == suggestion_id, StoredSuggestion.state == "new")
    if not closed.execute():
        raise SuggestionRefused("This suggestion has been answered meanwhile.")


def _check_open(suggestion_id: int) -> None:
    waits = (StoredSuggestion.id == suggestion_id) & (StoredSuggestion.state == "new")
    if not StoredSuggestion.select().where(waits).exists():
        raise SuggestionRefused("This suggestion has been answered meanwhile.")


def _checked(draft: SuggestionDraft) -> dict[str, Any]:
    texts = {"title": str(draft.title).strip(), "text": str(draft.text).strip()}
    if not texts["title"]:
        raise SuggestionRefused("A suggestion says in its title what is suggested.")
    for name, text in (*texts.items(), ("key", draft.key)):
        if len(text) > LONGEST[name] or "\0" in text:
            raise SuggestionRefused("At most %(most)s characters.", most=LONGEST[name])
    if len(draft.evidence) > MOST_EVIDENCE:
        raise SuggestionRefused("At most %(most)s pieces of evidence.", most=MOST_EVIDENCE)
    if draft.source and draft.source not in current_host().registered:
        raise SuggestionRefused("There is no plugin %(name)s.", name=draft.source[:64])
    partner = (Partner.id == draft.partner_id) & Partner.merged_into.is_null()
    if not Partner.select().where(partner).exists():
        raise SuggestionRefused("There is no such partner.")
    evidence = json.dumps([refs.check(ref) for ref in draft.evidence])
    return texts | {"partner": draft.partner_id, "evidence": evidence, "source": draft.source}


def _tell(row: StoredSuggestion) -> None:
    """Tell the partner's owner and team, as far as their role may accept it."""
    may = kinds.every()[row.kind].permission
    roles = [role for role, keys in current_host().permissions.items() if may in keys]
    people = User.select(User.id).where(User.id.in_(staff_of(row.partner_id)), User.role.in_(roles))
    partner = Partner.select(Partner.name).where(Partner.id == row.partner_id).scalar()
    notify(
        EVENT,
        [id_ for (id_,) in people.tuples()],
        title=lambda: _("Suggested for %(partner)s: %(title)s", partner=partner, title=row.title),
        text=row.text,
        ref=f"suggestion:{row.id}",
        url=site_path("suggestions.index", _anchor=f"suggestion-{row.id}"),
        key=f"suggestion:{row.id}",
    )
