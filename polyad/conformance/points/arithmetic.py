"""Arithmetic, powers and roots, the functions with kinks and steps."""

from __future__ import annotations

import math

import mpmath as mp

from ... import numpy as pnp
from ... import special
from ..special_points import special_points
from .common import HUGE, INF, LEAST, NAN, SMOOTH, TAILS, UNKNOWN, of

SIZES = (1e-150, 1e-100, 1e-30, 0.3, 1.0, 7.0, 1e30, 1e100)
SIGNED = (*SIZES, *(-x for x in SIZES))

special_points(
    "reciprocal",
    pnp.reciprocal,
    lambda x: 1 / x,
    *SIGNED,
    1e150,
    1e-300,
    singular=(0,),
    scale=INF,
    stated={0.0: (INF,), INF: (0, 0), NAN: UNKNOWN},
)
special_points(
    "square",
    pnp.square,
    lambda x: x * x,
    *SMOOTH,
    *LEAST,
    *SIGNED,
    1e150,
    stated={INF: (INF, INF, 2, 0), NAN: UNKNOWN},
)
special_points(
    "multiply",
    pnp.multiply,
    lambda x, y: x * y,
    (0.0, 0.0),
    (1e200, 1e-200),
    (1e300, 1e10),
    (1e-200, 1e-200),
    (1e-30, -3.0),
    orders=2,
    scale=1e-300,
)
special_points(
    "divide",
    pnp.divide,
    lambda x, y: x / y,
    (0.0, 2.0),
    (1.0, 3.0),
    (1e300, 1e10),
    (1e-300, 1e10),
    (1.0, 1e200),
    (1.0, 1e-100),
    (1e-30, 1e-30),
    (1e30, -1e20),
    scale=lambda x, y: abs(y),
    stated={(1.0, 0.0): (INF, INF), (1.0, INF): (0, 0)},
)
for _n in (0, 1, 2, 3, 4, 7, -1, -2, -3):
    special_points(
        f"power {_n}",
        lambda x, n=_n: x**n,
        lambda x, n=_n: x**n,
        *SIGNED,
        singular=(0,),
        scale=INF,
        stated={
            0.0: (1, 0, 0, 0)
            if _n == 0
            else (0, 1, 0, 0)
            if _n == 1
            else (0, 0, 2, 0)
            if _n == 2
            else (0, 0, 0, 6)
            if _n == 3
            else (0, 0, 0, 0)
            if _n > 3
            else (INF,),
            **({NAN: UNKNOWN} if _n else {}),
        },
        of="numpy.power",
    )
for _p in (0.5, 1.5, 2.5, -0.5, 1 / 3, 2.0):
    special_points(
        f"power {_p:.3g} of a float",
        lambda x, p=_p: pnp.power(x, p),
        lambda x, p=_p: mp.power(x, mp.mpf(p)),
        *SIZES,
        1e-300,
        1e150,
        singular=(0,),
        scale=INF,
        of="numpy.power",
        stated={
            0.0: {
                0.5: (0, INF),
                1.5: (0, 0, INF),
                2.5: (0, 0, 0, INF),
                -0.5: (INF,),
                1 / 3: (0, INF),
                2.0: (0, 0, 2, 0),
            }[_p],
            NAN: UNKNOWN,
        },
        dtypes=("float64",) if _p == 1 / 3 else ("float64", "float32"),
    )
