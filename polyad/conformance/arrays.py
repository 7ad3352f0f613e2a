"""Shared by the laws: arrays of a backend to and from NumPy's, running on it, and comparing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import api
from ..execution import backend_of, get_backend, use_backend
from ..ir import ArrayType, as_dtype


def on(name: str, arrays: Sequence[Any]) -> list[Any]:
    """NumPy arrays as arrays of backend `name`."""
    if name == "native":
        return list(arrays)
    backend = get_backend(name)
    return [backend.asarray(x, as_dtype(x.dtype)) for x in arrays]


def off(array: Any) -> Any:
    """An array of any backend as NumPy's."""
    backend: Any = backend_of(array)
    return np.asarray(array if backend is None else backend.host(array))


def type_on(name: str, array: Any) -> ArrayType:
    """The type of an array of that backend."""
    return get_backend("numpy" if name == "native" else name).type_of(array)


def run(name: str, f: Callable[..., Any], arrays: Sequence[Any]) -> Any:
    """`f` on NumPy arrays by way of backend `name`: eagerly, or compiled where it only compiles."""
    if name == "native":
        return api.jit(f, backend="native")(*arrays)
    with use_backend(name):
        return f(*on(name, arrays))


def narrow(array: Any) -> Any:
    """A float64 or complex128 array in single precision."""
    return array.astype({"float64": "float32", "complex128": "complex64"}[array.dtype.name])


def tupled(value: Any) -> tuple[Any, ...]:
    """Results as a tuple, also where there is only one."""
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def close(found: Any, expected: Any, tolerance: float = 1.0, relative: float | None = None) -> None:
    """Equal dtypes and shapes, and values equal but for rounding."""
    found, expected = off(found), np.asarray(expected)
    check(
        (found.dtype, found.shape) == (expected.dtype, expected.shape),
        f"{found.dtype}{found.shape} where {expected.dtype}{expected.shape} is expected",
    )
    if expected.dtype.kind not in "fc":
        np.testing.assert_array_equal(found, expected)
        return
    single = expected.dtype.name in ("float32", "complex64")
    rtol = relative if relative is not None else (3e-6 if single else 2e-13) * tolerance
    finite = np.abs(expected[np.isfinite(expected)])
    scale = finite.max() if finite.size else 0.0
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=rtol * max(scale, 1e-3))


def check(holds: bool, message: str) -> None:
    """Raise `AssertionError` unless the law holds."""
    if not holds:
        raise AssertionError(message)
