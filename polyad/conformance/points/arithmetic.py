"""Arithmetic, powers and roots, the functions with kinks and steps."""

from __future__ import annotations

import math

import mpmath as mp

from ... import numpy as pnp
from ... import special
from ..special_points import special_points
from .common import HUGE, INF, LEAST, NAN, SMOOTH, TAILS, TINY, UNKNOWN, USUAL, ZEROS, of

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
    "sinh over x",
    special.exprel,
    lambda x: mp.expm1(x) / x if x else mp.mpf(1),
    *ZEROS,
    *TINY,
    *USUAL,
    1 - 1e-8,
    1.0,
    10.0,
    -10.0,
    -40.0,
    300.0,
    -700.0,
    scale=0.1,
    of="special.exprel",
)
special_points(
    "cosm1",
    special.cosm1,
    lambda x: -2 * mp.sin(x / 2) ** 2,
    *SMOOTH,
    math.pi,
    2 * math.pi,
    10.0,
    stated={NAN: UNKNOWN},
)
special_points(
    "sindg",
    special.sindg,
    lambda x: mp.sin(x * mp.pi / 180),
    *ZEROS,
    90.0,
    180.0,
    30.0,
    -45.0,
    1e-8,
    360.0,
    3600.0,
    scale=1.0,
)
special_points(
    "cosdg",
    special.cosdg,
    lambda x: mp.cos(x * mp.pi / 180),
    *ZEROS,
    90.0,
    180.0,
    30.0,
    -45.0,
    1e-8,
    360.0,
    3600.0,
    89.99,
    scale=1.0,
)
special_points(
    "tandg",
    special.tandg,
    lambda x: mp.tan(x * mp.pi / 180),
    *ZEROS,
    180.0,
    30.0,
    -45.0,
    1e-8,
    89.0,
    singular=(90,),
    scale=1.0,
)
special_points(
    "cotdg",
    special.cotdg,
    lambda x: mp.cot(x * mp.pi / 180),
    90.0,
    30.0,
    -45.0,
    1.0,
    89.0,
    100.0,
    singular=(0, 180),
    scale=1.0,
)
special_points(
    "huber",
    lambda r: special.huber(1.5, r),
    lambda r: r * r / 2 if abs(r) <= 1.5 else 1.5 * (abs(r) - 0.75),
    0.0,
    1e-30,
    0.5,
    -1.0,
    3.0,
    -1e10,
    singular=(-1.5, 1.5),
    of="special.huber",
    stated={1.5: (1.125, 1.5), -1.5: (1.125, -1.5), INF: (INF, 1.5, 0)},
)
special_points(
    "xlog1py",
    special.xlog1py,
    lambda x, y: x * mp.log1p(y),
    (1e-8, 2.0),
    (2.0, 1e-60),
    (0.5, -0.5),
    (0.0, 1.0),
    (3.0, 2.0**-20 - 1),
    scale=lambda x, y: 1 + y,
    stated={(0.0, -1.0): (0, -INF), (0.0, NAN): UNKNOWN},
)
special_points(
    "boxcox1p",
    special.boxcox1p,
    lambda x, l: mp.expm1(l * mp.log1p(x)) / l if l else mp.log1p(x),
    (2.0, 0.0),
    (2.0, 1e-8),
    (2.0, 3.0),
    (-0.5, -2.0),
    (1e-30, 0.5),
    (0.0, 1.0),
    scale=lambda x, l: min(1 + x, 1.0),
    orders=2,
)
special_points(
    "inv_boxcox1p",
    special.inv_boxcox1p,
    lambda y, l: mp.expm1(mp.log1p(l * y) / l) if l else mp.expm1(y),
    (2.0, 0.0),
    (2.0, 1e-20),
    (2.0, -1e-4),
    (2.0, 0.5),
    (-0.3, 1.5),
    (0.0, 1.0),
    (1e-30, 2.0),
    scale=0.1,
    orders=2,
)
special_points(
    "logit",
    special.logit,
    lambda x: mp.log(x) - mp.log1p(-x),
    1e-300,
    1e-30,
    1e-8,
    0.25,
    0.5,
    0.5 + 1e-6,
    0.9,
    1 - 2.0**-23,
    1 - 2.0**-52,
    singular=(0, 1),
    stated={0.0: (-INF, INF), 1.0: (INF, INF), NAN: UNKNOWN},
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
special_points(
    "i0",
    pnp.i0,
    lambda x: mp.besseli(0, x),
    *ZEROS,
    *TINY,
    0.5,
    -2.0,
    10.0,
    -40.0,
    700.0,
    of=("numpy.i0", "special.i0"),
)
special_points(
    "i1", special.i1, lambda x: mp.besseli(1, x), *ZEROS, *TINY, 0.5, -2.0, 10.0, -40.0, 700.0
)
special_points(
    "j0",
    special.j0,
    lambda x: mp.besselj(0, x),
    *ZEROS,
    *TINY,
    0.5,
    -2.0,
    2.404825557695773,
    10.0,
    scale=0.3,
    floor=(1e-16, 0.0, 0.0, 0.0),
)
special_points(
    "j1",
    special.j1,
    lambda x: mp.besselj(1, x),
    *ZEROS,
    *TINY,
    0.5,
    -2.0,
    3.8317059702075125,
    10.0,
    scale=0.3,
    floor=(1e-16, 0.0, 0.0, 0.0),
)
special_points(
    "wrightomega",
    special.wrightomega,
    lambda x: mp.re(mp.lambertw(mp.exp(x))),
    *ZEROS,
    *TINY,
    1.0,
    -1.0,
    10.0,
    -30.0,
    100.0,
    1e10,
    -700.0,
    backends=("numpy", "native"),
    stated={INF: (INF, 1)},
)
special_points(
    "agm",
    special.agm,
    mp.agm,
    (2.0, 2.0),
    (1.0, 3.0),
    (1.0, 1e-8),
    (1e100, 1e100),
    (1e-30, 2e-30),
    (1.0, 1.0 + 1e-8),
    scale=min,
    dtypes=("float64",),
    backends=("numpy", "native"),
    orders=2,
)
