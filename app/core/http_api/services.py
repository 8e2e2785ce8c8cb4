"""Tokens, and figures that other programs send."""

import hashlib
import json
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from app.core import audit, clock
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.http_api import rules
from app.core.http_api.models import ApiAnswer, ApiToken
from app.core.kpis import known, services, telling
from app.core.kpis.imports.cells import said
from app.core.kpis.imports.problems import Problem, Problems, TooManyProblemsError
from app.core.kpis.imports.rows import Rows, ValueDraft
from app.core.kpis.imports.tables import Row, Source
from app.core.kpis.refusals import KpiRefusal
from app.core.kpis.services import ValueRow
from app.core.kpis.services.recording import NOTHING, Standing, standings, write_current
from app.core.partners.models import Partner
from app.core.partners.queries import editable_by, readable
from app.core.periods import Period

SENT = Source("values", "request", b"")
USED_EVERY = timedelta(minutes=1)


def issue(
    *, name: str, scopes: Sequence[str], user_id: int, expires_at: datetime | None, by: Viewer
) -> tuple[int, str]:
    """Make a token in somebody's name; returns its id and the secret, which is never shown again.

    Only its hash is kept.
    """
    secret = rules.PREFIX + secrets.token_urlsafe(32)
    with atomic():
        token = ApiToken.create(
            name=name,
            token_hash=hashed(secret),
            ending=secret[-4:],
            scopes=" ".join(scopes),
            user=user_id,
            created_by=by.user_id,
            expires_at=expires_at,
        )
        audit.record(
            "api_token.issued", f"api_token:{token.id}", {"user": user_id, "scopes": list(scopes)}
        )
    return int(token.id), secret


def revoke(token_id: int) -> None:
    """End a token at once."""
    with atomic():
        changed = (
            ApiToken.update(revoked_at=clock.now())
            .where(ApiToken.id == token_id, ApiToken.revoked_at.is_null())
            .execute()
        )
        if changed:
            audit.record("api_token.revoked", f"api_token:{token_id}")


def held(user_id: int) -> list[str]:
    """The living tokens in a person's name, in words."""
    rows = ApiToken.select().where(_living(user_id)).order_by(ApiToken.id)
    return [_("the API token “%(name)s”", name=row.name) for row in rows]


def end(user_id: int) -> None:
    """End every token in a person's name, in the caller's transaction."""
    for (token_id,) in list(ApiToken.select(ApiToken.id).where(_living(user_id)).tuples()):
        revoke(token_id)


def _living(user_id: int) -> Any:
    unexpired = ApiToken.expires_at.is_null() | (ApiToken.expires_at > clock.now())
    return (ApiToken.user == user_id) & ApiToken.revoked_at.is_null() & unexpired


def note_use(token: ApiToken) -> None:
    """Remember that a token was used, once a minute at most."""
    now = clock.now()
    if token.used_at is None or now - token.used_at > USED_EVERY:
        with atomic():
            ApiToken.update(used_at=now).where(ApiToken.id == token.id).execute()


def forget_answers() -> None:
    """Drop answers that nobody will ask for again: a scheduled job."""
    with atomic():
        ApiAnswer.delete().where(ApiAnswer.at < clock.now() - rules.KEPT).execute()


