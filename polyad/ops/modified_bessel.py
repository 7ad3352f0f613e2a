"""Modified Bessel functions of a static order, and the derivatives of e^-|x| I₀ and e^-|x| I₁."""

from __future__ import annotations

import math

from . import elementwise as e
from .definition import elementwise
from .series import bessel_slope, polynomial
from .types import Operand

# -- Moments ---------------------------------------------------------------------------------------

NODES = 30
FAR_OUT = 30.0
TERMS = 32


def near_moment(x: Operand, n: int) -> Operand:
    """By the midpoint rule, whose error is I_60(x) e^-x for n = 0."""
    total: Operand = x * 0
    for j in range(NODES):
        u = 2 * math.sin(math.pi * (2 * j + 1) / (4 * NODES)) ** 2
        total = total + e.exp(x * -u) * (u**n / NODES)
    return total


def far_moment(x: Operand, n: int) -> Operand:
    """By Watson's lemma, with u = 1 - cos θ: Σ b_k Γ(n + k + ½) x^-(n + k + ½) / (π√2), of which
    the b_k are the coefficients of (1 - u/2)^-½.
    """
    coefficients = [
        math.comb(2 * k, k) / 8.0**k * math.gamma(n + k + 0.5) / (math.pi * math.sqrt(2))
        for k in range(TERMS)
    ]
    inverse = 1 / x
    scale = e.sqrt(inverse)
    for _ in range(n):
        scale = scale * inverse
    return polynomial(inverse, coefficients) * scale


def bessel_moment_decomposition(x: Operand, *, order: int) -> Operand:
    far = e.greater(x, FAR_OUT)
    near = near_moment(e.where(far, 0, x), order)
    return e.where(far, far_moment(e.where(far, x, FAR_OUT), order), near)


bessel_moment = elementwise(
    "bessel_moment",
    accepts="real floating",
    partials=(lambda x, y, *, order: -bessel_moment(x, order=order + 1),),
    decomposition=bessel_moment_decomposition,
)
"""1/π ∫₀^π u^n e^-xu dθ with u = 1 - cos θ, for n = `order` and x >= 0: e^-x I₀(x) for n = 0
(DLMF 10.32.1), and up to sign its derivatives; e^-x I₁ is the first less the second.
"""

# -- I_n -------------------------------------------------------------------------------------------


def bessel_i_partial(x: Operand, y: Operand, *, order: int, scaled: bool) -> Operand:
    """I_n' = (I_{n-1} + I_{n+1})/2 (DLMF 10.29.1), I_{-1} = I_1; e^-|x| I_n has -sign(x) of itself
    besides, of which little is left far out.
    """
    if scaled and order < 2:
        size = e.abs(x)
        first = bessel_moment(size, order=1)
        return e.sign(x) * -first if order == 0 else bessel_moment(size, order=2) - first
    below, above = (bessel_i(x, order=abs(n), scaled=scaled) for n in (order - 1, order + 1))
    slope = (below + above) * 0.5
    if not scaled:
        return slope
    side = e.sign(x)
    return bessel_slope(float(order), e.abs(x), side * y, slope - side * y, -1.0)


bessel_i = elementwise("bessel_i", accepts="real floating", partials=(bessel_i_partial,))
"""The modified Bessel function of the first kind of a static `order`; `scaled` by e^-|x|."""
