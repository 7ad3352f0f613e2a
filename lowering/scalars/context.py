"""The context of an emitter: the place to emit at, and the dtypes."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from llvmlite import ir

from polyad.ir import DType

from ..llvm.module import Module
from ..llvm.types import F32, F64, Value, constant
from ..llvm.writer import Writer


class Doubt:
    """The memory of a kernel: whether some value was outside the range of a fast formula, so that
    the kernel must run again. Where it `branches`, each value chooses its formula instead.

    It keeps the least of the bits of |x|, less those of the next number above the range, as numbers
    without sign. A number in the range wraps around, an infinity and NaN are beyond the span: one
    subtraction and one minimum for each value. (A disjunction of comparisons costs LLVM a time that
    is quadratic in their number.)
    """

    def __init__(self, b: Writer, branches: bool) -> None:
        self.b, self.branches = b, branches
        self.slots: dict[tuple[ir.Type, float], Value] = {}
        self.noted: set[tuple[Any, Value]] = set()  # numbers, with the blocks where they were noted

    def note(self, b: Writer, x: Value, largest: float) -> None:
        """Note a number, of a formula that takes those of size `largest` and less."""
        if (b.block, x) in self.noted:
            return
        self.noted.add((b.block, x))
        type = ir.IntType(64 if x.type == F64 else 32)
        if (x.type, largest) not in self.slots:
            with self.b.goto_entry_block():
                made = self.slots[x.type, largest] = self.b.alloca(type)
                self.b.store(type(-1), made)
        slot, first = self.slots[x.type, largest], bits_of(largest, x.type) + 1
        fabs = b.module.declare_intrinsic("llvm.fabs", [x.type])
        excess = b.sub(b.bitcast(b.call(fabs, [x]), type), type(first))
        least = b.module.declare_intrinsic("llvm.umin", [type], ir.FunctionType(type, [type] * 2))
        b.store(b.call(least, [b.load(slot), excess]), slot)

    @property
    def used(self) -> bool:
        return bool(self.slots)

    def holds(self, b: Writer) -> Value:
        """Whether a finite number beyond the range was noted."""
        found = []
        for (type, largest), slot in self.slots.items():
            span = bits_of(math.inf, type) - bits_of(largest, type) - 1
            least = b.load(slot)
            found.append(b.icmp_unsigned("<", least, least.type(span)))
        return functools.reduce(b.or_, found)


def bits_of(x: float, type: ir.Type) -> int:
    """The bits of a positive number of a floating type, which are in the order of the numbers."""
    real, whole = (np.float64, np.int64) if type == F64 else (np.float32, np.int32)
    return int(np.array(x, real).view(whole))


class Context:
    """The place to emit at, and the dtypes of the op's operands and result."""

    def __init__(
        self,
        module: Module,
        b: Writer,
        dtypes: Sequence[DType],
        result: DType,
        doubt: Doubt | None = None,
    ) -> None:
        self.module, self.b, self.dtypes, self.result, self.doubt = (
            module,
            b,
            dtypes,
            result,
            doubt,
        )

    @property
    def dtype(self) -> DType:
        """The dtype of the first operand."""
        return self.dtypes[0]

    def const(self, value: Any) -> Value:
        return constant(self.dtype, value)

    def intrinsic(self, name: str, *values: Value, flags: Sequence[str] = ()) -> Value:
        """A call of an LLVM intrinsic that is overloaded on its operands' type."""
        type = values[0].type
        function = self.b.module.declare_intrinsic(
            name, [type], ir.FunctionType(type, [type] * len(values))
        )
        return self.b.call(function, values, fastmath=flags)

    def double(self, value: Value) -> Value:
        return value if value.type == F64 else self.b.fpext(value, F64)

    def rounded(self, value: Value) -> Value:
        """A double as the floating type of the first operand."""
        return self.b.fptrunc(value, F32) if self.dtype.bits == 32 else value

    def libm(self, name: str, *values: Value) -> Value:
        function = self.module.declare(name, F64, [F64] * len(values), pure=True)
        return self.rounded(self.b.call(function, [self.double(v) for v in values]))


Emitter = Callable[..., Value]
"""Takes a `Context`, the operand values, and the op's attributes by name."""
