"""An LLVM module under construction: functions, variables, constants, outside functions.

Machine code of a compiled function is one module; so is each piece of code that all of a process
share (see `runtime`, `calling`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from llvmlite import ir

from .lines import Lines
from .types import I8, I32, I64, POINTER, Value, Vector, mark
from .width import registers
from .writer import VOID, Writer

STRAIGHT_CODE = "straight code"  # the name of a module in which nothing to be optimised has loops
NOT_UNROLLED = "not unrolled"
NOT_INTERLEAVED = "not interleaved"
MASKED = "masked"
# LLVM's hints in the mark of a loop (LangRef, "llvm.loop"). A masked loop has no loop for its
# remainder: some lanes of the last vector are idle instead.
HINTS: dict[str, list[Any]] = {
    NOT_UNROLLED: ["llvm.loop.unroll.disable"],
    NOT_INTERLEAVED: ["llvm.loop.interleave.count", I32(1)],
    MASKED: ["llvm.loop.vectorize.predicate.enable", ir.IntType(1)(1)],
}


def of_lanes(lanes: int, interleaved: int) -> tuple[str, str]:
    """Hints: vectors of so many lanes, and so many of them side by side."""
    hints = f"{lanes} lanes", f"{interleaved} interleaved"
    HINTS[hints[0]] = ["llvm.loop.vectorize.width", I32(lanes)]
    HINTS[hints[1]] = ["llvm.loop.interleave.count", I32(interleaved)]
    return hints


def symbol(name: str) -> str:
    """The symbol of an outside function or object: `polyad.blas.dgemm` for `blas.dgemm`."""
    return f"polyad.{name}"


Body = Callable[[Writer, Sequence[Value]], Any]


class LoopMark(ir.MDValue):
    """Metadata of one loop: a distinct node, whose first operand is itself (LLVM's LangRef)."""

    def descr(self, buf: list[str]) -> None:
        operands = ", ".join(op.get_reference() for op in (self, *self.operands))
        buf += (f"distinct !{{ {operands} }}", "\n")


TASK = ir.FunctionType(VOID, [POINTER, I64])  # of a context and the number of a chunk
AS_WRITTEN = ("noinline", "optnone")  # LLVM compiles such a function several times as fast


class Module(ir.Module):
    """llvmlite's module, which gives a `writer` for each function that it makes. A `standalone`
    module runs without Python.
    """

    standalone = False
    writer: type[Writer] = Writer
    lines: Lines | None = None
    """The user's lines, for a text that is shown."""

    def __init__(self, name: str, settings: Mapping[str, Any] | None = None) -> None:
        super().__init__(name)
        settings = settings or {}
        # Of floating ops: a product and a sum may become one fused multiply-add; sums and products
        # of many may be regrouped, so that they can be vectorised.
        self.contract = ("contract",) if settings.get("fp_contract") else ()
        regroup = ("reassoc",) if settings.get("reassociate_reductions") else ()
        self.regroup: tuple[str, ...] = (*regroup, *self.contract)
        self.shared: Shared | None = None  # the functions of `math` that are not inlined now
        self.sharings: dict[frozenset[int], Shared] = {}
        self.widened: dict[str, Value] = {}  # functions of vectors that nothing calls yet, by name
        self.kernels: dict[Hashable, ir.Function] = {}  # by all that their code depends on
        self.outside: dict[str, Value] = {}  # the declarations of `library` and `object`, by name

    # -- What the module holds

    def function(
        self,
        name: str,
        result: ir.Type,
        arguments: Sequence[ir.Type],
        *attributes: str,
        exported: bool = False,
    ) -> Writer:
        """The writer of a new function. An internal one gets another name, such as `name.1`, if the
        module has a function `name`.
        """
        type = ir.FunctionType(result, arguments)
        made = ir.Function(self, type, name if exported else self.get_unique_name(name))
        made.linkage = "" if exported else "internal"
        mark(made, *attributes)
        writer = self.writer(made)
        if self.lines is not None:
            made.set_metadata("dbg", self.lines.scope(made))
            writer.debug_metadata = self.lines.at(made, None)
        return writer

    def variable(
        self, name: str, type: ir.Type, *, exported: bool = False, align: int = 0
    ) -> ir.GlobalVariable:
        """A variable of the module, which is 0 at first."""
        made = ir.GlobalVariable(self, type, name)
        made.initializer = ir.Constant(type, None)
        made.linkage = "" if exported else "internal"
        if align:
            made.align = align
        return made

    def constant(self, name: str, value: ir.Constant) -> ir.GlobalVariable:
        """A constant in memory."""
        made = ir.GlobalVariable(self, value.type, self.get_unique_name(name))
        made.initializer, made.global_constant, made.linkage = value, True, "internal"
        return made

    def bytes(self, name: str, data: bytes) -> Value:
        """The address of constant bytes, aligned as arrays are."""
        made = self.constant(name, ir.Constant(ir.ArrayType(I8, len(data)), bytearray(data)))
        made.align = 64
        return made.bitcast(POINTER)

    def text(self, name: str, content: str) -> Value:
        """The address of a constant C string."""
        return self.bytes(name, content.encode() + bytes(1))

    def loop_mark(self, *hints: str) -> ir.MDValue:
        """A new mark for the end of a loop, with hints for LLVM: `NOT_UNROLLED` and others."""
        found = [self.add_metadata(HINTS[hint]) for hint in hints]
        return LoopMark(self, found, name=str(len(self.metadata)))

    def define(
        self,
        name: str,
        type: ir.FunctionType,
        body: Body,
        *attributes: str,
    ) -> ir.Function:
        """The internal function `name`, made on its first use: `body(b, arguments)` writes it, and
        gives its result.
        """
        found = self.globals.get(name)
        if found is None:
            attributes = attributes or ("alwaysinline",)
            b = self.function(name, type.return_type, type.args, "nounwind", *attributes)
            found, result = b.function, body(b, b.args)
            if not b.block.is_terminated:
                b.ret_void() if result is None else b.ret(result)
        return found

    # -- What the module calls

    def declare(
        self, name: str, result: ir.Type, arguments: Sequence[ir.Type], *, pure: bool = False
    ) -> ir.Function:
        """An outside function. The result of a `pure` one depends on its arguments alone, and it
        changes nothing.
        """
        found = self.globals.get(name)
        if found is None:
            found = ir.Function(self, ir.FunctionType(result, arguments), name)
            found.attributes.add("nounwind")
            if pure:
                found.attributes.add("readnone")
        return found

    def library(
        self, name: str, result: ir.Type, arguments: Sequence[ir.Type], *, pure: bool = False
    ) -> ir.Function:
        """A function of BLAS (`blas.dgemm`), LAPACK (`lapack.dgetrf`), SciPy (`special.gamma`) or
        polyad's own (`pool.parallel`).
        """
        self.outside[name] = found = self.declare(symbol(name), result, arguments, pure=pure)
        return found

    def parallel(self) -> ir.Function:
        """The function that runs the chunks of a parallel loop: `void (task, context, count)`."""
        return self.library("pool.parallel", VOID, [TASK.as_pointer(), POINTER, I64])

    def sharing(self, bits: frozenset[int]) -> Shared:
        """The functions that loops over elements of `bits` share."""
        return self.sharings.setdefault(bits, Shared(self, bits))

    def keep_widened(self) -> None:
        """Let LLVM keep the functions of vectors, which nothing calls before it vectorises, and
        others as they are.
        """
        if self.widened:
            type = ir.ArrayType(POINTER, len(self.widened))
            used = ir.GlobalVariable(self, type, "llvm.compiler.used")
            used.linkage, used.section = "appending", "llvm.metadata"
            used.initializer = ir.Constant(type, list(self.widened.values()))

    def object(self, name: str) -> Value:
        """The address of a Python object (see `linking.symbols.object_address`)."""
        found = self.outside.get(f"object.{name}")
        if found is None:
            found = ir.GlobalVariable(self, I8, symbol(f"object.{name}"))
            self.outside[f"object.{name}"] = found
        return found


LEAST = 32  # bits of the widest element of a loop that calls shared functions


class Shared:
    """The shared functions of a module, for loops that read and write elements of sizes in `bits`;
    for code without loops if that is empty.
    """

    def __init__(self, module: Module, bits: frozenset[int]) -> None:
        self.module, self.bits = module, bits
        self.suffix = "_".join(map(str, ("shared", *sorted(bits))))

    def lanes(self, bits: int) -> list[int]:
        """The numbers of lanes of the function's vectors: as many `bits` as a loop handles at once,
        which follows from the widest elements that it reads or writes.
        """
        if not self.bits:
            return []
        sizes = {size for size in self.bits if size >= LEAST} or {bits}
        return sorted(8 * registers()[0] // size for size in sizes)

    def define(self, name: str, type: ir.Type, count: int, body: Body) -> ir.Function:
        """The function `name` of `count` arguments of a floating type."""
        scalar = f"{name}.{self.suffix}"
        found = self.module.globals.get(scalar)
        if found is not None:
            return found
        signature = ir.FunctionType(type, [type] * count)
        found = self.module.define(scalar, signature, body, "noinline")
        variants = []
        for n in self.lanes(64 if isinstance(type, ir.DoubleType) else 32):
            vector = Vector(type, n)
            signature = ir.FunctionType(vector, [vector] * count)
            made = self.module.define(f"{name}.v{n}", signature, body, "noinline")
            variants.append(f"_ZGV_LLVM_N{n}{'v' * count}_{scalar}({made.name})")
            self.module.widened[made.name] = made.bitcast(POINTER)
        mark(found, "readnone", "willreturn")
        if not variants:
            return found
        mark(found, f'"vector-function-abi-variant"="{",".join(variants)}"')
        if count > 1:
            # LLVM drops an argument that all calls give alike, of a function that need not be kept;
            # the names of the variants, which say how many there are, would no longer be its own.
            self.module.widened[scalar] = found.bitcast(POINTER)
        return found
