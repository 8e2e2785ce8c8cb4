"""A wave is published: its results may be read, and its figures become KPIs and facts."""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import partial
from typing import Any

from peewee import JOIN

from app.api import (
    MILLION,
    Fact,
    FactKind,
    Refusal,
    ValueRow,
    Viewer,
    atomic,
    audit,
    kpis,
    now,
    organisation,
    record_kpi_values,
    settings,
    translations,
)
from plugins.surveys import pictures, reading, telling, words
from plugins.surveys.models import Invitation, PublishedFigure, Response, Wave
from plugins.surveys.planning import WaveRefusal
from plugins.surveys.reading import Read
from plugins.surveys.rules import definition as rules
from plugins.surveys.rules.results import Results

_ = translations("surveys").gettext
lazy_gettext = translations("surveys").lazy_gettext

KINDS = (
    FactKind("nps", lazy_gettext("Net promoter score of the last survey")),
    FactKind("csat", lazy_gettext("Satisfaction in the last survey"), "percent"),
    FactKind("rhi", lazy_gettext("Relationship index of the last survey")),
    FactKind("survey.answered", lazy_gettext("A survey answered within 12 months"), "yes_no"),
)
Figures = Mapping[str, tuple[int, int]]  # numerator and denominator by kind


def publish(wave: Wave, *, by: Viewer) -> None:
    """Let a closed wave's results be read; what it says of partners is recorded."""
    with atomic():
        done = (
            Wave.update(state="published", published_at=now())
            .where(Wave.id == wave.id, Wave.state == "closed")
            .execute()
        )
        if not done:
            raise WaveRefusal("Only a closed wave is published, and once.")
        wave.state = "published"
        at = wave.closed_at.date() if wave.closed_at else organisation().today()
        _record(wave, keep_figures(wave), at)
        audit("surveys.published", f"surveys_wave:{wave.id}", {"by": by.user_id})
        telling.tell_published(wave, by.user_id, partial(in_words, reading.shared(wave)))


def keep_figures(wave: Wave) -> dict[int | None, Figures]:
    """Write down what a published wave says of each partner and of everybody; returns it."""
    at = wave.closed_at.date() if wave.closed_at else organisation().today()
    found = figures(wave)
    for partner, some in found.items():
        for kind, (num, den) in some.items():
            PublishedFigure.create(wave=wave, partner=partner, kind=kind, num=num, den=den, at=at)
    return found


def in_words(read: Read) -> list[str]:
    """What may be seen, in a few sentences in the language of the moment."""
    found, reach = read.results, read.reach
    if not found.n:
        return [_("Too few people answered for anything to be shown.")]
    told = [
        _(
            "%(complete)s of %(eligible)s people answered.",
            complete=reach.complete,
            eligible=reach.eligible,
        )
    ]
    for one in found.questions:
        text = rules.words(one.question.text, words.reader_locale(), read.definition.locale)
        if one.total is not None and (one.total.nps or one.total.csat):
            told.append(f"{text} – {pictures.measure(one.total)}")
    if read.both is not None and read.both.index is not None:
        told.append(
            _(
                "Relationship index, 0 to 100: our side %(host)s, partners’ side %(partner)s.",
                host=words.number(read.both.host.index),
                partner=words.number(read.both.partner.index),
            )
        )
    return told


def figures(wave: Wave) -> dict[int | None, Figures]:
    """A wave's figures by partner, and of everybody under None; only what may be seen."""
    read = reading.read(wave, "partner") if wave.mode == "identified" else reading.read(wave)
    found: dict[int | None, dict[str, tuple[int, int]]] = {None: _of(read.results, None)}
    for partner in reading.partner_names(read):
        found[partner] = _of(read.results, f"partner:{partner}")
    for row in reading.partner_rows(wave):
        # The index of a partnership needs both sides; one side alone is no answer to it.
        both = row.both
        if both is not None and both.index is not None:
            found.setdefault(row.partner, {})["rhi"] = _score(both.index)
        elif row.partner in found:
            found[row.partner].pop("rhi", None)
    overall = reading.read(wave, "side").both if wave.mode == "identified" else read.both
    if overall is not None and overall.index is not None:
        found[None]["rhi"] = _score(overall.index)
    return {partner: some for partner, some in found.items() if some}


def _of(results: Results, cell: str | None) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for one in results.questions:
        figure = one.total if cell is None else one.cells.get(cell)
        if figure is None or not figure.n:
            continue
        if figure.nps is not None and "nps" not in found:
            found["nps"] = (100 * (figure.nps.promoters - figure.nps.detractors), figure.n)
        if figure.csat is not None and "csat" not in found:
            found["csat"] = (figure.csat.satisfied, figure.n)
    return found


def _score(index: Fraction) -> tuple[int, int]:
    return int(index * MILLION), MILLION


def _record(wave: Wave, found: Mapping[int | None, Figures], at: date) -> None:
    """The figures as KPIs, where the settings name one that fits."""
    chosen = settings("surveys")
    by_code = {row.code: row for row in kpis().values()}
    rows = []
    for partner, some in found.items():
        for kind, (num, den) in some.items():
            kpi = by_code.get(chosen.get(f"{kind}_kpi", ""))
            if partner is None or kpi is None:
                continue
            calendar = organisation().calendar
            period = calendar.containing(at, kpi.kind)
            given: dict[str, Any] = {
                "note": wave.title,
                "reason": wave.title,
            }  # it may restate a figure
            if kpi.value_type == "ratio" and kind == "csat":
                given |= {"num": num * MILLION, "den": den * MILLION}
            elif kpi.value_type == "number":
                given |= {"value": int(Fraction(num, den) * MILLION)}
            else:
                continue
            rows.append(ValueRow(partner, kpi.id, period.key, **given))
    if not rows:
        return
    try:
        with atomic():
            record_kpi_values(rows, source="surveys", by=None)
    except Refusal as refusal:  # a locked period, say: the results are published all the same
        audit("surveys.not_recorded", f"surveys_wave:{wave.id}", {"why": str(refusal)[:200]})


def values(partner_ids: Sequence[int], key: str, as_of: date) -> dict[int, Fact]:
    """What the latest published survey says of partners; unknown where none does."""
    if key == "survey.answered":
        return _answered(partner_ids, as_of)
    return {
        partner: Fact(int(value * MILLION), (f"surveys_wave:{wave}",))
        for partner, (value, wave) in reading.latest_figures(list(partner_ids), key, as_of).items()
    }


def _answered(partner_ids: Sequence[int], as_of: date) -> dict[int, Fact]:
    """Whether somebody of a partner answered by name within twelve months.

    No where they were asked and nobody did; who was asked in confidence or anonymously is unknown.
    """
    since = as_of.replace(year=as_of.year - 1, day=min(as_of.day, 28))
    rows = (
        Invitation.select(Invitation.partner, Response.complete)
        .join(Wave, on=(Invitation.wave == Wave.id))
        .join(Response, JOIN.LEFT_OUTER, on=(Response.invitation == Invitation.id))
        .where(
            Invitation.partner.in_(list(partner_ids)),
            Invitation.side == "partner",
            Wave.mode == "identified",
            Wave.state.in_(reading.SHOWN),
            Wave.opened_on >= since,
            Wave.opened_on <= as_of,
        )
        .tuples()
    )
    found: dict[int, bool] = {}
    for partner, complete in rows:
        found[partner] = found.get(partner, False) or bool(complete)
    return {partner: Fact(MILLION if yes else 0) for partner, yes in found.items()}
