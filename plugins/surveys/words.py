"""What the plugin's kinds are called, in the reader's language."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from flask_babel import format_date, format_decimal, get_locale

from app.api import translations
from plugins.surveys.rules.definition import Question, Type
from plugins.surveys.rules.milestones import Milestone
from plugins.surveys.rules.ranges import Range

_ = translations("surveys").gettext
ngettext = translations("surveys").ngettext
lazy_gettext = translations("surveys").lazy_gettext

TYPES: Mapping[str, Any] = {
    Type.NPS: lazy_gettext("Recommendation, 0 to 10 (NPS)"),
    Type.CSAT5: lazy_gettext("Satisfaction, 1 to 5"),
    Type.LIKERT5: lazy_gettext("Agreement, 1 to 5"),
    Type.RATING: lazy_gettext("Rating"),
    Type.SINGLE: lazy_gettext("One choice"),
    Type.MULTI: lazy_gettext("Several choices"),
    Type.MATRIX: lazy_gettext("Several rows of agreement"),
    Type.RANKING: lazy_gettext("Order by importance"),
    Type.YES_NO: lazy_gettext("Yes or no"),
    Type.NUMBER: lazy_gettext("Number"),
    Type.DATE: lazy_gettext("Date"),
    Type.SHORT_TEXT: lazy_gettext("Short text"),
    Type.LONG_TEXT: lazy_gettext("Long text"),
    Type.INFO: lazy_gettext("Information, nothing to answer"),
    Type.SECTION: lazy_gettext("Section heading"),
}
MODES: Mapping[str, Any] = {
    "identified": lazy_gettext("By name"),
    "confidential": lazy_gettext("In confidence"),
    "anonymous": lazy_gettext("Anonymous"),
}
MODE_HELP: Mapping[str, Any] = {
    "identified": lazy_gettext(
        "Staff see who answered what. Low answers are followed up. For partners with few contacts."
    ),
    "confidential": lazy_gettext(
        "Only figures of groups are shown. An administrator can open single answers, on record."
    ),
    "anonymous": lazy_gettext("No link between a person and an answer is stored, for nobody."),
}
AUDIENCES: Mapping[str, Any] = {
    "partner": lazy_gettext("Partners and our people who work with them"),
    "internal": lazy_gettext("Our own departments"),
    "participants": lazy_gettext("People who took part in something"),
}
BREAKDOWNS: Mapping[str, Any] = {
    "none": lazy_gettext("No groups"),
    "side": lazy_gettext("Our side and the partners’"),
    "department": lazy_gettext("Departments"),
    "partner": lazy_gettext("Partners"),
}
STATES: Mapping[str, tuple[Any, str]] = {
    "draft": (lazy_gettext("Planned"), "neutral"),
    "standing": (lazy_gettext("At milestones"), "neutral"),
    "open": (lazy_gettext("Open"), "accent"),
    "closed": (lazy_gettext("Closed"), "warning"),
    "published": (lazy_gettext("Published"), "good"),
}
RECURRENCES: dict[str, Any] = {
    "none": lazy_gettext("Once"),
    "quarterly": lazy_gettext("Every quarter"),
    "half_yearly": lazy_gettext("Every half year"),
    "yearly": lazy_gettext("Every year"),
    "milestones": lazy_gettext("At each partner’s milestones"),
}
RHYTHMS: Mapping[str, Any] = RECURRENCES | {  # that somebody chooses from
    "milestones": lazy_gettext("Now, then at each partner’s milestones"),
    "standing": lazy_gettext("Only at each partner’s milestones"),
}
DIMENSIONS: Mapping[str, Any] = {
    "trust": lazy_gettext("Trust"),
    "communication": lazy_gettext("Communication"),
    "resolve": lazy_gettext("Willingness to resolve"),
    "flexibility": lazy_gettext("Flexibility"),
    "support": lazy_gettext("Mutual support"),
}
AGREEMENT = (
    lazy_gettext("Strongly disagree"),
    lazy_gettext("Disagree"),
    lazy_gettext("Neither"),
    lazy_gettext("Agree"),
    lazy_gettext("Strongly agree"),
)
SATISFACTION = (
    lazy_gettext("Very dissatisfied"),
    lazy_gettext("Dissatisfied"),
    lazy_gettext("Neither"),
    lazy_gettext("Satisfied"),
    lazy_gettext("Very satisfied"),
)
INDEX_STATES: Mapping[str, tuple[Any, str]] = {
    "healthy": (lazy_gettext("Healthy"), "good"),
    "watch": (lazy_gettext("Watch"), "warning"),
    "at_risk": (lazy_gettext("At risk"), "bad"),
    "unknown": (lazy_gettext("Unknown"), "neutral"),
}
DEPARTMENTS: Mapping[str, Any] = {
    "marketing": lazy_gettext("Marketing"),
    "finance": lazy_gettext("Finance"),
    "legal": lazy_gettext("Legal"),
    "operations": lazy_gettext("Operations"),
    "hr": lazy_gettext("Human resources"),
    "sales": lazy_gettext("Sales"),
    "other": lazy_gettext("Other departments"),
}
FAULTS: Mapping[str, Any] = {
    "required": lazy_gettext("Please answer this."),
    "choose": lazy_gettext("Choose one of the answers."),
    "number": lazy_gettext("Enter a number, such as 12.5."),
    "date": lazy_gettext("Enter a date."),
    "long": lazy_gettext("This is too long."),
    "ranking": lazy_gettext("Give each a place of its own, or leave all of them empty."),
}
FOLLOW_UP_STATES: Mapping[str, tuple[Any, str]] = {
    "open": (lazy_gettext("Open"), "warning"),
    "contacted": (lazy_gettext("Contacted"), "accent"),
    "cause": (lazy_gettext("Cause known"), "accent"),
    "action": (lazy_gettext("Action begun"), "accent"),
    "closed": (lazy_gettext("Closed"), "good"),
}
NOTE_KINDS: Mapping[str, Any] = {
    "interview": lazy_gettext("Interview"),
    "observation": lazy_gettext("Observation from daily work"),
}
LOCALES: Mapping[str, str] = {"en": "English", "de": "Deutsch"}
NPS_NOTICE = (
    "Net Promoter®, NPS®, NPS Prism®, and the NPS-related emoticons are registered trademarks of"
    " Bain & Company, Inc., NICE Systems, Inc., and Fred Reichheld. Net Promoter Score℠ and Net"
    " Promoter System℠ are service marks of Bain & Company, Inc., NICE Systems, Inc., and Fred"
    " Reichheld."
)


def reader_locale() -> str:
    """The reader's language; English where surveys do not speak it."""
    found = get_locale()
    return found.language if found and found.language in LOCALES else "en"


