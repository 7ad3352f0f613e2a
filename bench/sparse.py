"""Sparse derivatives beside CasADi, asdex and dense derivatives: the values in CSR order."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from .casadi_peer import derivative
from .peers import Library
from .rows import Row, Thunk, rehearsing
from .sparse_problems import PROBLEMS, Problem

Make = Callable[[Any, int], Problem]
REHEARSED = 5  # the size of a problem where it is only to run


def _size(full: int) -> int:
    return min(full, REHEARSED) if rehearsing() else full


def by_entries(make: Make, size: int, lib: Library) -> Thunk:
    """polyad's values; un-jitted, those of the dense derivative."""
    import polyad

    problem = make(lib.numpy, _size(size))
    kind = polyad.sparse.hessian if problem.second else polyad.sparse.jacobian
    sparse = kind(problem.function, format="values")
    if lib.name == "polyad":
        return lambda: sparse(problem.point)
    pattern = sparse.prepare(problem.point).pattern
    dense = (polyad.hessian if problem.second else polyad.jacfwd)(problem.function)
    return lambda: np.asarray(dense(problem.point))[pattern.rows, pattern.cols]


def by_casadi(make: Make, size: int) -> Thunk:
    return derivative(make, _size(size))


def by_asdex(make: Make, size: int) -> Thunk:
    import asdex
    import jax
    import jax.numpy as jnp

    problem = make(jnp, _size(size))
    point = jnp.asarray(problem.point)
    kind = asdex.hessian if problem.second else asdex.jacobian
    run = jax.jit(kind(problem.function, point, output_format="bcoo"))
    indices = np.asarray(run(point).indices)
    order = jnp.asarray(np.lexsort((indices[:, 1], indices[:, 0])))
    values = jax.jit(lambda x: run(x).data[order])
    return lambda: jax.block_until_ready(values(point))


def _row(name: str, make: Make, size: int, target: float) -> Row:
    words = name.lower().replace(" ", "-")
    return Row(
        f"sparse-{words}-{size}",
        f"{name}, size {size}: the values of the sparse derivative",
        partial(by_entries, make, size),
        {"casadi": 1 / target},
        ("asdex",),
        others={"casadi": partial(by_casadi, make, size), "asdex": partial(by_asdex, make, size)},
        rtol=1e-8,
        sweep=name if size > PROBLEMS[name][1][0] else "",
        size=size,
    )


TARGETS = {
    "Rosenbrock Hessian": (0.5, 3, 4),
    "Brusselator": (0.5, 3, 3.5),
    "Burgers": (0.5, 8, 4),
    "Lotka-Volterra": (0.5, 4, 3),
    "bundle adjustment": (0.5, 2, 2),
    "control Jacobian": (0.5, 3, 3),
    "control Hessian": (0.5, 4, 3),
    "finite elements": (0.5, 4, 4),
    "Broyden banded": (0.5, 5, 6),
    "arrow Hessian": (0.5, 2, 2),
}
"""CasADi's time over polyad's that is wanted, at the problem's first sizes."""

ROWS = tuple(
    _row(name, make, size, target)
    for name, (make, sizes) in PROBLEMS.items()
    for size, target in zip(sizes, TARGETS[name], strict=False)
)
