"""Formulas of derived KPIs: arithmetic over other KPIs' figures, exact, unknown where in doubt.

The language is the four operations, brackets, numbers, codes of KPIs and five functions; whatever
else Python's grammar knows is refused. Nothing is ever evaluated as code. Source: domain
specification §2, Derived.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from app.core.kpis.rules.formula_text import (
    FUNCTIONS,
    FormulaError,
    Token,
    check_order,
    rename,
    tokens_of,
)

__all__ = [
    "FUNCTIONS",
    "Formula",
    "FormulaError",
    "Input",
    "Outcome",
    "evaluate",
    "parse",
    "pieces",
    "rename",
]

LONGEST = 500  # characters
DEEPEST = 20  # operations inside each other
MOST_PARTS = 100  # numbers, codes and operations
MOST_INPUTS = 20
LARGEST_NUMBER = 12  # digits before and after the point together

_SIGNS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
}


class Input(NamedTuple):
    """A KPI that a formula reads: in the same period, or in the one before."""

    code: str
    prior: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written."""

    amount: Fraction


@dataclass(frozen=True, slots=True)
class Operation:
    """One of + - * / over two parts, or a function over its arguments."""

    sign: str
    parts: tuple["Node", ...]
    divisor: str = ""  # of a division, as it is written


Node: TypeAlias = Number | Input | Operation


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that was read: its tree, and the KPIs that it needs."""

    text: str
    root: Node
    inputs: tuple[Input, ...]  # each once, in the order of the text
    places: Mapping[str, int]  # where each code stands first, from 0

    @property
    def divides(self) -> bool:
        """Whether its last step is a division, so that a figure keeps its two parts."""
        return isinstance(self.root, Operation) and self.root.sign == "/"


class Outcome(NamedTuple):
    """What a formula comes to: a value and, of a division, its two parts; or why it is unknown."""

    value: Fraction | None = None
    num: Fraction | None = None
    den: Fraction | None = None
    missing: tuple[Input, ...] = ()
    zero: str = ""  # the divisor that came to nothing, as it is written


class _ZeroError(Exception):
    """A division by nothing."""


@lru_cache(maxsize=1024)
def parse(text: str) -> Formula:
    """Read a formula; raises FormulaError at the place where it is none."""
    if len(text) > LONGEST:
        raise FormulaError(
            "A formula has at most %(most)s characters.", at=LONGEST + 1, most=LONGEST
        )
    tokens = list(tokens_of(text))
    if not tokens:
        raise FormulaError("A formula is missing.", at=1)
    check_order(tokens)
    reader = _Reader(text, tokens)
    root = reader.read(_tree(text, tokens).body, 1)
    inputs = tuple(dict.fromkeys(_inputs(root)))
    if not inputs:
        raise FormulaError("At character %(at)s: a formula reads at least one KPI.", at=1)
    if len(inputs) > MOST_INPUTS:
        raise FormulaError("A formula reads at most %(most)s KPIs.", at=1, most=MOST_INPUTS)
    places: dict[str, int] = {}
    for token in reader.codes:
        places[token.code] = min(token.at, places.get(token.code, token.at))
    return Formula(text, root, inputs, places)


def evaluate(formula: Formula, figures: Mapping[Input, Fraction | None]) -> Outcome:
    """What a formula comes to from its inputs' figures, in exact fractions.

    Any input that is not known, and any division by zero, makes the whole unknown, never 0.
    """
    missing = tuple(needed for needed in formula.inputs if figures.get(needed) is None)
    if missing:
        return Outcome(missing=missing)
    known = {needed: figure for needed, figure in figures.items() if figure is not None}
    try:
        if isinstance(formula.root, Operation) and formula.divides:
            num, den = (_value(part, known) for part in formula.root.parts)
            if den == 0:
                raise _ZeroError(formula.root.divisor)
            sign = 1 if den > 0 else -1
            return Outcome(num / den, num * sign, den * sign)
        return Outcome(_value(formula.root, known))
    except _ZeroError as error:
        return Outcome(zero=str(error))


def pieces(formula: Formula) -> list[str | Input]:
    """The formula as it is written, each KPI with its prior() as one piece: for showing figures."""
    found: list[str | Input] = []
    tokens = list(tokens_of(formula.text))
    at = 0
    while at < len(tokens):
        token = tokens[at]
        following = tokens[at + 1].text if at + 1 < len(tokens) else ""
        if token.code == "PRIOR" and following == "(":
            found.append(Input(tokens[at + 2].code, prior=True))
            at += 4
            continue
        is_function = following == "(" and token.code in FUNCTIONS
        found.append(Input(token.code) if token.code and not is_function else token.text)
        at += 1
    return found


def _tree(text: str, tokens: Sequence[Token]) -> ast.Expression:
    """Python's tree of the same text, in which every code is a name of the same length."""
    plain = list(re.sub(r"\s", " ", text))
    for token in tokens:
        if token.text.startswith("["):
            plain[token.at : token.at + len(token.text)] = "_" * len(token.text)
        elif token.code:  # in capitals, no word is one of Python's own
            plain[token.at : token.at + len(token.text)] = token.text.upper()
    try:
        return ast.parse("".join(plain[tokens[0].at :]), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        offset = getattr(error, "offset", None) or 1
        at = min(max(offset + tokens[0].at, 1), len(text))
        raise FormulaError(
            "At character %(at)s: the formula cannot be read from “%(text)s” on.",
            at=at,
            text=text[at - 1 : at + 11],
        ) from None


@dataclass
class _Reader:
    """Python's tree read against the list of what a formula may hold."""

    text: str
    tokens: list[Token]
    parts: int = 0
    codes: list[Token] = field(default_factory=list)

    @property
    def start(self) -> int:
        """Where the tree's text begins."""
        return self.tokens[0].at

    def token(self, at: int) -> Token:
        """The piece that begins there."""
        return next(token for token in self.tokens if token.at == at)

    def read(self, node: ast.expr, depth: int) -> Node:
        """One part of the tree."""
        self.parts += 1
        at = node.col_offset + self.start
        if depth > DEEPEST or self.parts > MOST_PARTS:
            raise FormulaError(
                "At character %(at)s: the formula is too long to follow; split it into two KPIs.",
                at=at + 1,
            )
        if isinstance(node, ast.Constant):
            return self._number(at)
        if isinstance(node, ast.Name):
            return Input(self._code(at).code)
        if isinstance(node, ast.BinOp) and type(node.op) in _SIGNS:
            left, right = self.read(node.left, depth + 1), self.read(node.right, depth + 1)
            until = (node.right.end_col_offset or 0) + self.start
            divisor = self.text[node.right.col_offset + self.start : until]
            return Operation(_SIGNS[type(node.op)], (left, right), divisor)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            inner = self.read(node.operand, depth + 1)
            if isinstance(node.op, ast.UAdd):
                return inner
            return Operation("-", (Number(Fraction(0)), inner))
        if isinstance(node, ast.Call):
            return self._call(node, depth)
        raise FormulaError(
            "At character %(at)s: the formula cannot be read from “%(text)s” on.",
            at=at + 1,
            text=self.text[at : at + 12],
        )

    def _number(self, at: int) -> Number:
        text = self.token(at).text
        if len(text.replace(".", "")) > LARGEST_NUMBER:
            raise FormulaError(
                "At character %(at)s: a number has at most %(most)s digits.",
                at=at + 1,
                most=LARGEST_NUMBER,
            )
        return Number(Fraction(text))

    def _code(self, at: int) -> Token:
        token = self.token(at)
        self.codes.append(token)
        return token

    def _call(self, node: ast.Call, depth: int) -> Node:
        at = node.func.col_offset + self.start
        token = self.token(at)
        name = token.code if isinstance(node.func, ast.Name) and token.text[0] != "[" else ""
        if name == "PRIOR":
            return self._prior(node, at)
        if name not in FUNCTIONS:
            raise FormulaError(
                "At character %(at)s: “%(name)s” is no function; there are %(functions)s.",
                at=at + 1,
                name=token.text,
                functions=", ".join(FUNCTIONS).lower(),
            )
        count = len(node.args)
        if name == "ABS" and count != 1:
            raise FormulaError(
                "At character %(at)s: abs takes one part, as in abs(SAVING).", at=at + 1
            )
        if name == "LIFETIME" and count != 2:
            raise FormulaError(
                "At character %(at)s: lifetime takes two parts, as in lifetime(CHURN, 60).",
                at=at + 1,
            )
        if name in ("MIN", "MAX") and not 2 <= count <= 9:
            raise FormulaError(
                "At character %(at)s: %(name)s takes two to nine parts, separated by commas.",
                at=at + 1,
                name=name.lower(),
            )
        return Operation(name, tuple(self.read(part, depth + 1) for part in node.args))

    def _prior(self, node: ast.Call, at: int) -> Node:
        bracket, code, end = ([t for t in self.tokens if t.at > at] + [_NONE] * 3)[:3]
        if len(node.args) != 1 or bracket.text != "(" or not code.code or end.text != ")":
            raise FormulaError(
                "At character %(at)s: prior takes one KPI, as in prior(REVENUE).", at=at + 1
            )
        self.parts += 1
        self.codes.append(code)
        return Input(code.code, prior=True)


_NONE = Token("", -1)


def _inputs(node: Node) -> Iterator[Input]:
    if isinstance(node, Input):
        yield node
    elif isinstance(node, Operation):
        for part in node.parts:
            yield from _inputs(part)


def _value(node: Node, figures: Mapping[Input, Fraction]) -> Fraction:
    if isinstance(node, Number):
        return node.amount
    if isinstance(node, Input):
        return figures[node]
    parts = [_value(part, figures) for part in node.parts]
    if node.sign == "/" and parts[1] == 0:
        raise _ZeroError(node.divisor)
    return _DO[node.sign](parts)


def _lifetime(parts: Sequence[Fraction]) -> Fraction:
    """How many periods customers stay at this churn, at most so many: for ever at a churn of 0."""
    churn, cap = parts
    return min(1 / churn, cap) if churn > 0 else cap


_DO: dict[str, Callable[[Sequence[Fraction]], Fraction]] = {
    "+": lambda parts: parts[0] + parts[1],
    "-": lambda parts: parts[0] - parts[1],
    "*": lambda parts: parts[0] * parts[1],
    "/": lambda parts: parts[0] / parts[1],
    "ABS": lambda parts: abs(parts[0]),
    "MIN": min,
    "MAX": max,
    "LIFETIME": _lifetime,
}
