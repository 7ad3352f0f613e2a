"""Shared by the special functions: arguments as arrays, and checks of static ones."""

from __future__ import annotations

from typing import Any

from .. import execution
from .. import numpy as pnp
from ..errors import PolyadTypeError, PolyadValueError
from ..ir import user_location, where
from ..numpy._core import dtype_of
from ..ops import promotion
from ..texts import shown


def given(x: Any) -> Any:
    """A Python scalar as it is, anything else as an array."""
    return x if type(x) in execution.SCALARS else pnp.asarray(x)


def real(x: Any, what: str) -> Any:
    """`x` as a floating array."""
    x = pnp.asarray(x)
    dtype = dtype_of(x)
    if dtype.is_complex:
        raise PolyadTypeError(f"{what} takes real arrays, not {dtype}{where(user_location())}")
    return x if dtype.is_floating else pnp.astype(x, promotion.default_float())


def given_real(x: Any, what: str) -> Any:
    """As `given`; raises `PolyadTypeError` if it is complex. `what` names function and argument."""
    x = given(x)
    if dtype_of(x).is_complex:
        raise PolyadTypeError(f"{what} is real, not {dtype_of(x)}{where(user_location())}")
    return x


def given_whole(n: Any, what: str) -> Any:
    """As `given`; raises `PolyadTypeError` unless it is of an integer dtype."""
    n = given(n)
    if dtype_of(n).family not in ("int", "uint"):
        raise PolyadTypeError(
            f"{what} is an integer or an array of integers, not {dtype_of(n)}"
            f"{where(user_location())}\n  Convert it: polyad.numpy.astype(n, int)."
        )
    return n


def order(n: Any, what: str) -> int:
    """`n` as a static order: a Python integer that is not negative."""
    if not isinstance(n, int) or isinstance(n, bool):
        raise PolyadTypeError(
            f"{what}: n is a Python integer, not {shown(n)}{where(user_location())}"
        )
    if n < 0:
        raise PolyadValueError(f"{what}: n is not negative: {n}{where(user_location())}")
    return n
