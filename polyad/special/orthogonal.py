"""Orthogonal polynomials at an argument, and spherical harmonics.

All are differentiable by the argument (DLMF 18.9.15-28), to any order; by a parameter the
derivative is not known to polyad, and asking for it raises `NotDifferentiableError`. A degree of an
integer dtype is taken by recurrences; others are real, where SciPy has them.
"""

from __future__ import annotations

from typing import Any

from .. import numpy as pnp
from ..errors import PolyadTypeError
from ..ir import user_location, where
from ..numpy._core import beside_arrays, dtype_of
from ..numpy._storage import computed_wide
from ..ops import elementwise as e
from ..ops import orthogonal as o
from ..texts import shown
from ._core import given, given_real, given_whole


def _evaluated(op: Any, name: str, n: Any, *others: Any) -> Any:
    n = given_real(n, f"{name}: n")
    others = tuple(given_real(x, f"{name}: an argument") for x in others)
    return op(n, *others, whole=dtype_of(n).family in ("int", "uint"))


@beside_arrays
def eval_legendre(n: Any, x: Any, /) -> Any:
    """The Legendre polynomial P_n(x).

    >>> eval_legendre(2, 0.5)
    np.float64(-0.125)
    """
    return _evaluated(o.eval_legendre, "eval_legendre", n, x)


@beside_arrays
def eval_chebyt(n: Any, x: Any, /) -> Any:
    """The Chebyshev polynomial of the first kind T_n(x).

    >>> eval_chebyt(2, 0.5)
    np.float64(-0.5)
    """
    return _evaluated(o.eval_chebyt, "eval_chebyt", n, x)


@beside_arrays
def eval_chebyu(n: Any, x: Any, /) -> Any:
    """The Chebyshev polynomial of the second kind U_n(x).

    >>> eval_chebyu(1, 0.5)
    np.float64(1.0)
    """
    return _evaluated(o.eval_chebyu, "eval_chebyu", n, x)


@computed_wide
@beside_arrays
def eval_chebyc(n: Any, x: Any, /) -> Any:
    """2 T_n(x/2), the Chebyshev polynomial of the first kind on [-2, 2].

    >>> eval_chebyc(1, 0.5)
    np.float64(0.5)
    """
    return 2 * eval_chebyt(n, given_real(x, "eval_chebyc: x") * 0.5)


@computed_wide
@beside_arrays
def eval_chebys(n: Any, x: Any, /) -> Any:
    """U_n(x/2), the Chebyshev polynomial of the second kind on [-2, 2].

    >>> eval_chebys(1, 0.5)
    np.float64(0.5)
    """
    return eval_chebyu(n, given_real(x, "eval_chebys: x") * 0.5)


@computed_wide
@beside_arrays
def eval_sh_legendre(n: Any, x: Any, /) -> Any:
    """P_n(2x - 1), the Legendre polynomial on [0, 1].

    >>> eval_sh_legendre(1, 0.5)
    np.float64(0.0)
    """
    return eval_legendre(n, given_real(x, "eval_sh_legendre: x") * 2 - 1)


@computed_wide
@beside_arrays
def eval_sh_chebyt(n: Any, x: Any, /) -> Any:
    """T_n(2x - 1), the Chebyshev polynomial of the first kind on [0, 1].

    >>> eval_sh_chebyt(1, 0.5)
    np.float64(0.0)
    """
    return eval_chebyt(n, given_real(x, "eval_sh_chebyt: x") * 2 - 1)


@computed_wide
@beside_arrays
def eval_sh_chebyu(n: Any, x: Any, /) -> Any:
    """U_n(2x - 1), the Chebyshev polynomial of the second kind on [0, 1].

    >>> eval_sh_chebyu(1, 0.5)
    np.float64(0.0)
    """
    return eval_chebyu(n, given_real(x, "eval_sh_chebyu: x") * 2 - 1)


@beside_arrays
def eval_hermite(n: Any, x: Any, /) -> Any:
    """The physicist's Hermite polynomial H_n(x), of integers n.

    Raises `PolyadTypeError` if n are no integers.

    >>> eval_hermite(2, 0.5).round(12)
    np.float64(-1.0)
    """
    return _evaluated(o.eval_hermite, "eval_hermite", given_whole(n, "eval_hermite: n"), x)


