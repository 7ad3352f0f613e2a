"""The order of complex numbers: by their real parts, and where these are equal by the imaginary
ones.

As NumPy and JAX have it: NaN in either part of either number is no order, and takes part in
`maximum` and `minimum` as it does there.
"""

from __future__ import annotations

from typing import Any

from ..ops import elementwise as e
from ._core import promoted


def less(x1: Any, x2: Any) -> Any:
    """Whether x1 comes before x2."""
    return _before(x1, x2, e.less)


def less_equal(x1: Any, x2: Any) -> Any:
    """Whether x1 comes before x2 or is equal to it."""
    return _before(x1, x2, e.less_equal)


def greater(x1: Any, x2: Any) -> Any:
    """Whether x1 comes after x2."""
    return _before(x2, x1, e.less)


def greater_equal(x1: Any, x2: Any) -> Any:
    """Whether x1 comes after x2 or is equal to it."""
    return _before(x2, x1, e.less_equal)


def maximum(x1: Any, x2: Any) -> Any:
    """The later of the two, NaN if either is; of equal ones x1 has the derivative."""
    x1, x2 = promoted([x1, x2])
    return e.where(e.logical_or(greater_equal(x1, x2), e.isnan(x1)), x1, x2)


def minimum(x1: Any, x2: Any) -> Any:
    """The earlier of the two, NaN if either is; of equal ones x1 has the derivative."""
    x1, x2 = promoted([x1, x2])
    return e.where(e.logical_or(less_equal(x1, x2), e.isnan(x1)), x1, x2)


def _before(x1: Any, x2: Any, of_equal: Any) -> Any:
    x1, x2 = promoted([x1, x2])
    (a, b), (c, d) = ((e.real(x), e.imag(x)) for x in (x1, x2))
    known = e.logical_not(e.logical_or(e.isnan(b), e.isnan(d)))
    first = e.logical_and(e.less(a, c), known)
    return e.logical_or(first, e.logical_and(e.equal(a, c), of_equal(b, d)))
