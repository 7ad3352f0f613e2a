"""The inverse of the logistic function, and trigonometric functions of degrees."""

from __future__ import annotations

import math

from . import elementwise as e
from .definition import elementwise
from .types import Operand

RADIAN = math.pi / 180


def logit_decomposition(x: Operand) -> Operand:
    """log(x/(1 - x)); about 1/2, where that is 0, log1p((2x - 1)/(1 - x))."""
    middle = e.less(e.abs(x - 0.5), 0.25)
    inner, outer = e.where(middle, x, 0.5), e.where(middle, 0.5, x)
    near = e.log1p((2 * inner - 1) / (1 - inner))
    return e.where(middle, near, e.log(outer) - e.log1p(-outer))


def logit_partial(x: Operand, y: Operand) -> Operand:
    """1/(x (1 - x)), about 1/2 by 1/4 - (x - 1/2)², whose own derivative is 0 there."""
    middle = e.less(e.abs(x - 0.5), 0.25)
    inner, outer = e.where(middle, x, 0.5), e.where(middle, 0.5, x)
    return e.reciprocal(e.where(middle, 0.25 - e.square(inner - 0.5), outer * (1 - outer)))


log_odds = elementwise(
    "log_odds",
    accepts="real floating",
    singular=True,
    partials=(logit_partial,),
    decomposition=logit_decomposition,
)
"""log(x/(1 - x))."""

# -- Of degrees: exact at multiples of 90 ----------------------------------------------------------


def turned(x: Operand) -> tuple[Operand, Operand]:
    """x less the nearest multiple of 180, and the sign of a half turn that often."""
    halves = e.round(x / 180)
    return x - halves * 180, 1 - 2 * e.remainder(halves, 2.0)


def sindg_decomposition(x: Operand) -> Operand:
    rest, sign = turned(x)
    return e.sin(rest * RADIAN) * sign


def cosdg_decomposition(x: Operand) -> Operand:
    rest, sign = turned(x)
    return e.sin((90 - e.abs(rest)) * RADIAN) * sign


sindg = elementwise(
    "sindg",
    accepts="real floating",
    partials=(lambda x, y: cosdg(x) * RADIAN,),
    decomposition=sindg_decomposition,
)
cosdg = elementwise(
    "cosdg",
    accepts="real floating",
    partials=(lambda x, y: sindg(x) * -RADIAN,),
    decomposition=cosdg_decomposition,
)
tandg = elementwise(
    "tandg",
    accepts="real floating",
    singular=True,
    partials=(lambda x, y: (y * y + 1) * RADIAN,),
    decomposition=lambda x: sindg(x) / cosdg(x),
)
cotdg = elementwise(
    "cotdg",
    accepts="real floating",
    singular=True,
    partials=(lambda x, y: (y * y + 1) * -RADIAN,),
    decomposition=lambda x: cosdg(x) / sindg(x),
)
