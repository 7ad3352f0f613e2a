"""Checks of the arguments of neural-network functions."""

from __future__ import annotations

from typing import Any

from .. import numpy as pnp
from ..errors import PolyadTypeError
from ..ir import user_location, where
from ..numpy._core import dtype_of


def ordered(x: Any, what: str) -> Any:
    """`x` as an array of real numbers, integers as they are."""
    x = pnp.asarray(x)
    if dtype_of(x).is_complex:
        found = f"{dtype_of(x)}{where(user_location())}"
        raise PolyadTypeError(f"{what} takes real arrays, not {found}")
    return x


def labels(x: Any, what: str) -> Any:
    x = pnp.asarray(x)
    if not dtype_of(x).is_integer:
        found = f"{dtype_of(x)}{where(user_location())}"
        raise PolyadTypeError(f"{what} takes integers as labels, not {found}")
    return x