@beside_arrays
def eval_hermitenorm(n: Any, x: Any, /) -> Any:
    """The probabilist's Hermite polynomial He_n(x), of integers n.

    Raises `PolyadTypeError` if n are no integers.

    >>> eval_hermitenorm(2, 0.5)
    np.float64(-0.75)
    """
    n = given_whole(n, "eval_hermitenorm: n")
    return _evaluated(o.eval_hermitenorm, "eval_hermitenorm", n, x)


@computed_wide
@beside_arrays
def eval_laguerre(n: Any, x: Any, /) -> Any:
    """The Laguerre polynomial L_n(x).

    >>> eval_laguerre(1, 0.25)
    np.float64(0.75)
    """
    return _evaluated(o.eval_genlaguerre, "eval_laguerre", n, 0.0, x)


@beside_arrays
def eval_genlaguerre(n: Any, alpha: Any, x: Any, /) -> Any:
    """The generalized Laguerre polynomial L_n^(α)(x), for α > -1.

    >>> eval_genlaguerre(1, 1.0, 0.25)
    np.float64(1.75)
    """
    return _evaluated(o.eval_genlaguerre, "eval_genlaguerre", n, alpha, x)


@beside_arrays
def eval_gegenbauer(n: Any, alpha: Any, x: Any, /) -> Any:
    """The Gegenbauer polynomial C_n^(α)(x).

    >>> eval_gegenbauer(1, 0.5, 0.25)
    np.float64(0.25)
    """
    return _evaluated(o.eval_gegenbauer, "eval_gegenbauer", n, alpha, x)


@beside_arrays
def eval_jacobi(n: Any, alpha: Any, beta: Any, x: Any, /) -> Any:
    """The Jacobi polynomial P_n^(α, β)(x).

    >>> eval_jacobi(1, 1.0, 1.0, 0.25)
    np.float64(0.5)
    """
    return _evaluated(o.eval_jacobi, "eval_jacobi", n, alpha, beta, x)


@beside_arrays
def sph_legendre_p(n: Any, m: Any, theta: Any, *, diff_n: int = 0) -> Any:
    """The associated Legendre function P_n^m(cos θ) with the norm of a spherical harmonic, of
    integers n >= 0 and m; θ is the polar angle. As SciPy's, the result has an axis of length 1 in
    front.

    Raises `PolyadTypeError` if n or m are no integers, or if `diff_n` is not 0: differentiate it.

    >>> sph_legendre_p(0, 0, 0.5)
    array([0.28209479])
    """
    return pnp.expand_dims(_spherical_legendre("sph_legendre_p", n, m, theta, diff_n), axis=0)


@computed_wide
@beside_arrays
def sph_harm_y(n: Any, m: Any, theta: Any, phi: Any, *, diff_n: int = 0) -> Any:
    """The spherical harmonic Y_n^m(θ, φ) = P_n^m(cos θ) e^(imφ), of integers n >= 0 (the degree)
    and m (the order); θ is the polar angle, φ the azimuth. By θ it is differentiated with the
    ladder operators, which hold at the poles too (the limit from within [0, π]).

    Raises `PolyadTypeError` if n or m are no integers, or if `diff_n` is not 0: differentiate it.

    >>> sph_harm_y(0, 0, 0.5, 0.5).real.round(12)
    np.float64(0.282094791774)
    """
    height = _spherical_legendre("sph_harm_y", n, m, theta, diff_n)
    angle = given(m) * given_real(phi, "sph_harm_y: phi")
    height, angle = pnp.broadcast_arrays(height, pnp.asarray(angle, dtype=dtype_of(height)))
    return e.complex(height * pnp.cos(angle), height * pnp.sin(angle))


def _spherical_legendre(what: str, n: Any, m: Any, theta: Any, diff_n: int) -> Any:
    if diff_n != 0:
        raise PolyadTypeError(
            f"{what}: diff_n is 0, not {shown(diff_n)}: derivatives are those of polyad.jvp and "
            f"polyad.grad{where(user_location())}"
        )
    n, m = given_whole(n, f"{what}: n"), given_whole(m, f"{what}: m")
    return o.sph_legendre_p(n, m, given_real(theta, f"{what}: theta"))
