"""A programme read back in plain words, in the reader's language.

A threshold is told with every decimal that is stored: nothing is rounded across a decision.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from app.api import MILLION, Kind, currency_exponent, figure, translations
from plugins.incentives.programmes.definition import (
    Definition,
    Group,
    Measures,
    Mode,
    Node,
    Operator,
    Promotion,
    Requirement,
    RewardKind,
    Span,
    Window,
)
from plugins.incentives.programmes.glossary import Glossary

_ = translations("incentives").gettext
ngettext = translations("incentives").ngettext
lazy_gettext = translations("incentives").lazy_gettext

COLOURS: Mapping[str, Any] = {
    "blue": lazy_gettext("Blue"),
    "bronze": lazy_gettext("Bronze"),
    "silver": lazy_gettext("Silver"),
    "gold": lazy_gettext("Gold"),
    "platinum": lazy_gettext("Platinum"),
    "green": lazy_gettext("Green"),
    "violet": lazy_gettext("Violet"),
    "rose": lazy_gettext("Rose"),
    "grey": lazy_gettext("Grey"),
}
KINDS: Mapping[RewardKind, Any] = {
    RewardKind.BONUS: lazy_gettext("Bonus"),
    RewardKind.FLAT: lazy_gettext("Flat sum"),
    RewardKind.PERCENT: lazy_gettext("Percentage"),
    RewardKind.MARGINAL: lazy_gettext("Bands, each part at its own rate"),
    RewardKind.RETROACTIVE: lazy_gettext("Bands, all at the rate reached"),
    RewardKind.PROFIT_SHARE: lazy_gettext("Profit share"),
    RewardKind.RECOGNITION: lazy_gettext("Recognition"),
    RewardKind.AWARD: lazy_gettext("Award"),
    RewardKind.ACCESS: lazy_gettext("Access"),
    RewardKind.BADGE: lazy_gettext("Badge"),
    RewardKind.TRAINING: lazy_gettext("Training"),
    RewardKind.SUPPORT: lazy_gettext("Support"),
    RewardKind.MARKETING: lazy_gettext("Joint marketing"),
}
PERIODS: Mapping[Kind, Any] = {
    Kind.MONTH: lazy_gettext("each month"),
    Kind.QUARTER: lazy_gettext("each quarter"),
    Kind.HALF: lazy_gettext("each half-year"),
    Kind.YEAR: lazy_gettext("each year"),
}
REVIEWS: Mapping[Kind, Any] = {
    Kind.MONTH: lazy_gettext("Every month"),
    Kind.QUARTER: lazy_gettext("Every quarter"),
    Kind.HALF: lazy_gettext("Every half-year"),
    Kind.YEAR: lazy_gettext("Every year"),
}
PROMOTIONS: Mapping[Promotion, Any] = {
    Promotion.AUTO: lazy_gettext("At once, as soon as it is reached"),
    Promotion.REVIEW: lazy_gettext("Proposed, and decided by the partner’s manager"),
}


class Plain(NamedTuple):
    """A number without a unit of its own: how a fact's or a share's figure is shown."""

    value_type: str = "number"
    unit: str = ""
    label_list: tuple[str, ...] = ()


PERCENT = Plain("percent", "%")
NUMBER = Plain()


class Said(NamedTuple):
    """A condition or group in words; a requirement has no parts."""

    key: str
    text: str
    points: int = 0
    parts: tuple["Said", ...] = ()
    mode: str = ""  # of a group: all, any, points

    @property
    def group(self) -> bool:
        """Whether it holds others."""
        return bool(self.mode)


def number(millionths: int, measured: Any = NUMBER, currency: str = "") -> str:
    """A stored quantity with every decimal, as a KPI's figures read."""
    return figure(Fraction(millionths, MILLION), measured, currency, exact=True)


def amount(minor: int, currency: str) -> str:
    """A sum of money from its minor units."""
    value = Fraction(minor, 10 ** currency_exponent(currency))
    return figure(value, Plain("money", currency), currency, exact=True)


def rate(millionths: int) -> str:
    """A share of 1 as per cent."""
    return number(millionths, PERCENT)


# ---- Conditions


def subject(requirement: Requirement, glossary: Glossary) -> str:
    """What a condition looks at, by its name; its code where nobody knows it any more."""
    if requirement.measures is Measures.SCORECARD:
        return str(_("Scorecard"))
    if requirement.measures is Measures.FACT:
        kind = glossary.facts.get(requirement.subject)
        return str(kind.label) if kind else requirement.subject
    kpi = glossary.kpis.get(requirement.subject)
    return kpi.name if kpi else requirement.subject


def threshold(requirement: Requirement, glossary: Glossary) -> str:
    """A condition's mark, in the unit of what it looks at."""
    if requirement.measures in (Measures.SCORECARD, Measures.ATTAINMENT):
        return rate(requirement.threshold)
    if requirement.measures is Measures.KPI_VALUE:
        kpi = glossary.kpis.get(requirement.subject)
        return number(requirement.threshold, kpi or NUMBER, glossary.currency)
    fact = glossary.facts.get(requirement.subject)
    percent = requirement.measures is Measures.FACT and fact and fact.unit == "percent"
    return number(requirement.threshold, PERCENT if percent else NUMBER)


