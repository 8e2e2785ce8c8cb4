"""The SMART gate of a target: what the rules look at, and what each letter means in words."""

from collections.abc import Sequence

from flask_babel import lazy_gettext

from app.core.kpis.figures import TargetFigures, TargetTerms
from app.core.kpis.queries.definitions import KpiRow
from app.core.kpis.rules import Aim, Check, Letter, checks

LETTERS = {
    Letter.SPECIFIC: lazy_gettext("Specific: the KPI says in words what is measured"),
    Letter.MEASURABLE: lazy_gettext("Measurable: it has a unit and a way to add up"),
    Letter.ACHIEVABLE: lazy_gettext("Achievable: it starts from a baseline, or a reason is given"),
    Letter.RELEVANT: lazy_gettext("Relevant: it serves a goal of the partnership"),
    Letter.TIME_BOUND: lazy_gettext("Time-bound: it has a period and a day on which it is due"),
    Letter.DATA: lazy_gettext("Data: the source is named and both sides can reach it"),
}
MISSING = {
    "no_description": lazy_gettext("The KPI has no description: an administrator can add one."),
    "no_unit": lazy_gettext("The KPI has no unit: an administrator can name it."),
    "no_aggregation": lazy_gettext("The KPI does not say how its figures add up."),
    "no_baseline": lazy_gettext("Give the baseline: where the partnership starts from."),
    "no_justification": lazy_gettext(
        "The target is more than half away from the baseline: say why it can be reached."
    ),
    "no_goal": lazy_gettext("Choose the goal that it serves."),
    "no_period": lazy_gettext("Give the period."),
    "no_due_date": lazy_gettext("The KPI does not say when its figures are due."),
    "no_source": lazy_gettext("Name where the figures come from."),
    "no_access": lazy_gettext("Confirm that we can reach the source; the partner does so too."),
}


def gate(kpi: KpiRow, figures: TargetFigures, terms: TargetTerms) -> tuple[Check, ...]:
    """Each letter of a target of this KPI; the period is part of every target."""
    band = None
    if figures.band_lo is not None and figures.band_hi is not None:
        band = (figures.band_lo, figures.band_hi)
    return checks(
        Aim(
            description=kpi.description,
            value_type=kpi.definition.value_type,
            unit=kpi.unit,
            aggregation=kpi.aggregation,
            target=figures.target,
            band=band,
            baseline=figures.baseline,
            justification=terms.justification,
            has_goal=terms.goal_id is not None,
            due_days=kpi.due_days,
            data_source=terms.data_source or kpi.data_source,
            access_confirmed=terms.access_host,
        )
    )


def letters(found: Sequence[Check]) -> str:
    """The unmet letters as they are stored: "ARD"."""
    return "".join(check.letter for check in found if not check.met)
