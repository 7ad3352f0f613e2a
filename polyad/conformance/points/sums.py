"""Sums and roots of sums, as functions of two operands: norms, deviations, sums of exponentials."""

from __future__ import annotations

import math

import mpmath as mp

from ... import lax, nn, special
from ... import numpy as pnp
from ..special_points import special_points
from .common import INF, NAN


def both(x, y):
    """The operands side by side, along a new first axis."""
    return pnp.stack([x, y])


def complex_of(x, y):
    """x + i y."""
    return lax.complex(x, y)


def square(x, y):
    """x² + y²."""
    return x * x + y * y


def quarter(x, y):
    """The variance of the two."""
    return (x - y) ** 2 / 4


def gap(x, y):
    """|x - y|, a length over which the deviation is smooth."""
    return abs(x - y) or 1.0


LARGE = ((3.0, 4.0), (0.3, 0.0), (0.0, -0.3), (1e200, 1e200), (1e30, 1e30), (1e-30, 3e-30))

# -- Squares of roots ------------------------------------------------------------------------------

for _name, _run, _exact in (
    ("hypot squared", lambda x, y: pnp.hypot(x, y) ** 2, square),
    ("norm squared", lambda x, y: pnp.linalg.norm(both(x, y), axis=0) ** 2, square),
    ("modulus squared", lambda x, y: pnp.abs(complex_of(x, y)) ** 2, square),
    ("modulus by itself", lambda x, y: pnp.abs(complex_of(x, y)) * abs(complex_of(x, y)), square),
    (
        "deviation squared",
        lambda x, y: pnp.std(both(x, y), axis=0) ** 2,
        lambda x, y: (x - y) ** 2 / 4,
    ),
    ("variance", lambda x, y: pnp.var(both(x, y), axis=0), lambda x, y: (x - y) ** 2 / 4),
):
    special_points(
        _name,
        _run,
        _exact,
        *((0.0, 0.0), (1.0, 1.0), (0.3, 0.0), (3.0, 4.0), (1e-8, -1e-8)),
        floor=(0.0, 0.0, 1e-15, 1e-14),
        dtypes=("float64",),
    )
for _name, _square in (
    ("abs squared", lambda x: pnp.abs(x) ** 2),
    ("square of abs", lambda x: pnp.square(abs(x))),
    ("abs by itself", lambda x: abs(x) * abs(x)),
):
    special_points(_name, _square, lambda x: x * x, 0.0, 1.0, -2.0, 1e-8)
for _name, _square in (
    ("square of a root", lambda x: pnp.sqrt(x) ** 2),
    ("root by itself", lambda x: pnp.sqrt(x) * pnp.sqrt(x)),
):
    special_points(
        _name,
        _square,
        lambda x: x,
        *(1e-8, 1e-150, 0.3, 1.0, 1e300),
        stated={0.0: (0.0, 1.0, 0.0, 0.0), -1.0: (NAN, NAN), INF: (INF, 1.0, 0.0, 0.0)},
    )

# -- Roots -----------------------------------------------------------------------------------------

special_points(
    "norm",
    lambda x, y: pnp.linalg.norm(both(x, y), axis=0),
    mp.hypot,
    *LARGE,
    scale=math.hypot,
    stated={(0.0, 0.0): (0, 0), (INF, 1.0): (INF,)},
    orders=1,
    of=("numpy.linalg.norm", "numpy.linalg.vector_norm"),
)
special_points(
    "curvature of the norm",
    lambda x, y: pnp.linalg.norm(both(x, y), axis=0),
    mp.hypot,
    *((3.0, 4.0), (0.3, 0.0), (0.0, -0.3), (1e200, 1e200)),
    scale=math.hypot,
    orders=2,
    floor=(0, 0, 1e-15),
    dtypes=("float64",),
)
special_points(
    "norm of order 3",
    lambda x, y: pnp.linalg.norm(both(x, y), 3, axis=0),
    lambda x, y: mp.cbrt(abs(x) ** 3 + abs(y) ** 3),
    (3.0, 4.0),
    (-0.3, 0.4),
    (1e200, 1e200),
    (1e-200, 1e-200),
    scale=lambda x, y: min(abs(x), abs(y)),
    orders=1,
    dtypes=("float64",),
)
special_points(
    "norm of order 4",
    lambda x, y: pnp.linalg.norm(both(x, y), 4, axis=0),
    lambda x, y: mp.sqrt(mp.sqrt(x**4 + y**4)),
    (3.0, 4.0),
    (1e200, 1e200),
    scale=math.hypot,
    orders=1,
    dtypes=("float64",),
)
special_points(
    "standard deviation",
    lambda x, y: pnp.std(both(x, y), axis=0),
    lambda x, y: abs(x - y) / 2,
    (1.0, 2.0),
    (0.3, 0.0),
    (1e200, 3e200),
    (1e-200, 2e-200),
    scale=gap,
    orders=1,
    of="numpy.std",
)
special_points(
    "modulus",
    lambda x, y: pnp.abs(complex_of(x, y)),
    mp.hypot,
    (0.3, 0.0),
    (3.0, 4.0),
    (1e200, 1e200),
    (1e-90, 2e-90),
    (0.3, 1e-9),
    scale=math.hypot,
    orders=2,
    dtypes=("float64",),
)

# -- Sums of exponentials --------------------------------------------------------------------------

FAR = (
    (0.0, 0.0),
    (1.0, 1.0),
    (0.0, -40.0),
    (-40.0, 0.0),
    (100.0, -100.0),
    (300.0, 1.0),
    (-2.0, 3.0),
)
special_points(
    "logsumexp",
    lambda x, y: special.logsumexp(both(x, y), axis=0),
    lambda x, y: mp.log(mp.exp(x) + mp.exp(y)),
    *FAR,
    stated={(INF, 1.0): (INF, 1, 0), (-INF, 1.0): (1, 0, 0), (-INF, -INF): (-INF, 0.5)},
    of=("special.logsumexp", "nn.logsumexp"),
)
special_points(
    "softmax",
    lambda x, y: nn.softmax(both(x, y), axis=0)[0],
    lambda x, y: 1 / (1 + mp.exp(y - x)),
    *FAR,
    of=("nn.softmax", "special.softmax"),
)
special_points(
    "log_softmax",
    lambda x, y: nn.log_softmax(both(x, y), axis=0)[0],
    lambda x, y: -mp.log1p(mp.exp(y - x)),
    *FAR,
    of=("nn.log_softmax", "special.log_softmax"),
)

for _name, _part, _exact in (("real", pnp.real, mp.re), ("imaginary", pnp.imag, mp.im)):
    special_points(
        f"logaddexp, {_name} part of complex",
        lambda x, y, part=_part: part(pnp.logaddexp(lax.complex(x, y), 0.0)),
        lambda x, y, part=_exact: part(mp.log(1 + mp.exp(mp.mpc(x, y)))),
        (0.0, 1.0),
        (1.0, -2.5),
        (-1e-8, 3.0),
        (-0.5, 3.141592653589793),
        (1e-30, 1e-8),
        (-40.0, 0.7),
        (40.0, 2.0),
        (2.0, -100.3),
        floor=(4e-16, 2e-15, 2e-15, 2e-14),
        dtypes=("float64",),
        of="numpy.logaddexp",
    )
