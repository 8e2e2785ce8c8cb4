"""The simulation of a programme: one page, whose address holds all that was supposed."""

from decimal import Decimal
from typing import Any

from flask import abort, request

from app.api import (
    Column,
    Page,
    currency_exponent,
    download_table,
    organisation,
    page_number,
    render,
    requires,
    translations,
    viewer,
    wanted_format,
)
from plugins.incentives.blueprints import staff
from plugins.incentives.ledger import words
from plugins.incentives.programmes import queries as programmes
from plugins.incentives.programmes.definition import Definition
from plugins.incentives.programmes.models import Programme
from plugins.incentives.programmes.queries import definition_of
from plugins.incentives.simulation.forms import SimulationForm
from plugins.incentives.simulation.queries import Simulation, names, simulate

_ = translations("incentives").gettext

PER_PAGE = 50


@staff.get("/programmes/<int:programme_id>/simulation")
@requires("incentives.simulate")
def simulation(programme_id: int) -> Any:
    """Who would move, and what it would cost, under other rules or figures; writes nothing."""
    programme = programmes.programme_or_404(programme_id)
    form = SimulationForm(request.args, programme_id)
    asked = bool(request.args)
    found, sides = None, None
    if asked and form.validate():
        sides = _definitions(programme, form.rules.data)
        day = form.day.data or organisation().today()
        found = simulate(viewer(), programme, *sides, day, form.supposed, form.stated)
        if kind := wanted_format():
            return download_table(found.rows, _columns(programme, *sides), "simulation", kind)
    number = page_number()
    rows = found.rows[(number - 1) * PER_PAGE : number * PER_PAGE] if found else ()
    return render(
        "incentives/simulation/index.html",
        "incentives/simulation/_result.html",
        status=422 if asked and not found else 200,
        programme=programme,
        form=form,
        partners=names(viewer()),
        found=found,
        rows=rows,
        page=Page(number, PER_PAGE, len(found.rows)) if found else None,
        names=_names(*sides) if sides else {},
        ladder=_ladder(found, *sides) if found and sides else [],
        money=words.money,
        sums=words.figure,
    )


def _definitions(programme: Programme, number: str) -> tuple[Definition, Definition]:
    """Today's rules, and those to compare with; without rules in force both are the latter."""
    version = programmes.version_of(programme.id, int(number))
    if version is None:
        abort(404)
    current = programmes.current_version(programme.id, organisation().today())
    after = definition_of(version)
    return definition_of(current) if current else after, after


def _names(before: Definition, after: Definition) -> dict[str, str]:
    """Tiers' names by key; where the versions differ, as they will be."""
    return {"": str(_("No tier"))} | {
        tier.key: tier.name for one in (before, after) for tier in one.tiers
    }


def _ladder(found: Simulation, before: Definition, after: Definition) -> list[tuple[str, int, int]]:
    """Each tier, the highest first, with how many would hold it on either side; then none."""
    names = _names(before, after)
    ranked = sorted(names, key=lambda key: after.rank(key) or before.rank(key), reverse=True)
    was, becomes = found.before.tiers, found.after.tiers
    rows = [(names[key], was.get(key, 0), becomes.get(key, 0)) for key in ranked]
    return [row for key, row in zip(ranked, rows, strict=True) if key or row[1] or row[2]]


def _columns(programme: Programme, before: Definition, after: Definition) -> list[Column]:
    names = _names(before, after)
    places = currency_exponent(programme.currency)

    def amount(minor: int | None) -> Decimal | None:
        return None if minor is None else Decimal(minor).scaleb(-places)

    return [
        Column(_("Code"), lambda row: row.code),
        Column(_("Partner"), lambda row: row.name),
        Column(_("Tier today"), lambda row: names[row.compared.before.tier]),
        Column(_("Tier then"), lambda row: names[row.compared.after.tier]),
        Column(_("Step"), lambda row: row.compared.step),
        Column(_("Cost today"), lambda row: amount(row.compared.before.cost)),
        Column(_("Cost then"), lambda row: amount(row.compared.after.cost)),
        Column(_("Currency"), lambda _row: programme.currency),
    ]
