"""What staff chose to tell the contacts of every partner, and which is no leak therefore."""

import re
from collections.abc import Iterable

from app.core.partners.models import Partner
from plugins.incentives.rewards.models import Recognition

WALL = "/portal/x/incentives/recognitions"


def shared_on_purpose(places: Iterable[str]) -> set[tuple[str, str]]:
    """Where which partner's name may stand: recognitions published for all name whom they honour.

    Only on their own page, and only those partners.
    """
    rows = (
        Recognition.select(Partner.name)
        .join(Partner)
        .where(Recognition.state == "published", Recognition.audience == "all")
    )
    names = [name for (name,) in rows.tuples()]
    walls = [place for place in places if re.split(r"[ ?]", place)[0] == WALL]
    return {(place, name) for place in walls for name in names}