special_points(
    "pow at its corner",
    pnp.power,
    mp.power,
    (1.0, 0.0),
    (1e-30, 0.5),
    (1e30, 0.5),
    (1e-8, 1e-8),
    (1 + 2.0**-23, 1e5),
    (0.5, 1e-30),
    (3.0, -40.0),
    (2.0, 100.0),
    (1e10, 0.0),
    scale=lambda x, y: min(x, 1.0),
    stated={
        (0.0, 0.0): (1, 0),
        (0.0, 1.0): (0, 1, 0),
        (0.0, 2.0): (0, 0, 2, 0),
        (0.0, 3.0): (0, 0, 0, 6),
        (-2.0, 3.0): (-8, 12, -12, 6),
        (0.0, 0.5): (0, INF),
    },
    of="numpy.power",
)
special_points(
    "float_power",
    pnp.float_power,
    mp.power,
    (2.0, 0.5),
    (1e-8, 2.0),
    (3.0, -1.0),
    scale=lambda x, y: min(x, 1.0),
    dtypes=("float64",),
)
special_points(
    "exp2",
    pnp.exp2,
    lambda x: mp.power(2, x),
    *SMOOTH,
    *LEAST,
    *TAILS,
    1000.0,
    -1000.0,
    stated={INF: (INF, INF, INF, INF), -INF: of(0.0), NAN: UNKNOWN},
)
special_points(
    "exp10",
    special.exp10,
    lambda x: mp.power(10, x),
    *SMOOTH,
    *LEAST,
    10.0,
    -10.0,
    30.0,
    300.0,
    -300.0,
    stated={-INF: of(0.0), NAN: UNKNOWN},
)
special_points(
    "cbrt",
    pnp.cbrt,
    lambda x: mp.cbrt(x) if x > 0 else -mp.cbrt(-x),
    *SIGNED,
    8.0,
    27.0,
    1e300,
    -1e300,
    1e-300,
    *(x for x in LEAST),
    singular=(0,),
    scale=INF,
    stated={0.0: (0, INF), INF: (INF, 0), NAN: UNKNOWN},
)
special_points(
    "logaddexp",
    pnp.logaddexp,
    lambda x, y: mp.log(mp.exp(x) + mp.exp(y)),
    (0.0, 0.0),
    (1.0, 1.0),
    (0.0, -40.0),
    (-40.0, 0.0),
    (100.0, -100.0),
    (300.0, 1.0),
    (-2.0, 3.0),
    (1e-8, -1e-8),
    (-700.0, -701.0),
    (1e10, 1e10),
    (700.0, 0.0),
    stated={
        (INF, INF): (INF, 0.5),
        (-INF, -INF): (-INF, 0.5),
        (INF, 1.0): (INF, 1, 0),
        (-INF, 1.0): (1, 0, 0),
    },
)
special_points(
    "logaddexp2",
    pnp.logaddexp2,
    lambda x, y: mp.log(mp.power(2, x) + mp.power(2, y)) / mp.ln2,
    (0.0, 0.0),
    (1.0, 1.0),
    (0.0, -40.0),
    (-40.0, 0.0),
    (100.0, -100.0),
    (300.0, 1.0),
    (-2.0, 3.0),
    (1e-8, -1e-8),
    (-700.0, -701.0),
    (1000.0, 0.0),
    (1e10, 1e10),
    (0.5, -0.3),
    stated={
        (INF, INF): (INF, 0.5),
        (-INF, -INF): (-INF, 0.5),
        (INF, 1.0): (INF, 1, 0),
        (-INF, 1.0): (1, 0, 0),
    },
)
special_points(
    "remainder",
    pnp.remainder,
    lambda x, y: x - y * mp.floor(x / y),
    (7.5, 2.0),
    (-7.5, 2.0),
    (5.5, -2.0),
    (0.3, 2.0),
    (1e10, 3.0),
    scale=0.1,
    stated={(6.0, 2.0): (0, 1, 0, 0), (0.0, 2.0): (0, 1, 0, 0)},
)
special_points(
    "fmod",
    pnp.fmod,
    lambda x, y: x - y * (mp.floor(x / y) if x / y > 0 else mp.ceil(x / y)),
    (7.5, 2.0),
    (-7.5, 2.0),
    (5.5, -2.0),
    (0.3, 2.0),
    scale=0.1,
    stated={(6.0, 2.0): (0, 1, 0, 0), (0.0, 2.0): (0, 1, 0, 0)},
)
special_points(
    "abs",
    pnp.abs,
    abs,
    *(x for x in SMOOTH if x),
    *LEAST,
    *TAILS,
    *HUGE,
    singular=(0,),
    stated={0.0: (0, 0, 0, 0), INF: (INF, 1, 0, 0), -INF: (INF, -1, 0, 0), NAN: UNKNOWN},
)
for _p in (1.5, 3.0, 3, 2.5, 1):
    special_points(
        f"abs to the power {_p}",
        lambda x, p=_p: abs(x) ** p,
        lambda x, p=_p: mp.power(abs(x), mp.mpf(p)),
        1e-30,
        -1e-8,
        2.0,
        -3.0,
        singular=(0,),
        scale=INF,
        stated={0.0: (0, 0) if _p < 2 else (0, 0, 0)},
        of="numpy.power",
    )
special_points(
    "maximum",
    pnp.maximum,
    max,
    (1.0, 2.0),
    (2.0, 1.0),
    (-INF, 1.0),
    scale=0.1,
    stated={
        (1.0, 1.0): (1, 0.5, 0, 0),
        (0.0, -0.0): (0, 0.5, 0),
        (INF, 1.0): (INF, 1, 0, 0),
        (-INF, 1.0): (1, 0, 0, 0),
        (1.0, NAN): UNKNOWN,
    },
)
special_points(
    "minimum",
    pnp.minimum,
    min,
    (1.0, 2.0),
    (2.0, 1.0),
    scale=0.1,
    stated={
        (1.0, 1.0): (1, 0.5, 0, 0),
        (-INF, 1.0): (-INF, 1, 0, 0),
        (INF, 1.0): (1, 0, 0, 0),
        (1.0, NAN): UNKNOWN,
    },
)
special_points(
    "fmax", pnp.fmax, max, (1.0, 2.0), (2.0, 1.0), scale=0.1, stated={(1.0, 1.0): (1, 0.5, 0, 0)}
)
special_points(
    "fmin", pnp.fmin, min, (1.0, 2.0), (2.0, 1.0), scale=0.1, stated={(1.0, 1.0): (1, 0.5, 0, 0)}
)
special_points(
    "clip",
    lambda x: pnp.clip(x, -1.0, 2.0),
    lambda x: min(max(x, -1), 2),
    -3.0,
    0.0,
    1e-30,
    5.0,
    singular=(-1, 2),
    of="numpy.clip",
    stated={
        -1.0: (-1, 0.5, 0, 0),
        2.0: (2, 0.5, 0, 0),
        INF: (2, 0, 0, 0),
        -INF: (-1, 0, 0, 0),
        NAN: UNKNOWN,
    },
)
special_points(
    "copysign",
    pnp.copysign,
    lambda x, y: abs(x) * mp.sign(y),
    (2.0, -1.0),
    (-2.0, -1.0),
    (1e-30, 1.0),
    scale=lambda x, y: min(abs(x), abs(y)),
    stated={(0.0, 1.0): (0, 0, 0)},
)
special_points(
    "angle",
    lambda x, y: pnp.angle(x + 1j * y),
    lambda x, y: mp.atan2(y, x),
    (3.0, 4.0),
    (1e-9, 0.3),
    (0.3, 0.0),
    (1e200, 1e100),
    (-1.0, 1e-30),
    scale=math.hypot,
    stated={(0.0, 0.0): (0, 0)},
    of="numpy.angle",
    dtypes=("float64",),
)
