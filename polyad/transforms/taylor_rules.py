"""Taylor recurrences of ops for which the JVP would take more work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..ir import Op
from ..ops import elementwise as e
from ..ops.linalg import lower_part, matmul, upper_part
from ..ops.types import Operand, Tangent
from ._pass import build_pass, definition, finished
from .taylor import RULES, Interpreter, Series, scaled, total


def square(run: Interpreter, op: Op, xs: list[Series]) -> list[Series]:
    """Pairs of equal coefficients once."""
    (x,) = xs
    return [run.starting(op, xs, lambda k: _square(x, k))]


def _square(x: Series, k: int) -> Tangent:
    """Coefficient k of x²."""
    pairs = [(x.at(j), x.at(k - j)) for j in range((k + 1) // 2)]
    mixed = total([e.multiply(a, b) for a, b in pairs if a is not None and b is not None])
    middle = x.at(k // 2) if k % 2 == 0 else None
    return total([scaled(mixed, 2), None if middle is None else e.square(middle)])


def sech_squared(run: Interpreter, op: Op, xs: list[Series]) -> list[Series]:
    """1 - tanh², whose coefficients beyond the first do not cancel."""
    (y,) = run.of_op(op.with_(definition=e.tanh), xs)
    return [run.starting(op, xs, lambda k: scaled(_square(y, k), -1))]


def sigmoid_slope(run: Interpreter, op: Op, xs: list[Series]) -> list[Series]:
    """s - s² of the sigmoid s."""
    (y,) = run.of_op(op.with_(definition=e.sigmoid), xs)
    return [run.starting(op, xs, lambda k: _difference(y.at(k), _square(y, k)))]


def integer_pow(run: Interpreter, op: Op, xs: list[Series]) -> list[Series]:
    """By products."""
    rules = definition(op)
    assert rules.decomposition is not None
    with build_pass([op.operands[0].type], op.name) as builder:
        (x,) = builder.argument_handles()
        product: Any = rules.decomposition(x, **op.attrs)
        made = finished(builder, [product], op.name)
    return run.run(made, xs)


def divide(run: Interpreter, op: Op, xs: list[Series]) -> list[Series]:
    """q b = a: q_k = (a_k - Σ_(j>=1) b_j q_(k-j)) / b_0."""
    a, b = xs

    def make(k: int) -> Tangent:
        known = _without_first(e.multiply, b, quotient, k)
        rest = _difference(a.at(k), known)
        return None if rest is None else e.divide(rest, b.value)

    quotient = run.starting(op, xs, make)
    return [quotient]


def reciprocal(run: Interpreter, op: Op, xs: list[Series]) -> list[Series]:
    """q b = 1."""
    (b,) = xs

    def make(k: int) -> Tangent:
        known = _without_first(e.multiply, b, quotient, k)
        return None if known is None else e.negative(e.multiply(known, quotient.value))

    quotient = run.starting(op, xs, make)
    return [quotient]


def solve(run: Interpreter, op: Op, xs: list[Series]) -> list[Series] | None:
    """a x = b: x_k = a_0⁻¹ (b_k - Σ_(j>=1) a_j x_(k-j))."""
    a, b = xs
    if not a.moves:
        return None
    product = _matrix_product(op)

    def make(k: int) -> Tangent:
        rest = _difference(b.at(k), _without_first(product, a, solution, k))
        return None if rest is None else run.applied(op, xs, {1: rest})

    solution = run.starting(op, xs, make)
    return [solution]


def _matrix_product(op: Op) -> Callable[[Operand, Operand], Operand]:
    if op.name == "solve":
        return matmul
    read = lower_part if op.attrs["lower"] else upper_part  # the triangle that the op reads
    return lambda a, x: matmul(read(a), x)


def _without_first(
    product: Callable[[Operand, Operand], Operand], a: Series, b: Series, k: int
) -> Tangent:
    """Σ_(j>=1) a_j b_(k-j)."""
    pairs = [(a.at(j), b.at(k - j)) for j in range(1, k + 1)]
    return total([product(x, y) for x, y in pairs if x is not None and y is not None])


def _difference(x: Tangent, y: Tangent) -> Tangent:
    if y is None:
        return x
    return e.negative(y) if x is None else e.subtract(x, y)


def guard(run: Interpreter, op: Op, xs: list[Series]) -> list[Series]:
    """The value where its factor is not 0; a factor that moves lets the higher ones through."""
    factor, value = xs

    def make(k: int) -> Tangent:
        found = value.at(k)
        return found if found is None or factor.moves else run.applied(op, xs, {1: found})

    return [run.starting(op, xs, make)]


RULES |= {
    "square": square,
    "sech_squared": sech_squared,
    "sigmoid_slope": sigmoid_slope,
    "integer_pow": integer_pow,
    "divide": divide,
    "reciprocal": reciprocal,
    "solve": solve,
    "solve_triangular": solve,
    "guard": guard,
    "shield": guard,
}
