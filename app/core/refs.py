"""Pointers to objects of any kind: the text "kind:id", as audit rows, tasks and messages hold it.

A ref says nothing by itself. What it points at is asked for somebody, of whoever owns its kind:
core's slices by `register`, plugins by the hook `visible_refs`. What nobody answers for is not
shown, so an object that is gone, forbidden or of a plugin that is off stays unseen.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping

from app.core.contract import Link, Viewer
from app.core.host import Host, current_host
from app.core.ids import row_id
from app.core.refusals import Refusal

Resolve = Callable[[Collection[int], Viewer], dict[int, Link]]

MAX_LENGTH = 80  # as an audit row holds it
_REF = re.compile(r"([a-z][a-z0-9_]{0,39}):([A-Za-z0-9._-]{1,39})")
_RESOLVERS: dict[str, Resolve] = {}


def register(kind: str, resolve: Resolve) -> None:
    """Let a slice of core answer for a kind; called at boot.

    `resolve` takes ids and who asks, keeps to what that person may see in its query, and returns
    a `Link` by id.
    """
    if _RESOLVERS.setdefault(kind, resolve) is not resolve:
        raise ValueError(f"two slices answer for {kind!r}")


def split(ref: str) -> tuple[str, str] | None:
    """A ref's kind and id, or None where the text is no ref."""
    found = _REF.fullmatch(ref)
    return (found[1], found[2]) if found else None


def id_of(ref: str, kind: str) -> int | None:
    """The row's number in a ref of a kind; None in any other text."""
    own, _colon, number = ref.partition(":")
    return row_id(number) if own == kind else None


def visible(refs: Iterable[str], viewer: Viewer) -> dict[str, Link]:
    """What of these refs somebody may see, by ref: one call for each kind or plugin."""
    by_kind: dict[str, dict[int, str]] = {}
    by_plugin: dict[str, list[str]] = {}
    host = current_host()
    for ref in dict.fromkeys(refs):
        kind, id_ = split(ref) or ("", "")
        if kind in _RESOLVERS:
            if (number := row_id(id_)) is not None:
                by_kind.setdefault(kind, {})[number] = ref
        elif owner := owner_of(kind, host):
            by_plugin.setdefault(owner, []).append(ref)
    found: dict[str, Link] = {}
    for kind, ids in by_kind.items():
        links = _RESOLVERS[kind](list(ids), viewer)
        found |= {ref: links[id_] for id_, ref in ids.items() if id_ in links}
    for plugin, own in by_plugin.items():
        answer: Mapping[str, Link] | None = host.answer_of(
            plugin, "visible_refs", refs=own, viewer=viewer
        )
        found |= answer or {}
    return found


def check(ref: str) -> str:
    """A ref as a record may keep it: well formed, and of a kind that somebody answers for.

    The empty ref stands for none. Raises Refusal.
    """
    kind = (split(ref) or ("", ""))[0]
    if ref and not (kind in _RESOLVERS or owner_of(kind, current_host())):
        raise Refusal("%(ref)s points at nothing that is known here.", ref=ref[:MAX_LENGTH])
    return ref


def owner_of(kind: str, host: Host) -> str:
    """The plugin that a kind belongs to by its name, or the empty text."""
    owners = [name for name in host.registered if kind.startswith(f"{name}_")]
    return max(owners, key=len, default="")
