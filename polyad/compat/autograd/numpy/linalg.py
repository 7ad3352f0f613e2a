"""`autograd.numpy.linalg`."""

from __future__ import annotations

from typing import Any

import numpy as _np

from .... import numpy as _numpy
from ....numpy import linalg as _linalg
from .._spelling import door


def eigh(a: Any, UPLO: str = "L") -> Any:
    """`numpy.linalg.eigh`, with derivatives by the triangle that it reads. Known and traced arrays
    have the same vectors, which are free up to their signs.
    """
    lower = UPLO.upper() == "L"
    half = _numpy.tril(a, -1) if lower else _numpy.triu(a, 1)
    middle = _numpy.real(_numpy.diagonal(a, axis1=-2, axis2=-1))
    whole = half + _numpy.conj(_numpy.swapaxes(half, -1, -2))
    return _linalg.eigh(whole + middle[..., None] * _np.eye(a.shape[-1]), UPLO)


def T(x: Any) -> Any:
    """Matrices turned, along the last two axes."""
    return _numpy.swapaxes(x, -1, -2)


OWN = {"T": T, "_dot": _numpy.matmul, "eigh": eigh}
DOOR = door("autograd.numpy.linalg", _linalg, own=OWN, native=_np.linalg)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
