"""What hooks answer, checked before a page uses it, and made ready for templates."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import url_for
from werkzeug.routing import BuildError

from app.assets import ICONS
from app.core.contract import (
    TONES,
    Approval,
    Attention,
    Badge,
    CalendarEntry,
    Effect,
    Fact,
    Hit,
    Link,
    NavItem,
    Objection,
    Panel,
    TimelineEntry,
)

VETO = "_objections"  # how the names of hooks end that may object to something
LINE_HOOKS = {"attention_items": "", "portal_items": "_portal"}
PANEL_HOOKS = {"dashboard_cards": "", "partner_panels": "", "portal_panels": "_portal"}


class Junk(TypeError):
    """A hook answered something else than its specification says."""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """What stands in place of an answer: the hook raised, or is paused because it was slow."""

    reason: str  # fault, slow


@dataclass(frozen=True, slots=True)
class ReadyPanel:
    """A panel as a template shows it; where `unavailable` is "fault" or "slow" it has no URL."""

    id: str
    title: str
    url: str
    plugin: str
    unavailable: str = ""


def check(plugin: str, hook: str, answer: Any, asked: dict[str, Any]) -> Any:
    """A hook's answer if it is what its specification says; raises Junk where it is not.

    None means "nothing" everywhere. Of the hooks that plugins publish among themselves only the
    vetoes are checked.
    """
    if hook == "nav_items":
        items = nav_items(answer)
        for item in items:
            _check_url(hook, item.endpoint, {})
        return items
    if hook in PANEL_HOOKS:
        panels = _list_of(hook, answer, Panel)
        for panel in panels:
            _check_panel(plugin + PANEL_HOOKS[hook], hook, panel)
        return panels
    if hook == "kpi_restatement_effects":
        return _effects(answer)
    if hook == "timeline_entries":
        entries = _list_of(hook, answer, TimelineEntry)
        for entry in entries:
            _check_entry(plugin, entry, asked["before"])
        return entries
    if hook == "calendar_entries":
        due = _list_of(hook, answer, CalendarEntry)
        for day in due:
            _check_calendar(plugin, day, asked["start"], asked["end"])
        return due
    if hook == "partner_badges":
        return _badges(answer, {partner.id for partner in asked["partners"]})
    if hook in ("attention_items", "portal_items"):
        waiting = _list_of(hook, answer, Attention)
        for line in waiting:
            _check_attention(hook, line)
            _check_line(hook, plugin + LINE_HOOKS[hook], line)
        return waiting
    if hook == "approval_items":
        asked_for = _list_of(hook, answer, Approval)
        for approval in asked_for:
            _check_line(hook, plugin, approval)
        return asked_for
    if hook == "search_results":
        hits = _list_of(hook, answer, Hit)[: asked["limit"]]
        for hit in hits:
            _check_line(hook, plugin if asked["viewer"].is_staff else f"{plugin}_portal", hit)
        return hits
    if hook == "visible_refs":
        return _links(answer, asked["refs"])
    if hook.endswith(VETO):
        return _objections(plugin, hook, answer)
    if hook == "fact_values":
        return _facts(answer, asked["partner_ids"])
    return answer


def nav_items(answer: Any) -> Sequence[NavItem]:
    """Navigation entries whose URLs are not looked at, as long as there are none."""
    return _list_of("nav_items", answer, NavItem)


def _list_of(hook: str, answer: Any, kind: type) -> Sequence[Any]:
    if answer is None:
        return ()
    if not isinstance(answer, list | tuple):
        raise Junk(f"{hook}() answered a {type(answer).__name__}, not a list of {kind.__name__}")
    for item in answer:
        if not isinstance(item, kind):
            raise Junk(f"{hook}() answered a {type(item).__name__} in place of a {kind.__name__}")
    return answer


def _check_panel(blueprint: str, hook: str, panel: Panel) -> None:
    if not panel.endpoint.startswith(f"{blueprint}."):
        raise Junk(f"{hook}(): the endpoint {panel.endpoint!r} is not of blueprint {blueprint!r}")
    _check_url(hook, panel.endpoint, panel.values)
    if not str(panel.title).strip():
        raise Junk(f"{hook}(): a panel has no title")


def _check_line(hook: str, blueprint: str, item: Attention | Approval | Hit) -> None:
    if not str(item.title).strip():
        raise Junk(f"{hook}(): a line has no title")
    if not item.endpoint.startswith(f"{blueprint}."):
        raise Junk(f"{hook}(): the endpoint {item.endpoint!r} is not of blueprint {blueprint!r}")
    _check_url(hook, item.endpoint, item.values)


def _check_attention(hook: str, item: Attention) -> None:
    if item.tone not in TONES:
        raise Junk(f"{hook}(): the tone {item.tone!r} is none of {', '.join(TONES)}")
    if item.due is not None and type(item.due) is not date:
        raise Junk(f"{hook}(): a line's `due` is no date")
    if item.side not in ("host", "partner"):
        raise Junk(f"{hook}(): the side {item.side!r} is neither host nor partner")


def _check_calendar(plugin: str, entry: CalendarEntry, start: date, end: date) -> None:
    hook = "calendar_entries"
    if not str(entry.title).strip():
        raise Junk(f"{hook}(): an entry has no title")
    if type(entry.day) is not date or not start <= entry.day <= end:
        raise Junk(f"{hook}(): {entry.day!r} is no date of the days that were asked for")
    if not entry.key.startswith(f"{plugin}-"):
        raise Junk(f"{hook}(): the key {entry.key!r} does not begin with {plugin + '-'!r}")
    if entry.url and not is_path(entry.url):
        raise Junk(f"{hook}(): {entry.url!r} is no path of this site")


def _effects(answer: Any) -> Sequence[Effect]:
    effects = _list_of("kpi_restatement_effects", answer, Effect)
    for effect in effects:
        if not str(effect.label).strip():
            raise Junk("kpi_restatement_effects(): an effect has no label")
        if effect.link and not is_path(effect.link):
            raise Junk(f"kpi_restatement_effects(): {effect.link!r} is no path of this site")
    return effects


def _objections(plugin: str, hook: str, answer: Any) -> Sequence[Objection]:
    found = _list_of(hook, answer, Objection)
    for objection in found:
        if not str(objection.reason).strip():
            raise Junk(f"{hook}(): an objection has no reason")
        if objection.ref and not objection.ref.startswith(f"{plugin}_"):
            raise Junk(f"{hook}(): the ref {objection.ref!r} is not of kind '{plugin}_…'")
    return found


def is_path(url: str) -> bool:
    """Whether an address leads to a page of this site, whatever a browser makes of it."""
    return url.startswith("/") and url[1:2] not in ("/", "\\") and url.isprintable()


def _links(answer: Any, refs: Collection[str]) -> dict[str, Link]:
    if answer is None:
        return {}
    if not isinstance(answer, dict):
        raise Junk(f"visible_refs() answered a {type(answer).__name__}, not a dict")
    for ref, link in answer.items():
        if ref not in refs:
            raise Junk(f"visible_refs() answered for {ref!r}, which was not asked for")
        if not isinstance(link, Link):
            raise Junk(f"visible_refs() answered a {type(link).__name__} in place of a Link")
        if not str(link.title).strip():
            raise Junk(f"visible_refs(): {ref} has no title")
        if link.url and not is_path(link.url):
            raise Junk(f"visible_refs(): {link.url!r} is no path of this site")
    return answer


def _facts(answer: Any, partner_ids: Collection[int]) -> dict[int, Fact]:
    if answer is None:
        return {}
    if not isinstance(answer, dict):
        raise Junk(f"fact_values() answered a {type(answer).__name__}, not a dict")
    asked = set(partner_ids)
    for partner_id, fact in answer.items():
        if partner_id not in asked:
            raise Junk(f"fact_values() answered for partner {partner_id!r}, who was not asked for")
        if not isinstance(fact, Fact):
            raise Junk(f"fact_values() answered a {type(fact).__name__} in place of a Fact")
        if fact.value is not None and type(fact.value) not in (int, str):
            raise Junk(f"fact_values(): {fact.value!r} is neither millionths nor text")
    return answer


def _check_entry(plugin: str, entry: TimelineEntry, before: datetime) -> None:
    if not isinstance(entry.at, datetime) or entry.at.tzinfo is not None:
        raise Junk("timeline_entries(): an entry's `at` is no naive UTC time")
    if entry.at >= before:
        raise Junk(f"timeline_entries(): an entry of {entry.at}, which is not before {before}")
    if not str(entry.title).strip():
        raise Junk("timeline_entries(): an entry has no title")
    if entry.icon not in ICONS:
        raise Junk(f"timeline_entries(): there is no icon {entry.icon!r}")
    if not entry.endpoint:
        return
    if not entry.endpoint.startswith(f"{plugin}."):
        raise Junk(
            f"timeline_entries(): the endpoint {entry.endpoint!r} is not of blueprint {plugin!r}"
        )
    _check_url("timeline_entries", entry.endpoint, entry.values)


def _check_url(hook: str, endpoint: str, values: Mapping[str, Any]) -> None:
    try:
        url_for(endpoint, **values)
    except BuildError as error:
        raise Junk(f"{hook}(): no URL for {endpoint!r}: {error}") from error


def _badges(answer: Any, partners: Collection[int]) -> dict[int, Sequence[Badge]]:
    if answer is None:
        return {}
    if not isinstance(answer, dict):
        raise Junk(f"partner_badges() answered a {type(answer).__name__}, not a dict")
    for partner, badges in answer.items():
        if partner not in partners:
            raise Junk(f"partner_badges() answered for partner {partner!r}, who was not asked for")
        for badge in _list_of("partner_badges", badges, Badge):
            if badge.tone not in TONES:
                raise Junk(f"a badge has the tone {badge.tone!r}; tones are {', '.join(TONES)}")
    return answer


def ready_panel(plugin: str, hook: str, number: int, panel: Panel) -> ReadyPanel:
    """A checked panel with its URL."""
    url = url_for(panel.endpoint, **panel.values)
    return ReadyPanel(f"{hook}-{plugin}-{number}", str(panel.title), url, plugin)


def unavailable_panel(plugin: str, hook: str, title: str, why: Unavailable) -> ReadyPanel:
    """The box that stands where a plugin's panels would be."""
    return ReadyPanel(f"{hook}-{plugin}", title, "", plugin, why.reason)
