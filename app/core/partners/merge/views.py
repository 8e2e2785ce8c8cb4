"""Merging two partners: name the other, see everything that will happen, confirm by its code."""

from typing import Any

from flask import g, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from app.core.accounts.models import User
from app.core.kpis import queries as kpi_queries
from app.core.kpis.presentation import figure, period_label
from app.core.partners import labels
from app.core.partners.fields.labels import value_text
from app.core.partners.merge import queries, services
from app.core.partners.merge.queries import Clash, Difference, Preview
from app.core.partners.models import Partner
from app.core.partners.queries import get, readable
from app.core.partners.views import blueprint
from app.core.periods import Period
from app.core.quantities import MILLION, to_fraction
from app.security import requires
from app.web import render, saved

FACT_WORDS = {
    "name": lazy_gettext("Name"),
    "legal_name": lazy_gettext("Legal name"),
    "type": lazy_gettext("Type"),
    "owner": lazy_gettext("Owner"),
    "start_date": lazy_gettext("Partner since"),
    "end_date": lazy_gettext("Ended"),
    "website": lazy_gettext("Website"),
    "selection_score": lazy_gettext("Selection score"),
    "maturity": lazy_gettext("Maturity"),
    "timezone": lazy_gettext("Time zone"),
    "locale": lazy_gettext("Language"),
    "matters": lazy_gettext("Matters in use"),
}
TABLE_WORDS = {
    "contact": lazy_gettext("Contacts"),
    "partner_profile": lazy_gettext("Versions of the profile"),
    "announcement_partner": lazy_gettext("Announcements"),
    "partner_tag": lazy_gettext("Tags"),
    "partner_team": lazy_gettext("Team members"),
    "partner_region": lazy_gettext("Regions"),
    "custom_value": lazy_gettext("Values of custom fields"),
    "interaction": lazy_gettext("Interactions"),
    "partner_goal": lazy_gettext("Mutual goals"),
    "target": lazy_gettext("Targets"),
    "target_revision": lazy_gettext("Revisions of targets"),
    "value": lazy_gettext("Approved figures"),
    "revision": lazy_gettext("Revisions of figures"),
    "target_decision": lazy_gettext("Decisions on targets"),
    "value_comment": lazy_gettext("Comments on figures"),
    "declared_miss": lazy_gettext("Figures declared missed"),
    "unlocking": lazy_gettext("Reasons for unlocking"),
    "task": lazy_gettext("Tasks"),
    "suggestion": lazy_gettext("Suggestions"),
    "document": lazy_gettext("Documents"),
    "partner": lazy_gettext("Partners merged earlier"),
}


@blueprint.route("/<int:partner_id>/merge", methods=["GET", "POST"])
@requires("partners.admin")
def merge(partner_id: int) -> Any:
    """Let another partner's records be this one's."""
    kept = get(partner_id, g.viewer)
    code = (request.form if request.method == "POST" else request.args).get("other", "").strip()
    gone = _by_code(code)
    if gone is None or gone.id == kept.id:
        wrong = _("Give the code of another partner.") if code else ""
        status = 422 if code or request.method == "POST" else 200
        return render(
            "partners/merge/choose.html", status=status, partner=kept, code=code[:32], wrong=wrong
        )
    if request.method == "GET":
        return _preview(kept, gone)
    return _merge(kept, gone)


def _merge(kept: Partner, gone: Partner) -> Any:
    if request.form.get("confirm", "").strip().upper() != gone.code:
        return _preview(kept, gone, _("Type %(code)s to confirm.", code=gone.code), 422)
    plan = queries.preview(kept, gone)
    taken = {name for name, side in request.form.items() if side == "gone"}
    others = request.form.get("others") == "gone"
    choices = services.Choices(
        frozenset(taken & ({d.name for d in plan.differences} | {"profile"})),
        frozenset(
            clash.name
            for clash in plan.clashes
            if request.form.get(clash.name, "gone" if others else "kept") in _sides(others)
        ),
    )
    try:
        services.merge(kept.id, gone.id, choices, by=g.viewer, versions=_versions())
    except services.MergeRefusal as refusal:
        words = _(refusal.message, **refusal.params) if refusal.params else _(refusal.message)
        return _preview(_fresh(kept), _fresh(gone), words, 422)
    return saved(
        _("%(gone)s is now part of %(kept)s.", gone=gone.name, kept=kept.name),
        url_for("partners.show", partner_id=kept.id),
    )


def _sides(others: bool) -> tuple[str, ...]:
    return ("gone", "others") if others else ("gone",)


def _fresh(partner: Partner) -> Partner:
    return Partner.get_by_id(partner.id)


def _by_code(code: str) -> Partner | None:
    found: Partner | None = (
        Partner.select().where(Partner.code == code.upper()[:32], readable(g.viewer)).first()
    )
    return found


def _versions() -> tuple[int, int]:
    texts = request.form.get("kept_version", ""), request.form.get("gone_version", "")
    first, second = (int(t) if t.isdecimal() and len(t) < 10 else -1 for t in texts)
    return first, second


def _preview(kept: Partner, gone: Partner, wrong: str = "", status: int = 200) -> Any:
    plan = queries.preview(kept, gone)
    return render(
        "partners/merge/preview.html",
        status=status,
        partner=kept,
        gone=gone,
        plan=plan,
        wrong=wrong,
        chosen=request.form,
        labels=labels,
        facts=_facts(plan),
        clashes=_clashes(plan),
        tables=[(str(TABLE_WORDS.get(t, t)), *counts) for t, counts in plan.moving.items()],
    )


def _facts(plan: Preview) -> list[tuple[str, ...]]:
    people: dict[int, str] = dict(User.select(User.id, User.name).tuples())
    return [
        (d.name, _label(d), *(_word(d, value, people) for value in (d.kept, d.gone)))
        for d in plan.differences
    ]


def _label(difference: Difference) -> str:
    if difference.field is not None:
        return difference.field.label
    return str(FACT_WORDS.get(difference.name, difference.name.replace("_", " ").capitalize()))


def _word(difference: Difference, value: Any, people: dict[int, str]) -> str:
    if difference.field is not None:
        return value_text(value) or "–"
    if difference.name == "owner":
        return people.get(value, "–")
    if difference.name == "type":
        return str(labels.TYPES[value])
    return (
        "–" if value in (None, "") else value_text(value) if hasattr(value, "year") else str(value)
    )


def _clashes(plan: Preview) -> list[tuple[Any, ...]]:
    kpis = kpi_queries.definitions(active_only=False)
    return [
        (
            clash,
            kpis[clash.kpi_id].name,
            period_label(Period.from_key(clash.period)),
            *(
                _figures(clash, side, kpis[clash.kpi_id], plan.kept.currency)
                for side in (clash.kept, clash.gone)
            ),
        )
        for clash in plan.clashes
    ]


def _figures(clash: Clash, side: Any, kpi: Any, currency: str) -> str:
    """What a side has: the figure, or the target with what else differs left to its own page."""
    value = side["target" if clash.table == "target" else "value"]
    if value is None and side.get("den"):
        value = to_fraction(side["num"]) / to_fraction(side["den"])
        return figure(value, kpi, currency)
    if value is None and side.get("band_lo") is not None:
        return f"{figure(_units(side['band_lo']), kpi)} – {figure(_units(side['band_hi']), kpi)}"
    return figure(None if value is None else _units(value), kpi, currency)


def _units(millionths: int) -> Any:
    return to_fraction(millionths) if millionths % MILLION else millionths // MILLION
