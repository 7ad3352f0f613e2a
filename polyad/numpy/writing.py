"""NumPy's functions that write into their first argument, a traced array or another.

They give None. With `inplace=False`, JAX's keyword, they leave the argument as it is and give the
new array. Of numbers that are not of the array's dtype, the fraction is dropped, as NumPy does;
complex ones are not written into real arrays.
"""

from __future__ import annotations

import math
from typing import Any

from .. import aliasing
from ..ir.types import int64
from ..ops import elementwise as e
from ..ops import manipulation as m
from ..texts import shown
from ._arguments import refuse, refuse_shape
from ._core import array_of, axis_of, beside_arrays, convert, dtype_of, positions, shape_of
from ._writing import in_place
from .cumulative import cumulative_sum
from .elementwise import where as choose
from .indexing import getitem
from .manipulation import astype, broadcast_to, ravel
from .reduction import as_boolean
from .taking import take
from .updates import at


@in_place
@beside_arrays
def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> Any:
    """Write `val` (repeated as needed) on the diagonal of `a`; with `wrap`, the diagonal of a tall
    matrix begins anew below.

    >>> fill_diagonal([[0.0, 0.0], [0.0, 0.0]], 1.0, inplace=False)
    array([[1., 0.],
           [0., 1.]])
    """
    a = array_of(a)
    shape = shape_of(a)
    if len(shape) < 2 or (len(shape) > 2 and len(set(shape)) != 1):
        refuse_shape(f"fill_diagonal takes a matrix, or an array of equal sizes, not shape {shape}")
    size = math.prod(shape)
    if len(shape) == 2:
        step, stop = shape[1] + 1, size if wrap else min(size, shape[1] * shape[1])
    else:
        step, stop = 1 + sum(math.prod(shape[k + 1 :]) for k in range(len(shape) - 1)), size
    values = _repeated("fill_diagonal: val", val, len(range(0, stop, step)), a)
    flat = at(m.reshape(a, shape=(size,)))[slice(0, stop, step)].set(values)
    return m.reshape(flat, shape=shape)


@in_place
@beside_arrays
def put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None = -1) -> Any:
    """Write `values` at `indices` along `axis` (None: of the flattened array), as
    `take_along_axis` reads them.

    >>> put_along_axis([[1.0, 2.0]], [[1]], 9.0, axis=1, inplace=False)
    array([[1., 9.]])
    """
    x, indices = array_of(arr), array_of(indices)
    if axis is None:
        flat = at(ravel(x))[ravel(indices)].set(values)
        return m.reshape(flat, shape=shape_of(x))
    ndim = len(shape_of(x))
    along = axis_of(axis, ndim)
    if len(shape_of(indices)) != ndim:
        refuse_shape(
            f"put_along_axis: indices have {len(shape_of(indices))} dimensions, the array {ndim}"
        )
    index: list[Any] = []
    for k, n in enumerate(shape_of(x)):
        line = m.reshape(positions(n, x), shape=tuple(n if j == k else 1 for j in range(ndim)))
        index.append(indices if k == along else line)
    return at(x)[tuple(index)].set(values)


@in_place
@beside_arrays
def put(a: Any, ind: Any, v: Any, mode: str = "raise") -> Any:
    """Write the values `v` (repeated as needed) at positions `ind` of the flattened array; of
    positions that are repeated, the last counts.

    `mode` says the meaning of a position out of range: "raise" an error, where it is known (else
    nothing is written there), "wrap" around, "clip" to the nearest.

    >>> put([1.0, 2.0, 3.0], [0, -1], 9.0, inplace=False)
    array([9., 2., 9.])
    """
    a, ind = array_of(a), ravel(ind)
    size = math.prod(shape_of(a))
    if mode not in ("raise", "wrap", "clip"):
        refuse(f"put: mode is 'raise', 'wrap' or 'clip', not {shown(mode)}")
    if mode == "wrap":
        ind = e.remainder(ind, size)
    elif mode == "clip":
        ind = e.maximum(e.minimum(ind, size - 1), 0)
    values = _repeated("put: v", v, shape_of(ind)[0], a)
    return m.reshape(at(m.reshape(a, shape=(size,)))[ind].set(values), shape=shape_of(a))


