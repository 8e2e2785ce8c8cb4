"""What plugins contribute to core's pages, gathered from the host's guarded calls."""

from collections.abc import Iterator, Sequence
from typing import Any

from app.core import results
from app.core.contract import Badge, PartnerRef, Viewer
from app.core.results import ReadyPanel, Unavailable


class Contributions:
    """The host as pages use it; `answers` and `title` are the host's own."""

    def answers(self, hook: str, arguments: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        """Each plugin's checked answer, in order, or `Unavailable` in place of one."""
        raise NotImplementedError

    def title(self, plugin: str) -> str:
        """What people call a plugin."""
        raise NotImplementedError

    def each(self, hook: str, **arguments: Any) -> Iterator[tuple[str, Any]]:
        """Each plugin's checked answer, in order; one failure never hides another's answer."""
        for plugin, answer in self.answers(hook, arguments):
            if not isinstance(answer, Unavailable):
                yield plugin, answer

    def collect(self, hook: str, **arguments: Any) -> list[Any]:
        """All plugins' answers in one list, by the items' own order."""
        items = [item for _, answer in self.each(hook, **arguments) for item in answer]
        return sorted(items, key=_order)

    def badges(self, partners: Sequence[PartnerRef], viewer: Viewer) -> dict[int, list[Badge]]:
        """The badges of a whole page of partners, by partner id; one call of each plugin."""
        found: dict[int, list[Badge]] = {}
        if not partners:
            return found
        for _, answer in self.each("partner_badges", partners=partners, viewer=viewer):
            for partner, badges in answer.items():
                found.setdefault(partner, []).extend(badges)
        return {partner: sorted(badges, key=_order) for partner, badges in found.items()}

    def panels(self, hook: str, **arguments: Any) -> list[ReadyPanel]:
        """Plugins' panels with their URLs; a plugin that failed is shown as unavailable."""
        found: list[tuple[int, ReadyPanel]] = []
        for plugin, answer in self.answers(hook, arguments):
            if isinstance(answer, Unavailable):
                title = self.title(plugin)
                found.append((100, results.unavailable_panel(plugin, hook, title, answer)))
                continue
            for number, panel in enumerate(answer):
                found.append((panel.order, results.ready_panel(plugin, hook, number, panel)))
        return [panel for _, panel in sorted(found, key=lambda pair: pair[0])]


def _order(item: Any) -> int:
    return int(getattr(item, "order", 100))
