"""Activations with kinks, losses."""

from __future__ import annotations

import mpmath as mp

from ... import nn
from ... import numpy as pnp
from ..special_points import special_points
from .common import HUGE, INF, LEAST, NAN, SMOOTH, TAILS, UNKNOWN, of

LINE = tuple(x for x in (*SMOOTH, *LEAST, *TAILS, *HUGE) if x)
ALPHA, SCALE = (
    mp.mpf("1.6732632423543772848170429916717"),
    mp.mpf("1.0507009873554804934193349852946"),
)


def hard_sigmoid(x):
    """Three straight lines."""
    return min(max(x + 3, 0), 6) / mp.mpf(6)


special_points(
    "relu",
    nn.relu,
    lambda x: max(x, 0),
    *LINE,
    singular=(0,),
    stated={0.0: of(0.0), INF: (INF, 1, 0, 0), -INF: of(0.0), NAN: UNKNOWN},
)
special_points(
    "relu6",
    nn.relu6,
    lambda x: min(max(x, 0), 6),
    *LINE,
    singular=(0, 6),
    stated={0.0: of(0.0), 6.0: of(6.0), INF: of(6.0), -INF: of(0.0), NAN: UNKNOWN},
)
special_points(
    "hard_tanh",
    nn.hard_tanh,
    lambda x: min(max(x, -1), 1),
    *(x for x in LINE if abs(x) != 1),
    0.0,
    singular=(-1, 1),
    stated={1.0: (1, 1, 0, 0), -1.0: (-1, 1, 0, 0), INF: of(1.0), -INF: of(-1.0), NAN: UNKNOWN},
)
special_points(
    "leaky_relu",
    lambda x: nn.leaky_relu(x, 0.25),
    lambda x: x if x >= 0 else x / 4,
    *LINE,
    singular=(0,),
    stated={0.0: (0, 1, 0, 0), INF: (INF, 1, 0, 0), -INF: (-INF, 0.25, 0, 0), NAN: UNKNOWN},
    of="nn.leaky_relu",
)
special_points(
    "elu",
    nn.elu,
    lambda x: x if x > 0 else mp.expm1(x),
    *LINE,
    singular=(0,),
    stated={0.0: (0, 1), INF: (INF, 1, 0, 0), -INF: of(-1.0), NAN: UNKNOWN},
)
special_points(
    "selu",
    nn.selu,
    lambda x: SCALE * (x if x > 0 else ALPHA * mp.expm1(x)),
    *LINE,
    singular=(0,),
    stated={INF: (INF, 1.0507009873554804934, 0, 0), NAN: UNKNOWN},
)
special_points(
    "celu",
    lambda x: nn.celu(x, 2.0),
    lambda x: x if x > 0 else 2 * mp.expm1(x / 2),
    *LINE,
    singular=(0,),
    stated={0.0: (0, 1), INF: (INF, 1, 0, 0), -INF: of(-2.0), NAN: UNKNOWN},
    of="nn.celu",
)
special_points(
    "hard_sigmoid",
    nn.hard_sigmoid,
    hard_sigmoid,
    *(x for x in LINE if abs(x) < 2.9 or abs(x) > 3.1),
    singular=(-3, 3),
    stated={3.0: of(1.0), -3.0: of(0.0), INF: of(1.0), -INF: of(0.0), NAN: UNKNOWN},
)
special_points(
    "hard_silu",
    nn.hard_silu,
    lambda x: x * hard_sigmoid(x),
    *LINE,
    singular=(-3, 3),
    stated={INF: (INF, 1, 0, 0), NAN: UNKNOWN},
)
special_points(
    "sparse_plus",
    nn.sparse_plus,
    lambda x: mp.mpf(0) if x <= -1 else x if x >= 1 else (x + 1) ** 2 / 4,
    *(x for x in LINE if abs(x) != 1),
    singular=(-1, 1),
    stated={-1.0: of(0.0), 1.0: (1, 1, 0, 0), INF: (INF, 1, 0, 0), -INF: of(0.0), NAN: UNKNOWN},
)
special_points(
    "sparse_sigmoid",
    nn.sparse_sigmoid,
    lambda x: min(max((x + 1) / 2, 0), 1),
    *(x for x in LINE if abs(x) != 1),
    singular=(-1, 1),
    stated={-1.0: (0, 0.25, 0, 0), 1.0: (1, 0.25, 0, 0), INF: of(1.0), -INF: of(0.0), NAN: UNKNOWN},
)


