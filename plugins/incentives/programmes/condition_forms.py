"""The form of one condition: its fields are those that fit what it looks at."""

from typing import Any

from flask import request
from flask_wtf import FlaskForm
from msgspec.structs import replace
from wtforms import RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange
from wtforms.validators import ValidationError as Invalid

from app.api import (
    MILLION,
    QuantityField,
    VersionField,
    WholeNumberField,
    options,
    strip,
    translations,
)
from plugins.incentives.programmes import words
from plugins.incentives.programmes.checks import LONGEST_MONTHS, LONGEST_QUARTERS
from plugins.incentives.programmes.definition import Measures, Operator, Requirement, Span, Window
from plugins.incentives.programmes.fields import ShareField
from plugins.incentives.programmes.glossary import Glossary, Measured
from plugins.incentives.programmes.names import choices

_ = translations("incentives").gettext
lazy_gettext = translations("incentives").lazy_gettext

MEASURES = {
    Measures.KPI_VALUE: lazy_gettext("A KPI’s figure"),
    Measures.ATTAINMENT: lazy_gettext("Attainment of a KPI’s target"),
    Measures.SCORECARD: lazy_gettext("The scorecard"),
    Measures.STREAK: lazy_gettext("Misses in a row"),
    Measures.FACT: lazy_gettext("A fact"),
}
HINTS = {
    Measures.KPI_VALUE: lazy_gettext("Such as revenue of at least 500,000 over twelve months"),
    Measures.ATTAINMENT: lazy_gettext("Such as at least 95% of the target for leads"),
    Measures.SCORECARD: lazy_gettext("All KPIs with a target, weighed against each other"),
    Measures.STREAK: lazy_gettext("How often a KPI may be missed one period after another"),
    Measures.FACT: lazy_gettext("What core or a plugin knows, such as an active agreement"),
}
_SPANS = {
    Span.MONTHS: lazy_gettext("The last closed months"),
    Span.QUARTERS: lazy_gettext("The last closed quarters"),
    Span.CURRENT_YEAR: lazy_gettext("This fiscal year so far"),
    Span.LAST_YEAR: lazy_gettext("The last fiscal year"),
}
_OPERATORS = {
    Operator.AT_LEAST: lazy_gettext("at least"),
    Operator.AT_MOST: lazy_gettext("at most"),
}


def kpi_label(kpi: Measured) -> str:
    """How a KPI is offered: by its name, with the code for those who know it."""
    return f"{kpi.name} ({kpi.code})"


class ConditionForm(FlaskForm):
    """What every condition has; further fields by what it looks at."""

    measures: Measures
    threshold: Any  # the mark: each kind of condition has its own field
    version = VersionField(default=0)
    points = WholeNumberField(
        lazy_gettext("Points"),
        description=lazy_gettext("What it counts where points are added up."),
        default=1,
        validators=[InputRequired(), NumberRange(0, 1000)],
    )

    def __init__(self, glossary: Glossary, *, in_points: bool, **kwargs: Any) -> None:
        self.glossary = glossary
        super().__init__(**kwargs)
        if not in_points:
            del self.points

    def fill(self, requirement: Requirement) -> None:
        """Show a stored condition."""
        self.threshold.data = requirement.threshold
        if "operator" in self:
            self["operator"].data = requirement.operator.value
        if "points" in self:
            self.points.data = requirement.points  # type: ignore[assignment]

    def requirement(self, key: str) -> Requirement:
        """What was entered."""
        return Requirement(
            key,
            self.measures,
            Operator(self["operator"].data) if "operator" in self else Operator.AT_MOST,
            self.threshold.data or 0,
            subject=self._subject(),
            window=self._window(),
            points=(self.points.data or 0) if "points" in self else 0,
        )

    def _subject(self) -> str:
        return ""

    def _window(self) -> Window | None:
        return None


