"""Shared by the namespace's functions: arrays from arguments, shapes, axes."""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

from .. import execution
from ..aliasing import apart, lay_out, lies_in_c_order
from ..concrete import concrete_value
from ..errors import PolyadTypeError, PolyadValueError, ShapeError
from ..ir import DType, Handle, Shape, as_dtype, user_location, where
from ..ir.types import bool_, int64
from ..ops import creation, dispatch, promotion
from ..ops import elementwise as e
from ..ops import manipulation as m
from ..ops.promotion import is_weak
from ..ops.shapes import normalize_axes, normalize_axis

Axis = int | Sequence[int] | None


def positions(size: int, like: Any) -> Any:
    """0, 1, …, size - 1 in int64: part of the program inside a trace, outside an array of the
    backend of `like`.
    """
    with beside(like):
        return creation.iota(size=size, dtype=int64)


def fresh(x: Any) -> Any:
    """An array that nobody else has, with the elements of `x`: a copy of a concrete array, a second
    traced array of the same value.
    """
    if isinstance(x, Handle):
        return apart(x)
    backend = execution.backend_of(x)
    return x if backend is None or execution.is_scalar(x) else backend.copy(x)


def copied(x: Any, order: str | None = "K") -> Any:
    """An array of its own with the elements of the array `x`, which lie in memory as `order` says:
    "C", "F", or as those of `x`.
    """
    backend = execution.backend_of(x)
    if backend is None:
        return laid_out(fresh(x), order)
    return backend.copy(x, order if order in ("C", "F") else "K")


def array_copied(x: Any, order: str | None = "K") -> Any:
    """`copied`; of a NumPy scalar an array without dimensions."""
    backend = execution.backend_of(x)
    if backend is not None and execution.is_scalar(x):
        return backend.asarray(x)
    return copied(x, order)


def laid_out(made: Any, order: str | None, like: Any = None) -> Any:
    """The new array `made`, whose elements lie in memory as `order` says: "C", "F", or, if neither,
    as those of the array `like`.
    """
    if isinstance(made, Handle):
        if order in ("C", "F"):
            return lay_out(made, order == "C")
        if isinstance(like, Handle) and not lies_in_c_order(like):
            return lay_out(made, False)
    return made


def placed(array: Any, device: Any) -> Any:
    """`array` on `device` (None: where it is). A traced array is where its trace's arrays are."""
    if device is None:
        return array
    if isinstance(array, Handle):
        own = array.device  # type: ignore[attr-defined]
        if str(device) in (str(own), "cpu"):
            return array
        raise PolyadValueError(
            f"a traced array is on {own!s}, the device of what is traced, and is not moved to "
            f"{device!s}{where(user_location())}\n  Move the arguments of the traced function."
        )
    backend = execution.backend_of(array)
    assert backend is not None
    try:
        return backend.to_device(array, device)
    except ValueError as error:
        raise PolyadValueError(f"{error}{where(user_location())}") from None


def beside(like: Any) -> contextlib.AbstractContextManager[None]:
    """A `with` block in which ops without operands give arrays of the backend of `like`."""
    backend = execution.backend_of(like)
    return contextlib.nullcontext() if backend is None else execution.backend_scope(backend, like)


