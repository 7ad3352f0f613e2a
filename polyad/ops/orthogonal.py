"""Orthogonal polynomials and their kin of real degree n, and spherical harmonics.

With `whole` the degree is a natural number, for which SciPy has recurrences of its own. By the
argument each partial is a polynomial of the degree n - 1 (DLMF 18.9.15-28), 0 where n is 0.
"""

from __future__ import annotations

from . import elementwise as e
from .definition import OpDefinition, elementwise
from .parameters import unknown
from .types import Operand, PartialRule


def lower(n: Operand) -> Operand:
    """n - 1, and 0 for n = 0, where the result is not used."""
    return e.where(e.equal(n, 0), 1, n) - 1


def unless_constant(n: Operand, slope: Operand) -> Operand:
    """The slope, and 0 where the degree is."""
    return e.where(e.equal(n, 0), 0, slope)


def polynomial_of(name: str, partial: PartialRule, *parameters: str) -> OpDefinition:
    """An op of a degree, parameters and an argument."""
    unknowns = [unknown(name, f"parameter {p}") for p in parameters]
    return elementwise(
        name,
        operands=2 + len(parameters),
        accepts="real floating",
        partials=(unknown(name, "degree n"), *unknowns, partial),
    )


def jacobi_partial(
    n: Operand, alpha: Operand, beta: Operand, x: Operand, y: Operand, *, whole: bool
) -> Operand:
    """(n + α + β + 1)/2 P_{n-1}^(α+1, β+1)."""
    below = eval_jacobi(lower(n), alpha + 1, beta + 1, x, whole=whole)
    return unless_constant(n, (n + alpha + beta + 1) * 0.5 * below)


eval_jacobi = polynomial_of("eval_jacobi", jacobi_partial, "alpha", "beta")


def gegenbauer_partial(
    n: Operand, alpha: Operand, x: Operand, y: Operand, *, whole: bool
) -> Operand:
    """2α C_{n-1}^(α+1)."""
    below = eval_gegenbauer(lower(n), alpha + 1, x, whole=whole)
    return unless_constant(n, 2 * alpha * below)


eval_gegenbauer = polynomial_of("eval_gegenbauer", gegenbauer_partial, "alpha")


def of_gegenbauer(name: str, alpha: float, factor: float) -> OpDefinition:
    """A polynomial whose slope is the factor times C_{n-1}^(α)."""

    def partial(n: Operand, x: Operand, y: Operand, *, whole: bool) -> Operand:
        return unless_constant(n, factor * eval_gegenbauer(lower(n), alpha, x, whole=whole))

    return polynomial_of(name, partial)


eval_legendre = of_gegenbauer("eval_legendre", 1.5, 1.0)
eval_chebyu = of_gegenbauer("eval_chebyu", 2.0, 2.0)
eval_chebyt = polynomial_of(
    "eval_chebyt",
    lambda n, x, y, *, whole: unless_constant(n, n * eval_chebyu(lower(n), x, whole=whole)),
)
eval_genlaguerre = polynomial_of(
    "eval_genlaguerre",
    lambda n, alpha, x, y, *, whole: unless_constant(
        n, -eval_genlaguerre(lower(n), alpha + 1, x, whole=whole)
    ),
    "alpha",
)
eval_hermite = polynomial_of(
    "eval_hermite", lambda n, x, y, *, whole: 2 * n * eval_hermite(lower(n), x, whole=whole)
)
"""Of whole degrees alone, as `eval_hermitenorm`."""
eval_hermitenorm = polynomial_of(
    "eval_hermitenorm", lambda n, x, y, *, whole: n * eval_hermitenorm(lower(n), x, whole=whole)
)

# -- Spherical harmonics ---------------------------------------------------------------------------


def sph_legendre_partial(n: Operand, m: Operand, theta: Operand, y: Operand) -> Operand:
    """(√((n-m)(n+m+1)) P_n^{m+1} - √((n+m)(n-m+1)) P_n^{m-1}) / 2: the ladder operators of angular
    momentum, which need no division by sin θ. P is even in θ, since it has |sin θ|.
    """
    above = e.sqrt(e.maximum((n - m) * (n + m + 1), 0)) * sph_legendre_p(n, m + 1, theta)
    below = e.sqrt(e.maximum((n + m) * (n - m + 1), 0)) * sph_legendre_p(n, m - 1, theta)
    return e.where(e.less(e.sin(theta), 0), -0.5, 0.5) * (above - below)


sph_legendre_p = elementwise(
    "sph_legendre_p",
    operands=3,
    accepts="real floating",
    partials=(
        unknown("sph_legendre_p", "degree n"),
        unknown("sph_legendre_p", "order m"),
        sph_legendre_partial,
    ),
)
"""P_n^m(cos θ) with the norm of a spherical harmonic, √((2n + 1)/4π (n - m)!/(n + m)!)."""
