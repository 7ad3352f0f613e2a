"""Symbolic sizes with other numbers in place of their symbols."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from .dims import Dim, Exactly, Extent, Real
from .scope import Atom


def substituted(x: Extent | Exactly | Real, values: Mapping[str, Extent]) -> Extent:
    """A symbolic number with the values of its symbols, by name: integers, or dims of any scope."""
    if isinstance(x, Exactly):
        return x.value
    if isinstance(x, Real):
        return _of_atom(x.scope.atoms[x.atom], values)
    if not isinstance(x, Dim):
        return x
    total: Any = 0
    for monomial, coefficient in x.terms:
        product: Any = coefficient
        for number in monomial:
            product = product * _of_atom(x.scope.atoms[number], values)
        total = total + product
    return total


def _of_atom(atom: Atom, values: Mapping[str, Extent]) -> Extent:
    if atom.function is None:
        return values[atom.name]
    return cast(Extent, atom.function(*[substituted(x, values) for x in atom.operands]))


def symbols_of(x: object) -> list[str]:
    """The names of the symbols of a number, in order."""
    if isinstance(x, Real):
        atoms = [x.atom]
    elif isinstance(x, Dim):
        atoms = [number for monomial, _ in x.terms for number in monomial]
    else:
        return []
    found: dict[str, None] = {}
    for number in atoms:
        atom = x.scope.atoms[number]
        if atom.function is None:
            found[atom.name] = None
        for operand in atom.operands:
            found.update(dict.fromkeys(symbols_of(operand)))
    return list(found)
