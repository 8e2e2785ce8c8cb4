"""What is refused about benefits and recognitions."""

from app.api import Refusal
from plugins.incentives.rewards.models import Recognition


class RewardRefusal(Refusal):
    """A step that the present state does not allow, or that lacks what it needs."""


class StaleRecognition(RewardRefusal):
    """Somebody else saved the recognition meanwhile; `current` is what stands now."""

    def __init__(self, current: Recognition) -> None:
        super().__init__("Somebody saved this recognition meanwhile. Compare, then save again.")
        self.current = current
