"""A module under construction: declares what it calls, defines math functions once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from llvmlite import ir

from .types import I8, I32, I64, POINTER, Value, Vector, mark
from .width import registers

NOT_UNROLLED, NOT_INTERLEAVED, MASKED = "not unrolled", "not interleaved", "masked"
# LLVM's names of what a loop's mark says (LangRef, "llvm.loop"). A masked one has no loop for what
# is left of the last vector: some of its lanes are idle instead.
HINTS: dict[str, list[Any]] = {
    NOT_UNROLLED: ["llvm.loop.unroll.disable"],
    NOT_INTERLEAVED: ["llvm.loop.interleave.count", I32(1)],
    MASKED: ["llvm.loop.vectorize.predicate.enable", ir.IntType(1)(1)],
}


def symbol(name: str) -> str:
    """The symbol of an outside function or object: `polyad.blas.dgemm` for `blas.dgemm`."""
    return f"polyad.{name}"


class LoopMark(ir.MDValue):
    """Metadata of one loop: a distinct node, whose first operand is itself (LLVM's LangRef)."""

    def descr(self, buf: list[str]) -> None:
        operands = ", ".join(op.get_reference() for op in (self, *self.operands))
        buf += (f"distinct !{{ {operands} }}", "\n")


class Module:
    """An LLVM module and the functions it knows so far. A `standalone` one runs without Python."""

    standalone = False
    only_here = False  # whether it has an address of this process

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        self.module = ir.Module(name)
        # Of floating ops: a product and a sum may become one fused multiply-add; sums and products
        # of many may be regrouped, so that they can be vectorised.
        self.contract = ("contract",) if settings["fp_contract"] else ()
        regroup = ("reassoc",) if settings["reassociate_reductions"] else ()
        self.regroup: tuple[str, ...] = (*regroup, *self.contract)
        self.shared: Shared | None = None  # the functions of `math` that are not inlined
        self.functions: dict[str, ir.Function] = {}
        self.outside: dict[str, Value] = {}

    def __str__(self) -> str:
        return str(self.module)

    def declare(
        self, name: str, result: ir.Type, arguments: Sequence[ir.Type], *, pure: bool = False
    ) -> ir.Function:
        """An outside function. A `pure` one depends on its arguments alone and changes nothing."""
        found = self.functions.get(name)
        if found is None:
            found = self.functions[name] = ir.Function(
                self.module, ir.FunctionType(result, arguments), name
            )
            found.attributes.add("nounwind")
            if pure:
                found.attributes.add("readnone")
        return found

    def loop_mark(self, *hints: str) -> ir.MDValue:
        """A new mark for the end of a loop, with hints for LLVM: see `NOT_UNROLLED`."""
        found = [self.module.add_metadata(HINTS[hint]) for hint in hints]
        return LoopMark(self.module, found, name=str(len(self.module.metadata)))

    def text(self, name: str, content: str) -> Value:
        """The address of a constant C string."""
        return self.bytes(name, content.encode() + bytes(1))

    def bytes(self, name: str, data: bytes) -> Value:
        """The address of constant bytes, aligned as arrays are."""
        type = ir.ArrayType(I8, len(data))
        made = ir.GlobalVariable(self.module, type, self.module.get_unique_name(name))
        made.initializer = ir.Constant(type, bytearray(data))
        made.global_constant, made.linkage, made.align = True, "internal", 64
        return made.bitcast(POINTER)

    def numbers(self, name: str, values: Sequence[int]) -> None:
        """A constant row of integers that whoever loads the code may read."""
        type = ir.ArrayType(I64, len(values))
        made = ir.GlobalVariable(self.module, type, name)
        made.initializer, made.global_constant = ir.Constant(type, list(values)), True

    def library(
        self, name: str, result: ir.Type, arguments: Sequence[ir.Type], *, pure: bool = False
    ) -> ir.Function:
        """A function of BLAS (`blas.dgemm`), LAPACK (`lapack.dgetrf`), SciPy (`special.erfinv`)."""
        self.outside[name] = found = self.declare(symbol(name), result, arguments, pure=pure)
        return found

    def parallel(self) -> ir.Function:
        """The function that runs the chunks of a parallel loop: `void (task, context, count)`."""
        task = ir.FunctionType(ir.VoidType(), [POINTER, I64]).as_pointer()
        return self.library("pool.parallel", ir.VoidType(), [task, POINTER, I64])

    def object(self, name: str) -> Value:
        """The address of a Python object (see `linking.symbols.object_address`)."""
        found = self.outside.get(f"object.{name}")
        if found is None:
            found = ir.GlobalVariable(self.module, I8, symbol(f"object.{name}"))
            self.outside[f"object.{name}"] = found
        return found

    def define(
        self,
        name: str,
        type: ir.FunctionType,
        body: Callable[[ir.IRBuilder, Sequence[Value]], Any],
        inline: bool = True,
    ) -> ir.Function:
        """The internal function `name` of its arguments alone, made by `body(builder, arguments)`
        on its first use; always or never inlined.
        """
        found = self.functions.get(name)
        if found is None:
            found = self.functions[name] = ir.Function(self.module, type, name)
            found.linkage = "internal"
            found.attributes.add("alwaysinline" if inline else "noinline")
            found.attributes.add("nounwind")
            builder = ir.IRBuilder(found.append_basic_block("entry"))
            builder.ret(body(builder, found.args))
        return found


LEAST = 32  # bits of the widest element of a loop that calls shared functions


Body = Callable[[ir.IRBuilder, Sequence[Value]], Any]


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
