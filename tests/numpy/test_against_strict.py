"""Every function of the standard on every dtype and on arrays of many shapes: what array_api_strict
gives, in value, dtype and shape, on the backend of the arrays. Where that is an error, polyad gives
an answer or an error of its own, never one of a library below.
"""

from __future__ import annotations

import contextlib
from typing import Any

import array_api_strict as strict
import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import execution
from polyad.errors import PolyadError

from ..arrays import off, on
from .standard_calls import CALLS, DTYPES, Call

TOLERANCE = {"float32": 2e-5, "complex64": 2e-5, "float64": 1e-12, "complex128": 1e-12}
OTHERS = """asarray concat stack meshgrid from_dlpack can_cast finfo iinfo isdtype result_type empty
    empty_like broadcast_arrays broadcast_shapes take_along_axis set_array_api_strict_flags
    get_array_api_strict_flags reset_array_api_strict_flags"""
"""Functions of no array, or of any number of arrays; they have other tests."""

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def tried(name: str, call: Call, namespace: Any, arrays: Any) -> Any:
    try:
        return call.of(name, namespace, iter(arrays))
    except Exception as error:
        return error


def difference(found: Any, expected: Any, backend: str) -> str:
    """The flaw of a result, or an empty string."""
    if isinstance(expected, tuple | list):
        parts = zip(found, expected, strict=True)
        return "; ".join(filter(None, (difference(a, b, backend) for a, b in parts)))
    if execution.backend_of(found) is not execution.get_backend(backend):
        return f"a {type(found)}"
    found, expected = off(found), np.asarray(expected._array)
    if (found.dtype, found.shape) != (expected.dtype, expected.shape):
        return f"{found.dtype}{found.shape}, not {expected.dtype}{expected.shape}"
    allowed = TOLERANCE.get(expected.dtype.name, 0.0)
    if np.allclose(found, expected, rtol=allowed, atol=allowed, equal_nan=allowed > 0):
        return ""
    return f"{found.tolist()}, not {expected.tolist()}"


@pytest.mark.share(3)
@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize("name", CALLS)
def test_agrees_with_array_api_strict(name: str, backend: str):
    wrong, same = [], 0
    for call in CALLS[name]():
        arrays = [x for x in call.args if isinstance(x, np.ndarray)]
        expected = tried(name, call, strict, [strict.asarray(x) for x in arrays])
        with contextlib.nullcontext() if arrays else polyad.use_backend(backend):
            found = tried(name, call, pnp, on(backend, arrays))
        if isinstance(found, Exception):
            if isinstance(expected, Exception) and isinstance(found, PolyadError):
                continue
            said = f"{type(found).__name__}: {found}"
        else:
            said = "" if isinstance(expected, Exception) else difference(found, expected, backend)
            same += not said and not isinstance(expected, Exception)
        if said:
            wrong.append(f"{name}({call}): {said}")
    assert not wrong, "\n".join([f"{len(wrong)} calls", *wrong[:5]])
    assert same > 0


def test_each_function_is_called():
    names = {n for n in strict.__all__ if callable(getattr(strict, n)) and n[0].islower()}
    dtypes = {n for n in names if n in DTYPES}
    missing = names - dtypes - set(OTHERS.split()) - set(CALLS)
    assert not missing, f"no calls in standard_calls.py for {sorted(missing)}: add some"
