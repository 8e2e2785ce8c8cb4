"""Import: from files or pasted text to partners, KPIs, targets and values.

`tables` and `sheets` read, `mapping` tells what columns mean, `rows` checks, `changes` compares,
`applying` writes, `undo` takes back; `drafts` keeps what is on its way.
"""

from app.core.kpis.imports.applying import Plan, Report, StalePreview, apply, read
from app.core.kpis.imports.kinds import KINDS
from app.core.kpis.imports.tables import Source

__all__ = ["KINDS", "Plan", "Report", "Source", "StalePreview", "apply", "read"]
