"""Taylor mode: the Taylor coefficients of a function's results from those of its arguments.

Every value is a series c_0 + c_1 t + … + c_K t^K, whose coefficients are made when they are asked
for. Products are convolutions, quotients and roots of equations their recurrences, and every other
op that has a derivative follows from it: y' = p(x, y)·x' gives y_(k+1) = (p·x')_k / (k + 1), where
the coefficients of p are those of its own ops (Griewank and Walther, "Evaluating Derivatives",
2nd ed., chapter 13; Bettencourt, Johnson, Duvenaud, "Taylor-mode automatic differentiation for
higher-order derivatives in JAX", 2019). An op of operands that were met before is the series that
it was then, so that the slopes of sin and cos, or of tanh, refer to each other: the work is O(K²).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

from ..ir import ArrayType, Builder, Definition, Function, Op, Value
from ..ops import elementwise as e
from ..ops.control import zero_of_type
from ..ops.definition import OpDefinition
from ..ops.types import Operand, Tangent
from ..passes.flags import filled, present
from ..passes.pipeline import simplify
from ..passes.widen import widened
from ._pass import build_pass, definition, finished, memoised, replay
from .linear import linear_groups
from .tangents import plain_jvp

Coefficients = Sequence[Tangent]
Active = tuple[tuple[bool, ...], ...]
"""For each value, which of its coefficients 1, 2, … are there; the others are zero."""


class Series:
    """The Taylor coefficients of one value; None stands for zero. `make(k)` is coefficient k, and
    may ask for lower ones; without it there are no further ones. The first coefficient may be zero
    where the series is `linear` in a slope.
    """

    __slots__ = ("builder", "type", "made", "make", "linear", "slope_series")

    def __init__(
        self,
        builder: Builder,
        type: ArrayType,
        made: Coefficients,
        make: Callable[[int], Tangent] | None = None,
        linear: bool = False,
    ) -> None:
        self.builder, self.type = builder, type
        self.made, self.make, self.linear = list(made), make, linear
        self.slope_series: Series | None = None

    @property
    def value(self) -> Operand:
        found = self.at(0)
        return zero_of_type(self.builder, self.type) if found is None else found

    @property
    def moves(self) -> bool:
        """Whether a coefficient beyond the first may be other than zero."""
        return self.make is not None or any(c is not None for c in self.made[1:])

    def at(self, k: int) -> Tangent:
        """Coefficient k."""
        while len(self.made) <= k:
            if self.make is None:
                return None
            self.made.append(self.make(len(self.made)))
        return self.made[k]

    @property
    def slope(self) -> Series:
        """The derivative: its coefficient k is (k + 1) c_(k+1)."""
        if self.slope_series is None:
            make = lambda k: scaled(self.at(k + 1), k + 1)
            self.slope_series = Series(self.builder, self.type, (), make, linear=True)
        return self.slope_series


def scaled(x: Tangent, factor: float) -> Tangent:
    return x if x is None or factor == 1 else e.multiply(x, factor)


def total(terms: Sequence[Tangent]) -> Tangent:
    """The sum; None is zero."""
    found: Tangent = None
    for term in terms:
        if term is not None:
            found = term if found is None else e.add(found, term)
    return found


def convolved(
    product: Callable[[Operand, Operand], Operand], a: Series, b: Series, k: int
) -> Tangent:
    """Coefficient k of a product."""
    pairs = [(a.at(j), b.at(k - j)) for j in range(k + 1)]
    return total([product(x, y) for x, y in pairs if x is not None and y is not None])


def integral(slope: Series, k: int) -> Tangent:
    """Coefficient k >= 1 of a series from its slope's."""
    found = slope.at(k - 1)
    return found if found is None or k == 1 else e.divide(found, k)


