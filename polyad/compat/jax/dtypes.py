"""`jax.dtypes`."""

from __future__ import annotations

from typing import Any

import numpy as _np

from ... import numpy as _numpy
from ...api.calls.constants import FLOAT0 as float0
from ._keys import KeyDType as _KeyDType
from ._keys import extended as extended
from ._keys import prng_key as prng_key
from ._spelling import door


def issubdtype(arg1: Any, arg2: Any) -> bool:
    """Whether a dtype is, or is of a kind: `floating`, `integer`, …, or that of keys."""
    kinds = [given.type if isinstance(given, _KeyDType) else given for given in (arg1, arg2)]
    if any(isinstance(kind, type) and issubclass(kind, extended) for kind in kinds):
        return bool(_np.issubdtype(*kinds))
    return _numpy.issubdtype(arg1, arg2)


def canonicalize_dtype(dtype: Any, allow_extended_dtype: bool = False) -> Any:
    """The dtype itself: 64 bits are there."""
    return _np.dtype(_numpy.dtype(dtype).name)


OWN = {
    "extended": extended,
    "float0": float0,
    "prng_key": prng_key,
    "canonicalize_dtype": canonicalize_dtype,
    "issubdtype": issubdtype,
}
DOOR = door("jax.dtypes", _numpy, own=OWN)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
