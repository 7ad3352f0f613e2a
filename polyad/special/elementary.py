"""Elementary functions that SciPy has among its special functions, and the losses made of them."""

from __future__ import annotations

import math
from typing import Any

from .. import numpy as pnp
from ..numpy import cbrt as cbrt
from ..numpy import exp2 as exp2
from ..numpy import expm1 as expm1
from ..numpy import log1p as log1p
from ..numpy import sinc as sinc
from ..numpy._core import beside_arrays, promoted
from ..numpy._storage import computed_wide
from ..ops import elementwise as e
from ..ops import special as sp
from ..ops.series import EXPONENTIAL, log1p_ratio, near_or_far, polynomial
from ._core import real


@computed_wide
@beside_arrays
def exp10(x: Any, /) -> Any:
    """10 to the power x of a real array.

    >>> exp10(2.0).round(9)
    np.float64(100.0)
    """
    return e.pow(10.0, real(x, "exp10"))


@computed_wide
@beside_arrays
def exprel(x: Any, /) -> Any:
    """(e^x - 1)/x of a real array, 1 at 0.

    >>> exprel(0.0)
    np.float64(1.0)
    """
    near = lambda x: polynomial(x, EXPONENTIAL)
    return near_or_far(real(x, "exprel"), 2.0, near, lambda x: pnp.expm1(x) / x)


@computed_wide
@beside_arrays
def huber(delta: Any, r: Any, /) -> Any:
    """Huber's loss of real arrays: r²/2 up to |r| = δ, δ·(|r| - δ/2) beyond, ∞ for δ < 0.

    >>> huber(1.0, 3.0)
    np.float64(2.5)
    """
    delta, r = (real(x, "huber") for x in promoted([delta, r]))
    size = abs(r)
    near = pnp.where(size <= delta, r * r / 2, delta * (size - delta / 2))
    return pnp.where(delta < 0, math.inf, near)


@computed_wide
@beside_arrays
def pseudo_huber(delta: Any, r: Any, /) -> Any:
    """δ²·(√(1 + (r/δ)²) - 1) of real arrays: smooth where `huber` is not; ∞ for δ < 0. At δ = 0 it
    is 0, with derivative |r|.

    >>> pseudo_huber(1.0, 0.0)
    np.float64(0.0)
    """
    delta, r = (real(x, "pseudo_huber") for x in promoted([delta, r]))
    loss = sp.pseudo_huber(pnp.where(delta < 0, 1.0, delta), r)
    return pnp.where(delta < 0, math.inf, loss)


@computed_wide
@beside_arrays
def inv_boxcox(y: Any, lmbda: Any, /) -> Any:
    """The x whose `boxcox` is y, of real arrays.

    >>> inv_boxcox(1.0, 1.0)
    np.float64(2.0)
    """
    return pnp.exp(_inverse_power(y, lmbda, "inv_boxcox"))


@computed_wide
@beside_arrays
def inv_boxcox1p(y: Any, lmbda: Any, /) -> Any:
    """The x whose `boxcox1p` is y, of real arrays.

    >>> inv_boxcox1p(1.0, 1.0)
    np.float64(1.0)
    """
    return pnp.expm1(_inverse_power(y, lmbda, "inv_boxcox1p"))


def _inverse_power(y: Any, lmbda: Any, what: str) -> Any:
    """log(1 + λy)/λ, and its limit y at λ = 0."""
    y, lmbda = (real(x, what) for x in promoted([y, lmbda]))
    z = lmbda * y
    far = e.greater_equal(e.abs(z), 0.5)
    by_series = y * log1p_ratio(pnp.where(far, 0.0, z))
    return pnp.where(far, pnp.log1p(pnp.where(far, z, 0.0)) / pnp.where(far, lmbda, 1.0), by_series)
