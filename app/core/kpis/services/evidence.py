"""Files that support a figure: attached at its submission, kept with the revision."""

from collections.abc import Collection, Sequence
from typing import Any

from app.core.contract import Viewer
from app.core.files.models import StoredFile
from app.core.files.owners import register_owner
from app.core.files.services import Upload, store_file
from app.core.kpis.models import Revision
from app.core.kpis.refusals import KpiRefusal
from app.core.kpis.value_models import Evidence
from app.core.partners.models import Partner
from app.core.partners.queries import readable

OWNER = "kpi_evidence"
MOST = 5  # files of one submission


def store_evidence(upload: Upload, *, by: Viewer) -> int:
    """Store a file that a submission can then name; raises FileRefusal."""
    return store_file(upload, owner=OWNER, by=by)


def attach(revision_id: int, key: tuple[int, int, int], files: Sequence[int], by: Viewer) -> None:
    """Let a new revision hold files: own uploads, or evidence of the same figure before."""
    wanted = set(files)
    if not wanted:
        return
    if len(wanted) > MOST:
        raise KpiRefusal("At most %(most)s files.", field="evidence", most=MOST)
    partner_id, kpi_id, period = key
    held = {
        row[0] for row in Evidence.select(Evidence.file).where(Evidence.file.in_(wanted)).tuples()
    }
    earlier = (
        Evidence.select(Evidence.file)
        .join(Revision)
        .where(
            Evidence.file.in_(wanted),
            Revision.partner == partner_id,
            Revision.kpi == kpi_id,
            Revision.period == period,
        )
        .tuples()
    )
    own = (
        StoredFile.select(StoredFile.id)
        .where(
            StoredFile.id.in_(wanted),
            StoredFile.owner == OWNER,
            StoredFile.uploaded_by == by.user_id,
        )
        .tuples()
    )
    allowed = {row[0] for row in earlier} | ({row[0] for row in own} - held)
    if wanted - allowed:
        raise KpiRefusal("A file is no longer there: attach it again.", field="evidence")
    Evidence.insert_many(
        [{"revision": revision_id, "file": id_} for id_ in sorted(wanted)]
    ).execute()


def _may_read(file_id: int, viewer: Viewer) -> bool:
    found: Any = (
        Evidence.select(Evidence.id)
        .join(Revision)
        .join(Partner, on=(Revision.partner == Partner.id))
        .where(Evidence.file == file_id, readable(viewer))
    )
    return bool(found.exists())


def _in_use(file_ids: Collection[int]) -> set[int]:
    rows = Evidence.select(Evidence.file).where(Evidence.file.in_(list(file_ids))).tuples()
    return {row[0] for row in rows}


register_owner(OWNER, _may_read, _in_use)
