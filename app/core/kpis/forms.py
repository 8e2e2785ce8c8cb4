"""Forms of values, targets and decisions."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    HiddenField,
    MultipleFileField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from app.core.form_fields import options, strip
from app.core.ids import row_id
from app.core.kpis.fields import LevelField, PartField, PeriodField, QuantityField, VersionField
from app.core.kpis.figures import TargetFigures, needs_parts
from app.core.quantities import MILLION
from app.core.refusals import Refusal


class KpiFiguresForm(FlaskForm):
    """A form whose quantities are those of one KPI in one period."""

    period = PeriodField(lazy_gettext("Period"), validators=[InputRequired()])

    def __init__(self, kpi: Any, **kwargs: Any) -> None:
        self.kpi = kpi
        super().__init__(**kwargs)

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Tell the fields which KPI they read, then read."""
        for field in self:
            if hasattr(field, "read_as") and field.short_name != "weight":
                field.read_as(self.kpi)
        super().process(*args, **kwargs)


class ValueForm(KpiFiguresForm):
    """One figure of one period."""

    value = QuantityField(lazy_gettext("Value"), validators=[InputRequired()])
    note = StringField(
        lazy_gettext("Note"),
        description=lazy_gettext(
            "Where the figure comes from, or what made it unusual. Both sides can read it."
        ),
        filters=[strip],
        validators=[Length(max=1000)],
    )
    reason = StringField(
        lazy_gettext("Reason for the change"),
        description=lazy_gettext("Needed only where an approved figure is replaced."),
        filters=[strip],
        validators=[Length(max=1000)],
    )

    evidence = MultipleFileField(
        lazy_gettext("Evidence"),
        description=lazy_gettext(
            "Up to five files: PDF, Office, text or pictures. Both sides can read them."
        ),
    )
    kept = SelectMultipleField(
        lazy_gettext("Attached"), coerce=row_id, choices=[], validate_choice=False
    )
    seen = HiddenField()  # of which figure the effects were shown

    approval = StringField(
        lazy_gettext("Approve it yourself, because"),
        description=lazy_gettext(
            "Empty: it waits for somebody else's approval. With a reason it counts at once, "
            "marked “not four eyes”."
        ),
        filters=[strip],
        validators=[Length(max=1000)],
    )

    def __init__(self, kpi: Any, **kwargs: Any) -> None:
        self.refused_files: list[str] = []
        super().__init__(kpi, **kwargs)

    def validate_evidence(self, field: MultipleFileField) -> None:
        """What is wrong with the files, as it was found when they were stored."""
        if field and self.refused_files:
            raise ValidationError(" ".join(self.refused_files))

    def validate_kept(self, field: SelectMultipleField) -> None:
        """Each a row that could exist."""
        if None in (field.data or ()):
            raise ValidationError(_("A file is no longer there: attach it again."))

    def process(self, *args: Any, **kwargs: Any) -> None:
        """A figure is of a period of the KPI's own frequency."""
        self.period.kind = self.kpi.kind
        super().process(*args, **kwargs)

    def figure(self) -> dict[str, Any]:
        """The figure as `services.submit_value` takes it."""
        return {"value": self.value.data}


class LevelValueForm(ValueForm):
    """A figure that is one of a few words."""

    value = LevelField(lazy_gettext("Level"), validators=[InputRequired()])


class PartsForm(ValueForm):
    """A figure that is kept as its two parts."""

    value = None  # type: ignore[assignment]
    num = PartField(lazy_gettext("Numerator"), validators=[InputRequired()])
    den = PartField(lazy_gettext("Denominator"), validators=[InputRequired()])

    def figure(self) -> dict[str, Any]:
        """Both parts as `services.submit_value` takes them."""
        return {"num": self.num.data, "den": self.den.data}


class TargetForm(KpiFiguresForm):
    """What both sides agreed for a period."""

    n = VersionField(default=0)
    target = QuantityField(lazy_gettext("Target"), validators=[InputRequired()])
    threshold = QuantityField(
        lazy_gettext("Threshold"),
        description=lazy_gettext(
            "Up to here a miss is “just missed”. Empty: from 80% attainment on."
        ),
    )
    baseline = QuantityField(
        lazy_gettext("Baseline"), description=lazy_gettext("Where the partnership started from.")
    )
    zero_scale = QuantityField(
        lazy_gettext("Scale of a zero target"),
        description=lazy_gettext("How far from 0 counts as wholly missed, where the target is 0."),
    )
    weight = QuantityField(
        lazy_gettext("Weight"),
        description=lazy_gettext("How much it counts beside the other KPIs."),
        default=MILLION,
        validators=[InputRequired()],
    )
    critical = BooleanField(
        lazy_gettext("Critical"),
        description=lazy_gettext("Missing it again and again may end the partnership."),
    )
    agreed = StringField(
        lazy_gettext("How both sides agreed"),
        description=lazy_gettext(
            "For example “e-mail of 3 May”: the target counts at once, marked “on behalf”, and "
            "the partner may undo it within ten working days. Empty: it is proposed to the "
            "partner, and must be SMART."
        ),
        filters=[strip],
        validators=[Length(max=1000)],
    )

    def figures(self) -> TargetFigures:
        """The figures as `services.set_target` takes them."""
        given = {name: getattr(self, name) for name in TargetFigures._fields}
        known = {name: field.data for name, field in given.items() if field is not None}
        return TargetFigures(**known)

    band_lo: Any = None
    band_hi: Any = None

    def validate_weight(self, field: QuantityField) -> None:
        """A weight is not negative."""
        if field.data is not None and field.data < 0:
            raise ValidationError(_("A weight is 0 or more."))

    def validate_threshold(self, field: QuantityField) -> None:
        """The threshold lies on the bad side of the target."""
        target = self.target.data if self.target else None
        if field.data is None or target is None:
            return
        if self.kpi.direction == "higher" and field.data > target:
            raise ValidationError(_("Higher is better here: the threshold lies below the target."))
        if self.kpi.direction == "lower" and field.data < target:
            raise ValidationError(_("Lower is better here: the threshold lies above the target."))


