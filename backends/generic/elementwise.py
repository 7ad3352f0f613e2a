"""Element-wise ops of the generic backend that the standard has under other names, for fewer dtypes
or not at all. `makers.py` describes makers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from polyad.ops import elementwise as ops

from ..makers import Maker, Run, Types


def also_boolean(name: str) -> Maker:
    """A function that the standard has for numbers only: booleans go through uint8."""

    def maker(
        backend: Any, attrs: dict[str, Any], types: Types, results: Types
    ) -> Callable[..., Any]:
        xp, function = backend.xp, getattr(backend.xp, name)
        if types[0].dtype.family != "bool":
            return function
        boolean = backend.native_dtype(types[0].dtype)

        def run(*arrays: Any) -> Any:
            return xp.astype(function(*[xp.astype(x, xp.uint8) for x in arrays]), boolean)

        return run

    return maker


def integer_pow(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    return lambda x: x ** attrs["exponent"]


def reciprocal(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    """1 / z of a complex number, too: NumPy's function of this name has other infinities than its
    division, and than other libraries.
    """
    return (lambda z: 1 / z) if types[0].dtype.is_complex else backend.xp.reciprocal


def sigmoid(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    """1 / (1 + e^-x) without overflow: e^-|x| on both sides."""
    xp = backend.xp

    def run(x: Any) -> Any:
        small = xp.exp(-xp.abs(x))
        return xp.where(x >= 0, 1 / (1 + small), small / (1 + small))

    return run


def sech_squared(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    """(1 / cosh x)², in which the quotient is a normal number wherever the result is not 0."""
    xp = backend.xp

    def run(x: Any) -> Any:
        root = 1 / xp.cosh(x)
        return root * root

    return run


def sigmoid_slope(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    """u / (1 + u)² with u = e^-|x|."""
    xp = backend.xp

    def run(x: Any) -> Any:
        small = xp.exp(-xp.abs(x))
        rest = 1 + small
        return small / (rest * rest)

    return run


def direction(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    """x / hypot(x, y), of numbers that are scaled away from the ends of the range."""
    xp = backend.xp
    up = 2.0**60 if types[0].dtype.bits == 64 else 2.0**30

    def run(x: Any, y: Any) -> Any:
        one = xp.ones_like(x)
        scale = xp.where((xp.abs(x) > 1) | (xp.abs(y) > 1), one * 0.125, one * up)
        x, y = x * scale, y * scale
        size = xp.hypot(x, y)
        ratio = x / xp.where(size == 0, one, size)
        return xp.where(xp.isinf(x) & ~xp.isinf(y) & ~xp.isnan(y), xp.sign(x), ratio)

    return run


def unchanged(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    return lambda x: x


def complex_(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    dtype = backend.native_dtype(results[0].dtype)
    xp = backend.xp

    def run(re: Any, im: Any) -> Any:
        return xp.astype(re, dtype) + xp.astype(im, dtype) * xp.asarray(1j, dtype=dtype)

    return run


def joined(backend: Any, results: Types) -> Callable[..., Any]:
    """The function that makes a complex array of two parts."""
    types = (results[0].with_dtype(results[0].dtype.real),) * 2
    run: Run = backend.implementation(ops.complex, (), types, results)
    return run


def real(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    return backend.xp.real if types[0].dtype.is_complex else lambda x: x


def imag(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    return backend.xp.imag if types[0].dtype.is_complex else backend.xp.zeros_like


def conj(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    return backend.xp.conj if types[0].dtype.is_complex else lambda x: x


def round_(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Callable[..., Any]:
    """Integers are round; complex numbers are rounded in both parts."""
    xp, dtype = backend.xp, types[0].dtype
    if dtype.is_integer:
        return lambda x: x
    if not dtype.is_complex:
        return xp.round
    join = joined(backend, results)
    return lambda x: join(xp.round(xp.real(x)), xp.round(xp.imag(x)))


def sign(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    """z / |z| part by part; of an infinite number its direction, by NumPy's rules: 1 or i, or -1 or
    -i, where one part is infinite, NaN where both are.
    """
    xp = backend.xp
    if not types[0].dtype.is_complex:
        return xp.sign
    join = joined(backend, results)

    def run(z: Any) -> Any:
        parts, size = (xp.real(z), xp.imag(z)), xp.abs(z)
        zero, one = xp.zeros_like(size), xp.ones_like(size)
        endless = [xp.isinf(part) for part in parts]
        diagonal = xp.where(endless[0] & endless[1], xp.full_like(size, math.nan), one)
        divisor = xp.where(size == 0, one, size)
        finite = (xp.where(size == 0, zero, part / divisor) for part in parts)
        directions = (
            xp.where(is_endless, xp.sign(part) * diagonal, zero)
            for is_endless, part in zip(endless, parts, strict=True)
        )
        return join(
            *(
                xp.where(endless[0] | endless[1], *both)
                for both in zip(directions, finite, strict=True)
            )
        )

    return run


ELEMENTWISE: dict[str, Maker] = {
    **{
        name: also_boolean(name)
        for name in (
            *("less", "less_equal", "greater", "greater_equal", "maximum", "minimum"),
            *("isnan", "isinf", "isfinite"),
        )
    },
    "round": round_,
    "integer_pow": integer_pow,
    "sigmoid": sigmoid,
    "sech_squared": sech_squared,
    "sigmoid_slope": sigmoid_slope,
    "direction": direction,
    "stop_gradient": unchanged,
    "checkpoint_name": unchanged,
    "complex": complex_,
    "real": real,
    "imag": imag,
    "conj": conj,
    "sign": sign,
}
