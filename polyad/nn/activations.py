"""Activations: element by element, with derivatives that hold at extreme inputs."""

from __future__ import annotations

import math
from typing import Any

from .. import numpy as pnp
from ..errors import ShapeError
from ..ir import user_location, where
from ..numpy._core import axis_of
from ..numpy._storage import computed_wide
from ..ops import elementwise as e
from ..ops import error_functions as ef
from ..ops import manipulation as m
from ..special import expit
from ..special._core import real
from ._core import ordered


def sigmoid(x: Any, /) -> Any:
    """The logistic function 1 / (1 + e^-x) of a real array, without overflow.

    >>> sigmoid(0.0)
    np.float64(0.5)
    """
    return expit(x)


@computed_wide
def log_sigmoid(x: Any, /) -> Any:
    """log(sigmoid(x)) of a real array, without overflow.

    >>> log_sigmoid(-1000.0)
    np.float64(-1000.0)
    """
    return -softplus(-real(x, "log_sigmoid"))


@computed_wide
def softplus(x: Any, /) -> Any:
    """log(1 + e^x) of a real array, without overflow (Dugas et al., 2000).

    >>> softplus(1000.0)
    np.float64(1000.0)
    """
    return e.logaddexp(x, 0.0)


@computed_wide
def softsign(x: Any, /) -> Any:
    """x / (1 + |x|) of a real array; its derivative at 0 is 1 (Bergstra et al., 2009).

    >>> softsign(1.0)
    np.float64(0.5)
    """
    x = real(x, "softsign")
    size = pnp.abs(x)
    far = size > 1
    near = pnp.where(far, 0.0, x)
    rest = pnp.copysign(1 - 1 / (1 + pnp.where(far, size, 1.0)), e.stop_gradient(x))
    return pnp.where(far, rest, near / (1 + pnp.abs(near)))


@computed_wide
def relu(x: Any, /) -> Any:
    """max(x, 0) of a real array; its derivative at 0 is 0 (Nair and Hinton, 2010).

    Args:
        x: a real array of any shape.

    Raises:
        PolyadTypeError: complex numbers, or what is no array.

    >>> relu([-1.0, 2.0])
    array([0., 2.])
    """
    x = ordered(x, "relu")
    return pnp.where(x <= 0, 0, x)


@computed_wide
def relu6(x: Any, /) -> Any:
    """min(max(x, 0), 6) of a real array; its derivative at 0 and 6 is 0 (Krizhevsky, 2010).

    >>> relu6([-1.0, 2.0, 7.0])
    array([0., 2., 6.])
    """
    x = ordered(x, "relu6")
    return pnp.where(x >= 6, 6, relu(x))


@computed_wide
def hard_tanh(x: Any, /) -> Any:
    """`x` cut off at -1 and 1; the derivative there is 1 (Collobert, 2004).

    >>> hard_tanh([-2.0, 0.5])
    array([-1. ,  0.5])
    """
    x = ordered(x, "hard_tanh")
    return pnp.where(x > 1, 1, pnp.where(x < -1, -1, x))


@computed_wide
def leaky_relu(x: Any, /, negative_slope: Any = 0.01) -> Any:
    """`x` above 0, `negative_slope`·x below (Maas et al., 2013); the derivative at 0 is 1.

    >>> leaky_relu([-1.0, 2.0])
    array([-0.01,  2.  ])
    """
    x = real(x, "leaky_relu")
    return pnp.where(x >= 0, x, x * negative_slope)


@computed_wide
def elu(x: Any, /, alpha: Any = 1.0) -> Any:
    """`x` above 0, `alpha`·(e^x - 1) below (Clevert et al., arXiv:1511.07289).

    >>> elu([-1000.0, 2.0])
    array([-1.,  2.])
    """
    x = real(x, "elu")
    return pnp.where(x > 0, x, pnp.expm1(pnp.where(x > 0, 0.0, x)) * alpha)


@computed_wide
def selu(x: Any, /) -> Any:
    """The scaled `elu` that normalises itself (Klambauer et al., arXiv:1706.02515).

    >>> selu(1.0)
    np.float64(1.0507009873554805)
    """
    return elu(x, 1.6732632423543772848170429916717) * 1.0507009873554804934193349852946


@computed_wide
def celu(x: Any, /, alpha: Any = 1.0) -> Any:
    """`x` above 0, `alpha`·(e^(x / `alpha`) - 1) below (Barron, arXiv:1704.07483).

    >>> celu([-1000.0, 2.0], 2.0)
    array([-2.,  2.])
    """
    x = real(x, "celu")
    return pnp.where(x > 0, x, pnp.expm1(pnp.where(x > 0, 0.0, x) / alpha) * alpha)


@computed_wide
def silu(x: Any, /) -> Any:
    """x·sigmoid(x) of a real array, also called swish (Elfwing et al., arXiv:1702.03118).

    >>> silu(0.0)
    np.float64(0.0)
    """
    x = real(x, "silu")
    return x * sigmoid(x)


