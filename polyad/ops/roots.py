"""Square roots of sums of squares, and their squares.

The derivative of such a root at 0 is 0 by convention, and a product rule would carry that into the
second derivative of its square, which is a sum of squares. So the square of a root is traced as the
sum that the root is of.
"""

from __future__ import annotations

from ..ir import Builder, Handle
from . import elementwise as e
from .definition import elementwise
from .types import Operand


def scaled_sqrt_partial(t: Operand, scale: Operand, y: Operand) -> Operand:
    """1 / (2 s² y), and 0 at 0."""
    flat = e.equal(y, 0)
    return e.where(flat, 0, 0.5 / (e.where(flat, 1, y) * scale) / scale)


scaled_sqrt = elementwise(
    "scaled_sqrt",
    operands=2,
    accepts="real floating",
    partials=(scaled_sqrt_partial, lambda t, scale, y: -y / scale),
    decomposition=lambda t, scale: e.sqrt(t) / scale,
)
"""√t / s of a sum t of squares that were multiplied by s²."""


DEPTH = 8  # ops between two roots and the values that they have in common, at most
ROOTS = ("abs", "hypot", "scaled_sqrt")


def square_of_root(x: Operand) -> Operand | None:
    """x² of a modulus, a hypotenuse or a `scaled_sqrt`: the sum of squares below it."""
    row = x.builder.row_of(x.number) if isinstance(x, Handle) else None
    if row is None or row[0].name not in ROOTS:
        return None
    below: list[Operand] = [x.builder.handle(x.builder, n, x.builder.types[n]) for n in row[1]]
    if row[0] is scaled_sqrt:
        return below[0] / below[1] / below[1]
    parts = [e.real(below[0]), e.imag(below[0])] if below[0].dtype.is_complex else below
    squares = [e.square(part) for part in parts]
    return squares[0] + squares[1] if len(squares) == 2 else squares[0]


def product_of_root(x: Operand, y: Operand) -> Operand | None:
    """x·y of one root, or of two that are made alike."""
    if not (isinstance(x, Handle) and isinstance(y, Handle)):
        return None
    one = x.builder.row_of(x.number)
    if one is None or one[0].name not in ROOTS or x.builder is not y.builder:
        return None
    return square_of_root(x) if alike(x.builder, x.number, y.number) else None


def alike(builder: Builder, one: int, two: int, depth: int = DEPTH) -> bool:
    """Whether two values are made by the same ops of the same values, which `depth` ops tell."""
    if one == two:
        return True
    a, b = builder.row_of(one), builder.row_of(two)
    if not depth or a is None or b is None or a[0] is not b[0] or a[2:4] != b[2:4]:
        return False
    return len(a[1]) == len(b[1]) and all(
        alike(builder, i, j, depth - 1) for i, j in zip(a[1], b[1], strict=True)
    )


def power_of_root(x: Operand, *, exponent: int) -> Operand | None:
    """x^n for even n."""
    squared = square_of_root(x) if exponent >= 2 and exponent % 2 == 0 else None
    if squared is None or exponent == 2:
        return squared
    return e.integer_pow(squared, exponent=exponent // 2)


e.square.simpler, e.multiply.simpler = square_of_root, product_of_root
e.integer_pow.simpler = power_of_root