class _WindowForm(ConditionForm):
    """A condition that looks back over closed periods."""

    operator = SelectField(lazy_gettext("Is"), choices=options(_OPERATORS))
    span = SelectField(
        lazy_gettext("Over which periods"), choices=options(_SPANS), default=Span.MONTHS.value
    )
    n = WholeNumberField(
        lazy_gettext("How many"),
        description=lazy_gettext("Of months or quarters; years need none."),
        default=12,
    )
    each = RadioField(
        lazy_gettext("How they count"),
        choices=options(
            {
                "whole": lazy_gettext("Together, as one figure"),
                "each": lazy_gettext("Each on its own: every period has to pass"),
            }
        ),
        default="whole",
    )

    def validate_n(self, field: WholeNumberField) -> None:
        """Ask for a number where the window has one."""
        most = {Span.MONTHS: LONGEST_MONTHS, Span.QUARTERS: LONGEST_QUARTERS}.get(self._span())
        if most is None:
            field.errors = []
        elif field.data is None or not 1 <= field.data <= most:
            raise Invalid(_("Give a number from 1 to %(most)s.", most=most))

    def fill(self, requirement: Requirement) -> None:
        """Show a stored condition."""
        super().fill(requirement)
        window = requirement.window or Window()
        self.span.data = window.span.value
        self.n.data = window.n or 12  # type: ignore[assignment]
        self.each.data = "each" if window.each else "whole"

    def _span(self) -> Span:
        return Span(self.span.data) if self.span.data in set(Span) else Span.MONTHS

    def _window(self) -> Window:
        span = self._span()
        counted = span in (Span.MONTHS, Span.QUARTERS)
        each = self.each.data == "each" and span is not Span.LAST_YEAR
        return Window(span, (self.n.data or 0) if counted else 0, each)


class _KpiForm(ConditionForm):
    """A condition on a KPI, which is chosen by name or code."""

    subject = StringField(
        lazy_gettext("KPI"),
        description=lazy_gettext("Type a part of its name."),
        filters=[strip],
        validators=[InputRequired(), Length(max=250)],
    )

    def kpi(self) -> Measured | None:
        """The KPI that was named, however it was."""
        return named(self.glossary, self.subject.data or "")

    def validate_subject(self, _field: StringField) -> None:
        """Refuse what names no KPI in use."""
        if self.kpi() is None:
            raise Invalid(_("There is no such KPI in use: choose one of the list."))

    def fill(self, requirement: Requirement) -> None:
        """Show a stored condition."""
        super().fill(requirement)
        kpi = self.glossary.kpis.get(requirement.subject)
        self.subject.data = kpi_label(kpi) if kpi else requirement.subject

    def _subject(self) -> str:
        kpi = self.kpi()
        return kpi.code if kpi else ""


def named(glossary: Glossary, text: str) -> Measured | None:
    """The KPI in use of this label, code or name; None where the text names none, or two."""
    wanted = " ".join(text.split()).casefold()
    active = choices(glossary).kpis
    for form in (kpi_label, lambda kpi: kpi.code, lambda kpi: kpi.name):
        found = [kpi for kpi in active if " ".join(form(kpi).split()).casefold() == wanted]
        if found:
            return found[0] if len(found) == 1 else None
    return None


