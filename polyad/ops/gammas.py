"""The logarithm of the gamma function and its derivatives for complex numbers,
inverses of the incomplete gamma and beta functions, ζ(x) - 1.
"""

from __future__ import annotations

import math

from . import elementwise as e
from . import special as sp
from .beta import betaln
from .definition import elementwise
from .series import BERNOULLI
from .types import Operand, OperandOrScalar

# -- log Γ -----------------------------------------------------------------------------------------

SHIFT = 12


def trigamma_right(z: Operand) -> Operand:
    """ψ'(z) for Re z >= 0: Σ_{k<N} 1/(z + k)² and the asymptotic series at z + N (DLMF 5.15.8)."""
    total: OperandOrScalar = 0.0
    for k in range(SHIFT):
        total = 1 / ((z + k) * (z + k)) + total
    inverse = 1 / (z + SHIFT)
    square = inverse * inverse
    series: OperandOrScalar = BERNOULLI[-1]
    for b in BERNOULLI[-2::-1]:
        series = square * series + b
    return inverse + square * 0.5 + inverse * square * series + total


def trigamma(z: Operand) -> Operand:
    """ψ'(z) for complex z; left of the imaginary axis π²/sin²(πz) - ψ'(1 - z) (DLMF 5.15.6), where
    1/sin² = -4q/(q - 1)² for q = e^(±2πiz) of the smaller modulus.
    """
    left = e.less(e.real(z), 0)
    right = trigamma_right(e.where(left, 1 - z, z))
    apart = e.where(left, z, 0.5)
    turn = (apart - e.round(e.real(apart))) * e.where(e.less(e.imag(z), 0), -1.0, 1.0)
    exponent = turn * (2j * math.pi)
    below = e.expm1(exponent)
    sine = e.exp(exponent) * (-4 * math.pi**2) / (below * below)
    return e.where(left, sine - right, right)


def psi_partial(z: Operand, y: Operand) -> Operand:
    return trigamma(z) if z.dtype.is_complex else e.polygamma(z, order=1)


psi = elementwise("psi", accepts="floating", singular=True, partials=(psi_partial,))
"""The digamma function, of complex numbers too."""
loggamma = elementwise(
    "loggamma", accepts="floating", singular=True, partials=(lambda x, y: psi(x),)
)
"""The logarithm of Γ that is analytic off the negative real axis; NaN for negative real x."""

# -- Inverses --------------------------------------------------------------------------------------


def gamma_quantile_slope(a: Operand, x: Operand) -> Operand:
    """1/p of the gamma distribution's density p = x^(a-1) e^-x / Γ(a)."""
    return e.exp(x + e.lgamma(a) - e.weighed(a - 1, e.log(x)))


gammaincinv = elementwise(
    "gammaincinv",
    operands=2,
    accepts="real floating",
    singular=True,
    partials=(
        lambda a, p, x: -gamma_quantile_slope(a, x) * sp.gammainc_derivative(a, x, order=1),
        lambda a, p, x: gamma_quantile_slope(a, x),
    ),
)
"""The x with P(a, x) = p."""
gammainccinv = elementwise(
    "gammainccinv",
    operands=2,
    accepts="real floating",
    singular=True,
    partials=(
        lambda a, p, x: -gamma_quantile_slope(a, x) * sp.gammainc_derivative(a, x, order=1),
        lambda a, p, x: -gamma_quantile_slope(a, x),
    ),
)
"""The x with 1 - P(a, x) = p."""


def beta_quantile_slope(a: Operand, b: Operand, x: Operand) -> Operand:
    """1/p of the beta distribution's density p."""
    powers = e.weighed(a - 1, e.log(x)) + e.weighed(b - 1, e.log1p(-x))
    return e.exp(betaln(a, b) - powers)


def beta_quantile_partial(a: Operand, b: Operand, x: Operand, orders: tuple[int, int]) -> Operand:
    """By a parameter: -∂I/∂a / p."""
    return -beta_quantile_slope(a, b, x) * sp.betainc_derivative(a, b, x, orders=orders)


betaincinv = elementwise(
    "betaincinv",
    operands=3,
    accepts="real floating",
    singular=True,
    partials=(
        lambda a, b, p, x: beta_quantile_partial(a, b, x, (1, 0)),
        lambda a, b, p, x: beta_quantile_partial(a, b, x, (0, 1)),
        lambda a, b, p, x: beta_quantile_slope(a, b, x),
    ),
)
"""The x with I_x(a, b) = p."""
betaincc = elementwise(
    "betaincc",
    operands=3,
    accepts="real floating",
    singular=True,
    partials=(
        lambda a, b, x, y: -sp.betainc_derivative(a, b, x, orders=(1, 0)),
        lambda a, b, x, y: -sp.betainc_derivative(a, b, x, orders=(0, 1)),
        lambda a, b, x, y: -sp.beta_density_derivative(a, b, x, (0, 0)),
    ),
)
"""1 - I_x(a, b)."""

# -- Zeta ------------------------------------------------------------------------------------------

LEAST_CONTINUED = -1.0
"""From there on the formula for the slope below has 12 digits."""


def zetac_partial(x: Operand, y: Operand) -> Operand:
    """∂ζ(x, 2)/∂x; NaN where the formula does not hold."""
    low = e.less(x, LEAST_CONTINUED)
    two = x * 0 + 2
    return e.where(low, math.nan, sp.zeta_partial_order(e.where(low, 2.0, x), two, y))


zetac = elementwise("zetac", accepts="real floating", singular=True, partials=(zetac_partial,))
"""ζ(x) - 1."""
