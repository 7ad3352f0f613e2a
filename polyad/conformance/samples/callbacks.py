"""Rows for calls of Python functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import api, debug, lax
from ... import numpy as pnp
from ...execution import backend_of
from ..sample import sample

Array = Any
_DTYPES = ("float64", "float32")


def host(array: Array) -> Array:
    """The arguments of a Python function, as NumPy's."""
    backend: Any = backend_of(array)
    return backend.host(array)


def _host_sine(x: Array) -> Array:
    return np.sin(host(x))


def _sine_jvp(primals: Any, tangents: Any) -> Any:
    (x,), (t,) = primals, tangents
    return _sine(x), pnp.cos(x) * t


def _sine(x: Array, method: str = "sequential") -> Array:
    return api.pure_callback(_host_sine, x, x, jvp=_sine_jvp, vmap_method=method)


def _host_polar(r: Array, angle: Array) -> dict[str, Array]:
    r, angle = host(r), host(angle)
    return {"x": r * np.cos(angle), "y": r * np.sin(angle)}


def _polar_fwd(r: Array, angle: Array) -> Any:
    return _polar(r, angle), (r, angle)


def _polar_bwd(residuals: Any, ct: Any) -> Any:
    r, angle = residuals
    along = ct["x"] * pnp.cos(angle) + ct["y"] * pnp.sin(angle)
    across = ct["y"] * pnp.cos(angle) - ct["x"] * pnp.sin(angle)
    return along, r * across


def _polar(r: Array, angle: Array) -> Any:
    return api.pure_callback(
        _host_polar,
        {"x": r, "y": r},
        r,
        angle,
        vjp=(_polar_fwd, _polar_bwd),
        vmap_method="broadcast_all",
    )


def _sum_of_polar(r: Array, angle: Array) -> Array:
    point = _polar(r, angle)
    return point["x"] * 2 + point["y"]


def _in_a_loop(x: Array) -> Array:
    return lax.scan(lambda c, _: (_sine(c) + x, None), x, None, length=3)[0]


def _watched(x: Array) -> Array:
    y = pnp.sin(x)
    debug.callback(lambda *arrays: None, x, y)
    return y * x


sample("pure_callback", dtypes=_DTYPES, run=_sine)
sample("pure_callback", dtypes=_DTYPES[:1], run=lambda x: _sine(x, "expand_dims"), label="at once")
sample("pure_callback", count=2, dtypes=_DTYPES, run=_sum_of_polar, label="vjp")
sample("pure_callback", dtypes=_DTYPES[:1], run=_in_a_loop, label="loop")
sample("debug_callback", dtypes=_DTYPES[:1], run=_watched)