def requirement_words(requirement: Requirement, glossary: Glossary) -> str:
    """A condition as a phrase: “Revenue of at least €500,000 over the last 12 closed months”."""
    name = subject(requirement, glossary)
    if requirement.measures is Measures.STREAK:
        return _streak_words(requirement, name)
    mark, least = threshold(requirement, glossary), requirement.operator is Operator.AT_LEAST
    if requirement.measures is Measures.FACT:
        kind = glossary.facts.get(requirement.subject)
        if kind and kind.unit == "yes_no":
            return _("%(fact)s: yes", fact=name) if least else _("%(fact)s: no", fact=name)
        if least:
            return _("%(subject)s: at least %(mark)s", subject=name, mark=mark)
        return _("%(subject)s: at most %(mark)s", subject=name, mark=mark)
    values = {"subject": name, "mark": mark, "window": window_words(requirement.window)}
    if requirement.measures is Measures.ATTAINMENT:
        if least:
            return _("At least %(mark)s of the target for %(subject)s %(window)s", **values)
        return _("At most %(mark)s of the target for %(subject)s %(window)s", **values)
    if least:
        return _("%(subject)s of at least %(mark)s %(window)s", **values)
    return _("%(subject)s of at most %(mark)s %(window)s", **values)


def _streak_words(requirement: Requirement, name: str) -> str:
    whole, rest = divmod(requirement.threshold, MILLION)
    if requirement.operator is Operator.AT_LEAST:
        least = whole + (1 if rest else 0)
        return ngettext(
            "At least %(num)s miss in a row of %(subject)s",
            "At least %(num)s misses in a row of %(subject)s",
            least,
            subject=name,
        )
    if whole < 1:
        return _("The latest figure of %(subject)s is no miss", subject=name)
    return ngettext(
        "Fewer than %(num)s miss in a row of %(subject)s",
        "Fewer than %(num)s misses in a row of %(subject)s",
        whole + 1,
        subject=name,
    )


def window_words(window: Window | None) -> str:
    """Which closed periods are meant, as the end of a phrase."""
    if window is None:
        return ""
    n, each = window.n, window.each
    if window.span is Span.LAST_YEAR:
        return _("over the last fiscal year")
    if window.span is Span.CURRENT_YEAR:
        if each:
            return _("in each closed month of this fiscal year")
        return _("over the closed months of this fiscal year")
    if window.span is Span.QUARTERS:
        if n == 1:
            return _("in the last closed quarter")
        if each:
            return _("in each of the last %(num)s closed quarters", num=n)
        return _("over the last %(num)s closed quarters", num=n)
    if n == 1:
        return _("in the last closed month")
    if each:
        return _("in each of the last %(num)s closed months", num=n)
    return _("over the last %(num)s closed months", num=n)


def group_words(group: Group) -> str:
    """How a group answers, as the heading of its parts."""
    if group.mode is Mode.ALL:
        return _("All of these")
    if group.mode is Mode.ANY:
        return _("Any one of these")
    return ngettext(
        "At least %(num)s point from these", "At least %(num)s points from these", group.needed
    )


def said(node: Node | None, glossary: Glossary) -> Said | None:
    """A tree in words, for pages to draw; None where nothing is asked."""
    if node is None:
        return None
    if isinstance(node, Requirement):
        return Said(node.key, requirement_words(node, glossary), node.points)
    parts = tuple(one for part in node.parts if (one := said(part, glossary)))
    return Said(node.key, group_words(node), node.points, parts, node.mode.value)


def tree_line(node: Node | None, glossary: Glossary) -> str:
    """A tree in one line, as tables show it."""
    if node is None:
        return _("Nothing")
    if isinstance(node, Requirement):
        return requirement_words(node, glossary)
    parts = "; ".join(
        f"({text})" if isinstance(part, Group) and len(part.parts) > 1 else text
        for part in node.parts
        for text in (tree_line(part, glossary),)
    )
    return f"{group_words(node)}: {parts}" if len(node.parts) > 1 else parts


# ---- The programme's own rules


def rules_words(definition: Definition, types: Mapping[str, str]) -> list[tuple[str, str]]:
    """Who can take part and how tiers come and go: pairs of label and words."""
    eligible = ", ".join(types.get(key, key) for key in definition.eligible)
    grace = ngettext(
        "%(num)s day in which the tier stays while its conditions are not met",
        "%(num)s days in which the tier stays while its conditions are not met",
        definition.grace_days,
    )
    notice = ngettext(
        "%(num)s day before changed rules take effect",
        "%(num)s days before changed rules take effect",
        definition.notice_days,
    )
    return [
        (_("Who can take part"), eligible or _("Partners of every type")),
        (_("Tiers are reviewed"), str(REVIEWS.get(definition.review, definition.review))),
        (_("A higher tier"), str(PROMOTIONS[definition.promotion])),
        (
            _("A lower tier"),
            _("One step at a time, and only after somebody has approved it")
            if definition.one_step
            else _("The tier whose conditions are met, and only after somebody has approved it"),
        ),
        (_("Grace"), grace if definition.grace_days else _("No grace")),
        (_("Notice"), notice if definition.notice_days else _("No notice")),
    ]