def gelu_by_erf(x):
    """Its value and derivatives of orders 1 and 2; the third is 0 at ±2."""
    density = mp.npdf(x)
    return float(x * mp.ncdf(x)), float(mp.ncdf(x) + x * density), float((2 - x * x) * density)


special_points(
    "gelu by erf",
    lambda x: nn.gelu(x, approximate=False),
    lambda x: x * mp.erfc(-x / mp.sqrt(2)) / 2,
    *SMOOTH,
    *LEAST,
    5.0,
    -5.0,
    -10.0,
    10.0,
    -26.0,
    30.0,
    -37.0,
    1e10,
    -1e10,
    1e150,
    -1e150,
    stated={NAN: UNKNOWN, **{x: (*gelu_by_erf(x), None) for x in (2.0, -2.0)}},
    of="nn.gelu",
)
special_points(
    "gelu far out",
    nn.gelu,
    lambda x: x * (0 if x < 0 else 1),
    1e10,
    -1e10,
    1e30,
    -1e30,
    1e150,
    -1e150,
    1e300,
    -1e300,
    of="nn.gelu",
    scale=1.0,
)
special_points("silu far out", nn.silu, lambda x: x * mp.sigmoid(x), *LINE)
special_points(
    "mish far out",
    nn.mish,
    lambda x: x * mp.tanh(mp.log1p(mp.exp(x))),
    *(x for x in LINE if abs(x) < 1e3),
)
special_points(
    "glu",
    lambda x, y: nn.glu(pnp.stack([x, y]), axis=0)[0],
    lambda x, y: x * mp.sigmoid(y),
    (0.0, 0.0),
    (1e-30, 2.0),
    (2.0, -40.0),
    (-3.0, 40.0),
    (1e200, 5.0),
    of="nn.glu",
)
special_points(
    "sigmoid_binary_cross_entropy",
    nn.sigmoid_binary_cross_entropy,
    lambda x, y: mp.log1p(mp.exp(x)) - x * y,
    (0.0, 0.5),
    (40.0, 1.0),
    (-40.0, 0.0),
    (3.0, 0.25),
    (300.0, 1.0),
    (-300.0, 0.0),
    (1e-30, 1.0),
)
special_points(
    "softmax_cross_entropy",
    lambda x, y: nn.softmax_cross_entropy(pnp.stack([x, y], axis=-1), pnp.asarray([1.0, 0.0])),
    lambda x, y: mp.log1p(mp.exp(y - x)),
    (0.0, 0.0),
    (40.0, 0.0),
    (-40.0, 3.0),
    (300.0, 0.0),
    (1.0, 0.5),
    of="nn.softmax_cross_entropy",
    dtypes=("float64",),
)
special_points(
    "logmeanexp",
    lambda x, y: nn.logmeanexp(pnp.stack([x, y]), axis=0),
    lambda x, y: mp.log((mp.exp(x) + mp.exp(y)) / 2),
    (0.0, 0.0),
    (1.0, 1.0),
    (0.0, -40.0),
    (300.0, 1.0),
    (-2.0, 3.0),
    of="nn.logmeanexp",
)
special_points(
    "standardize",
    lambda x, y: nn.standardize(pnp.stack([x, y, 0 * x]), axis=0, epsilon=0.25)[0],
    lambda x, y: (
        (x - (x + y) / 3) / mp.sqrt((x * x + y * y) / 3 - ((x + y) / 3) ** 2 + mp.mpf(0.25))
    ),
    (0.0, 0.0),
    (1.0, 1.0),
    (1.0, 2.0),
    (1e-30, 0.0),
    of="nn.standardize",
    orders=2,
    dtypes=("float64",),
)
special_points(
    "l2_loss",
    nn.l2_loss,
    lambda x, y: (x - y) ** 2 / 2,
    (0.0, 0.0),
    (1.0, 1.0),
    (1e100, 0.0),
    (1e-100, 2e-100),
    scale=1.0,
)
