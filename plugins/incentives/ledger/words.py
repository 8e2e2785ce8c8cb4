"""Money, and what the ledger's lines are, in the reader's language."""

from collections.abc import Mapping
from copy import copy
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from babel import Locale
from flask_babel import format_date, get_locale

from app.api import Period, Refusal, currency_exponent, period_label, translations
from plugins.incentives.ledger.pay import Amount, Part
from plugins.incentives.programmes.definition import Reward, RewardKind

_ = translations("incentives").gettext
lazy_gettext = translations("incentives").lazy_gettext

MINUS = "\N{MINUS SIGN}"
KINDS: Mapping[str, Any] = {
    "accrual": lazy_gettext("Accrual"),
    "adjustment": lazy_gettext("Adjustment"),
    "clawback": lazy_gettext("Clawback"),
    "manual": lazy_gettext("Manual line"),
    "reversal": lazy_gettext("Reversal"),
    "payout": lazy_gettext("Payment"),
}
STATES: Mapping[str, Any] = {
    "pending": lazy_gettext("On hold"),
    "approvable": lazy_gettext("To be approved"),
    "payable": lazy_gettext("Approved"),
    "rejected": lazy_gettext("Rejected"),
    "in_payout": lazy_gettext("In a payout"),
    "paid": lazy_gettext("Paid"),
}
TONES = {
    "pending": "neutral",
    "approvable": "warning",
    "payable": "accent",
    "rejected": "bad",
    "in_payout": "accent",
    "paid": "good",
}
PAYOUTS: Mapping[str, Any] = {
    "draft": lazy_gettext("Draft"),
    "approved": lazy_gettext("Approved"),
    "exported": lazy_gettext("Handed over"),
    "paid": lazy_gettext("Paid"),
    "failed": lazy_gettext("Failed"),
    "discarded": lazy_gettext("Discarded"),
}
PAYOUT_TONES = {
    "draft": "warning",
    "approved": "accent",
    "exported": "accent",
    "paid": "good",
    "failed": "bad",
    "discarded": "neutral",
}


def money(minor: int | Fraction, currency: str, *, signed: bool = False) -> str:
    """An amount of minor units with all decimals of its currency: "1,060.00 EUR" in any locale.

    The code stands for the currency, since signs such as $ name several.
    """
    plus = "+" if signed and minor > 0 else ""
    return f"{plus}{figure(minor, currency)}\N{NO-BREAK SPACE}{currency}"


def figure(minor: int | Fraction, currency: str) -> str:
    """An amount in the reader's format without its currency, for where that stands beside it."""
    places = currency_exponent(currency)
    return number(Fraction(minor) / 10**places, places)


def exact(minor: int, currency: str) -> Decimal:
    """An amount in major units, as files have it."""
    return Decimal(minor).scaleb(-currency_exponent(currency))


def day(value: date) -> str:
    """A day in the reader's format."""
    return str(format_date(value, "medium"))


def number(value: Fraction, places: int) -> str:
    """A number in the reader's format, with so many decimals."""
    locale = get_locale() or Locale.parse("en_GB")
    pattern = copy(locale.decimal_formats[None])
    pattern.frac_prec = (places, places)
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    text = str(pattern.apply(abs(exact).quantize(Decimal(1).scaleb(-places)), locale))
    return f"{MINUS}{text}" if value < 0 and text.strip("0.,") else text


def rate(value: Fraction) -> str:
    """A rate in per cent, with the decimals that it needs and no more."""
    exact = Decimal((value * 100).numerator) / Decimal((value * 100).denominator)
    places = max(0, -int(exact.normalize().as_tuple().exponent))
    return _("%(number)s %%", number=number(value * 100, min(places, 6)))


def period(key: int | None) -> str:
    """A line's period in words; a payment has none."""
    if key is None:
        return ""
    try:
        return str(period_label(Period.from_key(key)))
    except Refusal:
        return str(key)


class Step(NamedTuple):
    """One line of a sum in words: what, and how much it comes to."""

    text: str
    amount: str
    link: str = ""
    strong: bool = False


def steps(
    reward: Reward,
    amount: Amount,
    currency: str,
    *,
    kpi: str,
    base: str,
    base_link: str,
    carried: Fraction,
) -> list[Step]:
    """The whole sum from the figure to the amount, one step after the other.

    `kpi` is what the figure is called, `base` the figure in words, `base_link` where it is
    explained.
    """
    places = currency_exponent(currency) + 2  # steps before rounding show what is rounded
    found = []
    if reward.kind in (RewardKind.BONUS, RewardKind.FLAT):
        found.append(Step(_("The agreed sum"), money(reward.amount, currency)))
    else:
        found.append(Step(_("The approved figure of %(kpi)s", kpi=kpi), base, base_link))
    if reward.kind is RewardKind.PROFIT_SHARE:
        if reward.hurdle:
            found.append(Step(_("Less the hurdle"), money(-reward.hurdle, currency)))
        if carried:
            found.append(Step(_("Less the losses carried from before"), money(-carried, currency)))
        found.append(Step(_("What is shared"), money(amount.counted, currency)))
    found += [_band(reward, part, currency, places) for part in amount.parts]
    if amount.floored:
        found.append(Step(_("Raised to the floor"), money(reward.floor or 0, currency)))
    if amount.capped:
        found.append(Step(_("Held at the cap"), money(reward.cap or 0, currency)))
    text = _("Rounded once, halves away from zero") if amount.rounded else _("Due")
    return [*found, Step(text, money(amount.minor, currency), strong=True)]


def under(name: str, kind: str, *more: str) -> str:
    """What stands below a line's name: its kind, unless that is its name already, and more."""
    label = str(KINDS[kind])
    return " · ".join(one for one in ("" if label == name else label, *more) if one)


def _band(reward: Reward, part: Part, currency: str, places: int) -> Step:
    pays = _exactly(part.pays, currency, places)
    words = {"rate": rate(part.rate), "portion": money(part.portion, currency)}
    if reward.kind not in (RewardKind.MARGINAL, RewardKind.RETROACTIVE):
        return Step(_("%(rate)s of %(portion)s", **words), pays)
    words["start"] = money(part.start, currency)
    if reward.kind is RewardKind.RETROACTIVE:
        return Step(
            _("%(rate)s of all %(portion)s: the band from %(start)s is reached", **words), pays
        )
    if part.end is None:
        return Step(_("%(rate)s of the %(portion)s from %(start)s on", **words), pays)
    words["end"] = money(part.end, currency)
    return Step(_("%(rate)s of the %(portion)s between %(start)s and %(end)s", **words), pays)


def _exactly(minor: Fraction, currency: str, places: int) -> str:
    """An amount before rounding: with as many decimals as show that it was rounded."""
    if minor.denominator == 1:
        return money(minor, currency)
    value = minor / 10 ** currency_exponent(currency)
    return f"{number(value, places)}\N{NO-BREAK SPACE}{currency}"
