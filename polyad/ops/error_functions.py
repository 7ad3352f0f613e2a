"""Error functions, and the normal distribution's density, distribution function and quantiles."""

from __future__ import annotations

import math

from . import elementwise as e
from .definition import elementwise
from .error_integrals import dawsn as dawsn
from .error_integrals import erfc_ratio
from .error_integrals import erfcx as erfcx
from .series import EXPONENTIAL, polynomial
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


def log_ndtr_partial(x: Operand, y: Operand) -> Operand:
    """φ(x)/Φ(x), on the left √2 r - x with the ratio r of e^(t²) i¹erfc(t) to erfcx(t) at
    t = -x/√2: two positive terms, and so in every order.
    """
    left = e.less(x, 0)
    inner, right = e.where(left, x, 0), e.where(left, 0, x)
    ratio = erfc_ratio(inner * -SQRT_HALF, order=1)
    return e.where(left, ratio * math.sqrt(2) - inner, normal_density(right) / ndtr(right))


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
