"""Elliptic integrals and functions of the parameter m."""

from __future__ import annotations

import math

from . import elementwise as e
from .definition import elementwise
from .series import near_or_far, polynomial
from .types import Operand

NEAR = 0.25
"""About 0 and up to this, derivatives by m are series, since the quotients are 0/0."""
TERMS = 30


def half_binomials(count: int) -> list[float]:
    """(1/2)_n / n!."""
    found = [1.0]
    for n in range(count - 1):
        found.append(found[-1] * (2 * n + 1) / (2 * n + 2))
    return found


SQUARES = [c * c for c in half_binomials(TERMS + 1)]
FIRST_SLOPE = tuple(math.pi / 2 * n * SQUARES[n] for n in range(1, TERMS + 1))
"""K'(m) in m: K = π/2 Σ ((1/2)_n / n!)² mⁿ (DLMF 19.5.1)."""
SECOND_SLOPE = tuple(-math.pi / 2 * n * SQUARES[n] / (2 * n - 1) for n in range(1, TERMS + 1))
"""E'(m) in m: E = π/2 Σ ((1/2)_n / n!)² mⁿ / (1 - 2n) (DLMF 19.5.2)."""


def ellipk_partial(m: Operand, y: Operand) -> Operand:
    """K' = (E - (1 - m) K) / (2 m (1 - m)) (DLMF 19.4.1), of which the series is taken about 0."""

    def far(m: Operand) -> Operand:
        n = 1 - m
        return (ellipe(m) - e.weighed(n, ellipk(m))) / (2 * m * n)

    return near_or_far(m, NEAR, lambda m: polynomial(m, FIRST_SLOPE), far)


def ellipkm1_partial(p: Operand, y: Operand) -> Operand:
    """-K'(1 - p)."""
    close = e.less(e.abs(1 - p), NEAR)
    apart = e.where(close, 0.5, p)
    away = (e.weighed(apart, ellipkm1(apart)) - ellipe(1 - apart)) / (2 * apart * (1 - apart))
    return e.where(close, -polynomial(e.where(close, 1 - p, 0), FIRST_SLOPE), away)


def ellipe_partial(m: Operand, y: Operand) -> Operand:
    """E' = (E - K) / (2 m) (DLMF 19.4.2), of which the series is taken about 0."""
    return near_or_far(
        m,
        NEAR,
        lambda m: polynomial(m, SECOND_SLOPE),
        lambda m: (ellipe(m) - ellipk(m)) / (2 * m),
    )


ellipk = elementwise("ellipk", accepts="real floating", singular=True, partials=(ellipk_partial,))
"""K(m), the complete elliptic integral of the first kind."""
ellipkm1 = elementwise(
    "ellipkm1", accepts="real floating", singular=True, partials=(ellipkm1_partial,)
)
"""K(1 - p), which keeps its digits where p is small."""
ellipe = elementwise("ellipe", accepts="real floating", singular=True, partials=(ellipe_partial,))
"""E(m), the complete elliptic integral of the second kind."""

# -- Incomplete ------------------------------------------------------------------------------------


def integrand(phi: Operand, m: Operand, order: int, power: float) -> Operand:
    """∂ⁿ(1 - m sin²φ)^power / ∂mⁿ."""
    square = e.sin(phi) * e.sin(phi)
    found = e.pow(1 - m * square, power - order)
    for k in range(order):
        found = found * (square * (k - power))
    return found


ellipkinc_derivative = elementwise(
    "ellipkinc_derivative",
    operands=2,
    accepts="real floating",
    singular=True,
    partials=(
        lambda phi, m, y, *, order: integrand(phi, m, order, -0.5),
        lambda phi, m, y, *, order: ellipkinc_derivative(phi, m, order=order + 1),
    ),
)
"""∂ⁿF(φ, m)/∂mⁿ for n = `order` >= 1."""
ellipkinc = elementwise(
    "ellipkinc",
    operands=2,
    accepts="real floating",
    singular=True,
    partials=(
        lambda phi, m, y: integrand(phi, m, 0, -0.5),
        lambda phi, m, y: ellipkinc_derivative(phi, m, order=1),
    ),
)
"""F(φ, m), the incomplete elliptic integral of the first kind."""
ellipeinc_derivative = elementwise(
    "ellipeinc_derivative",
    operands=2,
    accepts="real floating",
    singular=True,
    partials=(
        lambda phi, m, y, *, order: integrand(phi, m, order, 0.5),
        lambda phi, m, y, *, order: ellipeinc_derivative(phi, m, order=order + 1),
    ),
)
"""∂ⁿE(φ, m)/∂mⁿ for n = `order` >= 1."""
ellipeinc = elementwise(
    "ellipeinc",
    operands=2,
    accepts="real floating",
    singular=True,
    partials=(
        lambda phi, m, y: integrand(phi, m, 0, 0.5),
        lambda phi, m, y: ellipeinc_derivative(phi, m, order=1),
    ),
)
"""E(φ, m), the incomplete elliptic integral of the second kind."""

# -- Jacobi's functions ----------------------------------------------------------------------------


def ellipj_turn(u: Operand, m: Operand) -> Operand:
    """∂am(u, m)/∂m = -dn ∂F/∂m at φ = am(u, m), since F(am(u, m), m) = u."""
    return -ellipj_dn(u, m) * ellipkinc_derivative(ellipj_ph(u, m), m, order=1)


ellipj_sn = elementwise(
    "ellipj_sn",
    operands=2,
    accepts="real floating",
    partials=(
        lambda u, m, y: ellipj_cn(u, m) * ellipj_dn(u, m),
        lambda u, m, y: ellipj_cn(u, m) * ellipj_turn(u, m),
    ),
)
"""Jacobi's sn(u | m) = sin(am(u | m))."""
ellipj_cn = elementwise(
    "ellipj_cn",
    operands=2,
    accepts="real floating",
    partials=(
        lambda u, m, y: -ellipj_sn(u, m) * ellipj_dn(u, m),
        lambda u, m, y: -ellipj_sn(u, m) * ellipj_turn(u, m),
    ),
)
"""Jacobi's cn(u | m) = cos(am(u | m))."""


def ellipj_dn_partial_m(u: Operand, m: Operand, y: Operand) -> Operand:
    """Of √(1 - m sn²)."""
    sn = ellipj_sn(u, m)
    return -sn * (sn + 2 * m * ellipj_cn(u, m) * ellipj_turn(u, m)) / (2 * y)


ellipj_dn = elementwise(
    "ellipj_dn",
    operands=2,
    accepts="real floating",
    partials=(lambda u, m, y: -m * ellipj_sn(u, m) * ellipj_cn(u, m), ellipj_dn_partial_m),
)
"""Jacobi's dn(u | m) = √(1 - m sn²(u | m))."""
ellipj_ph = elementwise(
    "ellipj_ph",
    operands=2,
    accepts="real floating",
    partials=(lambda u, m, y: ellipj_dn(u, m), lambda u, m, y: ellipj_turn(u, m)),
)
"""The amplitude am(u, m)."""
