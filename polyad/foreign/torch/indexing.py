"""Elements read and written by index tensors and masks."""

from __future__ import annotations

import math
from typing import Any

from ... import numpy as pnp
from ...errors import PolyadIndexError, PolyadTypeError, PolyadValueError, ShapeError
from ...execution import backend_of
from ...ir import Handle, user_location
from ...ir import where as at_line
from ...numpy._core import axis_of, convert, dtype_of, positions, shape_of
from ...numpy.indexing import getitem as read
from ...numpy.updates import at
from ...ops import elementwise as e
from ...texts import shown
from .dims import dim_of, is_array, rank
from .promotion import as_type, promoted
from .shapes import diagonal as diagonal_of
from .table import torch_function

# -- Index tensors ---------------------------------------------------------------------------------


def checked(name: str, index: Any, size: int) -> Any:
    """An index tensor, whose elements are within `size` if they are known."""
    if not dtype_of(index).is_integer:
        raise PolyadTypeError(
            f"torch.{name}: an index has dtype {dtype_of(index)}, and not int64"
            f"{at_line(user_location())}"
        )
    if not isinstance(index, Handle) and backend_of(index) is not None and math.prod(index.shape):
        low, high = int(index.min()), int(index.max())
        if low < -size or high >= size:
            raise PolyadIndexError(
                f"torch.{name}: index {low if low < -size else high} is out of range for a "
                f"dimension of length {size}{at_line(user_location())}"
            )
    return index


def check_index(index: Any) -> None:
    """Raise where an index means something else to torch than to NumPy. (A step below 0 means
    nothing to torch; code of `polyad.numpy`, which tensors go through as well, has it.)
    """
    for part in index if isinstance(index, tuple) else (index,):
        if is_array(part) and dtype_of(part).name == "uint8":
            raise PolyadTypeError(
                "an index of uint8 is a mask to PyTorch (deprecated there), and positions to "
                f"NumPy{at_line(user_location())}\n  Say which: index.bool(), or index.long()."
            )


def _window(x: Any, shape: tuple[int, ...]) -> Any:
    """The first elements of `x` along each dimension."""
    if shape_of(x) == shape:
        return x
    return x[tuple(slice(0, n) for n in shape)]


def _places(name: str, x: Any, dim: int, index: Any) -> tuple[Any, ...]:
    """Index arrays that stand for `x[i, …, index[i, …, k], …, k]`."""
    shape = shape_of(index)
    found = []
    for axis, n in enumerate(shape):
        if axis == dim:
            found.append(checked(name, index, shape_of(x)[axis]))
        else:
            line = [1] * len(shape)
            line[axis] = n
            found.append(pnp.reshape(positions(n, x), tuple(line)))
    return tuple(found)


def _lengthened(*arrays: Any) -> list[Any]:
    return [pnp.reshape(x, (1,)) if is_array(x) and rank(x) == 0 else x for x in arrays]


def _fits(name: str, index: Any, x: Any, dim: int | None) -> None:
    """Raise unless `index` is no longer than `x` along each dimension but `dim`."""
    longer = [
        k
        for k, (n, size) in enumerate(zip(shape_of(index), shape_of(x), strict=False))
        if n > size and k != dim
    ]
    if rank(index) != rank(x) or longer:
        raise ShapeError(
            f"torch.{name}: an index of shape {shape_of(index)} does not fit a tensor of shape "
            f"{shape_of(x)}{at_line(user_location())}"
        )


@torch_function("gather")
def gather(input: Any, dim: int, index: Any, *, sparse_grad: bool = False) -> Any:
    """`input[i, …, index[i, …, k], …, k]`."""
    x, places = _lengthened(input, index)
    if math.prod(shape_of(places)) == 0:
        return pnp.zeros(shape_of(index), dtype=dtype_of(input))
    axis = dim_of(dim, input)
    _fits("gather", places, x, axis)
    made = x[_places("gather", x, axis, places)]
    return pnp.reshape(made, shape_of(index))


