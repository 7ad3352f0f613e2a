"""The rows of the table, by groups: what is timed, against whom, and the ratios that are wanted."""

from __future__ import annotations

from collections.abc import Sequence

from . import (
    calls,
    cliffs,
    cosmology,
    eager,
    elementwise,
    first_calls,
    geometry,
    linear,
    loop_costs,
    loops,
    networks,
    npbench,
    npbench_matrices,
    npbench_networks,
    npbench_physics,
    probabilistic,
    reductions,
    second_order,
    sparse,
    sweeps,
)
from .rows import Row

GROUPS: dict[str, Sequence[Row]] = {
    "calls": calls.ROWS,
    "compile-time": first_calls.ROWS,
    "elementwise": elementwise.ROWS,
    "reductions": reductions.ROWS,
    "linear": linear.ROWS,
    "networks": networks.ROWS,
    "probabilistic": probabilistic.ROWS,
    "geometry": geometry.ROWS,
    "second-order": second_order.ROWS,
    "sparse": sparse.ROWS,
    "loops": (*loops.ROWS, *loop_costs.ROWS),
    "npbench": (
        *npbench.ROWS,
        *npbench_matrices.ROWS,
        *npbench_networks.ROWS,
        *npbench_physics.ROWS,
    ),
    "cliffs": cliffs.ROWS,
    "cosmology": cosmology.ROWS,
    "eager": eager.ROWS,
    "sweeps": sweeps.ROWS,
}
ROWS: tuple[Row, ...] = tuple(row for rows in GROUPS.values() for row in rows)
