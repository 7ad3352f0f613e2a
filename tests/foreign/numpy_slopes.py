"""Derivatives of calls of NumPy's functions, against difference quotients of its own results."""

from __future__ import annotations

from typing import Any

import numpy as np

import polyad
from polyad.errors import PolyadError

from .numpy_calls import ANY_VALUES, SIGNS, Call, arrays_in, on_traced, run

SYMMETRIC = ("linalg.eigh", "linalg.eigvalsh", "linalg.cholesky")
STEP = 1e-6


def slope_differs(call: Call) -> str:
    """How the derivative of a call along a random direction differs from a difference quotient of
    NumPy's own results; "" if it does not, or polyad refuses it by an error of its own. The samples
    are moved a little, away from ties.
    """
    if call.name in ANY_VALUES:
        return ""
    rng = np.random.default_rng(3)
    arrays = arrays_in(call)
    floats = [x.dtype == "float64" for x in arrays]
    moved = [_nudged(x, rng, call.name) if f else x for x, f in zip(arrays, floats, strict=True)]
    start = [x for x, f in zip(moved, floats, strict=True) if f]
    if not start:
        return ""
    way = [_nudged(np.zeros(x.shape), rng, call.name) for x in start]

    size = np.abs if call.name in SIGNS else lambda x: x

    def values(*given: Any) -> list[Any]:
        rest = iter(given)
        found = on_traced(
            call, [next(rest) if f else x for x, f in zip(moved, floats, strict=True)]
        )
        return [size(x) for x in _float_parts(found)]

    def plain(step: float) -> list[Any]:
        shifted = [x + step * d for x, d in zip(start, way, strict=True)]
        rest = iter(shifted)
        given = [next(rest) if f else x for x, f in zip(moved, floats, strict=True)]
        return [size(x) for x in _float_parts(on_traced(call, given))]

    found, error = run(call, lambda _: polyad.jvp(values, tuple(start), tuple(way))[1])
    if error is not None:
        return "" if isinstance(error, PolyadError | AttributeError) else repr(error)
    with np.errstate(all="ignore"):
        quotients = [(b - a) / (2 * STEP) for a, b in zip(plain(-STEP), plain(STEP), strict=True)]
    for quotient, slope in zip(quotients, found, strict=True):
        if not np.allclose(slope, quotient, rtol=1e-4, atol=1e-4, equal_nan=True):
            return f"{np.ravel(slope)[:4]} in place of {np.ravel(quotient)[:4]}"
    return ""


def _nudged(x: Any, rng: Any, name: str) -> Any:
    noise = 1e-2 * rng.normal(size=x.shape)
    if name in SYMMETRIC:
        noise = noise + np.swapaxes(noise, -1, -2)
    return x + noise


def _float_parts(found: Any) -> list[Any]:
    """The results that have derivatives, in double precision."""
    if isinstance(found, list | tuple):
        return [x for part in found for x in _float_parts(part)]
    kind = str(getattr(found, "dtype", None))
    return [found] if kind in ("float64", "complex128") else []
