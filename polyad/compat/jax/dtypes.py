"""`jax.dtypes`."""

from __future__ import annotations

from typing import Any

import numpy as _np

from ... import numpy as _numpy
from ...api.calls.constants import FLOAT0 as float0
from ._spelling import door


class extended(_np.generic):
    """The class of dtypes that are not numbers: no array here has one."""


class prng_key(extended):
    """The class of the dtypes of keys in JAX: keys here are arrays of uint32."""


def canonicalize_dtype(dtype: Any, allow_extended_dtype: bool = False) -> Any:
    """The dtype itself: 64 bits are there."""
    return _np.dtype(_numpy.dtype(dtype).name)


OWN = {
    "extended": extended,
    "float0": float0,
    "prng_key": prng_key,
    "canonicalize_dtype": canonicalize_dtype,
}
DOOR = door("jax.dtypes", _numpy, own=OWN)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
