"""Elementary functions that are called, and not inlined, for programs with many of them.

A module then has each function once for a scalar, and once for every kind of vector that loops of
its program may have. LLVM widens a call of the first to calls of the others (LangRef,
"vector-function-abi-variant"). So code is as long as the program has ops, and not fifty times as
long; where there are few, inlining takes some instructions less.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir

from polyad.ir import Function

from ..dialects.memory import MemRef
from ..llvm.module import Module
from ..llvm.types import POINTER, Value, Vector, mark
from ..llvm.width import registers
from ..table import EXPENSIVE

MANY = 12  # calls in a program
LEAST = 32  # bits of the widest element of a loop with such calls
EACH = 3  # … and for each function, on average
# What is expensive, but an instruction, or no function of `math`.
NOT_SHARED = frozenset({"sqrt", "divide", "remainder", "floor_divide", "nextafter"})

Body = Callable[[ir.IRBuilder, Sequence[Value]], Any]


def share_functions(module: Module, function: Function) -> None:
    """Let `module` share its elementary functions if `function` calls so many."""
    called = [
        (op.name, op.result.type)
        for op in function.walk()
        if op.name in EXPENSIVE - NOT_SHARED and op.result.type.dtype.is_floating
    ]
    if len(called) >= max(MANY, EACH * len(set(called))):
        values = (v for op in function.walk() for v in op.operands)
        types = {v.type.array.dtype for v in values if isinstance(v.type, MemRef)}
        module.shared = Shared(module, frozenset(t.real.bits for t in types))


class Shared:
    """The shared functions of a module, whose loops read and write elements of so many `bits`."""

    def __init__(self, module: Module, bits: frozenset[int]) -> None:
        self.module, self.bits = module, bits
        self.kept: list[Value] = []

    def lanes(self, bits: int) -> list[int]:
        """In how many lanes a loop may compute a function of so many bits: as many as there are of
        the widest elements that it reads or writes in a register.
        """
        sizes = {size for size in self.bits if size >= LEAST} or {bits}
        return sorted(8 * registers()[0] // size for size in sizes)

    def define(self, name: str, type: ir.Type, count: int, body: Body) -> ir.Function:
        """The function `name` of so many arguments of a floating type."""
        found = self.module.functions.get(name)
        if found is not None:
            return found
        found = self.module.define(name, ir.FunctionType(type, [type] * count), body, inline=False)
        variants = []
        for n in self.lanes(64 if isinstance(type, ir.DoubleType) else 32):
            vector = Vector(type, n)
            signature = ir.FunctionType(vector, [vector] * count)
            made = self.module.define(f"{name}.v{n}", signature, body, inline=False)
            variants.append(f"_ZGV_LLVM_N{n}{'v' * count}_{name}({made.name})")
            self.kept.append(made.bitcast(POINTER))
        mark(found, f'"vector-function-abi-variant"="{",".join(variants)}"')
        for attribute in ("readnone", "willreturn"):
            mark(found, attribute)
        return found

    def keep(self) -> None:
        """Let LLVM keep the functions of vectors, which nothing calls yet."""
        if self.kept:
            type = ir.ArrayType(POINTER, len(self.kept))
            used = ir.GlobalVariable(self.module.module, type, "llvm.compiler.used")
            used.linkage, used.section = "appending", "llvm.metadata"
            used.initializer = ir.Constant(type, self.kept)
