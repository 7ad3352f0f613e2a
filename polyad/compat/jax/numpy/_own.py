"""Functions of `jax.numpy` that differ from polyad's of the same name."""

from __future__ import annotations

import functools as _functools
from collections.abc import Callable as _Callable
from typing import Any as _Any

import numpy as _np

from .... import numpy as _numpy
from .._keys import KEY as _KEY
from ..dtypes import float0 as _float0
from ..dtypes import issubdtype as issubdtype

__all__ = [
    "cumprod", "cumsum", "dstack", "issubdtype", "nancumprod", "nancumsum", "polydiv", "polymul",
    "prod", "promote_types", "reciprocal", "result_type", "sum", "zeros",
]  # fmt: skip


def result_type(*args: _Any) -> _Any:
    """The dtype of what combines these arrays, dtypes and numbers. Python's `int`, `float` and
    `complex` are weak, as its numbers are.
    """
    if args and all(getattr(arg, "dtype", arg) is _KEY for arg in args):
        return _KEY
    return _numpy.result_type(*[_weak(arg) for arg in args])


def promote_types(a: _Any, b: _Any) -> _Any:
    """The dtype of what combines two dtypes, of which Python's are weak."""
    return result_type(a, b)


def _weak(arg: _Any) -> _Any:
    weak = arg is int or arg is float or arg is complex
    return arg(1) if weak else arg


def reciprocal(x: _Any, /) -> _Any:
    """1 / x, which is floating (NumPy's is an integer, 0, for an integer)."""
    return _numpy.divide(1, x)


def _in_its_dtype(running: _Callable[..., _Any]) -> _Any:
    """A running sum or product in the array's dtype: NumPy's has 64 bits for integers."""

    @_functools.wraps(running)
    def of_dtype(x: _Any, *args: _Any, **kwargs: _Any) -> _Any:
        given = _numpy.asarray(x)
        if (
            len(args) < 2
            and kwargs.get("dtype") is None
            and not _numpy.isdtype(given.dtype, "bool")
        ):
            kwargs["dtype"] = given.dtype
        return running(given, *args, **kwargs)

    return of_dtype


cumsum, cumprod = map(_in_its_dtype, (_numpy.cumsum, _numpy.cumprod))
nancumsum, nancumprod = map(_in_its_dtype, (_numpy.nancumsum, _numpy.nancumprod))


def _promoting(reduction: _Callable[..., _Any], text: str) -> _Any:
    """A sum or product that may keep the dtype of small integers and of booleans."""

    def total(
        a: _Any,
        axis: _Any = None,
        dtype: _Any = None,
        out: _Any = None,
        keepdims: bool = False,
        initial: _Any = None,
        where: _Any = True,
        promote_integers: bool = True,
    ) -> _Any:
        if not promote_integers and dtype is None:
            dtype = _numpy.asarray(a).dtype
        return reduction(a, axis, dtype, out, keepdims, initial, where)

    total.__name__ = total.__qualname__ = reduction.__name__
    total.__doc__ = text
    return total


_KEEPS = "Without `promote_integers` it has the dtype of `a`: of booleans, whether"
sum = _promoting(_numpy.sum, f"The sum. {_KEEPS} there is a True.")
prod = _promoting(_numpy.prod, f"The product. {_KEEPS} all are True.")


def zeros(shape: _Any, dtype: _Any = None, *, device: _Any = None) -> _Any:
    """Zeros, also of `float0`, whose elements have no bytes."""
    if isinstance(dtype, _np.dtype) and dtype == _float0:
        return _np.zeros(shape, _float0)
    return _numpy.zeros(shape, dtype, device=device)


def polymul(a1: _Any, a2: _Any, trim_leading_zeros: bool = False) -> _Any:
    """The product of two polynomials, which is floating; with `trim_leading_zeros`, whose
    coefficients must then be known, of theirs without leading zeros.
    """
    given = [_floating(a) for a in (a1, a2)]
    if trim_leading_zeros and any(a.shape[0] > 1 for a in given):
        given = [_numpy.trim_zeros(a, "f") for a in given]
    first, second = (a if a.shape[0] else _numpy.zeros(1, a.dtype) for a in given)
    return _numpy.polymul(first, second)


def polydiv(u: _Any, v: _Any, trim_leading_zeros: bool = False) -> tuple[_Any, _Any]:
    """Quotient and remainder, which has the length of `u`; with `trim_leading_zeros`, no leading
    zeros, nor what rounding leaves of them.
    """
    u = _numpy.asarray(u)
    quotient, rest = _numpy.polydiv(u, v)
    rest = _numpy.concatenate([_numpy.zeros(u.shape[0] - rest.shape[0], rest.dtype), rest])
    if trim_leading_zeros:
        small = _numpy.finfo(rest.dtype).eps ** 0.5
        there = _numpy.trim_zeros(_numpy.where(abs(rest) > small, rest, 0), "f").shape[0]
        rest = rest[rest.shape[0] - there :]
    return quotient, rest


def _floating(x: _Any) -> _Any:
    x = _numpy.asarray(x)
    return x if _numpy.isdtype(x.dtype, ("real floating", "complex floating")) else x * 1.0


def dstack(tup: _Any, dtype: _Any = None) -> _Any:
    """The arrays beside each other along the third axis."""
    found = _numpy.dstack(tup)
    return found if dtype is None else _numpy.astype(found, dtype)
