"""What tasks, histories and messages may point at: benefits and recognitions."""

from collections.abc import Collection, Mapping

from flask import url_for

from app.api import Link, Partner, Viewer, readable, ref_id, translations
from plugins.incentives.programmes.models import ProgrammeVersion
from plugins.incentives.rewards.giving import reward_of
from plugins.incentives.rewards.models import Grant, Recognition

_ = translations("incentives").gettext

GRANT, RECOGNITION = "incentives_grant", "incentives_recognition"


def grant_ref(grant_id: int) -> str:
    """The ref of a benefit."""
    return f"{GRANT}:{grant_id}"


def recognition_ref(recognition_id: int) -> str:
    """The ref of a recognition."""
    return f"{RECOGNITION}:{recognition_id}"


def grant_of(source: str | None) -> int | None:
    """The benefit that a recognition was drafted for, by the recognition's source."""
    return ref_id(source or "", "grant")


def links(refs: Collection[str], viewer: Viewer) -> Mapping[str, Link]:
    """The benefits and recognitions that somebody may see, with their pages."""
    if not (viewer.can("incentives.view") or viewer.can("incentives.portal")):
        return {}
    found: dict[str, Link] = {}
    for kind, resolve in ((GRANT, _grants), (RECOGNITION, _recognitions)):
        ids = {id_ for ref in refs if (id_ := ref_id(ref, kind)) is not None}
        if ids:
            found |= {f"{kind}:{id_}": link for id_, link in resolve(ids, viewer).items()}
    return {ref: found[ref] for ref in refs if ref in found}


def _grants(ids: Collection[int], viewer: Viewer) -> dict[int, Link]:
    rows = (
        Grant.select(Grant, ProgrammeVersion, Partner.name)
        .join(ProgrammeVersion)
        .switch(Grant)
        .join(Partner)
        .where(Grant.id.in_(list(ids)), readable(viewer))
    )
    found = {}
    for row in rows:
        name = reward_of(row).name
        if viewer.is_staff:
            words = _("%(benefit)s for %(partner)s", benefit=name, partner=row.partner.name)
            found[row.id] = Link(words, url_for("incentives.benefit", benefit_id=row.id))
        else:
            found[row.id] = Link(name, url_for("incentives_portal.recognitions"))
    return found


def _recognitions(ids: Collection[int], viewer: Viewer) -> dict[int, Link]:
    rows = (
        Recognition.select(Recognition, Partner.name)
        .join(Partner)
        .where(Recognition.id.in_(list(ids)), readable(viewer))
    )
    if viewer.is_staff:
        return {
            row.id: Link(
                f"{row.title} · {row.partner.name}",
                url_for("incentives.recognition", recognition_id=row.id),
            )
            for row in rows
        }
    page = url_for("incentives_portal.recognitions")
    return {row.id: Link(row.title, page) for row in rows.where(Recognition.state == "published")}
