"""Code that runs without Python: a C function of pointers, and of a vector of doubles for SciPy.

A standalone module may call the C library and libm only. It notes the names of other functions that
it would call, and the caller refuses such a module. Its loops do not look for signals.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from llvmlite import ir

from polyad.ir import ArrayType

from ..linking.symbols import LIBM
from ..llvm.module import Module
from ..llvm.types import F64, I32, I64, POINTER, Value
from ..llvm.writer import Writer

OK, NULL_POINTER, WRONG_SIZE = 0, 1, 5
FUNCTION, VECTOR = "polyad.function", "polyad.vector"
ALLOCATORS = ("malloc", "realloc")


class Standalone(Module):
    """A module without Python. With `libraries` it may call SciPy's functions, in this process."""

    standalone = True

    def __init__(
        self,
        name: str,
        pointer_bits: int,
        libraries: bool,
        settings: Mapping[str, Any],
    ) -> None:
        super().__init__(name, settings)
        self.size_type = ir.IntType(pointer_bits)
        self.libraries = libraries
        self.missing: dict[str, None] = {}

    def declare(
        self, name: str, result: ir.Type, arguments: Sequence[ir.Type], *, pure: bool = False
    ) -> ir.Function:
        if name in ALLOCATORS and self.size_type != I64:
            return self.allocator(name, arguments)
        known = name in (*ALLOCATORS, "free", *LIBM) or name.startswith("llvm.")
        library = name.startswith("polyad.") and self.libraries
        if not (known or library):
            self.missing[name] = None
        return super().declare(name, result, arguments, pure=pure)

    def library(
        self, name: str, result: ir.Type, arguments: Sequence[ir.Type], *, pure: bool = False
    ) -> ir.Function:
        if self.libraries:
            return super().library(name, result, arguments, pure=pure)
        return self.declare(name, result, arguments, pure=pure)

    def allocator(self, name: str, arguments: Sequence[ir.Type]) -> ir.Function:
        """An allocator of C, on a machine whose sizes have fewer bits than ours."""

        def body(b: Writer, args: Sequence[Value]) -> Value:
            type = ir.FunctionType(POINTER, [*arguments[:-1], self.size_type])
            function = ir.Function(self, type, name)
            return b.call(function, [*args[:-1], b.trunc(args[-1], self.size_type)])

        return self.define(f"{name}_64", ir.FunctionType(POINTER, arguments), body)

    def named(self, name: str, exported: str = "") -> str:
        """The module's text, with `name` for its function, which is `exported` by LLVM's word. All
        other definitions become internal, under names that no C function has.
        """
        values = [x for x in self.global_values if not getattr(x, "is_declaration", False)]
        names = {x.name: f"polyad.internal.{x.name}" for x in values}
        names |= {FUNCTION: name, VECTOR: VECTOR}
        for value in values:
            if value.name not in (FUNCTION, VECTOR):
                value.linkage = "internal"
            else:
                value.linkage = exported
        return _QUOTED.sub(
            lambda m: f'@"{names.get(m[1], m[1])}"' if m[1] is not None else m[0], str(self)
        )


_QUOTED = re.compile(r'@"([^"]+)"|"[^"]*"')
"""A name, or another quoted text: a constant of which the last byte may be 64, "@"."""


def emit_function(
    module: Standalone,
    run: ir.Function,
    arguments: Sequence[ArrayType],
    results: Sequence[ArrayType],
    captured: Sequence[bytes],
) -> ir.Function:
    """Add the C function of pointers to arguments and results. The last arguments of `run` are the
    `captured` constants.
    """
    types = [*arguments, *results]
    b = module.function(FUNCTION, I32, [POINTER] * len(types), exported=True)
    for pointer, type in zip(b.args, types, strict=True):
        if type.nbytes:
            with b.if_then(b.is_null(pointer), likely=False):
                b.ret(I32(NULL_POINTER))
    constants = [module.bytes("captured", data) for data in captured]
    sides = [*b.args[: len(arguments)], *constants], b.args[len(arguments) :]
    b.ret(b.call(run, [table_of(b, side) for side in sides]))
    return b.function


def emit_dispatch(
    module: Standalone, programs: Sequence[ir.Function], sizes: int, given: int, results: int
) -> None:
    """Add the C function of sizes and of pointers to arguments and results: it runs the first of
    the programs that is made for the sizes (see `programs.sized`).
    """
    types = [*[I64] * sizes, *[POINTER] * (given + results)]
    b = module.function(FUNCTION, I32, types, exported=True)
    sides = b.args[sizes : sizes + given], b.args[sizes + given :]
    tables = [table_of(b, side) for side in sides]
    for program in programs:
        code = b.call(program, [*b.args[:sizes], *tables])
        with b.if_then(b.icmp_unsigned("!=", code, I32(WRONG_SIZE))):
            b.ret(code)
    b.ret(I32(WRONG_SIZE))


def table_of(b: Writer, pointers: Sequence[Value]) -> Value:
    """The address of a table of pointers on the stack."""
    return b.bitcast(b.packed(pointers)[0], POINTER.as_pointer())


def emit_vector(module: Module, function: ir.Function, arguments: Sequence[ArrayType]) -> None:
    """Add `double vector(int n, double *x)`: the result of `function` on n numbers, the elements of
    all arguments in order. NaN if n is wrong, or the function fails.
    """
    b = module.function(VECTOR, F64, [I32, POINTER], exported=True)
    given, numbers = b.args
    sizes = [prod(t.shape) for t in arguments]
    nan = F64(float("nan"))
    with b.if_then(b.icmp_signed("!=", given, I32(sum(sizes))), likely=False):
        b.ret(nan)
    out = b.slot(F64)
    pointers = [b.gep(numbers, [I64(8 * sum(sizes[:i]))]) for i in range(len(sizes))]
    code = b.call(function, [*pointers, b.bitcast(out, POINTER)])
    b.ret(b.select(b.icmp_unsigned("==", code, I32(OK)), b.load(out), nan))
