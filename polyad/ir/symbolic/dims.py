"""Integers and floating numbers that depend on the symbols of a scope."""

from __future__ import annotations

import ctypes
import math
import operator
import struct
import sys
from collections.abc import Callable, Iterable
from numbers import Integral, Number
from typing import Any, TypeGuard

Monomial = tuple[int, ...]
"""The numbers of the atoms whose product it is, in order; one that is there twice is squared."""
Terms = tuple[tuple[Monomial, int], ...]
"""The monomials of a polynomial with their coefficients, in order."""
Extent = Any
"""An integer or a `Dim`."""

LEAST = 9
"""The least value of a symbol. Smaller extents are numbers: those of 0 and 1 since they broadcast,
the others since loops of so few iterations are written out.
"""


class Dim:
    """An integer that depends on the symbols of a scope: a polynomial in the scope's atoms."""

    __slots__ = ("scope", "terms", "bounds", "_hint", "_hash")
    __array_ufunc__ = None  # NumPy's numbers leave arithmetic to it

    def __init__(self, scope: Any, terms: Terms) -> None:
        self.scope, self.terms = scope, terms
        self.bounds: tuple[int | None, int | None] | None = None
        self._hint: int | None = None
        self._hash = hash((id(scope), terms))

    @property
    def hint(self) -> int:
        """The value for the example."""
        if self._hint is None:
            total, values = 0, self.scope.values
            for monomial, coefficient in self.terms:
                for atom in monomial:
                    coefficient *= values[atom]
                total += coefficient
            self._hint = total
        return self._hint

    @property
    def name(self) -> str:
        """The text of the polynomial."""
        return str(self.scope.spelled(self))

    # -- Arithmetic

    def _plus(self, other: Extent, sign: int) -> Extent:
        terms = dict(self.terms)
        for monomial, coefficient in self.scope.terms_of(other):
            terms[monomial] = terms.get(monomial, 0) + sign * coefficient
        return self.scope.polynomial(terms)

    def __add__(self, other: Any) -> Any:
        return self._plus(other, 1) if is_extent(other) else real(operator.add, self, other)

    def __radd__(self, other: Any) -> Any:
        return self._plus(other, 1) if is_extent(other) else real(operator.add, other, self)

    def __sub__(self, other: Any) -> Any:
        return self._plus(other, -1) if is_extent(other) else real(operator.sub, self, other)

    def __rsub__(self, other: Any) -> Any:
        return -self + other if is_extent(other) else real(operator.sub, other, self)

    def __neg__(self) -> Any:
        return self * -1

    def __pos__(self) -> Any:
        return self

    def __mul__(self, other: Any) -> Any:
        if not is_extent(other):
            return real(operator.mul, self, other)
        terms: dict[Monomial, int] = {}
        for n, d in self.scope.terms_of(other):
            for m, c in self.terms:
                product = tuple(sorted(m + n))
                terms[product] = terms.get(product, 0) + c * d
        return self.scope.polynomial(terms)

    def __rmul__(self, other: Any) -> Any:
        return self * other if is_extent(other) else real(operator.mul, other, self)

    def __pow__(self, exponent: Any) -> Any:
        if isinstance(exponent, Dim) or not is_extent(exponent) or exponent < 0:
            return operator.index(self) ** exponent
        result: Any = 1
        for _ in range(exponent):
            result = result * self
        return result

    def __rpow__(self, base: Any) -> Any:
        return base ** operator.index(self)

    def __floordiv__(self, other: Any) -> Any:
        return self.scope.divided(self, other)[0] if is_extent(other) else NotImplemented

    def __rfloordiv__(self, other: Any) -> Any:
        return self.scope.divided(other, self)[0] if is_extent(other) else NotImplemented

    def __mod__(self, other: Any) -> Any:
        return self.scope.divided(self, other)[1] if is_extent(other) else NotImplemented

    def __rmod__(self, other: Any) -> Any:
        return self.scope.divided(other, self)[1] if is_extent(other) else NotImplemented

    def __divmod__(self, other: Any) -> Any:
        return self.scope.divided(self, other) if is_extent(other) else NotImplemented

    def __rdivmod__(self, other: Any) -> Any:
        return self.scope.divided(other, self) if is_extent(other) else NotImplemented

    def __truediv__(self, other: Any) -> Any:
        return real(operator.truediv, self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return real(operator.truediv, other, self)

    def __abs__(self) -> Any:
        return -self if self < 0 else self

    # -- Observations

    def _compared(self, relation: Callable[[Any, Any], bool], other: object) -> Any:
        """A comparison with what is no integer, by the number; `NotImplemented` if it is none."""
        if not isinstance(other, Number | Real):
            return NotImplemented
        return relation(operator.index(self), other)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not is_extent(other):
            return self._compared(operator.eq, other)  # type: ignore[no-any-return]
        if isinstance(other, Dim) and other.scope is not self.scope:
            return False
        return bool(self.scope.ask("==", self - other))

    def __ne__(self, other: object) -> bool:
        equal = self == other if is_extent(other) else self.__eq__(other)
        return equal if equal is NotImplemented else not equal

    def __lt__(self, other: Any) -> bool:
        if is_extent(other):
            return bool(self.scope.ask("<", self - other))
        return self._compared(operator.lt, other)  # type: ignore[no-any-return]

    def __gt__(self, other: Any) -> bool:
        if is_extent(other):
            return bool(self.scope.ask("<", other - self))
        return self._compared(operator.gt, other)  # type: ignore[no-any-return]

    def __le__(self, other: Any) -> bool:
        if is_extent(other):
            return not self.scope.ask("<", other - self)
        return self._compared(operator.le, other)  # type: ignore[no-any-return]

    def __ge__(self, other: Any) -> bool:
        if is_extent(other):
            return not self.scope.ask("<", self - other)
        return self._compared(operator.ge, other)  # type: ignore[no-any-return]

    def __bool__(self) -> bool:
        return not self.scope.ask("==", self)

    def __hash__(self) -> int:
        """In polyad, that of the polynomial: equal ones are one key. Anywhere else a key would be
        looked for among numbers, so it is that of the number.
        """
        if is_ours(sys._getframe(1)):
            return self._hash
        return hash(operator.index(self))

    def __index__(self) -> int:
        return int(self.scope.number(self))

    def __int__(self) -> int:
        return operator.index(self)

    __trunc__ = __int__

    def __float__(self) -> float:
        return float(operator.index(self))

    def __complex__(self) -> complex:
        return complex(operator.index(self))

    def __round__(self, digits: int | None = None) -> int:
        return round(operator.index(self), digits)

    def bit_length(self) -> int:
        return operator.index(self).bit_length()

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        import numpy  # whose function asks for it

        return numpy.asarray(operator.index(self), dtype)

    def __str__(self) -> str:
        return str(operator.index(self)) if self.scope.is_open else repr(self)

    def __format__(self, form: str) -> str:
        return format(operator.index(self), form) if self.scope.is_open else repr(self)

    def __repr__(self) -> str:
        return str(self.scope.text_of(self))

    def __reduce__(self) -> Any:
        return int, (operator.index(self),)


class Real:
    """A floating number that depends on the symbols of a scope, as the divisor of a mean does: an
    atom, computed for each size by the same operations.
    """

    __slots__ = ("scope", "atom")
    __array_ufunc__ = None

    def __init__(self, scope: Any, atom: int) -> None:
        self.scope, self.atom = scope, atom

    @property
    def is_single(self) -> bool:
        """Whether it is rounded to single precision."""
        return self.scope.atoms[self.atom].function is single

    @property
    def hint(self) -> float:
        """The value for the example."""
        return float(self.scope.values[self.atom])

    def __add__(self, other: Any) -> Any:
        return real(operator.add, self, other)

    def __radd__(self, other: Any) -> Any:
        return real(operator.add, other, self)

    def __sub__(self, other: Any) -> Any:
        return real(operator.sub, self, other)

    def __rsub__(self, other: Any) -> Any:
        return real(operator.sub, other, self)

    def __mul__(self, other: Any) -> Any:
        return real(operator.mul, self, other)

    def __rmul__(self, other: Any) -> Any:
        return real(operator.mul, other, self)

    def __truediv__(self, other: Any) -> Any:
        return real(operator.truediv, self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return real(operator.truediv, other, self)

    def __neg__(self) -> Any:
        return real(operator.neg, self)

    def __abs__(self) -> Any:
        return real(operator.abs, self)

    def __pow__(self, exponent: Any) -> Any:
        return float(self) ** exponent

    def __rpow__(self, base: Any) -> Any:
        return base ** float(self)

    def _is(self, relation: Callable[[Any, Any], bool], other: object) -> Any:
        """The truth of a comparison for the example, which is a guard."""
        if isinstance(other, complex):
            return relation(float(self), other)
        if not isinstance(other, Real | Dim | Number):
            return NotImplemented
        if not self.scope.is_open:  # as of sizes: different ones are different numbers
            if relation in (operator.eq, operator.ne):
                return (self is other) == (relation is operator.eq)
            raise self.scope.undecided(f"{self!r} {relation.__name__} {other!r}")
        given = other if isinstance(other, Real | Dim) else Exactly(other)
        return bool(self.scope.made(relation.__name__, relation, self, given))

    def __eq__(self, other: object) -> bool:
        return self._is(operator.eq, other)  # type: ignore[no-any-return]

    def __ne__(self, other: object) -> bool:
        return self._is(operator.ne, other)  # type: ignore[no-any-return]

    def __lt__(self, other: object) -> bool:
        return self._is(operator.lt, other)  # type: ignore[no-any-return]

    def __le__(self, other: object) -> bool:
        return self._is(operator.le, other)  # type: ignore[no-any-return]

    def __gt__(self, other: object) -> bool:
        return self._is(operator.gt, other)  # type: ignore[no-any-return]

    def __ge__(self, other: object) -> bool:
        return self._is(operator.ge, other)  # type: ignore[no-any-return]

    def __bool__(self) -> bool:
        return self != 0.0

    def __hash__(self) -> int:
        if is_ours(sys._getframe(1)):
            return hash((id(self.scope), self.atom))
        return hash(float(self))

    def __float__(self) -> float:
        """The number of the example, with the guard that it has these bits."""
        self.scope.number(self.scope.made("bits", bits_of, self))
        return self.hint

    def __int__(self) -> int:
        return int(float(self))

    __trunc__ = __int__

    def __complex__(self) -> complex:
        return complex(float(self))

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        import numpy  # whose function asks for it

        return numpy.asarray(float(self), dtype)

    def __str__(self) -> str:
        return str(float(self))

    def __format__(self, form: str) -> str:
        return format(float(self), form)

    def __repr__(self) -> str:
        return str(self.scope.text_of(self))

    def __reduce__(self) -> Any:
        return float, (float(self),)


class Exactly:
    """A number as an operand of an atom: equal to one of the same class and text."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Exactly) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        return repr(self.value)

    @property
    def _key(self) -> tuple[type, str]:
        return type(self.value), repr(self.value)


SYMBOLIC: frozenset[type] = frozenset((Dim, Real))
OURS = (__name__.split(".")[0], "weakref")  # which polyad keeps functions with


def is_ours(frame: Any) -> bool:
    """Whether a frame runs code of polyad's, or of a weak dictionary."""
    name: str = frame.f_globals.get("__name__", "")
    return name.partition(".")[0] in OURS


def is_extent(x: object) -> TypeGuard[Extent]:
    """Whether `x` is an integer or a `Dim`."""
    return isinstance(x, Dim | Integral)


def extent(x: Extent) -> Extent:
    """An integer of Python's, or a `Dim`."""
    return x if type(x) is Dim else int(x)


def is_symbolic(values: Iterable[object]) -> bool:
    """Whether there is a symbolic number among the values."""
    return not SYMBOLIC.isdisjoint(map(type, values))


def hint_of(x: Any) -> Any:
    """A number, or the example's value of a symbolic one; nothing is noted of it."""
    return x.hint if isinstance(x, Dim | Real) else x.value if isinstance(x, Exactly) else x


def scope_of(operands: Iterable[object]) -> Any:
    """The scope of the symbolic ones among the operands."""
    return next(x.scope for x in operands if isinstance(x, Dim | Real))


def real(function: Callable[..., Any], *operands: Any) -> Any:
    """A floating `function` of real numbers, some of them symbolic, as a `Real`. `NotImplemented`
    for operands that are no such numbers.
    """
    if not all(isinstance(x, Dim | Real | float | Integral) for x in operands):
        return NotImplemented
    given = tuple([x if isinstance(x, Dim | Real) else Exactly(x) for x in operands])
    return scope_of(operands).real(function, given)


def deferred(name: str, function: Callable[..., int], *operands: Any) -> Any:
    """An integer `function` of numbers, some of them symbolic: computed for each size, without a
    guard.
    """
    given = tuple([x if isinstance(x, Dim | Real) else Exactly(x) for x in operands])
    return scope_of(operands).made(name, function, *given)


def bits_of(value: float) -> int:
    """The bits of a float in double precision, as an integer."""
    (bits,) = struct.unpack("<q", struct.pack("<d", float(value)))
    return int(bits)


def single(value: float) -> float:
    """The nearest number of single precision, of two the even one."""
    return ctypes.c_float(value).value


def is_finite(value: Any) -> bool:
    """Whether a number, which may be symbolic or complex, is finite; of a `Real`, by a guard."""
    if isinstance(value, Real):
        return not value.scope.is_open or bool(deferred("isfinite", math.isfinite, value))
    return isinstance(value, Dim) or math.isfinite(abs(value))


def as_float(number: Any) -> Any:
    """A number as a float; a symbolic one as a `Real`."""
    if isinstance(number, Real):
        return number
    return real(float, number) if isinstance(number, Dim) else float(number)
