"""What a reward gives and on what terms, in plain words."""

from app.api import translations
from plugins.incentives.programmes import words
from plugins.incentives.programmes.definition import Band, Definition, Reward, RewardKind
from plugins.incentives.programmes.glossary import Glossary

_ = translations("incentives").gettext
ngettext = translations("incentives").ngettext


def gives(reward: Reward, glossary: Glossary) -> str:
    """What a reward gives, in one phrase."""
    if not reward.kind.pays:
        return reward.benefit or str(words.KINDS[reward.kind])
    values = {
        "period": str(words.PERIODS.get(reward.period, reward.period)),
        "base": _base(reward, glossary),
    }
    if reward.kind in (RewardKind.BONUS, RewardKind.FLAT):
        return _(
            "%(amount)s for %(period)s",
            amount=words.amount(reward.amount, glossary.currency),
            period=values["period"],
        )
    if reward.kind is RewardKind.PERCENT:
        return _("%(rate)s of %(base)s of %(period)s", rate=words.rate(reward.rate), **values)
    if reward.kind is RewardKind.PROFIT_SHARE:
        if reward.hurdle:
            return _(
                "%(rate)s of what %(base)s of %(period)s is above %(hurdle)s",
                rate=words.rate(reward.rate),
                hurdle=words.amount(reward.hurdle, glossary.currency),
                **values,
            )
        return _(
            "%(rate)s of %(base)s of %(period)s, where it is positive",
            rate=words.rate(reward.rate),
            **values,
        )
    steps = "; ".join(_bands(reward.bands, glossary.currency))
    if reward.kind is RewardKind.MARGINAL:
        return _(
            "On %(base)s of %(period)s, each part at its own rate: %(bands)s", bands=steps, **values
        )
    return _("On %(base)s of %(period)s, all at the rate reached: %(bands)s", bands=steps, **values)


def _bands(bands: tuple[Band, ...], currency: str) -> list[str]:
    """Each band's rate and from where it holds."""
    return [
        _(
            "%(rate)s from %(start)s",
            rate=words.rate(band.rate),
            start=words.amount(band.start, currency),
        )
        for band in bands
    ]


def terms(reward: Reward, definition: Definition, glossary: Glossary) -> list[str]:
    """For whom a reward is, its limits, and when it is paid: short phrases."""
    names = [tier.name for tier in definition.tiers if tier.key in reward.tiers]
    notes = [_("For %(tiers)s", tiers=", ".join(names)) if reward.tiers else _("For every tier")]
    if not reward.kind.pays:
        return [*notes, str(words.PERIODS.get(reward.period, "")).capitalize()]
    if reward.floor is not None:
        notes.append(_("At least %(amount)s", amount=words.amount(reward.floor, glossary.currency)))
    if reward.cap is not None:
        notes.append(_("At most %(amount)s", amount=words.amount(reward.cap, glossary.currency)))
    if reward.kind is RewardKind.PROFIT_SHARE and reward.loss_carry:
        notes.append(_("Losses are carried into the next period"))
    if reward.hold_days:
        notes.append(
            ngettext(
                "Held for %(num)s day before it can be approved",
                "Held for %(num)s days before it can be approved",
                reward.hold_days,
            )
        )
    if reward.clawback_days:
        notes.append(
            ngettext(
                "What was paid too much is taken back within %(num)s day",
                "What was paid too much is taken back within %(num)s days",
                reward.clawback_days,
            )
        )
    return notes


def _base(reward: Reward, glossary: Glossary) -> str:
    kpi = glossary.kpis.get(reward.base)
    return kpi.name if kpi else reward.base
