"""Elementary functions."""

from __future__ import annotations

import math

import mpmath as mp

from ... import numpy as pnp
from ..special_points import special_points
from .common import (
    EPS,
    EVERYWHERE,
    HUGE,
    INF,
    LEAST,
    NAN,
    NEAR_ONE,
    SMOOTH,
    TAILS,
    TINY,
    UNKNOWN,
    USUAL,
    of,
)

POSITIVE = tuple(x for x in (*TINY, *LEAST, *USUAL, *NEAR_ONE, *TAILS, *HUGE) if x > 0)

special_points(
    "exp",
    pnp.exp,
    mp.exp,
    *SMOOTH,
    *TAILS,
    stated={INF: (INF, INF, INF, INF), -INF: of(0.0), NAN: UNKNOWN},
)
special_points(
    "expm1",
    pnp.expm1,
    mp.expm1,
    *SMOOTH,
    *LEAST,
    *TAILS,
    stated={INF: (INF, INF, INF, INF), -INF: of(-1.0), NAN: UNKNOWN},
)
special_points(
    "log",
    pnp.log,
    mp.log,
    *POSITIVE,
    singular=(0,),
    scale=INF,
    stated={0.0: (-INF, INF), INF: (INF, 0, 0, 0), -1.0: (NAN,), NAN: UNKNOWN},
)
special_points(
    "log1p",
    pnp.log1p,
    mp.log1p,
    *SMOOTH[:-1],
    *LEAST,
    *POSITIVE,
    EPS - 1,
    singular=(-1,),
    scale=INF,
    stated={-1.0: (-INF, INF), INF: (INF, 0, 0, 0), NAN: UNKNOWN},
)
special_points(
    "log2",
    pnp.log2,
    lambda x: mp.log(x) / mp.ln2,
    *POSITIVE,
    singular=(0,),
    scale=INF,
    stated={0.0: (-INF, INF), INF: (INF, 0, 0, 0), NAN: UNKNOWN},
)
special_points(
    "log10",
    pnp.log10,
    mp.log10,
    *POSITIVE,
    singular=(0,),
    scale=INF,
    stated={0.0: (-INF, INF), INF: (INF, 0, 0, 0), NAN: UNKNOWN},
)
special_points(
    "sqrt",
    pnp.sqrt,
    mp.sqrt,
    *POSITIVE,
    singular=(0,),
    scale=INF,
    stated={0.0: (0, INF), INF: (INF, 0), NAN: UNKNOWN},
)
special_points(
    "tanh",
    pnp.tanh,
    mp.tanh,
    *EVERYWHERE,
    *LEAST,
    *(44.0, 50.0, -51.5, 355.0, -371.0),  # slopes below the least normal number
    stated={INF: of(1.0), -INF: of(-1.0), NAN: UNKNOWN},
)
special_points("sinh", pnp.sinh, mp.sinh, *SMOOTH, *LEAST, *TAILS, stated={NAN: UNKNOWN})
special_points("cosh", pnp.cosh, mp.cosh, *SMOOTH, *LEAST, *TAILS, stated={NAN: UNKNOWN})
special_points(
    "sin",
    pnp.sin,
    mp.sin,
    *SMOOTH,
    *LEAST,
    *TAILS,
    math.pi,
    math.pi / 2,
    1e6,
    -1e6,
    stated={NAN: UNKNOWN},
)
special_points(
    "cos",
    pnp.cos,
    mp.cos,
    *SMOOTH,
    *LEAST,
    *TAILS,
    math.pi,
    math.pi / 2,
    1e6,
    -1e6,
    stated={NAN: UNKNOWN},
)
special_points(
    "tan", pnp.tan, mp.tan, *SMOOTH, *LEAST, *TAILS, 3.0, 1.5, scale=1e-3, stated={NAN: UNKNOWN}
)
special_points(
    "asin",
    pnp.arcsin,
    mp.asin,
    *SMOOTH[:-2],
    *LEAST,
    1 - 1e-4,
    -1 + 1e-4,
    1 - EPS,
    singular=(-1, 1),
    stated={1.0: (math.pi / 2, INF), -1.0: (-math.pi / 2, INF), NAN: UNKNOWN},
)
special_points(
    "acos",
    pnp.arccos,
    mp.acos,
    *SMOOTH[:-2],
    *LEAST,
    1 - 1e-4,
    -1 + 1e-4,
    1 - EPS,
    singular=(-1, 1),
    stated={1.0: (0, -INF), -1.0: (math.pi, -INF), NAN: UNKNOWN},
)
special_points(
    "atan",
    pnp.arctan,
    mp.atan,
    *SMOOTH,
    *TAILS,
    *LEAST,
    1e6,
    -1e6,
    1e10,
    1e100,
    1e155,
    stated={INF: (math.pi / 2, 0), -INF: (-math.pi / 2, 0), NAN: UNKNOWN},
)
special_points(
    "asinh",
    pnp.arcsinh,
    mp.asinh,
    *EVERYWHERE,
    *LEAST,
    stated={INF: (INF, 0, 0, 0), -INF: (-INF, 0, 0, 0), NAN: UNKNOWN},
)
special_points(
    "acosh",
    pnp.arccosh,
    mp.acosh,
    *(1.5, 2.0, 1 + 1e-4, 1 + 1e-8, 1 + EPS),
    *(x for x in (*TAILS, *HUGE) if x > 0),
    singular=(1,),
    scale=INF,
    stated={1.0: (0, INF), INF: (INF, 0, 0, 0), NAN: UNKNOWN},
)
special_points(
    "atanh",
    pnp.arctanh,
    mp.atanh,
    *SMOOTH[:-2],
    *LEAST,
    1 - 1e-4,
    -1 + 1e-4,
    1 - EPS,
    singular=(-1, 1),
    stated={1.0: (INF, INF), -1.0: (-INF, INF), NAN: UNKNOWN},
)

# -- Of two operands -------------------------------------------------------------------------------

PLANE = (
    (3.0, 4.0),
    (0.3, 1e-9),
    (1e-9, 0.3),
    (0.3, 0.0),
    (0.0, 0.3),
    (-0.5, 1e-9),
    (1.0, -1e-30),
    (1e20, 1e20),
    (1e30, -2e30),
    (1e-10, -2e-10),
    (1e200, 1e200),
    (1e-90, 1e-90),
    (1e-90, -2e-90),
    (1e300, 1e280),
)
special_points(
    "hypot",
    pnp.hypot,
    mp.hypot,
    *PLANE,
    scale=math.hypot,
    stated={
        (0.0, 0.0): (0, 0),
        (INF, 1.0): (INF, 1, 0),
        (-INF, 1.0): (INF, -1, 0),
        (1.0, NAN): UNKNOWN,
    },
)
special_points(
    "atan2",
    pnp.arctan2,
    mp.atan2,
    *(p for p in PLANE if p[0] != p[1]),
    (1e20, 2e20),
    (3e200, 1e200),
    scale=math.hypot,
    stated={(0.0, 0.0): (0, 0), (INF, 1.0): (math.pi / 2, 0, 0), (1.0, NAN): UNKNOWN},
)
special_points(
    "pow",
    pnp.power,
    mp.power,
    (2.0, 1e-8),
    (2.0, 0.0),
    (0.5, 0.0),
    (1.1, 3.0),
    (1e-8, 2.0),
    (2.0, -1.0),
    scale=lambda x, y: x,
)
