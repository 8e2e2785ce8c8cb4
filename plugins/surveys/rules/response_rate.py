"""How many of those who could answer did (AAPOR RR5; with partial answers RR6).

Source: domain specification §5, Response rate.
"""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Reach:
    """Who was asked and who answered, as counts of people."""

    invited: int
    bounced: int = 0
    ineligible: int = 0
    complete: int = 0
    partial: int = 0

    @property
    def eligible(self) -> int:
        """Those who could answer."""
        return self.invited - self.bounced - self.ineligible

    @property
    def rate(self) -> Fraction | None:
        """The share that answered to the end, of 1; None where nobody could."""
        return Fraction(self.complete, self.eligible) if self.eligible > 0 else None

    @property
    def rate_with_partial(self) -> Fraction | None:
        """The same with those who answered in part."""
        return Fraction(self.complete + self.partial, self.eligible) if self.eligible > 0 else None
