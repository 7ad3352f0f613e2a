"""Rows for functions given by equations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import api, lax
from ... import numpy as pnp
from ..sample import Array, Operand, sample

_DTYPES = ("float64", "float32")


def _by_columns(linear: Callable[..., Any], b: Array) -> Array:
    columns = api.vmap(linear, out_axes=1)(pnp.eye(3, dtype=b.dtype))
    return pnp.linalg.solve(columns, b)


def _linear_equation(a: Array, b: Array) -> Array:
    linear = lambda x: pnp.matmul(pnp.sin(a), x) + 4 * x
    return lax.custom_linear_solve(linear, b, _by_columns, _by_columns)


def _symmetric_equation(d: Array, b: Array) -> Array:
    def jacobi(linear: Callable[..., Any], b: Array) -> Any:
        x = lax.scan(lambda x, _: (x + 0.25 * (b - linear(x)), None), b, None, length=60)[0]
        return x, pnp.sum(pnp.abs(b - linear(x))) < 1e-3

    def linear(x: Array) -> Array:
        return (3 + d * d) * x + 0.1 * pnp.sum(x)

    x, done = lax.custom_linear_solve(linear, b, jacobi, symmetric=True, has_aux=True)
    return pnp.where(done, x, 0)


def _root(w: Array, a: Array) -> Array:
    def newton(f: Callable[..., Any], x: Array) -> Array:
        def step(x: Array) -> Array:
            return x - f(x) / api.jvp(f, (x,), (pnp.ones_like(x),))[1]

        return lax.while_loop(lambda x: pnp.any(pnp.abs(f(x)) > 1e-6), step, step(x))

    def f(x: Array) -> Array:
        return 2 * x + pnp.sin(x * w) / 4 - a

    step = lambda f, x: x - f(x) / 2
    polished = lambda f, x: step(f, step(f, newton(f, x)))
    return lax.custom_root(f, a, polished, lambda g, y: y / g(pnp.ones_like(y)))


_MAP = Operand((3, 3))
_SIDE = Operand((3,))
sample("linear_solve", _MAP, _SIDE, dtypes=_DTYPES, run=_linear_equation)
sample("linear_solve", _SIDE, _SIDE, dtypes=_DTYPES, run=_symmetric_equation, label="symmetric")
sample("root", Operand((3,), (-1.0, 1.0)), _SIDE, dtypes=_DTYPES, run=_root)
