"""The rules of functions given by equations: `linear_solve` and `root`.

A x = b gives for the tangent A x' = b' - A' x, and for the cotangent of b the transposed equation.
f(θ, x) = 0 gives ∂f/∂x x' = -∂f/∂θ θ' (the implicit function theorem). Each is an equation again,
so the rules apply to themselves, to any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from ..errors import NotDifferentiableError
from ..ir import Attributes, Builder, Function, Op, where
from ..ops import elementwise as e
from ..ops import implicit
from ..ops.creation import zeros_like
from ..ops.definition import Unknown
from ..ops.types import BatchAxis, Operand, Tangent
from ..ops.views import Equation
from ..passes.flags import Flags, filled
from ._pass import emit_like
from .batching import batch
from .control.shared import broadcast_results, fixed_point, spread
from .jvp import jvp
from .partial_eval import postponed
from .regions import instantiate, with_arguments
from .transpose import transpose

T = TypeVar("T")


class EquationRules:
    """Each region is transformed for itself; the region that solves is the one that runs."""

    def meaning(self, op: Op, operands: Sequence[T]) -> tuple[Function, Sequence[T]]:
        return Equation(op).solve, Equation(op).solve_arguments(operands)

    def partial_eval(
        self, outer: Builder, inner: Builder, op: Op, operands: list[Operand]
    ) -> list[Operand]:
        return postponed(inner, op, operands)

    def batch(
        self,
        builder: Builder,
        op: Op,
        operands: list[Operand],
        batched: list[bool],
        axis: BatchAxis,
    ) -> tuple[list[Operand], list[bool]]:
        """An unknown that one region gives over the batch is over the batch in all regions."""
        equation = Equation(op)
        consts, start = equation.split(batched)
        n = len(start)

        def arguments(i: int, flags: Flags) -> Flags:
            return (*consts[i], *flags * (len(op.regions[i].arguments[len(consts[i]) :]) // n))

        def step(flags: Flags) -> Flags:
            found = [
                batch(region, arguments(i, flags), axis).batched[:n]
                for i, region in enumerate(op.regions)
            ]
            return tuple(any(each) for each in zip(*found, strict=True))

        flags = fixed_point(tuple(start), step)
        spreads = [batch(r, arguments(i, flags), axis) for i, r in enumerate(op.regions)]
        regions = [
            broadcast_results(s.function, s.batched, (*flags, *s.batched[n:]), axis)
            for s in spreads
        ]
        known, x = equation.split(operands)
        x = [spread(h, b, axis) if f else h for h, b, f in zip(x, start, flags, strict=True)]
        given = [*(h for part in known for h in part), *x]
        results = emit_like(builder, op, given, *regions)
        return results, [*flags, *spreads[implicit.SOLVE].batched[n:]]


def moved(
    builder: Builder,
    equation: Function,
    consts: list[Operand],
    tangents: list[Tangent],
    x: list[Operand],
) -> list[Tangent]:
    """The tangents (None: zero) of the results of `equation` at `x` as its consts move."""
    pushed = jvp(equation, [*(t is not None for t in tangents), *[False] * len(x)])
    given = [*consts, *x, *(t for t in tangents if t is not None)]
    found = builder.inline(pushed.function, given)[len(equation.results) :]
    return filled(pushed.active, found)


# -- linear_solve ----------------------------------------------------------------------------------


class LinearSolveRules(EquationRules):
    """Linear in b. The consts of the map move the solution, those of the solver do not."""

    def jvp(
        self, builder: Builder, op: Op, xs: list[Operand], ts: list[Tangent]
    ) -> tuple[list[Operand], list[Tangent]]:
        """A x = b gives A x' = b' - A' x."""
        results = emit_like(builder, op, xs, *op.regions)
        equation = Equation(op)
        (consts, b), (const_dots, b_dot) = equation.split(xs), equation.split(ts)
        x = results[: len(b)]
        a_dot = moved(builder, equation.equation, consts[0], const_dots[0], x)
        dots = [_difference(s, t) for s, t in zip(b_dot, a_dot, strict=True)]
        nothing: list[Tangent] = [None] * len(results)
        if all(t is None for t in dots):
            return results, nothing
        right = [zeros_like(h) if t is None else t for h, t in zip(b, dots, strict=True)]
        given = [*(h for part in consts for h in part), *right]
        tangents = emit_like(builder, op, given, *op.regions)
        return results, [*tangents[: len(b)], *nothing[len(b) :]]

    def transpose(
        self, builder: Builder, op: Op, cts: list[Tangent], operands: list[Operand]
    ) -> list[Tangent]:
        consts, b = Equation(op).split(operands)
        fixed = [h for part in consts for h in part]
        if any(isinstance(h, Unknown) for h in fixed):
            raise NotDifferentiableError(
                "the function is not linear: linear_solve is linear in its right-hand side, and "
                f"not in what its functions close over{where(op.location)}"
            )
        given = instantiate(builder, b, cts[: len(b)])
        attributes, order, regions = self.turned(op)
        swapped = [h for i in order for h in consts[i]]
        found = emit_like(builder, op, [*swapped, *given], *regions, attributes=attributes)
        back = [ct if isinstance(h, Unknown) else None for h, ct in zip(b, found, strict=False)]
        return [*[None] * len(fixed), *back]

    def turned(self, op: Op) -> tuple[Attributes, list[int], list[Function]]:
        """The transposed equation: attributes, the order of the groups of consts, regions."""
        if op.attrs["symmetric"]:
            return op.attributes, [0, 1], list(op.regions)
        if len(op.regions) < 3:
            raise NotDifferentiableError(
                "reverse mode through custom_linear_solve solves the transposed equation, and "
                f"there is no transpose_solve{where(op.location)}\n  Pass transpose_solve, or "
                "symmetric=True if the linear map equals its transpose."
            )
        matvec, solve, back = op.regions
        count = len(matvec.results)
        consts = op.attrs["consts"]
        first = len(matvec.arguments) - count
        order = [*range(first, first + count), *range(first)]
        vecmat = transpose(with_arguments(matvec, order), count)
        attributes = op.attributes_with(consts=(consts[0], consts[2], consts[1]))
        return attributes, [0, 2, 1], [vecmat, back, solve]