@torch_function("take_along_dim")
def take_along_dim(input: Any, indices: Any, dim: int | None = None) -> Any:
    if dim is None:
        return pnp.take_along_axis(pnp.reshape(input, (-1,)), pnp.reshape(indices, (-1,)), axis=0)
    axis = dim_of(dim, input)
    checked("take_along_dim", indices, shape_of(input)[axis])
    return pnp.take_along_axis(input, indices, axis=axis)


@torch_function("take")
def take(input: Any, index: Any) -> Any:
    """Elements of the flat tensor."""
    flat = pnp.reshape(input, (-1,))
    return pnp.take(flat, checked("take", index, shape_of(flat)[0]), axis=0)


@torch_function("index_select")
def index_select(input: Any, dim: int, index: Any) -> Any:
    x, places = _lengthened(input, index)
    axis = dim_of(dim, input)
    made = pnp.take(x, checked("index_select", places, shape_of(x)[axis]), axis=axis)
    return pnp.reshape(made, ()) if rank(input) == 0 else made


@torch_function("Tensor.__getitem__")
def getitem(input: Any, index: Any) -> Any:
    return read(input, index)


@torch_function("masked_select")
def masked_select(input: Any, mask: Any) -> Any:
    """The elements where the mask, which must be known, is true."""
    shape = pnp.broadcast_shapes(shape_of(input), shape_of(mask))
    x = pnp.reshape(pnp.broadcast_to(input, shape), (-1,))
    return x[pnp.reshape(pnp.broadcast_to(mask, shape), (-1,))]


# -- Scattering ------------------------------------------------------------------------------------

_IDENTITIES = {"sum": 0, "prod": 1, "mean": 0, "amax": -math.inf, "amin": math.inf}


def _scattered(
    name: str, input: Any, dim: int, index: Any, src: Any, mode: str, include: bool = True
) -> Any:
    """`input` with the elements of `src` put, added, … where `index` says."""
    x, places, values = _lengthened(input, index, src)
    axis = dim_of(dim, input)
    if math.prod(shape_of(places)) == 0:
        return pnp.reshape(x, shape_of(input))
    _fits(name, places, x, axis)
    if is_array(values):
        _fits(name, places, values, None)
        values = _window(values, shape_of(places))
    made = _combined(x, _places(name, x, axis, places), values, mode, include)
    return pnp.reshape(made, shape_of(input))


def _combined(x: Any, where: Any, values: Any, mode: str, include: bool = True) -> Any:
    """`x` with `values` combined at index arrays; `include` says whether its own elements count."""
    if mode == "set":
        return at(x)[where].set(values)
    start = x
    if not include:
        identity = _IDENTITIES[mode]
        if not dtype_of(x).is_inexact and mode in ("amax", "amin"):
            limits = pnp.iinfo(dtype_of(x))
            identity = limits.min if mode == "amax" else limits.max
        start = at(x)[where].set(identity)
    if mode == "sum":
        return at(start)[where].add(values)
    if mode == "prod":
        return at(start)[where].multiply(values)
    if mode == "mean":
        total = at(start)[where].add(values)
        ones = pnp.ones(shape_of(x), dtype=dtype_of(x))
        count = at(ones if include else at(ones)[where].set(0))[where].add(1)
        count = count if include else e.maximum(count, 1)
        return e.divide(total, count) if dtype_of(x).is_inexact else e.floor_divide(total, count)
    return _extreme(start, where, values, mode, x, include)


def _extreme(start: Any, where: Any, values: Any, mode: str, x: Any, include: bool) -> Any:
    update = at(start)[where]
    return update.max(values) if mode == "amax" else update.min(values)


