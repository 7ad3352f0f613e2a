"""The function of a routine: a loop over items around the code for one.

It gives 0, or 1 where it finds no answer for one of them.
"""

from __future__ import annotations

from collections.abc import Callable

from llvmlite import ir

from polyad.ir import ArrayType, Op

from ..llvm.module import Module
from ..llvm.types import I32, I64, POINTER
from ..scalars import power
from .eigen import EIGEN
from .frame import Frame
from .gauge import GAUGE
from .lapack import LAPACK
from .layout import batch, offsets
from .sorting import SORTING


def routine_function(module: Module, op: Op) -> tuple[ir.Function, Frame]:
    """The function of a routine, a loop over a range of items around the code for one; and the
    frame of that code.
    """
    (inner,) = op.regions[0].ops
    types = [*[POINTER] * len(op.operands), I64, I64]
    b = module.function(inner.name, I32, types, "noinline", "nounwind")
    inputs = len(inner.operands)
    for argument in b.args[inputs:-2]:
        argument.add_attribute("noalias")
    f = Frame(b, op)
    *buffers, scratch, start, stop = b.args
    starts, _ = offsets(f.pieces)
    f.scratch = {piece: b.gep(scratch, [I64(at)]) for piece, at in starts.items()}
    arrays, count = [*f.types, *f.results_types], batch(f.types[0], f.rank)
    with b.over(stop, start) as index:
        here = [
            b.gep(buffer, [b.mul(index, I64(each(type, count)))])
            for buffer, type in zip(buffers, arrays, strict=True)
        ]
        f.operands, f.results = here[:inputs], here[inputs:]
        ITEMS[inner.name](f)
    b.ret(I32(0))
    return b.function, f


def integer_power(f: Frame) -> None:
    """Powers of signed integers. A negative exponent is left to NumPy, which raises an error."""
    at = I64(0), I64(0)
    x, y = f.operand(0)[at], f.operand(1)[at]
    f.fail_if(f.b.icmp_signed("<", y, f.const(0)))
    f.result(0)[at] = power.of_integers(f.b, x, y)


def each(type: ArrayType, count: int) -> int:
    """The bytes of an array that belong to one of `count` items."""
    return type.nbytes // max(count, 1)


ITEMS: dict[str, Callable[[Frame], None]] = {
    **LAPACK,
    **EIGEN,
    **GAUGE,
    **SORTING,
    "pow": integer_power,
}
