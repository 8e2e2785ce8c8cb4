"""What is known of partners, whoever knows it: a value on a day, or unknown.

Core's slices register what they know, plugins offer theirs by the hooks `register_facts` and
`fact_values`. Unknown never grants a benefit and never triggers a sanction: what nobody knows, or
nobody can tell just now, is unknown and not zero. Source: domain specification §0, Facts.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from app.core.contract import Fact, FactKind
from app.core.host import current_host

Tell = Callable[[Sequence[int], date], Mapping[int, Fact]]

UNKNOWN = Fact()
_CORE: dict[str, tuple[FactKind, Tell]] = {}


def register(kind: FactKind, tell: Tell) -> None:
    """Let a slice of core answer for a fact; called at boot."""
    if _CORE.setdefault(kind.key, (kind, tell))[1] is not tell:
        raise ValueError(f"two slices know {kind.key!r}")


def core_keys() -> frozenset[str]:
    """The keys of core's own facts, which no plugin may take."""
    return frozenset(_CORE)


def fact_kinds() -> dict[str, FactKind]:
    """What may be known of partners just now, by key: of core and of the plugins that are on."""
    own = {key: kind for key, (kind, _tell) in _CORE.items()}
    return own | {kind.key: kind for _plugin, kind in current_host().facts}


def facts(partner_ids: Sequence[int], key: str, as_of: date) -> dict[int, Fact]:
    """What is known of each of these partners on a day; `UNKNOWN` where nobody knows.

    One batch of whoever offers the fact. A key that nobody offers is unknown of everybody: its
    plugin may be off. The caller has checked the right to the partners.
    """
    found: Mapping[int, Fact] = {}
    if key in _CORE:
        found = _CORE[key][1](partner_ids, as_of)
    else:
        host = current_host()
        owner = next((plugin for plugin, kind in host.facts if kind.key == key), None)
        if owner is not None:
            found = (
                host.answer_of(owner, "fact_values", partner_ids=partner_ids, key=key, as_of=as_of)
                or {}
            )
    return {id_: found.get(id_, UNKNOWN) for id_ in partner_ids}
