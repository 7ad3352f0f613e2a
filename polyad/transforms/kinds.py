"""Linear values with their gates as arguments and results of functions.

A region takes and gives values of the IR. Of a linear value these are the value itself and the
parts of its gate, which the `Kind` of the value tells. A value that is zero has none. What a loop
carries has one kind in all iterations, the least that holds what comes in and what each makes.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ..ir import ArrayType, Builder, Op
from ..ops import elementwise as e
from ..ops.control import Element, StackType, unstacked, zero_of_type
from ..ops.literals import literal
from ..ops.types import Operand
from . import gates
from .gates import Lazy
from .linear import Linear, Mode


class GatedForward(abc.ABC):
    """Forward rules of an op with regions through which gates go."""

    @abc.abstractmethod
    def push(
        self, builder: Builder, op: Op, xs: list[Operand], ts: list[Linear | None], mode: Mode
    ) -> tuple[list[Operand], list[Linear | None]]:
        """Results and tangents (None: zero)."""


class GatedReverse(abc.ABC):
    """Reverse rules of an op with regions through which gates go."""

    @abc.abstractmethod
    def pull(
        self, builder: Builder, op: Op, cts: list[Linear | None], operands: list[Operand]
    ) -> list[Linear | None]:
        """A cotangent for each unknown operand."""


class Kind(NamedTuple):
    """Whether a linear value is anything but zero; the types of the condition and of the factor of
    its gate, each of which may be missing; whether the factor fades.
    """

    there: bool = True
    condition: Element | None = None
    factor: Element | None = None
    fades: bool = False

    @property
    def parts(self) -> list[Element]:
        return [t for t in (self.condition, self.factor) if t is not None]

    def row(self, length: int | None) -> Kind:
        """Of what a loop runs over, the kind in one iteration."""
        condition, factor = (
            None if t is None else unstacked(t, length) for t in (self.condition, self.factor)
        )
        return self._replace(condition=condition, factor=factor)


Kinds = tuple[Kind, ...]
ZERO = Kind(there=False)
OPEN = Kind()


def kinds_of(given: Sequence[Linear | None]) -> Kinds:
    return tuple(map(kind_of, given))


def kind_of(t: Linear | None) -> Kind:
    if t is None:
        return ZERO
    if t.gate is None:
        return OPEN
    condition, factor = t.gate.condition(), t.gate.factor
    return Kind(True, _type(condition), _type(factor), factor is not None and factor.fades)


def _type(part: Lazy | None) -> Element | None:
    return None if part is None else part().type


def types_of(values: Sequence[Element], kinds: Kinds) -> list[Element]:
    """The types of linear values as arguments or results, from those of the values alone."""
    there = [t for t, kind in zip(values, kinds, strict=True) if kind.there]
    return [*there, *(t for kind in kinds for t in kind.parts)]


def count_of(kinds: Kinds) -> int:
    """The number of arguments or results."""
    return sum(kind.there + len(kind.parts) for kind in kinds)


# -- To values of the IR and back ------------------------------------------------------------------


def flattened(
    builder: Builder, types: Sequence[Element], given: Sequence[Linear | None], kinds: Kinds
) -> list[Operand]:
    """Linear values of these types as values of the IR: the ones that are there, then the parts of
    their gates. A zero that should be there is one, with a gate that is closed.
    """
    each = list(zip(types, given, kinds, strict=True))
    values = [
        zero_of_type(builder, t) if x is None else x.value for t, x, kind in each if kind.there
    ]
    return [*values, *(part for _, x, kind in each for part in _parts(builder, x, kind))]


def standing(
    given: Sequence[Linear | None], values: Sequence[Operand], kinds: Kinds, mode: Mode
) -> list[Linear | None]:
    """The linear values `given`. In a rule, where a value is its own tangent, one that does not
    move, and is to have a tangent, stands for itself: rules need not be linear.
    """
    if not mode.rule:
        return list(given)
    each = zip(given, values, kinds, strict=True)
    return [Linear(x) if t is None and kind.there else t for t, x, kind in each]


def _parts(builder: Builder, t: Linear | None, kind: Kind) -> Iterator[Operand]:
    if t is None:
        yield from (zero_of_type(builder, part) for part in kind.parts)
        return
    gate = t.gate
    own = (None, None) if gate is None else (gate.condition(), gate.factor)
    for part, lazy in zip((kind.condition, kind.factor), own, strict=True):
        if part is not None:
            yield _open(builder, part) if lazy is None else _of_dtype(lazy(), part)


def _open(builder: Builder, part: Element) -> Operand:
    assert not isinstance(part, StackType)  # `joined` makes none
    return literal(builder, 1, part.dtype, part.shape)


def _of_dtype(x: Operand, part: Element) -> Operand:
    if x.type is part:
        return x
    return e.astype(e.abs(x), dtype=part.dtype)  # a number that moves stays one


def unflattened(handles: Sequence[Operand], kinds: Kinds, raw: bool = False) -> list[Linear | None]:
    """The linear values of these kinds; `raw` where they are a function's arguments."""
    values = iter(handles)
    there = [next(values) if kind.there else None for kind in kinds]
    found: list[Linear | None] = []
    for value, kind in zip(there, kinds, strict=True):
        gate = None if kind.condition is None else gates.selected(next(values))
        if kind.factor is not None:
            gate = gates.both(gate, gates.weighed(next(values), kind.fades))
        found.append(None if value is None else Linear(value, gate, raw=raw and gate is None))
    return found


# -- Kinds that hold others ------------------------------------------------------------------------


def joined(a: Kind, b: Kind) -> Kind:
    """The least kind that holds values of both."""
    if not a.there or not b.there or a == b:
        return a if a.there else b
    if any(isinstance(t, StackType) for t in (*a.parts, *b.parts)):
        return OPEN
    condition = b.condition if a.condition is None else a.condition
    return Kind(True, condition, _wider(a.factor, b.factor), a.fades or b.fades)


def _wider(a: Element | None, b: Element | None) -> Element | None:
    """Of the types of two factors the one with more digits, real where they are not the same."""
    if a is None or b is None or a == b:
        return b if a is None else a
    assert isinstance(a, ArrayType)  # two stacks are of one type
    real = max(a.dtype.real, b.dtype.real, key=lambda dtype: dtype.bits)
    return ArrayType(real, a.shape)


def all_joined(given: Sequence[Kinds]) -> Kinds:
    """The least kinds that hold those of each branch."""
    found = given[0]
    for kinds in given[1:]:
        found = tuple(map(joined, found, kinds))
    return found


def fixed_kinds(kinds: Kinds, step: Callable[[Kinds], Kinds]) -> Kinds:
    """The least kinds above these that hold what an iteration makes of them."""
    while True:
        grown = tuple(map(joined, kinds, step(kinds)))
        if grown == kinds:
            return kinds
        kinds = grown