def hashed(secret: str) -> str:
    """The form in which a secret is kept; 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def send_values(
    cells: Sequence[dict[str, str]], *, good_rows: bool, token_id: int, by: Viewer
) -> dict[str, Any]:
    """Record figures, or with a contact's or manager's token submit them; each row is answered.

    An administrator's figures are recorded as an import records them: approved at once, one that
    differs from what stands is a restatement, a locked one an error. Others' figures wait for
    approval. With an error nothing is written, unless `good_rows`. Inside the caller's
    transaction, if there is one.
    """
    rows = Rows(known.calendar(), Problems())
    rows.load()
    # A stranger's code and one that nobody has are the same to whoever sends it.
    rows.known_partners = {r[0] for r in Partner.select(Partner.code).where(readable(by)).tuples()}
    read = [_read(rows, number, row) for number, row in enumerate(cells, start=1)]
    outcomes: list[dict[str, Any]] = [
        _outcome(number, "error", _errors(problems)) for number, (_d, problems) in enumerate(read)
    ]
    drafts = {n: draft for n, (draft, problems) in enumerate(read) if draft and not problems}
    write = _record if by.can("imports.run") else _submit
    with atomic() as transaction:
        with telling.together(by):
            outcomes_of_good = write(drafts, rows, token_id, by)
        for number, outcome in outcomes_of_good.items():
            outcomes[number] = outcome
        wrong = sum(outcome["outcome"] == "error" for outcome in outcomes)
        if wrong and not good_rows:
            transaction.rollback()
            for outcome in outcomes:
                if outcome["outcome"] != "error":
                    outcome["outcome"] = "not_written"
    written = sum(outcome["outcome"] in ("new", "restated", "submitted") for outcome in outcomes)
    return {"written": written, "errors": wrong, "outcomes": outcomes}


def _read(
    rows: Rows, number: int, cells: dict[str, str]
) -> tuple[ValueDraft | None, list[Problem]]:
    """One row as an import reads it; the note's own rules are the import's too."""
    before = len(rows.problems.found)
    known_before = set(rows.values)
    try:
        rows.add(Row(SENT, number, cells, decimal_comma=False))
    except TooManyProblemsError:
        rows.problems.found = rows.problems.found[:1]
        return None, [rows.problems.found[0]]
    problems = rows.problems.found[before:]
    added = [rows.values[key] for key in rows.values.keys() - known_before]
    return (added[0] if added else None), problems


def _errors(problems: Sequence[Problem]) -> list[dict[str, str]]:
    return [
        {"field": _FIELDS.get(p.column, p.column), "value": p.value, "expected": p.expected}
        for p in problems
    ]


_FIELDS = {"partner_code": "partner", "kpi_code": "kpi"}


def _outcome(number: int, outcome: str, errors: list[dict[str, str]]) -> dict[str, Any]:
    return {"row": number, "outcome": outcome, "errors": errors}


def _record(
    drafts: dict[int, ValueDraft], rows: Rows, token_id: int, by: Viewer
) -> dict[int, dict[str, Any]]:
    """Record figures as approved, and say what each was."""
    if not drafts:
        return {}
    ids = dict(Partner.select(Partner.code, Partner.id).where(readable(by)).tuples())
    wanted = {
        n: ValueRow(ids[d.partner], rows.stored[d.kpi].id, d.period, *d.figure, d.note)
        for n, d in drafts.items()
    }
    before = standings([row.key for row in wanted.values()])
    outcomes = {n: _recorded(n, row, before.get(row.key, NOTHING)) for n, row in wanted.items()}
    good = [row for n, row in wanted.items() if outcomes[n]["outcome"] in ("new", "restated")]
    if good:
        source = f"api:{token_id}"
        found = write_current(
            [row._replace(reason=row.note or source) for row in good], source=source, by=by.user_id
        )
        audit.record(
            "kpi_values.recorded", source, {"rows": len(found.first) + len(found.restated)}
        )
    return outcomes


def _recorded(number: int, row: ValueRow, before: Standing) -> dict[str, Any]:
    if before.current == row.figure:
        return _outcome(number, "unchanged", [])
    if before.locked:
        locked = _("a figure that is not locked: an administrator can unlock it")
        return _outcome(number, "error", [{"field": "period", "value": "", "expected": locked}])
    return _outcome(number, "new" if before.current is None else "restated", [])


def _submit(
    drafts: dict[int, ValueDraft], rows: Rows, token_id: int, by: Viewer
) -> dict[int, dict[str, Any]]:
    """Submit figures for approval; what the service refuses is the row's error."""
    mine = editable_by(by) if by.is_staff else readable(by)
    ids = dict(Partner.select(Partner.code, Partner.id).where(mine).tuples())
    outcomes: dict[int, dict[str, Any]] = {}
    for number, draft in drafts.items():
        partner_id = ids.get(draft.partner)
        if partner_id is None:
            expected = _("the code of a partner whose figures are yours to send")
            error = {"field": "partner", "value": draft.partner, "expected": expected}
            outcomes[number] = _outcome(number, "error", [error])
            continue
        try:
            with atomic():
                services.submit_value(
                    partner_id,
                    rows.stored[draft.kpi].id,
                    Period.from_key(draft.period),
                    by=by,
                    value=draft.figure.value,
                    num=draft.figure.num,
                    den=draft.figure.den,
                    note=draft.note,
                    reason=draft.note,
                )
            outcomes[number] = _outcome(number, "submitted", [])
        except KpiRefusal as refusal:
            error = {"field": refusal.field or "value", "value": "", "expected": said(refusal)}
            outcomes[number] = _outcome(number, "error", [error])
    if any(outcome["outcome"] == "submitted" for outcome in outcomes.values()):
        audit.record("kpi_values.submitted", f"api:{token_id}", {"rows": len(outcomes)})
    return outcomes


def keep_answer(token_id: int, key: str, request_hash: str, status: int, answer: Any) -> None:
    """Remember what a request was answered, in the transaction of its writes."""
    ApiAnswer.create(
        token=token_id,
        key=key,
        request_hash=request_hash,
        status=status,
        answer=json.dumps(answer, ensure_ascii=False),
    )