@torch_function("scatter")
def scatter(
    input: Any, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: Any = None
) -> Any:
    """`src`, or the number `value`, written where `index` says; added or multiplied by `reduce`."""
    modes = {None: "set", "add": "sum", "multiply": "prod"}
    if reduce not in modes:
        raise PolyadValueError(
            f"torch.scatter: reduce is 'add' or 'multiply', not {shown(reduce)}"
            f"{at_line(user_location())}"
        )
    return _scattered("scatter", input, dim, index, value if src is None else src, modes[reduce])


@torch_function("scatter_add")
def scatter_add(input: Any, dim: int, index: Any, src: Any) -> Any:
    return _scattered("scatter_add", input, dim, index, src, "sum")


def _check_reduction(name: str, reduce: str, allowed: tuple[str, ...]) -> None:
    if reduce not in allowed:
        raise PolyadValueError(
            f"torch.{name}: reduce is one of {', '.join(allowed)}, not {shown(reduce)}"
            f"{at_line(user_location())}"
        )


@torch_function("scatter_reduce")
def scatter_reduce(
    input: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True
) -> Any:
    _check_reduction("scatter_reduce", reduce, tuple(_IDENTITIES))
    return _scattered("scatter_reduce", input, dim, index, src, reduce, include_self)


def _rows(name: str, input: Any, dim: int, index: Any) -> tuple[Any, tuple[Any, ...]]:
    """The tensor with a dimension at least, and the index of rows along one dimension."""
    x, places = _lengthened(input, index)
    axis = dim_of(dim, input)
    return x, (*(slice(None),) * axis, checked(name, places, shape_of(x)[axis]))


@torch_function("index_add")
def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Any:
    x, where = _rows("index_add", input, dim, index)
    (source,) = _lengthened(source)
    source = source if type(alpha) is int and alpha == 1 else e.multiply(source, alpha)
    return pnp.reshape(at(x)[where].add(source), shape_of(input))


@torch_function("index_copy")
def index_copy(input: Any, dim: int, index: Any, source: Any) -> Any:
    x, where = _rows("index_copy", input, dim, index)
    (source,) = _lengthened(source)
    return pnp.reshape(at(x)[where].set(source), shape_of(input))


@torch_function("index_fill")
def index_fill(input: Any, dim: int, index: Any, value: Any) -> Any:
    x, where = _rows("index_fill", input, dim, index)
    return pnp.reshape(at(x)[where].set(as_type(value, dtype_of(x))), shape_of(input))


@torch_function("index_reduce")
def index_reduce(
    input: Any, dim: int, index: Any, source: Any, reduce: str, *, include_self: bool = True
) -> Any:
    _check_reduction("index_reduce", reduce, ("prod", "mean", "amax", "amin"))
    x, where = _rows("index_reduce", input, dim, index)
    (source,) = _lengthened(source)
    if math.prod(shape_of(source)) == 0:
        return pnp.reshape(x, shape_of(input))
    return pnp.reshape(_combined(x, where, source, reduce, include_self), shape_of(input))


