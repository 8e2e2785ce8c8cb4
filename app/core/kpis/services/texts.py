"""The length of what people write beside figures."""

from app.core.kpis.refusals import KpiRefusal

LONGEST = 1_000  # characters of a note or a reason


def check_length(**texts: str) -> None:
    """Refuse texts that their column would not hold, naming the field."""
    for field, text in texts.items():
        if len(text) > LONGEST:
            raise KpiRefusal("At most %(most)s characters.", field=field, most=LONGEST)
