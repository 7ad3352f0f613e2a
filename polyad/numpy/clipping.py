"""Elements replaced by bounds."""

from __future__ import annotations

from typing import Any

from .. import execution
from ..ops import elementwise as e
from ._arguments import refuse
from ._core import array_of, copied, dtype_of, listed_beside
from ._writing import store
from .ufuncs import Signature, call_with


class _Unset:
    """The default of a bound that may be given by another name."""

    def __repr__(self) -> str:
        return "<no value>"


_UNSET = _Unset()


def clip(
    a: Any,
    a_min: Any = _UNSET,
    a_max: Any = _UNSET,
    out: Any = None,
    *,
    min: Any = _UNSET,
    max: Any = _UNSET,
    **kwargs: Any,
) -> Any:
    """`a` within [`a_min`, `a_max`] (by their other names `min` and `max`), None for no bound; at a
    bound the derivative is one half, as of min∘max. Further `kwargs` are those of ufuncs.

    Args:
        a: an array of any shape, or what `asarray` takes.
        a_min: the lower bound, a scalar or an array that broadcasts to the shape of `a`.
        a_max: the upper bound, likewise.
        out: an array of the result's shape, which is written to and returned.
        min: another name of `a_min`.
        max: another name of `a_max`.
        kwargs: `where` and `dtype`, as ufuncs take them.

    Raises:
        ShapeError: shapes that do not broadcast.

    >>> clip(3.0, 0.0, 1.0)
    np.float64(1.0)
    """
    low, high = _one_name("clip", "min", a_min, min), _one_name("clip", "max", a_max, max)
    a, low, high = listed_beside((a, low, high))
    if out is not None or kwargs:
        return call_with(_clip, Signature(3, 1, True), (a, low, high), {"out": out, **kwargs})
    return _clip(a, low, high)


def _clip(x: Any, low: Any, high: Any) -> Any:
    if low is None and high is None:
        return copied(array_of(x))
    x = x if low is None else e.maximum(x, low)
    return x if high is None else e.minimum(x, high)


def _one_name(function: str, name: str, first: Any, second: Any) -> Any:
    """The bound that is given by either of its names."""
    if first is _UNSET or second is _UNSET:
        found = second if first is _UNSET else first
        return None if found is _UNSET else found
    refuse(f"{function}: a_{name} and {name} are two names of one bound; give one")


def nan_to_num(
    x: Any,
    copy: bool = True,
    nan: float = 0.0,
    posinf: float | None = None,
    neginf: float | None = None,
) -> Any:
    """`x` with NaN and infinities (by the largest finite numbers, if not given) replaced: a copy,
    or with `copy` False `x` itself, written to. Of complex numbers, each part by itself.

    >>> nan_to_num([1.0, float("nan")])
    array([1., 0.])
    """
    given = x = array_of(x)
    dtype = dtype_of(x)
    if dtype.is_complex:
        parts = (_finite(part(x), nan, posinf, neginf) for part in (e.real, e.imag))
        x = e.complex(*parts)
    elif dtype.is_inexact:
        x = _finite(x, nan, posinf, neginf)
    else:
        x = copied(x)
    return x if copy or execution.is_scalar(given) else store(given, x, "nan_to_num")


def _finite(x: Any, nan: float, posinf: float | None, neginf: float | None) -> Any:
    big = dtype_of(x).limits[1]
    x = e.where(e.isnan(x), nan, x)
    x = e.where(e.logical_and(e.isinf(x), e.greater(x, 0)), big if posinf is None else posinf, x)
    return e.where(e.logical_and(e.isinf(x), e.less(x, 0)), -big if neginf is None else neginf, x)
