"""Compositions of ops with selections, and what mathematics says of their derivatives.

`OPS` are functions with a partial that is infinite, NaN or overflows at a first point and is a
number at a second one; `SELECTIONS` take the second element of what such a function makes of both.
Every op is composed with every selection. `PROGRAMS` are other compositions, each with its
gradient.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import mpmath
import numpy as np

import polyad
import polyad.numpy as pnp
from polyad import lax, nn, special

Function = Callable[[Any], Any]
INF = math.inf
ARE = np.array([False, True])  # a mask, of which the second element is in


class Op(NamedTuple):
    run: Function
    exact: Function  # the same of mpmath
    bad: float
    good: float


OPS: dict[str, Op] = {
    "sqrt": Op(pnp.sqrt, mpmath.sqrt, 0.0, 4.0),
    "cbrt": Op(pnp.cbrt, mpmath.cbrt, 0.0, 8.0),
    "log": Op(pnp.log, mpmath.log, 0.0, 2.0),
    "log1p": Op(pnp.log1p, lambda x: mpmath.log(1 + x), -1.0, 2.0),
    "log2": Op(pnp.log2, lambda x: mpmath.log(x, 2), 0.0, 3.0),
    "log10": Op(pnp.log10, mpmath.log10, 0.0, 3.0),
    "log of a negative number": Op(pnp.log, mpmath.log, -1.0, 2.0),
    "1/x": Op(lambda x: 1 / x, lambda x: 1 / x, 0.0, 2.0),
    "x/x": Op(lambda x: pnp.sin(x) / x, lambda x: mpmath.sin(x) / x, 0.0, 2.0),
    "exp": Op(pnp.exp, mpmath.exp, 1000.0, 0.5),
    "expm1": Op(pnp.expm1, mpmath.expm1, 1000.0, 0.5),
    "exp2": Op(pnp.exp2, lambda x: mpmath.mpf(2) ** x, 5000.0, 0.5),
    "sinh": Op(pnp.sinh, mpmath.sinh, 1000.0, 0.5),
    "cosh": Op(pnp.cosh, mpmath.cosh, 1000.0, 0.5),
    "exp(1/x)": Op(lambda x: pnp.exp(1 / x), lambda x: mpmath.exp(1 / x), 0.0, 2.0),
    "exp(exp(x))": Op(
        lambda x: pnp.exp(pnp.exp(x)), lambda x: mpmath.exp(mpmath.exp(x)), 100.0, 0.5
    ),
    "x**3": Op(lambda x: x**3, lambda x: x**3, 1e200, 2.0),
    "x**0.5": Op(lambda x: x**0.5, mpmath.sqrt, 0.0, 4.0),
    "x**-1.5": Op(lambda x: x**-1.5, lambda x: x ** mpmath.mpf(-1.5), 0.0, 4.0),
    "x log x": Op(lambda x: x * pnp.log(x), lambda x: x * mpmath.log(x), 0.0, 2.0),
    "log(log x)": Op(lambda x: pnp.log(pnp.log(x)), lambda x: mpmath.log(mpmath.log(x)), 1.0, 3.0),
    "arcsin": Op(pnp.arcsin, mpmath.asin, 1.0, 0.5),
    "arccos": Op(pnp.arccos, mpmath.acos, 1.0, 0.5),
    "arccosh": Op(pnp.arccosh, mpmath.acosh, 1.0, 2.0),
    "arctanh": Op(pnp.arctanh, mpmath.atanh, 1.0, 0.5),
    "erfinv": Op(special.erfinv, mpmath.erfinv, 1.0, 0.5),
    "gammaln": Op(special.gammaln, mpmath.loggamma, 0.0, 2.5),
    "digamma": Op(special.digamma, mpmath.digamma, 0.0, 2.5),
    "logit": Op(special.logit, lambda x: mpmath.log(x / (1 - x)), 0.0, 0.25),
    "sin of infinity": Op(pnp.sin, mpmath.sin, INF, 2.0),
    "x inf": Op(
        lambda x: (
            x * np.array([INF, 3.0]).reshape((2,) + (1,) * (x.ndim - 1))
            if x.ndim
            else x * pnp.where(x > 2, 3.0, INF)
        ),
        lambda x: 3 * x,
        1.0,
        4.0,
    ),
}


def exact(op: Op, order: int) -> float:
    """The derivative of that order at the good point."""
    with mpmath.workdps(50):
        return float(mpmath.diff(op.exact, mpmath.mpf(op.good), order))


def _lane(op: Function, x: Any) -> Any:
    """Each element by a `cond` of its own."""
    one = lambda flag, t: lax.cond(flag, op, lambda t: 0.0 * t, t)
    return pnp.sum(polyad.vmap(one)(ARE, x))


def _while_lane(op: Function, x: Any) -> Any:
    """A loop of one step for the second element, and of none for the first."""

    def one(count: Any, t: Any) -> Any:
        start = (0, t, 0.0 * t)
        step = lambda c: (c[0] + 1, c[1], op(c[1]))
        return lax.while_loop(lambda c: c[0] < count, step, start)[2]

    return pnp.sum(polyad.vmap(one)(np.array([0, 1]), x))


def _in_scan(op: Function, x: Any) -> Any:
    step = lambda c, given: (c + pnp.where(given[0], op(given[1]), 0.0), None)
    return lax.scan(step, 0.0, (ARE, x))[0]


def _custom(op: Function) -> Function:
    made = polyad.custom_jvp(op)
    made.defjvp(lambda primals, tangents: polyad.jvp(op, primals, tangents))
    return made


SELECTIONS: dict[str, Callable[[Function, Any], Any]] = {
    "where": lambda op, x: pnp.sum(pnp.where(ARE, op(x), 0.0)),
    "where at the end": lambda op, x: pnp.where(x[1] > -9, op(x)[1], pnp.sum(op(x))),
    "select": lambda op, x: pnp.sum(pnp.select([~ARE, ARE], [0.0 * x, op(x)])),
    "weights": lambda op, x: pnp.sum(np.array([0.0, 1.0]) * op(x)),
    "weights behind": lambda op, x: pnp.sum(op(x) * np.array([0.0, 2.0])) / 2,
    "dot": lambda op, x: pnp.dot(np.array([0.0, 1.0]), op(x)),
    "matrix": lambda op, x: (np.array([[0.0, 1.0], [0.0, 3.0]]) @ op(x))[0],
    "index": lambda op, x: op(x)[1],
    "slice": lambda op, x: pnp.sum(op(x)[1:]),
    "gather": lambda op, x: pnp.sum(op(x)[np.array([1, 1])]) / 2,
    "take_along_axis": lambda op, x: pnp.take_along_axis(op(x), np.array([1]), 0)[0],
    "dynamic_slice": lambda op, x: lax.dynamic_slice(op(x), (1,), (1,))[0],
    "dynamic_update_slice": lambda op, x: pnp.sum(
        lax.dynamic_update_slice(op(x), np.array([0.0]), (0,))
    ),
    "flip, reshape, slice": lambda op, x: pnp.flip(op(x)).reshape(1, 2)[0, 0],
    "split": lambda op, x: pnp.split(op(x), 2)[1][0],
    "concatenate": lambda op, x: pnp.concatenate([op(x), x])[1],
    "cumsum": lambda op, x: pnp.cumsum(pnp.flip(op(x)))[0],
    "cumprod": lambda op, x: pnp.cumprod(pnp.flip(op(x)))[0],
    "prod": lambda op, x: pnp.prod(pnp.where(ARE, op(x), 1.0)),
    "sum of a row": lambda op, x: pnp.sum(op(x.reshape(2, 1)), axis=1)[1],
    "tril": lambda op, x: pnp.sum(
        pnp.where(np.array([[False, False], [False, True]]), op(x)[None], 0.0)
    ),
    "cond under vmap": _lane,
    "while under vmap": _while_lane,
    "where in scan": _in_scan,
    "where of vmap": lambda op, x: pnp.sum(pnp.where(ARE, polyad.vmap(op)(x), 0.0)),
    "where in vmap": lambda op, x: pnp.sum(
        polyad.vmap(lambda flag, t: pnp.where(flag, op(t), 0.0))(ARE, x)
    ),
    "where of jit": lambda op, x: pnp.sum(pnp.where(ARE, polyad.jit(op)(x), 0.0)),
    "where in jit": lambda op, x: polyad.jit(lambda x: pnp.sum(pnp.where(ARE, op(x), 0.0)))(x),
    "where in checkpoint": lambda op, x: polyad.checkpoint(
        lambda x: pnp.sum(pnp.where(ARE, op(x), 0.0))
    )(x),
    "where of checkpoint": lambda op, x: pnp.sum(pnp.where(ARE, polyad.checkpoint(op)(x), 0.0)),
    "where of map": lambda op, x: pnp.sum(pnp.where(ARE, lax.map(op, x), 0.0)),
    "where of custom_jvp": lambda op, x: pnp.sum(pnp.where(ARE, _custom(op)(x), 0.0)),
    "convolution": lambda op, x: pnp.convolve(pnp.where(ARE, op(x), 0.0), np.array([1.0, 2.0]))[1],
    "mean of the valid": lambda op, x: pnp.nanmean(pnp.where(ARE, op(x), math.nan)),
    "whole where": lambda op, x: pnp.where(x[0] == 0.125, pnp.sum(op(x)), op(x)[1]),
}


# -- Programs --------------------------------------------------------------------------------------


class Program(NamedTuple):
    name: str
    run: Function
    at: list[float]
    gradient: list[float]
    open: bool  # whether the derivative is a limit that NaN may stand for


PROGRAMS: list[Program] = []


def program(
    name: str, run: Function, at: list[float], gradient: list[float], open: bool = False
) -> None:
    PROGRAMS.append(Program(name, run, at, gradient, open))


@polyad.custom_jvp
def log_forward(x: Any) -> Any:
    return pnp.log(x)


log_forward.defjvp(lambda primals, tangents: (pnp.log(primals[0]), tangents[0] / primals[0]))


@polyad.custom_vjp
def log_backward(x: Any) -> Any:
    return pnp.log(x)


log_backward.defvjp(lambda x: (pnp.log(x), x), lambda x, ct: (ct / x,))


program(
    "softmax masked",
    lambda x: pnp.sum(
        nn.softmax(pnp.where(np.array([True, True, False]), x, -INF)) * np.array([1.0, 2.0, 3.0])
    ),
    [0.0, 0.0, 5.0],
    [-0.25, 0.25, 0],
)
program(
    "softmax masked all but one w/ where",
    lambda x: nn.softmax(pnp.where(np.array([True, False]), x, -INF))[0],
    [1.0, 2.0],
    [0, 0],
)
program(
    "logsumexp masked",
    lambda x: special.logsumexp(pnp.where(np.array([True, True, False]), x, -INF)),
    [0.0, 0.0, 5.0],
    [0.5, 0.5, 0],
)
program(
    "logsumexp all masked guarded",
    lambda x: pnp.where(x[0] > 0, special.logsumexp(pnp.where(x > 0, x, -INF)), 0.0),
    [-1.0, -2.0],
    [0, 0],
)
program(
    "norm masked zero", lambda x: pnp.linalg.norm(pnp.where(x > 0, x, 0.0)), [-1.0, -2.0], [0, 0]
)
program(
    "sqrt sum squares masked",
    lambda x: pnp.sqrt(pnp.sum(pnp.where(x > 0, x, 0.0) ** 2)),
    [-1.0, -2.0],
    [0, 0],
)
program(
    "where norm",
    lambda x: pnp.where(pnp.sum(x * x) > 0, pnp.sqrt(pnp.sum(x * x)), 0.0),
    [0.0, 0.0],
    [0, 0],
)
program("a/b", lambda v: pnp.where(v[1] != 0, v[0] / v[1], 0.0), [1.0, 0.0], [0, 0])
program("clip log", lambda x: pnp.sum(pnp.clip(pnp.log(x), -3.0, 3.0)), [0.0, 1.0], [0, 1])
program(
    "maximum INF slope", lambda x: pnp.sum(pnp.maximum(pnp.sqrt(x), 0.5)), [0.0, 4.0], [0, 0.25]
)
program("minimum", lambda x: pnp.sum(pnp.minimum(1 / x, 1.0)), [0.0, 2.0], [0, -0.25])
program("sqrt max", lambda x: pnp.sum(pnp.sqrt(pnp.maximum(x, 0.0))), [-1.0, 4.0], [0, 0.25])
program("gather", lambda x: pnp.log(x)[1], [0.0, 2.0], [0, 0.5])
program("gather arr", lambda x: pnp.sum(pnp.log(x)[np.array([1, 1])]), [0.0, 2.0], [0, 1])
program(
    "take_along",
    lambda x: pnp.sum(pnp.take_along_axis(pnp.log(x), np.array([1]), 0)),
    [0.0, 2.0],
    [0, 0.5],
)
program("pad", lambda x: pnp.sum(pnp.sqrt(pnp.pad(x, 2))), [4.0, 1.0], [0.25, 0.5])
program("sort", lambda x: pnp.sum(pnp.sort(pnp.log(x))[1:]), [0.0, 2.0], [0, 0.5])
program("max", lambda x: pnp.max(pnp.log(x)), [0.0, 2.0], [0, 0.5])
program("min", lambda x: pnp.min(-pnp.log(x)), [0.0, 2.0], [0, -0.5])
program(
    "vmap cond",
    lambda x: pnp.sum(polyad.vmap(lambda t: lax.cond(t > 0, pnp.sqrt, lambda t: 0 * t, t))(x)),
    [0.0, 2.0],
    [0, 0.5 / 2**0.5],
)
program(
    "vmap cond log",
    lambda x: pnp.sum(polyad.vmap(lambda t: lax.cond(t > 0, pnp.log, lambda t: 2 * t, t))(x)),
    [0.0, 2.0],
    [2, 0.5],
)
program(
    "vmap switch",
    lambda x: pnp.sum(
        polyad.vmap(lambda i, t: lax.switch(i, [pnp.log, pnp.sqrt, lambda t: t], t))(
            np.array([2, 0]), x
        )
    ),
    [0.0, 2.0],
    [1, 0.5],
)
program(
    "scan where",
    lambda x: pnp.sum(
        lax.scan(lambda c, t: (c + pnp.where(t > 0, pnp.log(t), 0.0), None), 0.0, x)[0]
    ),
    [0.0, 2.0],
    [0, 0.5],
)
program(
    "scan where ys",
    lambda x: pnp.sum(lax.scan(lambda c, t: (c, pnp.where(t > 0, pnp.sqrt(t), 0.0)), 0.0, x)[1]),
    [0.0, 4.0],
    [0, 0.25],
)
program(
    "scan carry where",
    lambda x: lax.scan(
        lambda c, m: (pnp.where(m, pnp.sqrt(c), c), None), x[0], np.array([False, False])
    )[0],
    [0.0],
    [1],
)
program(
    "where scan",
    lambda x: pnp.where(
        x[0] > 0, lax.scan(lambda c, t: (pnp.sqrt(c) * t, None), x[0], np.ones(3))[0], 0.0
    ),
    [0.0],
    [0],
)
program("mask log", lambda p: pnp.sum(np.array([0.0, 1.0]) * pnp.log(p)), [0.0, 2.0], [0, 0.5])
program(
    "mask@log",
    lambda p: pnp.sum(np.array([[0.0, 1.0], [0.0, 2.0]]) @ pnp.log(p)),
    [0.0, 2.0],
    [0, 1.5],
)
program(
    "einsum", lambda p: pnp.einsum("i,i->", np.array([0.0, 1.0]), pnp.log(p)), [0.0, 2.0], [0, 0.5]
)
program(
    "tril@",
    lambda x: pnp.sum(pnp.tril(pnp.log(x.reshape(2, 2)))),
    [1.0, 0.0, 2.0, 4.0],
    [1, 0, 0.5, 0.25],
)
program(
    "triu matmul INF",
    lambda x: pnp.where(np.tri(2, dtype=bool), x.reshape(2, 1) * np.array([[1.0, INF]]), 0.0)[0, 0],
    [1.0, 2.0],
    [1, 0],
)
program(
    "cumsum where",
    lambda x: pnp.cumsum(pnp.where(x > 0, pnp.log(x), 0.0))[1],
    [0.0, 2.0, 3.0],
    [0, 0.5, 0],
)
program("cumsum sel", lambda x: pnp.cumsum(pnp.log(x))[0], [2.0, 0.0], [0.5, 0])
program("cumprod sel", lambda x: pnp.cumprod(pnp.log(x))[0], [2.0, 0.0], [0.5, 0])
program(
    "cumprod where",
    lambda x: pnp.cumprod(pnp.where(x > 0, pnp.sqrt(x), 1.0))[1],
    [0.0, 4.0],
    [0, 0.25],
)
program(
    "conv masked",
    lambda x: pnp.sum(pnp.convolve(pnp.where(x > 0, pnp.log(x), 0.0), np.array([1.0, 2.0]))),
    [0.0, 2.0],
    [0, 1.5],
)
program(
    "conv INF w",
    lambda x: pnp.where(x[0] > 5, pnp.convolve(x, np.array([1.0, INF]))[0], 0.0),
    [1.0, 2.0],
    [0, 0],
)
program("nansum", lambda x: pnp.nansum(pnp.where(x > 0, pnp.log(x), np.nan)), [0.0, 2.0], [0, 0.5])
program(
    "nanmean", lambda x: pnp.nanmean(pnp.where(x > 0, pnp.log(x), np.nan)), [0.0, 2.0], [0, 0.5]
)
program("nansum nan", lambda x: pnp.nansum(pnp.log(x)), [-1.0, 2.0], [0, 0.5])
program("nanmax", lambda x: pnp.nanmax(pnp.log(x)), [-1.0, 2.0], [0, 0.5])
program("nan_to_num", lambda x: pnp.sum(pnp.nan_to_num(pnp.log(x))), [-1.0, 2.0], [0, 0.5])
program(
    "select",
    lambda x: pnp.sum(pnp.select([x > 0, x < -1], [pnp.log(x), pnp.sqrt(x)], 0.0)),
    [0.0, 2.0],
    [0, 0.5],
)
program(
    "piecewise",
    lambda x: pnp.sum(pnp.piecewise(x, [x > 0, x <= 0], [pnp.log, lambda t: 3 * t])),
    [0.0, 2.0],
    [3, 0.5],
)
program("exp relu", lambda x: pnp.sum(pnp.where(x < 10, pnp.exp(x), 0.0)), [1000.0, 0.0], [0, 1])
program("elu", lambda x: pnp.sum(nn.elu(x)), [1000.0, 1.0], [1, 1])
program("xlogy", lambda x: pnp.sum(special.xlogy(np.array([0.0, 1.0]), x)), [0.0, 2.0], [0, 0.5])
program(
    "cross entropy",
    lambda z: nn.softmax_cross_entropy(pnp.log(z), np.array([0.0, 1.0])),
    [0.0, 1.0],
    [1, 0],
    open=True,
)
program(
    "solve masked",
    lambda x: pnp.where(x[0] > 0, pnp.linalg.solve(pnp.diag(x), np.ones(2))[0], 0.0),
    [-1.0, 2.0],
    [0, 0],
)
program(
    "inv sel",
    lambda x: pnp.where(x[0] > 0, pnp.sum(pnp.sqrt(pnp.linalg.inv(pnp.diag(x)))), 0.0),
    [-1.0, 2.0],
    [0, 0],
)
program(
    "det where",
    lambda x: pnp.where(x[0] > 0, pnp.log(pnp.linalg.det(pnp.diag(x))), 0.0),
    [0.0, 2.0],
    [0, 0],
)
program(
    "fft",
    lambda x: pnp.where(x[0] > 0, pnp.real(pnp.fft.fft(pnp.log(x))[0]), 0.0),
    [0.0, 2.0],
    [0, 0],
)
program(
    "jit", lambda x: pnp.sum(pnp.where(x > 0, polyad.jit(pnp.log)(x), 0.0)), [0.0, 2.0], [0, 0.5]
)
program(
    "checkpoint",
    lambda x: pnp.sum(pnp.where(x > 0, polyad.checkpoint(pnp.log)(x), 0.0)),
    [0.0, 2.0],
    [0, 0.5],
)
program(
    "checkpoint inside",
    lambda x: pnp.sum(polyad.checkpoint(lambda x: pnp.where(x > 0, pnp.log(x), 0.0))(x)),
    [0.0, 2.0],
    [0, 0.5],
)
program(
    "custom_jvp", lambda x: pnp.sum(pnp.where(x > 0, log_forward(x), 0.0)), [0.0, 2.0], [0, 0.5]
)
program(
    "custom_vjp", lambda x: pnp.sum(pnp.where(x > 0, log_backward(x), 0.0)), [0.0, 2.0], [0, 0.5]
)
program(
    "custom_vjp vmapped",
    lambda x: pnp.sum(polyad.vmap(lambda t: pnp.where(t > 0, log_backward(t), 0.0))(x)),
    [0.0, 2.0],
    [0, 0.5],
)
program(
    "where prod",
    lambda x: pnp.prod(pnp.where(x > 0, x, 1.0) * pnp.where(x > 0, pnp.sqrt(x), 1.0)),
    [0.0, 4.0],
    [0, 3.0],
)
program(
    "prod INF",
    lambda x: pnp.where(x[0] == 0.125, pnp.prod(pnp.stack([x[0], INF])), 0.0),
    [0.0],
    [0],
)
program(
    "prod sel",
    lambda x: pnp.prod(pnp.log(x)[1:]),
    [0.0, 2.0, 3.0],
    [0, np.log(3) / 2, np.log(2) / 3],
)
program("std of masked", lambda x: pnp.where(x[0] > 5, pnp.std(x), 0.0), [1.0, 1.0], [0, 0])
program(
    "interp",
    lambda x: pnp.where(
        x[0] > 5, 1 / pnp.interp(x[0], np.array([0.0, 1.0]), np.array([0.0, 1.0])), 0.0
    ),
    [0.0],
    [0],
)
program(
    "dynamic_slice", lambda x: lax.dynamic_slice(pnp.log(x), (1,), (1,))[0], [0.0, 2.0], [0, 0.5]
)
program(
    "dus",
    lambda x: pnp.sum(lax.dynamic_update_slice(pnp.log(x), np.array([7.0]), (0,))),
    [0.0, 2.0],
    [0, 0.5],
)
program("at set", lambda x: pnp.sum(pnp.asarray(pnp.log(x)).at[0].set(3.0)), [0.0, 2.0], [0, 0.5])
program("split", lambda x: pnp.sum(pnp.split(pnp.log(x), 2)[1]), [0.0, 2.0], [0, 0.5])
program("roll", lambda x: pnp.roll(pnp.log(x), 1)[0], [0.0, 2.0], [0, 0.5])
program(
    "concat",
    lambda x: pnp.sum(pnp.sqrt(pnp.concatenate([x, np.zeros(2)]))),
    [4.0, 1.0],
    [0.25, 0.5],
)
program("stack0", lambda x: pnp.sum(pnp.sqrt(pnp.stack([x[0], 0.0 * 2]))), [4.0], [0.25])
program(
    "hypot",
    lambda x: pnp.sum(pnp.where(x > 0, pnp.log(pnp.hypot(x, 0.0)), 0.0)),
    [0.0, 2.0],
    [0, 0.5],
)
program("pow", lambda x: pnp.sum(pnp.where(x > 0, x**0.5, 0.0)), [0.0, 4.0], [0, 0.25])
program("pow exp", lambda x: pnp.where(x[1] > 0, x[1] ** x[0], 0.0), [0.5, 0.0], [0, 0])
program(
    "arccos", lambda x: pnp.sum(pnp.where(pnp.abs(x) < 1, pnp.arccos(x), 0.0)), [1.0, 0.0], [0, -1]
)
program(
    "atan2",
    lambda x: pnp.sum(pnp.where(x > 0, pnp.arctan2(x, 0 * x) / x, 0.0)),
    [0.0, 1.0],
    [0, -np.pi / 2],
)
program(
    "weights of 0 sum sqrt",
    lambda x: pnp.sqrt(pnp.sum(np.array([0.0, 0.0]) * x)),
    [1.0, 2.0],
    [0, 0],
)
program("sqrt w x", lambda x: pnp.sum(pnp.sqrt(np.array([0.0, 1.0]) * x)), [3.0, 4.0], [0, 0.25])
program(
    "dropout",
    lambda x: pnp.sum(pnp.where(np.array([True, False]), pnp.sqrt(x) / 0.5, 0.0)),
    [4.0, 0.0],
    [0.5, 0],
)
program(
    "nested where",
    lambda x: pnp.sum(pnp.where(x > 0, pnp.where(x < 3, pnp.log(x), pnp.sqrt(x)), 0.0)),
    [0.0, 2.0, 4.0],
    [0, 0.5, 0.25],
)
program(
    "where chain",
    lambda x: pnp.sum(pnp.where(x > 0, pnp.exp(pnp.sin(pnp.log(x))), 0.0)),
    [0.0, 1.0],
    [0, 1],
)
program("where mean", lambda x: pnp.where(x[0] > 0, pnp.mean(pnp.log(x)), 0.0), [0.0, 1.0], [0, 0])
program(
    "layernorm const",
    lambda x: pnp.where(pnp.var(x) > 0, (x / pnp.sqrt(pnp.var(x)))[0], 0.0),
    [1.0, 1.0],
    [0, 0],
)
program(
    "huber",
    lambda x: pnp.sum(pnp.where(pnp.abs(x) < 1, x**2, 2 * pnp.sqrt(pnp.abs(x)) - 1)),
    [0.0, 4.0],
    [0, 0.5],
)
program(
    "expm1 branch",
    lambda x: pnp.sum(pnp.where(x > 0, x, pnp.expm1(x))),
    [1000.0, -1.0],
    [1, np.exp(-1)],
)
program(
    "logit",
    lambda x: pnp.sum(pnp.where((x > 0) & (x < 1), special.logit(x), 0.0)),
    [0.0, 0.5],
    [0, 4],
)
program(
    "trace", lambda x: pnp.trace(pnp.log(x.reshape(2, 2))), [1.0, 0.0, 0.0, 2.0], [1, 0, 0, 0.5]
)
program(
    "diag",
    lambda x: pnp.sum(pnp.diagonal(pnp.log(x.reshape(2, 2)))),
    [1.0, 0.0, 0.0, 2.0],
    [1, 0, 0, 0.5],
)
program("median", lambda x: pnp.median(pnp.log(x)), [0.0, 2.0, 3.0], [0, 0.5, 0])
program("quantile", lambda x: pnp.quantile(pnp.log(x), 1.0), [0.0, 2.0, 3.0], [0, 0, 1 / 3])
program("argmax take", lambda x: pnp.log(x)[pnp.argmax(x)], [0.0, 2.0], [0, 0.5])
program("top_k", lambda x: pnp.sum(lax.top_k(pnp.log(x), 1)[0]), [0.0, 2.0], [0, 0.5])
program(
    "remat scan",
    lambda x: pnp.sum(
        lax.scan(
            polyad.checkpoint(lambda c, t: (c + pnp.where(t > 0, pnp.log(t), 0.0), None)), 0.0, x
        )[0]
    ),
    [0.0, 2.0],
    [0, 0.5],
)
program(
    "map",
    lambda x: pnp.sum(lax.map(lambda t: pnp.where(t > 0, pnp.log(t), 0.0), x)),
    [0.0, 2.0],
    [0, 0.5],
)
program(
    "where of map",
    lambda x: pnp.sum(pnp.where(x > 0, lax.map(pnp.log, x), 0.0)),
    [0.0, 2.0],
    [0, 0.5],
)
program("assoc scan", lambda x: lax.associative_scan(pnp.add, pnp.log(x))[0], [2.0, 0.0], [0.5, 0])
program(
    "complex",
    lambda x: pnp.sum(pnp.where(x > 0, pnp.real(pnp.log(x + 0j)), 0.0)),
    [0.0, 2.0],
    [0, 0.5],
)
program(
    "abs**.5",
    lambda x: pnp.sum(pnp.where(x != 0, pnp.sqrt(pnp.abs(x)), 0.0)),
    [0.0, 4.0],
    [0, 0.25],
)
program(
    "bce",
    lambda p: (
        -pnp.sum(np.array([1.0, 0.0]) * pnp.log(p) + (1 - np.array([1.0, 0.0])) * pnp.log(1 - p))
    ),
    [1.0, 0.0],
    [-1, 1],
)
program("kl", lambda q: pnp.sum(special.rel_entr(np.array([0.0, 1.0]), q)), [0.0, 2.0], [0, -0.5])
program(
    "focal",
    lambda p: pnp.sum(pnp.where(p < 1, (1 - p) ** 2 * pnp.log(1 - p), 0.0)),
    [1.0, 0.5],
    [0, -2 * 0.5 * np.log(0.5) - 0.5],
)
program("sqrt(x)**2", lambda x: pnp.sqrt(x[0]) ** 2, [0.0], [1.0], open=True)
program("sqrt(x) sqrt(x)", lambda x: pnp.sqrt(x[0]) * pnp.sqrt(x[0]), [0.0], [1.0], open=True)
program("cbrt(x)**3", lambda x: pnp.cbrt(x[0]) ** 3, [0.0], [1.0], open=True)
program("exp(log x)", lambda x: pnp.exp(pnp.log(x[0])), [0.0], [1.0], open=True)
program("log(exp(x)) far out", lambda x: pnp.log(pnp.exp(x[0])), [1000.0], [1.0], open=True)
program("x (1/x)", lambda x: x[0] * (1 / x[0]), [0.0], [0.0], open=True)
program("sqrt of a zero sum", lambda x: pnp.sqrt(pnp.sum(x)) ** 2, [1.0, -1.0], [1, 1], open=True)
program("y log x at 0", lambda v: v[0] * pnp.log(v[1]), [0.0, 2.0], [np.log(2.0), 0.0])
program(
    "y sqrt(x), both active", lambda v: v[0] * pnp.sqrt(v[1]), [0.0, 0.0], [0.0, 0.0], open=True
)
program("sin(x)/x by x", lambda x: pnp.sin(x[0]) / x[0], [0.0], [0.0], open=True)
program("x dot sqrt(x)", lambda x: x @ pnp.sqrt(x), [0.0, 4.0], [0.0, 3.0], open=True)
program("arctan(1/x)", lambda x: pnp.arctan(1 / x[0]), [0.0], [-1.0], open=True)
