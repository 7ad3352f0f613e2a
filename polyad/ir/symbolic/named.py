"""Symbols that a user names, of one scope for the process, and their text.

A name stands for all sizes from `LEAST` on; different names, and a name and a number, are different
sizes. So they broadcast with 1 and with themselves.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from .dims import Dim, as_float, real, single
from .scope import Scope

SCOPE = Scope(is_open=False)
EXAMPLE = 1009  # a value for functions of symbols; nothing is decided by it
RESERVED = frozenset(("True", "False", "None", "nan", "inf", "complex"))


def symbol(name: str) -> Dim:
    """The symbol with a name."""
    return SCOPE.symbol(name, EXAMPLE)


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "floordiv": operator.floordiv,
    "mod": operator.mod,
    "float": as_float,
    "single": lambda x: real(single, x),
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "truediv": operator.truediv,
    "neg": operator.neg,
}
"""The functions in the text of symbolic numbers."""


class Tokens(Protocol):
    """A text as the IR's parser reads it."""

    kind: str
    token: str

    def advance(self) -> str: ...
    def accept(self, token: str) -> bool: ...
    def expect(self, token: str) -> str: ...
    def number(self, text: str) -> int | float: ...
    def error(self, message: str) -> Exception: ...


def expression(reader: Tokens) -> Any:
    """The number at the cursor, which may be symbolic: a sum of products."""
    total = product(reader)
    while True:
        if reader.accept("+"):
            total = total + product(reader)
        elif reader.accept("-"):
            total = total - product(reader)
        elif reader.kind == "number" and reader.token.startswith("-"):
            total = total + product(reader)
        else:
            return total


def product(reader: Tokens) -> Any:
    """A product of numbers, names and functions."""
    found = factor(reader)
    while reader.accept("*"):
        found = found * factor(reader)
    return found


def factor(reader: Tokens) -> Any:
    """A number, a name, or a function of such."""
    if reader.kind == "number":
        return reader.number(reader.advance())
    if reader.accept("-"):
        return -factor(reader)
    if reader.kind != "word" or reader.token in RESERVED or "." in reader.token:
        raise reader.error(f"expected a size, found {reader.token!r}")
    word = reader.advance()
    if not reader.accept("("):
        return symbol(word)
    if word not in FUNCTIONS:
        raise reader.error(f"no function of sizes is named {word!r}")
    operands = [expression(reader)]
    while reader.accept(","):
        operands.append(expression(reader))
    reader.expect(")")
    try:
        return FUNCTIONS[word](*operands)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise reader.error(f"{word}: {error}") from None
