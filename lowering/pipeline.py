"""The native pipeline: one flat list of passes, from arrays to loops."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

from polyad.config import config
from polyad.ir import Function, verify

from .fusion.fuse import fuse
from .fusion.parts import fuse_parts
from .fusion.rows import fuse_rows
from .kernels.array_to_kernel import array_to_kernel
from .kernels.contractions import prepare_contractions
from .kernels.fold_moves import fold_moves
from .kernels.products_to_loops import products_to_loops
from .legalize.legalize import legalize
from .loops.kernel_to_loop import kernel_to_loop
from .loops.parallelize import parallelize
from .memory.bufferize import bufferize

Pass = Callable[[Function], Function]


def contractions(function: Function) -> Function:
    """Products in a form that BLAS takes, and no more copies for them than need be."""
    return fold_moves(prepare_contractions(function))


# Each pass, and the name of the stage it makes.
PASSES: tuple[tuple[str, Pass], ...] = (
    ("legalized", legalize),
    ("kernel", array_to_kernel),
    ("fused", fuse),
    ("rows", fuse_rows),
    ("parts", fuse_parts),
    ("contractions", contractions),
    ("buffers", bufferize),
    ("loop", kernel_to_loop),
    ("parallel", parallelize),
)

# The same for code that is to run where there is no BLAS, nor threads of ours.
STANDALONE = (*PASSES[:-3], ("products", products_to_loops), *PASSES[-3:-1])


def with_donated(donated: Sequence[int]) -> tuple[tuple[str, Pass], ...]:
    """The passes for a function that may write over its arguments `donated`."""
    into = functools.partial(bufferize, donated=tuple(donated))
    return tuple((name, into if name == "buffers" else step) for name, step in PASSES)


def lower(function: Function, passes: tuple[tuple[str, Pass], ...] = PASSES) -> dict[str, Function]:
    """All stages of `function`, from `array` to `loop`, in order; each verified under
    `config.verify`.
    """
    stages = {"array": function}
    for name, step in passes:
        function = step(function)
        if config.verify:
            verify(function)
        stages[name] = function
    return stages
