"""Error functions, and the normal distribution's density, distribution function and quantiles."""

from __future__ import annotations

import math

from . import elementwise as e
from .definition import elementwise
from .series import (
    EXPONENTIAL,
    FAR,
    SLOPES,
    SLOPES_ALTERNATING,
    falling_slope,
    near_or_far,
    odd_factorials,
    polynomial,
)
from .types import Operand

# -- The bell curve --------------------------------------------------------------------------------

GRID = {64: 2.0**12, 32: 2.0**6}
"""By the bits of a dtype: squares of multiples of 1/GRID up to ENDS are exact."""
ENDS = {64: 56.0, 32: 21.0}
"""From there on e^(-x²/2) is 0."""
TERMS_OF_REST = 8


def split(x: Operand) -> tuple[Operand, Operand]:
    """`x` within ±ENDS, and the nearest multiple of 1/GRID."""
    grid, end = GRID[x.dtype.bits], ENDS[x.dtype.bits]
    x = e.minimum(e.maximum(x, -end), end)
    return x, e.round(x * grid) * (1 / grid)


def exp_of_square(x: Operand, factor: float) -> Operand:
    """e^(factor x²), factor a power of 2 up to sign, with the digits of the square that a product
    does not have: with a multiple m of 1/GRID that is e^(factor m²) e^(factor (x - m)(x + m)).
    """
    x, m = split(x)
    rest = (x - m) * (x + m) * factor
    return e.exp(m * m * factor) * (rest * polynomial(rest, EXPONENTIAL[:TERMS_OF_REST]) + 1)


def falling(x: Operand, y: Operand) -> Operand:
    """-x y, and 0 where y is 0, also for infinite x."""
    return -e.where(e.equal(y, 0), 0, x) * y


gaussian = elementwise(
    "gaussian",
    accepts="real floating",
    partials=(lambda x, y: falling(x, y) * 2,),
    decomposition=lambda x: exp_of_square(x, -1.0),
)
"""e^(-x²)."""
SQRT_HALF_PI = math.sqrt(math.pi / 2)
ONE_OVER_SQRT_TWO_PI = 1 / math.sqrt(2 * math.pi)
normal_density = elementwise(
    "normal_density",
    accepts="real floating",
    partials=(falling,),
    decomposition=lambda x: exp_of_square(x, -0.5) * ONE_OVER_SQRT_TWO_PI,
)
"""e^(-x²/2) / √(2π)."""

# -- erf and its kin -------------------------------------------------------------------------------

TWO_OVER_SQRT_PI, SQRT_HALF = 2 / math.sqrt(math.pi), math.sqrt(0.5)

erf = elementwise(
    "erf", accepts="real floating", partials=(lambda x, y: TWO_OVER_SQRT_PI * gaussian(x),)
)
erfc = elementwise(
    "erfc", accepts="real floating", partials=(lambda x, y: -TWO_OVER_SQRT_PI * gaussian(x),)
)


def erfinv_partial(x: Operand, y: Operand) -> Operand:
    """√π/2 e^(y²), for large |x| erfcx(|y|)/(1 - |x|) in place of the power, which multiplies the
    rounding of y.
    """
    far = e.greater(e.abs(x), 0.5)
    size, end = e.where(far, e.abs(x), 0.5), e.abs(e.where(far, y, 0.5))
    left = 1 - size
    growth = e.where(e.equal(left, 0), 1, erfcx(end)) / left
    return e.where(far, growth, e.reciprocal(gaussian(e.where(far, 0, y)))) / TWO_OVER_SQRT_PI


erfinv = elementwise("erfinv", accepts="real floating", singular=True, partials=(erfinv_partial,))


def erfcx_partial(x: Operand, y: Operand) -> Operand:
    """2xy - 2/√π, far to the right a small difference: there -1/(√π x²) Σ (-1)^k (2k + 1)!!/(2x²)^k
    (DLMF 7.12.1).
    """
    far = e.greater(x, FAR)
    slope = falling_slope(e.where(far, x, FAR), SLOPES_ALTERNATING) * (-1 / math.sqrt(math.pi))
    return e.where(far, slope, 2 * e.where(far, 0, x) * y - 2 / math.sqrt(math.pi))