class LevelTargetForm(TargetForm):
    """A target that is one of a few words."""

    target: Any = LevelField(lazy_gettext("Target"), validators=[InputRequired()])
    threshold = LevelField(lazy_gettext("Threshold"))
    baseline = LevelField(lazy_gettext("Baseline"))
    zero_scale = None  # type: ignore[assignment]


class BandTargetForm(TargetForm):
    """A target that is a range."""

    target = None  # type: ignore[assignment]
    band_lo: Any = QuantityField(lazy_gettext("Lower bound"), validators=[InputRequired()])
    band_hi: Any = QuantityField(lazy_gettext("Upper bound"), validators=[InputRequired()])
    threshold = QuantityField(
        lazy_gettext("Tolerance"),
        description=lazy_gettext(
            "How far outside is “just missed”. Empty: from 80% attainment on."
        ),
    )

    def validate_band_hi(self, field: QuantityField) -> None:
        """The bounds are in order."""
        low, high = self.band_lo.data, field.data
        if low is not None and high is not None and low > high:
            raise ValidationError(_("The upper bound is not below the lower one."))

    def validate_threshold(self, field: QuantityField) -> None:
        """A tolerance is a distance."""
        if field.data is not None and field.data < 0:
            raise ValidationError(_("A distance is 0 or more."))


def value_form(kpi: Any, **kwargs: Any) -> ValueForm:
    """The form of a figure of this KPI."""
    if kpi.value_type == "ordinal":
        return LevelValueForm(kpi, **kwargs)
    return (PartsForm if needs_parts(kpi.definition) else ValueForm)(kpi, **kwargs)


def target_form(kpi: Any, **kwargs: Any) -> TargetForm:
    """The form of a target of this KPI."""
    if kpi.direction == "band":
        return BandTargetForm(kpi, **kwargs)
    return (LevelTargetForm if kpi.value_type == "ordinal" else TargetForm)(kpi, **kwargs)


class ApproveForm(FlaskForm):
    """The submissions to approve, and a reason where one of them is the approver's own."""

    ids = SelectMultipleField(lazy_gettext("Submissions"), coerce=row_id, validate_choice=False)
    reason = StringField(
        lazy_gettext("Reason"),
        description=lazy_gettext("Needed where you approve what you submitted yourself."),
        filters=[strip],
        validators=[Length(max=1000)],
    )

    def validate_ids(self, field: SelectMultipleField) -> None:
        """At least one, each a row that could exist."""
        if not field.data or None in field.data:
            raise ValidationError(_("Choose at least one submission."))


class ReturnForm(FlaskForm):
    """Why a submission goes back."""

    reason = StringField(
        lazy_gettext("What has to change"),
        filters=[strip],
        validators=[InputRequired(), Length(max=1000)],
    )


class ReasonForm(FlaskForm):
    """Why something is done to a figure: unlocked, declared missed."""

    reason = StringField(
        lazy_gettext("Reason"), filters=[strip], validators=[DataRequired(), Length(max=1000)]
    )


class MissForm(ReasonForm):
    """Which period is declared missed, and why."""

    period = PeriodField(lazy_gettext("Period"), validators=[InputRequired()])

    def __init__(self, kpi: Any, **kwargs: Any) -> None:
        self.kpi = kpi
        super().__init__(**kwargs)

    def process(self, *args: Any, **kwargs: Any) -> None:
        """A period of the KPI's own frequency."""
        self.period.kind = self.kpi.kind
        super().process(*args, **kwargs)


class CommentForm(FlaskForm):
    """Something to say of a figure."""

    period = PeriodField(lazy_gettext("Period"), validators=[InputRequired()])
    text = TextAreaField(
        lazy_gettext("Comment"), filters=[strip], validators=[DataRequired(), Length(max=2000)]
    )
    visibility = RadioField(
        lazy_gettext("Who sees it"),
        choices=options(
            {
                "internal": lazy_gettext("Only us"),
                "shared": lazy_gettext("The partner’s contacts too"),
            }
        ),
        default="internal",
    )

    def __init__(self, kpi: Any, **kwargs: Any) -> None:
        self.kpi = kpi
        super().__init__(**kwargs)

    def process(self, *args: Any, **kwargs: Any) -> None:
        """A period of the KPI's own frequency."""
        self.period.kind = self.kpi.kind
        super().process(*args, **kwargs)


def blame(form: FlaskForm, refusal: Refusal) -> None:
    """Put a refusal beside the field that it names, else on top of the form."""
    text = _(refusal.message, **refusal.params)
    field = {"numerator": "num", "denominator": "den"}.get(refusal.field, refusal.field)
    if field and form._fields.get(field) is not None:
        _refuse(form[field], text)
    else:
        form.form_errors.append(text)


def _refuse(field: Any, message: str) -> None:
    field.errors = [*field.errors, message]
