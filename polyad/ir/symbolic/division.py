"""Quotients of polynomials, and bounds of their values."""

from __future__ import annotations

from typing import Any, NamedTuple

from .dims import LEAST, Dim, Exactly, Extent, Monomial, Terms

Bounds = tuple[int | None, int | None]


class Divided(NamedTuple):
    """A polynomial as `quotient` times a divisor, and the `rest`."""

    quotient: dict[Monomial, int]
    rest: dict[Monomial, int]


def division(x: Terms, y: Terms) -> Divided:
    """`x` by `y`, monomial by monomial: those of `x` that the only one of `y` divides are in the
    quotient. The floor of x / y is that of rest / y, and the quotient.
    """
    found = Divided({}, {})
    for monomial, coefficient in x:
        quotient = of_monomials(monomial, coefficient, *y[0]) if len(y) == 1 else None
        if quotient is None:
            found.rest[monomial] = coefficient
        else:
            found.quotient[quotient[0]] = quotient[1]
    return found


def of_monomials(x: Monomial, c: int, y: Monomial, d: int) -> tuple[Monomial, int] | None:
    """The quotient of two monomials with coefficients c and d; None if it is none."""
    left = list(x)
    for atom in y:
        if atom not in left:
            return None
        left.remove(atom)
    return None if c % d else (tuple(left), c // d)


def bounds(x: Extent) -> Bounds:
    """The least and the greatest value of a dim for all sizes; None where it is not known."""
    if not isinstance(x, Dim):
        return int(x), int(x)
    if x.bounds is None:
        least: int | None = 0
        most: int | None = 0
        for monomial, coefficient in x.terms:
            low, high = bounds_of_product(x.scope, monomial)
            if coefficient < 0:
                low, high = high, low
            least = None if least is None or low is None else least + coefficient * low
            most = None if most is None or high is None else most + coefficient * high
        x.bounds = least, most
    return x.bounds


def bounds_of_product(scope: Any, monomial: Monomial) -> Bounds:
    """Those of a product of atoms, if none of them is negative."""
    least, most = 1, 1
    bounded = True
    for number in monomial:
        low, high = bounds_of_atom(scope, number)
        if low is None or low < 0:
            return None, None
        least *= low
        bounded = bounded and high is not None
        most *= high or 0
    return least, most if bounded else None


def bounds_of_atom(scope: Any, number: int) -> Bounds:
    """Those of the atom with a number."""
    atom = scope.atoms[number]
    if atom.function is None:
        return LEAST, None
    if atom.name not in ("//", "%"):
        return None, None
    (least, most), (low, high) = [
        bounds(x.value if isinstance(x, Exactly) else x) for x in atom.operands
    ]
    if least is None or low is None or least < 0 or low <= 0:
        return None, None
    if atom.name == "//":
        return 0 if high is None else least // high, None if most is None else most // low
    return 0, None if high is None else high - 1
