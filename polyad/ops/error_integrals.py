"""Repeated integrals of the complementary error function, and the derivatives of Faddeeva's and
Dawson's functions, which they are.

With E_n(x) = e^(x²) iⁿerfc(x) (DLMF 7.18.2), E_n' = -2(n + 1) E_(n+1) and
2(n + 1) E_(n+1) = E_(n-1) - 2x E_n, of which the first has no difference and the second, on the
right, one of like terms. So each E_n has a polynomial of its own there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from . import elementwise as e
from .definition import elementwise
from .error_coefficients import IN_PLANE, ON_AXIS
from .series import polynomial
from .types import Operand

# -- On the real axis ------------------------------------------------------------------------------

BELOW = 2 / math.sqrt(math.pi)
"""E_(-1)."""
LAST = max(ON_AXIS)
"""The last order that has a polynomial."""
LARGE, DEPTH = 3.0, 24


def shortened(coefficients: Sequence[float], x: Operand) -> Sequence[float]:
    """Those that count in the precision of `x`."""
    if x.dtype.real.bits == 64:
        return coefficients
    least = 1e-9 * min(abs(sum(coefficients)), abs(coefficients[0]))
    count = len(coefficients)
    while abs(coefficients[count - 1]) < least:
        count -= 1
    return coefficients[:count]


def right_factor(x: Operand, inverse: Operand, n: int) -> Operand:
    """E_n(x) (x + 1)^(n + 1) for x >= 0, with `inverse` 1/(x + 1)."""
    if n <= LAST:
        return polynomial(inverse * -2 + 1, shortened(ON_AXIS[n], x))
    return right_factor(x, inverse, n - 1) * right_ratio(x, inverse, n) / inverse


def right_ratio(x: Operand, inverse: Operand, n: int) -> Operand:
    """E_n(x)/E_(n-1)(x) for x >= 0; beyond `LAST` by the recurrence, which for large x is a
    continued fraction (DLMF 7.18.13).
    """
    if n <= LAST:
        return right_factor(x, inverse, n) / right_factor(x, inverse, n - 1) * inverse
    large = e.greater(x, LARGE)
    at = e.where(large, x, LARGE)
    fraction = 1 / (e.sqrt(at * at + (2 * n + 2 * DEPTH)) + at)
    for k in range(n + DEPTH, n, -1):
        fraction = 0.5 / (fraction * float(k) + at)
    upward = (0.5 / right_ratio(x, inverse, n - 1) - x) * (1 / n)
    return e.where(large, fraction, upward)


def erfcx_derivative_decomposition(x: Operand, *, order: int) -> Operand:
    left = e.less(x, 0)
    at = e.where(left, 0, x)
    inverse, factor = 1 / (at + 1), (-2.0) ** order * math.factorial(order)
    right = right_factor(at, inverse, order) * inverse * factor
    for _ in range(order):
        right = right * inverse
    size = e.where(left, -x, 0)
    below, total = size * 0 + BELOW, erfcx(-size)
    for k in range(1, order + 1):
        below, total = total, (size * total + below * 0.5) * (1 / k)
    return e.where(left, total * factor, right)


erfcx_derivative = elementwise(
    "erfcx_derivative",
    accepts="real floating",
    partials=(lambda x, y, *, order: erfcx_derivative(x, order=order + 1),),
    decomposition=erfcx_derivative_decomposition,
)
"""The derivative of `erfcx` of a static `order` n > 0, (-2)ⁿ n! E_n."""
erfcx = elementwise(
    "erfcx", accepts="real floating", partials=(lambda x, y: erfcx_derivative(x, order=1),)
)
"""E_0, e^(x²) erfc(x)."""


def erfc_ratio_decomposition(x: Operand, *, order: int) -> Operand:
    left = e.less(x, 0)
    at = e.where(left, 0, x)
    inverse = 1 / (at + 1)
    right = right_ratio(at, inverse, order)
    size = e.where(left, -x, 0)
    total = BELOW / 2 / erfcx(-size) + size
    for k in range(2, order + 1):
        total = (size + 0.5 / total) * (1 / k)
    return e.where(left, total, right)


def erfc_ratio_partial(x: Operand, r: Operand, *, order: int) -> Operand:
    """2r (n r - (n + 1) r_(n+1)), far out, where all are 1/(2x), -2r r_(n+1)."""
    above = erfc_ratio(x, order=order + 1)
    return r * (r * float(order) - above * float(order + 1)) * 2


erfc_ratio = elementwise(
    "erfc_ratio",
    accepts="real floating",
    partials=(erfc_ratio_partial,),
    decomposition=erfc_ratio_decomposition,
)
"""E_n(x) / E_(n-1)(x) for n = `order` > 0, which neither overflows nor vanishes where they do."""

# -- In the plane ----------------------------------------------------------------------------------

CENTRE = 2.5
NEAR, FAR = 0.5, 10.0
"""Up to |z| = NEAR the Taylor series at 0 is taken, which keeps both parts' digits; from FAR on the
asymptotic one (DLMF 7.12.1)."""
NEAR_TERMS, FAR_TERMS = 32, 22


def upper_wofz(z: Operand, n: int) -> Operand:
    """(2i)ⁿ n! E_n(-iz) for Im z >= 0 and |z| <= FAR."""
    if n > max(IN_PLANE):
        return z * upper_wofz(z, n - 1) * -2 - upper_wofz(z, n - 2) * float(2 * n - 2)
    u = z * -1j
    inverse = 1 / (u + CENTRE)
    t = inverse * (-2 * CENTRE) + 1
    found = polynomial(t, shortened(IN_PLANE[n], z)) * inverse
    for _ in range(n):
        found = found * inverse
    scaled: Operand = found * (2j**n * math.factorial(n))
    return scaled


def near_wofz(z: Operand, n: int) -> Operand:
    """Σ (iz)ᵏ/Γ(k/2 + 1) (DLMF 7.6.3), n times differentiated."""
    return polynomial(
        z,
        [
            1j ** (k + n) * math.perm(k + n, n) / math.gamma((k + n) / 2 + 1)
            for k in range(NEAR_TERMS)
        ],
    )


def far_wofz(z: Operand, n: int) -> Operand:
    """i/√π Σ (2k - 1)!!/2ᵏ z^(-2k - 1), n times differentiated."""
    inverse = 1 / z
    square = inverse * inverse
    odd = [math.prod(range(1, 2 * k, 2)) / 2.0**k for k in range(FAR_TERMS)]
    terms = [c * math.perm(2 * k + n, n) for k, c in enumerate(odd)]
    sign = -1 if n % 2 else 1
    found = polynomial(square, terms) * inverse * (sign * 1j / math.sqrt(math.pi))
    for _ in range(n):
        found = found * inverse
    return found


def gaussian_derivative(z: Operand, n: int) -> Operand:
    """(e^(-z²))⁽ⁿ⁾ = (-1)ⁿ H_n(z) e^(-z²) (DLMF 18.5.5)."""
    below, hermite = z * 0, z * 0 + 1
    for k in range(n):
        below, hermite = hermite, z * hermite * 2 - below * (2.0 * k)
    return hermite * e.exp(-(z * z)) * (-1.0) ** n


def wofz_derivative_decomposition(z: Operand, *, order: int) -> Operand:
    """On the lower half plane 2(e^(-z²))⁽ⁿ⁾ - (-1)ⁿ w⁽ⁿ⁾(-z) (DLMF 7.4.3), and on the real axis the
    half of the first is the part that the polynomial has but to the other's digits.
    """
    low, axis = e.less(e.imag(z), 0), e.equal(e.imag(z), 0)
    up = e.where(low, -z, z)
    size = e.abs(up)
    near, far = e.less(size, NEAR), e.greater(size, FAR)
    middle = e.logical_not(e.logical_or(near, far))
    found = e.where(
        near,
        near_wofz(e.where(near, up, 0), order),
        e.where(
            far,
            far_wofz(e.where(far, up, FAR), order),
            upper_wofz(e.where(middle, up, 1j), order),
        ),
    )
    turned = found * -((-1.0) ** order)
    bell = gaussian_derivative(e.where(e.logical_or(low, axis), z, 0), order)
    on_axis = e.complex(e.real(bell), e.imag(found))
    return e.where(low, turned + bell * 2, e.where(axis, on_axis, found))


wofz_derivative = elementwise(
    "wofz_derivative",
    accepts="complex",
    partials=(lambda z, w, *, order: wofz_derivative(z, order=order + 1),),
    decomposition=wofz_derivative_decomposition,
)
"""The derivative of Faddeeva's w of a static `order` > 0 (DLMF 7.10): (2i)ⁿ n! E_n(-iz)."""
wofz = elementwise("wofz", accepts="complex", partials=(lambda z, w: wofz_derivative(z, order=1),))
"""Faddeeva's e^(-z²) erfc(-iz)."""


ENDS = {64: 2.0**600, 32: 2.0**80}
"""From there on its derivatives are 0, by the bits of a dtype."""


def dawsn_derivative_decomposition(x: Operand, *, order: int) -> Operand:
    end = ENDS[x.dtype.bits]
    x = e.minimum(e.maximum(x, -end), end)
    on_axis = wofz_derivative(e.complex(x, x * 0), order=order)
    return e.imag(on_axis) * (math.sqrt(math.pi) / 2)


dawsn_derivative = elementwise(
    "dawsn_derivative",
    accepts="real floating",
    partials=(lambda x, y, *, order: dawsn_derivative(x, order=order + 1),),
    decomposition=dawsn_derivative_decomposition,
)
"""The derivative of Dawson's integral of a static `order` > 0, √π/2 of Im w⁽ⁿ⁾ on the axis."""
dawsn = elementwise(
    "dawsn", accepts="real floating", partials=(lambda x, y: dawsn_derivative(x, order=1),)
)
