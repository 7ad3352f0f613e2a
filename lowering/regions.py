"""The ops outside of kernels: those of a function, and of the regions of its branches and loops."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from polyad.ir import Function, Op

from .table import CONTROL


def walk(function: Function) -> Iterator[Op]:
    """The ops of a function, in order, each followed by those in its regions if it is a branch or
    loop.
    """
    for op in function.ops:
        yield op
        if op.name in CONTROL:
            for region in op.regions:
                yield from walk(region)


def has(function: Function, names: Collection[str]) -> bool:
    """Whether an op with one of these names is in a function, outside of kernels."""
    return any(op.name in names for op in walk(function))
