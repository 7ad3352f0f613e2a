"""The native pipeline: one flat list of passes, from arrays to parallel loops.

Each pass is a function of a `Function`, named like its file, whose docstring says what it consumes,
eliminates and introduces. A branch or loop goes through it with its regions.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

from polyad.config import config
from polyad.execution import recording
from polyad.ir import Function, verify

from .fusion.fold_views import fold_views
from .fusion.fuse import fuse
from .fusion.fuse_parts import fuse_parts
from .fusion.fuse_rows import fuse_rows
from .fusion.read_parts import read_parts
from .fusion.select_scatter import select_scatter
from .kernels.array_to_kernel import array_to_kernel
from .kernels.fold_moves import fold_moves
from .kernels.prepare_contractions import prepare_contractions
from .kernels.products_to_loops import products_to_loops
from .legalize.hoist_products import hoist_products
from .legalize.join_pads import join_pads
from .legalize.legalize import legalize
from .legalize.turn_products import turn_products
from .loops.kernel_to_loop import kernel_to_loop
from .loops.parallelize import parallelize
from .memory.bufferize import bufferize

Pass = Callable[[Function], Function]
Named = tuple[str, Pass]

# Each pass, with the name of the stage that it gives.
TO_KERNELS: tuple[Named, ...] = (
    ("legalized", legalize),
    ("pads_joined", join_pads),
    ("products_hoisted", hoist_products),
    ("products_turned", turn_products),
    ("kernel", array_to_kernel),
)
AMONG_KERNELS: tuple[Named, ...] = (
    ("views_folded", fold_views),
    ("parts_read", read_parts),
    ("fused", fuse),
    ("scatters_selected", select_scatter),
    ("fused_again", fuse),
    ("rows", fuse_rows),
    ("parts", fuse_parts),
    ("contractions", prepare_contractions),
    ("moves_folded", fold_moves),
)
TO_LOOPS: tuple[Named, ...] = (
    ("buffers", bufferize),
    ("loop", kernel_to_loop),
)
PASSES = (*TO_KERNELS, *AMONG_KERNELS, *TO_LOOPS, ("parallel", parallelize))

# The passes for code that is to run where there is no BLAS, nor threads of ours.
STANDALONE = (*TO_KERNELS, *AMONG_KERNELS, ("products", products_to_loops), *TO_LOOPS)


def with_donated(donated: Sequence[int]) -> tuple[Named, ...]:
    """The passes for a function that may write over its arguments `donated`."""
    into = functools.partial(bufferize, donated=tuple(donated))
    return tuple((name, into if name == "buffers" else step) for name, step in PASSES)


def lower(function: Function, passes: tuple[Named, ...] = PASSES) -> dict[str, Function]:
    """All stages of `function` by name, in order, from `array` to the last of `passes`; each
    verified under `config.verify`.
    """
    stages = {"array": function}
    for name, step in passes:
        with recording.phase(name):
            after = step(function)
        if config.verify and after is not function:
            verify(after)
        stages[name] = function = after
    return stages
