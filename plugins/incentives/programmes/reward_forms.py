"""The form of one reward: its fields are those that fit its kind."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, Form, FormField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange
from wtforms.validators import ValidationError as Invalid

from app.api import (
    MILLION,
    CheckboxListField,
    Kind,
    RowsField,
    VersionField,
    WholeNumberField,
    options,
    strip,
    translations,
)
from plugins.incentives.programmes import words
from plugins.incentives.programmes.definition import Band, Definition, Reward, RewardKind
from plugins.incentives.programmes.fields import AmountField, ShareField
from plugins.incentives.programmes.glossary import Glossary
from plugins.incentives.programmes.names import choices

_ = translations("incentives").gettext
lazy_gettext = translations("incentives").lazy_gettext

MOST_BANDS = 10
_BANDED = (RewardKind.MARGINAL, RewardKind.RETROACTIVE)
_RATED = (RewardKind.PERCENT, RewardKind.PROFIT_SHARE)
_SUMS = (RewardKind.BONUS, RewardKind.FLAT)
HINTS = {
    RewardKind.BONUS: lazy_gettext("A fixed sum for a period whose conditions are met"),
    RewardKind.FLAT: lazy_gettext("A fixed sum for each period"),
    RewardKind.PERCENT: lazy_gettext("A share of a KPI in money"),
    RewardKind.MARGINAL: lazy_gettext("5% of the first 10,000, 7% of what is above, and so on"),
    RewardKind.RETROACTIVE: lazy_gettext("From 10,000 on 7% of everything, and so on"),
    RewardKind.PROFIT_SHARE: lazy_gettext("A share of profit above a hurdle"),
    RewardKind.RECOGNITION: lazy_gettext("A mention or thanks that others see"),
    RewardKind.AWARD: lazy_gettext("A prize"),
    RewardKind.ACCESS: lazy_gettext("Early access, a closed group, an event"),
    RewardKind.BADGE: lazy_gettext("A mark to be shown"),
    RewardKind.TRAINING: lazy_gettext("A course or a place on it"),
    RewardKind.SUPPORT: lazy_gettext("Someone to turn to, faster answers"),
    RewardKind.MARKETING: lazy_gettext("A joint campaign, logo or case study"),
}


class BandForm(Form):
    """From where which rate holds; an empty row is no band."""

    start = AmountField(lazy_gettext("Band from"))
    rate = ShareField(lazy_gettext("Rate"))


class RewardForm(FlaskForm):
    """What partners of some tiers get; fields that do not fit the kind are left out."""

    version = VersionField(default=0)
    name = StringField(
        lazy_gettext("Name"), filters=[strip], validators=[DataRequired(), Length(max=120)]
    )
    benefit = TextAreaField(
        lazy_gettext("What it gives"),
        description=lazy_gettext("In plain words, as partners read it."),
        filters=[strip],
        validators=[DataRequired(), Length(max=2000)],
    )
    base = SelectField(lazy_gettext("Reckoned on"), validators=[InputRequired()])
    amount = AmountField(lazy_gettext("Amount"), validators=[InputRequired()])
    rate = ShareField(lazy_gettext("Rate"), validators=[InputRequired()])
    bands = RowsField(FormField(BandForm), label=lazy_gettext("Bands"), max_entries=MOST_BANDS)
    hurdle = AmountField(
        lazy_gettext("Hurdle"), description=lazy_gettext("Only what is above it is shared.")
    )
    loss_carry = BooleanField(
        lazy_gettext("Carry losses forward"),
        description=lazy_gettext("A loss is made good before anything is shared again."),
    )
    period = SelectField(lazy_gettext("Given for"))
    tiers = CheckboxListField(
        lazy_gettext("For partners of"),
        description=lazy_gettext("Without a choice partners of every tier get it."),
    )
    floor = AmountField(lazy_gettext("At least"), description=lazy_gettext("Empty: no least."))
    cap = AmountField(lazy_gettext("At most"), description=lazy_gettext("Empty: no limit."))
    hold_days = WholeNumberField(
        lazy_gettext("Hold in days"),
        description=lazy_gettext("How long an entry waits before it can be approved."),
        default=30,
        validators=[InputRequired(), NumberRange(0, 3660)],
    )
    clawback_days = WholeNumberField(
        lazy_gettext("Take back within days"),
        description=lazy_gettext("How long what was paid too much is netted against what comes."),
        default=180,
        validators=[InputRequired(), NumberRange(0, 3660)],
    )

    def __init__(
        self, kind: RewardKind, definition: Definition, glossary: Glossary, **kwargs: Any
    ) -> None:
        self.kind, self.currency = kind, glossary.currency
        super().__init__(**kwargs)
        for name in set(self._fields) - _fields_of(kind):
            del self[name]
        self.period.choices = options((one.value, text) for one, text in words.PERIODS.items())
        self.tiers.choices = options((tier.key, tier.name) for tier in definition.tiers)
        if "base" in self:
            money = [kpi for kpi in choices(glossary).kpis if kpi.value_type == "money"]
            self.base.choices = options((kpi.code, kpi.name) for kpi in money)

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Read, then tell every amount its currency."""
        super().process(*args, **kwargs)
        for field in self.bands:
            field.form.start.currency = self.currency
        for field in self:
            if isinstance(field, AmountField):
                field.currency = self.currency

    def fill(self, reward: Reward) -> None:
        """Show a stored reward."""
        self.name.data, self.tiers.data = reward.name, list(reward.tiers)
        self.period.data = reward.period.value
        if "benefit" in self:
            self.benefit.data = reward.benefit
            return
        for name, minor in (
            ("amount", reward.amount),
            ("hurdle", reward.hurdle or None),
            ("floor", reward.floor),
            ("cap", reward.cap),
        ):
            if name in self:
                self[name].show(minor)
        if "base" in self:
            self.base.data = reward.base
        if "rate" in self:
            self.rate.data = reward.rate
        if "loss_carry" in self:
            self.loss_carry.data = reward.loss_carry
        self.hold_days.data = reward.hold_days  # type: ignore[assignment]
        self.clawback_days.data = reward.clawback_days  # type: ignore[assignment]
        if "bands" in self:
            for band in reward.bands:
                self._add_band(band)

    def offer_rows(self, more: int = 0) -> None:
        """Have at least four rows for bands, and further ones where they were asked for."""
        if "bands" not in self:
            return
        for _row in range(max(4 - len(self.bands.entries), 0) + more):
            if len(self.bands.entries) < MOST_BANDS:
                self._add_band(None)

    def _add_band(self, band: Band | None) -> None:
        if len(self.bands.entries) >= MOST_BANDS:
            return
        row = self.bands.append_entry().form
        row.start.currency = self.currency
        if band is not None:
            row.start.show(band.start)
            row.rate.data = band.rate

    def validate_bands(self, field: RowsField) -> None:
        """Ask for rows that are whole, from 0 upwards."""
        rows = [(row.form.start, row.form.rate) for row in field]
        if any((start.data is None) != (rate.data is None) for start, rate in rows):
            raise Invalid(_("A band has both a start and a rate."))
        starts = [start.minor() for start, _rate in rows if start.data is not None]
        if not starts or starts[0] != 0:
            raise Invalid(_("The first band starts at 0."))
        if starts != sorted(set(starts)):
            raise Invalid(_("Each band starts above the one before."))

    def validate_cap(self, field: AmountField) -> None:
        """Keep the most above the least."""
        if field.data is not None and self.floor.data is not None and field.data < self.floor.data:
            raise Invalid(_("The most is below the least."))

    def validate_rate(self, field: ShareField) -> None:
        """Keep to shares of a whole."""
        if field.data is not None and not 0 < field.data <= MILLION:
            raise Invalid(_("A rate lies above 0% and goes up to 100%."))

    def reward(self, key: str = "new") -> Reward:
        """What was entered."""
        if "benefit" in self:
            return Reward(
                key,
                self.kind,
                self.name.data or "",
                period=Kind(self.period.data),  # type: ignore[call-arg]
                tiers=tuple(self.tiers.data or ()),
                benefit=self.benefit.data or "",
            )
        bands: tuple[Band, ...] = ()
        if "bands" in self:
            bands = tuple(
                Band(row.form.start.minor(), row.form.rate.data)
                for row in self.bands
                if row.form.start.data is not None
            )
        return Reward(
            key,
            self.kind,
            self.name.data or "",
            period=Kind(self.period.data),  # type: ignore[call-arg]
            tiers=tuple(self.tiers.data or ()),
            base=self.base.data or "" if "base" in self else "",
            amount=(self.amount.minor() or 0) if "amount" in self else 0,
            rate=(self.rate.data or 0) if "rate" in self else 0,
            bands=bands,
            floor=self.floor.minor() if "floor" in self else None,
            cap=self.cap.minor() if "cap" in self else None,
            hurdle=(self.hurdle.minor() or 0) if "hurdle" in self else 0,
            loss_carry=bool(self.loss_carry.data) if "loss_carry" in self else False,
            hold_days=self.hold_days.data or 0,
            clawback_days=self.clawback_days.data or 0,
        )


def _fields_of(kind: RewardKind) -> set[str]:
    """Which fields fit a kind."""
    found = {"version", "csrf_token", "name", "period", "tiers"}
    if not kind.pays:
        return found | {"benefit"}
    found |= {"hold_days", "clawback_days"}
    if kind in _SUMS:
        return found | {"amount"}
    found |= {"base", "floor", "cap"}
    if kind in _RATED:
        found |= {"rate"}
    if kind is RewardKind.PROFIT_SHARE:
        found |= {"hurdle", "loss_carry"}
    return found | ({"bands"} if kind in _BANDED else set())
