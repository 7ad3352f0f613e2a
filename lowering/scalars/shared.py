"""Elementary functions that are called, and not inlined, in programs with many of them.

A module then has each function once for scalars, and once for every kind of vector that loops of
its program may have. LLVM widens a call of the first to calls of the others (LangRef,
"vector-function-abi-variant"). So code is as long as the program has ops, and not fifty times as
long; where there are few, inlining takes some instructions less.
"""

from __future__ import annotations

from collections.abc import Iterator

from polyad.ir import Function, Op

from ..dialects import loop
from ..dialects.memory import MemRef
from ..llvm.module import Module, Shared
from ..native_ops import is_shared

# Calls in a program, from which on its functions are shared.
MANY = 12
# Calls of each function, on average, from which on they are.
EACH = 3


def distinct_ops(function: Function, seen: set[Function] | None = None) -> Iterator[Op]:
    """Every op, those of equal kernels once: their code is one function."""
    seen = set() if seen is None else seen
    for op in function.ops:
        yield op
        for region in op.regions:
            if op.definition is not loop.kernel:
                yield from distinct_ops(region, seen)
            elif region not in seen:
                seen.add(region)
                yield from region.walk()


def share_functions(module: Module, function: Function) -> None:
    """Let `module` share its elementary functions if `function` calls many."""
    called = [
        (op.name, op.result.type)
        for op in distinct_ops(function)
        if is_shared(op.name) and op.result.type.dtype.is_floating
    ]
    if len(called) >= max(MANY, EACH * len(set(called))):
        values = (v for op in function.walk() for v in op.operands)
        types = {v.type.array.dtype for v in values if isinstance(v.type, MemRef)}
        module.shared = Shared(module, frozenset(t.real.bits for t in types))
