"""Indices: of triangles and diagonals, of grids, into flattened arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from .. import execution
from ..errors import PolyadIndexError, PolyadTypeError, PolyadValueError, ShapeError
from ..ir import as_dtype, user_location, where
from ..ir.types import int64
from ..ops import elementwise as e
from ..ops import manipulation as m
from ..ops.creation import iota
from ..ops.promotion import default_float
from ..texts import shown
from ._arguments import integer
from ._arguments import sizes as sizes_of
from ._core import array_of, beside_arrays, convert, dtype_of, promoted, shape_of
from .clipping import clip
from .creation import zeros
from .indexing import diag, getitem
from .joining import concat, stack
from .manipulation import broadcast_to, moveaxis, ravel, reshape
from .ranges import arange, linspace
from .reduction import as_boolean
from .searching import known_positions, nonzero

# -- Triangles and diagonals -----------------------------------------------------------------------


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = float, *, like: Any = None) -> Any:
    """Ones on and below the k-th diagonal, zeros above.

    >>> tri(2)
    array([[1., 0.],
           [1., 1.]])
    """
    return e.astype(
        _below(N, N if M is None else M, k),
        dtype=default_float() if dtype in (None, float) else as_dtype(dtype),
    )


def _below(rows: int, columns: int, k: int) -> Any:
    rows, columns = (integer(n, "a matrix's size", least=0) for n in (rows, columns))
    row = m.reshape(iota(size=rows, dtype=int64), shape=(rows, 1))
    return e.greater_equal(
        e.add(row, integer(k, "a diagonal's k")), iota(size=columns, dtype=int64)
    )


def _where(mask: Any) -> tuple[Any, ...]:
    """The positions of a known mask."""
    return tuple(known_positions(mask, "a mask's positions", "a mask whose value is known"))


def tril_indices(n: int, k: int = 0, m: int | None = None) -> tuple[Any, Any]:
    """The rows and columns of the elements on and below the k-th diagonal of an n × m matrix."""
    return _where(_below(n, n if m is None else m, k))


def triu_indices(n: int, k: int = 0, m: int | None = None) -> tuple[Any, Any]:
    """The rows and columns of the elements on and above the k-th diagonal of an n × m matrix."""
    return _where(
        e.logical_not(_below(n, n if m is None else m, integer(k, "triu_indices: k") - 1))
    )


@beside_arrays
def tril_indices_from(arr: Any, k: int = 0) -> tuple[Any, Any]:
    """`tril_indices` for the shape of a matrix."""
    rows, columns = _matrix_shape(arr, "tril_indices_from")
    return tril_indices(rows, k, columns)


@beside_arrays
def triu_indices_from(arr: Any, k: int = 0) -> tuple[Any, Any]:
    """`triu_indices` for the shape of a matrix."""
    rows, columns = _matrix_shape(arr, "triu_indices_from")
    return triu_indices(rows, k, columns)


def _matrix_shape(arr: Any, what: str) -> tuple[int, int]:
    shape = shape_of(array_of(arr))
    if len(shape) != 2:
        raise ShapeError(f"{what} takes a matrix, not shape {shape}{where(user_location())}")
    return shape[0], shape[1]


def mask_indices(n: int, mask_func: Callable[..., Any], k: Any = 0) -> tuple[Any, ...]:
    """The indices at which `mask_func(ones((n, n)), k)` is not 0: with `triu`, its triangle."""
    ones = e.astype(e.equal(_below(n, n, 0), _below(n, n, 0)), dtype=default_float())
    return _where(as_boolean(mask_func(ones, k)))


def diag_indices(n: int, ndim: int = 2) -> tuple[Any, ...]:
    """The indices of the diagonal of an n × n × … array."""
    size = integer(n, "diag_indices: n", least=0)
    return (iota(size=size, dtype=int64),) * integer(ndim, "diag_indices: ndim", least=0)


@beside_arrays
def diag_indices_from(arr: Any) -> tuple[Any, ...]:
    """`diag_indices` for an array whose sizes are equal."""
    shape = shape_of(array_of(arr))
    if len(shape) < 2 or len(set(shape)) != 1:
        raise ShapeError(
            f"diag_indices_from takes an array of equal sizes, not shape "
            f"{shape}{where(user_location())}"
        )
    return diag_indices(shape[0], len(shape))


@beside_arrays
def diagflat(v: Any, k: int = 0) -> Any:
    """The matrix with the elements of `v`, flattened, on its k-th diagonal."""
    return diag(ravel(v), k)


# -- Flat indices ----------------------------------------------------------------------------------


@beside_arrays
def ravel_multi_index(
    multi_index: Sequence[Any], dims: Any, mode: Any = "raise", order: str = "C"
) -> Any:
    """Positions in an array of shape `dims`, flattened, from an index for each axis.

    `mode` (one, or one for each axis) says what an index out of range means: "raise" an error,
    where its value is known (else as "clip"), "wrap", "clip". `order` is "C" or "F".

    >>> ravel_multi_index(([0, 1], [2, 1]), (2, 3))
    array([2, 4])
    """
    _check_order(order, "ravel_multi_index")
    sizes = sizes_of(dims, "ravel_multi_index: dims")
    modes = [mode] * len(sizes) if isinstance(mode, str) else list(mode)
    if len(multi_index) != len(sizes):
        raise PolyadValueError(
            f"ravel_multi_index: {len(multi_index)} indices for {len(sizes)} axes"
            f"{where(user_location())}"
        )
    rows = list(zip(promoted(list(multi_index)), sizes, modes, strict=True))
    total: Any = None
    for index, n, how in rows if order == "C" else rows[::-1]:
        index = _within(index, n, how)
        total = index if total is None else e.add(e.multiply(total, n), index)
    return total


def _within(index: Any, n: int, mode: str) -> Any:
    if mode not in ("raise", "wrap", "clip"):
        raise PolyadValueError(
            f"ravel_multi_index: mode is 'raise', 'wrap' or 'clip', not "
            f"{shown(mode)}{where(user_location())}"
        )
    if mode == "wrap":
        return e.remainder(index, n)
    backend = execution.backend_of(index)
    outside = backend.first_outside(index, 0, n) if backend and mode == "raise" else None
    if outside is not None:
        raise PolyadIndexError(
            f"ravel_multi_index: index {outside} is out of range for an axis of size "
            f"{n}{where(user_location())}"
        )
    return clip(index, 0, n - 1)


def _check_order(order: str, what: str) -> None:
    if order not in ("C", "F"):
        raise PolyadValueError(
            f"{what}: order is 'C' or 'F', not {shown(order)}{where(user_location())}"
        )


@beside_arrays
def unravel_index(indices: Any, shape: Any, order: str = "C") -> tuple[Any, ...]:
    """The index for each axis of positions in an array of `shape`, flattened. Known positions out
    of range are errors, others are clamped.

    >>> unravel_index(4, (2, 3))
    (np.int64(1), np.int64(1))
    """
    _check_order(order, "unravel_index")
    sizes = sizes_of(shape, "unravel_index: shape")
    rest = _within(array_of(indices), math.prod(sizes), "raise")
    found = []
    for n in reversed(sizes) if order == "C" else sizes:
        found.append(e.remainder(rest, n))
        rest = e.floor_divide(rest, n)
    return tuple(found[::-1] if order == "C" else found)


@beside_arrays
def flatnonzero(a: Any, *, size: int | None = None, fill_value: int = 0) -> Any:
    """The positions, in the flattened array, of elements that are not 0. See `nonzero` for `size`.

    >>> flatnonzero([0.0, 2.0, 3.0])
    array([1, 2])
    """
    return nonzero(ravel(a), size=size, fill_value=fill_value)[0]


@beside_arrays
def argwhere(a: Any, *, size: int | None = None, fill_value: int = 0) -> Any:
    """The indices of the elements that are not 0, a row for each. See `nonzero` for `size`.

    >>> argwhere([[0.0, 1.0]])
    array([[0, 1]])
    """
    a = array_of(a)
    if shape_of(a) == ():
        count = shape_of(flatnonzero(a, size=size))[0]
        return zeros((count, 0), dtype=int64)
    return stack(nonzero(a, size=size, fill_value=fill_value), axis=1)


# -- Grids -----------------------------------------------------------------------------------------


def indices(dimensions: Any, dtype: Any = int, sparse: bool = False) -> Any:
    """The index along each axis of a grid of that shape: stacked, or if `sparse` a tuple of arrays
    that broadcast to it.

    >>> indices((1, 2))
    array([[[0, 0]],
    <BLANKLINE>
           [[0, 1]]])
    """
    sizes = sizes_of(dimensions, "indices: dimensions")
    lines = tuple(
        m.reshape(
            iota(size=n, dtype=as_dtype(dtype)),
            shape=tuple(n if j == k else 1 for j in range(len(sizes))),
        )
        for k, n in enumerate(sizes)
    )
    if sparse:
        return lines
    return stack([broadcast_to(line, sizes) for line in lines])


def fromfunction(
    function: Callable[..., Any],
    shape: Any,
    *,
    dtype: Any = float,
    like: Any = None,
    **kwargs: Any,
) -> Any:
    """`function` of the indices along each axis of a grid of that shape.

    >>> fromfunction(lambda i, j: i + j, (1, 3))
    array([[0., 1., 2.]])
    """
    grid = indices(shape, dtype=dtype)
    return function(*(getitem(grid, k) for k in range(shape_of(grid)[0])), **kwargs)


@beside_arrays
def ix_(*args: Any) -> tuple[Any, ...]:
    """Vectors (of integers, or known masks) as index arrays of their product: `x[ix_(rows,
    columns)]`.

    >>> ix_([0, 1], [2])[0].shape
    (2, 1)
    """
    found = []
    for k, given in enumerate(args):
        x = array_of(given)
        if len(shape_of(x)) != 1:
            raise ShapeError(
                f"ix_ takes vectors, not an array of shape {shape_of(x)}{where(user_location())}"
            )
        if dtype_of(x).family == "bool":
            (x,) = _where(x)
        elif shape_of(x)[0] == 0:
            x = convert(x, int64)
        found.append(reshape(x, tuple(shape_of(x)[0] if j == k else 1 for j in range(len(args)))))
    return tuple(found)


class _IndexExpression:
    """`s_[1:3, ::2]` is the index inside, to be used later."""

    def __init__(self, tuples: bool) -> None:
        self._tuples = tuples

    def __getitem__(self, index: Any) -> Any:
        return (index,) if self._tuples and not isinstance(index, tuple) else index


def _line(part: slice) -> Any:
    """start:stop:step as an array; with a step nj, n points from start to stop."""
    start, stop, step = part.start or 0, part.stop, 1 if part.step is None else part.step
    if stop is None:
        raise PolyadValueError(
            f"a range start:stop:step needs a stop: {part}{where(user_location())}"
        )
    if isinstance(step, complex):
        return linspace(start, stop, int(abs(step)))
    return arange(start, stop, step)


class _Grid:
    """`mgrid[0:2, 0:1:5j]`: the coordinates of a grid along each axis, stacked; of `ogrid`, a tuple
    of arrays that broadcast.
    """

    def __init__(self, sparse: bool) -> None:
        self._sparse = sparse

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return _line(key)
        lines = promoted([_line(part) for part in key])
        n = len(lines)
        lines = [
            m.reshape(x, shape=tuple(shape_of(x)[0] if j == k else 1 for j in range(n)))
            for k, x in enumerate(lines)
        ]
        if self._sparse:
            return tuple(lines)
        shape = tuple(shape_of(x)[k] for k, x in enumerate(lines))
        return stack([broadcast_to(x, shape) for x in lines])


class _Concatenator:
    """`r_[1.0, 2:4, x]`: numbers, ranges and arrays joined along the first axis; `c_`, as columns.

    A leading text "axis,ndim,place" says the axis to join along, the least number of dimensions,
    and where the axes of arrays with fewer stand.
    """

    def __init__(self, axis: int, ndim: int, place: int) -> None:
        self._defaults = (axis, ndim, place)

    @beside_arrays
    def __getitem__(self, key: Any) -> Any:
        parts = list(key) if isinstance(key, tuple) else [key]
        axis, ndim, place = self._defaults
        if parts and isinstance(parts[0], str):
            axis, ndim, place = self._directive(parts.pop(0))
        arrays = promoted([self._part(part) for part in parts])
        return concat([self._shaped(x, ndim, place) for x in arrays], axis=axis)

    def _directive(self, text: str) -> tuple[int, int, int]:
        try:
            found = [int(part) for part in text.split(",")]
        except ValueError:
            found = []
        if not 0 < len(found) <= 3:
            raise PolyadValueError(
                f"r_ and c_ take a text of one to three integers, such as '0,2,1', not "
                f"{shown(text)}{where(user_location())}"
            )
        _, ndim, place = self._defaults
        given = [*found, *(ndim, place)[len(found) - 1 :]]
        return given[0], given[1], given[2]

    def _part(self, part: Any) -> Any:
        if isinstance(part, str):
            raise PolyadTypeError(
                f"r_ and c_ take a text only as the first entry, not {shown(part)}"
                f"{where(user_location())}"
            )
        return _line(part) if isinstance(part, slice) else part

    def _shaped(self, x: Any, ndim: int, place: int) -> Any:
        shape = shape_of(x)
        if not shape:
            return m.reshape(x, shape=(1,) * max(ndim, 1))
        missing = ndim - len(shape)
        if missing <= 0:
            return x
        x = m.reshape(x, shape=(*(1,) * missing, *shape))
        first = place if place >= 0 else missing + 1 + place
        return moveaxis(x, list(range(missing, ndim)), list(range(first, first + len(shape))))


s_ = _IndexExpression(tuples=False)
index_exp = _IndexExpression(tuples=True)
mgrid, ogrid = _Grid(sparse=False), _Grid(sparse=True)
r_, c_ = _Concatenator(0, 1, -1), _Concatenator(-1, 2, 0)
