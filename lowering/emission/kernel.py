"""`loop.kernel` in LLVM: an internal function per kernel, and a call of it.

Its results are marked as overlapping nothing else, which lets LLVM vectorise without checks.
"""

from __future__ import annotations

from math import prod

from llvmlite import ir

from polyad.ir import Op

from .. import costs
from ..dialects import loop
from ..dialects.memory import type_of
from ..llvm import blas
from ..llvm.module import Module
from ..llvm.types import I8, POINTER, as_it_stands
from ..scalars.context import Doubt
from .nest import NEST_RULES, Nest
from .parallel import emit_parallel
from .program import Program
from .width import LOOPS, widen

# Work of a kernel that is taken as it stands, at most. In simple ops.
LIGHT = 256
# Work of a kernel that is inlined in the loop around it, at most. In simple ops.
INLINED = 8192
RULES = {**NEST_RULES, loop.parallel: emit_parallel}


def emit_kernel(p: Program, op: Op) -> None:
    """A call of a function of its own for the region. A small one inside a loop is inlined, and
    outside one that has little to do is taken as it stands. Large products are for polyad's
    threads, not BLAS's.
    """
    work = costs.work(op)
    inline = p.depth > 0 and work <= INLINED
    light = p.depth == 0 and work <= LIGHT and not p.module.standalone
    made = kernel_function(p.module, op, op.attrs["name"], inline=inline, light=light)
    threaded = any(
        inner.definition is loop.gemm
        and type_of(inner.operands[0]).dtype.is_complex
        and prod(inner.attrs["sizes"]) > blas.BY_ONE_THREAD
        for inner in op.regions[0].walk()
    )
    if threaded:
        p.b.call(p.module.library("blas_threads.alone", ir.VoidType(), []), [])
    p.b.call(made, p.operands(op))
    if threaded:
        p.b.call(p.module.library("blas_threads.as_before", ir.VoidType(), []), [])


def kernel_function(
    module: Module,
    op: Op,
    name: str,
    *,
    exact: bool = False,
    inline: bool = False,
    light: bool = False,
) -> ir.Function:
    """The function of a kernel. If a fast formula may be out of its range it ends by checking that
    none was, and otherwise runs the `exact` version, which calls libm, over the same buffers. An
    inlined one without loops branches instead, so that its buffers can be registers.
    """
    function = ir.Function(
        module.module, ir.FunctionType(ir.VoidType(), [POINTER] * len(op.operands)), name
    )
    function.linkage = "internal"
    function.attributes.add("nounwind")
    function.attributes.add("alwaysinline" if inline else "noinline")
    widen(function, op.regions[0].ops)
    if exact or light:
        as_it_stands(function)
    exclusive = function.args[len(function.args) - op.attrs["distinct"] :]
    for argument in exclusive:
        argument.add_attribute("noalias")
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    region = op.regions[0]
    branches = inline and not any(inner.definition in LOOPS for inner in region.ops)
    doubt = None if exact else Doubt(builder, branches)
    Nest(module, builder, doubt, RULES, exclusive).run(
        region, dict(zip(region.arguments, function.args, strict=True))
    )
    if doubt is not None and doubt.used:
        again = kernel_function(module, op, f"{name}_exact", exact=True)
        with builder.if_then(
            builder.icmp_unsigned("!=", builder.load(doubt.slot), I8(0)), likely=False
        ):
            builder.call(again, function.args)
    builder.ret_void()
    return function