@torch_function("index_put")
def index_put(input: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """`input[indices] = values`, or `+=` with repeated indices adding up."""
    check_index(tuple(indices))
    where = tuple(slice(None) if i is None else i for i in indices)
    update = at(input)[where if len(where) != 1 else where[0]]
    values = as_type(values, dtype_of(input))
    return update.add(values) if accumulate else update.set(values)


@torch_function("put")
def put(input: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    """`index_put` on the flat tensor."""
    flat = pnp.reshape(input, (-1,))
    places = pnp.reshape(checked("put", index, shape_of(flat)[0]), (-1,))
    update = at(flat)[places]
    source = pnp.reshape(source, (-1,))
    return pnp.reshape(update.add(source) if accumulate else update.set(source), shape_of(input))


# -- Masks -----------------------------------------------------------------------------------------


@torch_function("torch.where")
def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """`input` where the condition holds, else `other`; of the condition alone, where it does."""
    if input is None and other is None:
        return pnp.nonzero(condition)
    x, y = promoted(input, other)
    return pnp.where(condition, x, y)


@torch_function("Tensor.where")
def where_of_tensor(input: Any, condition: Any, other: Any) -> Any:
    return where(condition, input, other)


@torch_function("masked_fill")
def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    return pnp.where(mask, as_type(value, dtype_of(input)), input)


@torch_function("masked_scatter")
def masked_scatter(input: Any, mask: Any, source: Any) -> Any:
    """The elements where the mask is true replaced by those of `source`, in order."""
    shape = pnp.broadcast_shapes(shape_of(input), shape_of(mask))
    x, mask = pnp.broadcast_to(input, shape), pnp.broadcast_to(mask, shape)
    flat = pnp.reshape(mask, (-1,))
    number = pnp.cumulative_sum(convert(flat, "int64"), axis=0)
    place = e.maximum(e.subtract(number, 1), 0)
    source = pnp.reshape(source, (-1,))
    if shape_of(source) == (0,):
        return x
    drawn = pnp.reshape(pnp.take(source, place, axis=0), shape)
    return pnp.where(mask, drawn, x)


@torch_function("nonzero")
def nonzero(input: Any, *, as_tuple: bool = False) -> Any:
    """The indices of elements other than zero, which must be known."""
    found = pnp.nonzero(input)
    return found if as_tuple else pnp.stack(found, axis=1)


@torch_function("argwhere")
def argwhere(input: Any) -> Any:
    return nonzero(input)


# -- Parts replaced --------------------------------------------------------------------------------


@torch_function("select_scatter")
def select_scatter(input: Any, src: Any, dim: int, index: int) -> Any:
    axis = axis_of(dim, rank(input))
    return at(input)[(slice(None),) * axis + (index,)].set(src)


@torch_function("slice_scatter")
def slice_scatter(
    input: Any, src: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1
) -> Any:
    axis = dim_of(dim, input)
    return at(input)[(slice(None),) * axis + (slice(start, end, step),)].set(src)


@torch_function("ops.aten.slice", "ops.aten.slice.Tensor")
def slice_of(input: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1) -> Any:
    axis = dim_of(dim, input)
    return input[(slice(None),) * axis + (slice(start, end, step),)]


@torch_function("diagonal_scatter")
def diagonal_scatter(input: Any, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    size = math.prod(shape_of(input))
    numbers = pnp.reshape(positions(size, input), shape_of(input))
    return _replaced(input, diagonal_of(numbers, offset, dim1, dim2), src)


def _replaced(x: Any, numbers: Any, src: Any) -> Any:
    """`x` with `src` at the flat positions `numbers`."""
    flat = at(pnp.reshape(x, (-1,)))[pnp.reshape(numbers, (-1,))]
    return pnp.reshape(flat.set(pnp.reshape(src, (-1,))), shape_of(x))


@torch_function("as_strided", "as_strided_copy", "as_strided_scatter", refused=True)
def as_strided(input: Any, *arguments: Any, **others: Any) -> Any:
    """Refused: it reads memory, and where elements lie is not known while tracing."""
    raise PolyadTypeError(
        "torch.as_strided reads memory, and a traced array has no place there until it is computed"
        f"{at_line(user_location())}\n  Use slices, unfold, diagonal, expand or index tensors."
    )


@torch_function("searchsorted")
def searchsorted(
    sorted_sequence: Any,
    input: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: Any = None,
    sorter: Any = None,
) -> Any:
    """Positions in a sorted sequence of one dimension."""
    if rank(sorted_sequence) != 1:
        raise PolyadTypeError(
            f"torch.searchsorted of several sequences is not followed{at_line(user_location())}\n"
            "  Use polyad.vmap of polyad.numpy.searchsorted."
        )
    wanted = side or ("right" if right else "left")
    made = pnp.searchsorted(sorted_sequence, input, side=wanted, sorter=sorter)
    return convert(made, "int32" if out_int32 else "int64")


@torch_function("bucketize")
def bucketize(input: Any, boundaries: Any, *, out_int32: bool = False, right: bool = False) -> Any:
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)