class FigureForm(_KpiForm, _WindowForm):
    """A KPI's figure against a mark in its own unit."""

    measures = Measures.KPI_VALUE
    threshold = QuantityField(lazy_gettext("Mark"), validators=[InputRequired()])

    def process(
        self, formdata: Any = None, obj: Any = None, data: Any = None, **kwargs: Any
    ) -> None:
        """Tell the mark which KPI it is of, then read."""
        typed = request.values.get("subject") or (data or {}).get("subject") or ""
        self._chosen = named(self.glossary, typed)
        if self._chosen is not None and self._chosen.value_type != "ordinal":
            self.threshold.read_as(self._chosen)
        super().process(formdata, obj, data, **kwargs)
        if self._chosen is not None and self._chosen.value_type == "ordinal":
            self._read_level(self._chosen)

    def _read_level(self, kpi: Measured) -> None:
        """A level is given by its word."""
        field, levels = self.threshold, [label.casefold() for label in kpi.label_list]
        typed = str(field.raw_data[0]).strip() if field.raw_data else ""
        if typed.casefold() in levels:
            field.data = levels.index(typed.casefold()) * MILLION
            field.process_errors = []
        elif typed:
            field.process_errors = [
                _("Give one of its levels: %(levels)s.", levels=", ".join(kpi.label_list))
            ]

    def fill(self, requirement: Requirement) -> None:
        """Show a stored condition."""
        super().fill(requirement)
        kpi = self.glossary.kpis.get(requirement.subject)
        if kpi is None:
            return
        if kpi.value_type == "ordinal":
            rank = requirement.threshold // MILLION
            self.threshold.raw_data = [kpi.label_list[rank]] if rank < len(kpi.label_list) else []
        else:
            self.threshold.read_as(kpi)


class AttainmentForm(_KpiForm, _WindowForm):
    """How far a KPI's target is reached."""

    measures = Measures.ATTAINMENT
    threshold = ShareField(
        lazy_gettext("Mark"),
        description=lazy_gettext("In per cent of the target."),
        validators=[InputRequired()],
    )


class ScorecardForm(_WindowForm):
    """The whole scorecard against a mark."""

    measures = Measures.SCORECARD
    threshold = ShareField(
        lazy_gettext("Mark"),
        description=lazy_gettext("In per cent, at most 150. Only a complete scorecard decides."),
        validators=[InputRequired()],
    )


class StreakForm(_KpiForm):
    """How often a KPI may be missed one period after another."""

    measures = Measures.STREAK
    threshold = WholeNumberField(
        lazy_gettext("Misses in a row, at most"),
        default=2,
        validators=[InputRequired(), NumberRange(0, 60)],
    )

    def fill(self, requirement: Requirement) -> None:
        """Show a stored condition."""
        super().fill(requirement)
        self.threshold.data = requirement.threshold // MILLION

    def requirement(self, key: str) -> Requirement:
        """What was entered: a count, in millionths as every mark is."""
        found = super().requirement(key)
        return replace(found, threshold=found.threshold * MILLION)


class FactForm(ConditionForm):
    """Something that core or a plugin knows of a partner."""

    measures = Measures.FACT
    subject = SelectField(lazy_gettext("Fact"), validators=[InputRequired()])
    operator = SelectField(lazy_gettext("Is"), choices=options(_OPERATORS))
    threshold = QuantityField(
        lazy_gettext("Mark"),
        description=lazy_gettext("For yes or no: at least 1 is yes, at most 0 is no."),
        validators=[InputRequired()],
    )

    def process(
        self, formdata: Any = None, obj: Any = None, data: Any = None, **kwargs: Any
    ) -> None:
        """Offer what is known, and tell the mark whether it is a percentage."""
        known = choices(self.glossary).facts
        kept = (data or {}).get("subject")
        offered = {kind.key: str(kind.label) for kind in known}
        if kept and kept not in offered:  # of a plugin that is off: it may stay
            offered[kept] = kept
        self.subject.choices = options(offered)
        chosen = self.glossary.facts.get(request.values.get("subject") or kept or "")
        if chosen is not None and chosen.unit == "percent":
            self.threshold.read_as(words.PERCENT)
        super().process(formdata, obj, data, **kwargs)

    def fill(self, requirement: Requirement) -> None:
        """Show a stored condition."""
        super().fill(requirement)
        self.subject.data = requirement.subject

    def _subject(self) -> str:
        return self.subject.data or ""


FORMS: dict[Measures, type[ConditionForm]] = {
    form.measures: form  # type: ignore[misc]
    for form in (FigureForm, AttainmentForm, ScorecardForm, StreakForm, FactForm)
}
