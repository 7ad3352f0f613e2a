"""`jax.numpy`."""

from __future__ import annotations

from typing import Any

import numpy as _np

from .... import numpy as _numpy
from .._array import Array as ndarray
from .._methods import take_from
from .._spelling import door
from . import _own, _ufuncs
from . import fft as fft
from . import linalg as linalg
from ._ufuncs import frompyfunc, ufunc

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


DOOR = door(
    "jax.numpy",
    _own,
    _numpy,
    own={
        **OWN,
        "newaxis": None,
        "frompyfunc": frompyfunc,
        "ufunc": ufunc,
        "fft": fft,
        "linalg": linalg,
        "ndarray": ndarray,
    },
    aliases={"float_": "float64", "complex_": "complex128"},
)
take_from(DOOR.get)
for _name in _ufuncs.NAMES:
    _ufuncs.attach(DOOR.get(_name), getattr(_numpy, _name))


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
