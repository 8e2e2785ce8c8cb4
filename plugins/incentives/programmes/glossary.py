"""What a definition's codes stand for on this desk: KPIs, facts, partner types, the currency."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

COMPARABLE = frozenset({"number", "percent", "count", "yes_no"})  # units of facts with a mark


class Measured(Protocol):
    """What is asked of a KPI: its name, and how its figures read and roll up."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def value_type(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def label_list(self) -> tuple[str, ...]: ...
    @property
    def aggregation(self) -> str: ...
    @property
    def frequency(self) -> str: ...
    @property
    def active(self) -> bool: ...


class Known(Protocol):
    """What is asked of a kind of fact: its label, and what its values are."""

    @property
    def label(self) -> Any: ...
    @property
    def unit(self) -> str: ...


class Glossary(NamedTuple):
    """KPIs by code and facts by key; `currency` is the programme's."""

    kpis: Mapping[str, Measured]
    facts: Mapping[str, Known]
    currency: str
