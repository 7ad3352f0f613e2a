"""Functions that make arrays. Inside a trace they are part of the program; outside, arrays of the
default backend.
"""

from __future__ import annotations

import math
from typing import Any, NoReturn

from .. import execution, trace_stack
from ..aliasing import lies_in_c_order
from ..errors import PolyadTypeError, ShapeError
from ..ir import ArrayType, DType, Handle, as_dtype, user_location, where
from ..ops import dispatch, promotion
from ..ops import manipulation as m
from ..ops.literals import literal
from ..texts import shown
from ._arguments import integer, layout, refuse, sizes, unfollowed
from ._core import (
    array_copied,
    array_of,
    beside_arrays,
    convert,
    copied,
    dtype_of,
    fresh,
    from_list,
    laid_out,
    placed,
    shape_of,
)


def asarray(
    a: Any,
    dtype: Any = None,
    order: str | None = None,
    *,
    device: Any = None,
    copy: bool | None = None,
    like: Any = None,
) -> Any:
    """`a` (an array, a number, nested lists of them, traced ones among them) as an array.

    Floats become `config.default_float`. A NumPy array becomes one of the default backend; arrays
    of other backends stay as they are. Inside a traced function the result is a traced array,
    whose value is known: so `xp.asarray(data)` can stand beside the traced arrays wherever code
    asks arrays for their namespace. `copy` False forbids a copy, True asks for one. Raises
    `PolyadTypeError` for what is no array and for ragged lists, `PolyadValueError` for a device
    that there is not, and where a copy that is forbidden is needed.

    Args:
        a: an array of any shape, a number, or nested lists of them.
        dtype: the dtype; that of the elements if not given.
        order: "C" or "F": the order in memory.
        device: the backend's device; None: its default.
        copy: True: always a copy; False: never.
        like: an array whose backend makes the result.

    >>> asarray([1, 2, 3])
    array([1, 2, 3])
    """
    layout("asarray", order)
    made = placed(_as_array(a, dtype), device)
    if trace_stack.active_builders() and not isinstance(made, Handle):
        return dispatch.lift(trace_stack.active_builders()[-1], made)
    if made is a and order in ("C", "F") and not _lies(a, order):
        copy = copy is not False or refuse_copy(a)
    if copy and made is a:
        return array_copied(a, order)
    if copy is False and made is not a:
        refuse_copy(a)
    return made if made is a else ordered(made, order)


def ordered(made: Any, order: str | None) -> Any:
    """The new array `made`, whose elements lie in memory in `order`, if that is "C" or "F"."""
    if order not in ("C", "F") or _lies(made, order):
        return made
    return laid_out(made, order) if isinstance(made, Handle) else copied(made, order)


def _lies(a: Any, order: str) -> bool:
    """Whether the elements of an array are sure to lie in memory in `order`."""
    if isinstance(a, Handle):
        return order == "C" and lies_in_c_order(a)
    flags = getattr(a, "flags", None)
    return flags is None or bool(flags.c_contiguous if order == "C" else flags.f_contiguous)


def refuse_copy(a: Any) -> NoReturn:
    """Raise the error of `copy=False` where a copy is needed."""
    refuse(f"asarray(..., copy=False) of a {type(a).__name__} needs a copy")


def _as_array(obj: Any, dtype: Any) -> Any:
    if isinstance(obj, Handle):
        return convert(obj, dtype)
    if isinstance(obj, list | tuple | range):
        return from_list(list(obj), dtype)
    if type(obj) in execution.SCALARS:
        wanted = promotion.python_dtype(obj) if dtype is None else as_dtype(dtype)
        if trace_stack.active_builders():
            return fresh(literal(trace_stack.active_builders()[-1], obj, wanted))
        return execution.default_backend().asarray(obj, wanted)
    owner, target = execution.backend_of(obj), execution.default_backend()
    if owner is None:
        raise PolyadTypeError(
            f"cannot make an array of a {type(obj).__name__}: {execution.shown(obj)}"
            f"{where(user_location())}"
        )
    if owner is not target and owner.name == "numpy":
        owner.type_of(obj)
        return convert(target.asarray(obj), dtype)
    return convert(obj, dtype)


