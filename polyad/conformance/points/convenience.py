"""SciPy's convenience functions: elementary ones that would cancel, in degrees, of two numbers."""

from __future__ import annotations

import math

import mpmath as mp

from ... import special
from ..special_points import special_points
from .common import INF, NAN, SMOOTH, TINY, UNKNOWN, USUAL, ZEROS

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
