"""The context of an emitter: the place to emit at, and the dtypes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir

from polyad.ir import DType

from ..llvm.module import Module
from ..llvm.types import F32, F64, I8, Value, constant
from ..llvm.writer import Writer


class Doubt:
    """A flag of a kernel: some value was outside the range of a fast formula, so the kernel must
    run again. Where it `branches`, each value chooses its formula instead.
    """

    def __init__(self, b: Writer, branches: bool) -> None:
        self.branches = branches
        self.slot = b.alloca(I8)
        b.store(I8(0), self.slot)
        self.used = False

    def raise_if(self, b: Writer, condition: Value) -> None:
        """Note that `condition` held once."""
        self.used = True
        b.store(b.or_(b.load(self.slot), b.zext(condition, I8)), self.slot)


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
