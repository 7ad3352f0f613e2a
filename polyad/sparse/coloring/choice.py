"""`coloring`: the best of several colourings of a pattern."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import PolyadTypeError, ShapeError, SparsityError
from ...ir import user_location, where
from ...texts import shown
from ..pattern import Pattern
from . import greedy
from .graphs import AdjacencyGraph, Graph, Integers, pointers
from .lattices import cyclic, linear
from .lines import NEUTRAL
from .orders import BEST, MORE, ORDERS
from .result import Coloring

PARTITIONS = ("auto", "columns", "rows", "both")
DECOMPRESSIONS = ("direct", "substitution")
FEW = 16  # colours, up to which fewer are looked for on a lattice
LARGE = 100_000  # entries, above which three orders are enough


def coloring(
    pattern: Any,
    *,
    symmetric: bool = False,
    partition: str = "auto",
    decompression: str = "direct",
    order: str | Sequence[str] = "best",
    colors: Any = None,
) -> Coloring:
    """Colours such that the products of a matrix with few seeds hold all its entries.

    - `pattern`: a `Pattern`, or a sparse or dense matrix.
    - `symmetric`: mirror images are equal, so one of the two is enough: a star colouring, or, with
      `decompression="substitution"`, an acyclic one, which has fewer colours and gives entries
      from each other.
    - `partition`: "columns" (as jvps give), "rows" (as vjps give), "both", or "auto", whichever
      takes the fewest.
    - `order`: one of "natural", "largest_first", "smallest_last", "incidence_degree",
      "dynamic_largest_first" and "random", or several, or "best", the first five (three for large
      patterns), until there cannot be fewer colours. The colouring with the fewest is kept. If
      several are asked for, columns of bands and lattices are also coloured by their numbers.
    - `colors`: colours of one's own, -1 for none: an array for "columns", for "rows" (then
      `partition` must say so) or for a symmetric pattern; the pair of both for "both".

    Raises `SparsityError` where the colours given do not fit the pattern, with two columns and the
    row in which they meet, and where a symmetric pattern is asked for and given another;
    `PolyadTypeError` for an unknown choice; `ShapeError` for colours of another length.

    A. H. Gebremedhin, F. Manne, A. Pothen, "What color is your Jacobian?", SIAM Review 47 (2005).

    >>> import numpy as np
    >>> from polyad import sparse
    >>> arrow = np.eye(6)
    >>> arrow[0, :] = arrow[:, 0] = 1
    >>> sparse.coloring(arrow)
    Coloring(3 colours, partition='both', decompression='direct', order='natural')
    >>> sparse.coloring(arrow, symmetric=True).column_colors
    array([0, 1, 1, 1, 1, 1], dtype=int32)
    """
    if not isinstance(pattern, Pattern):
        pattern = Pattern.from_scipy(pattern)
    orders = _orders(order, pattern.nnz)
    _check_choice("partition", partition, PARTITIONS)
    _check_choice("decompression", decompression, DECOMPRESSIONS)
    _check_symmetry(pattern, symmetric, partition, decompression)
    if colors is not None:
        return _given(pattern, colors, symmetric, partition, decompression)
    if symmetric:
        return _symmetric(pattern, decompression, orders)
    if partition == "auto":
        return _automatic(pattern, orders)
    return _PARTITIONED[partition](pattern, orders)


def _columns(pattern: Pattern, orders: Sequence[str]) -> Coloring:
    colors, order = _lines(pattern.T, pattern, orders)
    return Coloring(pattern, colors, _none(pattern.shape[0]), order=order)


def _rows(pattern: Pattern, orders: Sequence[str]) -> Coloring:
    colors, order = _lines(pattern, pattern.T, orders)
    return Coloring(pattern, _none(pattern.shape[1]), colors, order=order)


def _lines(own: Pattern, other: Pattern, orders: Sequence[str]) -> tuple[Integers, str]:
    """Colours of the rows of `own`; `other` is its transpose. No colouring has fewer than the
    longest row of `other`.
    """
    least = int(np.diff(other.indptr).max(initial=0))
    several = len(orders) > 1
    if several and (colors := cyclic(other, least)) is not None:
        return colors, "cyclic"
    if several and least <= FEW and (colors := linear(other, range(least, least + 1))) is not None:
        return colors, "lattice"
    graph = Graph(own.shape[0], own.indptr, own.indices, other.indptr, other.indices)
    colors, order = _best(lambda name: greedy.distance_2(graph, name), orders, least)
    count = int(colors.max(initial=NEUTRAL)) + 1
    if several and least + 1 < count <= FEW:
        lattice = linear(other, range(least + 1, count))
        if lattice is not None:
            return lattice, "lattice"
    return colors, order


def _symmetric(pattern: Pattern, decompression: str, orders: Sequence[str]) -> Coloring:
    graph = _adjacency(pattern.rows, pattern.cols, pattern.shape[0])
    method = greedy.star if decompression == "direct" else greedy.acyclic
    least = 1 if not len(graph.adj2) else 2
    colors, order = _best(lambda name: method(graph, name), orders, least)
    none = _none(pattern.shape[0])
    return Coloring(pattern, colors, none, symmetric=True, decompression=decompression, order=order)


def _both(pattern: Pattern, orders: Sequence[str]) -> Coloring:
    """A star colouring of the graph whose vertices are the columns and the rows and whose edges
    are the entries; colours of which no entry is read are then given up.
    """
    height, width = pattern.shape
    columns, rows = pattern.cols.astype(np.int64), pattern.rows.astype(np.int64) + width
    graph = _adjacency(
        np.concatenate([columns, rows]), np.concatenate([rows, columns]), height + width
    )
    found: list[Coloring] = []
    for name in orders:
        colors = greedy.star(graph, name)
        by_column, by_row = _numbered(colors[:width]), _numbered(colors[width:])
        found.append(_without_idle(Coloring(pattern, by_column, by_row, order=name)))
    return min(found, key=lambda coloring: coloring.num_colors)


def _without_idle(coloring: Coloring) -> Coloring:
    """Without the colours of which no entry is read."""
    used = np.zeros(coloring.num_colors, bool)
    used[coloring.sources] = True
    split = coloring.num_column_colors
    return Coloring(
        coloring.pattern,
        _kept(coloring.column_colors, used[:split]),
        _kept(coloring.row_colors, used[split:]),
        order=coloring.order,
    )


def _kept(colors: Integers, used: NDArray[np.bool_]) -> Integers:
    numbers = np.where(used, np.cumsum(used) - 1, NEUTRAL).astype(np.int32)
    return np.append(numbers, np.int32(NEUTRAL))[colors]


def _automatic(pattern: Pattern, orders: Sequence[str]) -> Coloring:
    """Columns or rows, whichever has fewer colours; or both, where dense rows and columns make
    either many.
    """
    lengths = [np.diff(p.indptr) for p in (pattern, pattern.T)]
    longest = [int(own.max(initial=0)) for own in lengths]
    methods = [_columns, _rows] if longest[0] <= longest[1] else [_rows, _columns]
    best = methods[0](pattern, orders)
    if best.num_colors > max(longest):
        best = min(best, methods[1](pattern, orders), key=lambda found: found.num_colors)
    if min(map(_least_apart, lengths)) < best.num_colors:
        best = min(best, _both(pattern, orders), key=lambda found: found.num_colors)
    return best


def _least_apart(lengths: Integers) -> int:
    """The least number of colours to hope for where the longest lines have one each, and the other
    partition serves the rest.
    """
    descending = np.append(-np.sort(-lengths), 0)
    return int((descending + np.arange(len(descending))).min())


_PARTITIONED: dict[str, Callable[[Pattern, Sequence[str]], Coloring]] = {
    "columns": _columns,
    "rows": _rows,
    "both": _both,
}


def _best(
    colors_in: Callable[[str], Integers], orders: Sequence[str], least: int
) -> tuple[Integers, str]:
    """The colouring with the fewest colours, and its order; none after one of `least` colours."""
    best: tuple[Integers, str] | None = None
    for name in orders:
        colors = colors_in(name)
        if best is None or colors.max(initial=NEUTRAL) < best[0].max(initial=NEUTRAL):
            best = colors, name
        if best[0].max(initial=NEUTRAL) < least:
            break
    assert best is not None
    return best


def _adjacency(rows: Integers, cols: Integers, count: int) -> AdjacencyGraph:
    """The graph of the entries beside the diagonal of a symmetric matrix."""
    import scipy.sparse

    beside = rows != cols
    rows, cols = rows[beside], cols[beside]
    if (rows[1:] < rows[:-1]).any():
        csr = scipy.sparse.coo_array((cols, (rows, cols)), shape=(count, count)).tocsr()
        csr.sort_indices()
        return AdjacencyGraph(csr.indptr, csr.indices)
    return AdjacencyGraph(pointers(rows, count), cols)


def _numbered(colors: Integers) -> Integers:
    """The colours, numbered from 0 without gaps."""
    used = np.zeros(int(colors.max(initial=NEUTRAL)) + 1, bool)
    used[colors] = True
    return _kept(colors, used)


def _none(count: int) -> Integers:
    return np.full(count, NEUTRAL, np.int32)


def _given(
    pattern: Pattern, colors: Any, symmetric: bool, partition: str, decompression: str
) -> Coloring:
    """A colouring of the user's own, which the pattern is held against."""
    height, width = pattern.shape
    if partition == "both":
        by_column, by_row = _colors("columns", colors[0], width), _colors("rows", colors[1], height)
    elif partition == "rows":
        by_column, by_row = _none(width), _colors("rows", colors, height)
    else:
        by_column, by_row = _colors("columns", colors, width), _none(height)
    return Coloring(pattern, by_column, by_row, symmetric=symmetric, decompression=decompression)


