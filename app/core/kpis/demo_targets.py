"""The sample desk's targets on their way: proposed, drafted, accepted on the partner's behalf."""

from collections.abc import Mapping, Sequence
from datetime import date

from app.core.accounts.models import User
from app.core.contract import Viewer
from app.core.kpis.figures import TargetTerms
from app.core.kpis.models import Kpi
from app.core.kpis.services.agreement import TargetDraft, propose_targets
from app.core.kpis.target_bulk import latest_figures
from app.core.partners.models import Partner
from app.core.periods import Calendar, Kind

_OPEN = "The goal is chosen with {} at the next meeting"


def load(
    code: str,
    kpis: Mapping[str, Kpi],
    codes: Sequence[str],
    manager: User,
    today: date,
    of: Calendar,
) -> None:
    """Propose next months' targets of a partner's monthly KPIs, as its manager would."""
    partner = Partner.get(Partner.code == code)
    by = Viewer(
        manager.id,
        manager.name,
        manager.email,
        manager.role,
        frozenset({"targets.edit", "partners.admin"}),
    )
    month = of.containing(today, Kind.MONTH)
    monthly = [kpis[c] for c in codes if kpis[c].frequency == "monthly"]
    chosen = [kpi for kpi in monthly if kpi.direction != "band" and kpi.value_type != "ordinal"]
    before = latest_figures(partner.id, [kpi.id for kpi in chosen], month, of)
    for kpi, ahead, agreed, as_draft in zip(
        chosen * 4,
        (1, 1, 2, 2),
        ("", f"E-mail of {partner.name}", "", ""),
        (False, False, False, True),
        strict=False,
    ):
        wanted = before[kpi.id].target or 0
        draft = TargetDraft(
            partner.id,
            kpi.id,
            of.shift(month, ahead).key,
            before[kpi.id]._replace(target=wanted * 21 // 20, baseline=wanted, threshold=None),
            TargetTerms(data_source=f"Monthly report of {partner.name}", access_host=True),
        )
        why = _OPEN.format(partner.name)
        propose_targets([draft], by=by, waiver=why, agreed=agreed, as_draft=as_draft)
