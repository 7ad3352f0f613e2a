"""Activations of neural networks."""

from __future__ import annotations

import math

import mpmath as mp

from ... import nn
from ..special_points import special_points
from .common import EVERYWHERE, INF, LEAST, NAN, SMOOTH, TAILS, UNKNOWN, of

GELU = math.sqrt(2 / math.pi)


def softplus(x):
    """log(1 + e^x)."""
    return mp.log1p(mp.exp(x))


def gelu(x):
    """x·Φ(x) by tanh."""
    return x / (1 + mp.exp(-2 * mp.sqrt(2 / mp.pi) * (x + mp.mpf(0.044715) * x**3)))


def squareplus(x):
    """(x + √(x² + 4)) / 2."""
    return (x + mp.sqrt(x * x + 4)) / 2 if x > 0 else 2 / (mp.sqrt(x * x + 4) - x)


MODERATE = (*SMOOTH, *TAILS[:12])
special_points(
    "sigmoid",
    nn.sigmoid,
    mp.sigmoid,
    *EVERYWHERE,
    *LEAST,
    stated={INF: of(1.0), -INF: of(0.0), NAN: UNKNOWN},
)
special_points(
    "softplus",
    nn.softplus,
    softplus,
    *EVERYWHERE,
    *LEAST,
    stated={INF: (INF, 1, 0, 0), -INF: of(0.0), NAN: UNKNOWN},
)
special_points(
    "log_sigmoid",
    nn.log_sigmoid,
    lambda x: -softplus(-x),
    *EVERYWHERE,
    *LEAST,
    stated={INF: of(0.0), -INF: (-INF, 1, 0, 0), NAN: UNKNOWN},
)
special_points(
    "silu",
    nn.silu,
    lambda x: x * mp.sigmoid(x),
    *MODERATE,
    *LEAST,
    stated={NAN: UNKNOWN},
)
special_points(
    "mish",
    nn.mish,
    lambda x: x * mp.tanh(softplus(x)),
    *MODERATE,
    *LEAST,
    stated={NAN: UNKNOWN},
)
special_points(
    "gelu",
    nn.gelu,
    gelu,
    *SMOOTH,
    5.0,
    -5.0,
    -7.0,
    -2.5,
    stated={NAN: UNKNOWN},
)
special_points(
    "squareplus",
    nn.squareplus,
    squareplus,
    *SMOOTH,
    *TAILS,
    1e9,
    -1e9,
    1e30,
    -1e30,
    stated={INF: (INF, 1, 0), NAN: UNKNOWN},
)
special_points(
    "soft_sign",
    nn.soft_sign,
    lambda x: x / (1 + abs(x)),
    *(x for x in EVERYWHERE if x),
    *LEAST,
    singular=(0,),
    stated={0.0: (0, 1, 0), INF: (1, 0), -INF: (-1, 0), NAN: UNKNOWN},
)
