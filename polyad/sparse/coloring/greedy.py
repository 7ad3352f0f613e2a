"""Greedy colourings of one graph in one order, with dense vertices apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import programs
from .graphs import (
    AFFORDABLE,
    DENSE,
    LARGE,
    AdjacencyGraph,
    Graph,
    Integers,
    dense_vertices,
    padded,
    pointers,
)
from .orders import ORDERS


def distance_2(graph: Graph, order: str) -> Integers:
    """Colours in which vertices that share a neighbour differ. Where neighbourhoods are too large
    to walk over, the members of the dense ones have colours of their own.
    """
    if graph.work <= AFFORDABLE * max(len(graph.adj2), 1):
        return _colored(programs.distance_2, graph, order, graph.arrays)
    dense = dense_vertices(np.diff(graph.ptr2))
    if not dense.any():
        return _colored(programs.distance_2, graph, order, graph.arrays)
    inside = dense[np.repeat(np.arange(len(dense)), np.diff(graph.ptr2))]
    apart = np.zeros(graph.count, bool)
    apart[graph.adj2[inside]] = True
    return _with_own_colors(distance_2(_rest(graph, apart), order), apart)


def star(graph: AdjacencyGraph, order: str) -> Integers:
    """Colours in which every path of four vertices has three."""
    return _symmetric(programs.star, graph, order)


def acyclic(graph: AdjacencyGraph, order: str) -> Integers:
    """Colours in which every cycle has three."""
    return _symmetric(programs.acyclic, graph, order)


def _symmetric(program: Any, graph: AdjacencyGraph, order: str) -> Integers:
    """The best of several colourings: of all vertices, where that is affordable, and with colours
    of their own for dense ones. No path or cycle of two colours can go through a vertex whose
    colour is its own.
    """
    found = []
    if (
        graph.work <= AFFORDABLE * max(len(graph.adj2), 1)
        or not dense_vertices(graph.degrees).any()
    ):
        found.append(_colored(program, graph, order, graph.edge_arrays))
    for factor in (DENSE, LARGE):
        apart = dense_vertices(graph.degrees, factor)
        if apart.any() and not apart.all():
            rest = graph.without(apart)
            found.append(_with_own_colors(_colored(program, rest, order, rest.edge_arrays), apart))
    return min(found, key=lambda colors: int(colors.max(initial=-1)))


def _colored(program: Any, graph: Graph, order: str, arrays: Any) -> Integers:
    if not graph.count:
        return np.zeros(0, np.int32)
    sequence = padded(ORDERS[order](graph), graph.vertices)
    colors: Integers = program(sequence, *arrays, np.int32(graph.count))
    return colors[: graph.count]


def _with_own_colors(colors: Integers, apart: Any) -> Integers:
    """Those colours, and a new one for each vertex of `apart`."""
    _, kept = np.unique(colors[~apart], return_inverse=True)
    result = np.empty_like(colors)
    result[~apart] = kept
    first = int(kept.max(initial=-1)) + 1
    result[apart] = np.arange(first, first + np.count_nonzero(apart))
    return result


def _rest(graph: Graph, apart: Any) -> Graph:
    """The graph in which the vertices `apart` are nobody's neighbours."""
    owners = np.repeat(np.arange(graph.count), np.diff(graph.ptr))
    kept, kept2 = ~apart[owners], ~apart[graph.adj2]
    rows = np.repeat(np.arange(len(graph.ptr2) - 1), np.diff(graph.ptr2))
    return Graph(
        graph.count,
        pointers(owners[kept], graph.count),
        graph.adj[kept],
        pointers(rows[kept2], len(graph.ptr2) - 1),
        graph.adj2[kept2],
    )
