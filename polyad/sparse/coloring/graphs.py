"""Graphs as padded index arrays: the form in which `programs` takes them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import programs

Ints = NDArray[np.int32]
Integers = NDArray[np.integer[Any]]

STEP = 4  # the ratio of one capacity to the one before it
LEAST = 4096  # the least capacity
DENSE = 10  # a vertex with more than this many times the mean degree is dense
LARGE = 2  # the same for vertices that may be worth a colour of their own
AFFORDABLE = 64  # the steps per entry that the loops over neighbours' neighbours may take


def capacity(count: int) -> int:
    """The least capacity for `count` elements and one more."""
    size = LEAST
    while size <= count + 1:
        size *= STEP
    return size


def padded(values: Integers, size: int) -> Ints:
    """The values, and zeros up to `size` elements."""
    result = np.zeros(size, np.int32)
    result[: len(values)] = values
    return result


@dataclass(frozen=True)
class Graph:
    """`count` vertices. The neighbours of a vertex v are `adj2[ptr2[r]:ptr2[r + 1]]` for each r
    in `adj[ptr[v]:ptr[v + 1]]`: the columns that share a row r with column v, where (ptr, adj) are
    the rows of each column and (ptr2, adj2) the columns of each row.
    """

    count: int
    ptr: Integers
    adj: Integers
    ptr2: Integers
    adj2: Integers

    @cached_property
    def vertices(self) -> int:
        return capacity(max(len(self.ptr), len(self.ptr2)))

    @cached_property
    def arrays(self) -> tuple[Ints, Ints, Ints, Ints]:
        edges = capacity(max(len(self.adj), len(self.adj2)))
        ptr, ptr2 = (padded(array, self.vertices) for array in (self.ptr, self.ptr2))
        adj, adj2 = (padded(array, edges) for array in (self.adj, self.adj2))
        return ptr, adj, ptr2, adj2

    @cached_property
    def degrees(self) -> Ints:
        """The number of neighbours of each vertex."""
        counts: Ints = programs.degrees(*self.arrays, np.int32(self.count))
        return counts[: self.count]

    @cached_property
    def work(self) -> int:
        """The steps of a walk over the neighbours of all vertices."""
        return int(np.square(np.diff(self.ptr2).astype(np.int64)).sum())


class AdjacencyGraph(Graph):
    """A symmetric graph (ptr, adj) without loops from a vertex to itself. `edge` is the number of
    the undirected edge of each entry of `adj`.
    """

    def __init__(self, ptr: Integers, adj: Integers) -> None:
        same = np.arange(len(ptr))
        super().__init__(len(ptr) - 1, same, same[:-1], ptr, adj)

    @cached_property
    def degrees(self) -> Ints:
        return np.diff(self.ptr2).astype(np.int32)

    @cached_property
    def edge(self) -> Integers:
        mirror = mirrored(self.ptr2, self.adj2)
        return np.minimum(mirror, np.arange(len(mirror)))

    @cached_property
    def edge_arrays(self) -> tuple[Ints, Ints, Ints]:
        edges = capacity(len(self.adj2))
        return (
            padded(self.ptr2, self.vertices),
            padded(self.adj2, edges),
            padded(self.edge, edges),
        )

    def without(self, apart: NDArray[np.bool_]) -> AdjacencyGraph:
        """The graph in which the vertices `apart` have no edges."""
        rows = np.repeat(np.arange(self.count), np.diff(self.ptr2))
        kept = ~(apart[rows] | apart[self.adj2])
        return AdjacencyGraph(pointers(rows[kept], self.count), self.adj2[kept])


def pointers(rows: Integers, count: int) -> Integers:
    """CSR's `indptr` for entries in rows `rows`."""
    ptr = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(rows, minlength=count), out=ptr[1:])
    return ptr


def mirrored(ptr: Integers, adj: Integers) -> Integers:
    """The place of the entry (j, i) for each entry (i, j) of a symmetric pattern in CSR order."""
    import scipy.sparse

    count = len(ptr) - 1
    places = np.arange(len(adj))
    return scipy.sparse.csr_array((places, adj, ptr), shape=(count, count)).tocsc().data


def dense_vertices(degrees: Integers, factor: int = DENSE) -> NDArray[np.bool_]:
    """The vertices of more than `factor` times the mean degree."""
    return degrees > factor * float(degrees.mean() if len(degrees) else 0)
