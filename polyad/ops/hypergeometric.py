"""Hypergeometric functions. By the argument each partial is such a function, with parameters that
are one larger (DLMF 13.3.15, 13.3.22, 15.5.1, 16.3.1); by the parameters none is known.
"""

from __future__ import annotations

from . import elementwise as e
from .definition import elementwise
from .parameters import unknown

hyp0f1 = elementwise(
    "hyp0f1",
    operands=2,
    accepts="floating",
    singular=True,
    partials=(unknown("hyp0f1", "parameter v"), lambda v, z, y: hyp0f1(v + 1, z) / v),
)
hyp1f1 = elementwise(
    "hyp1f1",
    operands=3,
    accepts="floating",
    singular=True,
    partials=(
        unknown("hyp1f1", "parameter a"),
        unknown("hyp1f1", "parameter b"),
        lambda a, b, x, y: a / b * hyp1f1(a + 1, b + 1, x),
    ),
)
hyp2f1 = elementwise(
    "hyp2f1",
    operands=4,
    accepts="floating",
    singular=True,
    partials=(
        unknown("hyp2f1", "parameter a"),
        unknown("hyp2f1", "parameter b"),
        unknown("hyp2f1", "parameter c"),
        lambda a, b, c, z, y: e.weighed(a * b / c, hyp2f1(a + 1, b + 1, c + 1, z)),
    ),
)
hyperu = elementwise(
    "hyperu",
    operands=3,
    accepts="real floating",
    singular=True,
    partials=(
        unknown("hyperu", "parameter a"),
        unknown("hyperu", "parameter b"),
        lambda a, b, x, y: e.weighed(-a, hyperu(a + 1, b + 1, x)),
    ),
)