def beside_arrays(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, in which constants and lists become arrays of the backend of the arrays it is
    given.
    """

    @functools.wraps(function)
    def scoped(*args: Any, **kwargs: Any) -> Any:
        found = _array_among((*args, *kwargs.values()))
        if found is None:
            return function(*args, **kwargs)
        with beside(found):
            return function(*args, **kwargs)

    return scoped


def _array_among(values: Sequence[Any]) -> Any:
    """The first array among `values` and the lists there."""
    for x in values:
        if isinstance(x, list | tuple):
            found = _array_among(x)
        elif x is None or isinstance(x, Handle) or type(x) in execution.SCALARS:
            continue
        else:
            found = None if execution.backend_of(x) is None else x
        if found is not None:
            return found
    return None


def array_of(x: Any) -> Any:
    """`x` as an array: traced values and arrays as they are, numbers and nested lists converted."""
    if isinstance(x, Handle):
        return x
    if type(x) in execution.SCALARS:
        return execution.default_backend().asarray(x, promotion.python_dtype(x))
    if execution.backend_of(x) is not None:
        return x
    if isinstance(x, list | tuple | range):
        return from_list(list(x))
    raise execution.not_an_array(x)


def shape_of(x: Any) -> Shape:
    if type(x) in execution.SCALARS:
        return ()
    if isinstance(x, Handle):
        return x.type.shape
    return tuple(x.shape) if hasattr(x, "shape") else shape_of(array_of(x))


def dtype_of(x: Any) -> DType:
    """The dtype of a traced or concrete array, or of a Python scalar, as polyad's."""
    if isinstance(x, Handle):
        return x.type.dtype
    if type(x) in execution.SCALARS:
        return promotion.python_dtype(x)
    backend = execution.backend_of(x)
    if backend is None:
        return as_dtype(x.dtype) if hasattr(x, "dtype") else dtype_of(array_of(x))
    return dispatch.type_of(backend, x).dtype


def axes_of(axis: Axis, x: Any) -> tuple[int, ...]:
    """`axis` of a reduction as a tuple counted from the front."""
    try:
        return normalize_axes(axis, len(shape_of(x)))
    except (PolyadValueError, PolyadTypeError) as error:
        raise type(error)(f"{error}{where(user_location())}") from None


def axis_of(axis: int, ndim: int) -> int:
    try:
        return normalize_axis(axis, ndim)
    except (PolyadValueError, PolyadTypeError) as error:
        raise type(error)(f"{error}{where(user_location())}") from None


def convert(x: Any, dtype: Any) -> Any:
    """`x` with elements of `dtype` (None: as they are)."""
    if dtype is None:
        return x
    wanted = as_dtype(dtype)
    return x if dtype_of(x) is wanted and not is_weak(x) else e.astype(x, dtype=wanted)


def promoted(arrays: Sequence[Any]) -> list[Any]:
    """`arrays` (lists and numbers among them) in their common dtype, on one backend."""
    if not any(isinstance(x, list | tuple | range | int | float | complex) for x in arrays):
        return _promoted(arrays)
    with beside(_array_among(arrays)):
        return _promoted([array_of(x) if type(x) in SEQUENCES else x for x in arrays])


SEQUENCES = (list, tuple, range)
"""Python's sequences that stand for arrays, as in NumPy."""


def listed_beside(operands: Sequence[Any]) -> list[Any]:
    """Operands of which lists are made arrays beside the others."""
    with beside(_array_among(operands)):
        return [array_of(x) if type(x) in SEQUENCES else x for x in operands]


def _promoted(arrays: Sequence[Any]) -> list[Any]:
    strong = [dtype_of(x) for x in arrays if not is_weak(x)]
    weak = [dtype_of(x) for x in arrays if is_weak(x)]
    dtype = promotion.promote(strong, weak)
    return [convert(array_of(x), dtype) for x in arrays]


def accumulator(dtype: DType) -> DType:
    """The dtype in which sums and products of `dtype` are taken: small integers are widened."""
    if dtype is bool_ or dtype.family == "int":
        return int64
    return DType.by_name["uint64"] if dtype.family == "uint" else dtype


def known_values(x: Any, what: str, instead: str) -> list[Any]:
    """The elements of an array, flattened, as Python scalars. Raises `ConcretizationError` where
    they are not known.
    """
    value = concrete_value(x, what, instead) if isinstance(x, Handle) else array_of(x)
    backend = execution.backend_of(value)
    assert backend is not None
    flat: Any = m.reshape(value, shape=(math.prod(shape_of(value)),))
    if hasattr(flat, "tolist"):
        return list(flat.tolist())
    return [backend.item(flat[k]) for k in range(shape_of(flat)[0])]


def _has_tracer(obj: Any) -> bool:
    if isinstance(obj, list | tuple):
        return any(_has_tracer(part) for part in obj)
    return isinstance(obj, Handle)


def from_list(obj: Any, dtype: Any = None) -> Any:
    """Nested lists of numbers, traced values among them, as an array. Raises `ShapeError` for lists
    inside of one another to hundreds of levels.
    """
    try:
        return _from_list(obj, dtype)
    except RecursionError:
        raise ShapeError(
            f"an array has no more than 64 dimensions; not {execution.shown(obj)}"
            f"{where(user_location())}"
        ) from None


def _from_list(obj: Any, dtype: Any) -> Any:
    if _has_tracer(obj):
        parts = promoted([array_of(part) for part in obj])
        shapes = {shape_of(part) for part in parts}
        if len(shapes) > 1:
            raise ShapeError(
                f"cannot make an array of parts of shapes {sorted(shapes)}{where(user_location())}"
            )
        rows = [m.reshape(part, shape=(1, *shape_of(part))) for part in parts]
        return convert(m.concat(*rows, axis=0), dtype)
    wanted = _list_dtype(obj) if dtype is None else as_dtype(dtype)
    like = _array_among(obj)
    backend = execution.backend_beside(like)
    try:
        return backend.asarray(_plain(obj), wanted, like)
    except (TypeError, ValueError) as error:
        raise PolyadTypeError(
            f"cannot make an array of {execution.shown(obj)}: {error}{where(user_location())}"
        ) from None


def _plain(obj: Any) -> Any:
    """Nested lists of Python scalars: arrays in between are unpacked."""
    if isinstance(obj, list | tuple):
        return [_plain(part) for part in obj]
    return obj.tolist() if hasattr(obj, "tolist") else obj


def _list_dtype(obj: Any) -> DType:
    strong: list[DType] = []
    weak: list[DType] = []

    def visit(part: Any) -> None:
        if isinstance(part, list | tuple):
            for inner in part:
                visit(inner)
        elif type(part) in execution.SCALARS:
            weak.append(promotion.python_dtype(part))
        else:
            strong.append(dtype_of(part))

    visit(obj)
    if not strong and not weak:
        return promotion.default_float()
    return promotion.promote(list(dict.fromkeys(strong)), list(dict.fromkeys(weak)))
