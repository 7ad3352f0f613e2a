"""Inverses of products with exponentials."""

from __future__ import annotations

from typing import Any

from ..errors import PolyadTypeError
from ..ir import user_location, where
from ..numpy._core import beside_arrays
from ..numpy._storage import computed_wide
from ..ops import integrals as it
from ..texts import shown
from ._core import given


@computed_wide
@beside_arrays
def lambertw(z: Any, k: int = 0, tol: float = 1e-8) -> Any:
    """Lambert's W(z): the branch of the static number `k` of the solutions w of w e^w = z; complex,
    as SciPy has it. Its derivative is 1/(e^w (1 + w)) (DLMF 4.13.4), infinite at z = -1/e for k = 0
    and -1. `tol` is SciPy's, of whose iteration it has only the default.

    Raises `PolyadTypeError` if `k` is no Python integer or `tol` is another.

    >>> lambertw(1.0).real.round(12)
    np.float64(0.56714329041)
    """
    if not isinstance(k, int) or isinstance(k, bool):
        raise PolyadTypeError(
            f"lambertw: k is a Python integer, not {shown(k)}{where(user_location())}"
        )
    if tol != 1e-8:
        raise PolyadTypeError(f"lambertw: tol is 1e-8, not {shown(tol)}{where(user_location())}")
    return it.lambertw(given(z), branch=k)


@beside_arrays
def wrightomega(z: Any, /) -> Any:
    """Wright's omega function: the solution w of w + log w = z, of a real or complex array.

    >>> wrightomega(1.0)
    np.float64(1.0)
    """
    return it.wrightomega(given(z))
