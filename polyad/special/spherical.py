"""Spherical Bessel functions, of whole order; differentiable by the argument, to any order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import numpy as pnp
from ..errors import PolyadTypeError
from ..ir import user_location, where
from ..numpy._core import beside_arrays
from ..ops import bessel as b
from ..texts import shown
from ._core import given, given_whole


def _spherical(op: Any, name: str, signs: tuple[float, float]) -> Callable[..., Any]:
    """The function of an op, or its derivative (n f_{n-1} ± (n + 1) f_{n+1})/(2n + 1)."""

    def value(n: Any, z: Any, derivative: bool) -> Any:
        n, z = given_whole(n, f"{name}: n"), given(z)
        if not isinstance(derivative, bool):
            raise PolyadTypeError(
                f"{name}: derivative is True or False, not {shown(derivative)}"
                f"{where(user_location())}"
            )
        if not derivative:
            return op(n, z)
        below = pnp.where(n == 0, 0.0, n * op(abs(n - 1), z))
        return (below + signs[0] * (n + 1) * op(n + 1, z)) * signs[1] / (2 * n + 1)

    return value


_JN = _spherical(b.spherical_jn, "spherical_jn", (-1.0, 1.0))


_YN = _spherical(b.spherical_yn, "spherical_yn", (-1.0, 1.0))


_IN = _spherical(b.spherical_in, "spherical_in", (1.0, 1.0))


_KN = _spherical(b.spherical_kn, "spherical_kn", (1.0, -1.0))


@beside_arrays
def spherical_jn(n: Any, z: Any, derivative: bool = False) -> Any:
    """The spherical Bessel function of the first kind j_n(z), or its derivative (DLMF 10.51.2), of
    integers n >= 0; z is real or complex. Raises `PolyadTypeError` if n are no integers.

    >>> spherical_jn(0, 0.0)
    np.float64(1.0)
    """
    return _JN(n, z, derivative)


@beside_arrays
def spherical_yn(n: Any, z: Any, derivative: bool = False) -> Any:
    """The spherical Bessel function of the second kind y_n(z), or its derivative. See
    `spherical_jn`.

    >>> spherical_yn(0, 1.0).round(12)
    np.float64(-0.540302305868)
    """
    return _YN(n, z, derivative)


@beside_arrays
def spherical_in(n: Any, z: Any, derivative: bool = False) -> Any:
    """The modified spherical Bessel function of the first kind i_n(z), or its derivative (DLMF
    10.51.5). See `spherical_jn`.

    >>> spherical_in(0, 1.0).round(12)
    np.float64(1.175201193644)
    """
    return _IN(n, z, derivative)


@beside_arrays
def spherical_kn(n: Any, z: Any, derivative: bool = False) -> Any:
    """The modified spherical Bessel function of the second kind k_n(z), or its derivative. See
    `spherical_jn`.

    >>> spherical_kn(0, 1.0).round(12)
    np.float64(0.577863674895)
    """
    return _KN(n, z, derivative)