def array(
    object: Any,
    dtype: Any = None,
    *,
    copy: bool | None = True,
    order: str | None = "K",
    subok: bool = False,
    ndmin: int = 0,
    ndmax: int = 0,
    like: Any = None,
    device: Any = None,
) -> Any:
    """`asarray`, a copy unless told otherwise, of `ndmin` dimensions or more: new ones of size 1
    stand in front.

    Args:
        object: an array of any shape, a number, or nested lists of them.
        dtype: the dtype; that of the elements if not given.
        copy: False: share memory where that can be, None: likewise.
        order: "C", "F", "A" or "K": the order in memory.
        subok: must be False.
        ndmin: the least number of dimensions.
        ndmax: the greatest depth of lists that are axes.
        like: an array whose backend makes the result.
        device: the backend's device; None: its default.

    Raises:
        PolyadValueError: lists of unequal lengths.
        PolyadTypeError: what is no number.

    >>> array([1.0, 2.0], ndmin=2)
    array([[1., 2.]])
    """
    unfollowed("array", ndmax=(ndmax, 0))
    made = asarray(object, dtype, order, device=device, copy=copy)
    short = integer(ndmin, "array: ndmin") - len(shape_of(made))
    return made if short <= 0 else m.reshape(made, shape=(*(1,) * short, *shape_of(made)))


def full(
    shape: Any,
    fill_value: Any,
    dtype: Any = None,
    order: str | None = "C",
    *,
    device: Any = None,
    like: Any = None,
) -> Any:
    """An array of `shape` filled with `fill_value`, which may be traced.

    Args:
        shape: a tuple of sizes, or one size.
        fill_value: a scalar, or an array that broadcasts to `shape`.
        dtype: the dtype; that of `fill_value` if not given.
        order: "C" or "F": the order in memory.
        device: the backend's device; None: its default.
        like: an array whose backend makes the result.

    Raises:
        PolyadValueError: a negative size.
        PolyadTypeError: a size that is no integer.

    >>> full((2,), 3.0)
    array([3., 3.])
    """
    layout("full", order)
    shape = sizes(shape, "a shape")
    if type(fill_value) not in execution.SCALARS:
        made = m.broadcast_to(convert(fill_value, dtype), shape=shape)
        return placed(ordered(made, order), device)
    wanted = promotion.python_dtype(fill_value) if dtype is None else as_dtype(dtype)
    try:
        ArrayType(wanted, shape)
    except ShapeError as error:
        raise ShapeError(f"full: {error}{where(user_location())}") from None
    if trace_stack.active_builders():
        builder = trace_stack.active_builders()[-1]
        made = fresh(literal(builder, fill_value, wanted, shape))
    else:
        made = filled(execution.default_backend(), fill_value, wanted, shape)
    return placed(ordered(made, order), device)


def filled(
    backend: execution.Backend, value: Any, dtype: DType, shape: tuple[int, ...], like: Any = None
) -> Any:
    """An array of a backend filled with a Python scalar; without dimensions, too, it is an array
    that may be written into, and no NumPy scalar.
    """
    return backend.full(value, dtype, shape, like) if shape else backend.asarray(value, dtype, like)


def zeros(
    shape: Any,
    dtype: Any = None,
    order: str | None = "C",
    *,
    device: Any = None,
    like: Any = None,
) -> Any:
    """An array of zeros, of `config.default_float` if no dtype is given.

    Args:
        shape: a tuple of sizes, or one size.
        dtype: the dtype; `config.default_float` if not given.
        order: "C" or "F": the order in memory.
        device: the backend's device; None: its default.
        like: an array whose backend makes the result.

    Raises:
        PolyadValueError: a negative size.
        PolyadTypeError: a size that is no integer.

    >>> zeros((2, 2))
    array([[0., 0.],
           [0., 0.]])
    """
    wanted = promotion.default_float() if dtype is None else dtype
    return full(shape, 0, wanted, order, device=device)


def ones(
    shape: Any,
    dtype: Any = None,
    order: str | None = "C",
    *,
    device: Any = None,
    like: Any = None,
) -> Any:
    """An array of ones, of `config.default_float` if no dtype is given.

    Args:
        shape: a tuple of sizes, or one size.
        dtype: the dtype; `config.default_float` if not given.
        order: "C" or "F": the order in memory.
        device: the backend's device; None: its default.
        like: an array whose backend makes the result.

    Raises:
        PolyadValueError: a negative size.
        PolyadTypeError: a size that is no integer.

    >>> ones((2, 2))
    array([[1., 1.],
           [1., 1.]])
    """
    wanted = promotion.default_float() if dtype is None else dtype
    return full(shape, 1, wanted, order, device=device)


