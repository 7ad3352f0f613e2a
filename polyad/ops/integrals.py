"""Integrals of elementary functions, and of the normal distribution; Lambert's W."""

from __future__ import annotations

import math

from . import elementwise as e
from . import error_functions as ef
from .definition import elementwise
from .series import near_or_far, polynomial, sine_ratio
from .types import Operand

# -- Fresnel's, sine and cosine integrals ----------------------------------------------------------

fresnel_s = elementwise(
    "fresnel_s", accepts="floating", partials=(lambda x, y: e.sin(x * x * (math.pi / 2)),)
)
"""S(x) = ∫₀^x sin(π t²/2) dt."""
fresnel_c = elementwise(
    "fresnel_c", accepts="floating", partials=(lambda x, y: e.cos(x * x * (math.pi / 2)),)
)
"""C(x) = ∫₀^x cos(π t²/2) dt."""

SINH_RATIO = tuple(1 / math.factorial(2 * k + 1) for k in range(16))
"""sinh(x)/x in x², to 2."""


def sinh_ratio(x: Operand) -> Operand:
    """sinh(x) / x, 1 at 0."""
    return near_or_far(x, 2.0, lambda x: polynomial(x * x, SINH_RATIO), lambda x: e.sinh(x) / x)


sici_si = elementwise("sici_si", accepts="floating", partials=(lambda x, y: sine_ratio(x),))
"""Si(x) = ∫₀^x sin(t)/t dt."""
sici_ci = elementwise(
    "sici_ci", accepts="floating", singular=True, partials=(lambda x, y: e.cos(x) / x,)
)
"""Ci(x) = γ + log x + ∫₀^x (cos(t) - 1)/t dt."""
shichi_shi = elementwise("shichi_shi", accepts="floating", partials=(lambda x, y: sinh_ratio(x),))
"""Shi(x) = ∫₀^x sinh(t)/t dt."""
shichi_chi = elementwise(
    "shichi_chi", accepts="floating", singular=True, partials=(lambda x, y: e.cosh(x) / x,)
)
"""Chi(x) = γ + log x + ∫₀^x (cosh(t) - 1)/t dt."""

# -- The normal distribution -----------------------------------------------------------------------

owens_t = elementwise(
    "owens_t",
    operands=2,
    accepts="real floating",
    partials=(
        lambda h, a, y: ef.normal_density(h) * ef.erf(a * h * math.sqrt(0.5)) * -0.5,
        lambda h, a, y: ef.normal_density(h) * ef.normal_density(h * a) / (1 + a * a),
    ),
)
"""Owen's T(h, a) = 1/2π ∫₀ᵃ e^(-h²(1 + t²)/2) / (1 + t²) dt."""
ndtri_exp = elementwise(
    "ndtri_exp",
    accepts="real floating",
    singular=True,
    partials=(lambda x, y: ef.erfcx(y * -math.sqrt(0.5)) * math.sqrt(math.pi / 2),),
)

# -- Lambert's W -----------------------------------------------------------------------------------


def lambertw_partial(z: Operand, w: Operand, *, branch: int) -> Operand:
    """e^-w / (1 + w) (DLMF 4.13.4), w / (z (1 + w)) where w is large."""
    close = e.less(e.abs(w), 2.0)
    near = e.exp(-e.where(close, w, 0))
    far = e.where(close, 1, w) / e.where(close, 1, z)
    return e.where(close, near, far) / (1 + w)


lambertw = elementwise("lambertw", accepts="complex", singular=True, partials=(lambertw_partial,))
"""The branch of that number of the inverse of w e^w."""


def wrightomega_partial(z: Operand, y: Operand) -> Operand:
    """y/(1 + y), by 1 - 1/(1 + y) for large y, whose derivatives do not cancel."""
    large = e.greater(e.abs(y), 1.0)
    small, other = e.where(large, 0, y), e.where(large, y, 1)
    return e.where(large, 1 - 1 / (1 + other), small / (1 + small))


wrightomega = elementwise(
    "wrightomega", accepts="floating", singular=True, partials=(wrightomega_partial,)
)
"""The solution w of w + log w = z."""