def language(locale: str) -> str:
    """What a language is called, in the reader's own."""
    ours = get_locale()
    return str(ours.languages.get(locale, locale)) if ours else locale


def promise(mode: str, k: int) -> str:
    """What somebody is promised before the first question; it cannot be weakened afterwards."""
    if mode == "anonymous":
        return _(
            "Your answer is anonymous: nothing is stored that ties it to you – no name, address,"
            " time or order – and nobody is shown who has answered. Results are shown once it is"
            " over, for %(k)s people together at least; what you write in your own words is shown"
            " as you wrote it, in random order. What remains possible: somebody who runs this"
            " desk and copies its live database, its log or its traffic while you answer.",
            k=k,
        )
    if mode == "confidential":
        return _(
            "Your answer is confidential: staff see figures of %(k)s people together at least."
            " It is kept with your name, and an administrator can open it for a stated reason,"
            " which is recorded.",
            k=k,
        )
    return _("Your answer is read with your name, so that we can come back to you about it.")


def group(key: str, partners: Mapping[int, str]) -> str:
    """What a group of a wave is called."""
    kind, _colon, value = key.partition(":")
    if kind == "side":
        return _("Our side") if value == "host" else _("Partners’ side")
    if kind == "department":
        return str(DEPARTMENTS.get(value, value))
    if kind == "partner":
        return partners.get(int(value), _("A partner that is gone"))
    return _("Everybody else")


def scale(kind: str, low: int, high: int) -> list[tuple[int, str]]:
    """The answers of a scale with their words; empty where a number says it."""
    named = {Type.LIKERT5: AGREEMENT, Type.CSAT5: SATISFACTION, Type.MATRIX: AGREEMENT}.get(
        Type(kind)
    )
    steps = range(low, high + 1)
    return [(step, str(named[step - 1]) if named else "") for step in steps]


def answer(question: Question, given: Any, locale: str) -> str:
    """What somebody answered, in words."""
    if isinstance(given, bool):
        return _("Yes") if given else _("No")
    options: dict[Any, str] = {
        option.key: option.text.get(locale) or next(iter(option.text.values()), "")
        for option in (*question.options, *question.rows)
    }
    if question.type is Type.NUMBER:
        return _signed(format_decimal(Decimal(given) / 1_000_000))
    if isinstance(given, dict):
        return "; ".join(f"{options.get(key, key)}: {step}" for key, step in given.items())
    if isinstance(given, list):
        return ", ".join(str(options.get(key, key)) for key in given)
    if isinstance(given, int):
        named = dict(scale(question.type, 1, 5)).get(given, "")
        return f"{given} – {named}" if named else str(given)
    return str(options.get(given, given))


def day(one: date) -> str:
    """A day, short."""
    return str(format_date(one))


def long_day(one: date) -> str:
    """A day in words."""
    return str(format_date(one, "long"))


def number(value: Fraction | float | None, decimals: int = 1) -> str:
    """A figure in the reader's language; unknown is a dash."""
    if value is None:
        return "–"
    if not decimals:
        return _signed(format_decimal(round(float(value))))
    # Adding nought takes the sign from what rounds to nought.
    rounded = round(float(value), decimals) + 0.0
    return _signed(format_decimal(rounded, format="#,##0." + "0" * decimals))


def change(value: Fraction) -> str:
    """By how many whole points a figure rose or fell."""
    text = number(value, 0)
    return f"+{text}" if value > 0 else text


def _signed(text: Any) -> str:
    """A number with a minus sign, where Babel writes a hyphen."""
    return str(text).replace("-", "\N{MINUS SIGN}")


def milestone(one: Milestone) -> str:
    """What a partnership has reached."""
    if one.kind == "settled":
        return _("after 90 days")
    if one.kind == "renewal":
        return _("90 days before the end")
    return ngettext("after %(num)s year", "after %(num)s years", one.years)


def percent(part: int, whole: int) -> str:
    """A share in whole per cent."""
    return _("%(share)s %%", share=round(100 * part / whole)) if whole else "–"


def span(one: Range) -> str:
    """Where the values of a range lie."""
    if one.low is None and one.high is None:
        return _("all of them")
    if one.low is None:
        return _("under %(high)s", high=_border(one.high))
    if one.high is None:
        return _("%(low)s and more", low=_border(one.low))
    return _("%(low)s to under %(high)s", low=_border(one.low), high=_border(one.high))


def _border(border: Fraction | date | None) -> str:
    if isinstance(border, date):
        return day(border)
    return (
        _signed(format_decimal(Decimal(border.numerator) / border.denominator)) if border else "0"
    )
