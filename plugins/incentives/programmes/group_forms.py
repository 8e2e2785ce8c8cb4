"""The form of a group that counts points."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms.validators import InputRequired, NumberRange

from app.api import VersionField, WholeNumberField, translations

lazy_gettext = translations("incentives").lazy_gettext


class GroupForm(FlaskForm):
    """How many points are needed, and what the group itself counts in one around it."""

    version = VersionField(default=0)
    needed = WholeNumberField(
        lazy_gettext("Points needed"), validators=[InputRequired(), NumberRange(1, 10_000)]
    )
    points = WholeNumberField(
        lazy_gettext("Points of this group"),
        description=lazy_gettext("What it counts in the group around it."),
        validators=[InputRequired(), NumberRange(0, 1000)],
    )

    def __init__(self, *, in_points: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not in_points:
            del self.points

    def own_points(self, otherwise: int) -> int:
        """What the group counts itself."""
        return (self.points.data or 0) if "points" in self else otherwise
