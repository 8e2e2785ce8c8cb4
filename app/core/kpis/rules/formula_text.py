"""A formula as text: its pieces, and what can be said about them before any meaning.

Source: domain specification §2, Derived.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from app.core.refusals import Refusal

FUNCTIONS = ("ABS", "MIN", "MAX", "PRIOR", "LIFETIME")
_TOKEN = re.compile(
    r"\s+|(?P<quoted>\[\s*[A-Za-z0-9][A-Za-z0-9_.-]{0,31}\s*\])|(?P<name>[A-Za-z][A-Za-z0-9_]*)"
    r"|(?P<number>[0-9]+(?:\.[0-9]+)?)(?![A-Za-z0-9_.])|(?P<mark>\*\*|//|[-+*/(),])",
    re.ASCII,
)


class FormulaError(Refusal):
    """Why a formula cannot be read; `at` is the character it is about, from 1."""

    def __init__(self, message: str, *, at: int, **params: Any) -> None:
        super().__init__(message, field="formula", at=at, **params)
        self.at = at


class Token(NamedTuple):
    """A piece of a formula as it is written, and the KPI that it names."""

    text: str
    at: int  # from 0
    code: str = ""


def rename(text: str, old: str, new: str) -> str:
    """The same formula after a KPI's code has changed."""
    written = new if re.fullmatch(r"[A-Z][A-Z0-9_]*", new) else f"[{new}]"
    tokens = list(tokens_of(text))
    for token, following in reversed(list(zip(tokens, [*tokens, None][1:], strict=True))):
        called = following is not None and following.text == "(" and token.code in FUNCTIONS
        if token.code == old and not called:
            text = text[: token.at] + written + text[token.at + len(token.text) :]
    return text


def tokens_of(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or found["mark"] in ("**", "//"):
            raise FormulaError(
                "At character %(at)s: “%(text)s” has no meaning in a formula.",
                at=at + 1,
                text=text[at : at + 12],
            )
        if found["quoted"]:
            yield Token(found[0], at, found[0].strip("[]").strip().upper())
        elif found["name"]:
            yield Token(found[0], at, found[0].upper())
        elif found[0].strip():
            yield Token(found[0], at)
        at = found.end()


def check_order(tokens: Sequence[Token]) -> None:
    """Refuse what Python's own messages say nothing useful about."""
    for token, following in pairwise(tokens):
        if _is_operand(token) and _is_operand(following):
            raise FormulaError(
                "At character %(at)s: an operator is missing before “%(text)s”.",
                at=following.at + 1,
                text=following.text,
            )
    last = tokens[-1]
    if not _is_operand(last) and last.text != ")":
        raise FormulaError(
            "At character %(at)s: something is missing after “%(text)s”.",
            at=last.at + 1,
            text=last.text,
        )


def _is_operand(token: Token) -> bool:
    return bool(token.code) or token.text[0].isdigit()
