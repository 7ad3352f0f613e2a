"""Symbolic numbers as text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .dims import Dim, Monomial, Real


def spelled_number(x: Any) -> str:
    """The text of a number that an atom is made of."""
    if isinstance(x, Dim):
        return spelled(x.scope, x.terms)
    return spelled_atom(x.scope, x.atom) if isinstance(x, Real) else repr(x)


def spelled(scope: Any, terms: Iterable[tuple[Monomial, int]]) -> str:
    """The text of a polynomial, as `2*n*m + n//4 - 1`."""
    text = ""
    for monomial, coefficient in sorted(terms, key=lambda term: (-len(term[0]), term[0])):
        factors = [spelled_atom(scope, number) for number in monomial]
        if abs(coefficient) != 1 or not factors:
            factors.insert(0, str(abs(coefficient)))
        sign = "-" if coefficient < 0 else "+"
        product = "*".join(factors)
        text += f" {sign} {product}" if text else f"{sign.strip('+')}{product}"
    return text


def spelled_atom(scope: Any, number: int) -> str:
    """The text of the atom with a number."""
    atom = scope.atoms[number]
    if atom.function is None:
        return str(atom.name)
    operands = [spelled_number(x) for x in atom.operands]
    if not scope.is_open:  # as the parser reads it
        word = {"//": "floordiv", "%": "mod"}.get(atom.name, atom.name)
        return f"{word}({', '.join(operands)})"
    if atom.name in ("//", "%"):
        return f"({atom.name.join(t if t.isalnum() else f'({t})' for t in operands)})"
    return f"{atom.name}({', '.join(operands)})"