erfcx = elementwise("erfcx", accepts="real floating", partials=(erfcx_partial,))
erfi = elementwise(
    "erfi",
    accepts="real floating",
    partials=(lambda x, y: e.exp(x * x) * (2 / math.sqrt(math.pi)),),
)


def ndtri_partial(p: Operand, y: Operand) -> Operand:
    """1/φ(y), off the middle √(π/2) erfcx(|y|/√2)/min(p, 1 - p), since Φ(-|y|) is that minimum:
    the power e^(y²/2) would multiply the rounding of y.
    """
    right = e.greater(p, 0.5)
    tail = e.where(right, 1 - p, p)
    far = e.less(tail, 0.25)
    size = e.where(far, e.where(right, y, -y), 0) * SQRT_HALF
    tail = e.where(far, tail, 0.25)
    growth = e.where(e.equal(tail, 0), 1, erfcx(size)) / tail * SQRT_HALF_PI
    return e.where(far, growth, e.reciprocal(normal_density(e.where(far, 0, y))))


ndtri = elementwise("ndtri", accepts="real floating", singular=True, partials=(ndtri_partial,))


def ndtr_decomposition(x: Operand) -> Operand:
    """On the left e^(-x²/2) erfcx(|x|/√2)/2, in which the square has all its digits."""
    tail = exp_of_square(x, -0.5) * (erfcx(e.abs(x) * SQRT_HALF) * 0.5)
    return e.where(e.less(x, 0), tail, 1 - tail)


ndtr = elementwise(
    "ndtr",
    accepts="real floating",
    partials=(lambda x, y: normal_density(x),),
    decomposition=ndtr_decomposition,
)
"""Φ(x), the normal distribution function."""


LEFT = -FAR * math.sqrt(2)
RATIO = odd_factorials(-1, -1.0)
"""Φ(x)/φ(x) in x^-2, times -x, far out on the left (DLMF 7.12.1)."""


def log_ndtr_partial(x: Operand, y: Operand) -> Operand:
    """φ(x)/Φ(x), on the left √(2/π)/erfcx(-x/√2), and far out by its series, less its first term,
    which would hide the others in higher orders.
    """
    left, far = e.less(x, 0), e.less(x, LEFT)
    apart = e.where(far, x, LEFT)
    inverse = 1 / apart
    square = inverse * inverse
    series = inverse * polynomial(square, RATIO[1:]) / polynomial(square, RATIO) - apart
    middle = math.sqrt(2 / math.pi) / erfcx(e.where(far, 0, e.where(left, x, 0)) * -SQRT_HALF)
    right = e.where(left, 0, x)
    return e.where(far, series, e.where(left, middle, normal_density(right) / ndtr(right)))


def log_ndtr_decomposition(x: Operand) -> Operand:
    """With k = erfcx(|x|/√2)/2 on the left log(k) - x²/2, on the right log1p(-k e^(-x²/2))."""
    left = e.less(x, 0)
    inner = e.where(left, x, 0)
    on_left = e.log(erfcx(inner * -SQRT_HALF) * 0.5) - inner * (inner * 0.5)
    return e.where(left, on_left, e.log1p(-ndtr(-e.where(left, 0, x))))


log_ndtr = elementwise(
    "log_ndtr",
    accepts="real floating",
    partials=(log_ndtr_partial,),
    decomposition=log_ndtr_decomposition,
)


def dawsn_partial(x: Operand, y: Operand) -> Operand:
    """1 - 2xy, far out a small difference: there -1/(2x²) Σ (2k + 1)!!/(2x²)^k."""
    return near_or_far(x, FAR, lambda x: 1 - 2 * x * y, lambda x: falling_slope(x, SLOPES) * -0.5)


dawsn = elementwise("dawsn", accepts="real floating", partials=(dawsn_partial,))
