"""Import: from files or pasted text to partners, KPIs, targets and values.

`tables` reads, `rows` checks, `changes` compares, `applying` writes.
"""

from app.core.kpis.imports.applying import KINDS, Plan, Report, apply, read
from app.core.kpis.imports.tables import Source

__all__ = ["KINDS", "Plan", "Report", "Source", "apply", "read"]
