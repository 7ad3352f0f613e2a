"""The law of code that writes in place: on traced arrays it does what it does on NumPy's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import errors

Body = Callable[[Any], Sequence[Any]]
"""Code on an array of its own; it gives the arrays that are to be compared."""


def together(arrays: Sequence[Any], xp: Any) -> Any:
    """The elements of all arrays, real and imaginary parts, in one vector."""
    rows = []
    for x in arrays:
        rows += [xp.real(x).reshape(-1), xp.imag(x).reshape(-1)]
    return xp.concat(rows)


def follows(body: Body, x: np.ndarray, make: Callable[[Any], Any] = lambda x: x * 1.0) -> None:
    """Whether `body`, run on `make(x)`, gives under each transformation what NumPy gives; or is an
    error of polyad's where it is one of NumPy's.
    """

    def plain(x: Any) -> Any:
        return together(body(make(x)), np)

    def traced(x: Any) -> Any:
        return together(body(make(x)), pnp)

    runs: dict[str, Callable[[Any], Any]] = {
        "jit": polyad.jit(traced, backend="numpy"),
        "jvp": lambda x: polyad.jvp(traced, (x,), (x,))[0],
        "vmap": lambda x: polyad.vmap(traced)(x[None])[0],
    }
    try:
        expected = plain(x)
    except (ValueError, TypeError, IndexError):
        for run in runs.values():
            with pytest.raises(errors.PolyadError):
                run(x)
        return
    before = x.copy()
    for name, run in runs.items():
        np.testing.assert_allclose(run(x), expected, rtol=1e-13, err_msg=name)
        np.testing.assert_array_equal(x, before)  # the caller's array
    direction = np.cos(np.arange(x.size)).reshape(x.shape)
    step = 2.0**-16
    differences = (plain(x + step * direction) - plain(x - step * direction)) / (2 * step)
    tangent = polyad.jvp(traced, (x,), (direction,))[1]
    np.testing.assert_allclose(tangent, differences, rtol=1e-6, atol=1e-6)
    weights = np.sin(np.arange(expected.size))
    for transform in (polyad.grad, lambda f: polyad.jit(polyad.grad(f), backend="numpy")):
        slope = transform(lambda x: pnp.sum(weights * traced(x)))(x)
        np.testing.assert_allclose(
            np.sum(slope * direction), weights @ differences, rtol=1e-6, atol=1e-6
        )
