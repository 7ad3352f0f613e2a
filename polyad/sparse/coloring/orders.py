"""The orders in which greedy colouring takes the vertices.

"largest first": D. J. A. Welsh, M. B. Powell (1967); "smallest last": D. W. Matula, L. L. Beck
(1983); "incidence degree": T. F. Coleman, J. J. Moré (1983); "dynamic largest first": A. H.
Gebremedhin, D. Nguyen, Md. M. A. Patwary, A. Pothen, "ColPack", ACM Trans. Math. Softw. 40 (2013).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from . import programs
from .graphs import Graph, Integers, padded

SEED = 0


def natural(graph: Graph) -> Integers:
    """The vertices as they are numbered."""
    return np.arange(graph.count)


def largest_first(graph: Graph) -> Integers:
    """By the number of neighbours."""
    return np.argsort(-graph.degrees, kind="stable")


def smallest_last(graph: Graph) -> Integers:
    """Backwards, each vertex has the fewest neighbours among those that are left."""
    return _least_first(graph, graph.degrees, -1)[::-1]


def incidence_degree(graph: Graph) -> Integers:
    """Each vertex has the most neighbours among those before it."""
    return _least_first(graph, np.full(graph.count, _most(graph)), -1)


def dynamic_largest_first(graph: Graph) -> Integers:
    """Each vertex has the most neighbours among those that are left."""
    return _least_first(graph, _most(graph) - graph.degrees, 1)


def random(graph: Graph) -> Integers:
    """A permutation that is the same each time."""
    return np.random.default_rng(SEED).permutation(graph.count)


ORDERS: dict[str, Callable[[Graph], Integers]] = {
    "natural": natural,
    "largest_first": largest_first,
    "smallest_last": smallest_last,
    "incidence_degree": incidence_degree,
    "dynamic_largest_first": dynamic_largest_first,
    "random": random,
}

BEST = ("natural", "largest_first", "smallest_last")
MORE = ("incidence_degree", "dynamic_largest_first")


def _most(graph: Graph) -> int:
    return int(graph.degrees.max()) if graph.count else 0


def _least_first(graph: Graph, key: Integers, step: int) -> Integers:
    keys = padded(key, graph.vertices)
    order: Integers = programs.least_first(
        keys, np.int32(step), *graph.arrays, np.int32(graph.count)
    )
    return order[: graph.count]
