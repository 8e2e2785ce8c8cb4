"""Reporting a figure through a form, by staff and by contacts: files, the look at what a
restatement changes, then the submission."""

from dataclasses import dataclass, field
from typing import Any

from flask import g
from flask_babel import gettext as _

from app.core.contract import Effect
from app.core.kpis import queries, services
from app.core.kpis.forms import ValueForm, blame
from app.core.kpis.impact import effects
from app.core.kpis.presentation import period_code
from app.core.kpis.services.evidence import OWNER
from app.core.kpis.totals import Figure
from app.core.periods import Period


@dataclass(frozen=True, slots=True)
class Reported:
    """What became of a report: a revision, or a form to show again and what is to be told there."""

    revision_id: int | None = None
    effects: list[Effect] = field(default_factory=list)  # to be looked at before it is sent

    @property
    def status(self) -> int:
        """Of the page that shows the form again."""
        return 200 if self.effects else 422


def report(form: ValueForm, partner_id: int, kpi_id: int) -> Reported:
    """Submit what a form holds; a restatement only after its author has seen what it changes.

    Files are stored first, whatever is wrong with the rest: the form then names them.
    """
    _take_files(form)
    if not form.validate():
        return Reported()
    # The period was changed after the page had offered the files of another one.
    foreign = queries.files_of_other_periods(partner_id, kpi_id, form.period.data.key)
    form.kept.data = [id_ for id_ in form.kept.data or [] if id_ not in foreign]
    given = form.figure()
    figure = Figure(given.get("value"), given.get("num"), given.get("den"))
    key = partner_id, kpi_id, form.period.data.key
    seen = ":".join(str(part) for part in (key[2], *figure))
    if form.reason.data and form.seen.data != seen and not queries.is_locked(*key):
        found = effects(partner_id, kpi_id, form.period.data, figure)
        if found:
            form.seen.data = seen
            return Reported(effects=found)
    try:
        return Reported(
            services.submit_value(
                partner_id,
                kpi_id,
                form.period.data,
                by=g.viewer,
                note=form.note.data or "",
                reason=form.reason.data or "",
                approval=(form.approval.data or "") if form.approval else "",
                evidence=form.kept.data or (),
                **given,
            )
        )
    except services.KpiRefusal as refusal:
        blame(form, refusal)
        return Reported()


def kept_files(form: ValueForm | None, history: Any, code: str) -> list[Any]:
    """The files that a form offers to send: just uploaded, or of what was returned before.

    `code` is the period that the form begins with, as the address writes it.
    """
    if form is None:
        return []
    chosen = form.kept.data or []
    found = queries.waiting_files(chosen, g.viewer, OWNER) if chosen else []
    of_period = (row for row in history if period_code(Period.from_key(row.period)) == code)
    latest = next((row for row in of_period if row.state != "withdrawn"), None)
    if latest is not None and latest.state == "returned":
        back = [latest.id]
        known = {row.id for row in found}
        earlier = queries.evidence(back).get(back[0], [])
        found += [row for row in earlier if row.id not in known]
    return found


def _take_files(form: ValueForm) -> None:
    """Store what was uploaded, and name it in the form's hidden fields."""
    kept = list(form.kept.data or [])
    for upload in form.evidence.data or []:
        if not getattr(upload, "filename", ""):
            continue
        try:
            kept.append(services.store_evidence(upload, by=g.viewer))
        except services.FileRefusal as refusal:
            form.refused_files.append(_(refusal.message, **refusal.params))
    form.kept.data = kept
