"""Squares of roots, as what the roots are of.

The derivative of a root of a sum of squares at 0 is 0 by convention, and a product rule would carry
that into the second derivative of its square, which is a sum of squares; that of a square root is
infinite there, and the product NaN. So before a function is differentiated, the square of a root in
it becomes what the root is of. It is a pattern and no rule of an op, since a rule sees one op and
its operands: the derivative of a root does not know by what it will be multiplied.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..ir import Function, Op
from ..ops import elementwise as e
from ..ops.manipulation import sum
from ..ops.roots import squares
from ..ops.types import Operand
from .cse import cse
from .rewrite import ArrayRewriter, rewrite

ROOTS = {"abs", "hypot", "root_of_powers", "sqrt"}
POWERS = {"square", "multiply", "integer_pow"}


def without_squares_of_roots(function: Function) -> Function:
    """`function` with what roots are of in place of their even powers; a product of two roots that
    are made alike is a square.
    """
    names = {op.name for op in function.ops}
    if names.isdisjoint(ROOTS) or names.isdisjoint(POWERS):
        return function
    return rewrite(cse(function), power_step)


def power_step(r: ArrayRewriter, op: Op, operands: tuple[Operand, ...]) -> Sequence[Operand] | None:
    exponent = 2
    if op.name == "integer_pow":
        exponent = op.attrs["exponent"]
    elif op.name != "square" and (op.name != "multiply" or operands[0] is not operands[1]):
        return None
    if exponent < 2 or exponent % 2:
        return None
    squared = square_of_root(r, operands[0])
    if squared is None:
        return None
    return [squared if exponent == 2 else e.integer_pow(squared, exponent=exponent // 2)]


def square_of_root(r: ArrayRewriter, x: Operand) -> Operand | None:
    """x² of a modulus, a hypotenuse or a `root_of_powers` of order 2: the sum of squares below; of
    a square root what it is of, NaN for negative real numbers.
    """
    found = r.maker(x)
    if found is None or found[0].name not in ROOTS:
        return None
    op, below = found
    if op.attrs.get("order", 2) != 2:
        return None
    if op.name == "root_of_powers":
        return sum(squares(below[0]), axes=op.attrs["axes"]) / below[2]
    if op.name == "sqrt":
        of = below[0]
        return of if of.dtype.is_complex else of * e.where(e.less(of, 0), math.nan, 1)
    if op.name == "abs":
        return squares(below[0])
    return e.square(below[0]) + e.square(below[1])