class Interpreter:
    """The series of the values of functions, whose ops are appended to `builder`. `order` is the
    last coefficient that will be asked for.
    """

    def __init__(self, builder: Builder, order: int) -> None:
        self.builder, self.order = builder, order
        self.known: dict[Hashable, tuple[list[Series], list[Series]]] = {}
        self.slopes: dict[Hashable, Slope] = {}

    def run(self, function: Function, given: Sequence[Series], eager: bool = False) -> list[Series]:
        """The series of the results. If `eager`, all coefficients are made op by op, so that no op
        is reached through a long chain of others.
        """
        function = memoised(function, "wide", lambda: widened(function))
        env: dict[Value, Series] = dict(zip(function.arguments, given, strict=True))
        for op in function.ops:
            if eager and op.location is not None:
                self.builder.location = op.location.in_derivative(op.name)
            found = self.of_op(op, [env[v] for v in op.operands], eager)
            env.update(zip(op.results, found, strict=True))
            if eager:
                for series in found:
                    series.at(self.order)
        return [env[v] for v in function.results]

    def of_op(self, op: Op, xs: list[Series], eager: bool = False) -> list[Series]:
        """The series of an op's results: those of the same op on the same series, if it was met."""
        key = (op.definition, op.attributes, op.regions, tuple(map(id, xs)))
        if key in self.known and not op.has_effects:
            return self.known[key][1]
        found = self._made(op, xs, eager)
        self.known[key] = (xs, found)  # and `xs` are kept, which the key tells by identity
        return found

    def _made(self, op: Op, xs: list[Series], eager: bool) -> list[Series]:
        rules = definition(op)
        still = not any(x.moves for x in xs) or not rules.differentiable
        if still or not any(v.type.dtype.is_inexact for v in op.results):
            values = replay(self.builder, op, [x.value for x in xs])
            return [self.series(v, [y]) for v, y in zip(op.results, values, strict=True)]
        if rules.region_rules is not None:
            return REGIONS[op.definition](self, op, xs, eager)
        rule = RULES.get(op.name)
        made = None if rule is None else rule(self, op, xs)
        return (
            made or self._linear(rules, op, xs) or self.by_slope(op, xs, self._slope(rules, op, xs))
        )

    def series(
        self, like: Value, made: Coefficients, make: Callable[[int], Tangent] | None = None
    ) -> Series:
        """A series of the type of `like`, a result."""
        return Series(self.builder, like.type, made, make)

    def starting(self, op: Op, xs: list[Series], make: Callable[[int], Tangent]) -> Series:
        """The series of an op of one result, from coefficient 1 on by `make`, or from 0 on of
        operands that are linear in a slope.
        """
        if any(x.linear for x in xs):
            return Series(self.builder, op.result.type, (), make, linear=True)
        return self.series(op.result, replay(self.builder, op, [x.value for x in xs]), make)

    def applied(self, op: Op, xs: list[Series], others: dict[int, Operand]) -> Operand:
        """The op of the values of `xs`, with `others` in their places."""
        operands = [others[i] if i in others else x.value for i, x in enumerate(xs)]  # noqa: SIM401
        (found,) = replay(self.builder, op, operands)
        return found

    # -- Linear ops

    def _linear(self, rules: OpDefinition, op: Op, xs: list[Series]) -> list[Series] | None:
        """An op that is linear in what moves: itself, of each coefficient; or bilinear."""
        moving = [i for i, x in enumerate(xs) if x.moves]
        groups = linear_groups(op)
        group = next((g for g in groups if all(i in g for i in moving)), None)
        if group is not None:
            members = [i for i in range(len(xs)) if i in group]
            return [self.starting(op, xs, lambda k: self._placed(rules, op, xs, members, k))]
        if len(moving) == 2 and all(any(i in g for g in groups) for i in moving):
            first, second = moving
            product = lambda a, b: self.applied(op, xs, {first: a, second: b})
            return [self.starting(op, xs, lambda k: convolved(product, xs[first], xs[second], k))]
        return None

    def _placed(
        self, rules: OpDefinition, op: Op, xs: list[Series], members: list[int], k: int
    ) -> Tangent:
        """The op of coefficients k of the operands `members`."""
        given = {i: x for i in members if (x := xs[i].at(k)) is not None}
        if not given:
            return None
        if rules.alone and len(given) == 1:
            ((i, only),) = given.items()
            return rules.alone[i](only)
        zeros = {i: zero_of_type(self.builder, xs[i].type) for i in members if i not in given}
        return self.applied(op, xs, {**zeros, **given})

    # -- Any op with a derivative

    def _slope(self, rules: OpDefinition, op: Op, xs: list[Series]) -> Slope:
        moving = tuple(x.moves for x in xs)
        key = (op.definition, op.attributes, tuple(x.type for x in xs), moving)
        if key not in self.slopes:
            jvp = lambda builder, given, ts: plain_jvp(builder, rules, op, given, ts)[1]
            self.slopes[key] = slope_function(op, moving, jvp)
        return self.slopes[key]

    def by_slope(self, op: Op, xs: list[Series], slope: Slope) -> list[Series]:
        """y' is what `slope` gives for x and x', whose ops are followed as the program's own."""
        values = replay(self.builder, op, [x.value for x in xs])
        slopes: list[Series] = []

        def make(position: int) -> Callable[[int], Tangent]:
            def coefficient(k: int) -> Tangent:
                if not slopes:
                    moving = [x.slope for x in xs if x.moves]
                    slopes.extend(self.run(slope.function, [*xs, *moving]))
                return integral(slopes[position], k)

            return coefficient

        found, positions = [], itertools.count()
        for v, y, f in zip(op.results, values, slope.active, strict=True):
            found.append(self.series(v, [y], make(next(positions)) if f else None))
        return found


