"""`loop.kernel` in LLVM: an internal function per kernel, and a call of it.

Its results are marked as overlapping nothing else, which lets LLVM vectorise without checks.
"""

from __future__ import annotations

from collections.abc import Hashable
from contextlib import nullcontext
from math import prod

from llvmlite import ir

from polyad.ir import Function, Op

from .. import costs
from ..dialects import loop
from ..dialects.memory import type_of
from ..llvm import blas
from ..llvm.module import AS_WRITTEN, Module, Shared
from ..llvm.types import I64, POINTER, mark
from ..llvm.writer import VOID
from ..scalars.context import Doubt
from .form import LONG_UNKNOWN, Form, Key, form_of, is_light
from .nest import NEST_RULES, Nest, assume_large
from .parallel import emit_parallel
from .program import Program
from .steps import form_in_steps
from .width import LONG, LOOPS, widest

# Work of a kernel that is inlined in the loop around it, at most. In simple ops.
INLINED = 8192
RULES = {**NEST_RULES, loop.parallel: emit_parallel}


def emit_kernel(p: Program, op: Op) -> None:
    """Call the function of a kernel. Inside a loop a small one is inlined; outside of loops LLVM
    does not optimise one of little work. Large complex products use polyad's threads, not BLAS's.
    """
    work = costs.work(op)
    inline = p.depth > 0 and work <= INLINED
    light = p.depth == 0 and is_light(op) and not p.module.standalone
    form = None if p.said is None else form_of(op) if p.is_kernel else form_in_steps(op, p.depth)
    numbers = [] if form is None else [p.numbers[key] for key in form.keys]
    made = kernel_function(p.module, op, op.attrs["name"], form, inline=inline, light=light)
    threaded = any(
        inner.definition is loop.gemm
        and type_of(inner.operands[0]).dtype.is_complex
        and prod(inner.attrs["sizes"]) > blas.BY_ONE_THREAD
        for inner in op.regions[0].walk()
    )
    with blas.alone(p.b) if threaded else nullcontext():
        p.b.call(made, [*p.operands(op), *numbers])


def key_of_code(
    region: Function,
    distinct: int,
    exact: bool,
    inline: bool,
    light: bool,
    keys: tuple[Key, ...],
    shared: Shared | None,
) -> Hashable:
    """The key of a kernel's function: all that its code depends on beside its module."""
    return region, distinct, exact, inline, light, keys, shared


def kernel_function(
    module: Module,
    op: Op,
    name: str,
    form: Form | None = None,
    *,
    exact: bool = False,
    inline: bool = False,
    light: bool = False,
) -> ir.Function:
    """The function of a kernel, made once for equal kernels. If a value was out of the range of a
    fast formula, it runs the `exact` version, which calls libm, over the same buffers. An inlined
    one without loops branches instead, so that its buffers can be registers. After the buffers it
    takes the numbers of its form.
    """
    keys, said = ((), None) if form is None else (form.keys, form.said)
    region, count = op.regions[0], len(op.operands)
    types = [*[POINTER] * count, *[I64] * len(keys)]
    key = key_of_code(region, op.attrs["distinct"], exact, inline, light, keys, module.shared)
    if key in module.kernels:
        return module.kernels[key]
    b = module.function(name, VOID, types, "nounwind")
    module.kernels[key] = b.function
    mark(b.function, "alwaysinline" if inline else "noinline")
    mark(b.function, *widest(region.ops, LONG_UNKNOWN if keys else LONG))
    if exact or light:
        mark(b.function, *AS_WRITTEN)
    buffers, numbers = b.args[:count], dict(zip(keys, b.args[count:], strict=True))
    exclusive = buffers[count - op.attrs["distinct"] :]
    for argument in exclusive:
        argument.add_attribute("noalias")
    branches = inline and not any(inner.definition in LOOPS for inner in region.ops)
    doubt = None if exact else Doubt(b, branches)
    if not light:
        assume_large(b, numbers)
    nest = Nest(b, doubt, RULES, exclusive, numbers, said)
    nest.run(region, dict(zip(region.arguments, buffers, strict=True)))
    if doubt is not None and doubt.used:
        again = kernel_function(module, op, f"{name}_exact", form, exact=True)
        with b.if_then(doubt.holds(b), likely=False):
            b.call(again, b.args)
    b.ret_void()
    return b.function