def _colors(lines: str, colors: Any, count: int) -> Integers:
    found = np.asarray(colors)
    if found.dtype.kind not in "iu" and found.size:
        raise PolyadTypeError(
            f"the colours of {lines} must be integers, not {found.dtype}{where(user_location())}"
        )
    if found.shape != (count,):
        raise ShapeError(
            f"colours of shape {found.shape} for {count} {lines}{where(user_location())}"
        )
    if found.size and found.min() < NEUTRAL:
        raise SparsityError(
            f"colour {found.min()} for one of the {lines}{where(user_location())}\n  Colours are "
            "numbered from 0; -1 is for none."
        )
    return found.astype(np.int32)


def _orders(order: str | Sequence[str], entries: int) -> Sequence[str]:
    best = BEST if entries > LARGE else (*BEST, *MORE)
    names = best if order == "best" else (order,) if isinstance(order, str) else tuple(order)
    for name in names:
        _check_choice("order", name, (*ORDERS, "best"))
    return names


def _check_choice(parameter: str, choice: Any, choices: Sequence[str]) -> None:
    if choice not in choices:
        raise PolyadTypeError(
            f"coloring: {parameter}={shown(choice)}{where(user_location())}\n  Use one of "
            f"{', '.join(map(repr, choices))}."
        )


def _check_symmetry(pattern: Pattern, symmetric: bool, partition: str, decompression: str) -> None:
    if not symmetric:
        if decompression == "substitution":
            raise PolyadTypeError(
                "coloring: decompression='substitution' takes a symmetric pattern"
                f"{where(user_location())}\n  Give symmetric=True, or leave it out."
            )
        return
    if partition not in ("auto", "columns"):
        raise PolyadTypeError(
            f"coloring: partition={shown(partition)} with symmetric=True{where(user_location())}\n"
            "  The colours of a symmetric pattern are of its columns."
        )
    if not pattern.is_symmetric:
        raise SparsityError(
            f"coloring: symmetric=True, and {_unsymmetric(pattern)}{where(user_location())}"
        )


def _unsymmetric(pattern: Pattern) -> str:
    if pattern.shape[0] != pattern.shape[1]:
        return f"the pattern has shape {pattern.shape}"
    single = pattern - pattern.T
    row, col = int(single.rows[0]), int(single.cols[0])
    return f"the pattern has entry ({row}, {col}) and not ({col}, {row})"
