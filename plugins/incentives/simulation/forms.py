"""What a simulation asks for: the rules, the day, and by how much figures would differ."""

from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import DateField, Form, SelectField
from wtforms.validators import NumberRange, Optional, ValidationError

from app.api import WholeNumberField, kpis, options, organisation, translations, viewer
from plugins.incentives.programmes import queries as programmes
from plugins.incentives.simulation.queries import Supposed

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

    def __init__(self, args: MultiDict[str, str], programme_id: int, **kwargs: Any) -> None:
        super().__init__(args or None, **kwargs)
        offered = _versions(programme_id)
        self.rules.choices = options(offered)
        rows = [(str(row.id), row.name) for row in kpis().values() if not row.formula]
        for n in range(1, PLACES + 1):
            self[f"kpi_{n}"].choices = options([("", _("– none –")), *rows])
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
