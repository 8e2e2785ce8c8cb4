"""Hooks that plugins publish: one asks, others answer, and either may be absent."""

from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _

from app.core import hookspecs
from app.core.boot import Plugin
from app.core.contract import Objection
from app.core.host import Host, current_host
from app.core.refs import owner_of
from app.core.results import VETO, Unavailable


@dataclass(frozen=True, slots=True)
class Published:
    """A hook that a plugin publishes, and the titles of those that answer it now."""

    hook: str
    arguments: tuple[str, ...]
    answered_by: tuple[str, ...]

    @property
    def signature(self) -> str:
        """The hook as its asker calls it."""
        return f"{self.hook}({', '.join(self.arguments)})"


def ask(hook: str, /, **arguments: Any) -> list[Any]:
    """What plugins answer to a hook that a plugin publishes, in their order, without None.

    Empty where its publisher is absent or off, or nobody answers; whoever fails or is slow is left
    out and its fault is on the Plugins page. All arguments of the hook are given, by name.
    """
    if hook.endswith(VETO):
        raise LookupError(f"{hook} is a veto; ask it with objections(), which fails closed")
    host = current_host()
    if not _is_published(host, hook, arguments):
        return []
    return [
        answer
        for _plugin, answer in host.answers(hook, arguments)
        if answer is not None and not isinstance(answer, Unavailable)
    ]


def objections(hook: str, /, **arguments: Any) -> list[Objection]:
    """Why plugins object, by a published hook `<plugin>_…_objections`; empty where nobody does.

    It fails closed: a plugin that answers the hook but failed, is paused or could not start has an
    objection in its place, which says that it could not be asked. One that is switched off does
    not object. Texts are in the reader's language.
    """
    if not hook.endswith(VETO):
        raise LookupError(f"{hook} is no veto, whose name ends in {VETO}; ask it with ask()")
    host = current_host()
    found: list[Objection] = []
    if not _is_published(host, hook, arguments):
        return found
    for plugin, answer in host.answers(hook, arguments):
        title = host.title(plugin)
        if isinstance(answer, Unavailable):
            found.append(_unasked(title))
            continue
        found += [replace(each, reason=str(each.reason), source=title) for each in answer]
    fallen = [plugin for plugin in host.plugins if plugin.problem and plugin.name not in host.off()]
    return found + [
        _unasked(plugin.title)
        for plugin in fallen
        if plugin.name not in host.registered and plugin.speaks_of(hook)
    ]


def published_by(host: Host, plugin: Plugin) -> tuple[Published, ...]:
    """The hooks that a plugin publishes, each with those that answer it now."""
    return tuple(
        Published(hook, arguments, tuple(host.title(name) for name in host.listeners(hook)))
        for hook, arguments in plugin.published.items()
    )


def unpublished(host: Host, plugin: Plugin) -> list[str]:
    """The hooks that a plugin answers though nobody here publishes them."""
    published = {hook for other in host.plugins for hook in other.published}
    return [hook for hook in plugin.hooks if hook not in published and not hasattr(hookspecs, hook)]


def _is_published(host: Host, hook: str, arguments: dict[str, Any]) -> bool:
    """Whether a hook's publisher is on; a wrong name or argument of one that is here raises."""
    name = owner_of(hook, host)
    owner = next((plugin for plugin in host.plugins if plugin.active and plugin.name == name), None)
    if owner is None:
        return False
    if hook not in owner.published:
        raise LookupError(f"plugin {owner.name} publishes no hook {hook!r}")
    expected = owner.published[hook]
    if set(arguments) != set(expected):
        raise TypeError(f"{hook} is asked with {', '.join(expected) or 'no arguments'}")
    return host.is_on(owner.name)


def _unasked(title: str) -> Objection:
    return Objection(_("could not be asked: %(plugin)s", plugin=title), source=title)
