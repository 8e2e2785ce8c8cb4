"""What a simulation asks for: the rules, the day, and by how much figures would differ."""

from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import DateField, Form, SelectField, StringField
from wtforms.validators import Length, NumberRange, Optional, ValidationError

from app.api import (
    KpiRow,
    Period,
    QuantityField,
    WholeNumberField,
    kpis,
    options,
    organisation,
    strip,
    translations,
    viewer,
)
from plugins.incentives.programmes import queries as programmes
from plugins.incentives.simulation.queries import Stated, Supposed, named

_ = translations("incentives").gettext
lazy_gettext = translations("incentives").lazy_gettext

PLACES = 3  # KPIs that can differ at once
MOST = 1000  # per cent


class SimulationForm(Form):
    """Read from the address, so that a simulation is a link; a GET form needs no token."""

    rules = SelectField(lazy_gettext("Rules to compare with today’s"))
    day = DateField(lazy_gettext("As of"), validators=[Optional()])
    kpi_1 = SelectField(lazy_gettext("Figures of"), validators=[Optional()])
    percent_1 = WholeNumberField(
        lazy_gettext("differ by per cent"), validators=[Optional(), NumberRange(-100, MOST)]
    )
    kpi_2 = SelectField(lazy_gettext("Figures of"), validators=[Optional()])
    percent_2 = WholeNumberField(
        lazy_gettext("differ by per cent"), validators=[Optional(), NumberRange(-100, MOST)]
    )
    kpi_3 = SelectField(lazy_gettext("Figures of"), validators=[Optional()])
    percent_3 = WholeNumberField(
        lazy_gettext("differ by per cent"), validators=[Optional(), NumberRange(-100, MOST)]
    )

    partner = StringField(
        lazy_gettext("Partner"),
        description=lazy_gettext("By name or code."),
        filters=[strip],
        validators=[Optional(), Length(max=250)],
    )
    its_kpi = SelectField(lazy_gettext("KPI"), validators=[Optional()])
    its_value = QuantityField(lazy_gettext("Figure"), validators=[Optional()])
    its_period = StringField(
        lazy_gettext("Period"),
        description=lazy_gettext(
            "Such as 2026-10 or 2026-Q3; empty for each closed period of a year."
        ),
        filters=[strip],
        validators=[Optional(), Length(max=20)],
    )

    def __init__(self, args: MultiDict[str, str], programme_id: int, **kwargs: Any) -> None:
        self.known = {str(row.id): row for row in kpis().values() if not row.formula}
        super().__init__(args or None, **kwargs)
        offered = _versions(programme_id)
        self.rules.choices = options(offered)
        rows = options([("", _("– none –")), *((id_, row.name) for id_, row in self.known.items())])
        for field in (self.its_kpi, *(kpi for kpi, _percent in self.places)):
            field.choices = rows
        if not args:
            self.rules.data = offered[0][0] if offered else ""
            self.day.data = organisation().today()

    @property
    def places(self) -> list[tuple[Any, Any]]:
        """The fields in pairs: which KPI, by how much."""
        return [(self[f"kpi_{n}"], self[f"percent_{n}"]) for n in range(1, PLACES + 1)]

    @property
    def supposed(self) -> list[Supposed]:
        """The figures that would differ."""
        return [
            Supposed(int(kpi.data), percent.data)
            for kpi, percent in self.places
            if kpi.data and percent.data
        ]

    @property
    def stated(self) -> list[Stated]:
        """The one partner's figure that is given."""
        kpi = self.known.get(self.its_kpi.data)
        partner = named(viewer(), self.partner.data) if self.partner.data else None
        if kpi is None or partner is None or self.its_value.data is None:
            return []
        return [Stated(partner, kpi.id, self.its_value.data, self._period(kpi))]

    def _period(self, kpi: KpiRow) -> Period | None:
        """The period that was typed; ValueError where the KPI is not reported for such."""
        if not self.its_period.data:
            return None
        period = organisation().calendar.parse(self.its_period.data)
        if period.kind is not kpi.kind:
            raise ValueError
        return period

    def process(self, formdata: Any = None, *args: Any, **kwargs: Any) -> None:
        """Tell the figure which KPI it is of, then read."""
        if formdata:
            self.its_value.read_as(self.known.get(formdata.get("its_kpi", "")))
        super().process(formdata, *args, **kwargs)

    def validate_partner(self, field: StringField) -> None:
        """A partner, a KPI and a figure go together."""
        given = [bool(field.data), bool(self.its_kpi.data), self.its_value.data is not None]
        if any(given) and not all(given):
            raise ValidationError(_("Give a partner, a KPI and a figure, or none of them."))
        if field.data and named(viewer(), field.data) is None:
            raise ValidationError(_("There is no such partner: choose one of the list."))

    def validate_its_period(self, field: StringField) -> None:
        """A period of the KPI's own kind."""
        kpi = self.known.get(self.its_kpi.data)
        try:
            if kpi is not None and field.data:
                self._period(kpi)
        except ValueError:
            raise ValidationError(_("This is no period for which this KPI is reported.")) from None

    def validate_day(self, field: DateField) -> None:
        if field.data and not 1900 <= field.data.year <= 2999:
            raise ValidationError(_("Choose a day between 1900 and 2999."))
        if field.data and field.data > organisation().today():
            raise ValidationError(_("Nothing is known of a day to come: suppose figures instead."))


def _versions(programme_id: int) -> list[tuple[str, str]]:
    """The draft first, then what was published, the latest first."""
    found = []
    for row in programmes.versions(programme_id):
        if row.state == "draft" and not viewer().can("incentives.programmes"):
            continue  # only those who write programmes read drafts
        words = {
            "draft": _("The draft"),
            "published": _("Version %(n)s", n=row.number),
            "withdrawn": _("Version %(n)s, withdrawn", n=row.number),
        }
        found.append((row.state != "draft", str(row.number), words[row.state]))
    return [(number, label) for _later, number, label in sorted(found, key=lambda one: one[0])]