@in_place
@beside_arrays
def place(arr: Any, mask: Any, vals: Any) -> Any:
    """Write `vals`, in order and repeated as needed, where `mask` is true; it may be traced.

    >>> place([1.0, 2.0, 3.0], [True, False, True], [7.0, 8.0], inplace=False)
    array([7., 2., 8.])
    """
    arr = array_of(arr)
    mask = _mask_of("place", mask, arr)
    if 0 in shape_of(arr):
        return arr
    vals = _values("place: vals", vals, arr)
    rank = e.subtract(cumulative_sum(astype(ravel(mask), int64)), 1)
    chosen = take(vals, e.remainder(e.maximum(rank, 0), shape_of(vals)[0]))
    return e.where(mask, m.reshape(chosen, shape=shape_of(arr)), arr)


@in_place
@beside_arrays
def putmask(a: Any, mask: Any, values: Any) -> Any:
    """Write, where `mask` is true, the element of `values` (flattened, repeated as needed) at the
    same position.

    >>> putmask([1.0, 2.0, 3.0], [True, False, True], [7.0, 8.0], inplace=False)
    array([7., 2., 7.])
    """
    a = array_of(a)
    mask = _mask_of("putmask", mask, a)
    if 0 in shape_of(a):
        return a
    chosen = _repeated("putmask: values", values, math.prod(shape_of(a)), a)
    spread = m.broadcast_to(chosen, shape=(math.prod(shape_of(a)),))
    return e.where(mask, m.reshape(spread, shape=shape_of(a)), a)


@in_place
@beside_arrays
def copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> Any:
    """Write `src`, which broadcasts, into `dst` where `where` is true. Raises `PolyadTypeError` for
    a dtype that `casting` does not allow.

    >>> copyto([1.0, 2.0], 3.0, where=[True, False], inplace=False)
    array([3., 2.])
    """
    dst = array_of(dst)
    aliasing.check_cast(dtype_of(src), dtype_of(dst), "numpy", casting)
    new = convert(array_of(src), dtype_of(dst))
    new = _dropped(new, len(shape_of(dst)))
    made = new if where is True else choose(where, new, dst)
    return broadcast_to(made, shape_of(dst))


def _dropped(x: Any, ndim: int) -> Any:
    """`x` without the leading axes of size 1 that it has beyond `ndim`."""
    shape = shape_of(x)
    while len(shape) > ndim and shape[0] == 1:
        shape = shape[1:]
    return x if shape == shape_of(x) else m.reshape(x, shape=shape)


def _mask_of(function: str, mask: Any, x: Any) -> Any:
    """A mask of as many elements as `x`, in its shape."""
    mask = as_boolean(array_of(mask))
    size = math.prod(shape_of(x))
    if math.prod(shape_of(mask)) != size:
        refuse(f"{function}: the mask has shape {shape_of(mask)}, the array {shape_of(x)}")
    return m.reshape(mask, shape=shape_of(x))


def _values(what: str, values: Any, x: Any) -> Any:
    """`values` as a vector, in the dtype of `x`."""
    aliasing.check_cast(dtype_of(array_of(values)), dtype_of(x), "numpy", "unsafe")
    found = ravel(convert(array_of(values), dtype_of(x)))
    if shape_of(found)[0] == 0:
        refuse(f"{what} has no elements")
    return found


def _repeated(what: str, values: Any, count: int, x: Any) -> Any:
    """`count` of `values`, repeated as needed and cut; one stays one."""
    found = _values(what, values, x) if count else convert(ravel(values), dtype_of(x))
    given = shape_of(found)[0]
    if given in (1, count):
        return found
    return getitem(found, [k % given for k in range(count)]) if count else found[:0]
