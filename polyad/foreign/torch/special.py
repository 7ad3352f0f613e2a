"""torch.special on traced arrays: polyad.special, with torch's parameters and dtypes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import numpy as pnp
from ... import special
from ...numpy._core import dtype_of
from .nn_core import register
from .promotion import as_type, floating, promoted


def _one(function: Callable[[Any], Any]) -> Callable[..., Any]:
    def adapter(input: Any) -> Any:
        return function(floating(input))

    adapter.__doc__ = function.__doc__
    return adapter


def _two(function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def adapter(input: Any, other: Any) -> Any:
        a, b = promoted(input, other)
        inexact = [x for x in (a, b) if not isinstance(x, int | float) and dtype_of(x).is_inexact]
        dtype = dtype_of(inexact[0]) if inexact else dtype_of(floating(a if _is_array(a) else b))
        return function(as_type(a, dtype), as_type(b, dtype))

    adapter.__doc__ = function.__doc__
    return adapter


def _is_array(x: Any) -> bool:
    return not isinstance(x, int | float)


def spherical_bessel_j0(input: Any) -> Any:
    """sin(x) / x, 1 at 0."""
    x = floating(input)
    return pnp.where(pnp.isinf(x), 0, pnp.sinc(pnp.where(pnp.isinf(x), 0, x) / pnp.pi))


register(
    {
        **{
            f"special.{name}": _one(getattr(special, name))
            for name in ("entr", "erfcx", "i0e", "i1", "i1e", "log_ndtr", "ndtr", "ndtri")
        },
        "special.bessel_j0": _one(special.j0),
        "special.bessel_j1": _one(special.j1),
        "special.modified_bessel_i0": _one(special.i0),
        "special.modified_bessel_i1": _one(special.i1),
        "special.spherical_bessel_j0": spherical_bessel_j0,
        "igamma": _two(special.gammainc),
        "igammac": _two(special.gammaincc),
        **{
            f"special.{name}": _two(getattr(special, name))
            for name in ("zeta", "gammainc", "gammaincc")
        },
    }
)
