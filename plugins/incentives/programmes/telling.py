"""Who hears of a programme's changes: those who take part, and whoever looks after them."""

from collections.abc import Collection
from datetime import date
from functools import partial
from typing import Any

from flask_babel import format_date

from app.api import Viewer, notify, people, site_path, translations
from plugins.incentives.programmes import enrolled
from plugins.incentives.programmes.models import Programme
from plugins.incentives.programmes.references import ref_of

_ = translations("incentives").gettext

EVENT = "incentives.programme_changed"


def tell_changed(programme: Programme, number: int, effective: date, by: Viewer | None) -> None:
    """The rules change on a day: what changes is a link away."""
    title = partial(_changed, programme.name, effective)
    _tell(programme, f"published:{number}", title, by)


def tell_withdrawn(programme: Programme, number: int, by: Viewer) -> None:
    """A change that was announced does not come."""
    _tell(programme, f"withdrawn:{number}", partial(_withdrawn, programme.name), by)


def _tell(programme: Programme, what: str, title: Any, by: Viewer | None) -> None:
    taking_part = enrolled.partner_ids(programme.id)
    values: dict[str, Any] = {
        "title": title,
        "ref": ref_of(programme.id),
        "key": f"programme:{programme.id}:{what}",
        "by": by.user_id if by else None,
    }
    staff, contacts = _all("team", taking_part), _all("contacts", taking_part)
    address = site_path("incentives.programme", programme_id=programme.id)
    notify(EVENT, staff, url=address, **values)
    notify(EVENT, contacts, url=site_path("incentives_portal.programme"), **values)


def _all(rule: str, partner_ids: Collection[int]) -> set[int]:
    return {person for id_ in partner_ids for person in people(f"{rule}:{id_}")}


def _changed(name: str, effective: date) -> str:
    day = format_date(effective, "medium")
    return _("The rules of %(programme)s change on %(day)s", programme=name, day=day)


def _withdrawn(name: str) -> str:
    return _("The announced change of %(programme)s does not come", programme=name)
