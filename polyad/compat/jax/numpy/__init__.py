"""`jax.numpy`."""

from __future__ import annotations

import functools
from typing import Any

import numpy as _np

from .... import numpy as _numpy
from .._array import Array as ndarray
from .._array import as_arrays
from .._methods import take_from
from .._spelling import door
from . import fft as fft
from . import linalg as linalg

FROM_NUMPY = [
    "ComplexWarning",
    "array_repr",
    "array_str",
    "frombuffer",
    "fromfile",
    "fromiter",
    "fromstring",
    "get_printoptions",
    "iterable",
    "load",
    "printoptions",
    "save",
    "savez",
    "set_printoptions",
    "generic",
    "number",
    "integer",
    "signedinteger",
    "unsignedinteger",
    "inexact",
    "floating",
    "complexfloating",
    "flexible",
    "character",
    "object_",
]
OWN = {name: getattr(_np, name) for name in FROM_NUMPY if hasattr(_np, name)}


def reciprocal(x: Any) -> Any:
    """1 / x, which is floating (NumPy's is an integer, 0, for an integer)."""
    return as_arrays(_numpy.divide(1, x))


def _in_its_dtype(running: Any) -> Any:
    """A running sum or product in the array's dtype: NumPy's has 64 bits for integers."""

    @functools.wraps(running)
    def of_dtype(x: Any, *args: Any, **kwargs: Any) -> Any:
        given = _numpy.asarray(x)
        if (
            len(args) < 2
            and kwargs.get("dtype") is None
            and not _numpy.isdtype(given.dtype, "bool")
        ):
            kwargs["dtype"] = given.dtype
        return as_arrays(running(given, *args, **kwargs))

    return of_dtype


OWN["reciprocal"] = reciprocal
for _name in ("cumsum", "cumprod", "nancumsum", "nancumprod"):
    OWN[_name] = _in_its_dtype(getattr(_numpy, _name))
DOOR = door(
    "jax.numpy",
    _numpy,
    own={**OWN, "newaxis": None, "fft": fft, "linalg": linalg, "ndarray": ndarray},
    aliases={"float_": "float64", "complex_": "complex128"},
)
take_from(DOOR.get)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
