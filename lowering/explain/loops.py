"""Branches and loops, before and after `bufferize`, and the steps of a function on buffers."""

from __future__ import annotations

from polyad.ir import Function, Op

from ..dialects import control, loop, stack
from ..table import CONTROL


def is_step(op: Op) -> bool:
    """Whether the account has a paragraph on `op`: it writes to buffers."""
    return not op.results and op.definition not in (stack.resize, stack.copy)


def has_index(op: Op) -> int:
    """The number of arguments that the regions of `op` have before the buffers."""
    return int(op.definition is control.for_)


def loops_of_arrays(function: Function) -> list[Op]:
    """The branches and loops among array values, without loops of length 0 and their contents."""
    found = []
    for op in function.ops:
        if op.name in CONTROL and op.attrs.get("length") != 0:
            found.append(op)
            for region in op.regions:
                found += loops_of_arrays(region)
    return found


def loops_of_buffers(function: Function) -> list[Op]:
    """The branches and loops among buffers, in the order of `loops_of_arrays`."""
    return [op for op in function.walk() if op.definition in control.OPS]


def chunks_of(function: Function) -> dict[str, list[int]]:
    """The numbers of chunks of the parallel loops of each kernel."""
    return {
        op.attrs["name"]: [
            o.attrs["chunks"] for o in op.regions[0].walk() if o.definition is loop.parallel
        ]
        for op in function.walk()
        if op.definition is loop.kernel
    }
