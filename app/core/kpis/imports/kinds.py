"""What can be imported: the columns of each kind of table. A new column is one word here."""

from typing import NamedTuple

from app.core.partners.fields.queries import definitions


class Columns(NamedTuple):
    """What a kind of file may and must have."""

    required: tuple[str, ...]
    optional: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Every column that is known."""
        return self.required + self.optional


COLUMNS = {
    "partners": Columns(
        ("code", "name", "type", "status", "currency"),
        (
            *("start_date", "contact_name", "contact_email", "tags"),
            *("legal_name", "website", "maturity", "regions"),
        ),
    ),
    "kpis": Columns(
        (
            "code",
            "name",
            "category",
            "value_type",
            "direction",
            "nature",
            "aggregation",
            "frequency",
        ),
        (
            *("unit", "description", "labels", "submitter", "due_days"),
            *("evidence_required", "data_source", "formula"),
        ),
    ),
    "targets": Columns(
        ("partner_code", "kpi_code", "period"),
        (
            "baseline",
            "target",
            "threshold",
            "weight",
            "critical",
            "band_lo",
            "band_hi",
            "zero_scale",
        ),
    ),
    "values": Columns(
        ("partner_code", "kpi_code", "period"), ("value", "numerator", "denominator", "note")
    ),
}


def columns_of(kind: str) -> Columns:
    """The columns of a kind on this desk: partners also have its custom fields."""
    known = COLUMNS[kind]
    if kind != "partners":
        return known
    return Columns(known.required, known.optional + tuple(f.column for f in definitions()))


KINDS = tuple(COLUMNS)  # in the order in which they are read
REFERENCES = ("partner_code", "kpi_code", "period")
TEXTS = frozenset(
    (
        *("name", "contact_name", "contact_email", "tags", "unit", "description", "note"),
        *("labels", "data_source", "legal_name", "regions"),
    )
)
DATES = frozenset(("start_date",))
CODES = frozenset(("code", "partner_code", "kpi_code"))
