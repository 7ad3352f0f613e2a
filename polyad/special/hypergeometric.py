"""Hypergeometric functions, differentiable by their argument: by a parameter the derivative is not
known to polyad, and asking for it raises `NotDifferentiableError`.
"""

from __future__ import annotations

from typing import Any

from ..numpy._core import beside_arrays
from ..ops import hypergeometric as h
from ._core import given, given_real


@beside_arrays
def hyp0f1(v: Any, z: Any, /) -> Any:
    """The confluent hypergeometric limit function ₀F₁(; v; z), of real v; z is real or complex.

    >>> hyp0f1(0.5, 0.0)
    np.float64(1.0)
    """
    return h.hyp0f1(given_real(v, "hyp0f1: v"), given(z))


@beside_arrays
def hyp1f1(a: Any, b: Any, x: Any, /) -> Any:
    """Kummer's confluent hypergeometric function ₁F₁(a; b; x), of real a and b; x is real or
    complex (derivative: DLMF 13.3.15).

    >>> hyp1f1(1.0, 1.0, 1.0).round(12)
    np.float64(2.718281828459)
    """
    return h.hyp1f1(given_real(a, "hyp1f1: a"), given_real(b, "hyp1f1: b"), given(x))


@beside_arrays
def hyp2f1(a: Any, b: Any, c: Any, z: Any, /) -> Any:
    """Gauss's hypergeometric function ₂F₁(a, b; c; z), of real a, b and c; z is real or complex
    (derivative: DLMF 15.5.1).

    >>> hyp2f1(1.0, 1.0, 2.0, 0.5).round(12)
    np.float64(1.38629436112)
    """
    a, b, c = (given_real(x, f"hyp2f1: {n}") for x, n in ((a, "a"), (b, "b"), (c, "c")))
    return h.hyp2f1(a, b, c, given(z))


@beside_arrays
def hyperu(a: Any, b: Any, x: Any, /) -> Any:
    """Tricomi's confluent hypergeometric function U(a, b, x) of real numbers (derivative: DLMF
    13.3.22).

    >>> hyperu(1.0, 2.0, 4.0).round(12)
    np.float64(0.25)
    """
    return h.hyperu(
        given_real(a, "hyperu: a"), given_real(b, "hyperu: b"), given_real(x, "hyperu: x")
    )
