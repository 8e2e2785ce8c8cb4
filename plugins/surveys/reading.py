"""Waves' results out of the database, always through `rules.results`: nothing else reads answers
of more than one person."""

import json
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

from app.api import Partner
from plugins.surveys import waves
from plugins.surveys.models import Ballot, Invitation, PublishedFigure, Response, Wave, person_of
from plugins.surveys.rules import audience, benchmark, nps, results, rhi
from plugins.surveys.rules import definition as definitions
from plugins.surveys.rules.benchmark import Comparison
from plugins.surveys.rules.definition import Definition
from plugins.surveys.rules.response_rate import Reach
from plugins.surveys.rules.results import Answered, Results

SHOWN = ("closed", "published")
YEAR = 366  # days within which figures are compared
COURSE = 40  # waves that are looked through for those that asked the same partners


@dataclass(frozen=True, slots=True)
class Read:
    """A wave with what may be seen of it; `both` only where both sides may be."""

    wave: Wave
    definition: Definition
    groups: dict[str, int]  # how many were asked
    results: Results
    reach: Reach
    both: rhi.Both | None


def read(wave: Wave, by: str = "") -> Read:
    """What may be seen of a closed wave. Raises ValueError while it is open: nobody sees it then.

    `by` is another breakdown, of waves by name only: there everybody is known.
    """
    if wave.state not in SHOWN:
        raise ValueError("a wave has no results before it is closed")
    definition = definitions.loads(waves.latest_version_of(wave).definition)
    named = wave.mode == "identified"
    breakdown = by if named and by else wave.breakdown
    kept = [one for one in audience.loads_groups(wave.cells) if one.invited]
    groups = _named_groups(wave, breakdown) if named else {one.key: one.invited for one in kept}
    answered = _answered(wave, breakdown, named)
    k = None if named else wave.k
    changed = [one.key for one in kept if one.changed and not named]
    found = results.results(definition, answered, list(groups), k, changed)
    reach = Reach(wave.invited, wave.bounced, wave.ineligible, wave.complete, wave.partial)
    return Read(wave, definition, groups, found, reach, _both(found))


def shared(wave: Wave) -> Read:
    """What those who were asked may see of a published wave: everybody together, and both sides.

    Never by partner or department. In waves by name a side that is one or two people would be
    shown by it, so there the rule of small groups holds too. Free text stays with staff.
    """
    found = read(wave, "side")
    named = wave.mode == "identified"
    if named or wave.breakdown != "side":
        definition = found.definition
        answered = _answered(wave, "side", named)
        if not named:  # the only other breakdowns: everybody is one group
            answered = [one._replace(cell="") for one in answered]
        groups = list(found.groups) if named else [""]
        again = results.results(definition, answered, groups, wave.k)
        found = replace(found, results=again, both=_both(again))
    quiet = tuple(q for q in found.results.questions if not q.question.type.is_text)
    return replace(found, results=replace(found.results, questions=quiet))


def _both(found: Results) -> rhi.Both | None:
    host, partner = found.sides.get("side:host"), found.sides.get("side:partner")
    return rhi.of_both(host, partner) if host and partner else None


def _named_groups(wave: Wave, breakdown: str) -> dict[str, int]:
    """How many of each group were asked, of a wave by name."""
    rows = Invitation.select(Invitation.side, Invitation.partner).where(Invitation.wave == wave.id)
    return dict(sorted(Counter(_named_key(breakdown, *row) for row in rows.tuples()).items()))


def _named_key(breakdown: str, side: str, partner: int | None) -> str:
    if breakdown == "side":
        return f"side:{side}"
    if breakdown == "partner":
        return f"partner:{partner}" if partner else ""
    if breakdown == "partner_side":
        return f"partner:{partner} side:{side}" if partner else ""
    return ""


def _answered(wave: Wave, breakdown: str, named: bool) -> list[Answered]:
    if wave.mode == "anonymous":
        kept = audience.loads_groups(wave.cells)
        rows = Ballot.select(Ballot.cell, Ballot.answers).where(Ballot.wave == wave.id)
        return [
            Answered(kept[cell].key, json.loads(answers))
            for cell, answers in rows.order_by(Ballot.ballot_hash).tuples()
        ]
    who = (Invitation.id, Invitation.side, Invitation.contact, Invitation.user)
    rows = (
        Response.select(Invitation.cell, Invitation.partner, Response.answers, *who)
        .join(Invitation)
        .where(Response.wave == wave.id, Response.complete)
        .order_by(Response.id)
        .tuples()
    )
    kept = audience.loads_groups(wave.cells)
    return [
        Answered(
            _named_key(breakdown, side, partner) if named else kept[cell].key,
            json.loads(answers),
            person_of(id_, side, contact, user),
        )
        for cell, partner, answers, id_, side, contact, user in rows
    ]