def empty(
    shape: Any,
    dtype: Any = None,
    order: str | None = "C",
    *,
    device: Any = None,
    like: Any = None,
) -> Any:
    """`zeros`: no array of polyad's has elements that nobody set."""
    return zeros(shape, dtype, order, device=device)


def full_like(
    a: Any,
    fill_value: Any,
    dtype: Any = None,
    order: str | None = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Any:
    """An array like `a`, filled with `fill_value`."""
    layout("full_like", order)
    x = array_of(a) if isinstance(a, list | tuple) else a
    wanted = dtype_of(x) if dtype is None else as_dtype(dtype)
    shape = shape_of(x) if shape is None else sizes(shape, "a shape")
    if isinstance(x, Handle) or type(fill_value) not in execution.SCALARS:
        return laid_out(full(shape, fill_value, dtype=wanted, device=device), order, x)
    backend = execution.backend_beside(x)
    like = x if execution.backend_of(x) is backend else None
    order = "F" if order in ("A", "K") and _lies(x, "F") and not _lies(x, "C") else order
    return placed(ordered(filled(backend, fill_value, wanted, shape, like), order), device)


def zeros_like(
    a: Any,
    dtype: Any = None,
    order: str | None = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Any:
    """Zeros like `a`."""
    return full_like(a, 0, dtype, order, shape=shape, device=device)


def ones_like(
    a: Any,
    dtype: Any = None,
    order: str | None = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Any:
    """Ones like `a`."""
    return full_like(a, 1, dtype, order, shape=shape, device=device)


def empty_like(
    prototype: Any,
    /,
    dtype: Any = None,
    order: str | None = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Any:
    """`zeros_like`: no array of polyad's has elements that nobody set."""
    return zeros_like(prototype, dtype, order, shape=shape, device=device)


def from_dlpack(x: Any, /, *, device: Any = None, copy: bool | None = None) -> Any:
    """An array of another library as one of the default backend, by the DLPack protocol.

    Without `copy` both are on the same memory, where the libraries can have it so. Raises
    `PolyadTypeError` for what does not speak the protocol, and for traced arrays.

    >>> import numpy
    >>> from_dlpack(numpy.arange(3))
    array([0, 1, 2])
    """
    if isinstance(x, Handle) or not hasattr(x, "__dlpack__"):
        what = "a traced array" if isinstance(x, Handle) else f"a {type(x).__name__}"
        raise PolyadTypeError(
            f"from_dlpack takes an array of another library, not {what}{where(user_location())}"
        )
    try:
        made = execution.default_backend().from_dlpack(x, copy)
    except (BufferError, RuntimeError) as error:
        raise PolyadTypeError(
            f"from_dlpack: a {type(x).__name__} does not give its memory: {error}"
            f"{where(user_location())}"
        ) from None
    return placed(made, device)


@beside_arrays
def meshgrid(
    *xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy"
) -> tuple[Any, ...]:
    """Coordinate arrays from coordinate vectors; `indexing` is "xy" or "ij". If `sparse`, they are
    of size 1 along all axes but their own.

    >>> meshgrid([1.0, 2.0], [3.0], sparse=True)[0].shape
    (1, 2)
    """
    if indexing not in ("xy", "ij"):
        refuse(f"meshgrid: indexing is 'xy' or 'ij', not {shown(indexing)}")
    vectors = [m.reshape(x, shape=(math.prod(shape_of(x)),)) for x in map(array_of, xi)]
    order = list(range(len(vectors)))
    if indexing == "xy" and len(order) > 1:
        order[:2] = [1, 0]
    shape = [0] * len(order)
    for position, vector in zip(order, vectors, strict=True):
        shape[position] = shape_of(vector)[0]
    grids = []
    for position, vector in zip(order, vectors, strict=True):
        ones_ = [1] * len(order)
        ones_[position] = shape[position]
        line = m.reshape(vector, shape=tuple(ones_))
        grid = line if sparse else m.broadcast_to(line, shape=tuple(shape))
        grids.append(copied(grid) if copy else grid)
    return tuple(grids)