Rule = Callable[[Interpreter, Op, list[Series]], list[Series] | None]
RegionRule = Callable[[Interpreter, Op, list[Series], bool], list[Series]]
RULES: dict[str, Rule] = {}
"""Recurrences by the op's name; None where one does not apply. See `taylor_rules`."""
REGIONS: dict[Definition, RegionRule] = {}
"""Rules of ops with regions."""


class Slope(NamedTuple):
    """The derivatives of an op's results, those of `active`, of its operands and their slopes."""

    function: Function
    active: tuple[bool, ...]


def slope_function(op: Op, moving: Sequence[bool], jvp: Callable[..., Sequence[Tangent]]) -> Slope:
    """The tangents that `jvp(builder, operands, tangents)` gives, as a function of the operands of
    `op` and the tangents of those that are `moving`.
    """
    types = [v.type for v in op.operands]
    dotted = [t for t, f in zip(types, moving, strict=True) if f]
    with build_pass([*types, *dotted], f"slope of {op.name}") as builder:
        builder.location = op.location
        handles = builder.argument_handles()
        tangents = jvp(builder, handles[: len(types)], filled(moving, handles[len(types) :]))
        made = simplify(finished(builder, present(tangents), op.name))
    return Slope(made, tuple(t is not None for t in tangents))


# -- The pass --------------------------------------------------------------------------------------


class Taylor(NamedTuple):
    """(values, coefficients that there are of each argument) to the same of the results."""

    function: Function
    active: tuple[bool, ...]


def taylor(function: Function, active: Active, order: int, wanted: Sequence[bool] = ()) -> Taylor:
    """The Taylor coefficients of `function`'s results up to `order`, from those of its arguments
    that are `active`. A result moves, with all its coefficients, or has none; `wanted` ones have
    them in any case.
    """
    key = ("taylor", active, order, tuple(wanted))
    return memoised(function, key, lambda: _taylor(function, active, order, tuple(wanted)))


def _taylor(function: Function, active: Active, order: int, wanted: tuple[bool, ...]) -> Taylor:
    types = [*function.argument_types]
    for t, flags in zip(function.argument_types, active, strict=True):
        types += [t] * sum(flags)
    with build_pass(types, f"Taylor coefficients of {function.name}") as builder:
        handles = builder.argument_handles()
        rest = iter(handles[len(active) :])
        given = [
            Series(builder, x.type, [x, *(next(rest) if f else None for f in flags)])
            for x, flags in zip(handles, active, strict=False)
        ]
        found = Interpreter(builder, order).run(function, given, eager=True)
        builder.location = None
        moves = tuple(
            any(s.at(k) is not None for k in range(1, order + 1)) or (bool(wanted) and wanted[i])
            for i, s in enumerate(found)
        )
        results = [s.value for s in found]
        for series, f in zip(found, moves, strict=True):
            if f:
                results += instantiated(series, order)
        return Taylor(simplify(finished(builder, results, f"{function.name}_taylor")), moves)


def instantiated(series: Series, order: int) -> list[Operand]:
    """Coefficients 1 … `order`, with zeros where there are none."""
    made = [series.at(k) for k in range(1, order + 1)]
    return [zero_of_type(series.builder, series.type) if c is None else c for c in made]