def partner_names(read_: Read) -> dict[int, str]:
    """The names of partners that groups are about; not of those that ended in another."""
    ids = [
        int(key.split(":")[1].split(" ")[0]) for key in read_.groups if key.startswith("partner:")
    ]
    rows = Partner.select(Partner.id, Partner.name).where(Partner.id.in_(ids))
    return dict(rows.where(Partner.merged_into.is_null()).tuples())


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """What one partner's people and ours say of working together, of a wave by name."""

    partner: int
    host: rhi.Side | None
    side: rhi.Side | None

    @property
    def both(self) -> rhi.Both | None:
        """Both sides, where both are there."""
        return rhi.of_both(self.host, self.side) if self.host and self.side else None


def partner_rows(wave: Wave) -> list[PartnerRow]:
    """The relationship by partner and side; of waves by name only."""
    if wave.mode != "identified":
        return []
    found = read(wave, "partner_side")
    sides: dict[int, dict[str, rhi.Side]] = {}
    for key, side in found.results.sides.items():
        if key:
            partner, _space, which = key.partition(" side:")
            sides.setdefault(int(partner.removeprefix("partner:")), {})[which] = side
    return [
        PartnerRow(partner, some.get("host"), some.get("partner"))
        for partner, some in sorted(sides.items())
    ]


def course(wave: Wave) -> list[Read]:
    """The waves that asked the same partners the same survey up to this one, the oldest first."""
    rows = (
        Wave.select()
        .where(Wave.survey == wave.survey_id, Wave.id <= wave.id, Wave.state.in_(SHOWN))
        .order_by(Wave.id.desc())
        .limit(COURSE)
    )
    same = [one for one in rows if audience.asks_same(one.audience, wave.audience)]
    return [read(one, "side") for one in reversed(same)]


def latest_figures(
    partner_ids: list[int], kind: str, as_of: date
) -> dict[int, tuple[Fraction, int]]:
    """The latest published figure of a kind by partner, with its wave's id."""
    rows = (
        PublishedFigure.select(
            PublishedFigure.partner, PublishedFigure.num, PublishedFigure.den, PublishedFigure.wave
        )
        .where(
            PublishedFigure.partner.in_(partner_ids),
            PublishedFigure.kind == kind,
            PublishedFigure.at <= as_of,
        )
        .order_by(PublishedFigure.at, PublishedFigure.id)
        .tuples()
    )
    return {partner: (Fraction(num, den), wave) for partner, num, den, wave in rows}


def comparisons(partner_id: int, as_of: date, k: int) -> dict[str, Comparison]:
    """A partner's latest published figures beside those before, and beside other partners'.

    What others said more than a year ago is not compared with; percentages are of 100.
    """
    rows = (
        PublishedFigure.select(
            PublishedFigure.kind,
            PublishedFigure.partner,
            PublishedFigure.num,
            PublishedFigure.den,
            PublishedFigure.at,
        )
        .where(PublishedFigure.partner.is_null(False), PublishedFigure.at <= as_of)
        .order_by(PublishedFigure.at, PublishedFigure.id)
        .tuples()
    )
    own: dict[str, list[Fraction]] = {}
    answered: dict[str, int] = {}  # of the latest
    others: dict[str, dict[int, Fraction]] = {}
    for kind, partner, num, den, at in rows:
        value = Fraction(num, den) * (100 if kind == "csat" else 1)
        if partner == partner_id:
            own.setdefault(kind, []).append(value)
            answered[kind] = den
        elif at > as_of - timedelta(YEAR):
            others.setdefault(kind, {})[partner] = value
    return {
        kind: replace(
            benchmark.compared(
                course[-1],
                course[-2] if len(course) > 1 else None,
                others.get(kind, {}).values(),
                k,
            ),
            indicative=kind == "nps" and answered[kind] < nps.ENOUGH,
        )
        for kind, course in own.items()
    }