swish = silu


@computed_wide
def gelu(x: Any, /, approximate: bool = True) -> Any:
    """x·Φ(x), Φ the normal distribution function (Hendrycks and Gimpel, arXiv:1606.08415).

    `approximate` takes their approximation of Φ by tanh.

    >>> gelu(1.0, approximate=False)
    np.float64(0.8413447460685429)
    """
    x = real(x, "gelu")
    if not approximate:
        return x * ef.ndtr(x)
    near = pnp.clip(x, -GELU_ENDS, GELU_ENDS)
    inner = (near + near * near * near * 0.044715) * math.sqrt(2 / math.pi)
    return x * sigmoid(inner * 2)


GELU_ENDS = 30.0
"""From there on the approximated Φ is 0 or 1, and so to every order."""


def glu(x: Any, /, axis: int = -1) -> Any:
    """a·sigmoid(b), for the halves a and b of `x` along `axis` (Dauphin et al., arXiv:1612.08083).

    Raises `ShapeError` if the axis is of odd size.

    >>> glu([2.0, 0.0])
    array([1.])
    """
    x = real(x, "glu")
    axis = axis_of(axis, x.ndim)
    size = x.shape[axis]
    if size % 2:
        raise ShapeError(f"glu halves an axis of even size, not {size}{where(user_location())}")
    half = size // 2
    return m.slice_axis(x, axis, 0, half) * sigmoid(m.slice_axis(x, axis, half, size))


@computed_wide
def hard_sigmoid(x: Any, /) -> Any:
    """relu6(x + 3) / 6: `sigmoid` by three straight lines.

    >>> hard_sigmoid([-4.0, 0.0, 4.0])
    array([0. , 0.5, 1. ])
    """
    return relu6(real(x, "hard_sigmoid") + 3) / 6


@computed_wide
def hard_silu(x: Any, /) -> Any:
    """x·hard_sigmoid(x), also called hard swish (Howard et al., arXiv:1905.02244).

    >>> hard_silu([-4.0, 1.5, 4.0])
    array([-0.   ,  1.125,  4.   ])
    """
    x = real(x, "hard_silu")
    return x * hard_sigmoid(x)


hard_swish = hard_silu


@computed_wide
def mish(x: Any, /) -> Any:
    """x·tanh(softplus(x)) of a real array (Misra, arXiv:1908.08681).

    >>> mish(0.0)
    np.float64(0.0)
    """
    x = real(x, "mish")
    return x * pnp.tanh(softplus(x))


@computed_wide
def squareplus(x: Any, /, b: Any = 4.0) -> Any:
    """(x + √(x² + b)) / 2, a smooth `relu` (Barron, arXiv:2112.11687).

    >>> squareplus(0.0)
    np.float64(1.0)
    """
    x = real(x, "squareplus")
    root = pnp.hypot(x, math.sqrt(b)) if type(b) in (int, float) and b > 0 else None
    root = pnp.sqrt(x * x + b) if root is None else root
    below = x < -0.5 * root  # where the sum cancels
    left = pnp.where(below, root - pnp.where(below, x, 0.0), 1.0)
    return pnp.where(below, b / left, root + x) * 0.5


@computed_wide
def sparse_plus(x: Any, /) -> Any:
    """(x + 1)² / 4 from -1 to 1, 0 below, `x` above: the integral of `sparse_sigmoid`.

    >>> sparse_plus([-2.0, 0.0, 2.0])
    array([0.  , 0.25, 2.  ])
    """
    x = real(x, "sparse_plus")
    return pnp.where(x <= -1, 0.0, pnp.where(x >= 1, x, pnp.square(x + 1) * 0.25))


@computed_wide
def sparse_sigmoid(x: Any, /) -> Any:
    """(x + 1) / 2, cut off at 0 and 1: the link of sparsemax (Martins and Astudillo,
    arXiv:1602.02068).

    >>> sparse_sigmoid([-2.0, 0.0, 2.0])
    array([0. , 0.5, 1. ])
    """
    return pnp.clip((real(x, "sparse_sigmoid") + 1) * 0.5, 0.0, 1.0)


@computed_wide
def log1mexp(x: Any, /) -> Any:
    """log(1 - e^-x) of a positive real array, without cancellation (Mächler, 2012).

    >>> log1mexp(1e-20)
    np.float64(-46.051701859880914)
    """
    x = real(x, "log1mexp")
    near = x < math.log(2)
    small, large = pnp.where(near, x, 1.0), pnp.where(near, 1.0, x)
    return pnp.where(near, pnp.log(-pnp.expm1(-small)), pnp.log1p(-pnp.exp(-large)))


def identity(x: Any, /) -> Any:
    """`x`, as an array.

    >>> identity([1.0])
    array([1.])
    """
    return pnp.asarray(x)


soft_sign, tanh = softsign, pnp.tanh
