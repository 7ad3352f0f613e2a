"""What polyad adds to a call: to one of NumPy's functions, and to an operation that is traced."""

from __future__ import annotations

from typing import Any

import numpy as np

from .peers import Library
from .rows import Row, Thunk

OPS = 200


def sine(lib: Library) -> Thunk:
    sin, x = lib.numpy.sin, np.linspace(0.0, 1.0, 5)
    return lambda: sin(x)


def sine_numpy() -> Thunk:
    x = np.linspace(0.0, 1.0, 5)
    return lambda: np.sin(x)


def chain(xp: Any) -> Any:
    """A function of `OPS` operations, new each time, so that no library remembers it."""

    def function(x: Any) -> Any:
        for _ in range(OPS // 2):
            x = xp.sin(x) * x
        return x

    return function


def traced(lib: Library) -> Thunk:
    import polyad

    x = np.linspace(0.0, 1.0, 5)
    return lambda: len(polyad.make_ir(chain(lib.numpy))(x).ops)


def traced_jax() -> Thunk:
    import jax

    x = jax.numpy.linspace(0.0, 1.0, 5)
    return lambda: len(jax.make_jaxpr(chain(jax.numpy))(x).eqns)


ROWS = (
    Row(
        "eager-sin",
        "sin of a NumPy array of 5, eager",
        sine,
        ("numpy",),
        target=2.0,
        others={"numpy": sine_numpy},
    ),
    Row(
        "tracing",
        f"tracing {OPS} operations",
        traced,
        ("jax",),
        target=0.5,
        others={"jax": traced_jax},
    ),
)
