"""The sample desk: six partnerships with fifteen months of figures, the same on every machine.

Every text about a partner bears that partner's name, so that a leak to another would be seen.
"""

import random
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from app.core.accounts.models import User
from app.core.db import atomic
from app.core.kpis import demo_life, demo_targets, known, rollups
from app.core.kpis.demo_inputs import with_inputs
from app.core.kpis.demo_partners import (
    GAPS,
    MISSING,
    NOTES,
    PORTAL_CONTACTS,
    SAMPLES,
    WAITING,
    Sample,
)
from app.core.kpis.figures import TargetFigures
from app.core.kpis.models import Kpi
from app.core.kpis.rules import Definition, Direction, ValueType, is_closed
from app.core.kpis.services import ValueRow, record_kpi_values
from app.core.kpis.services.targets import TargetRow, write_targets
from app.core.kpis.totals import Figure
from app.core.partners import demo as story
from app.core.partners.models import Contact, Partner, PartnerTag
from app.core.partners.services import name_key
from app.core.periods import Calendar, Kind, Period
from app.core.quantities import MILLION

__all__ = ["MONTHS", "PORTAL_CONTACTS", "SAMPLES", "load"]

MONTHS = 15


class _Making(NamedTuple):
    calendar: Calendar
    today: date
    kpis: dict[str, Kpi]


def load(today: date, manager: User, contacts: dict[str, User]) -> None:
    """Add the sample partners with their people, targets and figures.

    `manager` owns them; `contacts` are the portal accounts by partner code (PORTAL_CONTACTS).
    The library must be installed.
    """
    with atomic():
        making = _Making(
            known.calendar(), today, {kpi.code: kpi for kpi in Kpi.select().where(Kpi.active)}
        )
        targets: list[TargetRow] = []
        values: list[ValueRow] = []
        waiting: list[tuple[str, ValueRow]] = []
        for sample in SAMPLES:
            partner = _partner(sample, today, manager, contacts.get(sample.code))
            for code in sample.kpis:
                for target, value, state in _figures(sample, code, partner.id, making):
                    targets.append(target)
                    if state == "waiting":
                        waiting.append((sample.code, value))
                    elif state == "reported":
                        values.append(value)
        values = with_inputs(values, making.kpis)
        write_targets(targets, {}, source="sample", by=manager.id)
        rollups.apply([], [(target.partner_id, target.period) for target in targets])
        record_kpi_values(values, source="sample", by=manager.id)
        demo_life.submit(waiting, making.kpis, contacts, manager)
        demo_life.correct(making.kpis, contacts, manager)
        first = SAMPLES[0]
        demo_targets.load(
            first.code, making.kpis, list(first.kpis), manager, today, making.calendar
        )


def _partner(sample: Sample, today: date, manager: User, account: User | None) -> Partner:
    partner = Partner.create(
        code=sample.code,
        name=sample.name,
        name_key=name_key(sample.name, sample.code),
        legal_name=f"{sample.name} Ltd",
        type=sample.type,
        status=sample.status,
        owner=manager,
        start_date=today - timedelta(days=700 if sample.status == "active" else 40),
        currency=sample.currency,
        website=f"https://{sample.code.lower()}.example.org",
        selection_score=70,
        created_by=manager,
    )
    PartnerTag.insert_many([{"partner": partner.id, "tag": tag} for tag in sample.tags]).execute()
    story.tell(partner, sample.goals, sample.strengths, sample.audience, manager)
    domain = f"{sample.code.lower()}.example.org"
    people = [
        ("host", manager.name, manager.email, "Partner manager for {}", "commercial finance", None),
        (
            "partner",
            sample.contact,
            account.email if account else f"{sample.contact.split()[0].lower()}@{domain}",
            "Head of partnerships, {}",
            "commercial finance escalation",
            account,
        ),
        (
            "partner",
            f"{sample.name} help desk",
            f"help@{domain}",
            "Help desk, {}",
            "technical",
            None,
        ),
    ]
    for at, (side, name, email, title, matters, user) in enumerate(people):
        Contact.create(
            partner=partner,
            side=side,
            name=name,
            email=email,
            title=title.format(sample.name),
            matters=matters,
            level="executive" if at == 1 else "operational",
            is_primary=at < 2,
            can_sign=at == 1,
            user=user,
        )
    story.add_history(partner, today, manager)
    return partner


