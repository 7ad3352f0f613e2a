"""Elementary functions that are called, and not inlined, in kernels with many of them.

A module then has each function once for scalars, and once for every kind of vector that loops of
such a kernel may have, if it has loops. LLVM widens a call of the first to calls of the others
(LangRef, "vector-function-abi-variant"). So code is as long as the kernel has ops, and not fifty
times as long; where there are few, inlining takes some instructions less. For kernels that are
inlined in a loop around them, it is the loop that has many or few.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from polyad.ir import Function, Op

from ..dialects import loop
from ..dialects.memory import MemRef
from ..llvm.module import Module
from ..native_ops import is_shared

# Calls in a kernel, from which on its functions are shared.
MANY = 12
# Calls of each function, on average, from which on they are.
EACH = 3


@contextmanager
def sharing(module: Module, ops: Sequence[Op]) -> Iterator[None]:
    """Let the code of `ops` share elementary functions if they call many. It depends on these ops
    alone, so that their bits do: a product and a sum become one operation within a function, and
    not across a call.
    """
    before = module.shared
    bits = shared_bits(ops)
    module.shared = None if bits is None else module.sharing(bits)
    yield
    module.shared = before


def shared_bits(ops: Sequence[Op]) -> frozenset[int] | None:
    """The sizes of the elements that `ops` read and write in loops, in bits, if they share
    elementary functions.
    """
    inside = list(distinct_ops(ops, set()))
    called = [
        (op.name, op.result.type)
        for op in inside
        if is_shared(op.name) and op.result.type.dtype.is_floating
    ]
    if len(called) < max(MANY, EACH * len(set(called))):
        return None
    if not any(op.regions and op.definition is not loop.kernel for op in inside):
        return frozenset()
    types = {v.type.array.dtype for op in inside for v in op.operands if isinstance(v.type, MemRef)}
    return frozenset(t.real.bits for t in types)


def distinct_ops(ops: Sequence[Op], seen: set[Function]) -> Iterator[Op]:
    """Every op, those of equal kernels once: their code is one function."""
    for op in ops:
        yield op
        for region in op.regions:
            if op.definition is not loop.kernel:
                yield from distinct_ops(region.ops, seen)
            elif region not in seen:
                seen.add(region)
                yield from region.walk()
