"""Bessel functions of real order, and their kin: Airy, Struve, spherical.

Partials by the argument keep to recurrences without a division by it, so that they hold at 0. No
formula in closed form is known for those by the order (DLMF 10.15): they are errors.
"""

from __future__ import annotations

import math

from . import elementwise as e
from . import special as sp
from .definition import OpDefinition, elementwise
from .parameters import unknown
from .series import bessel_slope
from .types import Operand, PartialRule

ORDER = "order v"

# -- Of real order ---------------------------------------------------------------------------------


def of_order(name: str, partial: PartialRule, accepts: str = "floating") -> OpDefinition:
    """A function of an order and an argument; where the argument is complex the order, which is
    real, is so in type.
    """
    return elementwise(
        name, operands=2, accepts=accepts, singular=True, partials=(unknown(name, ORDER), partial)
    )


jv = of_order("jv", lambda v, x, y: (jv(v - 1, x) - jv(v + 1, x)) * 0.5)
"""J_v, J_v' = (J_{v-1} - J_{v+1})/2 (DLMF 10.6.1), as for Y_v and the Hankel functions."""
yv = of_order("yv", lambda v, x, y: (yv(v - 1, x) - yv(v + 1, x)) * 0.5)
iv = of_order("iv", lambda v, x, y: (iv(v - 1, x) + iv(v + 1, x)) * 0.5)
"""I_v, I_v' = (I_{v-1} + I_{v+1})/2 (DLMF 10.29.1), as for e^(πiv) K_v."""
kv = of_order("kv", lambda v, x, y: (kv(v - 1, x) + kv(v + 1, x)) * -0.5)


def ive_partial(v: Operand, x: Operand, y: Operand) -> Operand:
    """I_v' e^-|x| - sign(x) y."""
    side = e.sign(x)
    direct = (ive(v - 1, x) + ive(v + 1, x)) * 0.5 - side * y
    return bessel_slope(v, e.abs(x), side * y, direct, -1.0)


ive = of_order("ive", ive_partial, accepts="real floating")
"""e^-|x| I_v(x)."""
kve = of_order(
    "kve",
    lambda v, x, y: bessel_slope(v, x, y, y - (kve(v - 1, x) + kve(v + 1, x)) * 0.5, 1.0),
)
"""e^x K_v(x)."""
hankel1 = of_order(
    "hankel1", lambda v, x, y: (hankel1(v - 1, x) - hankel1(v + 1, x)) * 0.5, accepts="complex"
)
hankel2 = of_order(
    "hankel2", lambda v, x, y: (hankel2(v - 1, x) - hankel2(v + 1, x)) * 0.5, accepts="complex"
)
hankel1e = of_order(
    "hankel1e",
    lambda v, x, y: bessel_slope(
        v, x, y, (hankel1e(v - 1, x) - hankel1e(v + 1, x)) * 0.5 - y * 1j, 1j
    ),
    accepts="complex",
)
"""e^-ix H_v^(1)(x)."""
hankel2e = of_order(
    "hankel2e",
    lambda v, x, y: bessel_slope(
        v, x, y, (hankel2e(v - 1, x) - hankel2e(v + 1, x)) * 0.5 + y * 1j, -1j
    ),
    accepts="complex",
)

# -- Of orders 0 and 1 -----------------------------------------------------------------------------

y0 = elementwise("y0", accepts="real floating", singular=True, partials=(lambda x, y: -y1(x),))
y1 = elementwise(
    "y1", accepts="real floating", singular=True, partials=(lambda x, y: (y0(x) - yv(2, x)) * 0.5,)
)
k0 = elementwise("k0", accepts="real floating", singular=True, partials=(lambda x, y: -k1(x),))
k1 = elementwise(
    "k1", accepts="real floating", singular=True, partials=(lambda x, y: (k0(x) + kv(2, x)) * -0.5,)
)
k0e = elementwise(
    "k0e",
    accepts="real floating",
    singular=True,
    partials=(lambda x, y: bessel_slope(0.0, x, y, y - k1e(x), 1.0),),
)
k1e = elementwise(
    "k1e",
    accepts="real floating",
    singular=True,
    partials=(lambda x, y: bessel_slope(1.0, x, y, y - (k0e(x) + kve(2, x)) * 0.5, 1.0),),
)

# -- Airy ------------------------------------------------------------------------------------------

airy_ai = elementwise("airy_ai", accepts="floating", partials=(lambda x, y: airy_aip(x),))
"""The Airy function Ai(x), which vanishes for large x."""
airy_aip = elementwise("airy_aip", accepts="floating", partials=(lambda x, y: x * airy_ai(x),))
"""Ai′(x)."""
airy_bi = elementwise("airy_bi", accepts="floating", partials=(lambda x, y: airy_bip(x),))
"""The Airy function Bi(x), which grows for large x."""
airy_bip = elementwise("airy_bip", accepts="floating", partials=(lambda x, y: x * airy_bi(x),))
"""Bi′(x)."""

# -- Struve ----------------------------------------------------------------------------------------


def struve_source(v: Operand, x: Operand) -> Operand:
    """(x/2)^v / (√π Γ(v + 3/2)), which the recurrences have besides (DLMF 11.4.23-28)."""
    return e.pow(x * 0.5, v) / (sp.gamma(v + 1.5) * math.sqrt(math.pi))


struve = of_order(
    "struve",
    lambda v, x, y: (struve(v - 1, x) - struve(v + 1, x) + struve_source(v, x)) * 0.5,
    accepts="real floating",
)
modstruve = of_order(
    "modstruve",
    lambda v, x, y: (modstruve(v - 1, x) + modstruve(v + 1, x) + struve_source(v, x)) * 0.5,
    accepts="real floating",
)

# -- Spherical -------------------------------------------------------------------------------------


def spherical(name: str, sign_above: float, sign: float) -> OpDefinition:
    """A function of an order n, a natural number, and an argument, for which (2n + 1) f_n' =
    ±(n f_{n-1} ± (n + 1) f_{n+1}) (DLMF 10.51.2 and 10.51.5).
    """

    def partial(n: Operand, x: Operand, y: Operand) -> Operand:
        first = e.real(n) if n.dtype.is_complex else n
        below = e.weighed(n, made(e.abs(first - 1), x))
        above = (n + 1) * made(first + 1, x)
        return (below + above * sign_above) * sign / (2 * n + 1)

    made = elementwise(
        name,
        operands=2,
        accepts="floating",
        singular=True,
        partials=(unknown(name, "order n"), partial),
    )
    return made


spherical_jn = spherical("spherical_jn", -1.0, 1.0)
spherical_yn = spherical("spherical_yn", -1.0, 1.0)
spherical_in = spherical("spherical_in", 1.0, 1.0)
spherical_kn = spherical("spherical_kn", 1.0, -1.0)