def _figures(
    sample: Sample, code: str, partner_id: int, making: _Making
) -> list[tuple[TargetRow, ValueRow, str]]:
    """Target, figure and state (reported, waiting or missing) of each closed period of a KPI."""
    kpi = making.kpis[code]
    rule = known.definition(
        kpi.direction, kpi.aggregation, kpi.frequency, kpi.value_type, kpi.labels
    )
    text, level = sample.kpis[code]
    target = _target(rule, text)
    chance = random.Random(f"{sample.code} {code}")  # noqa: S311 - the same desk everywhere
    made: list[tuple[TargetRow, ValueRow, str]] = []
    months = MONTHS if sample.status == "active" else 3
    for age, period in enumerate(_closed(making, rule.frequency, kpi.due_days, months)):
        # One draw for each period, whether it is shown or not: gaps do not move the others.
        figure = _figure(rule, target, level, chance)
        if age in GAPS.get((sample.code, code), ()):
            continue
        state = "reported"
        if age == 0 and code in WAITING.get(sample.code, ()):
            state = "waiting"
        if age == 0 and code in MISSING.get(sample.code, ()):
            state = "missing"
        weight = 30 if code == next(iter(sample.kpis)) else 15
        figures = TargetFigures(
            target=target,
            threshold=_threshold(rule, target),
            baseline=None if rule.value_type is ValueType.ORDINAL else target * 9 // 10,
            weight=weight * MILLION,
            critical=weight == 30,
        )
        note = NOTES.get((sample.code, code), "") if age == 0 else ""
        key = (partner_id, kpi.id, period.key)
        made.append((TargetRow(*key, figures), ValueRow(*key, *figure, note), state))
    return made


def _closed(making: _Making, kind: Kind, due_days: int, months: int) -> list[Period]:
    """The closed periods of so many months, the latest first."""
    calendar = making.calendar
    last = calendar.containing(making.today, kind)
    while not is_closed(calendar.end(last), due_days, making.today):
        last = calendar.shift(last, -1)
    count = {Kind.MONTH: months, Kind.QUARTER: months // 3, Kind.HALF: months // 6}.get(kind, 1)
    return [calendar.shift(last, -age) for age in range(count)]


def _target(rule: Definition, text: str) -> int:
    if rule.value_type is ValueType.ORDINAL:
        # The library's labels may be in another language: they are known by their place.
        return ("Low", "Medium", "High").index(text) * MILLION
    return int(Fraction(text) * MILLION)


def _threshold(rule: Definition, target: int) -> int | None:
    if rule.value_type is ValueType.ORDINAL:
        return None
    return target * (11 if rule.direction is Direction.LOWER else 9) // 10


def _figure(rule: Definition, target: int, level: float, chance: random.Random) -> Figure:
    """A plausible figure for a target that is usually met by `level`."""
    reached = level * chance.uniform(0.9, 1.1)
    if rule.value_type is ValueType.ORDINAL:
        return Figure(value=target if reached > 0.95 else max(0, target - MILLION))
    wanted = target / MILLION / reached if rule.direction is Direction.LOWER else target / MILLION
    if rule.direction is not Direction.LOWER:
        wanted *= reached
    if rule.aggregation == "ratio":
        whole = chance.randrange(400, 900)
        part = round(whole * wanted)
        return Figure(
            num=(min(part, whole) if target < MILLION else part) * MILLION, den=whole * MILLION
        )
    return Figure(
        value=round(wanted) * MILLION if wanted > 5 else round(wanted * 100) * MILLION // 100
    )