def _difference(s: Tangent, t: Tangent) -> Tangent:
    if t is None:
        return s
    return e.negative(t) if s is None else e.subtract(s, t)


# -- root ------------------------------------------------------------------------------------------


class RootRules(EquationRules):
    """The root moves with the consts of the function, and not with the guess."""

    def jvp(
        self, builder: Builder, op: Op, xs: list[Operand], ts: list[Tangent]
    ) -> tuple[list[Operand], list[Tangent]]:
        """f(θ, x) = 0 gives ∂f/∂x x' = -∂f/∂θ θ'."""
        results = emit_like(builder, op, xs, *op.regions)
        equation = Equation(op)
        (consts, _, tangent_consts), guess = equation.split(xs)
        n = len(guess)
        x = results[:n]
        f_dot = moved(builder, equation.equation, consts, equation.split(ts).consts[0], x)
        nothing: list[Tangent] = [None] * len(results)
        if all(t is None for t in f_dot):
            return results, nothing
        right: list[Operand] = [
            zeros_like(h) if t is None else e.negative(t) for h, t in zip(x, f_dot, strict=True)
        ]
        tangents = builder.inline(op.regions[2], [*tangent_consts, *x, *right])
        return results, [*tangents, *nothing[n:]]

    def transpose(
        self, builder: Builder, op: Op, cts: list[Tangent], operands: list[Operand]
    ) -> list[Tangent]:
        raise NotDifferentiableError(
            "the function is not linear: root is linear in none of its operands"
            f"{where(op.location)}"
        )


implicit.linear_solve.set_region_rules(LinearSolveRules())
implicit.root.set_region_rules(RootRules())
