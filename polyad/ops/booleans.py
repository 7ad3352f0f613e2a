"""Arithmetic of booleans, as NumPy and PyTorch have it: a sum is an or, a product an and, and there
is no difference; powers and remainders are those of small integers.
"""

from __future__ import annotations

from collections.abc import Callable

from ..errors import PolyadTypeError
from ..ir import user_location, where
from ..ir.types import int8
from . import elementwise as e
from .definition import OpDefinition
from .types import Operand, OperandOrScalar


def _no_difference(name: str, instead: str) -> Callable[..., Operand]:
    def refused(*operands: OperandOrScalar) -> Operand:
        raise PolyadTypeError(
            f"{name} is not defined for booleans{where(user_location())}\n  {instead}"
        )

    return refused


def _of_small_integers(op: OpDefinition) -> Callable[..., Operand]:
    def converted(*operands: OperandOrScalar, **attributes: int) -> Operand:
        return op(*(e.astype(x, dtype=int8) for x in operands), **attributes)

    return converted


def install() -> None:
    """Say of each op of arithmetic what it is of booleans alone."""
    e.add.of_booleans = e.logical_or
    e.multiply.of_booleans = e.logical_and
    e.abs.of_booleans = lambda x: e.logical_or(x, x)
    e.subtract.of_booleans = _no_difference("subtract", "Use logical_xor, or x ^ y.")
    e.negative.of_booleans = _no_difference("negative", "Use logical_not, or ~x.")
    e.sign.of_booleans = _no_difference("sign", "Convert it with .astype(int).")
    for op in (e.square, e.floor_divide, e.remainder, e.integer_pow, e.pow):
        op.of_booleans = _of_small_integers(op)
